"""Sphinx extension: "Predict first." asks before it shows what happens.

Under a block quote that opens with "Predict first." stands a form, as the cell's metadata say, and
what follows is folded under "Show what happens": the rest of the cell, the code with its outputs,
and the cell that says "Seen.". `_static/predict.js` answers the form; without scripts, and in a
cell without such metadata, there is no form, and the answer opens at a click. In the metadata:

    {"predict": {"pick": ["it falls", "it rises"], "right": 1}}
    {"predict": {"number": [0, 16, 0.1], "right": [5.6, 5.7], "unit": "nats"}}
    {"predict": {"words": true}}

`pick` has 2 to 5 options; `right` is the place of the right one, from 0, or a list of places.
`number` is a slider from the first to the second number in steps of the third; `right` is the
range that agrees, and `unit` may be left out. `words` is free text, of which nothing is said.
`_config.yml` names this extension.
"""

import math
import re
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

import nbformat
from docutils import nodes
from sphinx.errors import ExtensionError

from tools.notebooks import read

OPENING = "Predict first."
QUOTE = re.compile(rf"^> \*\*{re.escape(OPENING)}\*\*", re.MULTILINE)
SEEN = "Seen."
KINDS = {  # kind → the entries that it needs, and those that it may have besides
    "pick": ({"pick", "right"}, set()),
    "number": ({"number", "right"}, {"unit"}),
    "words": ({"words"}, set()),
}
LONGEST = 90  # characters of an option
STOPS = (4, 1000)  # fewest and most steps of a slider
LINES = 10_000  # MyST-NB numbers the lines of cell i from (i + 1) times this


class form(nodes.General, nodes.Element):
    """The form of a question; `html` is its text."""


class answer(nodes.General, nodes.Element):
    """What follows a question."""


def _number(value: Any) -> bool:
    return type(value) in (int, float) and math.isfinite(value)


def _fault_of_pick(predict: dict[str, Any]) -> str | None:
    options, right = predict["pick"], predict["right"]
    plain = isinstance(options, list) and all(
        isinstance(each, str)
        and each.strip() == each
        and 0 < len(each) <= LONGEST
        and not re.search(r"[$`*\n]|\.$", each)
        for each in options
    )
    if not plain or not 2 <= len(options) <= 5 or len(set(options)) < len(options):
        return (
            f"pick to be a list of 2 to 5 different plain texts (no $, `, * or line break, no full "
            f"stop at the end, at most {LONGEST} characters), but got {options!r}"
        )
    places = right if isinstance(right, list) else [right]
    known = all(type(each) is int and 0 <= each < len(options) for each in places)
    if not known or len(set(places)) < len(places) or not 0 < len(places) < len(options):
        return (
            f"right to be the place of an option, from 0 to {len(options) - 1}, or a list of some "
            f"but not all of these places, but got {right!r}"
        )
    return None


def _fault_of_number(predict: dict[str, Any]) -> str | None:
    slider, right, unit = predict["number"], predict["right"], predict.get("unit", "x")
    if not (isinstance(slider, list) and len(slider) == 3 and all(map(_number, slider))):
        return f"number to be [lowest, highest, step], but got {slider!r}"
    low, high, step = slider
    if not (low < high and step > 0 and STOPS[0] <= (high - low) / step <= STOPS[1]):
        return f"number to rise in {STOPS[0]} to {STOPS[1]} steps, but got {slider!r}"
    if not (isinstance(right, list) and len(right) == 2 and all(map(_number, right))):
        return f"right to be [from, to], but got {right!r}"
    if not (low <= right[0] <= right[1] <= high and right[1] - right[0] < (high - low) / 2):
        return f"right to be a range within {slider[:2]}, less than half of it, but got {right!r}"
    at = math.ceil(round((right[0] - low) / step, 9)) * step + low  # the first stop not below
    if at > right[1] + step * 1e-9:
        return f"right to hold a stop of the slider {slider}, but got {right!r}"
    if not isinstance(unit, str) or not unit.strip():
        return f"unit to be a text, but got {unit!r}"
    return None


