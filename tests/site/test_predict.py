""" "Predict first." as a reader meets it: by click and by keyboard, at three widths."""

import re

import pytest
from playwright.sync_api import expect

from tools import browse
from tools.site import predict

CHAPTER = "chapters/10-first-picture.html"
OTHER = "chapters/20-gan-game.html"
WIDTHS = [360, 768, 1280]
each_width = pytest.mark.parametrize("width", WIDTHS)


@pytest.fixture
def opened(open_page):
    """Opens a page at a width; at the end, no page may have been refused anything."""
    pages = []

    def open_one(name: str = CHAPTER, width: int = 1280, **options):
        page, _ = open_page(name, viewport={"width": width, "height": 800}, **options)
        pages.append(page)
        return page

    yield open_one
    assert [each for page in pages for each in browse.refusals(page)] == []


def parts(page, cell: str):
    """Of a question: its form, the line of what was said, and its answer."""
    form = page.locator(f"form[data-cell={cell}]")
    return form, form.get_by_role("status"), form.locator("+ details.answer")


def is_open(answer) -> bool:
    return answer.evaluate("answer => answer.open")


def pick(page, form, option: str, way: str) -> None:
    """Commit to an option, by mouse or by keyboard alone."""
    if way == "click":
        form.get_by_text(option).click()
        form.get_by_role("button", name="Commit to it").click()
        return
    form.get_by_role("radio").first.focus()
    page.keyboard.press("Space")
    while not form.get_by_label(option, exact=True).is_checked():
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")


@each_width
@pytest.mark.parametrize("way", ["click", "keys"])
def test_what_a_reader_says_opens_the_answer_and_is_kept(opened, width, way):
    page = opened(width=width)
    form, line, answer = parts(page, "copy-md")
    assert not is_open(answer)
    assert not answer.get_by_text("We find no copies").is_visible()
    pick(page, form, "about the same", way)
    assert is_open(answer)
    assert line.inner_text() == "You said: about the same. That is what happens."
    assert answer.locator("summary").evaluate("summary => summary === document.activeElement")
    assert answer.get_by_text("We find no copies").is_visible()
    assert not is_open(parts(page, "one-md")[2])
    page.reload()
    assert line.inner_text() == "You said: about the same. That is what happens."
    assert is_open(answer)
    change = form.get_by_role("button", name="Change my answer")
    if way == "click":
        change.click()
    else:
        change.focus()
        page.keyboard.press("Enter")
    assert not is_open(answer)
    assert form.get_by_label("about the same").evaluate("each => each === document.activeElement")
    pick(page, form, "farther", way)
    assert line.inner_text() == "You said: farther. What happens: about the same."
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@each_width
def test_a_number_is_dragged_or_typed(opened, width):
    page = opened(width=width)
    form, line, answer = parts(page, "sphere-md")
    slider, field = form.get_by_role("slider"), form.get_by_role("spinbutton")
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.8, box["y"] + box["height"] / 2)
    page.mouse.up()
    assert 8 < float(field.input_value()) < 11
    for _ in range(100):
        if float(field.input_value()) <= 8:
            break
        page.keyboard.press("ArrowLeft")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert is_open(answer)
    assert line.inner_text() == "You said 8. It is 5.6 to 5.7: see below."
    form.get_by_role("button", name="Change my answer").click()
    field.fill("5.65")
    page.keyboard.press("Enter")
    assert line.inner_text() == "You said 5.65. That agrees: it is 5.6 to 5.7."
    page.reload()
    assert line.inner_text() == "You said 5.65. That agrees: it is 5.6 to 5.7."


@pytest.mark.parametrize("cell", ["copy-md", "sphere-md"])
def test_nothing_said_opens_nothing(opened, cell):
    page = opened()
    form, line, answer = parts(page, cell)
    form.get_by_role("button", name="Commit to it").click()
    assert not is_open(answer)
    assert line.inner_text() == ""
    answer.locator("summary").click()  # but whoever only wants to read can
    assert is_open(answer)


OTHERS = {  # entry → what is said, what the line says then
    "several right": ({"pick": ["a", "b", "c"], "right": [0, 2]}, "c", "That is what happens."),
    "several, and none said": (
        {"pick": ["a", "b", "c"], "right": [0, 2]},
        "b",
        "What happens: a; or: c.",
    ),
    "signs": ({"pick": ["a & <b>", "c"], "right": 0}, "c", "What happens: a & <b>."),
    "unit": (
        {"number": [-20, 80, 1], "right": [-7, -7], "unit": "%"},
        "-7",
        "You said -7 %. That agrees: it is -7 %.",
    ),
    "words": ({"words": True}, "<b>no</b>", "You said: “<b>no</b>”. Compare"),
}


