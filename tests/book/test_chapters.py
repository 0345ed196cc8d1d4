"""What every chapter promises, read from the stored notebooks."""

import re
from functools import cache
from pathlib import Path

import nbformat
import pytest
from helpers import as_in_checkout

from aigc_lib.claims import VERDICT_MIME
from aigc_lib.exercises import UNTOUCHED
from tools import ROOT, notebooks
from tools.release import FIRST_CELL, current_tag
from tools.set_repository import current_slug, is_placeholder

CHAPTERS = notebooks.notebooks()
SLUG = current_slug(ROOT)
TAG = current_tag(ROOT)
ANSWER = re.compile(  # plain text in the summary: not every reader renders Markdown there
    r"<details>\n<summary>([^<>$*`\n]+)</summary>\n\n\*\*(Yes|No)\.\*\* (.+?)\n\n</details>",
    re.DOTALL,
)
PAPER = re.compile(r"https://(?:doi\.org|arxiv\.org/abs)/[^\s)>]+")


# What the website, JupyterLab and Colab show; the site's build does not warn of other types.
SHOWN = {"text/plain", "text/markdown", "text/html", "image/png"}


@cache
def read(path: Path) -> nbformat.NotebookNode:
    return notebooks.read(path)


def code_cells(path: Path) -> list[nbformat.NotebookNode]:
    return [cell for cell in read(path).cells if cell.cell_type == "code"]


def markdown(path: Path) -> str:
    return "\n\n".join(cell.source for cell in read(path).cells if cell.cell_type == "markdown")


def tags(cell: nbformat.NotebookNode) -> list[str]:
    return cell.metadata.get("tags", [])


def printed(cell: nbformat.NotebookNode) -> str:
    return "".join(out.text for out in cell.outputs if out.output_type == "stream")


def relative(text: str) -> list[str]:
    """The links of a text to what lies beside it."""
    return re.findall(r"\]\((?!https?://|#)([^)\s]+)\)", text)


def test_there_are_chapters():
    assert len(CHAPTERS) >= 3


each_chapter = pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)


@each_chapter
def test_valid_and_executed_in_order(path):
    notebook = read(path)
    nbformat.validate(notebook)
    cells = code_cells(path)
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    errors = [
        cell.id
        for cell in cells
        for out in cell.outputs
        if out.output_type == "error" and "raises-exception" not in tags(cell)
    ]
    assert errors == []


@each_chapter
def test_no_log_line_and_no_path_of_a_machine_is_stored(path):
    for cell in code_cells(path):
        for out in cell.outputs:
            assert out.get("name") != "stderr", f"{cell.id} writes to stderr: {out.text}"
            text = out.get("text", "") + out.get("data", {}).get("text/plain", "")
            assert not re.search(r"(/home/|/root/|/Users/|/tmp/|oneDNN|cuda_|absl)", text), cell.id


@each_chapter
def test_every_output_is_of_a_kind_that_is_shown(path):
    for cell in code_cells(path):
        for out in cell.outputs:
            assert out.get("data", {}).keys() <= SHOWN | {VERDICT_MIME}, cell.id


@each_chapter
def test_metadata_say_what_the_chapter_is_about(path):
    course = notebooks.about(read(path), path.name)
    assert course.keys() == notebooks.ENTRIES.keys()
    assert 30 < len(course["description"]) <= 200
    assert "\n" not in course["description"] + course["summary"]


@each_chapter
def test_first_cell_fetches_the_library_of_the_release(path):
    """Unpinned code: what a branch holds that day, or another repository's."""
    assert code_cells(path)[0].source == FIRST_CELL.format(slug=SLUG, tag=TAG)


