"""Sphinx extension: fills pages from the project's data, and gives each cell an anchor.

chapters/ledger.md and chapters/article.md get the claims and the verdicts that cells stored
(tools/site/scoreboard.py), chapters/references.md the works that the article recommends,
chapters/status.md the chapters' times. Each page holds a mark; at each build the rows take its
place, so that they cannot be older than the notebooks. A page may say a verdict itself, as in
`holds with limits<!-- verdict: training-time -->`: the words before such a mark must be the
verdict. It may also say how many claims have a verdict, as in `12<!-- claims: wrong -->`, or
`38<!-- claims: all -->`: the number of this build takes its place. Every code cell gets an anchor,
so that a link can lead to it: `12-gan.ipynb#cell-id=losses`, which JupyterLab understands too.
`_config.yml` names this extension.
"""

import re
from collections import Counter
from pathlib import Path

from docutils import nodes
from sphinx.errors import ExtensionError
from sphinx.util import logging

from aigc_lib import assets, claims
from aigc_lib.claims import as_text
from tools.notebooks import read
from tools.site.scoreboard import OPEN, article_as_markdown, ledger_as_markdown, tally, verdict_of
from tools.site.status import status_as_markdown

MARK = re.compile(r"<!-- verdict: ([\w-]+) -->")
COUNT = re.compile(r"(\d+)<!-- claims: ([\w ]+) -->")
FOUND = {
    "as cited": "Exists as cited",
    "otherwise": "Exists otherwise",
    "not found": "Could not be found",
    "no address": "Named without an address",
}
NEEDED = {"not found": {"nearest", "seen"}, "no address": {"seen"}}  # else "right"
KINDS = ("book", "paper", "website", "tool")
logger = logging.getLogger(__name__)


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
    "chapters/ledger": ("claims.yml", lambda: ledger_as_markdown(claims.load_ledger())),
    "chapters/article": ("claims.yml", lambda: article_as_markdown(claims.load_ledger())),
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
        verdict = verdict_of(ledger[mark[1]])
        if not re.search(rf"(?<![\w-]){re.escape(verdict)}$", before):
            faults.append(f"expected {verdict!r} before {mark[0]}, but got '… {before[-30:]}'.")
    return faults


def claim_counts(ledger: dict[str, dict[str, str]]) -> dict[str, int]:
    """What may stand behind `<!-- claims:` → how many claims that are."""
    counts = tally(ledger)
    return counts | {"all": len(ledger), "settled": len(ledger) - counts[OPEN]}


def with_counts(text: str, ledger: dict[str, dict[str, str]]) -> str:
    """A text with the numbers of claims as they are now, without the marks behind them.

    Raises:
        ValueError: a mark names no verdict.
    """
    counts = claim_counts(ledger)
    for mark in COUNT.finditer(text):
        if mark[2] not in counts:
            raise ValueError(f"expected {mark[0]!r} to name one of {', '.join(counts)}.")
    return COUNT.sub(lambda mark: str(counts[mark[2]]), text)


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
    source[0] = with_counts(source[0], claims.load_ledger())
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
