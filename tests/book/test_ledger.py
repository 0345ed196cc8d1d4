"""The verdicts that cells stored: on the ledger's page, and in the words of other pages."""

import re
from collections import Counter
from html.parser import HTMLParser

import nbformat
import pytest
import yaml
from helpers import CONFIG
from markdown_it.renderer import RendererHTML
from myst_parser.config.main import MdParserConfig
from myst_parser.parsers.mdit import create_md_parser
from sphinx.errors import ExtensionError

from aigc_lib import assets, claims
from tools.notebooks import CHAPTERS, notebooks, read
from tools.site import ledger, scoreboard, status

ROWS = claims.load_ledger()
SETTLED = [claim_id for claim_id, row in ROWS.items() if "verdict" in row]
PAGES = sorted(CHAPTERS.glob("*.md"))
WORDS = "|".join(sorted(claims.VERDICTS, key=len, reverse=True))


def shown_verdicts(path) -> list[dict]:
    """What the cells of a chapter have stored of their verdicts."""
    outputs = (out for cell in read(path).cells for out in cell.get("outputs", []))
    shown = (out.get("data", {}).get(claims.VERDICT_MIME) for out in outputs)
    return [verdict for verdict in shown if verdict]


@pytest.mark.parametrize("claim_id", SETTLED)
def test_each_verdict_stands_in_the_cell_that_the_ledger_names(claim_id):
    assert scoreboard.stored_verdict(ROWS[claim_id], CHAPTERS)["finding"]


def verdict_faults(chapter: str, verdicts: list[dict], rows: dict[str, dict]) -> list[str]:
    """The verdicts stored in a chapter that the ledger does not have, with the remedy."""
    found = []
    for stored in verdicts:
        claim, verdict = stored["claim"], stored["verdict"]
        there = rows.get(claim, {}).get("verdict")
        if claim not in rows:
            found.append(
                f"{chapter}: a cell settles {claim!r}, of which aigc_lib/assets/claims.yml has no "
                "row. Add one with id, section, claim, verdict, chapter and cell, then: make sums"
            )
        elif verdict != there:
            found.append(
                f"{chapter}: the cell that settles {claim!r} shows {verdict!r}, but the row in "
                f"aigc_lib/assets/claims.yml has {there!r}. Mend the row (then: make sums) or "
                "run the chapter again."
            )
    return found


@pytest.mark.parametrize("path", notebooks(), ids=lambda path: path.stem)
def test_each_stored_verdict_is_that_of_the_ledger(path):
    found = verdict_faults(path.name, shown_verdicts(path), ROWS)
    if found:
        pytest.fail("\n".join(found), pytrace=False)


@pytest.mark.parametrize("path", notebooks(), ids=lambda path: path.stem)
def test_each_verdict_has_a_rule_and_where_chance_enters_an_interval(path):
    for verdict in shown_verdicts(path):
        assert verdict["rule"].strip(), verdict["claim"]
        if verdict["false_alarm"] is not None:
            assert verdict["false_alarm"] <= 0.15, verdict["claim"]
            assert re.search(r"\d.* … .*\d|±", verdict["finding"]), (
                f"{verdict['claim']}: an interval"
            )


@pytest.mark.parametrize("path", notebooks(), ids=lambda path: path.stem)
def test_a_cell_that_settles_a_claim_stores_its_verdict_as_data(path):
    for cell in read(path).cells:
        if cell.cell_type == "code" and re.search(r"\bsettle\(", cell.source):
            kinds = {kind for out in cell.outputs for kind in out.get("data", {})}
            assert claims.VERDICT_MIME in kinds, f"{cell.id}: run the chapter again"


# --- the page ----------------------------------------------------------------------------------


@pytest.fixture
def small(tmp_path) -> dict[str, str]:
    """A chapter with one settled claim; its row of the ledger."""
    row = {"id": "a", "section": "1.1", "claim": "A.", "plain": "Not A.", "verdict": "wrong"}
    row |= {"chapter": "99-small", "cell": "claim-a"}
    cell = nbformat.v4.new_code_cell("settle(…)", id="claim-a")
    stored = {"claim": "a", "verdict": "wrong", "section": "1.1", "text": "A."}
    stored |= {"finding": "it was 42", "rule": "wrong if 42", "false_alarm": 0.05}
    data = {"text/markdown": "不对。", claims.VERDICT_MIME: stored}
    cell.outputs = [
        nbformat.v4.new_output("stream", text="42\n"),
        nbformat.v4.new_output("display_data", data),
    ]
    text = nbformat.v4.new_markdown_cell("Some words.")
    nbformat.write(nbformat.v4.new_notebook(cells=[text, cell]), tmp_path / "99-small.ipynb")
    return row


