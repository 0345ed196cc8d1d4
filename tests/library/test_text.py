"""Texts: what is shipped, characters as ids, windows, and the models that only count."""

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aigc_lib import text
from aigc_lib._counts import SMOOTHINGS, discounts

ABC = text.Alphabet("abc□", unknown="□")
SMALL = st.lists(st.integers(0, 2), min_size=1, max_size=30)


# The shipped texts


def test_shakespeare_is_cut_at_nine_tenths():
    train, test = text.shakespeare()
    assert 1_050_000 < len(train) + len(test) < 1_200_000
    assert len(test) == pytest.approx(len(train) / 9, abs=1)
    # The test is Julius Caesar, of which the first nine tenths hold a few pages.
    assert train.startswith("ACT I.\n\nScene I. Elsinore.")
    assert test.count("\n\nBRUTUS.\n") > 150 > 10 > train.count("\n\nBRUTUS.\n")


def test_shakespeare_has_no_rare_character_and_no_blank_at_an_end():
    whole = "".join(text.shakespeare())
    counts = Counter(whole)
    assert min(counts.values()) >= 20
    assert counts.keys().isdisjoint("\r\t0123456789{}()/")
    assert " \n" not in whole
    assert "\n\n\n" not in whole


def test_the_authors_have_one_alphabet_and_no_marks_of_an_edition():
    texts = text.authors()
    assert tuple(texts) == text.AUTHORS
    for train, test in texts.values():
        assert len(train) == 4 * len(test) == 192_000
        used = set(train + test)
        assert {each for each in used if not each.isalpha()} == set(" !',-.:;?")
        assert all(each.isascii() for each in used)
        assert "  " not in train + test
        assert "--" not in train + test


@pytest.mark.parametrize(("part", "place"), [("train", 0), ("test", 1)])
def test_passages_are_the_texts_cut_one_after_the_other(part, place):
    passages, labels = text.passages(part, length=70)
    assert set(map(len, passages)) == {70}
    assert len(set(np.bincount(labels))) == 1
    assert labels.dtype == np.int32
    for k, pieces in enumerate(text.authors().values()):
        mine = [each for each, label in zip(passages, labels, strict=True) if label == k]
        assert pieces[place].startswith("".join(mine))
        assert len(pieces[place]) - 70 * len(mine) < 70


def test_no_passage_is_in_both_parts():
    assert not {*text.passages("train")[0]} & {*text.passages("test")[0]}


def test_passages_refuse_other_parts_and_lengths():
    with pytest.raises(ValueError, match="expected the part to be one of 'train', 'test', but got"):
        text.passages("validation")
    with pytest.raises(ValueError, match="expected length to be from 1 to 48000, but got 50000"):
        text.passages("test", 50_000)


# Characters as numbers


@given(st.text(min_size=1))
def test_encoding_and_decoding_give_the_text_back(words):
    alphabet = text.Alphabet.of(words)
    ids = alphabet.encode(words)
    assert ids.dtype == np.int32
    assert alphabet.decode(ids) == words
    assert list(alphabet.characters) == sorted(set(words))
    assert len(alphabet) == len(set(words)) == ids.max() + 1


@given(st.text("abcdefg", min_size=1), st.integers(2, 9))
def test_of_the_most_frequent_characters(words, size):
    alphabet = text.Alphabet.of(words, size, unknown="□")
    kept = set(alphabet.characters) - {"□"}
    assert len(alphabet) == min(size, len(set(words)) + 1)
    counts = Counter(words)
    left_out = [counts[each] for each in counts.keys() - kept]
    assert max(left_out, default=0) <= min((counts[each] for each in kept), default=len(words))
    shown = alphabet.decode(alphabet.encode(words))
    assert shown == "".join(each if each in kept else "□" for each in words)


def test_the_unknown_one_counts_among_the_size_wherever_it_comes_from():
    """A vocabulary of another size than asked for, when the text itself has the sign."""
    assert text.Alphabet.of("aab□", 2, "□").characters == text.Alphabet.of("aab", 2, "□").characters


def test_an_unknown_character_is_named_with_its_place():
    with pytest.raises(ValueError, match=r"but got 'é' at place 3, in 'cafés'"):
        text.Alphabet("acfs").encode("cafés")
    assert ABC.encode("abé").tolist() == [0, 1, 3]
    assert ABC.decode([0, 3]) == "a□"


def test_an_empty_text_has_no_ids():
    assert ABC.encode("").shape == (0,)
    assert ABC.decode([]) == ""


