"""The ledger of claims, and the verdicts that a cell shows."""

import re

import pytest

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
        claims.settle(claim_id, other, "it was 42")


def test_a_claim_that_the_ledger_has_as_open_cannot_be_settled_in_passing():
    pending = next(claim_id for claim_id in ROWS if claim_id not in SETTLED)
    with pytest.raises(AssertionError, match="not settled"):
        claims.settle(pending, "holds", "it was 42")


def test_unknown_claims_and_verdicts_are_refused():
    with pytest.raises(ValueError, match="'no-such-claim'"):
        claims.settle("no-such-claim", "holds", "it was 42")
    with pytest.raises(ValueError, match="'maybe'"):
        claims.settle(SETTLED[0], "maybe", "it was 42")


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


@pytest.mark.parametrize("place", range(3))
@pytest.mark.parametrize("value", [None, True, 0.5, ["holds"], b"holds"])
def test_an_argument_that_is_no_text_is_named(place, value):
    """An evidence that is a comparison, a finding that is a number: shown, or an error inside."""
    arguments = [SETTLED[0], ROWS[SETTLED[0]]["verdict"], "it was 42"]
    arguments[place] = value
    name = ("claim_id", "evidence", "finding")[place]
    with pytest.raises(
        TypeError, match=f"expected a text as {name}, .* but got {re.escape(repr(value))}"
    ):
        claims.settle(*arguments)


@pytest.mark.parametrize("finding", ["", " ", "\n", "it was 42\n\nand more", "one\ntwo"])
def test_a_finding_is_a_sentence_on_one_line(finding):
    """A verdict without a measurement, or one of which half stands outside the box."""
    with pytest.raises(ValueError, match="expected the finding to be a sentence on one line"):
        claims.settle(SETTLED[0], ROWS[SETTLED[0]]["verdict"], finding)


ROW = """\
- id: a
  section: "1"
  claim: A.
  verdict: holds
  chapter: 99-small
  cell: claim-a
"""
BROKEN = {  # what claims.yml holds; what is said of it
    "nothing": ("", "but got nothing"),
    "a comment alone": ("# rows\n", "but got nothing"),
    "a text": ("rows", "but got 'rows'"),
    "a row without a list": ("id: a", r"but got \{'id': 'a'\}"),
    "no YAML": ("- id: [", "cannot be read as YAML"),
    "a tab": ("-\tid: a\n\tclaim: A.", "cannot be read as YAML"),
    "a colon in a text": (ROW.replace("A.", "A: B: C."), "cannot be read as YAML"),
    "two versions": ("<<<<<<< HEAD\n" + ROW, "cannot be read as YAML"),
    "two documents": (ROW + "---\n" + ROW, "cannot be read as YAML"),
    "a command": ("- !!python/object/apply:os.getcwd []", "cannot be read as YAML"),
    "no text at all": (b"\xff\xfe", "cannot be read as YAML"),
    "a text as a row": (ROW + "- b\n", "row 2 of .* to have fields, but got 'b'"),
    "an empty row": (ROW + "-\n", "row 2 of .* to have fields, but got None"),
    "no id": (ROW.replace("id: a", "ID: a"), "row 1 of .* has no 'id', only ID, section"),
    "a number as an id": (ROW.replace("id: a", "id: 5"), "a text for 'id' in row 1 .* got 5"),
    "a list as an id": (ROW.replace("id: a", "id: [a]"), r"a text for 'id' in row 1 .* got \['a'"),
    "a section as a number": (
        ROW.replace('"1"', "1.10"),
        "a text for 'section' .* got 1.1.* quotes",
    ),
    "a verdict of YAML's": (ROW.replace("holds", "no"), "a text for 'verdict' .* got False"),
    "an empty field": (ROW.replace("holds", ""), "a text for 'verdict' .* got None"),
    "a blank field": (ROW.replace("A.", '" "'), "a text for 'claim' .* got ' '"),
    "a list as a field": (ROW + "  [a]: b\n", "cannot be read as YAML"),
    "a field twice": (ROW + "  verdict: wrong\n", "a field that this row has already"),
    "an id twice": (ROW + ROW, "rows 1 and 2 of .* have one id, 'a'"),
    "another verdict": (ROW.replace("holds", "maybe"), "holds with limits.*verdict of a.*'maybe'"),
    "an unknown field": (ROW + "  note: x\n", "expected a to have the fields .* cell, note"),
    "settled and open": (ROW + "  coming: soon\n", "expected a to have the fields"),
    "neither": (ROW.split("  verdict")[0], "expected a to have the fields"),
    "a verdict without its cell": (ROW.split("  cell")[0], "expected a to have the fields"),
    "no claim": (ROW.replace("  claim: A.\n", ""), "expected a to have the fields"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_ledger_says_file_fault_and_remedy(tmp_path, name):
    """A row that is read as something else, or fails far from the file that is wrong."""
    content, said = BROKEN[name]
    path = tmp_path / "claims.yml"
    path.write_text(ROW, "utf-8")
    assert claims.load_ledger(str(path))["a"]["cell"] == "claim-a"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(ValueError, match=f"(?s){said}") as caught:
        claims.load_ledger(path)
    assert str(path) in str(caught.value)
    remedies = (f"git -C {tmp_path} checkout -- claims.yml", "needs quotes", "Rename or delete")
    assert any(remedy in str(caught.value) for remedy in remedies)


def test_a_ledger_that_is_not_there_is_named(tmp_path):
    """A wrong path, answered without a word on what to do."""
    with pytest.raises(FileNotFoundError, match=r"gone\.yml is missing\. Look at the path"):
        claims.load_ledger(tmp_path / "gone.yml")