def test_page_has_counts_settled_and_open_rows(small, tmp_path):
    pending = {"id": "b", "section": "2.4", "claim": "B.", "plain": "Later.", "coming": "70"}
    page = scoreboard.ledger_as_markdown({"a": small, "b": pending}, tmp_path)
    assert page.startswith("**2 claims, 1 settled:**")
    settled, waiting = page.split("## Not yet settled")
    parts = ('id="a"', "Not A.", "it was 42", "5.0%", '"99-small.html#cell-id=claim-a"')
    assert [part for part in parts if part not in settled] == []
    assert all(part in waiting for part in ('id="b"', "Later.", "Coming: 70"))
    article = scoreboard.article_as_markdown({"a": small, "b": pending}, tmp_path)
    assert article.index('id="a"') < article.index("## 2.4") < article.index('id="b"')


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"verdict": "holds"}, r"a: .* does not show 'holds'.* but 'wrong'\. Run the chapter"),
        ({"claim": "Not A."}, "does not show 'Not A.'"),
        ({"section": "2"}, "does not show '2'"),
        ({"cell": "claim-b"}, "'claim-b' of 99-small shows 0 verdicts"),
        ({"chapter": "98-gone"}, "of 98-gone shows 0 verdicts"),
        ({"id": "c"}, "shows 0 verdicts"),
    ],
)
def test_a_changed_verdict_or_a_deleted_cell_is_found(small, tmp_path, change, said):
    assert scoreboard.stored_verdict(small, tmp_path)["finding"] == "it was 42"
    with pytest.raises(ValueError, match=said):
        scoreboard.stored_verdict(small | change, tmp_path)


# --- pages that say a verdict themselves -------------------------------------------------------


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_pages_say_each_verdict_as_it_is_stored(path):
    assert ledger.wrong_words(path.read_text("utf-8"), ROWS) == []


def test_every_verdict_of_the_faq_has_a_mark():
    text = (CHAPTERS / "faq.md").read_text("utf-8")
    rest = re.sub(rf"\b(?:{WORDS}){ledger.MARK.pattern}", "", text)
    bare = re.findall(rf".*\b(?:{WORDS})\b.*", rest)
    assert bare == [], "write <!-- verdict: claim-id --> after the verdict, or say it otherwise"
    assert len(ledger.MARK.findall(text)) >= 4


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("is wrong<!-- verdict: a -->", None),
        ("is **wrong<!-- verdict: a -->**", None),
        ("holds\nwith limits<!-- verdict: b -->, wrong<!-- verdict: a -->", None),
        ("this is not\nyet settled<!-- verdict: c -->", None),
        ("holds<!-- verdict: b -->", "expected 'holds with limits' before .*'… holds'"),
        ("with limits<!-- verdict: a -->", "expected 'wrong'"),
        ("wrong<!-- verdict: a --><!-- verdict: b -->", "expected 'holds with limits'"),
        ("upholds with limits<!-- verdict: b -->", "expected 'holds with limits'"),
        ("wrong<!-- verdict: c -->", "expected 'not yet settled'"),
        ("wrong<!-- verdict: d -->", "names no claim"),
    ],
)
def test_words_that_are_not_the_verdict_are_found(text, fault):
    rows = {"a": {"verdict": "wrong"}, "b": {"verdict": "holds with limits"}, "c": {}}
    found = ledger.wrong_words(text, rows)
    if fault is None:
        assert found == []
    else:
        (said,) = found
        assert re.search(fault, said)


def test_a_page_loses_its_marks_and_a_wrong_word_is_a_warning(caplog):
    claim_id = SETTLED[0]
    source = [f"so it {ROWS[claim_id]['verdict']}<!-- verdict: {claim_id} -->."]
    ledger.fill(None, "chapters/some-page", source)
    assert source == [f"so it {ROWS[claim_id]['verdict']}."]
    assert caplog.messages == []
    ledger.fill(None, "chapters/some-page", [f"so it maybe<!-- verdict: {claim_id} -->."])
    assert "but got '… so it maybe'" in caplog.text


