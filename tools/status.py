"""What the status page says: each chapter's cells and run time, and the versions that ran them."""

import re
from pathlib import Path

import nbformat

ROOT = Path(__file__).parent.parent
SHOWN = ("tensorflow", "keras", "numpy", "scipy", "scikit-learn", "matplotlib", "ipykernel")


def seconds(index: str, chapter: str) -> int:
    """The run time that `make run` wrote into the chapter's row of index.md.

    Raises:
        ValueError: no such row, or no number in it.
    """
    found = re.findall(rf"^\|.*\({re.escape(chapter)}\).*\| *(\d+) *\|$", index, re.MULTILINE)
    if len(found) != 1:
        raise ValueError(f"index.md has {len(found)} rows with a time for {chapter}; it needs one.")
    return int(found[0])


def pinned(requirements: str) -> dict[str, str]:
    """Package → version, from the lines `name==version` of a requirements file."""
    return dict(re.findall(r"^([A-Za-z0-9_.-]+)==([\w.]+)", requirements, re.MULTILINE))


def status_as_markdown(root: Path = ROOT) -> str:
    """Two tables: the chapters, and the versions here and in Colab."""
    index = (root / "chapters/index.md").read_text(encoding="utf-8")
    rows, total = [], 0
    for path in sorted((root / "chapters").glob("*.ipynb")):
        cells = nbformat.read(path, as_version=4).cells
        code = [cell for cell in cells if cell.cell_type == "code"]
        free = sum("nbval-ignore-output" in cell.metadata.get("tags", []) for cell in code)
        title = cells[0].source.splitlines()[0].removeprefix("# ")
        took = seconds(index, path.name)
        rows.append(f"| [{title}]({path.name}) | {took} | {len(code)} | {free} |")
        total += took
    files = ("constraints.txt", "requirements.txt", "requirements-colab.txt")
    brought, named, colab = (pinned((root / name).read_text("utf-8")) for name in files)
    here = brought | named
    lines = [f"All chapters together take {total / 60:.0f} minutes.", ""]
    lines += ["| Chapter | Seconds | Code cells | not compared |"]
    lines += ["|---|---|---|---|", *rows, "", "## Versions", ""]
    lines += ["| Package | Here | Colab |", "|---|---|---|"]
    lines += [f"| {name} | {here[name]} | {colab[name]} |" for name in SHOWN]
    return "\n".join(lines)
