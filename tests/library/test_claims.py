"""The ledger of claims, and the verdicts that a cell shows."""

import re

import pytest
from scipy import stats

from aigc_lib import claims

ROWS = claims.load_ledger()
SETTLED = [claim_id for claim_id, row in ROWS.items() if "verdict" in row]


def test_ledger_has_every_claim_of_the_article():
    assert len(ROWS) == 38
    for row in ROWS.values():
        assert isinstance(row["section"], str)
        assert row["claim"].endswith(".")
        assert row["plain"].endswith(".")
        fields = set(row) & {"verdict", "chapter", "cell", "coming"}
        assert fields in ({"verdict", "chapter", "cell"}, {"coming"}), row["id"]


def test_evidence_and_ledger_cannot_part():
    claim_id = SETTLED[0]
    verdict = ROWS[claim_id]["verdict"]
    other = next(each for each in claims.VERDICTS if each != verdict)
    with pytest.raises(AssertionError, match=f"{other!r}, but the ledger says {verdict!r}"):
        claims.settle(claim_id, other, "it was 42", "holds if 42", None)


def test_a_claim_that_the_ledger_has_as_open_cannot_be_settled_in_passing():
    pending = next(claim_id for claim_id in ROWS if claim_id not in SETTLED)
    with pytest.raises(AssertionError, match="not settled"):
        claims.settle(pending, "holds", "it was 42", "holds if 42", None)


def test_unknown_claims_and_verdicts_are_refused():
    with pytest.raises(ValueError, match="'no-such-claim'"):
        claims.settle("no-such-claim", "holds", "it was 42", "holds if 42", None)
    with pytest.raises(ValueError, match="'maybe'"):
        claims.settle(SETTLED[0], "maybe", "it was 42", "holds if 42", None)


def test_a_verdict_is_shown_once_as_markdown_and_as_data(monkeypatch):
    shown = []
    monkeypatch.setattr(claims, "display", lambda data, raw: shown.append((data, raw)))
    row = ROWS[SETTLED[0]]
    claims.settle(row["id"], row["verdict"], "it was 42", "holds if 42", None)
    ((data, raw),) = shown
    assert raw  # the mime types are shown as they are
    assert data.keys() == {"text/markdown", "application/vnd.aigc.verdict+json"}
    assert data["application/vnd.aigc.verdict+json"] == {
        "claim": row["id"],
        "verdict": row["verdict"],
        "section": row["section"],
        "text": row["claim"],
        "finding": "it was 42",
        "rule": "holds if 42",
        "false_alarm": None,
    }
    parts = (row["id"], row["verdict"], row["section"], row["claim"], "it was 42", "holds if 42")
    for part in (*parts, "not simulated: a proof"):
        assert part in data["text/markdown"]


@pytest.mark.parametrize("place", range(4))
@pytest.mark.parametrize("value", [None, True, 0.5, ["holds"], b"holds"])
def test_an_argument_that_is_no_text_is_named(place, value):
    """An evidence that is a comparison, a finding that is a number: shown, or an error inside."""
    arguments = [SETTLED[0], ROWS[SETTLED[0]]["verdict"], "it was 42", "holds if 42"]
    arguments[place] = value
    name = ("claim_id", "evidence", "finding", "rule")[place]
    with pytest.raises(
        TypeError, match=f"expected a text as {name}, .* but got {re.escape(repr(value))}"
    ):
        claims.settle(*arguments, None)


@pytest.mark.parametrize("place", [2, 3])
@pytest.mark.parametrize("text", ["", " ", "\n", "it was 42\n\nand more", "one\ntwo"])
def test_a_finding_and_a_rule_are_sentences_on_one_line(place, text):
    """A verdict without a measurement, or one of which half stands outside the box."""
    arguments = [SETTLED[0], ROWS[SETTLED[0]]["verdict"], "it was 42", "holds if 42"]
    arguments[place] = text
    name = {2: "finding", 3: "rule"}[place]
    with pytest.raises(ValueError, match=f"expected the {name} to be a sentence on one line"):
        claims.settle(*arguments, None)


