"""Copy the chapters for a class: without solutions, and without the verdicts on the answers.

    python -m tools.make_class [number …]      no number: every chapter

Writes notebooks into the folder `class/` of the checkout, which git and the book leave alone. In
a copy the solution cells are gone, with their outputs; a question's answers are a list to choose
from; stubs, figures and all other outputs stay, and so does the text under "Seen". A later cell
that used a solution's function uses what the reader has written into the stub. Links lead to the
copies, or to the pages in chapters/. The originals are only read.

`class/` holds the digests of what was written. A folder that this tool did not make, or a copy that
somebody has worked in since, is not overwritten.
"""

import json
import re
import sys
from hashlib import sha256
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from tools import ROOT, files, notebooks
from tools.rules import QUESTIONS

MADE = ".made-by-make-class.json"  # name of a copy → the digests that its bytes may have
CHOOSE = "Choose an answer and say why. Your teacher has the explanations."
ASKED = re.compile(r"\A(## Questions\n\n).*?(?=^\*\*\d\. )", re.DOTALL | re.MULTILINE)
ANSWER = re.compile(r"<details>\n<summary>(.+?)</summary>.*?</details>\n*", re.DOTALL)
FOLDED = "A solution is folded below each exercise."
LINK = re.compile(r"(\]\(|src=\")(?!https?://|#|\.\./)([\w./-]+)")


def for_class(notebook: NotebookNode, copied: set[str]) -> NotebookNode:
    """A chapter without its solutions and answers; `copied` are the files that class/ will hold."""
    notebook.cells = [
        cell for cell in notebook.cells if "solution" not in cell.metadata.get("tags", [])
    ]
    for cell in notebook.cells:
        if cell.cell_type != "markdown":
            cell.source = cell.source.replace("_solution(", "(")
            continue
        if cell.id == QUESTIONS:
            cell.source = ASKED.sub(rf"\g<1>{CHOOSE}\n\n", cell.source)
            cell.source = ANSWER.sub(r"- \g<1>\n", cell.source).replace("\n**", "\n\n**").strip()
            cell.source = re.sub(r"\n{3,}", "\n\n", cell.source)
        cell.source = cell.source.replace(f" {FOLDED}", "")
        cell.source = LINK.sub(
            lambda link: link[0] if link[2] in copied else f"{link[1]}../chapters/{link[2]}",
            cell.source,
        )
        cell.metadata.pop("predict", None)  # it names the right prediction
    return notebook


def digest(content: bytes) -> str:
    """The SHA-256 of some bytes."""
    return sha256(content).hexdigest()


def made_before(folder: Path) -> dict[str, list[str]]:
    """What the folder holds of this tool, where nothing in it would be lost.

    Raises:
        ValueError: the folder was not made by this tool, or has a file that is not as it was made.
    """
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return {}
    try:
        made = json.loads(files.read(folder / MADE))
    except (ValueError, NotADirectoryError):
        made = None
    if not isinstance(made, dict):
        raise ValueError(
            f"expected {folder} to be a folder that `make class` has made, but it has no readable "
            f"{MADE}. Move it away, or give it another name, then run this again."
        )
    found = [path for path in folder.iterdir() if path.name not in (MADE, ".ipynb_checkpoints")]
    other = [
        p.name for p in found if p.is_dir() or digest(p.read_bytes()) not in made.get(p.name, [])
    ]
    if other:
        raise ValueError(
            f"expected {folder} as `make class` has made it, but these were changed or added "
            f"since: {', '.join(sorted(other))}. Move the folder away, then run this again."
        )
    return made


def main(numbers: list[str], root: Path = ROOT) -> list[Path]:
    """Write the copies of the chapters with these numbers, or of all; returns their files.

    Raises:
        ValueError: a number that no chapter has; a folder `class/` that is somebody else's.
    """
    known = {path.stem.partition("-")[0]: path for path in notebooks.notebooks(root / "chapters")}
    wrong = [number for number in numbers if number not in known]
    if wrong:
        raise ValueError(
            f"expected numbers of chapters, but got {', '.join(wrong)}. There are: "
            f"{', '.join(known)}. Write: make class CHAPTERS='12 32'"
        )
    paths = [known[number] for number in numbers] or list(known.values())
    copied = {path.name for path in paths}
    folder = root / "class"
    old = made_before(folder)
    texts = {
        path.name: (nbformat.writes(for_class(notebooks.read(path), copied)) + "\n").encode()
        for path in paths
    }
    made = {name: [digest(text)] for name, text in texts.items()}
    folder.mkdir(exist_ok=True)
    # While it writes, old copies and new ones are its own: after an interruption it goes on.
    files.write(
        folder / MADE, json.dumps({n: old.get(n, []) + made.get(n, []) for n in old | made})
    )
    for name, text in texts.items():
        files.write(folder / name, text)
    for name in old.keys() - made.keys():
        (folder / name).unlink(missing_ok=True)
    files.write(folder / MADE, json.dumps(made, indent=1) + "\n")
    return [folder / name for name in texts]


if __name__ == "__main__":
    try:
        written = main(sys.argv[1:])
    except ValueError as error:
        sys.exit(str(error))
    print(f"Wrote {len(written)} notebooks without solutions and answers into {ROOT / 'class'}.")
