"""`make class`: copies without solutions and answers, which cost nobody a file."""

import ast
import re
import shutil
from pathlib import Path

import pytest
from helpers import contents

from tools import ROOT, files, make_class
from tools.notebooks import notebooks, read

NAMES = [path.name for path in notebooks()]


@pytest.fixture
def course(tmp_path) -> Path:
    """Two chapters."""
    (tmp_path / "chapters").mkdir()
    for name in ("01-mathematics", "52-sources"):
        shutil.copy(ROOT / f"chapters/{name}.ipynb", tmp_path / "chapters")
    return tmp_path


@pytest.fixture(scope="module")
def copies() -> dict:
    """All chapters as a class gets them."""
    return {name: make_class.for_class(read(ROOT / "chapters" / name), {*NAMES}) for name in NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_a_copy_has_no_solution_and_no_answer(copies, name):
    """Holds off a class that copies instead of thinking."""
    text = "\n".join(cell.source for cell in copies[name].cells)
    assert not re.search(r"_solution\b|Solution of exercise|\*\*(Yes|No)\.\*\*", text)
    original = {cell.id: cell for cell in read(ROOT / "chapters" / name).cells}
    copied = {cell.id: cell for cell in copies[name].cells}
    gone = original.keys() - copied.keys()
    assert gone == {each for each in original if each.startswith("solution-")}
    assert len(gone) >= 3
    for each, cell in copied.items():
        if cell.cell_type == "code":
            own = original[each].source.replace("channels_solution(", "channels(")  # chapter 51
            assert (cell.source, cell.outputs) == (own, original[each].outputs)


@pytest.mark.parametrize("name", NAMES)
def test_a_copy_still_asks_every_question_with_all_answers(copies, name):
    asked = {cell.id: cell for cell in read(ROOT / "chapters" / name).cells}["questions"].source
    left = {cell.id: cell for cell in copies[name].cells}["questions"].source
    assert re.findall(r"^\*\*\d\. .*", left, re.MULTILINE) == re.findall(
        r"^\*\*\d\. .*", asked, re.MULTILINE
    )
    assert re.findall(r"^- (.*)$", left, re.MULTILINE) == re.findall(
        r"<summary>(.*)</summary>", asked
    )
    assert "<details>" not in left


@pytest.mark.parametrize("name", NAMES)
def test_no_cell_that_is_left_needs_a_solution(copies, name):
    """A copy that stops with a NameError where a solution had defined something."""

    def names(cell, kind) -> set[str]:
        tree = ast.parse(re.sub(r"^( *)[%!].*", r"\1pass", cell.source, flags=re.MULTILINE))
        found = {
            n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, kind)
        }
        if kind is ast.Store:
            found |= {n.name for n in tree.body if isinstance(n, ast.FunctionDef | ast.ClassDef)}
        return found

    cells = [cell for cell in read(ROOT / "chapters" / name).cells if cell.cell_type == "code"]
    solutions = [cell for cell in cells if "solution" in cell.metadata.get("tags", [])]
    rest = [cell for cell in copies[name].cells if cell.cell_type == "code"]
    only = set().union(*(names(c, ast.Store) for c in solutions))
    only -= set().union(*(names(c, ast.Store) for c in rest))
    assert only & set().union(*(names(c, ast.Load) for c in rest)) == set()


def test_links_lead_to_the_copies_or_to_the_pages(course):
    (path,) = make_class.main(["01"], course)
    text = path.read_text("utf-8")
    assert "](../chapters/glossary.md#nat)" in text
    assert "](../chapters/52-sources.ipynb" not in text  # not named there
    assert "](../chapters/20-gan-game.ipynb)" in text
    assert "(https://colab" in text
    make_class.main([], course)
    assert {p.name for p in (course / "class").glob("*.ipynb")} == {
        "01-mathematics.ipynb",
        "52-sources.ipynb",
    }


def test_originals_stay_and_a_second_call_takes_away_what_is_not_asked(course):
    before = contents(course / "chapters")
    make_class.main([], course)
    make_class.main(["52"], course)
    assert contents(course / "chapters") == before
    assert [path.name for path in (course / "class").glob("*.ipynb")] == ["52-sources.ipynb"]


def edited(folder: Path) -> None:
    (folder / "01-mathematics.ipynb").write_text("my notes")


FOREIGN = {  # what somebody has done with class/ → what is said
    "a copy edited": (edited, "changed or added since: 01-mathematics.ipynb"),
    "a file added": (lambda f: (f / "notes.txt").write_text("x"), "added since: notes.txt"),
    "a folder added": (lambda f: (f / "notes").mkdir(), "added since: notes"),
    "its record lost": (lambda f: (f / make_class.MADE).unlink(), "no readable .made-by"),
    "its record broken": (lambda f: (f / make_class.MADE).write_text("["), "no readable .made-by"),
    "another record": (lambda f: (f / make_class.MADE).write_text("[]"), "no readable .made-by"),
    "a file of its name": (
        lambda f: (shutil.rmtree(f), f.write_text("x")),
        "no readable .made-by",
    ),
}


@pytest.mark.parametrize("name", FOREIGN)
def test_what_somebody_has_in_the_folder_is_not_overwritten(course, name):
    """Holds off a teacher's notes that the next call would take."""
    make_class.main([], course)
    change, said = FOREIGN[name]
    change(course / "class")
    before = contents(course)
    with pytest.raises(ValueError, match=f"{said}.* Move "):
        make_class.main([], course)
    assert contents(course) == before


def test_an_empty_folder_is_used_and_checkpoints_are_no_work(course):
    (course / "class").mkdir()
    make_class.main(["01"], course)
    (course / "class/.ipynb_checkpoints").mkdir()
    assert len(make_class.main([], course)) == 2


def test_after_an_interruption_the_same_command_does_what_is_left(course, monkeypatch):
    make_class.main([], course)
    path = course / "chapters/01-mathematics.ipynb"
    path.write_text(path.read_text("utf-8").replace("three lines", "3 lines"), "utf-8")
    write = files.write

    def stopped(path: Path, content) -> None:
        if path.name == "52-sources.ipynb":
            raise KeyboardInterrupt
        write(path, content)

    with monkeypatch.context() as patched:
        patched.setattr(files, "write", stopped)
        with pytest.raises(KeyboardInterrupt):
            make_class.main([], course)
    make_class.main([], course)
    assert "3 lines" in (course / "class/01-mathematics.ipynb").read_text("utf-8")


def test_a_number_that_no_chapter_has_is_told_before_anything_is_written(course):
    with pytest.raises(ValueError, match=r"but got 99\. There are: 01, 52\. Write: make class"):
        make_class.main(["01", "99"], course)
    assert not (course / "class").exists()


def test_git_and_the_book_leave_the_folder_alone():
    assert "class/" in (ROOT / ".gitignore").read_text("utf-8").splitlines()
    assert "\n  - class\n" in (ROOT / "_config.yml").read_text("utf-8")