def fault(predict: Any) -> str | None:
    """What is wrong with the entry `predict` of a cell's metadata, None if nothing is.

    It continues "expected …" and says what came.
    """
    kinds = [kind for kind in KINDS if isinstance(predict, dict) and kind in predict]
    if len(kinds) != 1:
        return f"predict to have one of {', '.join(KINDS)}, but got {predict!r}"
    needed, allowed = KINDS[kinds[0]]
    if not needed <= predict.keys() <= needed | allowed:
        also = f" and perhaps {', '.join(sorted(allowed))}" if allowed else ""
        return f"predict to have {', '.join(sorted(needed))}{also}, but got {predict!r}"
    if kinds[0] == "words":
        words = predict["words"]
        return None if words is True else f"words to be true, but got {words!r}"
    return _fault_of_pick(predict) if kinds[0] == "pick" else _fault_of_number(predict)


def questions(cells: Sequence[nbformat.NotebookNode], name: str) -> dict[int, dict | None]:
    """The questions of a notebook: index of the cell → its entry `predict`, None if it has none.

    Raises:
        ValueError: a cell with two questions; an entry that is no question, or stands in a cell
            without one; the message gives `name`, the cell and what came.
    """
    found = {}
    for index, cell in enumerate(cells):
        predict = cell.metadata.get("predict")
        times = len(QUOTE.findall(cell.source)) if cell.cell_type == "markdown" else 0
        wrong = None if predict is None else fault(predict)
        if times > 1 or (predict is not None and times == 0):
            wrong = f"one block quote '> **{OPENING}** …', but got {times}"
        if wrong:
            raise ValueError(f"{name}, cell {cell.id!r}: expected {wrong}. Mend the cell.")
        if times:
            found[index] = predict
    return found


def as_form(cell: str, predict: dict[str, Any]) -> str:
    """The form of a question as HTML: `predict` is as `fault` wants it, `cell` the cell's id.

    Short, since a chapter has up to twenty: the script takes an option's value from its label.
    """
    right = predict.get("right", "")
    places = right if isinstance(right, list) else [right]
    data = f'data-cell="{escape(cell)}" data-right="{" ".join(map(str, places))}"'
    if "pick" in predict:
        option = '<label><input type="radio" name="said" required> {}</label>'
        fields = "".join(option.format(escape(each)) for each in predict["pick"])
    elif "number" in predict:
        low, high, step = predict["number"]
        unit = escape(predict.get("unit", ""))
        limits = f'min="{low}" max="{high}"'
        data += f' data-unit="{unit}"' if unit else ""
        fields = (
            f'<label>Drag <input type="range" {limits} step="{step}" value="{low}"></label>'
            f'<label>or type <input type="number" name="said" required {limits} step="any"> '
            f"{unit}</label>"
        )
    else:
        fields = '<label>In a few words <input name="said" required maxlength="200"></label>'
    return (
        f'<form class="predict pst-js-only" {data}><fieldset><legend>Your prediction</legend>'
        f"{fields}<button>Commit to it</button></fieldset></form>\n"
    )


def _opens_with(node: nodes.Node, word: str) -> bool:
    """Whether a paragraph, or a block quote's first one, opens with this word in bold."""
    if isinstance(node, nodes.block_quote) and node.children:
        node = node.children[0]
    if not isinstance(node, nodes.paragraph):
        return False
    said = next((each for each in node.children if each.astext()), None)  # MyST puts "" before it
    return isinstance(said, nodes.strong) and said.astext() == word


def _asks(node: nodes.Node) -> bool:
    return isinstance(node, nodes.block_quote) and _opens_with(node, OPENING)


