"""The site as a reader meets it: built, served, and opened in a browser.

Without Chromium these tests are skipped; COURSE_BROWSER=required makes that a failure.
"""

from typing import NamedTuple

import pytest
from helpers import PAGES

from tools import browse

SITE_PAGES = [f"chapters/{name}.html" for name in PAGES] + ["search.html", "404.html"]
PHONE, DESK = {"width": 360, "height": 740}, {"width": 1280, "height": 900}

# The page hears of another scheme with the next frame, and then changes some colours slowly, those
# of what stands inside later than those around it: finish each change that has an end.
SETTLED = """async () => {
    for (let round = 0; round < 5; round += 1) {
        await new Promise(requestAnimationFrame);
        for (const each of document.getAnimations())
            if (Number.isFinite(each.effect.getComputedTiming().endTime)) each.finish();
    }
}"""

# What is wider than the window, and stands in no box that scrolls.
CUT_OFF = """() => {
    const scrolls = (each) => each && (["auto", "scroll"].includes(
        getComputedStyle(each).overflowX) || scrolls(each.parentElement));
    return [...document.querySelectorAll("main :is(article, footer) *")].filter((each) => {
        const box = each.getBoundingClientRect();
        return each.checkVisibility() && box.width && (box.right > innerWidth + 1
            || box.left < -1) && !scrolls(each.parentElement);
    }).map((each) => each.outerHTML.slice(0, 120));
}"""


class Visit(NamedTuple):
    """What one visit to a page gives: on a phone, at 1280 pixels in light and dark, on a phone."""

    cut_off: list[str]  # elements on a phone, opened there
    foreign: list[str]  # addresses on other hosts that were asked for
    broken: list[str]  # addresses on the own host without a good answer
    weights: dict[str, int]  # address → compressed bytes of HTML, CSS, scripts, fonts
    html: int  # bytes of the page itself
    images: list[list]  # of each visible one: address, has a width, has a height, how it loads
    themes: dict[str, str]  # what the reader's system asks for → what the page shows
    violations: dict[str, dict[str, list]]  # the same → what axe-core finds
    width: int  # of all that is on the page, on a phone
    refused: list[str]  # what the page's policy refused in all that


@pytest.fixture(scope="module", params=SITE_PAGES)
def visit(request, browser, address) -> Visit:
    """All that the tests below ask of a page; it is opened once."""
    page, requests = browse.visit(browser, address, request.param, viewport=PHONE)
    try:
        browse.open_answers(page)
        browse.scroll_through(page)
        cut_off = page.evaluate(CUT_OFF)
        page.set_viewport_size(DESK)
        images = page.locator("article img:visible").evaluate_all(
            "all => all.map(i => [i.src, i.width > 0, i.hasAttribute('height'), i.loading])"
        )
        themes, violations = {}, {}
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            page.evaluate(SETTLED)
            themes[scheme] = page.evaluate("document.documentElement.dataset.theme")
            browse.scroll_through(page)
            violations[scheme] = browse.violations(page)
        page.set_viewport_size(PHONE)
        browse.scroll_through(page)
        width = page.evaluate("document.documentElement.scrollWidth")
        answers = {each.url: each.response() for each in requests if each.url.startswith(address)}
        return Visit(
            cut_off=cut_off,
            foreign=browse.foreign(requests, address),
            broken=[url for url, answer in answers.items() if answer is None or not answer.ok],
            weights=browse.weights(requests),
            html=len(answers[page.url].body()),
            images=images,
            themes=themes,
            violations=violations,
            width=width,
            refused=browse.refusals(page),
        )
    finally:
        page.context.close()


def test_no_other_host_is_asked(visit):
    assert visit.foreign == []


def test_what_a_page_asks_for_is_there(visit):
    assert visit.broken == []


def test_a_page_is_light(visit):
    assert sum(visit.weights.values()) < 600_000, visit.weights
    assert visit.html < 400_000


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_accessible(visit, scheme):
    assert visit.themes[scheme] == scheme
    assert visit.violations[scheme] == {}


def test_a_phone_does_not_scroll_sideways(visit):
    assert visit.width <= PHONE["width"]


def test_nothing_on_a_phone_is_cut_off(visit):
    """What is wider than the window stands in a box that scrolls."""
    assert visit.cut_off == []


def test_a_page_keeps_to_its_policy(visit):
    """Holds off a script, style or picture that a browser refuses in silence."""
    assert visit.refused == []


def test_figures_are_sized_and_wait_for_their_turn(visit):
    late = [image for image in visit.images if not image[0].startswith("data:")]
    assert [image for image in late if image[1:] != [True, True, "lazy"]] == []


def test_another_host_would_be_noticed(open_page, address):
    page, requests = open_page("chapters/faq.html", bypass_csp=True)
    page.evaluate("fetch('https://example.com/x.js').catch(() => 0)")
    assert browse.foreign(requests, address) == ["https://example.com/x.js"]


