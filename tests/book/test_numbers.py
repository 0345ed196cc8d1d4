"""The numbers of the FAQ are those of the cells to which it links.

A number is looked for in the cells of the next links, up to which no other links stand: in what
they printed, and in the verdicts that they stored. It may be rounded there to the digits that the
FAQ shows. Numbers in words, as in "five seeds", are not looked for.
"""

import re
from functools import cache

import pytest

from aigc_lib.claims import VERDICT_MIME
from tools.notebooks import CHAPTERS, read

FAQ = (CHAPTERS / "faq.md").read_text("utf-8")
LINK = r"\[[^\]]*\]\([^)]*\)"
GROUP = re.compile(rf"\(({LINK}(?:,\s+{LINK})*)\)")  # links alone in brackets
CELL = re.compile(r"\(([\w-]+)\.ipynb#cell-id=([\w-]+)\)")
SECTION = re.compile(r"\bsection \d+(?:\.\d+)*")  # of the article
NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?(?:e[-+]?\d+)?(?![\w.]*\d)")
# number and the first cell of the next links → why no cell shows it
ELSEWHERE = {
    ("0.1", "simultaneous-figure"): "the step size, which the chapter's code sets",
    ("70", "damage-values"): "the number of a chapter to come",
}


def plain(text: str) -> str:
    """A text without separators of thousands."""
    return re.sub(r"(?<=\d)[ ,\u00a0\u2009\u202f](?=\d{3}(?!\d))", "", text)


def numbers(text: str) -> list[str]:
    """The numbers of a text, with "-" for a minus sign."""
    return NUMBER.findall(text.replace("−", "-"))


@cache
def shown(chapter: str, cell_id: str) -> str:
    """What a cell printed, and the finding of its verdict."""
    (cell,) = (cell for cell in read(CHAPTERS / f"{chapter}.ipynb").cells if cell.id == cell_id)
    texts = [out.get("text", "") for out in cell.outputs]
    for out in cell.outputs:
        data = out.get("data", {})
        texts += [data.get("text/plain", ""), data.get("text/markdown", "")]
        texts.append(data.get(VERDICT_MIME, {}).get("finding", ""))
    return "\n".join(texts)


def stands_in(number: str, text: str) -> bool:
    """Whether a text has a number, or one that rounds to it."""
    digits, _, exponent = number.partition("e")
    last = 10.0 ** (int(exponent or 0) - len(digits.partition(".")[2]))  # worth of its last digit
    values = {float(each) for form in (text, plain(text)) for each in numbers(form)}
    return any(abs(value - float(number)) <= last * 0.5000001 for value in values)


def claimed() -> list[tuple[str, tuple[tuple[str, str], ...]]]:
    """Each number of the FAQ with the cells that its next links name; no cells: no links follow."""
    found = []
    for paragraph in FAQ.split("\n\n"):
        if paragraph.startswith("#"):  # a heading; these are numbered
            continue
        groups = [group for group in GROUP.finditer(paragraph) if CELL.search(group[1])]
        starts = [0, *(group.end() for group in groups)]
        ends = [*(group.start() for group in groups), len(paragraph)]
        cells = [*(tuple(CELL.findall(group[1])) for group in groups), ()]
        for start, end, named in zip(starts, ends, cells, strict=True):
            text = SECTION.sub("", re.sub(LINK, "", paragraph[start:end]))
            found += [(number, named) for number in numbers(plain(text))]
    return found


def test_exceptions_are_still_there():
    assert ELSEWHERE.keys() <= {(number, cells[0][1]) for number, cells in claimed() if cells}


@pytest.mark.parametrize(("number", "cells"), claimed())
def test_number_of_the_faq_stands_in_one_of_its_cells(number, cells):
    assert cells, f"{number} has no link to a cell behind it in its paragraph"
    if (number, cells[0][1]) not in ELSEWHERE:
        assert any(stands_in(number, shown(*cell)) for cell in cells)


@pytest.mark.parametrize(
    ("number", "text", "there"),
    [
        ("1.388", "loss 1.3884", True),
        ("1.388", "loss 1.3886", False),
        ("-94.94", "−94.94 nats", True),
        ("94.94", "−94.94 nats", False),
        ("10000", "10 000 steps, or 10,000", True),
        ("7", "columns 7 100", True),
        ("4.8e-06", "radius 4.81e-06", True),
        ("4.8e-06", "radius 4.9e-06", False),
        ("72", "72.4 times", True),
        ("12", "2.12, x12", False),
        ("1.0", "v1.0.2", False),
    ],
)
def test_a_number_is_found_as_it_may_be_printed(number, text, there):
    assert stands_in(number, text) == there
