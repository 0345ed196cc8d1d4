"""Pictures repaired: hide a part, fill the hole in several ways, judge the fillings.

Every filler takes whole images and the mask, and looks only at the visible pixels. All images are
signed: floats in [-1, 1], shape (n, height, width, channels). A mask `hidden` is boolean, of the
shape of one image, True where the picture is to be invented. k fillings of each of n images have
the shape (k, n, height, width, channels).
"""

import numpy as np
from numpy.typing import ArrayLike
from sklearn.neighbors import NearestNeighbors

from aigc_lib import checks
from aigc_lib._latent import mask_of, pictures, posterior, search

__all__ = [
    "MASKS",
    "diversity",
    "fill",
    "hole_errors",
    "hole_psnr",
    "mask",
    "neighbours",
    "posterior",
    "search",
    "truth_rank",
]

# name → rows and columns of a 28 × 28 picture that are hidden
MASKS = {
    "quarter": (slice(0, 14), slice(14, 28)),  # the upper right
    "half": (slice(0, 14), slice(0, 28)),  # the upper: a 4, a 7 and a 9 share their stem below it
    "stripe": (slice(10, 18), slice(0, 28)),  # across the middle
}

# The hole


def mask(kind: str) -> np.ndarray:
    """Which pixels of a digit are hidden: bool, shape (28, 28, 1).

    Args:
        kind: a name in `MASKS`.

    Raises:
        ValueError: another name.
    """
    hidden = np.zeros((28, 28, 1), bool)
    hidden[MASKS[checks.choice(kind, "kind", MASKS)]] = True
    return hidden


def fill(images: ArrayLike, fillings: ArrayLike, hidden: ArrayLike) -> np.ndarray:
    """The images with their hidden pixels taken from the fillings.

    Args:
        images: (n, …).
        fillings: one image for all (…), one for each (n, …), or several for each (k, n, …).
        hidden: the mask.

    Returns:
        float32, shape (n, …) or (k, n, …).

    Raises:
        ValueError: pixels outside [-1, 1], shapes that differ, no mask.
    """
    images, hidden = pictures(images, hidden)
    fillings = checks.pixels(fillings)
    if fillings.shape[-images.ndim :] not in (images.shape, images.shape[1:]) or (
        fillings.ndim > images.ndim + 1
    ):
        one = ", ".join(map(str, images.shape[1:]))
        raise ValueError(
            f"expected fillings of shape ({one}), {images.shape} or (k, {len(images)}, {one}), "
            f"but got {fillings.shape}. Row i fills image i."
        )
    return np.where(hidden, fillings, images)


# Fillers


def neighbours(images: ArrayLike, hidden: ArrayLike, examples: ArrayLike, k: int = 8) -> np.ndarray:
    """The k examples nearest to each image by its visible pixels: the best that needs no training.

    `examples[neighbours(…)]` are k fillings of each image, the nearest first; their mean is one.

    Args:
        images, hidden: as above.
        examples: whole images (m, …) to copy from, m ≥ k.
        k: how many.

    Returns:
        Integers, shape (k, n): rows of `examples`.

    Raises:
        ValueError, TypeError: images, mask or examples of another shape or scale, k > m.
    """
    images, hidden = pictures(images, hidden)
    examples = checks.samples(examples, images.shape[1:])
    if checks.whole(k, "k") > len(examples):
        raise ValueError(f"expected at most {len(examples)} neighbours, but got k = {k}.")
    seen = ~hidden
    found = NearestNeighbors(n_neighbors=k, algorithm="brute").fit(examples[:, seen])
    return found.kneighbors(images[:, seen], return_distance=False).T


# Judges


def hole_errors(filled: ArrayLike, truth: ArrayLike, hidden: ArrayLike) -> np.ndarray:
    """The mean squared error of the hidden pixels alone, on the signed scale.

    Args:
        filled: (n, …) or (k, n, …).
        truth: the whole images (n, …).
        hidden: the mask.

    Returns:
        float64, shape (n,) or (k, n).

    Raises:
        ValueError: as in `fill`.
    """
    truth, hidden = pictures(truth, hidden)
    holes, wanted = _holes(filled, truth, hidden)
    return ((holes - wanted) ** 2).mean(axis=-1)


