"""What a reader does on the site, by click, touch and key, on a phone, a tablet and a desk.

Without Chromium these tests are skipped; COURSE_BROWSER=required makes that a failure.
"""

import re
from itertools import pairwise
from urllib.parse import quote, unquote

import pytest

from tools import ROOT, browse
from tools.site.search import HAN

WIDTHS = {"phone": 360, "tablet": 768, "desk": 1280}
MENUS = [("primary", 360), ("secondary", 360), ("primary", 768), ("secondary", 768)]
LONG = ["21-training-dynamics", "41-gan-vs-vae", "61-agn"]
PATIENCE = 20_000  # milliseconds
NAMED = "chapters/{}.html"

GLOSSARY = (ROOT / "chapters/glossary.md").read_text("utf-8")
TERMS = [re.split(r"[.。，,]", text)[0] for text in re.findall(r"(?m)^### .+\n(.+)", GLOSSARY)]
TITLE = re.search(r"《(.+?)》", (ROOT / "chapters/index.md").read_text("utf-8"))[1]
RUNS = re.findall(f"[{HAN}]+", TITLE)
PARTS = [*RUNS, *("".join(pair) for run in RUNS for pair in pairwise(run)), "金矿", "泡沫", "生成"]

# Scrolling has stopped when the window and the height of the page stay for ten frames.
STILL = """() => new Promise((done) => {
    let before = "", frames = 0;
    const look = () => {
        const now = `${scrollY} ${document.documentElement.scrollHeight}`;
        frames = now === before ? frames + 1 : 0;
        before = now;
        if (frames > 9) done(); else requestAnimationFrame(look);
    };
    look();
})"""


@pytest.fixture
def open_quiet(open_page):
    """Opens a page; at the end, nothing may have been refused or reported as an error."""
    opened, errors = [], []

    def open_one(name: str, width: int, **options):
        page, _ = open_page(name, viewport={"width": width, "height": 800}, **options)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda m: m.type in ("error", "warning") and errors.append(m.text))
        page.set_default_timeout(PATIENCE)
        opened.append(page)
        return page

    yield open_one
    assert [each for page in opened for each in browse.refusals(page)] == []
    assert errors == []


def landed(page) -> bool:
    """Whether the place that the address names is in the window's first quarter, or the page ends.

    What stands below the last heading may be shorter than the window: no page scrolls further.
    """
    page.evaluate(STILL)
    return page.evaluate(
        """(id) => {
            const { top } = document.getElementById(id).getBoundingClientRect();
            const end = scrollY + innerHeight >= document.documentElement.scrollHeight - 1;
            return top >= 0 && (top <= innerHeight / 4 || (end && top < innerHeight));
        }""",
        unquote(page.url.partition("#")[2]),
    )


@pytest.mark.parametrize(("kind", "width"), MENUS)
@pytest.mark.parametrize("by", ["click", "touch", "keyboard"])
def test_a_menu_opens_and_closes(open_quiet, kind, width, by):
    page = open_quiet(NAMED.format(LONG[0]), width, has_touch=by == "touch")
    button = page.locator(f".{kind}-toggle:visible")
    menu = page.locator(f"dialog.bd-sidebar-{kind}")
    for _ in range(2):  # it opens again
        if by == "keyboard":
            button.focus()
            page.keyboard.press("Enter")
        else:
            (button.tap if by == "touch" else button.click)()
        menu.wait_for()
        assert menu.locator(":focus").count() == 1
        if by == "keyboard":
            page.keyboard.press("Escape")
        else:
            outside = (width - 10 if kind == "primary" else 10, 400)
            (page.touchscreen.tap if by == "touch" else page.mouse.click)(*outside)
        menu.wait_for(state="hidden")
        button.and_(page.locator(":focus")).wait_for()


