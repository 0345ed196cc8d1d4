"""What a teacher who adds a chapter may do wrong: each message names the cell and the remedy."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from test_ledger import verdict_faults
from test_numbers import time_faults, told_faults
from test_sections import section_faults
from test_sources import source_faults

from tools import ROOT, rules, run_chapters, stored

NAME = "01-mathematics"
GOOD = ROOT / f"chapters/{NAME}.ipynb"
NEEDED = ("_config.yml", "_toc.yml")  # what the rules read beside a chapter
TYPO = "nbval-ignore-outputs"


@pytest.fixture
def course(tmp_path) -> Path:
    """A course of one good chapter; returns the chapter's file."""
    for name in NEEDED:
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "chapters").mkdir()
    return Path(shutil.copy(GOOD, tmp_path / "chapters"))


def cell(notebook: nbformat.NotebookNode, name: str) -> nbformat.NotebookNode:
    return next(each for each in notebook.cells if each.id == name)


def drop(name: str) -> Callable:
    """Forget a cell."""

    def change(notebook):
        notebook.cells = [each for each in notebook.cells if each.id != name]

    return change


def put(name: str, old: str, new: str) -> Callable:
    """Write something else in a cell."""

    def change(notebook):
        source = cell(notebook, name).source
        assert old in source
        cell(notebook, name).source = source.replace(old, new)

    return change


def meta(name: str, key: str, value) -> Callable:
    """Give a cell other metadata; None: none."""

    def change(notebook):
        cell(notebook, name).metadata.pop(key, None)
        if value is not None:
            cell(notebook, name).metadata[key] = value

    return change


def about(entry: str, value) -> Callable:
    """Give the notebook other metadata; None: none."""

    def change(notebook):
        notebook.metadata["course"].pop(entry, None)
        if value is not None:
            notebook.metadata["course"][entry] = value

    return change


def renamed(old: str, new: str) -> Callable:
    return lambda notebook: cell(notebook, old).update(id=new)


def outputs(name: str, *given: nbformat.NotebookNode) -> Callable:
    return lambda notebook: cell(notebook, name).update(outputs=list(given))


def again(name: str) -> Callable:
    return lambda notebook: cell(notebook, name).update(execution_count=99)


def two_questions(notebook: nbformat.NotebookNode) -> str:
    return cell(notebook, "questions").source.partition("**3. ")[0]


