"""Quatrains and the rules that they keep: the tables behind the rules, and the rules themselves."""

import itertools
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aigc_lib import verse

KINDS = [(5, "Tang"), (7, "Tang"), (7, "Song")]
PARTS = [(part, *kind) for part in ("train", "test") for kind in KINDS]
# Li Bai, "Leaving Baidi early": a poem that keeps all rules
BAIDI = ("朝辭白帝彩雲間", "千里江陵一日還", "兩岸猿聲啼不住", "輕舟已過萬重山")


# The shipped poems


@pytest.mark.parametrize(("part", "characters", "dynasty"), PARTS)
def test_every_poem_has_its_form_and_comes_once(part, characters, dynasty):
    poems = verse.quatrains(part, characters, dynasty)
    assert len({each.lines for each in poems}) == len(poems) > 150
    for each in poems:
        assert each.dynasty == dynasty
        assert each.author
        assert verse.keeps(each)["form"]
        assert set(map(len, each.lines)) == {characters}
        assert each.text.split("\n") == list(each.lines)


def test_all_of_the_tang_and_many_of_the_song():
    counts = [sum(len(verse.quatrains(p, *kind)) for p in ("train", "test")) for kind in KINDS]
    assert counts[0] > 3_600
    assert counts[1] > 10_000
    assert 12_000 <= counts[2] <= 15_000


@pytest.mark.parametrize("kind", KINDS)
def test_a_twentieth_is_held_out(kind):
    train, test = (len(verse.quatrains(part, *kind)) for part in ("train", "test"))
    assert test == pytest.approx((train + test) / 20, rel=0.02)


def test_no_line_stands_in_training_and_test():
    lines = {"train": set(), "test": set()}
    for part, *kind in PARTS:
        lines[part] |= {line for each in verse.quatrains(part, *kind) for line in each.lines}
    assert not lines["train"] & lines["test"]


def test_a_list_of_poems_belongs_to_its_caller():
    verse.quatrains("test", 5).clear()
    verse.rhyme_classes().clear()
    assert verse.quatrains("test", 5)
    assert verse.rhyme_classes()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("validation",), "but got 'validation'"),
        ((None,), "but got None"),
        (("test", 6), "among Song 7, Tang 5, Tang 7, but got 'Tang' and 6"),
        (("test", 5, "Song"), "but got 'Song' and 5"),
        (("test", 7, "Ming"), "but got 'Ming' and 7"),
        (("test", 7, None), "but got None and 7"),
        (("test", "7"), "but got '7'"),
        (("test", True), "but got True"),
    ],
)
def test_poems_that_are_not_shipped_are_told(arguments, said):
    with pytest.raises((ValueError, TypeError), match=f"expected .*{said}"):
        verse.quatrains(*arguments)


# Tones


def test_tones_of_characters_that_every_reader_knows():
    assert {verse.tone(each) for each in "天山風花春人秋雲"} == {"level"}
    assert {verse.tone(each) for each in "地水月鳥日酒白玉"} == {"oblique"}
    assert {verse.tone(each) for each in "過看重"} == {"either"}
    assert {verse.tone(each) for each in "a，□ 〇"} == {None}


