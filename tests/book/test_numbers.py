"""The numbers of the FAQ are those of the cells to which it links.

A number is looked for in the cells of the next links, up to which no other links stand: in what
they printed, and in the verdicts that they stored. It may be rounded there to the digits that the
FAQ shows. Numbers in words, as in "five seeds", are not looked for.

What a chapter tells under "Seen", in its summary and its questions is held to what its cells
printed, or to a constant of its code, in the same way.
"""

import math
import re
from bisect import bisect_left
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import nbformat
import pytest
from helpers import as_in_checkout

from aigc_lib.claims import VERDICT_MIME
from tools.notebooks import CHAPTERS, notebooks
from tools.notebooks import read as read_anew

FAQ = (CHAPTERS / "faq.md").read_text("utf-8")
LINK = r"\[[^\]]*\]\([^)]*\)"
GROUP = re.compile(rf"\(({LINK}(?:,\s+{LINK})*)\)")  # links alone in brackets
CELL = re.compile(r"\(([\w-]+)\.ipynb#cell-id=([\w-]+)\)")
SECTION = re.compile(r"\bsection \d+(?:\.\d+)*")  # of the article
NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?(?:e[-+]?\d+)?(?![\w.]*\d)")
# number and the first cell of the next links → why no cell shows it
ELSEWHERE = {
    ("0.1", "simultaneous-figure"): "the step size, which the chapter's code sets",
}


def plain(text: str) -> str:
    """A text without separators of thousands."""
    return re.sub(r"(?<=\d)[ ,_\u00a0\u2009\u202f](?=\d{3}(?!\d))", "", text)


def numbers(text: str) -> list[str]:
    """The numbers of a text, with "-" for a minus sign."""
    return NUMBER.findall(text.replace("−", "-"))


@cache
def read(path: Path) -> nbformat.NotebookNode:
    return read_anew(path)


@cache
def shown(chapter: str, cell_id: str) -> str:
    """What a cell printed, and the finding of its verdict."""
    cells = [cell for cell in read(CHAPTERS / f"{chapter}.ipynb").cells if cell.id == cell_id]
    assert cells, f"faq.md links to cell {cell_id!r} of {chapter}.ipynb, which has no such cell"
    return said(cells[0])


def said(cell: nbformat.NotebookNode) -> str:
    """The texts of a cell's outputs."""
    texts = [out.get("text", "") for out in cell.get("outputs", [])]
    for out in cell.get("outputs", []):
        data = out.get("data", {})
        texts += [data.get("text/plain", ""), data.get("text/markdown", "")]
        texts.append(data.get(VERDICT_MIME, {}).get("finding", ""))
    return "\n".join(texts)


def rounding(number: str) -> float:
    """How far a value that rounds to the number may lie from it: half of its last digit's worth."""
    digits, _, exponent = number.partition("e")
    return 0.5000001 * 10.0 ** (int(exponent or 0) - len(digits.partition(".")[2]))


def stands_in(number: str, text: str) -> bool:
    """Whether a text has a number, or one that rounds to it."""
    values = {float(each) for form in (text, plain(text)) for each in numbers(form)}
    return any(abs(value - float(number)) <= rounding(number) for value in values)


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
        assert any(stands_in(number, shown(*cell)) for cell in cells), (
            f"faq.md says {number}, but no output of {cells} shows it: mend the sentence, or link "
            "to the cell that shows it"
        )


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


# --- the sentences of the chapters ----------------------------------------------------------------