@pytest.mark.parametrize("width", [360, 768])
@pytest.mark.parametrize("by", ["click", "keyboard"])
def test_a_menu_leads_to_a_chapter(open_quiet, address, width, by):
    page = open_quiet("chapters/index.html", width)
    page.locator(".primary-toggle:visible").click()
    link = page.locator("dialog.bd-sidebar-primary").get_by_role("link", name="32 ·")
    if by == "click":
        link.click()
    else:
        link.focus()
        page.keyboard.press("Enter")
    page.wait_for_url(f"{address}chapters/32-vae-mnist.html")


@pytest.mark.parametrize("by", ["click", "keyboard"])
def test_at_a_desk_the_chapters_stand_beside_the_page(open_quiet, address, by):
    page = open_quiet("chapters/21-training-dynamics.html", WIDTHS["desk"])
    button, chapters = page.locator(".primary-toggle"), page.locator("#pst-primary-sidebar")
    assert page.locator(".secondary-toggle:visible").count() == 0  # its list stands there too
    assert page.locator("#pst-secondary-sidebar").is_visible()
    for state in ("hidden", "visible"):
        if by == "click":
            button.click()
        else:
            button.focus()
            page.keyboard.press("Enter")
        chapters.wait_for(state=state)
        button.and_(page.locator(":focus")).wait_for()
    chapters.get_by_role("link", name="32 ·").click()
    page.wait_for_url(f"{address}chapters/32-vae-mnist.html")


@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS)
@pytest.mark.parametrize("name", LONG)
def test_every_line_of_the_contents_leads_to_its_heading(open_quiet, name, width):
    page = open_quiet(NAMED.format(name), width)
    start = page.url
    lines = page.locator(".bd-sidebar-secondary a[href^='#']")
    missed, count = [], lines.count()
    assert count > 10
    for number in reversed(range(count)):  # the last one first: all above it may still change
        if width == WIDTHS["desk"]:  # as one who has just come
            page.goto("about:blank")
            page.goto(start)
        line = lines.nth(number)
        for each in (
            line.locator("xpath=ancestor::li[2]/a"),
            line,
        ):  # a part of a part unfolds there
            if each.count():
                if width != WIDTHS["desk"]:
                    page.locator(".secondary-toggle:visible").click()
                each.click()
                page.locator("dialog[open]").wait_for(state="hidden")
                if not landed(page):
                    missed.append(page.url)
    assert missed == []


@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS)
@pytest.mark.parametrize("name", ["ledger", "faq", "index", "glossary"])
def test_links_to_a_place_in_another_page_lead_there(open_page, name, width):
    """Among them those to cells (#cell-id=…), into the middle of chapters."""
    page, _ = open_page(NAMED.format(name), viewport={"width": width, "height": 800})
    places = page.locator("article a[href*='.html#']").evaluate_all(
        "links => links.map((link) => link.href)"
    )
    missed = []
    for place in sorted({each.partition("#")[0]: each for each in places}.values()):
        page.goto(place)
        if not landed(page):
            missed.append(place)
    assert missed == []
    assert places or name in ("index", "glossary")


def found_for(page, words: str, loaded: bool = False) -> list[tuple[str, str]]:
    """What the search page shows for words: address and passage of each result.

    Args:
        loaded: call what the page calls once it has read the words in its address; this takes an
            eighth of the time of loading it.
    """
    if loaded:
        page.evaluate(
            """(words) => {
                document.getElementById("search-results").replaceChildren();
                Search.performSearch(words);
            }""",
            words,
        )
    else:
        page.goto(f"{page.url.partition('?')[0]}?q={quote(words)}")
    page.locator(".search-summary", has_text=re.compile(r"\w")).wait_for()
    results = page.locator("#search-results li:has(p.context)")
    if page.locator("#search-results li").count():
        results.first.wait_for()
    return results.evaluate_all(
        "all => all.map(each => [each.querySelector('a').href, each.querySelector('p').innerText])"
    )


@pytest.fixture(scope="module")
def search_page(browser, address):
    """The page of the search, one for all words."""
    page, _ = browse.visit(browser, address, "search.html")
    page.set_default_timeout(PATIENCE)
    yield page
    assert browse.refusals(page) == []
    page.context.close()


