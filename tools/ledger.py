"""Sphinx extension: fills chapters/ledger.md from claims.yml and the verdicts that cells stored.

The page holds the line `MARK`; at each build the counts and the rows take its place, so that
they cannot be older than the notebooks. `_config.yml` names this extension.
"""

from collections import Counter
from pathlib import Path

import nbformat
import yaml

ROOT = Path(__file__).parent.parent
PAGE, MARK = "chapters/ledger", "<!-- the rows of aigc_lib/claims.yml -->"


def stored_verdict(row: dict[str, str], chapters: Path) -> str:
    """The Markdown that `claims.settle` left in the row's cell.

    Raises:
        ValueError: no such chapter or cell, or its stored output is not this row's verdict.
    """
    where = f"{row['id']}: cell {row['cell']!r} of {row['chapter']}"
    path = chapters / f"{row['chapter']}.ipynb"
    cells = nbformat.read(path, as_version=4).cells if path.is_file() else []
    shown = [
        out.data["text/markdown"]
        for cell in cells
        if cell.id == row["cell"] and f'"{row["id"]}"' in cell.source
        for out in cell.outputs
        if "text/markdown" in out.get("data", {})
    ]
    if len(shown) != 1:
        raise ValueError(f"{where} shows {len(shown)} verdicts; it needs one.")
    opening = f"> **Verdict: {row['verdict']}.** Claim `{row['id']}`"
    if not shown[0].startswith(opening):
        raise ValueError(f"{where} does not show {row['verdict']!r}. Run the chapter again.")
    return shown[0]


def rows_as_markdown(claims: Path, chapters: Path) -> str:
    """The whole ledger: counts, settled claims with what was measured, open ones."""
    ledger = yaml.safe_load(claims.read_text(encoding="utf-8"))
    settled = [row for row in ledger if "verdict" in row]
    pending = [row for row in ledger if "verdict" not in row]
    counts = Counter(row["verdict"] for row in settled)
    lines = [f"**{len(ledger)} claims, {len(settled)} settled:** "]
    lines[0] += ", ".join(f"{n} × {verdict}" for verdict, n in counts.most_common()) + "."
    lines += ["", "## Settled", ""]
    for row in settled:
        measured = stored_verdict(row, chapters).split("**Measured:** ")[1]
        link = f"[chapter {row['chapter'][:2]}]({row['chapter']}.ipynb)"
        lines += [f"**{row['verdict'].capitalize()}.** `{row['id']}`, section {row['section']}: "]
        lines[-1] += f"*{row['claim']}* Measured in {link}: {measured}"
        lines += [""]
    lines += ["## Not yet settled", ""]
    for row in pending:
        lines += [f"- `{row['id']}`, section {row['section']}: *{row['claim']}* "]
        lines[-1] += f"Coming: {row['coming']}."
    return "\n".join(lines)


def fill(app, docname: str, source: list[str]) -> None:
    """Put the rows in the place of the mark."""
    if docname == PAGE:
        rows = rows_as_markdown(ROOT / "aigc_lib/claims.yml", ROOT / "chapters")
        source[0] = source[0].replace(MARK, rows)


def setup(app) -> dict[str, bool]:
    """Tell Sphinx; the page counts as changed at every build."""
    app.connect("source-read", fill)
    app.connect("env-get-outdated", lambda *args: [PAGE])
    return {"parallel_read_safe": True}