@given(st.lists(st.lists(st.sampled_from("lo*"), min_size=3, max_size=3), min_size=4, max_size=4))
def test_the_tone_rule_equals_a_table_of_signs(pattern):
    """Level and oblique as +1 and -1, both as 0: the rule is a product of signs."""
    signs = np.array([["l*o".index(each) for each in row] for row in pattern]) - 1
    rule = np.outer([1, -1, -1, 1], [1, -1, 1])
    for characters in (5, 7):
        here = (signs * rule)[:, : characters // 2]
        expected = (here >= 0).all() or (here <= 0).all()
        letter = {"l": "天", "o": "地", "*": "過"}
        lines = ["春" + "".join(letter[each] + "春" for each in row) for row in pattern]
        assert verse.keeps([line[:characters] for line in lines])["tones"] == expected


def test_a_tone_that_is_not_known_is_no_answer():
    odd = next(chr(code) for code in range(0x3400, 0x3500) if verse.tone(chr(code)) is None)
    unknown = (BAIDI[0], BAIDI[1][0] + odd + BAIDI[1][2:], *BAIDI[2:])
    assert verse.keeps(unknown) == {"form": True, "rhyme": True, "tones": None}
    elsewhere = (BAIDI[0], odd + BAIDI[1][1:], *BAIDI[2:])  # at an odd place: nobody asks
    assert verse.keeps(elsewhere)["tones"] is True


# Rhymes


def by_hand(pairs: Counter, lift: float) -> set[frozenset[str]]:
    """`verse.merged`, every ratio computed anew from the members of the classes."""
    groups = [frozenset(each) for each in sorted({a for a, _ in pairs})]
    total = sum(pairs.values())

    def ratio(one: frozenset[str], other: frozenset[str]) -> float:
        between = sum(pairs[a, b] for a in one for b in other)
        ends = [sum(n for (a, _), n in pairs.items() if a in each) for each in (one, other)]
        return between * total / (ends[0] * ends[1])

    while len(groups) > 1:
        best = max(itertools.combinations(groups, 2), key=lambda two: ratio(*two))
        if ratio(*best) < lift:
            break
        groups = [each for each in groups if each not in best] + [best[0] | best[1]]
    return set(groups)


@given(st.integers(0, 1000))
def test_merging_equals_the_slow_way(seed):
    rng = np.random.default_rng(seed)
    pairs: Counter[tuple[str, str]] = Counter()
    for a, b in itertools.combinations("abcdefg", 2):
        n = int(rng.integers(0, 1_000_000)) * int(rng.random() < 0.5)  # no two ratios are equal
        if n:
            pairs[a, b] = pairs[b, a] = n
    if pairs:
        found = {frozenset(each) for each in verse.merged(pairs, lift=1.5)}
        assert found == by_hand(pairs, lift=1.5)


def test_merging_finds_planted_classes_through_noise():
    rng = np.random.default_rng(0)
    planted = ["abcdefghij", "klmnopqrst", "uvwxyzABCD"]
    pairs: Counter[tuple[str, str]] = Counter()
    for _ in range(3000):
        home = planted[rng.integers(3)]
        home = home if rng.random() < 0.9 else "".join(planted)
        a, b = rng.choice(list(home), 2, replace=False).tolist()
        pairs[a, b] += 1
        pairs[b, a] += 1
    assert sorted(map(sorted, verse.merged(pairs, lift=1.5))) == sorted(map(sorted, planted))


def test_rhymes_are_those_of_the_rhyme_books():
    for group in ("東風空中紅", "山間還關閒", "陽香長霜鄉", "流秋愁樓舟", "人春新塵身"):
        assert all(verse.rhymes(a, b) for a, b in itertools.permutations(group, 2))
        assert len({verse.rhyme_classes()[each] for each in group}) == 1
    for a, b in ("東山", "陽流", "人香", "秋月"):
        assert not verse.rhymes(a, b)
    assert not verse.rhymes("山", "山")
    assert not verse.rhymes("山", "a")


def test_the_judge_does_not_call_everything_a_rhyme():
    """All pairs of the ends of held-out second lines, most of which do not belong together."""
    ends = [each.lines[1][-1] for each in verse.quatrains("test")]
    found = [verse.rhymes(a, b) for a, b in itertools.combinations(ends, 2)]
    assert np.mean(found) < 0.07


@pytest.mark.parametrize("character", ["", "山間", None, 3, ["山"]])
def test_what_is_no_character_is_told(character):
    for take in (verse.tone, lambda x: verse.rhymes("山", x), lambda x: verse.rhymes(x, "山")):
        with pytest.raises((ValueError, TypeError), match=r"expected .*character.*but got"):
            take(character)


# All rules


def rates(poems: list) -> list[float]:
    """Shares that keep form, rhyme, tones; without those whose tones are not known."""
    kept = [verse.keeps(each) for each in poems]
    known = [[each[rule] for each in kept if each[rule] is not None] for rule in kept[0]]
    return [float(np.mean(each)) for each in known]


def test_the_rules_tell_real_poems_from_shuffled_ones():
    """Ceiling and floor of the judge, on held-out poems of seven characters."""
    poems = verse.quatrains("test")
    rng = np.random.default_rng(0)
    lines = [line for each in poems for line in each.lines]
    mixed = [rng.choice(lines, 4, replace=False).tolist() for _ in range(2000)]
    letters = [rng.permutation(list("".join(each.lines))).reshape(4, 7) for each in poems]
    scrambled = [["".join(line) for line in each] for each in letters]
    form, rhyme, tones = rates(poems)
    assert form == 1
    assert 0.94 < rhyme < 0.99
    assert 0.70 < tones < 0.79
    form, rhyme, tones = rates(mixed)
    assert form == 1
    assert 0.02 < rhyme < 0.07
    assert 0.07 < tones < 0.14
    form, rhyme, tones = rates(scrambled)
    assert form == 1
    assert rhyme < 0.06
    assert tones < 0.02


def test_a_poem_may_come_as_lines_or_as_text():
    poem = verse.Quatrain("李白", "Tang", BAIDI)
    kept = {"form": True, "rhyme": True, "tones": True}
    for each in (poem, BAIDI, list(BAIDI), poem.text):
        assert verse.keeps(each) == kept


def test_each_rule_fails_by_itself():
    first, second, third, fourth = BAIDI
    assert verse.keeps((first, second, third, fourth[:6] + "流")) == {
        **{"form": True, "rhyme": False, "tones": True}
    }
    swapped = verse.keeps((second, first, third, fourth))  # line 2 no longer sticks to line 3
    assert swapped == {"form": True, "rhyme": True, "tones": False}


@pytest.mark.parametrize(
    "lines",
    [
        [],
        BAIDI[:3],
        (*BAIDI, BAIDI[0]),
        [line[:6] for line in BAIDI],
        (BAIDI[0][:5], *BAIDI[1:]),
        (BAIDI[0][:6] + "，", *BAIDI[1:]),
        (BAIDI[0][:6] + "□", *BAIDI[1:]),
        ["a" * 7] * 4,
        "",
        "\n".join(BAIDI) + "\n",
    ],
)
def test_without_form_no_rule_is_kept(lines):
    assert verse.keeps(lines) == {"form": False, "rhyme": False, "tones": False}


@pytest.mark.parametrize("poem", [None, 3, [1, 2, 3, 4], [*BAIDI[:3], None], {*BAIDI}, iter(BAIDI)])
def test_what_is_no_poem_is_told(poem):
    with pytest.raises(TypeError, match="expected a poem, its lines or its text, but got"):
        verse.keeps(poem)