@pytest.mark.parametrize(
    ("characters", "unknown", "said"),
    [
        ("", None, "but got ''"),
        ("abca", None, "with 'a' twice"),
        ("abc", "□", "but got '□'"),
        ("abc", "ab", "but got 'ab'"),
        ("abc", "", "but got ''"),
        ("abc", 3, "but got 3"),
        (["a"], None, r"but got \['a'\]"),
        (None, None, "but got None"),
    ],
)
def test_an_alphabet_that_is_none_is_refused(characters, unknown, said):
    with pytest.raises((ValueError, TypeError), match=f"expected.*{said}"):
        text.Alphabet(characters, unknown)


IDS = {  # no rows of ids from 0 to 3
    "negative": [0, -1],
    "large": [0, 4],
    "fractions": [0.0, 1.5],
    "bool": [True, False],
    "texts": ["a"],
    "deep": [[0, 1]],
    "number": 3,
    "None": None,
    "masked": np.ma.masked_array([0, 1], [True, False]),
}
COUNTED = text.CountModel(2).fit([0, 1, 2, 3], 4)


@pytest.mark.parametrize("ids", IDS.values(), ids=IDS)
@pytest.mark.parametrize(
    "take",
    [
        ABC.decode,
        COUNTED.nats,
        COUNTED.probabilities,
        lambda ids: COUNTED.generate(ids, 3, seed=0),
        lambda ids: text.CountModel(2).fit(ids, 4),
    ],
    ids=["decode", "nats", "probabilities", "generate", "fit"],
)
def test_ids_that_do_not_fit_are_told(take, ids):
    with pytest.raises(ValueError, match=r"expected .*, but got"):
        take(ids)


@pytest.mark.parametrize("words", [None, 3, b"a", ["a"]])
@pytest.mark.parametrize("take", [text.Alphabet.of, ABC.encode, text.nats_of_file])
def test_what_is_no_text_is_told(take, words):
    with pytest.raises(TypeError, match="expected the text to be a text, but got"):
        take(words)


@given(st.integers(1, 6), st.integers(1, 8), st.integers(7, 40))
def test_windows_are_pieces_of_the_row(length, step, n):
    ids = np.arange(n)
    pieces = text.windows(ids, length, step)
    starts = range(0, n - length, step)
    assert pieces.tolist() == [ids[i : i + length + 1].tolist() for i in starts]
    assert pieces.dtype == np.int32
    assert np.array_equal(text.windows(ids, length), text.windows(ids, length, length))


def test_windows_refuse_what_gives_none():
    with pytest.raises(ValueError, match=r"expected more than 5 ids .* but got 5"):
        text.windows(np.arange(5), 5)
    for wrong in ({"length": 0}, {"length": 2, "step": 0}, {"length": 2.5}):
        with pytest.raises((ValueError, TypeError), match=r"expected .* but got"):
            text.windows(np.arange(5), **wrong)
    with pytest.raises(ValueError, match="expected ids of at least 0, but got -1"):
        text.windows([-1, 0, 1], 1)


# Counting


def brute(train: list[int], vocabulary: int, context: list[int], character: int) -> float:
    """The formula in CountModel's docstring, by looking through the text anew for each k."""
    p = 1 / vocabulary
    for k in range(len(context) + 1):
        h = context[len(context) - k :]
        follow = [train[i + k] for i in range(len(train) - k) if train[i : i + k] == h]
        if follow:
            kinds = len(set(follow))
            p = (follow.count(character) + kinds * p) / (len(follow) + kinds)
    return p


@given(SMALL, SMALL, st.integers(0, 6), st.integers(3, 5))
def test_the_count_model_equals_a_program_of_ten_lines(train, test, order, vocabulary):
    model = text.CountModel(order).fit(train, vocabulary)
    look = max(order - 1, 0)  # characters before
    expected = [
        brute(train, vocabulary, test[max(i - look, 0) : i], each) if order else 1 / vocabulary
        for i, each in enumerate(test)
    ]
    np.testing.assert_allclose(np.exp(-model.nats(test)), expected, rtol=1e-12)
    for i in range(len(test)):  # and one context at a time
        assert model.probabilities(test[:i])[test[i]] == pytest.approx(expected[i], rel=1e-12)


