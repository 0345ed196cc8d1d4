"""Temperature, top-k and top-p against a NumPy version of their definitions, and what is drawn."""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.special import softmax

from aigc_lib import sampling

# multiples of 1/8: equal logits occur, sums are exact
LOGITS = arrays("float32", (3, 7), elements=st.integers(-40, 40).map(lambda n: n / 8))


def defined(logits: np.ndarray, temperature: float, k: int, p: float) -> np.ndarray:
    """The probabilities of one row, one character after the other from the most probable on."""
    order = sorted(range(len(logits)), key=lambda i: (-logits[i], i))
    given = softmax(logits.astype(float) / temperature)
    kept = order[:k]
    left = given / given[kept].sum()
    found, total = np.zeros(len(logits)), 0.0
    for i in kept:
        if total >= p:
            break
        found[i] = left[i]
        total += left[i]
    return found / found.sum()


@given(LOGITS, st.sampled_from([0.5, 1.0, 2.0]), st.integers(1, 9), st.integers(1, 19))
def test_limits_are_those_of_their_definitions(logits, temperature, k, twentieths):
    p = (twentieths + 0.37) / 20  # no sum of probabilities falls on it
    found = sampling.probabilities(logits, temperature, k, p)
    wanted = [defined(row, temperature, k, p) for row in logits]
    np.testing.assert_allclose(found, wanted, atol=2e-6)


@given(LOGITS, st.floats(0.05, 1))
def test_the_nucleus_is_the_smallest_set_of_that_probability(logits, p):
    whole = softmax(logits.astype(float), axis=1)
    kept = sampling.probabilities(logits, top_p=p) > 0
    for probabilities, row in zip(whole, kept, strict=True):
        assert probabilities[row].sum() >= p - 1e-6
        without = np.delete(np.sort(probabilities[row]), 0)  # without its least probable character
        assert without.sum() < p + 1e-6
        assert row.all() or probabilities[row].min() >= probabilities[~row].max()


@given(LOGITS, st.integers(1, 7))
def test_top_k_keeps_k_of_equal_ones_too(logits, k):
    kept = sampling.probabilities(logits, top_k=k) > 0
    assert (kept.sum(axis=1) == k).all()


def test_limits_that_leave_nothing_out():
    logits = np.random.default_rng(0).normal(size=(2, 3, 5)).astype("float32")
    wanted = softmax(logits, axis=-1)
    for options in ({}, {"top_k": 5}, {"top_k": 50}, {"top_p": 1.0}):
        np.testing.assert_allclose(sampling.probabilities(logits, **options), wanted, atol=1e-6)


def test_temperature_0_is_the_limit_of_small_temperatures():
    logits = np.array([[0, 3, 1], [2, 2, 1]], "float32")
    greedy = sampling.probabilities(logits, 0)
    np.testing.assert_array_equal(greedy, [[0, 1, 0], [1, 0, 0]])  # the first of equal ones
    np.testing.assert_allclose(sampling.probabilities(logits[:1], 1e-2), greedy[:1], atol=1e-6)


@pytest.mark.parametrize(
    "options", [{}, {"temperature": 0.5}, {"top_k": 3}, {"top_p": 0.7, "temperature": 2.0}]
)
def test_what_is_drawn_has_these_probabilities(options):
    """A χ² of 20 000 draws: false alarm once in ten thousand runs, and the seed is fixed."""
    logits = np.array([1.0, 0.5, -1.0, 2.0, 0.0], "float32")
    wanted = sampling.probabilities(logits, **options)
    how, law = sampling.law(5, **options, seed=3)
    drawn = sampling.draw(tf.constant(np.tile(logits, (20_000, 1))), how, law, 7).numpy()
    seen = np.bincount(drawn, minlength=5)
    assert (seen[wanted == 0] == 0).all()
    some = wanted > 0
    chi2 = ((seen - 20_000 * wanted)[some] ** 2 / (20_000 * wanted[some])).sum()
    assert chi2 < 23.5  # 4 degrees of freedom; fewer where some are left out


def test_equal_seeds_draw_equally_at_one_place_only():
    logits = tf.zeros((50, 9))

    def drawn(seed: int, place: int) -> list[int]:
        how, law = sampling.law(9, seed=seed)
        return sampling.draw(logits, how, law, place).numpy().tolist()

    assert drawn(1, 2) == drawn(1, 2)
    assert drawn(1, 2) != drawn(1, 3)
    assert drawn(1, 2) != drawn(2, 2)


WRONG = {
    "a number": (3.0, r"logits of shape \(…, V\)"),
    "NaN": ([[0.0, np.nan]], "finite"),
    "whole numbers": ([[1, 2]], "floats"),
    "ragged": ([[1.0], [2.0, 3.0]], "one length"),
    "nothing": (np.zeros((2, 0), "float32"), "no data"),
}


@pytest.mark.parametrize("kind", WRONG)
def test_what_are_no_logits_is_refused(kind):
    logits, said = WRONG[kind]
    with pytest.raises(ValueError, match=f"expected .*{said}"):
        sampling.probabilities(logits)