def cell_of(node: nodes.Element) -> int | None:
    """The index of the cell that a node comes from, None if it has no line."""
    lines = (each.line for each in node.findall(nodes.Element) if each.line)
    return node.get("cell_index", next((line // LINES - 1 for line in lines), None))


def answering(after: list[nodes.Element]) -> list[nodes.Element]:
    """Of the nodes that follow a question, those that answer it.

    They end with the cell that says "Seen.", or before: where the section ends, or where the cell
    of the next question begins. If that cell says "Seen." too, its first paragraph belongs to the
    answer, with the formulas or lists right after it, and the rest leads to the next question.
    """
    taken: list[tuple[int | None, nodes.Element]] = []
    cell = seen = None
    for node in after:
        if isinstance(node, nodes.section):
            break
        found = cell_of(node)
        cell = cell if found is None else found
        if seen is not None and cell != seen:
            break
        if _asks(node):
            before = [each for at, each in taken if at != cell]
            shared = [each for at, each in taken if at == cell]
            end = 1 if shared and _opens_with(shared[0], SEEN) else 0
            while 0 < end < len(shared) and not isinstance(shared[end], nodes.paragraph):
                end += 1
            return before + shared[:end]
        taken.append((cell, node))
        if _opens_with(node, SEEN):
            seen = cell
    return [node for _, node in taken]


def ask(app, doctree: nodes.document) -> None:
    """Put the forms into a chapter, fold the answers, and offer to show them all.

    Raises:
        ExtensionError: a question in the notebook is not as it should be, or is not on the page.
    """
    path = Path(app.env.doc2path(app.env.docname))
    if path.suffix != ".ipynb":
        return
    cells = read(path).cells
    try:
        expected = questions(cells, path.name)
    except ValueError as error:
        raise ExtensionError(str(error)) from None
    quotes = [node for node in doctree.findall(nodes.block_quote) if _asks(node)]
    if [cell_of(quote) for quote in quotes] != list(expected):
        raise ExtensionError(
            f"{path.name}: expected questions from the cells {list(expected)} on its page, but got "
            f"them from {[cell_of(quote) for quote in quotes]}. Does MyST-NB count lines otherwise "
            f"now? Mend `cell_of` in tools/site/predict.py."
        )
    for quote, (index, predict) in zip(quotes, expected.items(), strict=True):
        parent = quote.parent
        start = parent.index(quote) + 1
        folded = answering(parent.children[start:])
        new: list[nodes.Element] = []
        if predict is not None:
            new.append(form(html=as_form(cells[index].id, predict)))
        if folded:
            new.append(answer("", *folded))
        del parent[start : start + len(folded)]
        parent.insert(start, new)
    sections = list(doctree.findall(nodes.section))  # the first one is the whole chapter
    if quotes and len(sections) > 1:
        parent = sections[1].parent
        parent.insert(parent.index(sections[1]), form(html=as_switch(len(quotes))))


def as_switch(times: int) -> str:
    """The line above a chapter's first section, with the button that shows all answers."""
    said = {1: "once", 2: "twice"}.get(times, f"{times} times")
    return (
        f'<p class="asks pst-js-only">This chapter asks {said} what you expect, before it shows '
        f'what happens. <button type="button">Show all answers, in all chapters</button></p>\n'
    )


def visit_form(self, node: form) -> None:
    """Write a form."""
    self.body.append(node["html"])
    raise nodes.SkipNode


def visit_answer(self, node: answer) -> None:
    """Open a fold, which is closed until its reader opens it."""
    self.body.append('<details class="answer"><summary>Show what happens</summary>\n')


def depart_answer(self, node: answer) -> None:
    """Close it."""
    self.body.append("</details>\n")


def setup(app) -> dict[str, bool]:
    """Tell Sphinx."""
    app.add_node(form, html=(visit_form, None))
    app.add_node(answer, html=(visit_answer, depart_answer))
    app.connect("doctree-read", ask)
    return {"parallel_read_safe": True}