NEAR = 10  # so many code cells before a "Seen" may hold its numbers
TOLD = re.compile(r"\*\*Seen\.\*\*")  # begins what a reader is told of the outputs above
WHOLE = ("summary", "questions", "verdict-seen")  # cells that speak of the whole chapter
YEAR = re.compile(r"(?<![\w.])(?:19|20)\d\d(?![\w.]*\d)")
NAMED = re.compile(  # what has a number for a name
    r"(?i)\b(?:chapters?|sections?|faults?|exercises?|questions?|rows?|issues?|arXiv:|python|keras"
    r"|tensorflow)\s*\d[\d.]*(?:\s*(?:,|and|to|or)\s*\d[\d.]*)*|^\*\*\d+\.",
    re.MULTILINE,
)
POWER = re.compile(r"(?:(-?\d+(?:\.\d+)?)\s*\\cdot\s*)?(?<!\d)10\^\{?(-?\d+)\}?")
LOGS = {math.log(n) for n in range(2, 101)}  # \log 4 = 1.386 is no measurement
UNPRINTED = {  # chapter, cell, number → why no cell shows it
    ("51", "runaway-seen", "21"): "1.05 / 0.05, from the formula",
    ("12", "questions", "1.31"): "of a state that the question makes up",
    ("20", "gradients-seen", "22000"): "the ratio of the two gradients before it",
    ("21", "far-md", "1024"): "a formula: 2 to the tenth power",
    ("21", "far-seen", "256"): "a formula: 4 to the fourth power",
    ("22", "float32-seen", "1e-7"): "the clip of Keras, a constant of its losses",
    ("22", "root-seen", "1e-12"): "a constant of the library's penalty",
    ("31", "distortion-seen", "2.13"): "a formula: log(1 + e^2)",
    ("32", "three-seen", "-99.37"): "published; the source stands beside it",
    ("32", "three-seen", "-84.60"): "published; the source stands beside it",
    ("51", "stripes-seen", "280"): "a formula: 28 columns of 10 channels",
    ("51", "runaway-seen", "39"): "a formula: (1 - 0.025) / 0.025",
    ("60", "score-md", "0.002"): "a formula: the scatter of a share of 2500",
    ("60", "together-md", "2100"): "a frame of the figure above",
    ("61", "animation-seen", "9700"): "read from the moving picture",
    ("61", "watch-seen", "0.003"): "held by tests/site/test_watch_gan.py",
    ("61", "watch-seen", "3000"): "held by tests/site/test_watch_gan.py",
    ("61", "stacked-seen", "180"): "the seconds of the bench, from the protocol above",
    ("61", "alarms-seen", "3.16"): "a formula: twice the root of 5/2",
    ("61", "questions", "0.225"): "a formula: 0.1 + 0.125",
    ("61", "questions", "0.44"): "a formula: 0.1 / 0.225",
    ("61", "questions", "1.48"): "a false argument of the question",
    ("73", "questions", "120"): "a formula: 5!",
    ("73", "questions", "3125"): "a formula: 5 to the fifth power",
}


def told(text: str) -> str:
    """What a cell of text says of outputs: without code, links, names with numbers, and years."""
    if TOLD.search(text):  # up to the next heading or riddle
        text = re.split(r"\n(?:#|> \*\*Pre)", text[TOLD.search(text).start() :])[0]
    text = re.sub(
        r"`[^`]*`|\[\d\d\]\([^)]*\)|\]\([^)]*\)",
        " ",
        plain(text.replace("−", "-").replace(r"\,", "")),
    )
    text = re.sub(r"\\log\s*\d+", "", text)
    text = POWER.sub(lambda power: f"{power[1] or 1}e{power[2]}", text)
    return YEAR.sub("", NAMED.sub("", text))


def values(texts: Iterable[str]) -> list[float]:
    """All numbers of some texts, without their signs; of a share like 0.974 its per cents too."""
    found = {abs(float(n)) for text in texts for form in (text, plain(text)) for n in numbers(form)}
    return sorted(found | {100 * value for value in found if value <= 1} | LOGS)


def is_among(number: str, sorted_values: list[float]) -> bool:
    """Whether one of the values rounds to the number, to its own digits."""
    middle, half = abs(float(number)), rounding(number)
    place = bisect_left(sorted_values, middle - half)
    return place < len(sorted_values) and sorted_values[place] <= middle + half


def unfounded(path: Path) -> list[tuple[str, str]]:
    """Cell and number of each number that a chapter tells and no cell near it shows."""
    cells = read(path).cells
    constants = [cell.source for cell in cells if cell.cell_type == "code"]
    found = []
    for place, cell in enumerate(cells):
        is_whole, source = cell.id in WHOLE, as_in_checkout(cell.source)
        if cell.cell_type != "markdown" or not (is_whole or TOLD.search(source)):
            continue
        before = [each for each in cells[:place] if each.cell_type == "code"]
        texts = [said(each) for each in (before if is_whole else before[-NEAR:])]
        linked = set(re.findall(r"\]\(([\w-]+)\.ipynb", source))
        texts += [said(each) for name in linked for each in read(CHAPTERS / f"{name}.ipynb").cells]
        there = values([*texts, *constants])
        found += [(cell.id, n) for n in numbers(told(source)) if not is_among(n, there)]
    return found


