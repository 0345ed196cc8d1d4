"""Points in the plane whose law is known: mixtures of equal round normal laws.

An argument of the wrong kind is a TypeError, one out of range a ValueError.
"""

import numpy as np
from numpy.typing import ArrayLike

from aigc_lib import checks

__all__ = ["grid", "grid_centres", "mixture", "ring", "ring_centres"]

LARGEST = 1e30  # length: some times more would be infinite in float32


def ring_centres(modes: int = 8, radius: float = 1.0) -> np.ndarray:
    """`modes` points at equal distances on a circle around 0: float32, shape (modes, 2)."""
    modes = checks.whole(modes, "modes")
    radius = checks.number(radius, "radius", above=0, most=LARGEST)
    angles = 2 * np.pi * np.arange(modes) / modes
    return (radius * np.stack([np.cos(angles), np.sin(angles)], axis=1)).astype("float32")


def grid_centres(side: int = 5, spacing: float = 2.0) -> np.ndarray:
    """side² points of a square grid around 0: float32, shape (side², 2)."""
    side = checks.whole(side, "side")
    spacing = checks.number(spacing, "spacing", above=0, most=LARGEST)
    line = spacing * (np.arange(side) - (side - 1) / 2)
    return np.stack(np.meshgrid(line, line), axis=-1).reshape(-1, 2).astype("float32")


def mixture(n: int, seed: int, centres: ArrayLike, sigma: float) -> np.ndarray:
    """n points from a mixture of equal round normal laws.

    Args:
        n: how many points, at least 1.
        seed: the same seed gives the same points.
        centres: of the normal laws, shape (modes, 2).
        sigma: their standard deviation along each axis; with 0 all points are centres.

    Returns:
        float32, shape (n, 2).
    """
    n = checks.whole(n, "n")
    sigma = checks.number(sigma, "sigma", least=0, most=LARGEST)
    means = checks.array(centres).astype("float32")
    if means.ndim != 2 or means.shape[1] != 2:
        raise ValueError(f"expected centres of shape (modes, 2), but got {means.shape}.")
    checks.finite(means)
    rng = np.random.default_rng(checks.whole(seed, "seed", least=0))
    noise = sigma * rng.standard_normal((n, 2))
    return means[rng.integers(len(means), size=n)] + noise.astype("float32")


def ring(n: int, seed: int, modes: int = 8, radius: float = 1.0, sigma: float = 0.05) -> np.ndarray:
    """`mixture` around `ring_centres(modes, radius)`.

    Source: a usual test of mode collapse, as in Metz et al. 2016,
        https://arxiv.org/abs/1611.02163
    """
    return mixture(n, seed, ring_centres(modes, radius), sigma)


def grid(n: int, seed: int, side: int = 5, spacing: float = 2.0, sigma: float = 0.05) -> np.ndarray:
    """`mixture` around `grid_centres(side, spacing)`: 25 modes in PacGAN's measures.

    Source: Lin et al. 2017, https://arxiv.org/abs/1712.04086
    """
    return mixture(n, seed, grid_centres(side, spacing), sigma)
