"""How good samples are, in pure numbers: from probabilities, labels, shares; pictures, paths."""

from collections.abc import Callable

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
    "path_length",
    "path_lengths",
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


# Walks from code to code


def path_lengths(
    features_of: Callable[[np.ndarray], ArrayLike],
    start: ArrayLike,
    end: ArrayLike,
    step: float = 1e-4,
    spherical: bool = False,
    seed: int = 0,
    ends: bool = False,
) -> np.ndarray:
    """|f(c(t + ε)) - f(c(t))|² / ε² for a walk c from each code to another: its speed, squared.

    Args:
        features_of: f, codes (n, d) as float64 → features (n, k).
        start, end: codes (n, d): c(0) and c(1).
        step: ε. Of networks in float32, such as the scorer, 1e-4 gives each number to 0.1 %, their
            mean to 0.01 %; 1e-6 gives each to 9 % only, as rounding is divided by ε too.
        spherical: whether to walk along the arc
            c(t) = sin((1 - t) Ω) / sin Ω · start + sin(t Ω) / sin Ω · end, Ω the angle between the
            two; of codes of one length it lies on their sphere, near which normal noise lies.
            Else the walk is straight.
        seed: of t.
        ends: whether t = 0 in all walks; else it is drawn from 0 … 1 for each.

    Returns:
        float64 (n,), one number a walk, in squared units of the features.

    Raises:
        ValueError, TypeError: no function, no step, no finite codes (n, d) or features (n, k), two
            codes without an arc between them, such as 0 or opposite ones.

    Source: Karras et al. 2018, section 4.1, https://arxiv.org/abs/1812.04948, with other features;
        the arc as in Shoemake 1985, https://doi.org/10.1145/325165.325242
    """
    if not callable(features_of):
        raise TypeError(f"expected a function of codes, but got {features_of!r}.")
    pair = [checks.array(each).astype(float) for each in (start, end)]
    if pair[0].ndim != 2 or pair[0].shape != pair[1].shape:
        raise ValueError(
            f"expected starts and ends of one shape (n, d), but got {pair[0].shape} and "
            f"{pair[1].shape}. Draw as many ends as starts."
        )
    for each in pair:
        checks.finite(each)
    step, seed = checks.number(step, "step", above=0), checks.whole(seed, "seed", least=0)
    n = len(pair[0])
    t = np.zeros(n) if ends else np.random.default_rng(seed).random(n)
    weights = _arc(*pair) if spherical else lambda t: (1 - t, t)
    seen = []
    for each in (t, t + step):
        first, second = weights(each)
        codes = first[:, None] * pair[0] + second[:, None] * pair[1]
        seen.append(checks.array(features_of(codes)).astype(float))
        if seen[-1].ndim != 2 or len(seen[-1]) != n:
            raise ValueError(
                f"expected features of shape ({n}, k), one row a code, but got {seen[-1].shape}. "
                "Let features_of return scorer.judge(images).features."
            )
        checks.finite(seen[-1])
    return ((seen[1] - seen[0]) ** 2).sum(axis=1) / step**2


def _arc(start: np.ndarray, end: np.ndarray) -> Callable[[np.ndarray], tuple[np.ndarray, ...]]:
    """t → the weights of starts and ends along the arcs between them."""
    lengths = np.linalg.norm(start, axis=1) * np.linalg.norm(end, axis=1)
    cosine = (start * end).sum(axis=1) / np.where(lengths, lengths, 1)
    if not (lengths.all() and (abs(cosine) < 1 - 1e-12).all()):
        raise ValueError(
            "expected codes with an arc between start and end, but got one that is 0, or two in "
            "one or in opposite directions. Walk straight there: spherical=False."
        )
    angle = np.arccos(cosine)
    return lambda t: (np.sin((1 - t) * angle) / np.sin(angle), np.sin(t * angle) / np.sin(angle))


def path_length(
    features_of: Callable[[np.ndarray], ArrayLike],
    start: ArrayLike,
    end: ArrayLike,
    step: float = 1e-4,
    spherical: bool = False,
    seed: int = 0,
    ends: bool = False,
) -> float:
    """The path length on features f: the mean of `path_lengths`, which explains the arguments.

    Numbers on other features cannot be compared. The perceptual path length of Karras et al. is on
    those of a network that sees photographs, and its code leaves the lowest and the highest
    hundredth out of the mean.
    """
    return float(path_lengths(features_of, start, end, step, spherical, seed, ends).mean())
