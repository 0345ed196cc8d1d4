"""What the status page says: each chapter's cells and run time, and the versions that ran them."""

import re
from pathlib import Path

from tools import ROOT
from tools.notebooks import about, notebooks, read, title

SHOWN = ("tensorflow", "keras", "numpy", "scipy", "scikit-learn", "matplotlib", "ipykernel")


def pinned(requirements: str) -> dict[str, str]:
    """Package → version, from the lines `name==version` of a requirements file."""
    return dict(re.findall(r"^([A-Za-z0-9_.-]+)==([\w.]+)", requirements, re.MULTILINE))


def status_as_markdown(root: Path = ROOT) -> str:
    """Two tables: the chapters, and the versions here and in Colab.

    Raises:
        ValueError: a chapter's metadata has no run time.
    """
    rows, total = [], 0
    for path in notebooks(root / "chapters"):
        notebook = read(path)
        code = [cell for cell in notebook.cells if cell.cell_type == "code"]
        free = sum("nbval-ignore-output" in cell.metadata.get("tags", []) for cell in code)
        seconds = about(notebook, path.name, ("seconds",))["seconds"]
        link = f"[{title(notebook, path.name)}]({path.name})"
        rows.append(f"| {link} | {seconds} | {len(code)} | {free} |")
        total += seconds
    files = ("requirements.txt", "requirements-colab.txt")
    here, colab = (pinned((root / name).read_text("utf-8")) for name in files)
    lines = [f"All chapters together take {total / 60:.0f} minutes.", ""]
    lines += ["| Chapter | Seconds | Code cells | not compared |"]
    lines += ["|---|---|---|---|", *rows, "", "## Versions", ""]
    lines += ["| Package | Here | Colab |", "|---|---|---|"]
    lines += [f"| {name} | {here[name]} | {colab[name]} |" for name in SHOWN]
    return "\n".join(lines)
