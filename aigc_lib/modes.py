"""Mode collapse in numbers: which modes samples reach, how many of them, in which shares.

Count the samples of high quality in each mode, points by their distance (`mode_counts`), pairs of
digits by the frozen classifier (`digits.pair_counts`); `mode_score` makes three numbers of it.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import rel_entr

from aigc_lib import checks
from aigc_lib.metrics import check_shares

__all__ = ["ModeScore", "mode_counts", "mode_score"]


class ModeScore(NamedTuple):
    """What `mode_score` makes of the counts."""

    modes: int
    high_quality: float
    reverse_kl: float


def mode_counts(points: ArrayLike, centres: ArrayLike, sigma: float) -> np.ndarray:
    """How many samples of high quality each mode of a mixture of round normal laws gets.

    A sample is of high quality if it lies within 3 σ of its nearest centre.

    Args:
        points: samples, shape (n, d).
        centres: of the modes, shape (modes, d).
        sigma: σ of each mode along each axis, above 0.

    Returns:
        Integers, shape (modes,).

    Raises:
        ValueError: shapes that do not fit, no sample, NaN, σ ≤ 0.

    Source: Lin et al. 2017, https://arxiv.org/abs/1712.04086
    """
    checks.number(sigma, "sigma", above=0)
    points, centres = (checks.array(each).astype(float) for each in (points, centres))
    if points.ndim != 2 or len(points) == 0 or points.shape[1:] != centres.shape[1:]:
        raise ValueError(
            f"expected points of shape (n, d) with n ≥ 1 and centres of shape (modes, d), but got "
            f"{points.shape} and {centres.shape}."
        )
    checks.finite(points)  # not so when a training has diverged
    checks.finite(centres)
    distance = np.linalg.norm(points[:, None] - centres, axis=-1)
    nearest, good = distance.argmin(axis=1), distance.min(axis=1) <= 3 * sigma
    return np.bincount(nearest[good], minlength=len(centres))


def mode_score(counts: ArrayLike, drawn: int, shares: ArrayLike | None = None) -> ModeScore:
    """Modes covered, share of high quality, and KL(generated ‖ data) over the modes.

    Args:
        counts: samples of high quality in each mode, shape (modes,).
        drawn: all samples, those of low quality too.
        shares: of each mode in the data, shape (modes,), sums to 1; equal ones when None.

    Returns:
        modes: with at least one sample of high quality; high_quality: their share of all drawn;
        reverse_kl: Σ q log (q/p) in nats, q the shares among the samples of high quality, p
        those of the data. 0 for equal shares, log(8/k) for equal shares on k of 8 equal modes;
        infinite where a mode without a share has samples, NaN if no sample is of high quality.

    Raises:
        ValueError: counts that are not whole or below 0, more of them than samples, or shares
            of another length or sum.

    Source: Lin et al. 2017, https://arxiv.org/abs/1712.04086
    """
    counts, drawn = checks.array(counts), checks.whole(drawn, "drawn")
    if counts.ndim != 1 or counts.size == 0 or not np.all((counts >= 0) & (counts % 1 == 0)):
        raise ValueError(
            f"expected counts, whole numbers ≥ 0 of shape (modes,), but got {counts.dtype} of "
            f"shape {counts.shape}, {counts.ravel()[:5]} …. mode_counts gives them."
        )
    if counts.sum() > drawn:
        raise ValueError(
            f"expected counts that sum to at most the {drawn} samples drawn, but got "
            f"{counts.sum()}. Pass the number of all samples, good and bad."
        )
    p = np.full(len(counts), 1 / len(counts)) if shares is None else check_shares(shares, "shares")
    if p.shape != counts.shape:
        raise ValueError(f"expected {len(counts)} shares, one a mode, but got shape {p.shape}.")
    total = int(counts.sum())
    kl = float(rel_entr(counts / total, p).sum()) if total else float("nan")
    return ModeScore(int(np.count_nonzero(counts)), total / drawn, kl)