def told_faults(path: Path) -> list[str]:
    """Each number that a chapter tells and no cell near it shows, with the remedy."""
    number = path.stem.partition("-")[0]
    return [
        f"{path.name}, cell {cell!r}: it tells {told_number}, but no output above it shows such a "
        "number and no code has it. Print it in a code cell above (at most "
        f"{NEAR} code cells away), or mend the sentence. Of a formula or a quotation, say so "
        f'in tests/book/test_numbers.py, UNPRINTED: ("{number}", "{cell}", "{told_number}"): "why"'
        for cell, told_number in unfounded(path)
        if (number, cell, told_number) not in UNPRINTED
    ]


@pytest.mark.parametrize("path", notebooks(), ids=lambda path: path.stem)
def test_what_is_told_of_an_output_stands_there(path):
    """Holds off a sentence that a chapter, run again, has left behind."""
    found = told_faults(path)
    if found:
        pytest.fail("\n".join(found), pytrace=False)


def test_unprinted_numbers_are_still_told():
    told_of = {(p.stem.partition("-")[0], *each) for p in notebooks() for each in unfounded(p)}
    assert UNPRINTED.keys() <= told_of


PAGES = [CHAPTERS.parent / "README.md", CHAPTERS / "index.md", CHAPTERS / "glossary.md"]


def sentences_on_chapters(text: str) -> list[tuple[str, set[str]]]:
    """Each sentence that names a chapter, with the numbers of the chapters that it names."""
    text = re.sub(r"(?s)<!-- `make run`.*<!-- the end of the table -->", "", text)
    parts = re.split(r"(?<=[.!?;:|])\s+|\n\n|\n(?=[-|#])", text)
    return [(part, set(re.findall(r"chapters?\s+(\d\d)", part))) for part in parts]


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)
def test_what_a_page_tells_of_a_chapter_stands_there(page):
    """Holds off a page that a chapter, run again, has left behind."""
    paths, left = {path.stem[:2]: path for path in notebooks()}, []
    for sentence, chapters in sentences_on_chapters(page.read_text("utf-8")):
        if chapters and not sentence.startswith("`make "):  # timed by hand
            gone = chapters - paths.keys()
            assert gone == set(), f"{page.name} names chapters that are not there: {sentence}"
            cells = [cell for number in chapters for cell in read(paths[number]).cells]
            there = values(text for cell in cells for text in (said(cell), cell.source))
            left += [(n, sentence) for n in numbers(told(sentence)) if not is_among(n, there)]
    assert left == [], f"{page.name}: the chapters that these sentences name do not show the number"


# --- the times in the chapters' heads -------------------------------------------------------------

TIMES = {  # what a head says → seconds of a run on two cores, quiet or with something beside it
    "a few seconds": (0, 9),
    "about ten seconds": (5, 16),
    "less than a minute": (10, 70),
    "about a minute": (40, 85),
    "about a minute and a half": (65, 125),
    "one to two minutes": (50, 140),
    "about two minutes": (85, 160),
    "about four minutes": (165, 320),
}


def time_faults(path: Path) -> list[str]:
    """What the head of a chapter says of its time, where that is not so, with the remedy."""
    cells, seconds = read(path).cells, read(path).metadata["course"]["seconds"]
    head = " ".join(" ".join(c.source for c in cells[:4] if c.cell_type == "markdown").split())
    found = re.search(r"the cells run in (?:a little over )?([^,.;]+)", head)
    fit = " or ".join(repr(words) for words, (low, high) in TIMES.items() if low <= seconds <= high)
    if found and found[1] in TIMES:
        low, high = TIMES[found[1]]
        if low <= seconds <= high:
            return []
    said_there = f"says {found[1]!r}" if found else "does not say how long"
    return [
        f"{path.name}, the cell with **Time:** {said_there}, but the last run took {seconds} s. "
        f"Write there: 'the cells run in …' with {fit}."
    ]


@pytest.mark.parametrize("path", notebooks(), ids=lambda path: path.stem)
def test_the_time_in_the_head_is_that_of_the_last_run(path):
    found = time_faults(path)
    if found:
        pytest.fail("\n".join(found), pytrace=False)
