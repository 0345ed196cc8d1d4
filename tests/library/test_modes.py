"""Mode counts of points, and the three numbers made of them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from aigc_lib import mixtures, modes


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
    centres = mixtures.grid_centres()
    points = np.repeat(centres, np.arange(25), axis=0) + np.float32(0.1)
    np.testing.assert_array_equal(modes.mode_counts(points, centres, sigma=0.05), np.arange(25))
    far = points + np.float32(0.02)  # 0.17 from the centre
    assert modes.mode_counts(far, centres, sigma=0.05).sum() == 0


def score(points: np.ndarray, centres: np.ndarray, sigma: float) -> modes.ModeScore:
    return modes.mode_score(modes.mode_counts(points, centres, sigma), len(points))


@given(st.integers(1, 8), st.integers(0, 50))
def test_counts_the_modes_that_samples_reach(reached, outliers):
    centres = mixtures.ring_centres()
    points = np.concatenate([centres[:reached], np.zeros((outliers, 2))])
    assert score(points, centres, 0.05)[:2] == (reached, reached / (reached + outliers))


def test_three_sigma_is_the_border():
    centres = np.zeros((1, 2))
    points = np.array([[0.29, 0.0], [0.0, 0.31]])
    assert score(points, centres, 0.1)[:2] == (1, 0.5)


def test_true_samples_reach_the_share_of_a_normal_law():
    points = mixtures.ring(20_000, seed=0, sigma=0.01)
    found = score(points, mixtures.ring_centres(), 0.01)
    assert found.modes == 8
    # in two dimensions 1 - exp(-9/2) = 0.9889 lies within 3 σ; standard error 0.0007
    assert found.high_quality == pytest.approx(1 - np.exp(-4.5), abs=0.003)


@pytest.mark.parametrize(
    ("points", "said"),
    [
        (np.zeros((5, 3)), r"\(5, 3\) and \(8, 2\)"),
        (np.zeros((0, 2)), "n ≥ 1"),
        (np.full((5, 2), np.nan), "NaN"),
    ],
)
def test_bad_samples_are_refused(points, said):
    with pytest.raises(ValueError, match=said):
        modes.mode_counts(points, mixtures.ring_centres(), sigma=0.05)


def test_points_of_whole_numbers_do_not_wrap():
    """Holds off differences of uint8, where 3 - 5 is 254."""
    points, centres = np.array([[3, 3], [9, 9]], "uint8"), np.array([[5, 5], [200, 200]], "uint8")
    np.testing.assert_array_equal(modes.mode_counts(points, centres, sigma=1), [1, 0])


def test_a_mode_without_a_share_makes_the_divergence_infinite():
    """Holds off a finite number where the generator draws what the data never has."""
    assert modes.mode_score([5, 5], 10, [1.0, 0.0]).reverse_kl == np.inf
    assert np.isfinite(modes.mode_score([5, 0], 10, [1.0, 0.0]).reverse_kl)
