"""What the first page and the scoreboards are drawn from: metadata, plain sentences, counts."""

import base64
import io
import re
from collections import Counter

import nbformat
import pytest
import yaml
from PIL import Image
from sphinx.errors import ExtensionError

from aigc_lib import claims
from tools import ROOT
from tools.notebooks import CHAPTERS, SAID, notebooks, read, reading_minutes, retime
from tools.site import front, ledger, scoreboard

ROWS = claims.load_ledger()
NUMBER = re.compile(r"(?<![\w.])\d[\d ]*(?:\.\d+)?")
each_chapter = pytest.mark.parametrize("path", notebooks(), ids=lambda path: path.stem)


def numbers(text: str) -> list[float]:
    """The numbers of a text, as in "10 000 of 38.5"."""
    return [float(found.replace(" ", "")) for found in NUMBER.findall(text)]


# --- plain sentences ------------------------------------------------------------------------------


@pytest.mark.parametrize("claim_id", ROWS)
def test_a_plain_sentence_is_one_and_its_number_was_found(claim_id):
    """Holds off a sentence for everyone that its cell, run again, has left behind."""
    row = ROWS[claim_id]
    plain = row["plain"]
    assert re.fullmatch(r"[^.!?]+(?:\.\d[^.!?]*)*\.", plain), "one sentence"
    assert len(plain) <= 150
    stored = scoreboard.stored_verdict(row, CHAPTERS) if "verdict" in row else row
    there = numbers(stored.get("finding", row.get("coming")))
    assert len(numbers(plain)) <= 1, "at most one number"
    assert set(numbers(plain)) <= set(there), f"the finding has {there}"
    assert plain.startswith("To come: ") == ("coming" in row)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("21.3 times", [21.3]),
        ("in 10 000 steps, 80 %", [10000.0, 80.0]),
        ("x2 and 2.0-fold", [2.0]),
        ("none", []),
    ],
)
def test_numbers_of_a_sentence_are_found(text, found):
    assert numbers(text) == found


# --- counts ---------------------------------------------------------------------------------------


def test_the_first_page_says_the_counts_of_the_ledger():
    """Holds off an answer that a new verdict has left behind, where no build fills it."""
    text = (CHAPTERS / "index.md").read_text("utf-8")
    counts = Counter(row.get("verdict", "not yet settled") for row in ROWS.values())
    counts["settled"] = sum("verdict" in row for row in ROWS.values())
    said = {kind: int(number) for number, kind in ledger.COUNT.findall(text)}
    assert said == {kind: counts[kind] for kind in said}
    assert set(counts) <= set(said), "every verdict that a claim has is counted"


def test_a_count_is_that_of_the_build_and_an_unknown_one_is_refused():
    rows = {"a": {"verdict": "wrong"}, "b": {"coming": "70"}}
    text = "5<!-- claims: wrong --> of 9<!-- claims: all -->"
    assert ledger.with_counts(text, rows) == "1 of 2"
    with pytest.raises(ValueError, match="'1<!-- claims: maybe -->' to name one of holds"):
        ledger.with_counts("1<!-- claims: maybe -->", rows)


def test_tally_has_every_verdict_and_each_has_a_sign_of_its_own():
    assert scoreboard.SIGNS.keys() == {*claims.VERDICTS, scoreboard.OPEN}
    assert len(set(scoreboard.SIGNS.values())) == len(scoreboard.SIGNS)
    assert sum(scoreboard.tally(ROWS).values()) == len(ROWS)


def test_a_section_that_the_article_has_not_is_named():
    with pytest.raises(ValueError, match=r"section of a to begin with one of 1\.1, .* '9'"):
        scoreboard.part_of({"id": "a", "section": "9"})
    assert scoreboard.part_of({"id": "a", "section": "2.2.1 (first), 1.1"}) == "2.2"
    assert scoreboard.part_of({"id": "a", "section": "4, 7"}) == "4"


def test_the_article_has_every_claim_once():
    page = scoreboard.article_as_markdown(ROWS)
    assert sorted(re.findall(r'class="score" id="([\w-]+)"', page)) == sorted(ROWS)


# --- minutes --------------------------------------------------------------------------------------


@each_chapter
def test_the_head_and_the_metadata_say_the_same_minutes(path):
    notebook = read(path)
    text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    said = [int(minutes) for _, minutes, _ in SAID.findall(text)]
    remedy = "python -m tools.run_chapters --table"
    assert said == [notebook.metadata["course"]["minutes"]], remedy
    by_rule = reading_minutes(notebook)
    assert abs(said[0] - by_rule) <= max(10, by_rule / 2), f"{by_rule} by the rule; {remedy}"


