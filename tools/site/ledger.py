"""Sphinx extension: fills three pages from the project's data, and gives each cell an anchor.

chapters/ledger.md gets the claims and the verdicts that cells stored, chapters/references.md the
works that the article recommends, chapters/status.md the chapters' times. Each page holds a mark;
at each build the rows take its place, so that they cannot be older than the notebooks. A page may
say a verdict itself, as in `holds with limits<!-- verdict: training-time -->`: the words before
such a mark must be the verdict. Every code cell gets an anchor, so that a link can lead to it:
`12-gan.ipynb#cell-id=losses`, which JupyterLab understands too.
`_config.yml` names this extension.
"""

import re
from collections import Counter
from pathlib import Path

from docutils import nodes
from sphinx.errors import ExtensionError
from sphinx.util import logging

from aigc_lib import assets, claims
from aigc_lib.claims import as_text, chance_of_error
from tools.notebooks import CHAPTERS, read
from tools.site.status import status_as_markdown

# what stands in a stored verdict → its name in a row of the ledger
FIELDS = {"claim": "id", "verdict": "verdict", "section": "section", "text": "claim"}
OPEN = "not yet settled"  # what a page says of a claim that has no verdict
MARK = re.compile(r"<!-- verdict: ([\w-]+) -->")
FOUND = {
    "as cited": "Exists as cited",
    "otherwise": "Exists otherwise",
    "not found": "Could not be found",
    "no address": "Named without an address",
}
NEEDED = {"not found": {"nearest", "seen"}, "no address": {"seen"}}  # else "right"
KINDS = ("book", "paper", "website", "tool")
logger = logging.getLogger(__name__)


def stored_verdict(row: dict[str, str], chapters: Path) -> dict[str, str]:
    """The verdict that `claims.settle` left in the row's cell: claim, finding, rule and so on.

    Raises:
        ValueError: no such chapter or cell, or its stored output is not this row's verdict.
    """
    where = f"{row['id']}: cell {row['cell']!r} of {row['chapter']}"
    path = chapters / f"{row['chapter']}.ipynb"
    cells = read(path).cells if path.is_file() else []
    shown = [
        out.data[claims.VERDICT_MIME]
        for cell in cells
        if cell.id == row["cell"]
        for out in cell.get("outputs", [])
        if out.get("data", {}).get(claims.VERDICT_MIME, {}).get("claim") == row["id"]
    ]
    if len(shown) != 1:
        raise ValueError(
            f"{where} shows {len(shown)} verdicts on this claim; it needs one. "
            f"Mend the row of claims.yml or the cell, and run the chapter again."
        )
    for field, of_row in FIELDS.items():
        if shown[0].get(field) != row[of_row]:
            raise ValueError(
                f"{where} does not show {row[of_row]!r}, as claims.yml has it, but "
                f"{shown[0].get(field)!r}. Run the chapter again."
            )
    if not {"rule", "false_alarm"} <= shown[0].keys():
        raise ValueError(
            f"{where} shows no rule or no rate of false alarms. Run the chapter again."
        )
    return shown[0]


def sentence(text: str) -> str:
    """A text as Markdown, with a full stop at its end."""
    return as_text(text).removesuffix(".") + "."


def rows_as_markdown(ledger: dict[str, dict[str, str]], chapters: Path = CHAPTERS) -> str:
    """The whole ledger: counts, settled claims with what was measured, open ones."""
    settled = [row for row in ledger.values() if "verdict" in row]
    pending = [row for row in ledger.values() if "verdict" not in row]
    counts = Counter(row["verdict"] for row in settled)
    lines = [f"**{len(ledger)} claims, {len(settled)} settled:** "]
    lines[0] += ", ".join(f"{n} × {verdict}" for verdict, n in counts.most_common()) + "."
    lines += ["", "## Settled", ""]
    for row in settled:
        stored = stored_verdict(row, chapters)
        place = f"{row['chapter']}.ipynb#cell-id={row['cell']}"
        link = f"[chapter {row['chapter'].split('-')[0]}]({place})"
        lines += [f"**{stored['verdict'].capitalize()}.** `{stored['claim']}`, "]
        lines[-1] += f"section {as_text(stored['section'])}: *{as_text(stored['text'])}* "
        lines[-1] += f"Measured in {link}: {sentence(stored['finding'])} "
        lines[-1] += f"*Rule:* {sentence(stored['rule'])} "
        lines[-1] += f"*False alarms:* {chance_of_error(stored['false_alarm'])}"
        lines += [""]
    lines += ["## Not yet settled", ""]
    for row in pending:
        lines += [f"- `{row['id']}`, section {as_text(row['section'])}: *{as_text(row['claim'])}* "]
        lines[-1] += f"Coming: {as_text(row['coming'])}."
    return "\n".join(lines)