@pytest.mark.parametrize("rate", [-0.1, 1.5, float("nan"), "5 %", True])
def test_a_rate_of_false_alarms_is_a_share(rate):
    row = ROWS[SETTLED[0]]
    with pytest.raises((TypeError, ValueError), match="false_alarm"):
        claims.settle(row["id"], row["verdict"], "it was 42", "holds if 42", rate)


# --- false alarms --------------------------------------------------------------------------------


def test_the_rate_of_false_alarms_is_that_of_the_test():
    """Student's test at 5 % on two groups without a difference; two sd of five seeds is more."""

    def students(groups):
        return stats.ttest_ind(*groups).pvalue < 0.05

    def draw(rng):
        return rng.standard_normal((2, 5))

    assert claims.false_alarms(students, draw) == pytest.approx(0.05, abs=0.015)  # 3 s.e.
    assert claims.false_alarms(lambda data: False, draw) == 0.0
    assert claims.false_alarms(lambda data: True, draw, runs=3) == 1.0


def test_a_rate_of_false_alarms_depends_on_its_seed_alone():
    def above(data):
        return data > 1

    rates = [claims.false_alarms(above, lambda rng: rng.normal(), seed=s) for s in (0, 0, 1)]
    assert rates[0] == rates[1] != rates[2]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"rule": True}, "expected a function as rule, but got True"),
        ({"draw": [1, 2]}, "expected a function as draw"),
        ({"rule": lambda data: 0.5}, "expected True or False of the rule, but got 0.5"),
        ({"rule": lambda data: None}, "expected True or False of the rule, but got None"),
        ({"runs": 0}, "runs"),
        ({"runs": 2.5}, "runs"),
        ({"seed": -1}, "seed"),
    ],
)
def test_what_is_no_rule_is_refused(arguments, said):
    fit = {"rule": lambda data: True, "draw": lambda rng: 0.0, "runs": 2}
    with pytest.raises((TypeError, ValueError), match=said):
        claims.false_alarms(**fit | arguments)


ROW = """\
- id: a
  section: "1"
  claim: A.
  plain: We saw A.
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
    "a colon in a text": (ROW.replace(" A.", " A: B: C.", 1), "cannot be read as YAML"),
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
    "a blank field": (ROW.replace(" A.", ' " "', 1), "a text for 'claim' .* got ' '"),
    "a list as a field": (ROW + "  [a]: b\n", "cannot be read as YAML"),
    "a field twice": (ROW + "  verdict: wrong\n", "a field that this row has already"),
    "an id twice": (ROW + ROW, "rows 1 and 2 of .* have one id, 'a'"),
    "another verdict": (ROW.replace("holds", "maybe"), "holds with limits.*verdict of a.*'maybe'"),
    "an unknown field": (ROW + "  note: x\n", "expected a to have the fields .* cell, note"),
    "settled and open": (ROW + "  coming: soon\n", "expected a to have the fields"),
    "neither": (ROW.split("  verdict")[0], "expected a to have the fields"),
    "a verdict without its cell": (ROW.split("  cell")[0], "expected a to have the fields"),
    "no claim": (ROW.replace("  claim: A.\n", ""), "expected a to have the fields"),
    "no plain sentence": (ROW.replace("  plain: We saw A.\n", ""), "expected a to have the fields"),
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


@pytest.mark.parametrize("claim_id", ["`a`", "a b", "<b>", "a*"])
def test_an_id_that_a_page_cannot_show_is_refused(tmp_path, claim_id):
    """An id of which a page would show something else than was written."""
    path = tmp_path / "claims.yml"
    path.write_text(ROW.replace("id: a", f'id: "{claim_id}"'), "utf-8")
    with pytest.raises(ValueError, match="expected an id of letters"):
        claims.load_ledger(path)