YES = "**Yes.** They lie"
OUT = nbformat.v4.new_output
ERROR = OUT("error", ename="KeyError", evalue="x", traceback=[])
# what is done to a good chapter → what the message says of it: the place, then the remedy
BEFORE = {
    "no description": (about("description", None), ["course.description", "Notebook Metadata"]),
    "no summary": (about("summary", None), ["course.summary", "Notebook Metadata"]),
    "a long description": (about("description", "x" * 201), ["201 characters", "31 to 200"]),
    "a misspelt entry": (about("sumary", "S."), ["course.sumary", "Known are: description"]),
    "two lines of summary": (about("summary", "a\nb"), ["course.summary", "in one"]),
    "no such thumbnail": (about("thumbnail", "gone"), ["'gone'", "Name the cell"]),
    "another heading": (put("title", "# 01 · ", "# "), ["first cell", "'# 01 · Title'"]),
    "two headings": (put("kl-md", "## How", "# How"), ["'# How far apart", "'## …'"]),
    "no links": (put("title", "https://colab", "https://c"), ["first cell", "[Open in Colab]("]),
    "another first cell": (put("setup", "%pip", "!pip"), ["cell 'setup'", "Copy the first code"]),
    "no code": (lambda n: n.update(cells=n.cells[:1]), ["no code cell", "Copy the first"]),
    "no cells": (lambda n: n.update(cells=[]), ["first cell", "'# 01 · Title'"]),
    "no hook": (drop("hook"), ["cell 3: expected the cell 'hook'", '"id": "hook"']),
    "no surprise": (put("title", "**", ""), ["cell 'title'", "surprise", "**One sentence.**"]),
    "a shown hook": (meta("hook", "tags", None), ["cell 'hook'", 'Add Tag "hide-input"']),
    "no time": (put("contract", "**Time:**", "Time:"), ["cell 'contract'", "**Time:**"]),
    "a long cell": (put("imports", "rng", "\n1" * 15 + "\nrng"), ["cell 'imports'", "Split Cell"]),
    "a directive": (put("kl-md", "It is a", "```{note}\n```"), ["cell 'kl-md'", "```{note}"]),
    "HTML": (put("kl-md", "It is a", "<div >"), ["cell 'kl-md'", "<div>", "plain Markdown"]),
    "a misspelt tag": (meta("kl", "tags", [TYPO]), ["cell 'kl'", TYPO, "nbval-ignore-output,"]),
    "no alt text": (meta("slope", "mystnb", None), ["cell 'slope'", '{"mystnb": {"image": {"alt"']),
    "odd metadata": (meta("slope", "mystnb", "alt"), ["cell 'slope'", '{"mystnb": {"image"']),
    "two exercises": (renamed("exercise-3", "third"), ["2 exercises", "'exercise-1'", "Editor"]),
    "no solution": (drop("solution-2"), ["cell 'exercise-2'", '"id": "solution-2"']),
    "a shown solution": (
        meta("solution-2", "tags", ["solution"]),
        ["cell 'solution-2'", "hide-in"],
    ),
    "another check": (put("solution-2", "1.0296", "2"), ["cell 'solution-2'", "Copy the stub's"]),
    "no check": (put("exercise-1", "\ncheck(", "\n("), ["cell 'exercise-1'", "End the stub"]),
    "no questions": (drop("questions"), ["no cell 'questions'", '"id": "questions"']),
    "no title": (put("questions", "## Qu", "## qu"), ["cell 'questions'", "'## Questions'"]),
    "two questions": (
        lambda n: cell(n, "questions").update(source=two_questions(n)),
        ["cell 'questions'", "2 questions, expected 3 to 5"],
    ),
    "no right answer": (put("questions", YES, "**No.** They lie"), ["question 1 has 0 right"]),
    "two right answers": (
        put("questions", "**No.** Nats count", "**Yes.** Nats count"),
        ["cell 'questions'", "question 1 has 2 right answers"],
    ),
    "no verdict": (put("questions", YES, "They lie"), ["question 1 has 3 answers", "**Yes.**"]),
    "no reason": (
        put("questions", "Nats count factors. Halving the number of nats takes a root, it ", ""),
        ["question 1", "twice as probable", "no reason"],
    ),
}
AFTER = {
    "no time of a run": (about("seconds", None), ["course.seconds", "make run"]),
    "another order": (again("kl"), ["cell 'kl'", "make run CHAPTER=01"]),
    "an error": (outputs("kl", ERROR), ["cell 'kl'", "KeyError", 'Add Tag "raises-exception"']),
    "a warning": (
        outputs("kl", OUT("stream", name="stderr", text="Careful!")),
        ["cell 'kl'", "Careful!", "make run CHAPTER=01"],
    ),
    "a path": (outputs("kl", OUT("stream", text="in /home/me")), ["cell 'kl'", "'/home/'"]),
    "another kind": (
        outputs("kl", OUT("display_data", {"application/pdf": "x"})),
        ["cell 'kl'", "application/pdf", "image/png"],
    ),
    "a stub with an answer": (
        outputs("exercise-1", OUT("stream", text="Right.\n")),
        ["cell 'exercise-1'", "return None"],
    ),
    "a wrong solution": (
        outputs("solution-1", OUT("stream", text="Not yet.\n")),
        ["cell 'solution-1'", "'Not yet.", "Mend the solution"],
    ),
    "a tag for no chance": (
        meta("kl", "tags", ["nbval-ignore-output"]),
        ["cell 'kl'", "Take it away"],
    ),
}
CASES = {name: (*case, rules.BEFORE) for name, case in BEFORE.items()}
CASES |= {name: (*case, stored.AFTER) for name, case in AFTER.items()}


