"""Mode collapse in numbers: which modes samples reach, how many of them, in which shares.

Count the samples of high quality in each mode, points by their distance (`mode_counts`), pairs of
digits by the frozen classifier (`digits.pair_counts`); `mode_score` makes three numbers of it.
"""

from typing import NamedTuple

import numpy as np
from scipy.special import rel_entr

__all__ = ["ModeScore", "mode_counts", "mode_score"]


class ModeScore(NamedTuple):
    """What `mode_score` makes of the counts."""

    modes: int
    high_quality: float
    reverse_kl: float


def mode_counts(points: np.ndarray, centres: np.ndarray, sigma: float) -> np.ndarray:
    """How many samples of high quality each mode of a mixture of round normal laws gets.

    A sample is of high quality if it lies within 3 σ of its nearest centre.

    Args:
        points: samples, shape (n, d).
        centres: of the modes, shape (modes, d).
        sigma: σ of each mode along each axis.

    Returns:
        Integers, shape (modes,).

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
    return np.bincount(nearest[good], minlength=len(centres))


def mode_score(counts: np.ndarray, drawn: int, shares: np.ndarray | None = None) -> ModeScore:
    """Modes covered, share of high quality, and KL(generated ‖ data) over the modes.

    Args:
        counts: samples of high quality in each mode, shape (modes,).
        drawn: all samples, those of low quality too.
        shares: of each mode in the data, shape (modes,), sums to 1; equal ones when None.

    Returns:
        modes: with at least one sample of high quality; high_quality: their share of all drawn;
        reverse_kl: Σ q log (q/p) in nats, q the shares among the samples of high quality, p
        those of the data. 0 for equal shares, log(8/k) for equal shares on k of 8 equal modes;
        NaN if no sample is of high quality.

    Raises:
        ValueError: more counts than samples, or shares of another length.

    Source: Lin et al. 2017, https://arxiv.org/abs/1712.04086
    """
    counts = np.asarray(counts)
    if not 0 <= counts.sum() <= drawn or drawn < 1:
        raise ValueError(
            f"expected counts that sum to at most the {drawn} samples drawn, but got "
            f"{counts.sum()}. Pass the number of all samples, good and bad."
        )
    p = np.full(len(counts), 1 / len(counts)) if shares is None else np.asarray(shares)
    if p.shape != counts.shape:
        raise ValueError(f"expected {len(counts)} shares, one a mode, but got shape {p.shape}.")
    total = int(counts.sum())
    kl = float(rel_entr(counts / total, p).sum()) if total else float("nan")
    return ModeScore(int(np.count_nonzero(counts)), total / drawn, kl)
