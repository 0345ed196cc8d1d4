"""How good samples are, in numbers."""

from typing import NamedTuple

import numpy as np


class Coverage(NamedTuple):
    """What `mode_coverage` counts."""

    modes: int
    high_quality: float


def mode_coverage(points: np.ndarray, centres: np.ndarray, sigma: float) -> Coverage:
    """Which modes of a mixture of round normal laws the samples reach, and how many miss all.

    A sample is of high quality if it lies within 3 σ of its nearest centre; a mode is covered
    if at least one sample of high quality is nearest to it.

    Args:
        points: samples, shape (n, d).
        centres: of the modes, shape (modes, d).
        sigma: σ of each mode along each axis.

    Returns:
        modes: how many are covered; high_quality: share of the samples, in 0 … 1.

    Raises:
        ValueError: shapes that do not fit, no sample, NaN.

    Source: Lin et al. 2017, https://arxiv.org/abs/1712.04086
    """
    points, centres = np.asarray(points), np.asarray(centres)
    if points.ndim != 2 or len(points) == 0 or points.shape[1:] != centres.shape[1:]:
        raise ValueError(
            f"expected points of shape (n, {centres.shape[-1]}) with n ≥ 1, like the centres, "
            f"but got {points.shape}."
        )
    if not np.isfinite(points).all():
        raise ValueError("some points are NaN or infinite: the training has diverged.")
    distance = np.linalg.norm(points[:, None] - centres, axis=-1)
    nearest, good = distance.argmin(axis=1), distance.min(axis=1) <= 3 * sigma
    return Coverage(len(np.unique(nearest[good])), float(good.mean()))
