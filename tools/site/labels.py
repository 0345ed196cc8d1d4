"""Sphinx extension: what the site's controls are called.

A folded solution is opened by "Show solution", with its output; other folded code by "Show code",
the first cell, which only Colab needs, by "Show what Colab needs".
The theme names some of its buttons in words of those who build sites: `LABELS` has better ones.
Where no page has a match for one of them, a warning names it, which fails the build.
`_config.yml` names this extension.
"""

import re
from collections import Counter
from html import escape
from pathlib import Path

from docutils import nodes
from myst_nb.sphinx_ import HideCodeCellNode
from sphinx.util import logging

from tools.rules import OPENING

SETUP = OPENING.index("setup")  # the place of a chapter's first code cell
FOLDED = {"input": "code", "output": "output", "all": "code and output"}  # myst-nb's hide_mode
LABELS = {  # what a page has → what it gets instead
    r'title="Toggle primary sidebar"': 'title="All chapters"',
    r'title="Toggle secondary sidebar"': 'title="On this page"',
    # A tab with the source in it, where the server names a type that browsers show.
    r'href="([^"]*_sources/[^"]*)" target="_blank"': r'href="\1" download',
}
BUTTONS = {  # a button of the theme, or a group of them → its name
    "launch-buttons": "Open in Colab",
    "source-buttons": "The repository",
    "download-source-button": "Download what this page is made from",
    "download-pdf-button": "Print, or save as PDF",
}
logger = logging.getLogger(__name__)


def name_folds(app, doctree: nodes.document) -> None:
    """Say what is folded; fold a solution together with its output, which gives it away."""
    for cell in doctree.findall(nodes.container):
        if cell.get("nb_element") != "cell_code" or not cell.get("hide_mode"):
            continue
        what = FOLDED.get(cell["hide_mode"], "{type}")
        if cell["cell_index"] == SETUP:
            what = "what Colab needs"
        if "solution" in cell["cell_metadata"].get("tags", []):
            cell["hide_mode"], what = "all", "solution"
        cell["prompt_show"], cell["prompt_hide"] = f"Show {what}", f"Hide {what}"


def start_fold(writer, node: HideCodeCellNode) -> None:
    """Write a fold as myst-nb does, but let a screen reader say what is written on it."""
    classes = " ".join(node["classes"])
    show, hide = escape(node["prompt_show"]), escape(node["prompt_hide"])
    writer.body.append(
        f'<details class="admonition hide {classes}">\n<summary>\n'
        f'<p class="collapsed admonition-title">{show}</p>\n'
        f'<p class="expanded admonition-title">{hide}</p>\n</summary>\n'
    )


def end_fold(writer, node: HideCodeCellNode) -> None:
    """Close the fold."""
    writer.body.append("</details>\n")


def name_buttons(app, pagename: str, template: str, context: dict, doctree) -> None:
    """Name the buttons above a page."""
    for group in context.get("header_buttons", []):
        for button in (group, *group.get("buttons", [])):
            button["tooltip"] = BUTTONS.get(button.get("label"), button["tooltip"])


def name_controls(app, error: Exception | None) -> None:
    """Write the better labels into all pages."""
    if error or app.builder.name != "html":
        return
    used: Counter[str] = Counter()
    for page in sorted(Path(app.outdir).rglob("*.html")):
        html = page.read_text(encoding="utf-8")
        for label, better in LABELS.items():
            html, times = re.subn(label, better, html)
            used[label] += times
        page.write_text(html, encoding="utf-8")
    for label in LABELS:
        if not used[label]:
            logger.warning(f"no page has {label!r} any more: mend or remove it in {__name__}.")


def setup(app) -> dict[str, bool]:
    """Tell Sphinx."""
    app.add_node(HideCodeCellNode, override=True, html=(start_fold, end_fold))
    app.connect("doctree-read", name_folds)
    app.connect("html-page-context", name_buttons, priority=900)  # the theme has made them
    app.connect("build-finished", name_controls)
    return {"parallel_read_safe": True}