def works_of(path: Path) -> list[dict[str, str]]:
    """The rows of cited_works.yml: kind, title, found and what was found; author if there is one.

    Raises:
        FileNotFoundError: no such file.
        ValueError: no table, or a row with other fields or values than its head describes.
    """
    rows = claims.load_table(path, "title")
    for row in rows:
        needed = NEEDED.get(row.get("found"), {"right"})
        fits = row.get("kind") in KINDS and row.get("found") in FOUND
        if not fits or row.keys() - {"author"} != needed | {"kind", "title", "found"}:
            raise ValueError(
                f"expected {row['title']!r} in {path} to have kind ({', '.join(KINDS)}), title, "
                f"found ({', '.join(FOUND)}), perhaps author, and right or, if not found, nearest "
                f"and seen, or, with no address, seen; but got {row}. Mend the row."
            )
    return rows


def works_as_markdown(works: Path) -> str:
    """The works that the article recommends: counts, then each with what a look-up found."""
    rows = works_of(works)
    counts = Counter(row["found"] for row in rows)
    said = ", ".join(f"{counts[found]} × {text.lower()}" for found, text in FOUND.items())
    lines = [f"**{len(rows)} entries:** {said}."]
    for found, text in FOUND.items():
        lines += ["", f"### {text}", ""]
        for row in rows:
            if row["found"] == found:
                author = f" ({as_text(row['author'])})" if "author" in row else ""
                end = row.get("right", row.get("seen", "").removesuffix("."))
                if "nearest" in row:
                    end += f". To read instead: {row['nearest']}"
                lines += [f"- *{as_text(row['title'])}*{author}: {as_text(end)}."]
    return "\n".join(lines)


PAGES = {  # page → what its mark names, and what makes the rows
    "chapters/ledger": ("claims.yml", lambda: rows_as_markdown(claims.load_ledger())),
    "chapters/references": (
        "cited_works.yml",
        lambda: works_as_markdown(assets.path("cited_works.yml")),
    ),
    "chapters/status": ("the notebooks", status_as_markdown),
}


def wrong_words(text: str, ledger: dict[str, dict[str, str]]) -> list[str]:
    """What is wrong with the verdicts that a page says in its own words: a sentence for each."""
    faults, end = [], 0
    for mark in MARK.finditer(text):
        before, end = " ".join(text[end : mark.start()].split()), mark.end()
        if mark[1] not in ledger:
            faults.append(f"{mark[0]} names no claim of claims.yml.")
            continue
        verdict = ledger[mark[1]].get("verdict", OPEN)
        if not re.search(rf"(?<![\w-]){re.escape(verdict)}$", before):
            faults.append(f"expected {verdict!r} before {mark[0]}, but got '… {before[-30:]}'.")
    return faults


def fill(app, docname: str, source: list[str]) -> None:
    """Put the rows in the place of the mark; check the verdicts that a page says itself.

    The ledger's rows can be trusted for that: at each build they are held against the cells.
    """
    if docname in PAGES:
        name, as_markdown = PAGES[docname]
        mark = f"<!-- the rows of {name} -->"
        if mark not in source[0]:
            raise ExtensionError(f"{docname}.md has no line {mark!r}. Put it back.")
        source[0] = source[0].replace(mark, as_markdown())
    if MARK.search(source[0]):
        for fault in wrong_words(source[0], claims.load_ledger()):
            logger.warning(fault, location=docname)
        source[0] = MARK.sub("", source[0])


def anchor_cells(app, doctree: nodes.document) -> None:
    """Give each code cell of a notebook its id as an anchor, and tell MyST, which checks links."""
    path = Path(app.env.doc2path(app.env.docname))
    if path.suffix != ".ipynb":
        return
    cells = read(path).cells
    slugs = app.env.metadata[app.env.docname].setdefault("myst_slugs", {})
    for node in doctree.findall(nodes.container):
        if node.get("nb_element") == "cell_code":
            anchor = f"cell-id={cells[node['cell_index']].id}"
            node["ids"].append(anchor)
            slugs[anchor] = (None, anchor, anchor)


def setup(app) -> dict[str, bool]:
    """Tell Sphinx."""
    app.connect("source-read", fill)
    app.connect("doctree-read", anchor_cells)
    return {"parallel_read_safe": True}
