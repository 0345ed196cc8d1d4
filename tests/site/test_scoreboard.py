"""The ledger and the article in one page, as a reader clicks through them."""

import re

import pytest
from playwright.sync_api import expect

from aigc_lib import claims
from tools import browse
from tools.site import scoreboard

ROWS = claims.load_ledger()
PAGES = {"ledger": "chapters/ledger.html", "article": "chapters/article.html"}
SIZES = {360: 740, 768: 1024, 1280: 900}
each_width = pytest.mark.parametrize("width", SIZES)
each_page = pytest.mark.parametrize("name", PAGES)
CONTRAST = """badge => {
    const light = (colour) => {
        const parts = colour.match(/[\\d.]+/g).slice(0, 3).map((part) => {
            const share = part / 255;
            return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
    };
    const style = getComputedStyle(badge);
    const [text, ground] = [light(style.color), light(style.backgroundColor)];
    return (Math.max(text, ground) + 0.05) / (Math.min(text, ground) + 0.05);
}"""


@pytest.fixture
def opened(open_page):
    """Opens one of the two pages at a width."""

    def at(name: str, width: int = 1280, **options):
        viewport = {"width": width, "height": SIZES[width]}
        return open_page(PAGES[name], viewport=viewport, **options)[0]

    return at


def shown(page) -> set[str]:
    """The claims that are visible."""
    return set(page.locator(".score:visible").evaluate_all("all => all.map(s => s.id)"))


@each_page
def test_every_claim_has_its_verdict_and_its_sentence(opened, name):
    page = opened(name)
    assert shown(page) == set(ROWS)
    for claim_id, row in ROWS.items():
        score = page.locator(f"#{claim_id}")
        verdict = scoreboard.verdict_of(row)
        said = f"{scoreboard.SIGNS[verdict]} {verdict}"
        assert score.locator(".verdict").text_content() == said  # a sign and a word
        assert score.locator(".score-plain, .score-open").text_content() == row["plain"]


@each_page
def test_the_tally_is_that_of_the_ledger(opened, name):
    items = opened(name).locator("[data-tally]")
    said = {item.get_attribute("data-tally"): item.inner_text() for item in items.all()}
    counts = {verdict: n for verdict, n in scoreboard.tally(ROWS).items() if n}
    assert {verdict: int(text.split()[0]) for verdict, text in said.items()} == counts


@each_page
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_badges_can_be_read(opened, name, scheme):
    page = opened(name, color_scheme=scheme)
    badges = page.locator(".tally .verdict").all()
    assert len(badges) >= 5
    grounds = {badge.evaluate("b => getComputedStyle(b).backgroundColor") for badge in badges}
    assert len(grounds) == len(badges)
    for badge in badges:
        assert badge.evaluate(CONTRAST) >= 4.5


@each_width
def test_why_unfolds_by_click_and_by_keyboard(opened, width):
    page = opened("ledger", width)
    score = page.locator("#vae-quality")
    summary = score.locator("summary")
    finding = score.get_by_text("Measured:")
    expect(finding).to_be_hidden()
    summary.click()
    expect(finding).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    summary.focus()
    page.keyboard.press("Enter")
    expect(finding).to_be_hidden()


@each_width
def test_filters_leave_the_claims_of_their_kind(opened, width):
    page = opened("ledger", width)
    status = page.get_by_role("status")
    expect(status).to_have_text(f"{len(ROWS)} of {len(ROWS)} claims shown")
    for verdict, count in scoreboard.tally(ROWS).items():
        button = page.locator(f"button[data-verdict='{verdict}']")
        assert button.count() == (count > 0)
        if count:
            button.click()
            expect(status).to_have_text(f"{count} of {len(ROWS)} claims shown")
            assert shown(page) == {
                i for i, r in ROWS.items() if scoreboard.verdict_of(r) == verdict
            }
            expect(page.locator("button[data-verdict][aria-pressed=true]")).to_have_count(1)
            expect(button).to_have_attribute("aria-pressed", "true")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_both_filters_work_together_and_by_keyboard(opened):
    page = opened("ledger")
    wrong = page.locator("button[data-verdict=wrong]")
    wrong.focus()
    page.keyboard.press("Enter")
    part = page.locator("button[data-part='2']")
    part.focus()
    page.keyboard.press("Space")
    both = {
        claim_id
        for claim_id, row in ROWS.items()
        if row.get("verdict") == "wrong" and row["section"].startswith("2")
    }
    assert shown(page) == both
    expect(page.locator("h2", has_text="Not yet settled")).to_be_hidden()  # no claim stands there
    for kind in ("verdict", "part"):
        page.locator(f"button[data-{kind}='']").click()
    assert shown(page) == set(ROWS)


@each_page
def test_without_scripts_all_is_shown_and_no_dead_button(opened, name):
    page = opened(name, java_script_enabled=False)
    assert shown(page) == set(ROWS)
    assert page.locator(".filters button:visible").count() == 0
    page.locator("#vae-quality summary").click()
    expect(page.locator("#vae-quality").get_by_text("Measured:")).to_be_visible()


@each_width
def test_a_claim_leads_to_the_cell_that_settles_it(opened, width):
    page = opened("article", width)
    row = ROWS["vae-loss-formula"]
    page.locator("#vae-loss-formula a").click()
    page.wait_for_url(f"**/{row['chapter']}.html#cell-id={row['cell']}")
    expect(page.locator(f"[id='cell-id={row['cell']}']")).to_be_in_viewport()


def test_the_article_stands_in_its_order(opened):
    *heads, last = opened("article").locator("article section h2").all_text_contents()
    assert last.startswith("About this page")
    numbers = [re.match(r"[\d.]+", head)[0].rstrip(".") for head in heads]
    assert numbers == [*scoreboard.PARTS, "6"]
    assert numbers == sorted(numbers)


@each_page
def test_a_phone_does_not_scroll_sideways_with_all_unfolded(opened, name):
    page = opened(name, 360)
    page.locator(".score details").evaluate_all("all => all.forEach(d => { d.open = true; })")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert browse.refusals(page) == []
    assert browse.violations(page) == {}
