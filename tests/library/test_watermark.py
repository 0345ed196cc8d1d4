"""The mark in texts: green ids, counts, and how sure one can be."""

from itertools import pairwise

import numpy as np
import pytest
from helpers import is_told
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from aigc_lib import watermark

SIZE, KEY = 40, 7


@given(st.integers(0, SIZE - 1), st.integers(0, 10**6), st.sampled_from([0.1, 0.25, 0.5]))
@settings(deadline=None)
def test_a_share_of_the_ids_is_green_and_the_key_chooses_which(previous, key, share):
    found = watermark.green(previous, SIZE, key, share)
    assert found.sum() == round(share * SIZE)
    np.testing.assert_array_equal(found, watermark.green(previous, SIZE, key, share))


def test_other_keys_and_other_ids_before_choose_others():
    lists = [watermark.green(before, SIZE, key) for before in range(20) for key in range(20)]
    assert len({each.tobytes() for each in lists}) == 400
    # Each id is green in a quarter of the lists: no id is favoured.
    assert np.mean(lists, axis=0) == pytest.approx(0.25, abs=5 * np.sqrt(0.1875 / 400))


def test_the_table_has_the_list_after_each_id():
    table = watermark.greens(SIZE, KEY)
    for previous in range(SIZE):
        np.testing.assert_array_equal(table[previous], watermark.green(previous, SIZE, KEY))


@given(st.lists(st.integers(0, SIZE - 1), min_size=2, max_size=60), st.booleans())
@settings(deadline=None)
def test_counts_are_those_of_a_walk_through_the_text(ids, repeats):
    seen, green, counted = set(), 0, 0
    for before, character in pairwise(ids):
        if repeats or (before, character) not in seen:
            seen.add((before, character))
            counted += 1
            green += int(watermark.green(before, SIZE, KEY)[character])
    assert watermark.counts(ids, SIZE, KEY, repeats=repeats) == (green, counted)


def test_places_that_do_not_count_are_left_out():
    ids = [1, 2, 3, 4]
    one = watermark.counts(ids, SIZE, KEY, counted=[True, False, False, True])
    assert one == watermark.counts([3, 4], SIZE, KEY)
    # The first of a text has no character before it, whatever the mask says.
    assert watermark.counts(ids, SIZE, KEY, counted=[True] * 4)[1] == 3


def test_a_repeated_pair_counts_once():
    assert watermark.counts([1, 2] * 50, SIZE, KEY)[1] == 2
    assert watermark.counts([1, 2] * 50, SIZE, KEY, repeats=True)[1] == 99


def test_random_texts_are_called_marked_as_often_as_p_says():
    rng = np.random.default_rng(0)
    texts = rng.integers(0, SIZE, (2000, 100))
    found = np.transpose([watermark.counts(each, SIZE, KEY) for each in texts])
    p = watermark.p_value(*found)
    for level in (0.05, 0.2):  # the binomial law has steps, so that p ≤ level is rarer than level
        rate = np.mean(p <= level)
        assert 0.4 * level < rate < level + 4 * np.sqrt(level * (1 - level) / 2000)


@given(st.integers(1, 300), st.floats(0.05, 0.95), st.floats(0, 1))
@settings(deadline=None)
def test_z_and_p_are_those_of_the_binomial_law(counted, share, part):
    green = int(part * counted)
    law = stats.binom(counted, share)
    assert watermark.z(green, counted, share) == pytest.approx(
        (green - law.mean()) / law.std(), abs=1e-9
    )
    assert watermark.p_value(green, counted, share) == pytest.approx(
        law.pmf(range(green, counted + 1)).sum(), abs=1e-9
    )


def test_the_bias_adds_delta_to_the_green_logits():
    bias = watermark.bias(SIZE, KEY, 1.5, share=0.5)
    ids = np.array([[3, 5], [5, 3]], "int32")
    added = bias(ids).numpy()
    assert added.shape == (2, SIZE)
    for row, previous in zip(added, (5, 3), strict=True):
        np.testing.assert_array_equal(row, 1.5 * watermark.green(previous, SIZE, KEY, 0.5))


IDS = [1, 2, 3]


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: watermark.green(SIZE, SIZE, KEY), "40"),
        (lambda: watermark.green(-1, SIZE, KEY), "-1"),
        (lambda: watermark.green(0, 1, KEY), "1"),
        (lambda: watermark.green(0, SIZE, -3), "-3"),
        (lambda: watermark.green(0, SIZE, 0.5), "0.5"),
        (lambda: watermark.green(0, SIZE, KEY, 1.0), "1.0"),
        (lambda: watermark.green(0, SIZE, KEY, 0.001), "0.001"),
        (lambda: watermark.greens(SIZE, KEY, 2.0), "2.0"),
        (lambda: watermark.bias(SIZE, KEY, -1.0), "-1"),
        (lambda: watermark.bias(SIZE, KEY, np.nan), "nan"),
        (lambda: watermark.counts([1], SIZE, KEY), "got 1"),
        (lambda: watermark.counts([1, SIZE], SIZE, KEY), "40"),
        (lambda: watermark.counts([[1, 2]], SIZE, KEY), "(1, 2)"),
        (lambda: watermark.counts(IDS, SIZE, KEY, counted=[True]), "(1,)"),
        (lambda: watermark.counts(IDS, SIZE, KEY, counted=[1, 1, 0]), "int"),
        (lambda: watermark.z(5, 4), "5"),
        (lambda: watermark.z(-1, 4), "-1"),
        (lambda: watermark.z(0, 0), "0"),
        (lambda: watermark.z(1.5, 4), "float"),
        (lambda: watermark.z(1, 4, share=1.0), "1.0"),
        (lambda: watermark.p_value([1, 2], [4]), "array"),
        (lambda: watermark.p_value([], []), "float"),
    ],
)
def test_what_cannot_be_is_told(call, said):
    is_told(call, said)
