"""Run chapters in place, each from a fresh kernel and in order, and store their outputs.

    python -m tools.run_chapters [number …]      no number: every chapter
    python -m tools.run_chapters --table         run nothing, write the table of index.md anew

Before the first of them runs, all are held to the rules that need no run (tools/rules.py): a
chapter that breaks one costs no minute. A chapter that fails is not written; its error is shown and
the exit status is 1. The seconds that each took go into its metadata (`course.seconds`), and the
minutes that one reads, counted from its words, formulas and cells, go there (`course.minutes`) and
into its head ("**Time:** 20 minutes"). The table of chapters/index.md is written from the
notebooks' titles and metadata, and the picture of the index and the README is taken from the stored
output of its cell.
"""

import base64
import re
import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from tools import files
from tools.notebooks import BY_HAND, CHAPTERS, about, notebooks, read, retime, title
from tools.rules import BEFORE, faults

PICTURE = ("12-gan.ipynb", "samples", "images/digits.png")  # chapter, cell, copy of its figure
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
TABLE = ("<!-- `make run` writes this table -->", "<!-- the end of the table -->")


def run(path: Path) -> float:
    """Execute one notebook and write it back; returns the seconds it took."""
    notebook = read(path)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    client = NotebookClient(
        notebook,
        timeout=None,
        kernel_name=KERNEL["name"],
        record_timing=False,
        coalesce_streams=True,
        resources={"metadata": {"path": str(path.parent)}},
    )
    started = time.perf_counter()
    client.execute()
    seconds = time.perf_counter() - started
    notebook.metadata = {
        "kernelspec": KERNEL,
        "language_info": {"name": "python"},
        "course": {**notebook.metadata["course"], "seconds": round(seconds)},
    }
    retime(notebook)
    files.write(path, nbformat.writes(notebook) + "\n")
    return seconds


def table(chapters: Path) -> str:
    """What each chapter is called, what happens in it, what one needs, and the time it takes.

    Raises:
        ValueError: a notebook has no title, or lacks one of these entries in its metadata.
    """
    lines = ["| Chapter | What happens | You need | Minutes to read | Seconds to run |"]
    lines += ["|---|---|---|---|---|"]
    for path in notebooks(chapters):
        notebook = read(path)
        course = about(notebook, path.name)
        link = f"[{title(notebook, path.name)}]({path.name})"
        row = (link, *(str(course[e]) for e in ("summary", "needs", "minutes", "seconds")))
        lines.append(f"| {' | '.join(row)} |")
    return "\n".join(lines)


def with_table(text: str, chapters: Path) -> str:
    """The text of index.md with the table between its two marks.

    Raises:
        ValueError: a mark is missing.
    """
    marked = re.compile(f"{re.escape(TABLE[0])}.*{re.escape(TABLE[1])}", re.DOTALL)
    written = f"{TABLE[0]}\n\n{table(chapters)}\n\n{TABLE[1]}"
    text, found = marked.subn(lambda _: written, text)
    if found != 1:
        raise ValueError(f"expected index.md to have the lines {TABLE[0]} and {TABLE[1]}.")
    return text


def write_table(chapters: Path) -> None:
    """Write the table of index.md anew, with the minutes that one reads, counted anew."""
    for path in notebooks(chapters):
        notebook = read(path)
        about(notebook, path.name, BY_HAND)
        if retime(notebook):
            files.write(path, nbformat.writes(notebook) + "\n")
    index = chapters / "index.md"
    files.write(index, with_table(files.read(index), chapters))


def picture(chapters: Path) -> bytes:
    """The PNG stored in the cell that `PICTURE` names.

    Raises:
        ValueError: there is no such cell, or it stored no picture or several.
    """
    chapter, cell_id, _ = PICTURE
    cells = [cell for cell in read(chapters / chapter).cells if cell.id == cell_id]
    outputs = [out.get("data", {}) for cell in cells for out in cell.get("outputs", [])]
    pngs = [data["image/png"] for data in outputs if "image/png" in data]
    if len(pngs) != 1:
        raise ValueError(
            f"expected one picture in cell {cell_id!r} of {chapter}, but got {len(pngs)}. Mend the "
            "cell and run the chapter, or name another cell in tools/run_chapters.py."
        )
    return base64.b64decode(pngs[0])


def write_picture(chapters: Path) -> None:
    """Write the copy of the picture anew."""
    files.write(chapters / PICTURE[2], picture(chapters))


def main(numbers: list[str], chapters: Path = CHAPTERS) -> int:
    """Run the chapters whose file names begin with one of the numbers; all without any.

    Raises:
        ValueError: a chapter breaks a rule that needs no run (nothing is run; all faults are
            named), or has no seconds (it has never been run, and the table cannot be written).
    """
    if numbers == ["--table"]:
        write_table(chapters)
        return 0
    known = notebooks(chapters)
    paths = [path for path in known if not numbers or path.name.split("-")[0] in numbers]
    if not paths:
        names = ", ".join(path.name for path in known)
        sys.exit(f"no chapter has the number {' '.join(numbers)}; there are: {names}")
    found = [fault for path in paths for fault in faults(path, BEFORE)]
    if found:  # all together would take a quarter of an hour
        raise ValueError("\n".join([*found, "Nothing was run. Mend this first."]))
    failed = 0
    for path in paths:
        try:
            seconds = run(path)
        except CellExecutionError as error:
            print(f"{path.name}: FAILED, not stored\n{error}", flush=True)
            failed += 1
        else:
            print(f"{path.name}: {seconds:.1f} s", flush=True)
            if path.name == PICTURE[0]:
                write_picture(chapters)
    write_table(chapters)
    return 1 if failed else 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except ValueError as error:
        sys.exit(str(error))