def small(words: int, formulas: int, cells: int) -> nbformat.NotebookNode:
    """A notebook with so much to read."""
    text = "**Time:** 5 minutes. " + "word " * (words - 3) + "$$a$$ " * formulas
    text += "<details><summary>x</summary>" + "folded " * 5000 + "</details>"
    code = [nbformat.v4.new_code_cell("1") for _ in range(cells)]
    solution = nbformat.v4.new_code_cell("1", metadata={"tags": ["solution"]})
    markdown = nbformat.v4.new_markdown_cell(text)
    metadata = {"course": {}}
    return nbformat.v4.new_notebook(cells=[markdown, *code, solution], metadata=metadata)


@pytest.mark.parametrize(
    ("words", "formulas", "cells", "minutes"),
    [(3, 0, 0, 5), (1500, 0, 0, 10), (1500, 10, 0, 20), (1500, 10, 20, 35)],
)
def test_minutes_are_counted_and_written_in_both_places(words, formulas, cells, minutes):
    notebook = small(words, formulas, cells)
    assert reading_minutes(notebook) == minutes
    assert retime(notebook)
    assert notebook.metadata["course"]["minutes"] == minutes
    assert notebook.cells[0].source.startswith(f"**Time:** {minutes} minutes")
    assert not retime(notebook)


# --- cards ----------------------------------------------------------------------------------------


@each_chapter
def test_a_card_has_a_picture(path):
    picture, alt = front.stored_picture(read(path), path.name)
    small, width, height = front.thumbnail(picture)
    assert len(alt) > 20
    assert len(small) < 25_000  # 18 cards, which load as they come into view
    assert width <= front.THUMBNAIL[0]
    assert height <= front.THUMBNAIL[1]
    assert Image.open(io.BytesIO(small)).size == (width, height)


def png() -> str:
    """A picture of 900 × 300 pixels, in base64."""
    file = io.BytesIO()
    Image.new("RGBA", (900, 300), (0, 0, 0, 0)).save(file, "png")
    return base64.b64encode(file.getvalue()).decode()


SHOWN = {  # what the cell stores, its alt text in the metadata → whether that is a card's picture
    "a figure": ({"image/png": png()}, "A figure.", True),
    "a picture in HTML": (
        {"text/html": f'<img src="data:image/png;base64,{png()}" alt="X">'},
        "",
        True,
    ),
    "a figure without alt text": ({"image/png": png()}, "", False),
    "no picture": ({"text/plain": "1"}, "A figure.", False),
}


@pytest.mark.parametrize("name", SHOWN)
def test_what_a_card_shows(name):
    data, alt, found = SHOWN[name]
    cell = nbformat.v4.new_code_cell("1", id="hook")
    cell.metadata = nbformat.from_dict({"mystnb": {"image": {"alt": alt}}} if alt else {})
    cell.outputs = [nbformat.v4.new_output("display_data", data)]
    metadata = {"course": {"thumbnail": "hook"}}
    notebook = nbformat.v4.new_notebook(cells=[cell], metadata=metadata)
    if found:
        picture, _ = front.stored_picture(notebook, "99-small")
        assert front.thumbnail(picture)[1:] == (320, 107)
    else:
        with pytest.raises(ValueError, match=r"cell 'hook' of 99-small.*Name a cell"):
            front.stored_picture(notebook, "99-small")


def test_cards_are_those_of_the_contents_and_routes_name_them():
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text("utf-8"))
    listed = {each["file"].split("/")[1] for part in toc["parts"] for each in part["chapters"]}
    pictures: dict[str, bytes] = {}
    html = front.cards(pictures)
    carded = re.findall(r'data-page="([\w-]+)"', html)
    assert len(set(carded)) == len(carded)
    assert {path.stem for path in notebooks()} <= set(carded) <= listed
    assert pictures.keys() == {f"card-{path.stem}.webp" for path in notebooks()}
    for route in front.ROUTES.values():
        assert set(route.pages) <= set(carded)


@pytest.mark.parametrize(("name", "most"), [("decide", 20), ("build", 8 * 60)])
def test_a_route_takes_no_longer_than_it_says(name, most):
    reading, running = front.route_minutes(front.ROUTES[name])
    assert 0 < reading + running <= most


@pytest.mark.parametrize("mark", [front.WIDGET, *front.TABLE])
def test_a_first_page_without_a_mark_is_refused(mark):
    text = (CHAPTERS / "index.md").read_text("utf-8")
    with pytest.raises(ExtensionError, match="has no lines"):
        front.fill(None, front.PAGE, [text.replace(mark, "")])
