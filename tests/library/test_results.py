"""The stored rows: what readers get, and what damaged files say."""

import hashlib
import json
import re
import shutil
import subprocess
import sys

import pytest

from aigc_lib import results

MAKE = {
    "date": "2026-11-24",
    "processor": "a processor",
    "tensorflow": "2.21.0",
    "keras": "3.15.1",
    "numpy": "2.4.6",
    "python": "3.11.7",
    "code": None,
}
ROWS = [
    {"make": 0, "model": "GAN", "seed": 0, "score": 9.5, "alive": True, "path": [1, 2.5]},
    {"make": 1, "model": "GAN", "seed": 1, "score": 9, "alive": True, "path": []},
    {"make": 1, "model": "VAE", "seed": 0, "alive": False},
]
CONTENT = {"key": ["model", "seed"], "makes": [MAKE, MAKE | {"code": "ab12"}], "rows": ROWS}


def signed(content) -> str:
    """A content as text, and if it is a dict with the digest that fits it."""
    text = json.dumps(content)
    if not isinstance(content, dict):
        return text
    body = text.removeprefix("{")
    return f'{{"sha256": "{hashlib.sha256(body.encode()).hexdigest()}",\n{body}'


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder of results of its own, with one good file."""
    monkeypatch.setattr(results, "_FOLDER", tmp_path)
    (tmp_path / "race.json").write_text(signed(CONTENT))
    return tmp_path


def test_rows_bring_their_makes(folder):
    found = results.rows("race")
    assert [row["made"]["code"] for row in found] == [None, "ab12", "ab12"]
    for row, stored in zip(found, ROWS, strict=True):
        assert {**row, "made": 0} == {**{k: v for k, v in stored.items() if k != "make"}, "made": 0}


def test_what_is_written_reads_back(folder):
    found = results.rows("race")
    text = results._text(CONTENT["key"], found)
    assert len(text.splitlines()) == 3 + len(CONTENT["makes"]) + 2 + len(ROWS) + 1  # one a line
    (folder / "race.json").write_text(text)
    assert results.rows("race") == found


def test_an_unknown_name_lists_the_known_ones(folder):
    (folder / "other.json").write_text("")
    for name in ("rase", "../results/race", "race.json"):
        with pytest.raises(ValueError, match=r"other, race, but got"):
            results.rows(name)


def without(content: dict, name: str) -> dict:
    return {key: value for key, value in content.items() if key != name}


def changed(place: int, **columns) -> dict:
    """The good content with other values in one row."""
    rows = [row | columns if i == place else row for i, row in enumerate(ROWS)]
    return CONTENT | {"rows": rows}


GOOD = signed(CONTENT)
DAMAGED = {
    "no bytes": ("", "damaged or half-written: Expecting value"),
    "half of it": (GOOD[: len(GOOD) // 2], "damaged or half-written"),
    "twice": (GOOD + GOOD, "damaged or half-written: Extra data"),
    "two versions": ("<<<<<<< HEAD\n" + GOOD, "damaged or half-written"),
    "no text": (b"\xff\xfe\xfa", "damaged or half-written"),
    "a bare list": (ROWS, "has no digest"),
    "no makes": (without(CONTENT, "makes"), "no list 'makes'"),
    "no rows": (without(CONTENT, "rows"), "no list 'rows'"),
    "rows as a dict": (CONTENT | {"rows": {}}, "no list 'rows'"),
    "no key": (CONTENT | {"key": []}, r"the key \[\]"),
    "a make of another kind": (CONTENT | {"makes": [MAKE, "today"]}, "make 1 is 'today'"),
    "a make without a field": (
        CONTENT | {"makes": [without(MAKE, "keras"), MAKE]},
        "make 0 has nothing for 'keras'",
    ),
    "a make without code": (
        CONTENT | {"makes": [MAKE, without(MAKE, "code")]},
        "make 1 has nothing for 'code'",
    ),
    "a make with a number": (
        CONTENT | {"makes": [MAKE | {"numpy": 2.4}, MAKE]},
        "make 0 has 2.4 for 'numpy'",
    ),
    "a row of another kind": (CONTENT | {"rows": [*ROWS, 5]}, "row 3 is 5"),
    "no make": (CONTENT | {"rows": [without(ROWS[0], "make")]}, "row 0 has the make None"),
    "a make too far": (changed(1, make=2), r"row 1 has the make 2; expected 0 … 1"),
    "a make from the end": (changed(1, make=-1), "row 1 has the make -1"),
    "a make that is none": (changed(1, make=True), "row 1 has the make True"),
    "a key column missing": (
        CONTENT | {"rows": [*ROWS, without(ROWS[0], "seed")]},
        "row 3 has no number or text for its key column 'seed'",
    ),
    "a key column of lists": (
        CONTENT | {"key": ["path"]},
        "row 0 has no number or text for its key column 'path'",
    ),
    "a double key": (changed(1, seed=0), r"rows 0 and 1 have one key, \('GAN', 0\)"),
    "the same number": (changed(1, seed=0.0), "rows 0 and 1 have one key"),
    "a text for a number": (changed(1, score="9"), r"row 1 has score = '9'; expected a number"),
    "a truth value for a number": (changed(1, score=True), "expected a number"),
    "a number for a list": (changed(1, path=3), "expected a list"),
    "nothing for a number": (changed(1, score=None), "row 1 has score = None"),
    "no digest": (json.dumps(CONTENT), "has no digest"),
    "a digest that is none": (json.dumps({"sha256": "0", **CONTENT}), "has no digest"),
    "a dict": (changed(0, score={}), r"row 0 has score = \{\}; expected a truth value, number"),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_file_says_file_finding_and_remedy(folder, name):
    content, said = DAMAGED[name]
    text = content if isinstance(content, str | bytes) else signed(content)
    (folder / "race.json").write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ValueError, match=said) as caught:
        results.rows("race")
    message = str(caught.value)
    assert message.startswith(str(folder / "race.json"))
    assert "git checkout -- aigc_lib/results/race.json" in message
    assert "python -m bench.race" in message


CHANGES = {
    "a digit of a number": ("9.5", "9.6"),
    "a digit of a seed": ('"seed": 1', '"seed": 2'),
    "a truth value": ("false", "true"),
    "the day of a make": ("2026-11-24", "2026-11-25"),
    "the make of a row": ('"make": 1', '"make": 0'),
    "a row less": (", " + json.dumps(ROWS[2]), ""),
    "a column less": (', "score": 9,', ","),
    "a space": ('"seed": 1', '"seed":  1'),
    "a line ending": ('",\n', '",\r\n'),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_is_noticed_before_it_is_shown(folder, name):
    """A stored number that is not the measured one, in a file that is well-formed otherwise."""
    path, (old, new) = folder / "race.json", CHANGES[name]
    results.rows("race")
    assert old in GOOD
    path.write_bytes(GOOD.replace(old, new, 1).encode())
    with pytest.raises(ValueError, match=r"digest|SHA-256") as caught:
        results.rows("race")
    message = str(caught.value)
    assert message.startswith(str(path))
    assert "git checkout -- aigc_lib/results/race.json" in message
    assert "python -m bench.race" in message
    if "SHA-256" in message:
        body = path.read_bytes().partition(b"\n")[2]
        assert re.findall("[0-9a-f]{64}", message) == [
            GOOD[12:76],
            hashlib.sha256(body).hexdigest(),
        ]


@pytest.mark.parametrize("name", sorted(path.stem for path in results._FOLDER.glob("*.json")))
def test_each_digit_of_the_stored_files_counts(name, tmp_path, monkeypatch):
    """A digit of a shipped result that could be changed without anyone noticing."""
    stored = (results._FOLDER / f"{name}.json").read_bytes()
    monkeypatch.setattr(results, "_FOLDER", tmp_path)
    digits = [place for place, byte in enumerate(stored) if chr(byte).isdigit()]
    for place in digits[:: max(1, len(digits) // 20)]:
        other = b"1" if stored[place : place + 1] != b"1" else b"2"
        (tmp_path / f"{name}.json").write_bytes(stored[:place] + other + stored[place + 1 :])
        with pytest.raises(ValueError, match=r"not as it was measured|digest"):
            results.rows(name)


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="needs sha256sum")
def test_the_digest_is_what_the_docstring_says(folder):
    """A description of the digest with which nobody could check it."""
    command = f"tail -n +2 {folder}/race.json | sha256sum"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=True)
    assert done.stdout[:64] == GOOD[12:76]


def test_an_empty_folder_says_how_to_get_the_rows(tmp_path, monkeypatch):
    """A list of known names that is empty."""
    monkeypatch.setattr(results, "_FOLDER", tmp_path / "gone")
    with pytest.raises(
        ValueError, match=r"gone has no stored rows\. Restore it with: git checkout"
    ):
        results.rows("race")


@pytest.mark.parametrize("name", [None, 3, ["race"], b"race", ""])
def test_a_name_that_is_no_name_lists_the_known_ones(folder, name):
    """An argument of another kind, answered by an error from inside."""
    with pytest.raises(ValueError, match="expected the name of a bench with stored rows, race"):
        results.rows(name)


def test_reading_rows_needs_the_standard_library_only():
    code = (
        "import sys; from aigc_lib import results; results.rows('gan_vs_vae'); print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"numpy", "keras", "tensorflow"} & set(done.stdout.split())