def test_the_glossary_and_the_title_are_read():
    assert len(TERMS) == GLOSSARY.count("\n### ") > 100
    assert {"生成", "金矿", "泡沫", "商业本质"} & set(PARTS) >= {"生成", "金矿", "泡沫"}


@pytest.mark.parametrize("term", [*TERMS, *dict.fromkeys(PARTS), "模式崩溃", "生成"])
def test_a_chinese_term_is_found_in_its_passage(search_page, term):
    found = found_for(search_page, term, loaded=term in TERMS)  # the others by their address
    runs = re.findall(f"[{HAN}]+", term)
    fitting = [url for url, passage in found if all(run in passage for run in runs)]
    assert fitting, found
    if term in TERMS:
        assert any("glossary.html#" in url for url in fitting), found


@pytest.mark.parametrize(
    ("words", "seen"),
    [
        ("mode collapse", r"(?i)mode collapse|modes? .*collapse|collapse"),
        ("generating entropies", r"(?i)generat|entrop"),  # other forms: by the stem
        ("spirals", r"(?i)spiral"),
        ("Fréchet distance?!", r"(?i)fréchet"),
        ("(GAN) 判别器", r"判别器"),
    ],
)
def test_a_passage_shows_the_words(search_page, words, seen):
    found = found_for(search_page, words)
    assert found
    assert all(re.search(seen, passage) for _, passage in found), found
    assert not any("Open in Colab" in passage for _, passage in found)


def test_a_result_leads_to_its_part_of_the_page(open_page):
    page, _ = open_page("search.html?q=模式崩溃")
    page.locator("li a[href*='glossary.html#']").first.click()
    page.wait_for_url("**/glossary.html*#mode-collapse")
    assert landed(page)


@pytest.mark.parametrize("words", ["qwxyzzy", "the", "...", "2014", "没有这个词"])
def test_nothing_found_is_said(search_page, words):
    assert found_for(search_page, words) == []
    said = search_page.get_by_role("status").inner_text()
    assert f"“{words}”" in said
    assert "Nothing found" in said


@pytest.mark.parametrize("place", [".bd-search-container", "#pst-search-dialog"])
def test_the_magnifier_stands_before_the_words(open_page, place):
    page, _ = open_page("search.html")
    if "dialog" in place:
        page.evaluate(f"document.querySelector('{place}').showModal()")
    form = page.locator(f"{place} form")
    icon = form.locator(".fa-magnifying-glass").bounding_box()
    field = form.locator("input").bounding_box()
    assert icon["x"] + icon["width"] <= field["x"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_wide_figure_scrolls_in_its_box(open_quiet, scheme):
    page = open_quiet("chapters/60-mode-collapse.html", WIDTHS["phone"], color_scheme=scheme)
    box = page.locator(".wide-figure").first
    box.scroll_into_view_if_needed()
    box.and_(page.locator("[tabindex='0']")).wait_for()
    assert box.locator("img").bounding_box()["width"] > box.bounding_box()["width"]
    box.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(300)
    assert box.evaluate("each => each.scrollLeft") > 0
    assert page.evaluate("document.documentElement.scrollWidth") == WIDTHS["phone"]
    assert browse.violations(page) == {}


def test_at_a_desk_a_figure_that_fits_is_no_stop_for_the_keyboard(open_quiet):
    page = open_quiet("chapters/60-mode-collapse.html", WIDTHS["desk"])
    browse.scroll_through(page)
    boxes = page.locator(".wide-figure")
    assert boxes.count() > 2
    fitting = boxes.evaluate_all(
        "all => all.filter(e => e.scrollWidth <= e.clientWidth && e.hasAttribute('role')).length"
    )
    assert fitting == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_figures_lie_on_the_page(open_page, scheme):
    page, _ = open_page("chapters/21-training-dynamics.html", color_scheme=scheme)
    grounds = page.locator("article .cell_output :is(img, .text_html)").evaluate_all(
        """all => all.map(getComputedStyle).map((style) =>
            [style.backgroundColor, style.filter, style.padding, style.borderWidth].join())"""
    )
    assert set(grounds) == {"rgba(0, 0, 0, 0),none,0px,0px"}