@pytest.mark.parametrize("page", ledger.PAGES)
def test_a_page_without_its_mark_is_refused(page):
    with pytest.raises(ExtensionError, match=f"{page}.md has no line '<!-- the rows of "):
        ledger.fill(None, page, ["# A heading"])
    name, _ = ledger.PAGES[page]
    assert f"<!-- the rows of {name} -->" in (CHAPTERS.parent / f"{page}.md").read_text("utf-8")


# --- the works that the article recommends -----------------------------------------------------


def test_every_recommended_work_has_a_finding_and_where_to_look():
    works = ledger.works_of(assets.path("cited_works.yml"))
    kinds = {"book": 6, "paper": 6, "website": 3, "tool": 6}
    assert Counter(work["kind"] for work in works) == kinds
    for work in works:
        needed = ledger.NEEDED.get(work["found"], {"right"})
        assert work.keys() - {"kind", "title", "author", "found"} == needed, work["title"]
        assert (work["found"] == "no address") == (work["kind"] == "website"), work["title"]


WORK = {"kind": "book", "title": "A", "author": "B", "found": "otherwise", "right": "by C"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"title": None}, "a text for 'title'"),
        ({"kind": "song"}, r"expected 'A' in .* kind \(book, paper, website, tool\).*song"),
        ({"found": "maybe"}, "expected 'A' in .*maybe"),
        ({"found": "not found"}, "if not found, nearest and seen"),
        ({"year": "2012"}, "expected 'A' in .*year"),
        ({"right": ""}, "a text for 'right'"),
    ],
)
def test_a_work_with_other_fields_is_named(tmp_path, change, said):
    """A work that its page would leave out, or show by halves."""
    path = tmp_path / "works.yml"
    path.write_text(yaml.safe_dump([WORK | change]), "utf-8")
    with pytest.raises(ValueError, match=said):
        ledger.works_as_markdown(path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "but got nothing"),
        ("- title: [", "cannot be read as YAML"),
        ("- kind: book\n", "has no 'title'"),
        (yaml.safe_dump([WORK, WORK]), "rows 1 and 2 of .* have one title, 'A'"),
    ],
)
def test_a_broken_table_of_works_says_file_and_fault(tmp_path, text, said):
    """A page without its works, or an error that does not name the file."""
    path = tmp_path / "works.yml"
    path.write_text(text, "utf-8")
    with pytest.raises(ValueError, match=f"(?s){said}") as caught:
        ledger.works_as_markdown(path)
    assert str(path) in str(caught.value)


def test_list_of_recommended_works_has_counts_and_each_work_once(tmp_path):
    path = tmp_path / "works.yml"
    found = {"kind": "book", "title": "A", "author": "B", "found": "otherwise", "right": "by C"}
    lost = {"kind": "tool", "title": "D", "found": "not found", "seen": "S.", "nearest": "N"}
    vague = {"kind": "website", "title": "F", "found": "no address", "seen": "V."}
    path.write_text(yaml.safe_dump([found, lost, vague]), "utf-8")
    page = ledger.works_as_markdown(path)
    counts = "0 × exists as cited, 1 × exists otherwise, 1 × could not be found, 1 × named without"
    assert page.startswith(f"**3 entries:** {counts}")
    assert "- *A* (B): by C." in page
    assert "- *D*: S. To read instead: N." in page
    assert page.endswith("### Named without an address\n\n- *F*: V.")


# --- texts stay texts ---------------------------------------------------------------------------

TEXTS = (  # what someone may write into a field, by mistake or on purpose
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<b>bold</b> &lt;b&gt; &amp;",
    "[here](javascript:alert(1)) [x]: y [^1] [a][b] ![c](d)",
    "<javascript:alert(1)> <http://example.com>",
    "`code` ``<b>`` {ref}`x`",
    "<!-- gone -->shown<!--",
    "*stars* __lines__ * _",
    "a | b || c",
    "one\ntwo\n\n# three\n- four\u2028five",
    "$x_1$ $$y$$ ~~z~~",
    "\\* \\< \\",
)


class Shown(HTMLParser):
    """The tags and the text of a piece of HTML."""

    def __init__(self, markdown: str) -> None:
        super().__init__()
        self.tags: list = []
        self.text = ""
        extensions = CONFIG["parse"]["myst_enable_extensions"]
        parser = create_md_parser(MdParserConfig(enable_extensions=extensions), RendererHTML)
        self.feed(parser.render(markdown))
        self.text = " ".join(self.text.split())

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, attrs))

    def handle_data(self, data):
        self.text += data


