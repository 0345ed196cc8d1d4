"""The article numbers 2.1, 2.2 and 2.3 twice: whoever names such a section says which one."""

import re
from pathlib import Path

import pytest

from aigc_lib import assets, claims
from tools import ROOT
from tools.notebooks import CHAPTERS, notebooks, read

WHICH = r"(?:\s+\((?:first|second|both)\))"
ONE = rf"\d+(?:\.\d+)*{WHICH}?"
# 2.2.1 is a section wherever it stands; 2.2 only behind "section": alone it is a measurement
DEEP = re.compile(rf"(?<![\w.])2\.[123]\.\d(?![\w.]*\d)(?!{WHICH})")
BEHIND = re.compile(
    rf"(?i)(?:\bsections?|§)\s*({ONE}(?:(?:\s*,\s*|\s+)(?:and\s+|or\s+|to\s+)?{ONE})*)"
)
SHORT = re.compile(rf"(?<![\w.])2\.[123](?!\.?\d)(?!{WHICH})")
VERSION = re.compile(
    r"(?i)\b(?:numpy|scipy|keras|tensorflow|python|matplotlib|version)\s+v?\d[\d.]*"
)


def unclear(text: str) -> list[str]:
    """The sections of the article that a text names without saying which of the two."""
    text = VERSION.sub("", text)
    found = DEEP.findall(text)
    for behind in BEHIND.finditer(text):
        found += SHORT.findall(behind[1])
    return found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("the article (2.2.1) says", ["2.2.1"]),
        ("the article (2.2.1 (first)) says", []),
        ("sections 2.3.1 (both) and 2.3.3", ["2.3.3"]),
        ("`gan-steps` (2.2.1 (first),\n2.2.1 (second))", []),
        ("2.2.1 (First)", ["2.2.1"]),
        ("2.2.1(first)", ["2.2.1"]),
        ("it ends with 2.3.2.", ["2.3.2"]),
        ("section 2.3, its stages", ["2.3"]),
        ("Section 2.3 (second) has four", []),
        ("§ 2.1 and §2.2 (first)", ["2.1"]),
        ("sections 1.3, 2.1.3 (second) and 3", []),
        ("sections 1.4, 2.2 and 2.3 (first)", ["2.2"]),
        ("section 1.4 to 2.1", ["2.1"]),
        ("sections 2.4, 2.5 and 2.6.2", []),
        ("scatters 2.3 times as much", []),
        ("in section 2.4 it is 2.3 times", []),
        ("WCAG 2.2 A; NumPy 2.1.3; TensorFlow 2.21.0; 12.2.1; 2.2.1.5", []),
    ],
)
def test_a_section_that_there_is_twice_is_found(text, found):
    assert unclear(text) == found


def section_faults(path: Path) -> list[str]:
    """Each section that a chapter names without saying which of the two, with the remedy."""
    return [
        f"{path.name}, cell {cell.id!r}: the article has two sections {section}. Write which one: "
        f"{section} (first), {section} (second) or {section} (both)."
        for cell in read(path).cells
        for section in unclear(cell.source)
    ]


@pytest.mark.parametrize("path", notebooks(), ids=lambda path: path.stem)
def test_chapters_say_which_section(path):
    found = section_faults(path)
    if found:
        pytest.fail("\n".join(found), pytrace=False)


@pytest.mark.parametrize("claim_id", claims.load_ledger())
def test_claims_say_which_section(claim_id):
    row = claims.load_ledger()[claim_id]
    assert unclear(f"section {row['section']}") + unclear(row["claim"]) == []


def texts() -> list[Path]:
    """Pages and programs; not the tests, which have to name such sections wrongly."""
    code = [path for each in ("aigc_lib", "bench", "tools") for path in (ROOT / each).rglob("*.py")]
    pages = [*CHAPTERS.glob("*.md"), *ROOT.glob("*.md"), *(ROOT / "bench").glob("*.md")]
    return sorted([*code, *pages, assets.path("cited_works.yml")])


def test_pages_and_programs_say_which_section():
    found = {str(p.relative_to(ROOT)): unclear(p.read_text("utf-8")) for p in texts()}
    assert {name: sections for name, sections in found.items() if sections} == {}