def kneser_ney(
    train: tuple[int, ...], vocabulary: int, order: int, text_so_far, character
) -> float:
    """Modified Kneser–Ney from the papers' formula, on a dictionary of runs for each length."""
    levels = min(order, len(train))
    runs = [Counter(train[i : i + k + 1] for i in range(len(train) - k)) for k in range(levels)]
    for k in range(levels - 1):  # below the longest: different characters before
        runs[k] = Counter(longer[1:] for longer in runs[k + 1])
    p = 1 / vocabulary
    for k in range(min(levels, len(text_so_far) + 1)):
        h = tuple(text_so_far[len(text_so_far) - k :])
        n = Counter(runs[k].values())
        off = dict.fromkeys((1, 2, 3), 0.5) | {0: 0}
        if n[1] and n[2] and n[3] and n[4]:
            y = n[1] / (n[1] + 2 * n[2])
            off = {j: min(max(j - (j + 1) * y * n[j + 1] / n[j], 0.05), j) for j in (1, 2, 3)} | {
                0: 0
            }
        follow = {run[-1]: times for run, times in runs[k].items() if run[:-1] == h}
        if sum(follow.values()):
            taken = sum(off[min(times, 3)] for times in follow.values())
            mine = follow.get(character, 0)
            p = (mine - off[min(mine, 3)] + taken * p) / sum(follow.values())
    return p


@given(SMALL, SMALL, st.integers(0, 4), st.integers(3, 5))
def test_kneser_ney_equals_the_formula_on_dictionaries(train, test, order, vocabulary):
    model = text.CountModel(order, "kneser-ney").fit(train, vocabulary)
    look = max(order - 1, 0)
    for i, each in enumerate(test[:8]):
        context = test[max(i - look, 0) : i]
        expected = kneser_ney(tuple(train), vocabulary, order, context, each)
        assert np.exp(-model.nats(test)[i]) == pytest.approx(expected, rel=1e-10)
        assert model.probabilities(test[:i])[each] == pytest.approx(expected, rel=1e-10)


def test_discounts_of_kneser_ney_lie_between_nothing_and_all():
    rng = np.random.default_rng(0)
    found = discounts(rng.geometric(0.5, 10_000))
    assert found.shape == (4,)
    assert found[0] == 0
    assert (np.diff(found) >= 0).all()
    assert discounts(np.array([1, 1, 2])).tolist() == [0, 0.5, 0.5, 0.5]
    few_ones = discounts(np.repeat([1, 2, 3, 4], [1, 9, 1, 9]))  # Y = 1 / 19
    assert discounts(np.repeat([1, 2, 3, 4], [9, 9, 9, 99]))[3] == 0.05  # not below
    np.testing.assert_allclose(few_ones, [0, 1 - 18 / 19, 2 - 3 / (19 * 9), 3 - 36 / 19])


@given(SMALL, SMALL, st.integers(0, 6), st.integers(3, 5), st.sampled_from(SMOOTHINGS))
def test_probabilities_sum_to_one_after_any_context(train, context, order, vocabulary, smoothing):
    p = text.CountModel(order, smoothing).fit(train, vocabulary).probabilities(context)
    assert p.shape == (vocabulary,)
    assert p.min() > 0
    assert p.sum() == pytest.approx(1, rel=1e-12)


def test_order_zero_reads_the_logarithm_of_the_vocabulary():
    model = text.CountModel(0).fit([0, 0, 1], 7)
    np.testing.assert_allclose(model.nats([0, 3, 6]), math.log(7))


def test_a_fit_forgets_the_one_before():
    model = text.CountModel(3).fit([0, 1, 0, 1, 1], 2)
    again = text.CountModel(3).fit([2, 1, 2], 3)
    assert np.array_equal(model.fit([2, 1, 2], 3).nats([1, 2]), again.nats([1, 2]))


def chain(moves: np.ndarray, n: int, seed: int) -> np.ndarray:
    """A draw of a Markov chain from its stationary state on, near enough."""
    rng = np.random.default_rng(seed)
    thresholds, draws = moves.cumsum(axis=1), rng.random(n + 100)
    states = [0]
    for draw in draws:
        states.append(int(np.searchsorted(thresholds[states[-1]], draw)))
    return np.array(states[101:])


def test_perplexity_of_a_markov_chain_converges_to_its_entropy():
    """Orders of 2 and more find the entropy, order 1 only that of single characters."""
    moves = np.array([[0.7, 0.2, 0.1], [0.1, 0.1, 0.8], [0.5, 0.25, 0.25]])
    values, vectors = np.linalg.eig(moves.T)
    stationary = np.real(vectors[:, np.argmax(np.real(values))])
    stationary /= stationary.sum()
    entropy = -(stationary[:, None] * moves * np.log(moves)).sum()
    test = chain(moves, 40_000, seed=1)
    truth = -np.log(np.concatenate([stationary[test[:1]], moves[test[:-1], test[1:]]]))
    excess = []  # over the chain's own probabilities; on average a Kullback–Leibler divergence
    for n in (100, 1_000, 100_000):
        nats = text.CountModel(2).fit(chain(moves, n, seed=0), 3).nats(test)
        excess.append(nats.mean() - truth.mean())
    blocks = nats.reshape(100, -1).mean(axis=1)  # long enough to be independent
    error = blocks.std(ddof=1) / 10
    assert abs(nats.mean() - entropy) < 3 * error < 0.03
    assert excess[0] > 3 * excess[1] > 30 * abs(excess[2])
    single = text.CountModel(1).fit(chain(moves, 100_000, seed=0), 3).nats(test).mean()
    assert single == pytest.approx(-(stationary * np.log(stationary)).sum(), abs=0.01)
    assert single - entropy > 20 * error


