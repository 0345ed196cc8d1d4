"""Mode counts of points, and the three numbers made of them."""

import warnings

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


def test_a_point_just_three_sigma_away_is_still_of_high_quality():
    """Holds off a border that leaves its own points out."""
    counts = modes.mode_counts(np.array([[0.75, 0.0]]), np.zeros((1, 2)), sigma=0.25)
    np.testing.assert_array_equal(counts, [1])


def test_a_mode_that_no_sample_reaches_is_counted_as_none():
    """Holds off counts that end with the last mode reached: their shares would not fit."""
    centres = mixtures.ring_centres(8)
    np.testing.assert_array_equal(modes.mode_counts(centres[:3], centres, 0.1), [1] * 3 + [0] * 5)
    far = modes.mode_counts(centres[:3] + 9, centres, 0.1)
    np.testing.assert_array_equal(far, [0] * 8)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.isnan(modes.mode_score(far, 3).reverse_kl)


@pytest.mark.parametrize(
    ("counts", "drawn"), [([1, 0], 0), ([-2, 1], 5), ([3, 3], 5), ([[1, 0]], 5), ([], 5)]
)
def test_counts_that_cannot_be_are_refused(counts, drawn):
    """Holds off a share of high quality below 0, above 1, or of nothing."""
    with pytest.raises(ValueError, match=r"expected (counts|drawn)"):
        modes.mode_score(np.array(counts), drawn)


@given(st.integers(1, 40), st.integers(1, 5), st.integers(0, 1000))
def test_counts_are_those_of_a_loop_over_points(n, d, seed):
    """Holds off a distance along one axis, or to another centre than the nearest."""
    rng = np.random.default_rng(seed)
    points, centres = rng.normal(size=(n, d)), rng.normal(size=(4, d))
    wanted = [0] * 4
    for point in points:
        distance = [np.sqrt(((point - centre) ** 2).sum()) for centre in centres]
        wanted[int(np.argmin(distance))] += min(distance) <= 3 * 0.3
    np.testing.assert_array_equal(modes.mode_counts(points, centres, 0.3), wanted)


def test_points_of_whole_numbers_do_not_wrap():
    """Holds off differences of uint8, where 3 - 5 is 254."""
    points, centres = np.array([[3, 3], [9, 9]], "uint8"), np.array([[5, 5], [200, 200]], "uint8")
    np.testing.assert_array_equal(modes.mode_counts(points, centres, sigma=1), [1, 0])


def test_a_mode_without_a_share_makes_the_divergence_infinite():
    """Holds off a finite number where the generator draws what the data never has."""
    assert modes.mode_score([5, 5], 10, [1.0, 0.0]).reverse_kl == np.inf
    assert np.isfinite(modes.mode_score([5, 0], 10, [1.0, 0.0]).reverse_kl)


@pytest.mark.parametrize("sigma", [0, -0.1, np.nan])
def test_a_mode_without_width_is_refused(sigma):
    """Holds off a share of high quality that is 0 whatever was drawn."""
    with pytest.raises(ValueError, match="sigma"):
        modes.mode_counts(np.zeros((2, 2)), np.zeros((1, 2)), sigma)
