"""`make chapter`: what it writes passes at once; what it cannot write changes nothing."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from helpers import contents

from tools import ROOT, files, new_chapter, notebooks, rules, run_chapters, stored, toc

LEFT_OUT = shutil.ignore_patterns(".*", "_build", "__pycache__", "class", "results")
# What is asked of chapters; of the other tests the layout and the list of what has no number.
ASKED = ["chapters", "numbers", "sections", "sources", "layout", "predictions"]


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Path:
    """A copy of the project with a chapter just written."""
    root = tmp_path_factory.mktemp("course") / "course"
    shutil.copytree(ROOT, root, ignore=LEFT_OUT)
    shutil.copytree(ROOT / "aigc_lib/results", root / "aigc_lib/results")
    assert new_chapter.main("90", "costs", root=root) == root / "chapters/90-costs.ipynb"
    return root


def run(project: Path, *command: str) -> None:
    """Run a module of Python in the copy; it must end well."""
    environment = {**os.environ, "PYTHONPATH": str(project), "PYTHONDONTWRITEBYTECODE": "1"}
    environment.pop("PYTEST_ADDOPTS", None)
    done = subprocess.run(
        [sys.executable, *command], cwd=project, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-5000:]


def test_a_chapter_just_written_passes_the_tests_of_the_book(project):
    """A template that has fallen behind the rules: a teacher meets failures of an unsaid reason."""
    tests = [f"tests/book/test_{name}.py" for name in ASKED]
    others = " or ".join(
        path.stem for path in notebooks.notebooks()
    )  # they have tests of their own
    run(project, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", f"not ({others})", *tests)


def test_a_chapter_just_written_keeps_the_style_and_comes_out_the_same_again(project):
    chapter = "chapters/90-costs.ipynb"
    run(project, "-m", "ruff", "check", chapter)
    run(project, "-m", "ruff", "format", "--check", chapter)
    run(project, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--nbval", chapter)


@pytest.mark.slow
def test_the_site_with_a_chapter_just_written_builds_without_a_warning(project):
    book = Path(sys.executable).parent / "jupyter-book"
    run(project, str(book), "build", ".", "-n", "-W", "--keep-going")
    page = (project / "_build/html/chapters/90-costs.html").read_text("utf-8")
    assert "To make a mean twice as exact" in page
    assert "90-costs.html" in (project / "_build/html/chapters/index.html").read_text("utf-8")


# --- its place --------------------------------------------------------------------------------

TOC = """\
parts:
  - caption: First steps
    chapters:
      - file: chapters/10-a
      - file: chapters/12-b
  - caption: Later
    chapters:
      - file: chapters/30-c
  - caption: Pages
    chapters:
      - file: chapters/faq
