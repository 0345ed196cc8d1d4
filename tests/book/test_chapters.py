"""What every chapter promises, read from the stored notebooks; the rules stand in tools."""

import re
from functools import cache
from pathlib import Path

import nbformat
import pytest
from helpers import as_in_checkout

from tools import ROOT, notebooks, rules, stored
from tools.stamps import current_slug, current_tag, is_placeholder

CHAPTERS = notebooks.notebooks()
SLUG = current_slug(ROOT)
TAG = current_tag(ROOT)
PAPER = re.compile(r"https://(?:doi\.org|arxiv\.org/abs)/[^\s)>]+")


@cache
def read(path: Path) -> nbformat.NotebookNode:
    return notebooks.read(path)


def markdown(path: Path) -> str:
    return "\n\n".join(cell.source for cell in read(path).cells if cell.cell_type == "markdown")


def relative(text: str) -> list[str]:
    """The links of a text to what lies beside it."""
    return re.findall(r"\]\((?!https?://|#)([^)\s]+)\)", text)


def test_there_are_chapters():
    assert len(CHAPTERS) >= 3


each_chapter = pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)


@pytest.mark.parametrize("rule", [*rules.BEFORE, *stored.AFTER], ids=lambda rule: rule.__name__)
@each_chapter
def test_chapter_keeps_the_rule(path, rule):
    """Each fault with the chapter, the cell, what is missing and how to set it."""
    found = rules.faults(path, [rule])
    if found:
        pytest.fail("\n".join(found), pytrace=False)


@each_chapter
def test_links_to_this_repository_are_right(path):
    text = markdown(path)
    linked = re.findall(rf"https://github\.com/{SLUG}/blob/{TAG}/([^\s)]+)", text)
    total = len(re.findall(rf"{SLUG}/(?:blob/)?[\w.]+/", text))
    assert total == len(linked) + 2, (
        f"{path.name}: {total} links to this repository, but only the two under the title and "
        f"those that begin with https://github.com/{SLUG}/blob/{TAG}/ open what was tested"
    )
    gone = [file for file in linked if not (ROOT / file).exists()]
    assert gone == [], f"{path.name} links to files that the repository does not have"
    assert relative(text) == [] or is_placeholder(SLUG), (
        f"{path.name} links to files, which no notebook alone in Colab has: "
        f"make repository SLUG={SLUG}, once more"
    )
    files = [link.partition("#")[0] for link in relative(as_in_checkout(text))]
    gone = [file for file in files if not (path.parent / file).exists()]
    assert gone == [], f"{path.name} links to pages that chapters/ does not have"


def test_references_list_each_cited_work_once():
    listed = PAPER.findall((ROOT / "chapters/references.md").read_text("utf-8"))
    twice = sorted({paper for paper in listed if listed.count(paper) > 1})
    assert twice == [], "references.md lists these twice: make one entry, with all its chapters"
    cited = {paper: path.name for path in CHAPTERS for paper in PAPER.findall(markdown(path))}
    missing = [f"{cited[paper]} cites {paper}" for paper in cited.keys() - {*listed}]
    assert missing == [], "references.md does not list these: add an entry with the chapter"
    unused = sorted({*listed} - cited.keys())
    assert unused == [], "no chapter cites these: take them out of references.md"
