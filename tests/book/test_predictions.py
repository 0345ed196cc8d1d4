"""The questions "Predict first.": what cells say of them, and what a page folds below them."""

import copy
from collections import Counter

import nbformat
import pytest
from docutils import nodes

from tools.notebooks import notebooks, read
from tools.site import predict

# Chapters in which some question has no form yet, only its answer folded.
STILL_WITHOUT = {
    "30-exact-vae",
    "31-autoencoder-to-vae",
    "32-vae-mnist",
    "40-judging-samples",
    "41-gan-vs-vae",
    "60-mode-collapse",
}
CHAPTERS = notebooks()


def test_the_list_of_chapters_to_come_names_chapters():
    assert {path.stem for path in CHAPTERS} >= STILL_WITHOUT


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_questions_of_a_chapter_are_in_order(path):
    """In `metadata.predict` of its cell each question says what a reader picks, drags or types."""
    cells = read(path).cells
    found = predict.questions(cells, path.name)
    without = [cells[index].id for index, entry in found.items() if entry is None]
    if path.stem not in STILL_WITHOUT:
        assert without == [], "write the form of these questions: tools/site/predict.py says how"


def test_the_right_answer_does_not_always_stand_first():
    """Kind: who writes a question thinks of the right answer first."""
    places: Counter[int] = Counter()
    for path in CHAPTERS:
        for entry in predict.questions(read(path).cells, path.name).values():
            if entry and type(entry.get("right")) is int:
                places[entry["right"]] += 1
    assert places.total() > 10
    assert places[0] < places.total() / 2


def cell(entry=None, source="> **Predict first.** What will it be?"):
    """A Markdown cell, with metadata."""
    made = nbformat.v4.new_markdown_cell(source, id="toss")
    if entry is not None:
        made.metadata["predict"] = entry
    return made


PICK = {"pick": ["heads", "tails"], "right": 1}
NUMBER = {"number": [0, 8, 0.1], "right": [5.6, 5.7], "unit": "nats"}
GOOD = {
    "one of two": PICK,
    "two of three": {"pick": ["a", "b", "c"], "right": [0, 2]},
    "a number": NUMBER,
    "a number below zero, without a unit": {"number": [-2, 4, 0.05], "right": [-0.75, -0.7]},
    "exactly one number": {"number": [0, 100, 1], "right": [77, 77]},
    "words": {"words": True},
}
BAD = {  # what is wrong → the entry, and what the message must say was expected
    "no table": (["heads", "tails"], "pick, number, words"),
    "no kind": ({"right": 1}, "pick, number, words"),
    "two kinds": ({**PICK, "words": True}, "pick, number, words"),
    "no right answer": ({"pick": ["heads", "tails"]}, "pick, right"),
    "an entry too many": ({**PICK, "unit": "coins"}, "pick, right"),
    "a text for options": ({**PICK, "pick": "heads"}, "2 to 5"),
    "one option": ({**PICK, "pick": ["heads"], "right": 0}, "2 to 5"),
    "six options": ({**PICK, "pick": list("abcdef")}, "2 to 5"),
    "an option twice": ({**PICK, "pick": ["heads", "heads"]}, "different"),
    "an empty option": ({**PICK, "pick": ["heads", ""]}, "plain"),
    "a number as option": ({**PICK, "pick": ["heads", 2]}, "plain"),
    "a formula as option": ({**PICK, "pick": ["heads", "$x^2$"]}, "plain"),
    "Markdown as option": ({**PICK, "pick": ["heads", "**tails**"]}, "plain"),
    "a sentence as option": ({**PICK, "pick": ["heads", "It is tails."]}, "full stop"),
    "a long option": ({**PICK, "pick": ["heads", "x" * 91]}, "90"),
    "right beyond the options": ({**PICK, "right": 2}, "from 0 to 1"),
    "right from the end": ({**PICK, "right": -1}, "from 0 to 1"),
    "right as a text": ({**PICK, "right": "tails"}, "from 0 to 1"),
    "right as a truth": ({**PICK, "right": True}, "from 0 to 1"),
    "right twice": ({"pick": ["a", "b", "c"], "right": [1, 1]}, "some but not all"),
    "none right": ({**PICK, "right": []}, "some but not all"),
    "all right": ({**PICK, "right": [0, 1]}, "some but not all"),
    "no step": ({**NUMBER, "number": [0, 8]}, "lowest, highest, step"),
    "a text as limit": ({**NUMBER, "number": [0, "8", 0.1]}, "lowest, highest, step"),
    "not finite": ({**NUMBER, "number": [0, float("inf"), 1]}, "lowest, highest, step"),
    "highest below lowest": ({**NUMBER, "number": [8, 0, 0.1]}, "to rise"),
    "no steps": ({**NUMBER, "number": [0, 8, 0]}, "to rise"),
    "too few steps": ({**NUMBER, "number": [0, 8, 4]}, "to rise"),
    "too many steps": ({**NUMBER, "number": [0, 8, 0.001]}, "to rise"),
    "right as one number": ({**NUMBER, "right": 5.6}, "from, to"),
    "right the wrong way round": ({**NUMBER, "right": [5.7, 5.6]}, "within"),
    "right beyond the slider": ({**NUMBER, "right": [7.9, 8.1]}, "within"),
    "right nearly everywhere": ({**NUMBER, "right": [0, 7]}, "less than half"),
    "right between two stops": ({**NUMBER, "right": [5.62, 5.68]}, "stop of the slider"),
    "an empty unit": ({**NUMBER, "unit": " "}, "unit"),
    "no words": ({"words": False}, "words"),
    "words with a right answer": ({"words": True, "right": 0}, "words"),
}


