"""Modes covered and share of high-quality samples."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aigc_lib import data, metrics


@given(st.integers(1, 8), st.integers(0, 50))
def test_counts_the_modes_that_samples_reach(modes, outliers):
    centres = data.ring_centres()
    points = np.concatenate([centres[:modes], np.zeros((outliers, 2))])
    found = metrics.mode_coverage(points, centres, sigma=0.05)
    assert found == (modes, modes / (modes + outliers))


def test_three_sigma_is_the_border():
    centres = np.zeros((1, 2))
    points = np.array([[0.29, 0.0], [0.0, 0.31]])
    assert metrics.mode_coverage(points, centres, sigma=0.1) == (1, 0.5)


def test_true_samples_reach_the_share_of_a_normal_law():
    points = data.ring(20_000, seed=0, sigma=0.01)
    found = metrics.mode_coverage(points, data.ring_centres(), sigma=0.01)
    assert found.modes == 8
    # in two dimensions 1 - exp(-9/2) = 0.9889 lies within 3 σ; standard error 0.0007
    assert found.high_quality == pytest.approx(1 - np.exp(-4.5), abs=0.003)


@pytest.mark.parametrize(
    ("points", "said"),
    [
        (np.zeros((5, 3)), r"\(n, 2\).*\(5, 3\)"),
        (np.zeros((0, 2)), "n ≥ 1"),
        (np.full((5, 2), np.nan), "diverged"),
    ],
)
def test_bad_samples_are_refused(points, said):
    with pytest.raises(ValueError, match=said):
        metrics.mode_coverage(points, data.ring_centres(), sigma=0.05)
