"""The first page as a reader meets it: the GAN at one click, the answer, the routes, the ticks."""

import re

import pytest
from playwright.sync_api import expect

from aigc_lib import claims
from tools import browse
from tools.site import front, scoreboard

PAGE = "chapters/index.html"
SIZES = {360: 740, 768: 1024, 1280: 900}  # width → height of the first screen, in pixels
each_width = pytest.mark.parametrize("width", SIZES)


@pytest.fixture
def index(open_page):
    """Opens the first page at a width."""

    def at(width: int, **options):
        viewport = {"width": width, "height": SIZES[width]}
        return open_page(PAGE, viewport=viewport, **options)[0]

    return at


def bottom(locator) -> float:
    """Where an element ends, in pixels from the top of the window."""
    box = locator.bounding_box()
    return box["y"] + box["height"]


@each_width
def test_the_first_screen_has_the_question_the_gan_and_the_answer(index, width):
    page = index(width)
    expect(page.get_by_role("button", name="Train it")).to_be_visible()
    answer = page.locator("p", has_text="The answer so far")
    for part in (page.locator("h1:visible"), page.locator(".watch"), answer):
        assert 0 <= bottom(part) <= SIZES[width]
    assert "make run" not in page.locator("article").inner_text().split("Three ways")[0]
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_answer_has_the_counts_of_the_ledger(index):
    answer = index(1280).locator("p", has_text="The answer so far").inner_text()
    counts = [n for n in scoreboard.tally(claims.load_ledger()).values() if n]
    settled = sum(counts) - counts[-1]
    assert [int(number) for number in re.findall(r"\d+", answer)] == [settled, *counts]


@each_width
@pytest.mark.parametrize("by", ["click", "keyboard"])
def test_training_starts_at_one_click_and_its_numbers_move(index, width, by):
    page = index(width)
    steps = page.locator("[data-name=steps]")
    expect(steps).to_have_text("0")
    button = page.get_by_role("button", name="Train it")
    if by == "click":
        button.click()
    else:
        button.focus()
        page.keyboard.press("Enter")
    expect(steps).to_have_text(re.compile(r"^[1-9]\d+$"))
    expect(page.locator("[data-name=share]")).not_to_have_text("0 %", timeout=30_000)
    page.get_by_role("button", name="Pause").click()
    stopped = steps.inner_text()
    page.wait_for_timeout(300)
    assert steps.inner_text() == stopped
    assert browse.refusals(page) == []


def test_the_options_unfold_and_restart(index):
    page = index(360)
    page.get_by_text("Change the loss").click()
    page.get_by_role("button", name="10 steps").click()
    expect(page.locator("[data-name=steps]")).to_have_text("10")
    page.get_by_label("loss").select_option("wasserstein")
    expect(page.locator("[data-name=steps]")).to_have_text("0")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def shown(page) -> set[str]:
    """The pages whose cards are visible."""
    return set(page.locator(".card-of:visible").evaluate_all("all => all.map(c => c.dataset.page)"))


@each_width
@pytest.mark.parametrize("scripts", [True, False])
def test_a_route_leaves_its_cards(index, width, scripts):
    page = index(width, java_script_enabled=scripts)
    everything = shown(page)
    assert len(everything) > 17
    for name, route in front.ROUTES.items():
        page.locator(f"#route-{name}").check()
        assert shown(page) == (set(route.pages) or everything)
    page.locator("#route-all").check()
    assert shown(page) == everything


def test_a_route_is_chosen_by_keyboard(index):
    page = index(1280)
    page.locator("#route-all").focus()
    page.keyboard.press("ArrowDown")
    assert shown(page) == set(front.ROUTES["decide"].pages)
    assert page.locator(".part h3:visible").count() == 1  # no heading without a card


def test_a_route_is_kept_for_the_next_visit(index):
    page = index(360)
    page.locator("#route-decide").check()
    page.reload()
    assert page.locator("#route-decide").is_checked()
    assert shown(page) == set(front.ROUTES["decide"].pages)


@each_width
def test_ticks_survive_a_reload_and_can_be_cleared(index, address, width):
    page = index(width)
    clear = page.get_by_role("button", name="Clear the ticks")
    expect(clear).to_be_hidden()
    card = page.locator("[data-page='11-mnist']")
    card.get_by_role("link").click()
    page.wait_for_url("**/11-mnist.html")
    page.goto(address + PAGE)
    for _ in range(2):
        expect(card).to_contain_text("✓ visited")
        expect(page.locator(".tick")).to_have_count(1)
        page.reload()
    clear.click()
    expect(page.locator(".tick")).to_have_count(0)
    expect(clear).to_be_hidden()
    page.reload()
    expect(page.locator(".card-of").first).to_be_visible()
    expect(page.locator(".tick")).to_have_count(0)


@pytest.mark.parametrize("stored", ["{", '{"a": 1}', "null", "[1, null]"])
def test_ticks_that_something_else_has_stored_do_no_harm(index, stored):
    page = index(1280)
    page.evaluate("stored => localStorage.setItem('course-visited', stored)", stored)
    page.reload()
    expect(page.locator(".card-of").first).to_be_visible()
    expect(page.locator(".tick")).to_have_count(0)


def test_cards_are_light_and_sized(index, site):
    page = index(1280)
    assert (site / PAGE).stat().st_size < 120_000
    images = page.locator(".card-of img")
    assert images.count() >= 17
    for image in images.all():
        given = [image.get_attribute(name) for name in ("width", "height", "loading")]
        assert int(given[0]) <= front.THUMBNAIL[0]
        assert int(given[1]) <= front.THUMBNAIL[1]
        assert given[2] == "lazy"
        image.scroll_into_view_if_needed()
        assert image.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0


def test_without_scripts_a_picture_stands_in_for_the_gan(index):
    page = index(360, java_script_enabled=False)
    assert page.locator(".watch img").is_visible()
    assert page.get_by_role("button", name="Clear the ticks").count() == 0
    assert page.locator(".card-of").first.get_by_role("link").is_visible()
