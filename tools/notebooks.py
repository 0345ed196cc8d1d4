"""What a notebook says of itself: its title and, in its metadata, the entries under `course`.

`description` and `summary` are written by hand, `seconds` by `make run`. The tools read these
entries and never the prose, so that they work for a notebook in any language.
"""

from pathlib import Path

import nbformat

from tools import ROOT

CHAPTERS = ROOT / "chapters"
ENTRIES: dict[str, tuple[type, str]] = {  # entry → its type, and where it comes from
    "description": (str, "Write it there: what the reader will be able to do, in 200 characters."),
    "summary": (str, "Write it there: what happens, for the table of chapters/index.md, no '|'."),
    "seconds": (int, "`make run` with the chapter's number as CHAPTER writes it."),
}


def notebooks(folder: Path = CHAPTERS) -> list[Path]:
    """The notebooks of the course, in their order."""
    return sorted(folder.glob("*.ipynb"))


def read(path: Path) -> nbformat.NotebookNode:
    """The notebook in a file."""
    return nbformat.read(path, as_version=4)


def title(notebook: nbformat.NotebookNode, name: str) -> str:
    """The heading with which a notebook opens, without its mark.

    Raises:
        ValueError: it opens with something else; the message gives `name`.
    """
    first = notebook.cells[0].source.splitlines()[:1] if notebook.cells else []
    if not first or not first[0].startswith("# "):
        raise ValueError(f"expected {name} to open with a heading '# …', but got {first}.")
    return first[0].removeprefix("# ")


def about(notebook: nbformat.NotebookNode, name: str, entries=tuple(ENTRIES)) -> dict:
    """The entries that a notebook's metadata has under `course`.

    Raises:
        ValueError: one of `entries` is missing or of another type; the message gives `name`.
    """
    course = notebook.metadata.get("course", {})
    for entry in entries:
        kind, mend = ENTRIES[entry]
        value = course.get(entry)
        if not isinstance(value, kind) or value == "" or "|" in str(value):
            raise ValueError(
                f"expected {name} to have course.{entry} in its metadata, but got {value!r}. {mend}"
            )
    return course