def test_the_best_order_on_shakespeare_lies_between():
    """The finding of the chapter, on a part of the text: too short and too long a context lose."""
    train, test = (part[:150_000] for part in text.shakespeare())
    alphabet = text.Alphabet.of("".join(text.shakespeare()))
    ids = alphabet.encode(train), alphabet.encode(test)
    nats = [
        text.CountModel(n).fit(ids[0], len(alphabet)).nats(ids[1]).mean() for n in (0, 1, 2, 4, 8)
    ]
    assert nats[0] == pytest.approx(math.log(len(alphabet)))
    assert min(nats) == nats[3]
    assert nats[1] - nats[3] > 1


@settings(deadline=None)
@given(st.sampled_from([0.5, 1.0, 2.0]))
def test_generated_characters_have_the_probabilities(temperature):
    model = text.CountModel(1).fit([0] * 5 + [1] * 3 + [2] * 2, 3)
    wanted = model.probabilities([]) ** (1 / temperature)
    wanted /= wanted.sum()
    drawn = np.bincount(model.generate([], 4000, seed=0, temperature=temperature), minlength=3)
    assert (abs(drawn / 4000 - wanted) < 4 * np.sqrt(wanted * (1 - wanted) / 4000)).all()


def test_generation_goes_on_from_the_prompt():
    model = text.CountModel(3).fit([0, 1, 2] * 30, 3)
    assert model.generate([0, 1], 6, seed=0, temperature=0).tolist() == [2, 0, 1, 2, 0, 1]
    model.fit([0, 1, 2, 2, 1, 0, 0, 2, 1, 1], 3)
    draws = [model.generate([0, 1], 50, seed).tolist() for seed in (0, 0, 1)]
    assert draws[0] == draws[1] != draws[2]
    assert model.generate([], 3, seed=0).dtype == np.int32


@pytest.mark.parametrize(
    "call",
    [
        lambda: text.CountModel(-1),
        lambda: text.CountModel(2.5),
        lambda: text.CountModel(True),
        lambda: text.CountModel(2, "laplace"),
        lambda: text.CountModel(2).fit([], 3),
        lambda: text.CountModel(2).fit([0], 0),
        lambda: text.CountModel(2).nats([0]),
        lambda: text.CountModel(2).probabilities([0]),
        lambda: text.CountModel(2).generate([0], 1, seed=0),
        lambda: COUNTED.generate([0], 0, seed=0),
        lambda: COUNTED.generate([0], 1, seed=-1),
        lambda: COUNTED.generate([0], 1, seed=0, temperature=-1),
        lambda: COUNTED.generate([0], 1, seed=0, temperature=math.nan),
        lambda: text.bits("one"),
        lambda: text.nats_of_file(""),
        lambda: text.nats_of_file("a", "zip"),
        lambda: text.nats_of_file("a", primed_by=None),
        lambda: text.nats_of_file("a", "bz2", primed_by="b"),
        lambda: text.Alphabet.of("abc", 0),
        lambda: text.Alphabet.of(""),
    ],
)
def test_wrong_arguments_are_told(call):
    with pytest.raises((ValueError, TypeError), match=r"(?s)expected .*but got"):
        call()


# Compressors


def test_bits():
    assert text.bits(math.log(2)) == pytest.approx(1)
    np.testing.assert_allclose(text.bits([0, math.log(4)]), [0, 2])


@pytest.mark.parametrize("compressor", text.COMPRESSORS)
def test_no_compressor_beats_the_entropy_of_random_letters(compressor):
    """Bits for nats, bytes for characters, a file that is not counted whole."""
    letters = "".join(np.random.default_rng(0).choice(list("abcd"), 40_000))
    assert 0.99 * math.log(4) < text.nats_of_file(letters, compressor) < 1.3 * math.log(4)


@pytest.mark.parametrize("compressor", ["xz", "gz"])
def test_a_text_that_was_seen_before_costs_next_to_nothing(compressor):
    letters = "".join(np.random.default_rng(0).choice(list("abcd"), 20_000))
    assert text.nats_of_file(letters, compressor, primed_by=letters) < 0.1
    other = "".join(np.random.default_rng(1).choice(list("abcd"), 20_000))
    assert text.nats_of_file(letters, compressor, primed_by=other) > 0.99 * math.log(4)
