"""What a notebook says of itself: its title and, in its metadata, the entries under `course`.

`description`, `summary`, `needs` and `thumbnail` are written by hand, `seconds` and `minutes` by
`make run`. The tools read these entries and never the prose, so that they work for a notebook in
any language.
"""

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import nbformat
from nbformat.validator import iter_validate

from tools import ROOT, files

CHAPTERS = ROOT / "chapters"
ENTRIES: dict[str, tuple[type, str]] = {  # entry → its type, and where it comes from
    "description": (str, "Write it there: what the reader will be able to do, in 200 characters."),
    "summary": (str, "Write it there: what happens, for the table of chapters/index.md, no '|'."),
    "needs": (str, "Write it there: what one must know before, for the same table, no '|'."),
    "thumbnail": (str, "Write it there: the id of the cell whose first picture the index shows."),
    "minutes": (
        int,
        "`python -m tools.run_chapters --table` writes it, from what there is to read.",
    ),
    "seconds": (int, "`make run` with the chapter's number as CHAPTER writes it."),
}
BY_HAND = ("description", "summary", "needs", "thumbnail")
WORDS_A_MINUTE = 150  # of someone who reads in a second language
MINUTES = {"formula": 1.0, "cell": 0.75}  # for a displayed formula; for the code of a cell
FOLDED = re.compile(r"<details>.*?</details>", re.DOTALL)  # opened by some
FORMULA = re.compile(r"\$\$.+?\$\$", re.DOTALL)
SAID = re.compile(r"(\*\*Time:\*\*\s+)(\d+)(\s+minutes)")  # how a chapter's head says it


def notebooks(folder: Path = CHAPTERS) -> list[Path]:
    """The notebooks of the course, in their order."""
    return sorted(folder.glob("*.ipynb"))


def read(path: Path) -> nbformat.NotebookNode:
    """The notebook in a file.

    Raises:
        ValueError: no such file; half a notebook; one without what a notebook must have, such as
            metadata and cells with ids, each once.
    """
    try:
        content = json.loads(files.read(path))
        fault = _fault(content)
    except json.JSONDecodeError as error:
        fault = str(error)
    if fault:
        raise ValueError(
            f"{path} is damaged or half-written: expected a notebook of format 4.5 or later, but "
            f"found: {fault}. {files.restore(path)}, or save it anew in JupyterLab."
        )
    return nbformat.v4.to_notebook(content)


def _fault(content: Any) -> str | None:
    """What a JSON content lacks of a notebook; nbformat alone would mend some of it unasked."""
    if not isinstance(content, dict):
        return f"a JSON {type(content).__name__}"
    version = content.get("nbformat"), content.get("nbformat_minor")
    if version[0] != 4 or type(version[1]) is not int or version[1] < 5:
        return f"the format {version[0]}.{version[1]}, in which cells need have no ids"
    for fault in iter_validate(content):
        place = "/".join(["", *map(str, fault.absolute_path)])
        return f"{fault.message[:200]}, at {place or '/'}"
    ids = Counter(cell["id"] for cell in content["cells"])
    twice = [name for name, times in ids.items() if times > 1]
    return f"several cells with the id {twice[0]!r}" if twice else None


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
    if not isinstance(course, dict):
        raise ValueError(f"expected {name} to have entries under course, but got {course!r}.")
    for entry in entries:
        kind, mend = ENTRIES[entry]
        value = course.get(entry)
        if type(value) is not kind or value == "" or "|" in str(value):
            raise ValueError(
                f"expected {name} to have course.{entry} in its metadata, but got {value!r}. {mend}"
            )
    return course


def minutes_of(text: str) -> float:
    """How long one reads a piece of Markdown, in minutes; what is folded does not count."""
    text = FOLDED.sub("", text)
    tokens = re.sub(r"\]\([^)]*\)", "]", FORMULA.sub("", text)).split()
    words = [token for token in tokens if re.search(r"\w", token)]  # no dash, no bullet
    return len(words) / WORDS_A_MINUTE + MINUTES["formula"] * len(FORMULA.findall(text))


def reading_minutes(notebook: nbformat.NotebookNode) -> int:
    """How long one reads a notebook, its code included, without running it: in steps of five."""
    total = 0.0
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            total += minutes_of(cell.source)
        elif "solution" not in cell.metadata.get("tags", []):
            total += MINUTES["cell"]
    return max(5, 5 * round(total / 5))


def retime(notebook: nbformat.NotebookNode) -> bool:
    """Write the minutes of reading into metadata and head; whether that changed anything."""
    now = reading_minutes(notebook)
    changed = notebook.metadata["course"].get("minutes") != now
    notebook.metadata["course"]["minutes"] = now
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            source = SAID.sub(rf"\g<1>{now}\g<3>", cell.source)
            changed |= source != cell.source
            cell.source = source
    return changed
