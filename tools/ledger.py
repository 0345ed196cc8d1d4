"""Sphinx extension: fills three pages from the project's data, and gives each cell an anchor.

chapters/ledger.md gets the claims and the verdicts that cells stored, chapters/references.md the
works that the article recommends, chapters/status.md the chapters' times. Each page holds a mark;
at each build the rows take its place, so that they cannot be older than the notebooks. Every code
cell gets an anchor, so that a link can lead to it: `12-gan.ipynb#cell-id=losses`, which JupyterLab
understands too.
`_config.yml` names this extension.
"""

from collections import Counter
from pathlib import Path

import nbformat
import yaml
from docutils import nodes
from status import status_as_markdown

ROOT = Path(__file__).parent.parent
FOUND = {
    "as cited": "Exists as cited",
    "otherwise": "Exists otherwise",
    "not found": "Could not be found",
}


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


def rows_as_markdown(claims: Path, chapters: Path = ROOT / "chapters") -> str:
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
        place = f"{row['chapter']}.ipynb#cell-id={row['cell']}"
        link = f"[chapter {row['chapter'][:2]}]({place})"
        lines += [f"**{row['verdict'].capitalize()}.** `{row['id']}`, section {row['section']}: "]
        lines[-1] += f"*{row['claim']}* Measured in {link}: {measured}"
        lines += [""]
    lines += ["## Not yet settled", ""]
    for row in pending:
        lines += [f"- `{row['id']}`, section {row['section']}: *{row['claim']}* "]
        lines[-1] += f"Coming: {row['coming']}."
    return "\n".join(lines)


def works_as_markdown(works: Path) -> str:
    """The works that the article recommends: counts, then each with what a look-up found."""
    rows = yaml.safe_load(works.read_text(encoding="utf-8"))
    counts = Counter(row["found"] for row in rows)
    said = ", ".join(f"{counts[found]} × {text.lower()}" for found, text in FOUND.items())
    lines = [f"**{len(rows)} works:** {said}."]
    for found, text in FOUND.items():
        lines += ["", f"### {text}", ""]
        for row in rows:
            if row["found"] == found:
                author = f" ({row['author']})" if "author" in row else ""
                end = row.get("right") or f"{row['seen']} To read instead: {row['nearest']}"
                lines += [f"- *{row['title']}*{author}: {end}."]
    return "\n".join(lines)


PAGES = {  # page → the data that its mark names, and what makes rows of them
    "chapters/ledger": ("aigc_lib/claims.yml", rows_as_markdown),
    "chapters/references": ("aigc_lib/cited_works.yml", works_as_markdown),
    "chapters/status": ("chapters/*.ipynb", lambda data: status_as_markdown(ROOT)),
}


def fill(app, docname: str, source: list[str]) -> None:
    """Put the rows in the place of the mark."""
    if docname in PAGES:
        name, as_markdown = PAGES[docname]
        rows = as_markdown(ROOT / name)
        source[0] = source[0].replace(f"<!-- the rows of {name} -->", rows)


def anchor_cells(app, doctree: nodes.document) -> None:
    """Give each code cell of a notebook its id as an anchor, and tell MyST, which checks links."""
    path = Path(app.env.doc2path(app.env.docname))
    if path.suffix != ".ipynb":
        return
    cells = nbformat.read(path, as_version=4).cells
    slugs = app.env.metadata[app.env.docname].setdefault("myst_slugs", {})
    for node in doctree.findall(nodes.container):
        if node.get("nb_element") == "cell_code":
            anchor = f"cell-id={cells[node['cell_index']].id}"
            node["ids"].append(anchor)
            slugs[anchor] = (None, anchor, anchor)


def setup(app) -> dict[str, bool]:
    """Tell Sphinx; these pages count as changed at every build."""
    app.connect("source-read", fill)
    app.connect("doctree-read", anchor_cells)
    app.connect("env-get-outdated", lambda *args: list(PAGES))
    return {"parallel_read_safe": True}
