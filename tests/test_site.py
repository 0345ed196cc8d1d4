"""The site as a reader meets it: built, served, and opened in a browser.

Without Chromium these tests are skipped; COURSE_BROWSER=required makes that a failure.
"""

import gzip

import pytest
from axe_playwright_python.sync_playwright import Axe
from helpers import PAGES

WEIGHED = {"document", "stylesheet", "script", "font"}
SITE_PAGES = [f"chapters/{name}.html" for name in PAGES] + ["search.html", "404.html"]
CHAPTER_PAGES = [name for name in SITE_PAGES if name[9:10].isdigit()]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
ALSO = ["heading-order", "page-has-heading-one", "image-alt", "empty-table-header"]

each_page = pytest.mark.parametrize("name", SITE_PAGES)


def scroll_through(page) -> None:
    """Bring every part of the page into view, so that what waits for that is loaded."""
    page.evaluate(
        """async () => {
            for (let y = 0; y < document.body.scrollHeight; y += innerHeight) {
                scrollTo(0, y);
                await new Promise(requestAnimationFrame);
            }
            await document.fonts.ready;
        }"""
    )


@each_page
def test_no_other_host_is_asked_and_the_page_is_light(open_page, address, name):
    page, requests = open_page(name)
    scroll_through(page)
    page.wait_for_load_state("networkidle")
    assert [r.url for r in requests if not r.url.startswith((address, "data:"))] == []
    answers = {r.url: r.response() for r in requests if r.url.startswith(address)}
    assert [url for url, answer in answers.items() if answer is None or not answer.ok] == []
    bodies = {r.url: answers[r.url].body() for r in requests if r.resource_type in WEIGHED}
    weight = sum(len(gzip.compress(body)) for body in bodies.values())
    assert weight < 600_000, {url: len(gzip.compress(body)) for url, body in bodies.items()}
    assert len(bodies[page.url]) < 400_000


@each_page
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_accessible(open_page, name, scheme):
    page, _ = open_page(name, color_scheme=scheme)
    scroll_through(page)
    options = {"runOnly": {"type": "tag", "values": RULES}, "resultTypes": ["violations"]}
    options["rules"] = {rule: {"enabled": True} for rule in ALSO}
    found = Axe().run(page, options=options).response["violations"]
    assert {
        each["id"]: [(node["target"], node["failureSummary"]) for node in each["nodes"][:3]]
        for each in found
    } == {}


@each_page
def test_a_phone_does_not_scroll_sideways(open_page, name):
    page, _ = open_page(name, viewport={"width": 360, "height": 740})
    scroll_through(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