@pytest.mark.parametrize(("entry", "said", "expected"), OTHERS.values(), ids=OTHERS)
def test_each_kind_of_question(browser, address, entry, said, expected):
    """Kinds that no chapter may use today: put into a page as the build writes them."""
    context = browser.new_context()
    page = context.new_page()

    def other_form(route):
        answer = route.fetch()
        html = re.sub(
            r'(?s)<form class="predict pst-js-only" data-cell="copy-md".*?</form>\n',
            lambda _: predict.as_form("copy-md", entry),
            answer.text(),
        )
        route.fulfill(response=answer, body=html)

    page.route(f"**/{CHAPTER}", other_form)
    page.goto(address + CHAPTER)
    form, line, answer = parts(page, "copy-md")
    if "pick" in entry:
        form.get_by_label(said, exact=True).check()
    else:
        form.locator("[name=said]").fill(said)
    form.get_by_role("button", name="Commit to it").click()
    assert expected in line.inner_text()
    assert is_open(answer)
    page.reload()
    assert expected in line.inner_text()
    context.close()


@each_width
def test_the_switch_holds_for_all_chapters(opened, address, width):
    page = opened(width=width)
    pick(page, parts(page, "copy-md")[0], "farther", "click")
    opened_ones = page.locator("details.answer[open]")
    total = page.locator("details.answer").count()
    assert opened_ones.count() == 1
    page.get_by_role("button", name="Show all answers").focus()
    page.keyboard.press("Enter")
    assert opened_ones.count() == total
    page.goto(address + OTHER)
    assert opened_ones.count() == page.locator("details.answer").count() > total
    page.goto(address + CHAPTER)
    page.get_by_role("button", name="Ask me first").click()
    assert opened_ones.count() == 1  # what was said stays said
    page.reload()
    assert opened_ones.count() == 1


def test_without_scripts_an_answer_opens_and_no_form_stands_there_in_vain(open_page):
    page, _ = open_page(CHAPTER, java_script_enabled=False)  # such a page reports no refusal
    assert page.locator("form.predict").count() > 0
    assert page.locator("form.predict:visible, .asks:visible").count() == 0
    answer = page.locator("details.answer").first
    assert not answer.get_by_text("Nobody wrote this digit").is_visible()
    answer.locator("summary").click()
    assert answer.get_by_text("Nobody wrote this digit").is_visible()


def test_on_paper_all_is_there(opened):
    page = opened()
    page.emulate_media(media="print")
    assert page.locator("form.predict:visible, .asks:visible").count() == 0
    assert page.get_by_text("We find no copies").is_visible()


@pytest.mark.parametrize("how", ["address", "link"])
def test_a_link_into_a_closed_answer_opens_it(opened, how):
    if how == "address":
        page = opened(f"{CHAPTER}#cell-id=copy-figure")
    else:
        page = opened(CHAPTER)
        page.evaluate("location.hash = 'cell-id=copy-figure'")
    place = page.locator("[id='cell-id=copy-figure']")
    place.locator(".cell_input").first.wait_for()
    assert is_open(parts(page, "copy-md")[2])
    expect(place).to_be_in_viewport()
    assert not is_open(parts(page, "walk-md")[2])


@pytest.mark.parametrize("way", ["script", "browser"])
def test_a_link_opens_what_is_folded_in_every_browser(opened, way):
    """Kind: what one browser does of its own. Here it is hindered: `open` is taken away again."""
    page = opened(CHAPTER)
    answer = parts(page, "copy-md")[2]
    if way == "script":  # an event alone, to which the browser does nothing
        page.evaluate("history.replaceState(null, '', '#cell-id=copy')")
        assert not is_open(answer)
        page.evaluate("dispatchEvent(new Event('hashchange'))")
    else:
        page.evaluate("location.hash = 'cell-id=copy'")
    page.locator("[id='cell-id=copy'] .cell_input").wait_for()
    assert is_open(answer)


def test_a_link_arrives_although_all_above_it_opens(opened, address):
    page = opened()
    page.get_by_role("button", name="Show all answers").click()
    page.goto("about:blank")
    page.goto(f"{address}{CHAPTER}#cell-id=lengths")
    expect(page.locator("[id='cell-id=lengths']")).to_be_in_viewport()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_accessible_closed_and_open(opened, scheme):
    page = opened(width=360, color_scheme=scheme)
    assert browse.violations(page) == {}
    pick(page, parts(page, "copy-md")[0], "farther", "click")
    form = parts(page, "sphere-md")[0]
    form.get_by_role("spinbutton").fill("8")
    form.get_by_role("button", name="Commit to it").click()
    browse.open_answers(page)
    assert browse.violations(page) == {}