@each_chapter
def test_links_to_this_repository_are_right(path):
    text = markdown(path)
    blob = f"{SLUG}/blob/{TAG}/chapters/{path.name}"
    assert f"https://colab.research.google.com/github/{blob}" in text
    assert f"https://raw.githubusercontent.com/{SLUG}/{TAG}/chapters/{path.name}" in text
    linked = re.findall(rf"https://github\.com/{SLUG}/blob/{TAG}/([^\s)]+)", text)
    assert len(re.findall(rf"{SLUG}/(?:blob/)?[\w.]+/", text)) == len(linked) + 2
    assert [file for file in linked if not (ROOT / file).exists()] == []
    assert relative(text) == [] or is_placeholder(SLUG), "make repository, once more"
    files = [link.partition("#")[0] for link in relative(as_in_checkout(text))]
    assert [file for file in files if not (path.parent / file).exists()] == []


@each_chapter
def test_every_figure_says_what_it_shows(path):
    for cell in code_cells(path):
        if any("image/png" in out.get("data", {}) for out in cell.outputs):
            alt = cell.metadata.get("mystnb", {}).get("image", {}).get("alt", "")
            assert len(alt) > 30, f"{cell.id} needs alt text in its metadata (mystnb.image.alt)"


@each_chapter
def test_markdown_reads_well_in_all_three_places(path):
    text = markdown(path)
    directives = re.findall(r"^\s*(?:```|:::)+\s*\{.*", text, re.MULTILINE)
    roles = re.findall(r"\{[a-z:]+\}`[^`]*`", text)
    html = [
        tag for tag in re.findall(r"</?([a-z]+)[ >]", text) if tag not in ("details", "summary")
    ]
    assert directives + roles + html == []
    assert len(re.findall(r"^# ", text, re.MULTILINE)) == 1


@each_chapter
def test_cells_are_short(path):
    long = {
        cell.id: len(cell.source.splitlines())
        for cell in code_cells(path)
        if len([line for line in cell.source.splitlines() if line.strip()]) > 15
    }
    assert long == {}


@each_chapter
def test_three_exercises_with_solutions_that_pass_their_check(path):
    cells = {cell.id: cell for cell in code_cells(path)}
    exercises = [name for name in cells if name.startswith("exercise-")]
    assert len(exercises) >= 3
    for name in exercises:
        pair = stub, solution = cells[name], cells[name.replace("exercise", "solution")]
        assert printed(stub) == f"{UNTOUCHED}\n"
        assert printed(solution) == "Right.\n"
        assert {"solution", "hide-input"} <= set(tags(solution))
        stub_check, solution_check = ("check(" + each.source.split("\ncheck(")[1] for each in pair)
        assert stub_check == solution_check.replace("_solution", "")


@each_chapter
def test_three_to_five_questions_that_explain_every_answer(path):
    (cell,) = (cell for cell in read(path).cells if cell.id == "questions")
    assert cell.source.startswith("## Questions\n")
    questions = re.split(r"^\*\*\d\. ", cell.source, flags=re.MULTILINE)[1:]
    assert 3 <= len(questions) <= 5
    places = set()
    for question in questions:
        answers = ANSWER.findall(question)
        assert len(answers) == question.count("<details>") >= 3, question
        verdicts = [verdict for _, verdict, _ in answers]
        assert verdicts.count("Yes") == 1, question
        places.add(verdicts.index("Yes"))
        assert all(len(why) > 30 for _, _, why in answers)
    assert len(places) > 1  # the right answer does not always stand at the same place


@each_chapter
def test_ignored_outputs_are_trainings_or_clocks(path):
    for cell in code_cells(path):
        if "nbval-ignore-output" in tags(cell):
            assert re.search(r"fit\(|play\(|history|samples|_step|settle\(", cell.source), cell.id


def test_references_list_each_cited_work_once():
    listed = PAPER.findall((ROOT / "chapters/references.md").read_text("utf-8"))
    assert len(listed) == len(set(listed))
    cited = set()
    for path in CHAPTERS:
        cited |= set(PAPER.findall(markdown(path)))
    assert cited == set(listed)