"""


def parts(toc: str) -> dict[str, list[str]]:
    """The parts of a table of contents, with their files."""
    listed = yaml.safe_load(toc)["parts"]
    return {part["caption"]: [each["file"][9:] for each in part["chapters"]] for part in listed}


@pytest.mark.parametrize(
    ("stem", "part", "place"),
    [
        ("11-x", "", {"First steps": ["10-a", "11-x", "12-b"]}),
        ("13-x", "", {"First steps": ["10-a", "12-b", "13-x"]}),
        ("31-x", "", {"Later": ["30-c", "31-x"]}),
        ("09-x", "", {"X": ["09-x"]}),
        ("20-x-and-y", "", {"X and y": ["20-x-and-y"]}),
        ("70-x", "What it: costs", {"What it: costs": ["70-x"]}),
    ],
)
def test_a_chapter_is_listed_at_its_place(stem, part, place):
    new = toc.with_entry(TOC, stem, part)
    assert parts(new) == parts(TOC) | place
    assert {*TOC.splitlines()} < {*new.splitlines()}  # each other line stays as it is
    order = [name for files_of in parts(new).values() for name in files_of]
    assert order == sorted(order)  # pages without a number come last


# --- what is refused ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "name", "said"),
    [
        ("", "costs", "expected NN, .* got nothing. Write: make chapter NN=70 NAME=costs"),
        ("70", "", "expected NAME, .* got nothing. Write"),
        ("7", "costs", "two digits, from 01 to 99, but got '7'"),
        ("700", "costs", "two digits, from 01 to 99, but got '700'"),
        ("00", "costs", "two digits, from 01 to 99, but got '00'"),
        ("７０", "costs", "two digits"),
        ("seventy", "costs", "two digits"),
        ("12", "costs", r"12 is that of 12-gan\. Free are, for example, 13, "),
        ("70", "Costs", "small letters, digits and hyphens, .* got 'Costs'"),
        ("70", "what it costs", "small letters"),
        ("70", "../costs", "small letters"),
        ("70", "costs.ipynb", "small letters"),
        ("70", "-costs", "small letters"),
        ("70", "生成", "small letters"),
    ],
)
def test_a_number_or_a_name_that_cannot_be_is_told(number, name, said):
    """Holds off a chapter that takes the place of another, or a file that no tool finds."""
    with pytest.raises(ValueError, match=said):
        new_chapter.chosen(number, name, ["10-first-picture", "11-mnist", "12-gan"])


@pytest.mark.parametrize(
    ("text", "stem", "part", "said"),
    [
        (TOC, "13-x", "New", "expected no PART, .* 10, 12 stand in 'First steps', .* got 'New'"),
        (TOC.replace("      - file", "       - file"), "13-x", "", "is written otherwise"),
        (TOC.replace("\n  ", "\n   "), "13-x", "", "is written otherwise"),
        ("parts: [", "13-x", "", "_toc.yml cannot be read as YAML"),
        ("root: x", "13-x", "", "_toc.yml to have parts"),
    ],
)
def test_a_place_that_there_is_not_is_told(text, stem, part, said):
    with pytest.raises(ValueError, match=f"(?s){said}"):
        toc.with_entry(text, stem, part)


@pytest.fixture
def small(tmp_path) -> Path:
    """A course of one chapter."""
    (tmp_path / "chapters").mkdir()
    for name in ("_config.yml", "_toc.yml", "chapters/index.md", "chapters/01-mathematics.ipynb"):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def stop(*_):
    raise KeyboardInterrupt


def write_but(name: str):
    """`files.write` that is stopped at a file, before or after it was written."""
    write = files.write

    def stopped(path: Path, content) -> None:
        if path.name != name or "90-costs" not in str(content):
            write(path, content)
            return
        write(path, content)
        raise KeyboardInterrupt

    return stopped


@pytest.mark.parametrize("where", ["run", "_toc.yml", "index.md"])
def test_an_interruption_leaves_nothing_half(small, monkeypatch, where):
    """A notebook that no list names, or a list that names no notebook."""
    before = contents(small)

    def timed(path: Path) -> None:
        notebook = notebooks.read(path)
        notebook.metadata["course"] |= {"seconds": 1, "minutes": 5}
        path.write_text(new_chapter.nbformat.writes(notebook), "utf-8")

    monkeypatch.setattr(run_chapters, "run", stop if where == "run" else timed)
    monkeypatch.setattr(files, "write", write_but(where))
    with pytest.raises(KeyboardInterrupt):
        new_chapter.main("90", "costs", root=small)
    assert contents(small) == before


def test_the_template_keeps_the_rules_of_a_chapter_before_it_is_run():
    """Tells at once what of the template has fallen behind, without a copy of the project."""
    notebook = new_chapter.from_template("90-costs", ROOT)
    path = ROOT / "chapters/90-costs.ipynb"
    asked = [rule for rule in rules.BEFORE if rule is not rules.listed]
    assert [fault for rule in asked for fault in rule(path, notebook)] == []
    assert {rule(path, notebook) is None for rule in stored.AFTER} == {False}
