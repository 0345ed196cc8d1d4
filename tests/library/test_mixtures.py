"""The mixtures of normal laws in the plane."""

import numpy as np
import pytest

from aigc_lib import mixtures


def test_ring_has_its_modes_width_and_seed():
    points = mixtures.ring(40_000, seed=0, modes=6, radius=2.0, sigma=0.1)
    assert (points.shape, points.dtype) == ((40_000, 2), np.float32)
    centres = mixtures.ring_centres(6, radius=2.0)
    np.testing.assert_allclose(np.linalg.norm(centres, axis=1), 2, rtol=1e-6)
    distance = np.linalg.norm(points[:, None] - centres, axis=-1)
    nearest = distance.argmin(axis=1)
    share = np.bincount(nearest) / len(points)  # standard error 0.0019
    np.testing.assert_allclose(share, 1 / 6, atol=0.008)
    for mode in range(6):
        spread = points[nearest == mode].std(axis=0)  # standard error 0.0009
        np.testing.assert_allclose(spread, 0.1, atol=0.004)
    np.testing.assert_array_equal(points, mixtures.ring(40_000, 0, 6, 2.0, 0.1))
    assert not np.array_equal(points, mixtures.ring(40_000, 1, 6, 2.0, 0.1))


def test_grid_has_its_modes_and_width():
    points = mixtures.grid(25_000, seed=0)
    centres = mixtures.grid_centres()
    assert {tuple(centre) for centre in centres} == {
        (x, y) for x in (-4.0, -2.0, 0.0, 2.0, 4.0) for y in (-4.0, -2.0, 0.0, 2.0, 4.0)
    }
    distance = np.linalg.norm(points[:, None] - centres, axis=-1)
    share = np.bincount(distance.argmin(axis=1)) / len(points)  # standard error 0.0012
    np.testing.assert_allclose(share, 1 / 25, atol=0.005)
    spread = (points - centres[distance.argmin(axis=1)]).std(axis=0)  # standard error 0.0002
    np.testing.assert_allclose(spread, 0.05, atol=0.001)


@pytest.mark.parametrize("side", [1, 2, 4, 5])
def test_a_grid_of_any_side_lies_around_zero(side):
    """Holds off a grid of even side that is moved by half its spacing."""
    centres = mixtures.grid_centres(side, spacing=3.0)
    assert centres.shape == (side**2, 2)
    np.testing.assert_allclose(centres.mean(axis=0), 0, atol=1e-6)
    np.testing.assert_allclose(np.diff(np.unique(centres[:, 0])), 3, atol=1e-6)


def test_the_noise_of_both_axes_is_independent():
    """Holds off modes that are lines: one number drawn for both axes."""
    points = mixtures.mixture(10_000, 0, np.zeros((1, 2), "float32"), sigma=1.0)
    assert abs(np.corrcoef(points.T)[0, 1]) < 0.05  # standard error 0.01


def test_points_are_float32_whatever_the_centres_are():
    """Holds off float64 points, which a network would have to cast at every step."""
    centres = mixtures.ring_centres()
    wanted = mixtures.mixture(50, 0, centres, 0.1)
    for same in (centres.astype("float64"), centres.tolist()):
        found = mixtures.mixture(50, 0, same, 0.1)
        assert found.dtype == np.float32
        np.testing.assert_array_equal(found, wanted)
    whole = mixtures.mixture(50, 0, [[0, 0], [3, 4]], 0)  # σ = 0: the centres themselves
    assert {tuple(point) for point in whole} == {(0.0, 0.0), (3.0, 4.0)}
