"""What the course says of its sources and claims as a whole is counted."""

import re
from collections import defaultdict
from functools import cache

import pytest
from helpers import as_in_checkout

from aigc_lib import claims
from tools import ROOT
from tools.notebooks import CHAPTERS, notebooks, read
from tools.site import scoreboard
from tools.stamps import current_slug

LINK = re.compile(r"https?://[^\s)>]+")
CITED, RECOMMENDED = "## What this course cites", "## What the article recommends"


def external(text: str) -> list[str]:
    """The links of a text that lead out of the course."""
    links = (link.rstrip(".,;:") for link in LINK.findall(as_in_checkout(text)))
    return [link for link in links if current_slug(ROOT) not in link]


@cache
def cited() -> dict[str, list[str]]:
    """Each link out of the course → the numbers of the chapters that have it in their text."""
    found = defaultdict(list)
    for path in notebooks():
        text = "\n\n".join(c.source for c in read(path).cells if c.cell_type == "markdown")
        for link in dict.fromkeys(external(text)):
            found[link].append(path.stem.partition("-")[0])
    return found


@cache
def listed() -> dict[str, list[str]]:
    """Each link that references.md lists as cited → the chapters that its entry names."""
    text = (CHAPTERS / "references.md").read_text("utf-8")
    entries = text.partition(CITED)[2].partition(RECOMMENDED)[0].split("\n- ")[1:]
    found = {}
    for entry in entries:
        named = re.search(r"\(chapters? (\d+(?:, \d+)*)\)", entry)
        assert named, (
            f"references.md: end this entry with (chapter NN) or (chapters NN, NN): {entry}"
        )
        for link in external(entry):
            assert link not in found, f"{link} is listed twice"
            found[link] = named[1].split(", ")
    return found


def source_faults(cited: dict[str, list[str]], listed: dict[str, list[str]]) -> list[str]:
    """Where the links of the chapters and those of references.md differ, with the remedy."""
    found = []
    for link in cited.keys() | listed.keys():
        numbers, named = cited.get(link, []), listed.get(link, [])
        chapters = f"({'chapter' if len(numbers) == 1 else 'chapters'} {', '.join(numbers)})"
        if not named:
            found.append(
                f"references.md does not list {link}, to which {chapters} links. Add under "
                f"'{CITED}': - Author (year). *Title.* <{link}> {chapters}"
            )
        elif not numbers:
            found.append(f"references.md lists {link}, but no chapter links to it. Take it out.")
        elif numbers != named:
            found.append(f"references.md: the entry of {link} must end with {chapters}")
    return sorted(found)


def test_every_source_of_a_chapter_is_listed_with_the_chapters_that_cite_it():
    """Holds off a list of references that calls itself complete and is not."""
    found = source_faults(cited(), listed())
    if found:
        pytest.fail("\n".join(found), pytrace=False)


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("([a](https://arxiv.org/abs/1312.6114))", ["https://arxiv.org/abs/1312.6114"]),
        ("see <http://example.com/a>, then", ["http://example.com/a"]),
        ("https://example.com/a.", ["https://example.com/a"]),
        (f"https://github.com/{current_slug(ROOT)}/blob/v1/README.md", []),
        ("[here](12-gan.ipynb)", []),
    ],
)
def test_a_link_out_of_the_course_is_found(text, links):
    assert external(text) == links


def test_page_of_claims_has_every_claim_once_the_open_ones_as_open(monkeypatch):
    """Holds off a page that shows the settled claims as if they were all."""
    stored = {"finding": "B.", "rule": "C.", "false_alarm": None, "text": "A."}
    monkeypatch.setattr(
        scoreboard,
        "stored_verdict",
        lambda row, chapters: stored | row | {"claim": row["id"]},
    )
    rows = claims.load_ledger()
    parts = scoreboard.ledger_as_markdown(rows).split("## Not yet settled")
    shown = [re.findall(r'class="score" id="([\w-]+)"', part) for part in parts]
    assert shown == [
        [each for each, row in rows.items() if "verdict" in row],
        [each for each, row in rows.items() if "coming" in row],
    ]
    assert sum(map(len, shown)) == len(rows)


# --- sentences on all of something ----------------------------------------------------------------

WHOLE = re.compile(
    r"(?i)\b(?:every|each|all)\s(?:\w+\s){0,2}?(?:claims?|works?|sources?|papers?)\b"
)
# page, words → why they are true
TRUE = {
    ("references", "Every paper"): "test_every_source_… above",
}


def whole(text: str) -> set[str]:
    return {" ".join(words.split()) for words in WHOLE.findall(text)}


@pytest.mark.parametrize("path", [*CHAPTERS.glob("*.md"), ROOT / "README.md"], ids=lambda p: p.stem)
def test_a_page_that_speaks_of_all_claims_or_sources_is_held_to_it(path):
    told = whole(path.read_text("utf-8"))
    assert {words for words in told if (path.stem, words) not in TRUE} == set()


def test_the_table_of_true_sentences_is_in_use():
    for page, words in TRUE:
        assert words in whole((CHAPTERS / f"{page}.md").read_text("utf-8"))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Every claim of the article", {"Every claim"}),
        ("every recommended\nwork", {"every recommended work"}),
        ("the verdicts on all claims stand", {"all claims"}),
        ("each of the claims", {"each of the claims"}),
        ("in all languages; claims", set()),
        ("this works for every one", set()),
    ],
)
def test_sentences_on_all_of_something_are_found(text, words):
    assert whole(text) == words
