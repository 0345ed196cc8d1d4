"""The ledger of claims, and the verdicts that a cell shows."""

import pytest
import yaml

from aigc_lib import claims

ROWS = claims.load_ledger()
SETTLED = [claim_id for claim_id, row in ROWS.items() if "verdict" in row]


def test_ledger_has_every_claim_of_the_article():
    assert len(ROWS) == 26
    for row in ROWS.values():
        assert isinstance(row["section"], str)
        assert row["claim"].endswith(".")
        fields = set(row) & {"verdict", "chapter", "cell", "coming"}
        assert fields in ({"verdict", "chapter", "cell"}, {"coming"}), row["id"]


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


def test_a_verdict_is_shown_once_as_markdown_and_as_data(monkeypatch):
    shown = []
    monkeypatch.setattr(claims, "display", lambda data, raw: shown.append((data, raw)))
    row = ROWS[SETTLED[0]]
    claims.settle(row["id"], row["verdict"], "it was 42")
    ((data, raw),) = shown
    assert raw  # the mime types are shown as they are
    assert data.keys() == {"text/markdown", "application/vnd.aigc.verdict+json"}
    assert data["application/vnd.aigc.verdict+json"] == {
        "claim": row["id"],
        "verdict": row["verdict"],
        "section": row["section"],
        "text": row["claim"],
        "finding": "it was 42",
    }
    for part in (row["id"], row["verdict"], row["section"], row["claim"], "it was 42"):
        assert part in data["text/markdown"]


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


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"id": "`a`"}, "expected an id of letters.*'`a`'"),
        ({"id": "a b"}, "'a b'"),
        ({"section": 1.1}, "a text as section of a, but .* has 1.1. Put it in quotes"),
        ({"claim": ["A."]}, "a text as claim of a"),
        ({"coming": None}, "a text as coming of a"),
    ],
)
def test_ledger_refuses_an_id_or_a_field_that_a_page_cannot_show(tmp_path, change, said):
    """Holds off a row of which a page would show something else than was written."""
    path = tmp_path / "claims.yml"
    row = {"id": "a", "section": "1", "claim": "A.", "coming": "later"}
    path.write_text(yaml.safe_dump([row | change]), "utf-8")
    with pytest.raises(ValueError, match=said):
        claims.load_ledger(path)