def test_axe_would_notice(open_page):
    page, _ = open_page("chapters/23-article-formulas.html", bypass_csp=True)
    page.emulate_media(color_scheme="dark")
    page.evaluate(SETTLED)
    last = "document.querySelector('article > section > section:last-of-type')"  # far below
    page.evaluate(f"{last}.innerHTML += '<h6 style=color:#222>Grey</h6><img src=x>'")
    assert {"color-contrast", "heading-order", "image-alt"} <= set(browse.violations(page))


def test_something_wide_would_be_noticed(open_page):
    page, _ = open_page("chapters/faq.html", bypass_csp=True)
    page.evaluate("document.querySelector('article').innerHTML += '<hr style=width:500px>'")
    page.set_viewport_size(PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") > PHONE["width"]
    assert page.evaluate(CUT_OFF) == ['<hr style="width:500px">']


def test_formulas_are_there_without_a_script(open_page):
    page, requests = open_page("chapters/20-gan-game.html", java_script_enabled=False)
    formulas = page.locator("article math")
    assert formulas.count() > 100
    assert formulas.first.bounding_box()["width"] > 5
    assert page.locator("merror").count() == 0
    assert "STIXTwoMath.woff2" in [each.url.rpartition("/")[2] for each in requests]


def test_a_class_that_a_script_puts_together_is_styled(open_page):
    page, _ = open_page("chapters/index.html")
    page.locator(".primary-toggle:visible").hover()
    page.locator(".tooltip-arrow").wait_for()
    style = "getComputedStyle(document.querySelector('.tooltip-arrow'), '::before')"
    sides = page.evaluate(f"{style}.borderColor").replace("rgba(0, 0, 0, 0)", "")
    assert "rgb" in sides  # one side makes the arrow, the others are transparent


def test_skip_link_and_focus_are_visible(open_page):
    page, _ = open_page("chapters/10-first-picture.html")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent").strip() == "Skip to main content"
    page.keyboard.press("Enter")
    for _ in range(12):  # none of the first stops is without a mark
        page.keyboard.press("Tab")
        style = page.evaluate(  # that of what is focused within a widget, too
            """() => {
                let focused = document.activeElement;
                while (focused.shadowRoot) focused = focused.shadowRoot.activeElement;
                return getComputedStyle(focused).outlineStyle;
            }"""
        )
        assert style in ("solid", "auto")


def test_a_question_is_answered_by_keyboard(open_page):
    page, _ = open_page("chapters/20-gan-game.html")
    answer = page.locator("#questions details").first
    answer.locator("summary").focus()
    explanation = answer.locator("p")
    assert not explanation.is_visible()
    page.keyboard.press("Enter")
    assert explanation.is_visible()
    assert explanation.inner_text().startswith("No.")


@pytest.mark.parametrize(
    ("name", "number"),
    [("20-gan-game", "jsd"), ("32-vae-mnist", "near"), ("61-agn", "modes")],
)
def test_a_widget_lives_on_its_page(open_page, name, number):
    page, _ = open_page(f"chapters/{name}.html", viewport=PHONE)
    browse.open_answers(page)
    shown = page.locator(f"[data-name={number}]")
    shown.scroll_into_view_if_needed()
    before = shown.inner_text()
    for control in page.locator(".panel input[type=range]").all():
        control.focus()
        for _ in range(20):
            page.keyboard.press("ArrowRight")
    later = set()
    for _ in range(30 if number == "modes" else 1):
        if number == "modes":  # with such a step size it goes up and down, and may end as it began
            page.get_by_role("button", name="10 steps").click()
        later.add(shown.inner_text())
    assert later - {before}


@pytest.mark.parametrize(
    ("words", "place"),
    [("KL divergence", "chapters/glossary.html"), ("判别器", "chapters/glossary.html")],
)
def test_search_finds(open_page, address, words, place):
    page, _ = open_page("chapters/index.html")
    page.keyboard.press("Control+k")
    page.keyboard.type(words)
    page.keyboard.press("Enter")
    page.wait_for_url("**/search.html?q=*")
    results = page.locator("#search-results li a")
    results.first.wait_for()
    found = results.evaluate_all("links => links.map(link => link.href)")
    assert any(url.startswith(address + place) for url in found), found


def test_previous_and_next_lead_through_the_course(open_page, address):
    page, _ = open_page("chapters/11-mnist.html")
    page.locator("a.right-next").click()
    page.wait_for_url(f"{address}chapters/12-gan.html")
    page.locator("a.left-prev").click()
    page.wait_for_url(f"{address}chapters/11-mnist.html")


def test_a_missing_page_leads_back(open_page, address):
    page, _ = open_page("404.html")
    page.locator("article a").first.click()
    page.wait_for_url(f"{address}chapters/*")


def test_print_leaves_out_navigation_and_opens_what_is_folded(open_page):
    page, _ = open_page("chapters/20-gan-game.html")
    page.emulate_media(media="print")
    assert not page.locator(".bd-sidebar-primary").is_visible()
    assert not page.locator(".bd-header-article").is_visible()
    assert page.locator("h1:visible").count() == 1
    answer = page.locator("#questions details p").first
    assert answer.is_visible()
