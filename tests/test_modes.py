"""Mode counts of points and of pairs of digits, and the three numbers made of them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from aigc_lib import data, modes


@given(st.lists(st.integers(0, 50), min_size=2, max_size=30).filter(any), st.integers(0, 50))
def test_score_against_entropies(counts, outliers):
    drawn = sum(counts) + outliers
    found = modes.mode_score(np.array(counts), drawn)
    assert found.modes == sum(count > 0 for count in counts)
    assert found.high_quality == pytest.approx(sum(counts) / drawn)
    assert found.reverse_kl == pytest.approx(np.log(len(counts)) - stats.entropy(counts))


@given(st.integers(1, 8))
def test_equal_shares_on_k_of_eight_modes(k):
    found = modes.mode_score(np.where(np.arange(8) < k, 10, 0), 100)
    assert found == (k, k / 10, pytest.approx(np.log(8 / k)))


def test_divergence_looks_at_the_shares_of_the_data():
    shares = np.array([0.5, 0.3, 0.2])
    assert modes.mode_score(np.array([50, 30, 20]), 100, shares).reverse_kl == pytest.approx(0)
    even = modes.mode_score(np.array([10, 10, 10]), 30, shares).reverse_kl
    assert even == pytest.approx(stats.entropy([1 / 3] * 3, shares))


def test_no_sample_of_high_quality_has_no_divergence():
    found = modes.mode_score(np.zeros(8, int), 100)
    assert found[:2] == (0, 0.0)
    assert np.isnan(found.reverse_kl)


def test_bad_counts_are_refused():
    with pytest.raises(ValueError, match=r"at most the 9 samples drawn, but got 10"):
        modes.mode_score(np.array([5, 5]), 9)
    with pytest.raises(ValueError, match=r"2 shares.*\(3,\)"):
        modes.mode_score(np.array([5, 5]), 10, np.full(3, 1 / 3))


def test_points_are_counted_in_their_nearest_mode():
    centres = data.grid_centres()
    points = np.repeat(centres, np.arange(25), axis=0) + np.float32(0.1)
    np.testing.assert_array_equal(modes.mode_counts(points, centres, sigma=0.05), np.arange(25))
    far = points + np.float32(0.02)  # 0.17 from the centre
    assert modes.mode_counts(far, centres, sigma=0.05).sum() == 0


def test_real_pairs_are_counted_by_their_labels():
    _, (x_test, y_test) = data.load_mnist()
    images = data.to_signed(x_test[:1000])
    pairs = np.concatenate([images[:500], images[500:]], axis=-1)
    counts = modes.pair_counts(pairs)
    truth = np.bincount(10 * y_test[:500].astype(int) + y_test[500:1000], minlength=100)
    assert np.abs(counts - truth).sum() <= 20  # the classifier is wrong on 0.6 % of the digits
    assert counts.sum() >= 490


def test_a_pair_is_good_only_if_both_of_its_digits_are_clear():
    (x_train, _), _ = data.load_mnist()
    images = data.to_signed(x_train[:2000])
    clear, blurred = images[:1], images.mean(axis=0, keepdims=True)  # confidence 1.00 and 0.23
    for pair, good in (((clear, clear), 1), ((clear, blurred), 0), ((blurred, clear), 0)):
        assert modes.pair_counts(np.concatenate(pair, axis=-1)).sum() == good


def test_pairs_of_another_shape_or_with_nan_are_refused():
    grey = np.full((4, 28, 28, 2), -0.5, "float32")
    with pytest.raises(ValueError, match=r"28, 28, 2\), but got \(4, 28, 28, 1\)"):
        modes.pair_counts(grey[..., :1])
    with pytest.raises(ValueError, match="NaN"):
        modes.pair_counts(np.full((4, 28, 28, 2), np.nan, "float32"))
