"""How many digits and numbers a reader meets in a sentence: three digits, and few numbers."""

import re
from pathlib import Path

import pytest

from tools.notebooks import notebooks, read

DIGITS = 3  # significant ones of a number with a decimal point
NUMBERS = 6  # of a sentence: "about three", and then it is a table's turn
NUMBER = re.compile(r"(?<![\w.,^_{])[-−]?\d+(?:[\u202f\u00a0 ]\d{3})*(?:\.\d+)?(?![\w]|\.\d)")
NOT_PROSE = [  # what has numbers of its own: code, addresses, displayed formulas, tables, names
    r"`[^`]*`",
    r"\[[^\]]*\]\([^)]*\)",
    r"(?s)\$\$.*?\$\$",
    r"(?m)^\|.*$",
    r"\d{4}\.\d{4,5}",  # numbers of arXiv
    r"\d+\.\d+\.\d+(?: \((?:first|second|both)\))?",  # sections, versions
    r"(?i)\b(?:chapters?|sections?|exercises?|faults?|versions?|seeds?|steps?|rows?|columns?|"
    r"equations?|issues?|commit|TensorFlow|Keras|Python)\s+[\d.]+"
    r"(?:\s*(?:,|and|to|…|or)\s*\d[\d.]*)*",
]
LONG_FORMULA = 25  # characters between two dollar signs; what is longer is no number in a sentence
SENTENCE = re.compile(r"(?<=[.!?:;])\s+|\n\n|\n- ")
# chapter, cell → numbers whose further digits are the point of the sentence
EXACT = {
    ("01-mathematics", "map-seen"): {"1.044"},  # just above 1: the map spirals out
    ("21-training-dynamics", "questions"): {"1.001"},  # just above 1
    ("22-loss-zoo", "logits-md"): {"0.999999998"},  # what rounding makes 1
    ("30-exact-vae", "weights-md"): {"0.5625"},  # a step of a derivation: 9/16
    ("30-exact-vae", "weights-seen"): {"0.5625"},
    ("32-vae-mnist", "stored-md"): {"−86.76", "−85.54", "−84.78"},  # as published
    ("32-vae-mnist", "three-seen"): {"−99.37", "−84.60"},  # as published
    ("50-program-as-printed", "loop-why"): {"468.75"},  # no whole number
    ("51-bugs-in-tutorials", "noise-md"): {"1.025"},  # half of 1.05, and above 1
}
# chapter, cell → why its sentence holds more numbers
LISTS = {
    ("21-training-dynamics", "coverage-seen"): "a derivation",
    ("22-loss-zoo", "float32-seen"): "the ends of two intervals",
    ("22-loss-zoo", "race-md"): "the settings of a race",
    ("22-loss-zoo", "summary"): "the values of six losses",
    ("23-article-formulas", "flat-md"): "the ends of the range of float32",
    ("30-exact-vae", "exercises"): "two laws with their means and variances",
    ("31-autoencoder-to-vae", "map-seen"): "digits that overlap",
    ("31-autoencoder-to-vae", "vae-tries-seen"): "two shares, each before and after",
    ("60-mode-collapse", "summary"): "three settings of five seeds each",
    ("60-mode-collapse", "questions"): "the five seeds of one setting",
    ("61-agn", "look-up-md"): "entries of a list that was looked through",
    ("61-agn", "questions"): "four methods side by side",
}


def significant(number: str) -> int:
    """The significant digits of a number with a decimal point; a whole one counts as none."""
    return len(number.lstrip("-−0.").replace(".", "")) if "." in number else 0


def sentences(text: str) -> list[tuple[str, list[str]]]:
    """The sentences of a Markdown cell, each with its numbers."""
    for pattern in NOT_PROSE:
        text = re.sub(pattern, "", text)
    text = re.sub(r"\$([^$]*)\$", lambda m: m[1] if len(m[1]) < LONG_FORMULA else "", text)
    return [(each, NUMBER.findall(each)) for each in SENTENCE.split(text)]


def faults(path: Path) -> list[str]:
    """The sentences of a chapter with too many digits or numbers, and what to do."""
    found, name = [], path.stem
    for cell in read(path).cells:
        if cell.cell_type != "markdown":
            continue
        exact = EXACT.get((name, cell.id), set())
        for sentence, numbers in sentences(cell.source):
            said = " ".join(sentence.split())[:100]
            for number in numbers:
                if significant(number) > DIGITS and number not in exact:
                    found.append(f"{cell.id}: round {number} to {DIGITS} digits in '{said}'")
            if len(numbers) > NUMBERS and (name, cell.id) not in LISTS:
                found.append(f"{cell.id}: {len(numbers)} numbers, make a table of '{said}'")
    return found


@pytest.mark.parametrize("path", notebooks(), ids=lambda path: path.stem)
def test_a_sentence_has_few_numbers_of_few_digits(path):
    assert faults(path) == []


def test_exceptions_are_still_needed():
    cells = {(path.stem, cell.id) for path in notebooks() for cell in read(path).cells}
    assert EXACT.keys() | LISTS.keys() <= cells


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("It is 1.386 or 0.0067, not 12.50.", [4, 2, 4]),
        ("In chapter 12 the 60 000 images, `x = 1.2345`.", [0]),
        ("See [Kingma 2013](https://arxiv.org/abs/1312.6114): it is 1.39.", [3]),
        ("Section 2.2.1 (first) and seeds 0 to 4.", []),
        ("| 1.2345 | 2 |", []),
    ],
)
def test_numbers_are_counted_as_a_reader_does(text, numbers):
    found = [number for _, numbers in sentences(text) for number in numbers]
    assert [significant(number) for number in found] == numbers
