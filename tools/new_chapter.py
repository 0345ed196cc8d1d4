"""Write a new chapter that passes every test, run it, and list it.

    python -m tools.new_chapter 70 costs                    as 70-costs.ipynb
    python -m tools.new_chapter 70 costs "What it costs"    in a new part of this name

The chapter is a copy of tools/template.ipynb: a small worked example with everything that a chapter
needs, to be replaced cell by cell. It goes into the part of `_toc.yml` whose chapters have its
tens; where there is none, a new part is made, named like the chapter or as the third argument says.
The notebook, `_toc.yml` and the table of index.md are changed together or not at all.
"""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nbformat
from nbclient.exceptions import CellExecutionError

from tools import ROOT, files, notebooks, run_chapters
from tools.set_repository import as_published, course_pages, site_of
from tools.stamps import FIRST_CELL, current_slug, current_tag, is_placeholder
from tools.toc import with_entry

TEMPLATE = ROOT / "tools/template.ipynb"
ASK = "Write: make chapter NN=70 NAME=costs"
LINKS = (
    "[Open in Colab](https://colab.research.google.com/github/{slug}/blob/{tag}/chapters/{file})"
    " · [Download this notebook](https://raw.githubusercontent.com/{slug}/{tag}/chapters/{file})"
)


def chosen(number: str, name: str, taken: list[str]) -> None:
    """Refuse a number or a name that no chapter can have.

    Raises:
        ValueError: `number` is not of two digits from 01 to 99 or one of the chapters in `taken`
            has it; `name` is not of small letters, digits and single hyphens.
    """
    if not number or not name:
        missing = "NN, the number" if not number else "NAME, the name"
        raise ValueError(f"expected {missing} of the chapter, but got nothing. {ASK}")
    if not re.fullmatch(r"(?!00)[0-9]{2}", number):
        raise ValueError(
            f"expected NN of two digits, from 01 to 99, but got {number!r}. Its tens choose the "
            f"part of the table of contents. {ASK}"
        )
    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name):
        raise ValueError(
            "expected NAME of small letters, digits and hyphens, which begins with a letter, but "
            f"got {name!r}. It becomes the file's name and the page's address. {ASK}"
        )
    owner = next((stem for stem in taken if stem.startswith(f"{number}-")), None)
    if owner:
        numbers = {stem.partition("-")[0] for stem in taken}
        free = [each for each in map(str, range(10, 100)) if each not in numbers]
        free.sort(key=lambda each: abs(int(each) - int(number)))
        raise ValueError(
            f"expected a free number, but {number} is that of {owner}. Free are, for example, "
            f"{', '.join(sorted(free[:3]))}."
        )


def from_template(stem: str, root: Path) -> nbformat.NotebookNode:
    """The notebook of a new chapter, not yet run."""
    slug, tag = current_slug(root), current_tag(root)
    number, _, name = stem.partition("-")
    notebook = notebooks.read(TEMPLATE)
    title, setup = notebook.cells[:2]
    links = LINKS.format(slug=slug, tag=tag, file=f"{stem}.ipynb")
    heading = f"# {number} · {name.replace('-', ' ').capitalize()}"
    title.source = title.source.replace("# NN · TITLE", heading).replace("LINKS", links)
    setup.source = FIRST_CELL.format(slug=slug, tag=tag)
    if not is_placeholder(slug):  # links between chapters name the published pages
        site, names = (
            site_of(files.read(root / "_config.yml"), slug),
            course_pages(root / "chapters"),
        )
        for cell in notebook.cells:
            if cell.cell_type == "markdown":
                cell.source = as_published(cell.source, site, names.values())
    return notebook


@contextmanager
def all_or_nothing(new: Path, changed: list[Path]) -> Iterator[None]:
    """What the block writes stays only when it comes to its end."""
    before = {path: files.read(path) for path in changed}
    try:
        yield
    except BaseException:
        new.unlink(missing_ok=True)
        for path, text in before.items():
            if files.read(path) != text:
                files.write(path, text)
        raise


def main(number: str, name: str, part: str = "", root: Path = ROOT) -> Path:
    """Write, run and list a chapter; returns its file.

    Raises:
        ValueError: number, name or part do not fit, and nothing is changed.
    """
    chapters, toc, index = root / "chapters", root / "_toc.yml", root / "chapters/index.md"
    chosen(number, name, [path.stem for path in notebooks.notebooks(chapters)])
    stem = f"{number}-{name}"
    path = chapters / f"{stem}.ipynb"
    listed = with_entry(files.read(toc), stem, part.strip())
    notebook = from_template(stem, root)
    with all_or_nothing(path, [toc, index]):
        with files.replacing(path) as new:
            files.write(new, nbformat.writes(notebook) + "\n")
            run_chapters.run(new)
        files.write(toc, listed)
        run_chapters.write_table(chapters)
    return path


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    try:
        written = main(*sys.argv[1:])
    except (ValueError, CellExecutionError) as error:
        sys.exit(str(error))
    print(
        f"Wrote {written.relative_to(ROOT)}, listed it in _toc.yml and chapters/index.md. Now open "
        "it (make lab), put your subject in the place of the example, and: make run CHAPTER="
        f"{sys.argv[1]}, make test CHAPTERS={sys.argv[1]}."
    )