def assert_only_text(markdown, text: str) -> None:
    """`markdown(text)` shows the text as it is, with no tag but those for any other text."""
    shown, plain = Shown(markdown(text)), Shown(markdown("plain"))
    assert shown.tags == plain.tags
    assert shown.text == plain.text.replace("plain", " ".join(text.split()))


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("field", ["section", "claim", "plain", "finding", "rule", "coming"])
def test_a_field_of_a_claim_is_shown_as_it_is_written(monkeypatch, field, text):
    """Holds off a text of the ledger that becomes code, a link or half a page."""

    def page(value: str) -> str:
        stored = {"finding": "B.", "rule": "C.", "false_alarm": None} | {field: value}
        monkeypatch.setattr(scoreboard, "stored_verdict", lambda *args: stored)
        both = {"section": "1.1", "claim": "A.", "plain": "D."}
        settled = {"id": "a", "chapter": "99-small", "cell": "c", "verdict": "wrong"}
        waiting = {"id": "b", "coming": "chapter 1"}
        said = {field: f"1.1 {value}" if field == "section" else value}
        rows = {"a": settled | both | said, "b": waiting | both | said}
        return scoreboard.ledger_as_markdown(rows) + scoreboard.article_as_markdown(rows)

    assert_only_text(page, text)


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("field", ["title", "author", "right", "seen", "nearest"])
def test_a_field_of_a_work_is_shown_as_it_is_written(tmp_path, field, text):
    """Holds off a text of the list of works that becomes code, a link or half a page."""
    path = tmp_path / "works.yml"
    work = {"kind": "book", "title": "A", "author": "B"}
    lost = {"found": "not found", "seen": "D.", "nearest": "E"}
    work |= {"found": "otherwise", "right": "C"} if field == "right" else lost

    def page(value: str) -> str:
        path.write_text(yaml.safe_dump([work | {field: value}]), "utf-8")
        return ledger.works_as_markdown(path)

    assert_only_text(page, text)


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("field", ["section", "claim", "finding", "rule"])
def test_a_verdict_in_a_chapter_is_shown_as_it_is_written(monkeypatch, field, text):
    """Holds off a finding or a claim that becomes code where a cell shows its verdict."""

    def box(value: str) -> str:
        row = {"section": "1", "claim": "A.", "verdict": "wrong"}
        parts = row | {"finding": "B.", "rule": "C."} | {field: value}
        shown = []
        monkeypatch.setattr(claims, "load_ledger", lambda: {"a": parts})
        monkeypatch.setattr(claims, "display", lambda data, raw: shown.append(data))
        if len(parts["finding"].splitlines()) > 1 or len(parts["rule"].splitlines()) > 1:
            pytest.skip("a finding or a rule of several lines is refused")
        claims.settle("a", "wrong", parts["finding"], parts["rule"], None)
        assert shown[0][claims.VERDICT_MIME]["finding"] == parts["finding"]  # as it was given
        return shown[0]["text/markdown"]

    assert_only_text(box, text)


def test_an_address_of_the_web_stays_a_link():
    """Holds off a list of works that leads nowhere."""
    shown = Shown(claims.as_text("in a book, <https://example.com/a_b?c=1&d=*>"))
    assert ("a", [("href", "https://example.com/a_b?c=1&d=*")]) in shown.tags


@pytest.mark.parametrize("text", TEXTS)
def test_a_heading_is_shown_as_it_is_written(tmp_path, text):
    """Holds off a title that breaks the status page's table."""
    line = " ".join(text.split())

    def page(value: str) -> str:
        (tmp_path / "chapters").mkdir(exist_ok=True)
        for name in ("requirements.txt", "requirements-colab.txt"):
            (tmp_path / name).write_bytes((CHAPTERS.parent / name).read_bytes())
        cell = nbformat.v4.new_markdown_cell(f"# {value}")
        notebook = nbformat.v4.new_notebook(cells=[cell], metadata={"course": {"seconds": 1}})
        nbformat.write(notebook, tmp_path / "chapters/11-y.ipynb")
        return status.status_as_markdown(tmp_path)

    assert_only_text(page, line)
