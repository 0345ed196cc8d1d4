"""Run chapters in place, each from a fresh kernel and in order, and store their outputs.

    python tools/run_chapters.py [number …]      no number: every chapter

A chapter that fails is not written; its error is shown and the exit status is 1. The seconds
each took go into the table of chapters/index.md, and the picture of the index and the README is
taken from the stored output of its cell.
"""

import base64
import re
import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

CHAPTERS = Path(__file__).parent.parent / "chapters"
PICTURE = ("12-gan.ipynb", "samples", "images/digits.png")  # chapter, cell, copy of its figure
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}


def run(path: Path) -> float:
    """Execute one notebook and write it back; returns the seconds it took."""
    notebook = nbformat.read(path, as_version=4)
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
    notebook.metadata = {"kernelspec": KERNEL, "language_info": {"name": "python"}}
    nbformat.write(notebook, path)
    return seconds


def store_time(index: Path, chapter: str, seconds: float) -> None:
    """Put the measured seconds into the last column of the chapter's row."""
    text = index.read_text(encoding="utf-8")
    row = re.compile(rf"^(\|.*\({re.escape(chapter)}\).*\|)[^|\n]*\|$", re.MULTILINE)
    text, found = row.subn(rf"\1 {seconds:.0f} |", text)
    if found != 1:
        sys.exit(f"{index.name} has {found} table rows that link to {chapter}; it needs one.")
    index.write_text(text, encoding="utf-8")


def picture(chapters: Path) -> bytes:
    """The PNG stored in the cell that `PICTURE` names."""
    chapter, cell_id, _ = PICTURE
    cells = nbformat.read(chapters / chapter, as_version=4).cells
    (cell,) = (cell for cell in cells if cell.id == cell_id)
    (png,) = (out.data["image/png"] for out in cell.outputs if "image/png" in out.get("data", {}))
    return base64.b64decode(png)


def main(numbers: list[str]) -> int:
    """Run the chapters whose file names begin with one of the numbers; all without any."""
    paths = [
        path
        for path in sorted(CHAPTERS.glob("*.ipynb"))
        if not numbers or path.name.split("-")[0] in numbers
    ]
    if not paths:
        known = ", ".join(path.name for path in sorted(CHAPTERS.glob("*.ipynb")))
        sys.exit(f"no chapter has the number {' '.join(numbers)}; there are: {known}")
    failed = 0
    for path in paths:
        try:
            seconds = run(path)
        except CellExecutionError as error:
            print(f"{path.name}: FAILED, not stored\n{error}", flush=True)
            failed += 1
        else:
            store_time(CHAPTERS / "index.md", path.name, seconds)
            print(f"{path.name}: {seconds:.1f} s", flush=True)
            if path.name == PICTURE[0]:
                (CHAPTERS / PICTURE[2]).write_bytes(picture(CHAPTERS))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