def hole_psnr(filled: ArrayLike, truth: ArrayLike, hidden: ArrayLike) -> float:
    """The peak signal-to-noise ratio in the hole: 10 log₁₀(2² / mean squared error), in decibels.

    2 is the way from paper to ink. It is taken of the mean error over all images: of a single
    picture whose hole is blank and stays blank it would be infinite. Arguments and errors as in
    `hole_errors`; infinite where every hidden pixel is right.
    """
    error = float(hole_errors(filled, truth, hidden).mean())
    return float(10 * np.log10(4 / error)) if error else float("inf")


def diversity(fillings: ArrayLike, hidden: ArrayLike) -> np.ndarray:
    """How unlike the fillings of one image are: root mean square difference of a hidden pixel.

    Args:
        fillings: (k, n, …), k ≥ 2.
        hidden: the mask.

    Returns:
        float64, shape (n,): the mean over all pairs of fillings; 0 if they are all the same.

    Raises:
        ValueError: as in `fill`, or fewer than two fillings.
    """
    fillings, hidden = _several(fillings, hidden)
    holes = fillings[:, :, hidden].astype(float)
    pairs = [(i, j) for i in range(len(holes)) for j in range(i)]
    gaps = [np.sqrt(((holes[i] - holes[j]) ** 2).mean(axis=-1)) for i, j in pairs]
    return np.mean(gaps, axis=0)


def truth_rank(
    fillings: ArrayLike, truth: ArrayLike, hidden: ArrayLike, seed: int = 0
) -> np.ndarray:
    """The place of the truth among the fillings, by distance from the middle of them all.

    Lay the k fillings and the truth in one heap and take its mean. If the truth is just another
    draw from the same law, each of the k + 1 has the same chance to be the farthest from the mean,
    or the nearest: the rank is uniform on 0 … k. If the fillings are too much alike, the truth is
    farthest (rank k) more often than 1 time in k + 1; if too wild, less often.

    Args:
        fillings: (k, n, …), k ≥ 2.
        truth: the whole images (n, …).
        hidden: the mask.
        seed: draws an order for those at equal distance, such as blank holes.

    Returns:
        Integers 0 … k, shape (n,): how many of the fillings lie nearer to the mean than the truth.

    Raises:
        ValueError: as in `fill`, or fewer than two fillings.

    Source: ranks that are uniform if draws are calibrated, Talts et al. 2018,
        https://arxiv.org/abs/1804.06788
    """
    fillings, hidden = _several(fillings, hidden)
    truth, hidden = pictures(truth, hidden)
    holes, wanted = _holes(fillings, truth, hidden)
    heap = np.concatenate([holes, wanted[None]])
    far = ((heap - heap.mean(axis=0)) ** 2).sum(axis=-1)
    rng = np.random.default_rng(checks.whole(seed, "seed", least=0))
    order = np.lexsort((rng.random(far.shape), far), axis=0)
    return (order == len(holes)).argmax(axis=0)


# What an argument must be


def _several(fillings: ArrayLike, hidden: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Two fillings or more of each image, and their mask."""
    fillings = checks.pixels(fillings)
    if fillings.ndim != 5 or len(fillings) < 2:
        raise ValueError(
            f"expected fillings of shape (k, n, height, width, channels) with k ≥ 2, but got "
            f"{fillings.shape}. Ask for several: neighbours(…, k=8), search(…, starts=8)."
        )
    return fillings, mask_of(hidden, fillings.shape[2:])


def _holes(
    filled: ArrayLike, truth: np.ndarray, hidden: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The hidden pixels of filled images and of the true ones, float64, (…, n, pixels)."""
    filled = checks.pixels(filled)
    if filled.shape not in (truth.shape, (*filled.shape[:1], *truth.shape)):
        raise ValueError(
            f"expected filled images of shape {truth.shape}, or several of each in front, "
            f"but got {filled.shape}. Row i is compared with row i of the truth."
        )
    return filled[..., hidden].astype(float), truth[:, hidden].astype(float)
