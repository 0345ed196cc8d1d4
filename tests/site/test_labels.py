"""What controls are called is what they do: at a phone's, a tablet's and a screen's width."""

import pytest

from aigc_lib.exercises import UNTOUCHED
from tools.notebooks import notebooks

WIDTHS = [360, 768, 1280]


@pytest.fixture(params=WIDTHS)
def open_wide(request, open_page):
    """Opens a page of the site at a width; gives the page."""
    size = {"width": request.param, "height": 800}
    return lambda name: open_page(f"chapters/{name}.html", viewport=size)[0]


def test_a_solution_is_opened_by_its_name(open_wide):
    """A solution behind "Show code cell source", which says "Right." to all who have not tried."""
    page = open_wide("10-first-picture")
    solutions = page.locator(".tag_solution")
    assert solutions.count() == 3
    for cell in solutions.all():
        code, output = cell.locator(".cell_input"), cell.locator(".cell_output pre")
        assert not code.is_visible()
        assert not output.is_visible()
        cell.get_by_text("Show solution").click()
        assert code.is_visible()
        assert output.is_visible()
        assert output.text_content().strip() == "Right."
        cell.get_by_text("Hide solution").click()
        assert not output.is_visible()


@pytest.mark.parametrize("name", [path.stem for path in notebooks()])
def test_no_solution_lies_behind_another_name(site, name):
    """One chapter's tags, by which a solution is found, that differ from the others'."""
    html = (site / f"chapters/{name}.html").read_text("utf-8")
    solutions = html.split('id="cell-id=solution-')[1:]
    assert len(solutions) >= 3
    for cell in solutions:
        before, _, after = cell.partition("<summary>")
        assert "cell_input" not in before
        assert after.partition("</p>")[0].endswith(">Show solution")
        fold = after.partition("</details>")[0]
        assert "cell_input" in fold
        assert "cell_output" in fold


def test_an_untouched_exercise_passes_no_verdict(open_wide):
    page = open_wide("10-first-picture")
    for stub in page.locator('[id^="cell-id=exercise-"] .cell_output pre').all():
        assert stub.is_visible()
        assert stub.text_content().strip() == UNTOUCHED


def test_folded_code_is_opened_by_its_name(open_wide):
    page = open_wide("10-first-picture")
    cell = page.locator('[id="cell-id=setup"]')
    cell.get_by_text("Show what Colab needs").click()
    assert cell.locator(".cell_input").is_visible()
    assert cell.get_by_text("Hide what Colab needs").is_visible()


def test_a_screen_reader_says_what_is_written_on_a_fold(open_page):
    """A fold that is called "Toggle hidden content" whatever it holds."""
    page, _ = open_page("chapters/12-gan.html")
    fold = page.locator(".tag_solution summary").first
    assert fold.aria_snapshot().count("Show solution") == 1
    assert fold.get_attribute("aria-label") is None
    fold.click()
    assert "Hide solution" in fold.aria_snapshot()


BUILDERS = ["Toggle", "sidebar", "code cell", "Launch", "Source repositor", "source file"]


def test_no_control_is_named_in_words_of_those_who_build_sites(open_page):
    page, _ = open_page("chapters/12-gan.html")
    named = page.locator("button, summary, a.btn").evaluate_all(
        "all => all.map(e => [e.title, e.ariaLabel, e.dataset.bsOriginalTitle, e.innerText].join())"
    )
    assert len(named) > 20
    assert [text for text in named for word in BUILDERS if word in text] == []
