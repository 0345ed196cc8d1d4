"""How good samples are, in pure numbers: from probabilities, labels, shares; pictures and truth."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import rel_entr
from sklearn.metrics import pairwise_distances_argmin

from aigc_lib import checks

__all__ = [
    "check_shares",
    "classifier_score",
    "histogram",
    "missing_classes",
    "psnr",
    "retrieval",
    "total_variation",
]

ROUNDING = 0.01  # that a sum of shares may differ from 1: bfloat16, or three digits of each


def check_shares(p: ArrayLike, name: str) -> np.ndarray:
    """Shares of classes or modes as float64, shape (classes,).

    Raises:
        ValueError: another shape, a negative share, NaN, or a sum more than 1 % away from 1.
    """
    shares = checks.array(p).astype(float)
    if shares.ndim != 1 or not np.all(shares >= 0) or not abs(shares.sum() - 1) <= ROUNDING:
        raise ValueError(
            f"expected {name} as shares ≥ 0 of shape (classes,) whose sum is 1, but got shape "
            f"{shares.shape}, smallest {shares.min(initial=np.inf):g}, sum {shares.sum():g}. "
            "Divide counts by their sum."
        )
    return shares


def classifier_score(probabilities: ArrayLike) -> float:
    """exp E KL(p(class | x) ‖ p(class)): high if each sample is clear and all classes occur.

    Args:
        probabilities: shape (n, classes); rows sum to 1, but for 1 % of rounding, which is put
            right.

    Returns:
        A number from 1 to the number of classes. A generator that draws one perfect image of
        each class has the highest score.

    Raises:
        ValueError: rows that are no probabilities.

    Source: the inception score with our classifier, Salimans et al. 2016,
        https://arxiv.org/abs/1606.03498
    """
    p = checks.array(probabilities).astype(float)
    fits = p.ndim == 2 and p.size > 0 and bool(np.all(p >= 0))
    if not (fits and np.all(abs(p.sum(axis=1) - 1) <= ROUNDING)):
        raise ValueError(
            f"expected probabilities of shape (n, classes) whose rows sum to 1, but got shape "
            f"{p.shape}, values {p.min(initial=np.inf):g} … {p.max(initial=-np.inf):g}. Logits "
            "have to go through a softmax first."
        )
    p /= p.sum(axis=1, keepdims=True)
    return float(np.exp(rel_entr(p, p.mean(axis=0)).sum(axis=1).mean()))


def histogram(labels: ArrayLike, classes: int) -> np.ndarray:
    """Share of each class among integer labels of shape (n,): shape (classes,), sums to 1.

    Raises:
        ValueError, TypeError: labels that are no integers from 0 to classes - 1, or none at all.
    """
    labels, classes = checks.array(labels), checks.whole(classes, "classes")
    if labels.ndim != 1 or len(labels) == 0 or not np.issubdtype(labels.dtype, np.integer):
        raise ValueError(
            f"expected integer labels of shape (n,), n ≥ 1, but got {labels.dtype} {labels.shape}."
        )
    if labels.min() < 0 or labels.max() >= classes:
        raise ValueError(
            f"expected labels from 0 to {classes - 1}, but got {labels.min()} … {labels.max()}."
        )
    return np.bincount(labels, minlength=classes) / len(labels)


def total_variation(p: ArrayLike, q: ArrayLike) -> float:
    """½ Σ |p - q| of two histograms: the share that would have to change class, in 0 … 1.

    Raises:
        ValueError: histograms of unequal length, or that are no shares; see `check_shares`.
    """
    p, q = _pair(p, q)
    return float(np.abs(p - q).sum() / 2)


def missing_classes(p: ArrayLike, q: ArrayLike) -> int:
    """How many classes of the real histogram p have less than a tenth of their share in q.

    A tenth rather than nothing: the classifier takes some shape for every class.
    Errors as in `total_variation`.
    """
    p, q = _pair(p, q)
    return int((q < p / 10).sum())


def _pair(p: ArrayLike, q: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Two histograms of the same classes."""
    pair = check_shares(p, "p"), check_shares(q, "q")
    if len(pair[0]) != len(pair[1]):
        raise ValueError(
            f"expected two histograms of the same classes, but got {len(pair[0])} and "
            f"{len(pair[1])} of them. Count both with histogram(labels, classes)."
        )
    return pair


def psnr(images: ArrayLike, truth: ArrayLike, peak: float) -> float:
    """10 log₁₀ (peak² / mean squared difference): how close pictures come, in decibels.

    The mean is taken over all pixels of all pictures before the logarithm. The mean of the
    pictures' own values is larger, and infinite as soon as one picture is exact.

    Args:
        images, truth: numbers on one scale, of one shape; row i belongs to row i.
        peak: the largest difference that can be: 255 for stored pixels, 1 for unit, 2 for signed.

    Returns:
        A number ≥ 0, 10 more for a tenth of the squared difference; infinite for equal pictures.

    Raises:
        ValueError, TypeError: unequal shapes or kinds of numbers, NaN, differences above the peak.
    """
    x, y = _beside(images, truth)
    top = checks.number(peak, "peak", above=0)
    gap = abs(x - y)
    if gap.max() > top * (1 + 1e-3):  # rounding, of float16 too
        raise ValueError(
            f"expected differences up to the peak {top:g}, but got {gap.max():g}. Pass peak=255 "
            "for stored pixels, 1 for unit, 2 for signed ones, and both on that scale."
        )
    error = float((gap**2).mean())
    return float(10 * np.log10(top**2 / error)) if error > 0 else float("inf")


def retrieval(images: ArrayLike, truth: ArrayLike) -> float:
    """Share of pictures whose nearest one among all of the truth is their own; chance is 1/n.

    Nearest by squared difference of pixels; of equally near ones the first counts.

    Arguments and errors as in `psnr`, shape (n, …) with n ≥ 2.
    """
    x, y = _beside(images, truth)
    if len(x) < 2:
        raise ValueError(
            f"expected at least two pictures to choose from, but got {len(x)}. Pass more."
        )
    nearest = pairwise_distances_argmin(*(each.reshape(len(each), -1) for each in (x, y)))
    return float((nearest == np.arange(len(x))).mean())


def _beside(images: ArrayLike, truth: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Pictures and truth as float64, of one shape and one kind of numbers."""
    pair = checks.array(images), checks.array(truth)
    shapes, whole = {each.shape for each in pair}, {each.dtype.kind in "biu" for each in pair}
    if len(shapes) > 1 or len(whole) > 1 or shapes == {()}:
        said = " and ".join(f"{each.dtype} of shape {each.shape}" for each in pair)
        raise ValueError(
            f"expected pictures and truth of one shape and one scale, but got {said}. Row i of "
            "each belongs to picture i; data.rescale puts both on one scale."
        )
    with np.errstate(over="ignore"):  # what float32 cannot hold is infinite: its square would be
        for each in pair:
            checks.finite(each.astype("float32"))
    return pair[0].astype(float), pair[1].astype(float)
