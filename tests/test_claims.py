"""The ledger of claims, the verdicts in the chapters, and the self-check of the exercises."""

import re
from collections import Counter
from pathlib import Path

import ledger
import nbformat
import numpy as np
import pytest
import yaml

from aigc_lib import claims

ROOT = Path(__file__).parent.parent
ROWS = claims.load_ledger()
SETTLED = [claim_id for claim_id, row in ROWS.items() if "verdict" in row]


def test_ledger_has_every_claim_of_the_article():
    assert len(ROWS) == 26
    for row in ROWS.values():
        assert row["section"]
        assert row["claim"].endswith(".")
        fields = set(row) & {"verdict", "chapter", "cell", "coming"}
        assert fields in ({"verdict", "chapter", "cell"}, {"coming"}), row["id"]


@pytest.mark.parametrize("claim_id", SETTLED)
def test_each_verdict_stands_in_the_cell_that_the_ledger_names(claim_id):
    assert claims.VERDICTS.count(ROWS[claim_id]["verdict"]) == 1
    assert "**Measured:** " in ledger.stored_verdict(ROWS[claim_id], ROOT / "chapters")


def test_each_verdict_of_a_chapter_stands_in_the_ledger():
    for path in (ROOT / "chapters").glob("*.ipynb"):
        for cell in nbformat.read(path, as_version=4).cells:
            if cell.cell_type == "code":
                for claim_id in re.findall(r'settle\(\s*"([a-z0-9-]+)"', cell.source):
                    assert claim_id in SETTLED, f"{path.name}, cell {cell.id}"


def test_evidence_and_ledger_cannot_part():
    claim_id = SETTLED[0]
    verdict = ROWS[claim_id]["verdict"]
    other = next(each for each in claims.VERDICTS if each != verdict)
    with pytest.raises(AssertionError, match=f"{other!r}, but the ledger says {verdict!r}"):
        claims.settle(claim_id, other, "")


def test_a_claim_that_the_ledger_has_as_open_cannot_be_settled_in_passing():
    pending = next(claim_id for claim_id in ROWS if claim_id not in SETTLED)
    with pytest.raises(AssertionError, match="not settled"):
        claims.settle(pending, "holds", "")


def test_unknown_claims_and_verdicts_are_refused():
    with pytest.raises(ValueError, match="'no-such-claim'"):
        claims.settle("no-such-claim", "holds", "")
    with pytest.raises(ValueError, match="'maybe'"):
        claims.settle(SETTLED[0], "maybe", "")


def test_verdict_is_shown_with_claim_and_finding(monkeypatch):
    shown = []
    monkeypatch.setattr(claims, "display", shown.append)
    row = ROWS[SETTLED[0]]
    claims.settle(row["id"], row["verdict"], "it was 42")
    (box,) = shown
    for part in (row["id"], row["verdict"], row["section"], row["claim"], "it was 42"):
        assert part in box.data


def test_ledger_refuses_another_verdict_and_a_double_id(tmp_path):
    row = {"id": "a", "section": "1", "claim": "A.", "verdict": "maybe"}
    path = tmp_path / "claims.yml"
    path.write_text(yaml.safe_dump([row]), "utf-8")
    with pytest.raises(ValueError, match="'maybe'"):
        claims.load_ledger(path)
    row["verdict"] = "holds"
    path.write_text(yaml.safe_dump([row, row]), "utf-8")
    with pytest.raises(ValueError, match="2 rows but only 1 ids"):
        claims.load_ledger(path)


# --- the page ----------------------------------------------------------------------------------


@pytest.fixture
def small(tmp_path) -> dict[str, str]:
    """A chapter with one settled claim; its row of the ledger."""
    row = {"id": "a", "section": "1", "claim": "A.", "verdict": "wrong"}
    row |= {"chapter": "99-small", "cell": "claim-a"}
    cell = nbformat.v4.new_code_cell('settle("a", evidence, "it was 42")', id="claim-a")
    text = "> **Verdict: wrong.** Claim `a`, section 1 of the article: *A.*\n>\n"
    data = {"text/markdown": text + "> **Measured:** it was 42"}
    cell.outputs = [nbformat.v4.new_output("display_data", data)]
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), tmp_path / "99-small.ipynb")
    return row


def test_page_has_counts_settled_and_open_rows(small, tmp_path):
    pending = {"id": "b", "section": "2", "claim": "B.", "coming": "chapter 100"}
    (tmp_path / "claims.yml").write_text(yaml.safe_dump([small, pending]), "utf-8")
    page = ledger.rows_as_markdown(tmp_path / "claims.yml", tmp_path)
    assert page.startswith("**2 claims, 1 settled:** 1 × wrong.")
    settled, waiting = page.split("## Not yet settled")
    assert all(part in settled for part in ("`a`", "it was 42", "(99-small.ipynb#cell-id=claim-a)"))
    assert all(part in waiting for part in ("`b`", "chapter 100"))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"verdict": "holds"}, "does not show 'holds'"),
        ({"cell": "claim-b"}, "shows 0 verdicts"),
        ({"chapter": "98-gone"}, "shows 0 verdicts"),
        ({"id": "c"}, "shows 0 verdicts"),
    ],
)
def test_a_changed_verdict_or_a_deleted_cell_is_found(small, tmp_path, change, said):
    assert "it was 42" in ledger.stored_verdict(small, tmp_path)
    with pytest.raises(ValueError, match=said):
        ledger.stored_verdict(small | change, tmp_path)


# --- the works that the article recommends -----------------------------------------------------


def test_every_recommended_work_has_a_finding_and_where_to_look():
    works = yaml.safe_load((ROOT / "aigc_lib/cited_works.yml").read_text("utf-8"))
    assert Counter(work["kind"] for work in works) == {"book": 6, "paper": 6, "tool": 6}
    for work in works:
        needed = {"nearest", "seen"} if work["found"] == "not found" else {"right"}
        assert work.keys() - {"kind", "title", "author", "found"} == needed, work["title"]


def test_list_of_recommended_works_has_counts_and_each_work_once(tmp_path):
    path = tmp_path / "works.yml"
    found = {"kind": "book", "title": "A", "author": "B", "found": "otherwise", "right": "by C"}
    lost = {"kind": "tool", "title": "D", "found": "not found", "seen": "S.", "nearest": "N"}
    path.write_text(yaml.safe_dump([found, lost]), "utf-8")
    page = ledger.works_as_markdown(path)
    assert page.startswith("**2 works:** 0 × exists as cited, 1 × exists otherwise, 1 × could not")
    assert "- *A* (B): by C." in page
    assert "- *D*: S. To read instead: N." in page


# --- exercises ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (None, "Not tried yet."),
        ([None, 0.5], "Not tried yet."),
        (0.5, "Right."),
        (0.5009, "Right."),
        (0.6, "Not yet: off by 0.1, allowed is 0.001."),
        ([0.5, 0.5], "Not yet: expected shape (), got (2,)."),
        (np.nan, "Not yet: off by nan, allowed is 0.001."),
    ],
)
def test_check_of_an_exercise(capsys, answer, said):
    claims.check(answer, 0.5, tolerance=1e-3)
    assert capsys.readouterr().out == said + "\n"


def test_check_of_integers_does_not_wrap_around(capsys):
    claims.check(np.array([0], "uint8"), np.array([1], "uint8"), tolerance=0)
    assert "off by 1" in capsys.readouterr().out
