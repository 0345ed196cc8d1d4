"""The policy of the pages: refuses what is planted, lets all live that a reader uses.

On a server and opened from a disk, where a browser takes other things for a page's own.
"""

from pathlib import Path

import pytest

from tools import browse

WIDGETS = {  # chapter → a number
    "20-gan-game": "jsd",
    "32-vae-mnist": "near",
    "61-agn": "modes",
    "74-stylegan": "mix",
}


@pytest.fixture(params=["served", "from a disk"])
def start(request, site, address) -> str:
    """Where the site begins: ends with a slash."""
    return address if request.param == "served" else f"{site.as_uri()}/"


@pytest.fixture
def opened(browser, start):
    """Opens a page of the site; at the end, no page may have been refused anything."""
    pages = []

    def open_one(name: str, **options):
        page, _ = browse.visit(browser, start, name, **options)
        pages.append(page)
        return page

    yield open_one
    refused = [each for page in pages for each in browse.refusals(page)]
    for page in pages:
        page.context.close()
    assert refused == []


@pytest.mark.parametrize("chapter", WIDGETS)
def test_a_widget_lives(opened, chapter):
    """Holds off a widget whose script or style is refused: the still picture would stay."""
    page = opened(f"chapters/{chapter}.html")
    browse.open_answers(page)
    shown = page.locator(f"[data-name={WIDGETS[chapter]}]")
    shown.scroll_into_view_if_needed()
    assert shown.text_content() != ""
    panel = page.locator(".panel")
    assert panel.evaluate("panel => getComputedStyle(panel).borderTopWidth") == "1px"
    assert not page.locator("[data-widget] > img").is_visible()


def test_a_style_that_a_widget_sets_is_there(opened):
    """Holds off the loss of what a widget writes as an element's style."""
    page = opened("chapters/32-vae-mnist.html")
    browse.open_answers(page)
    image = page.locator(".panel canvas").nth(1)
    assert image.evaluate("image => getComputedStyle(image).outlineStyle") == "solid"


def test_search_finds_pages_and_opens_them(opened, start):
    """Holds off a form or an index that the policy refuses."""
    page = opened("chapters/faq.html")
    page.locator(".search-button__button:visible").first.click()
    page.locator("dialog input[type=search]").fill("mode collapse")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{start}search.html*")
    first = page.locator("#search-results li a").first
    first.wait_for()
    if start.startswith("http"):  # a browser lets no page read another one of the disk
        page.locator("#search-results p.context").first.wait_for()
    assert browse.refusals(page) == []
    first.click()
    page.wait_for_url(f"{start}chapters/*")


def test_light_and_dark_are_chosen_and_kept(opened, start):
    """Holds off a theme that does not change, or that a page shows too late."""
    page = opened("chapters/faq.html", color_scheme="light")
    theme = "document.documentElement.dataset.theme"
    while page.evaluate(theme) != "dark":
        page.locator(".theme-switch-button:visible").click()
    page.goto(f"{start}chapters/glossary.html", wait_until="commit")
    page.locator("body").wait_for(state="attached")
    assert page.evaluate(theme) == "dark"


def test_buttons_do_what_they_say(opened):
    """Holds off buttons whose handlers the policy refuses: full screen, print, copy."""
    page = opened("chapters/12-gan.html")
    page.evaluate("() => { window.print = () => { window.printed = true; }; }")
    page.get_by_role("button", name="Fullscreen mode").click()
    page.locator(":fullscreen").wait_for(state="attached")
    page.get_by_role("button", name="Fullscreen mode").click()
    page.locator(":fullscreen").wait_for(state="detached")
    page.get_by_role("button", name="Download this page").click()
    page.locator(".btn-download-pdf-button").click()
    assert page.evaluate("window.printed")
    page.locator(".highlight:visible").first.hover()
    page.locator("button.copybtn:visible").first.click()
    page.locator("button.copybtn.success").first.wait_for()


def test_the_menus_of_a_phone_open(opened):
    """Holds off a button that opens nothing: then a phone has no way to another chapter."""
    page = opened("chapters/20-gan-game.html", viewport={"width": 360, "height": 740})
    for kind, link in (("primary", "Glossary"), ("secondary", "The value of the game")):
        page.locator(f".{kind}-toggle:visible").click()
        page.locator("dialog[open]").get_by_role("link", name=link).wait_for()
        page.keyboard.press("Escape")
        page.locator("dialog[open]").wait_for(state="hidden")


def test_the_menu_of_a_wide_window_goes_and_comes_back(opened):
    """Holds off a button that changes nothing."""
    page = opened("chapters/faq.html")
    menu = page.locator(".bd-sidebar-primary")
    for shown in (False, True):
        page.locator(".primary-toggle:visible").click()
        menu.wait_for(state="visible" if shown else "hidden")


def test_without_scripts_no_button_stands_there_in_vain(browser, start):
    """Holds off the loss of the style that hides what needs a script."""
    page, _ = browse.visit(browser, start, "chapters/faq.html", java_script_enabled=False)
    assert page.locator(".pst-js-only").count() > 0
    assert page.locator(".pst-js-only:visible").count() == 0
    page.context.close()


PLANTED = {  # what someone writes into a page → the directive that refuses it
    "<script>window.ran = 1</script>": "script-src-elem",
    "<script type=module>window.ran = 1</script>": "script-src-elem",
    "<script src='data:text/javascript,window.ran = 1'></script>": "script-src-elem",
    "<script src='https://example.com/x.js'></script>": "script-src-elem",
    "<img src='data:,' onerror='window.ran = 1'>": "script-src-attr",
    "<svg onload='window.ran = 1'></svg>": "script-src-attr",
    "<a href='javascript:window.ran = 1' id=planted>x</a>": "script-src-elem",
    "<style>h1 { color: red !important }</style>": "style-src-elem",
    "<p style='color: red'>x</p>": "style-src-attr",
    "<link rel=stylesheet href='https://example.com/x.css'>": "style-src-elem",
    "<img src='https://example.com/x.png'>": "img-src",
    "<base href='https://example.com/'>": "base-uri",
    "<iframe src='https://example.com/'></iframe>": "frame-src",
    "<object data='https://example.com/x'></object>": "object-src",
    "<form action='https://example.com/'><button id=planted>x</button></form>": "form-action",
}


@pytest.mark.parametrize("html", PLANTED)
def test_what_is_planted_in_a_page_is_refused(browser, site, html):
    """Holds off a policy that says much and refuses nothing."""
    text = (
        (site / "chapters/faq.html").read_text("utf-8").replace("</article>", f"{html}</article>")
    )
    with browse.served(site) as address:
        context = browser.new_context()
        page = context.new_page()
        page.route("**/faq.html", lambda route: route.fulfill(body=text, content_type="text/html"))
        page.goto(f"{address}chapters/faq.html")
        planted = page.locator("#planted")
        if planted.count():
            planted.dispatch_event("click")
        page.wait_for_timeout(100)
        refused = [each.split(":")[0] for each in browse.refusals(page)]
        assert PLANTED[html] in refused
        assert page.evaluate("window.ran") is None
        context.close()


def test_every_page_has_the_policy(site: Path):
    """Holds off a page of another kind that the build forgets, such as the one that leads on."""
    pages = [page for page in site.rglob("*.html") if site / "_static" not in page.parents]
    assert len(pages) > 20
    for page in pages:
        assert page.read_text("utf-8").count('<meta http-equiv="Content-Security-Policy"') == 1