@pytest.mark.parametrize("entry", GOOD.values(), ids=GOOD)
def test_a_good_question_is_taken_as_it_is(entry):
    assert predict.questions([cell(copy.deepcopy(entry))], "x.ipynb") == {0: entry}


@pytest.mark.parametrize(("entry", "expected"), BAD.values(), ids=BAD)
def test_a_bad_question_is_named(entry, expected):
    with pytest.raises(ValueError, match=r"x\.ipynb, cell 'toss': expected .* but got") as raised:
        predict.questions([cell(entry)], "x.ipynb")
    assert expected in str(raised.value)


@pytest.mark.parametrize(
    ("source", "times"), [("A text.", 0), ("> **Predict first.** A?\n\n> **Predict first.** B?", 2)]
)
def test_a_cell_with_an_entry_has_one_question(source, times):
    with pytest.raises(ValueError, match=f"cell 'toss': expected one block quote .* got {times}"):
        predict.questions([cell(PICK, source)], "x.ipynb")


def test_a_question_needs_no_entry_and_a_text_is_none():
    cells = [cell(source="Predict first: what?"), cell(), nbformat.v4.new_code_cell("1")]
    assert predict.questions(cells, "x.ipynb") == {1: None}


def test_a_form_holds_texts_as_texts():
    html = predict.as_form("a-md", {"pick": ["<b> & co", 'the "other"'], "right": 0})
    assert "&lt;b&gt; &amp; co<" in html
    assert 'the "other"' not in html.replace("&quot;", "'")
    assert "style=" not in html


def paragraph(number: int, text: str = "text", bold: str = "") -> nodes.paragraph:
    """A paragraph of the cell `number`."""
    made = nodes.paragraph("", "", nodes.strong("", bold), nodes.Text(text))
    made.line = (number + 1) * predict.LINES + 3
    return made


def formula(number: int) -> nodes.math_block:
    made = nodes.math_block("", "x")
    made.line = (number + 1) * predict.LINES + 5
    return made


def question(number: int) -> nodes.block_quote:
    return nodes.block_quote("", paragraph(number, bold=predict.OPENING))


CODE = nodes.container(nb_element="cell_code", cell_index=1)
ANSWERS = {  # what follows a question → how many of these nodes answer it
    "code, seen, another cell": (
        [CODE, paragraph(2, bold="Seen."), paragraph(2), paragraph(3)],
        3,
    ),
    "the rest of its cell too": ([paragraph(0), CODE, paragraph(2, bold="Seen.")], 3),
    "seen, then a part of its own": ([CODE, paragraph(2, bold="Seen."), nodes.section()], 2),
    "nothing seen before the part ends": ([CODE, paragraph(2), nodes.section(), CODE], 2),
    "seen, and the next question in the same cell": (
        [CODE, paragraph(2, bold="Seen."), formula(2), paragraph(2), question(2), CODE],
        3,
    ),
    "seen alone before the next question": ([CODE, paragraph(2, bold="Seen."), question(2)], 2),
    "nothing seen before the next question": ([CODE, paragraph(2), question(2), CODE], 1),
    "nothing": ([], 0),
}


@pytest.mark.parametrize(("after", "count"), ANSWERS.values(), ids=ANSWERS)
def test_what_answers_a_question(after, count):
    """Holds off an answer that stays in sight, and a question that is folded with another's."""
    assert predict.answering(after) == after[:count]