def changed(path: Path, change: Callable) -> Path:
    """Make one fault in a chapter."""
    notebook = nbformat.read(path, 4)
    change(notebook)
    path.write_text(json.dumps(notebook), "utf-8")
    return path


def assert_says(found: list[str], words: list[str]) -> None:
    """One of the messages names the chapter and has all these words."""
    assert any(NAME in each and all(word in each for word in words) for each in found), found


def test_the_good_chapter_has_no_fault(course):
    assert rules.faults(course, [*rules.BEFORE, *stored.AFTER]) == []


@pytest.mark.parametrize("name", CASES)
def test_a_fault_is_named_with_its_cell_and_its_remedy(course, name):
    """Kind: a chapter fails with a KeyError, or with `assert [] == [...]`, and no way on."""
    change, words, asked = CASES[name]
    assert_says(rules.faults(changed(course, change), asked), words)


def test_a_chapter_that_no_list_names_is_told(course):
    toc = course.parents[1] / "_toc.yml"
    toc.write_text(toc.read_text("utf-8").replace(NAME, "02-other"), "utf-8")
    assert_says(rules.faults(course, rules.BEFORE), [f"'- file: chapters/{NAME}'"])


def test_a_figure_that_is_yet_to_be_drawn_needs_its_alt_text_already(course):
    """Minutes of training, and then a test that asks for a word."""

    def never_run(notebook):
        meta("slope", "mystnb", None)(notebook)
        cell(notebook, "slope").update(outputs=[], execution_count=None)

    assert_says(rules.faults(changed(course, never_run), rules.BEFORE), ["cell 'slope'", "alt"])


def test_a_faulty_chapter_costs_no_minute(course, monkeypatch):
    """All faults are named before the first chapter runs."""
    monkeypatch.setattr(run_chapters, "run", lambda path: pytest.fail("it was run"))
    changed(course, drop("questions"))
    changed(course, drop("solution-1"))
    with pytest.raises(ValueError, match=r"(?s)exercise-1.*questions.*Nothing was run"):
        run_chapters.main(["01"], course.parent)


@pytest.mark.parametrize(
    ("change", "faults", "words"),
    [
        (put("map-seen", "1.044", "1.055"), told_faults, ["'map-seen'", "1.055", "Print it"]),
        (put("contract", "a few seconds", "a while"), time_faults, ["'a while'", "a few seconds"]),
        (put("contract", "the cells run in", "in"), time_faults, ["not say how", "a few seconds"]),
        (put("kl-md", "It is a", "Section 2.2.1 is"), section_faults, ["'kl-md'", "2.2.1 (first)"]),
    ],
)
def test_what_a_text_says_wrongly_is_named_with_its_remedy(course, change, faults, words):
    assert faults(GOOD) == []
    assert_says(faults(changed(course, change)), words)


@pytest.mark.parametrize(
    ("cited", "listed", "words"),
    [
        (
            {"https://a.org": ["70"]},
            {},
            ["does not list https://a.org", "<https://a.org> (chapter 70)"],
        ),
        ({}, {"https://a.org": ["70"]}, ["no chapter links to it", "Take it out"]),
        (
            {"https://a.org": ["10", "70"]},
            {"https://a.org": ["10"]},
            ["end with (chapters 10, 70)"],
        ),
    ],
)
def test_a_source_that_is_not_listed_is_named_with_its_remedy(cited, listed, words):
    (found,) = source_faults(cited, listed)
    assert "references.md" in found
    assert all(word in found for word in words)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ({}, ["'a'", "has no row", "make sums"]),
        ({"a": {}}, ["'a' shows 'wrong'", "has None"]),
        ({"a": {"verdict": "holds"}}, ["'a' shows 'wrong'", "has 'holds'"]),
    ],
)
def test_a_verdict_that_the_ledger_does_not_have_is_named_with_its_remedy(rows, words):
    (found,) = verdict_faults(NAME, [{"claim": "a", "verdict": "wrong"}], rows)
    assert found.startswith(NAME)
    assert all(word in found for word in words)
    assert (
        verdict_faults(NAME, [{"claim": "a", "verdict": "wrong"}], {"a": {"verdict": "wrong"}})
        == []
    )
