"""What an array must be, or a `ValueError` that says what came and how to mend it.

Each check looks at an array once, where it enters the library; what lies behind does not look
again.
"""

import numpy as np
from numpy.typing import ArrayLike

__all__ = ["binary", "features", "finite", "pixels", "samples"]


def finite(x: np.ndarray) -> None:
    """Raise a ValueError unless `x` is a non-empty float array without NaN or infinity."""
    if not np.issubdtype(x.dtype, np.floating):
        raise ValueError(
            f"expected floats, such as pixels in [-1, 1], but got dtype {x.dtype}. "
            "Scale stored images first: data.to_signed(images) or data.to_unit(images)."
        )
    if x.size == 0:
        raise ValueError(f"expected at least one sample, but got shape {x.shape}: no data.")
    bad = x.size - int(np.isfinite(x).sum())
    if bad:
        raise ValueError(f"{bad} of {x.size} values are NaN or infinite. Remove them first.")


def pixels(images: np.ndarray, low: float = -1.0, high: float = 1.0) -> None:
    """Raise a ValueError unless `images` is a non-empty float array within [low, high]."""
    finite(images)
    smallest, largest = float(images.min()), float(images.max())
    if smallest < low or largest > high:
        raise ValueError(
            f"expected pixels in [{low:g}, {high:g}], but got {smallest:g} … {largest:g}. "
            "Scale stored images with data.to_signed (tanh) or data.to_unit (probabilities)."
        )


def binary(images: np.ndarray) -> None:
    """Raise a ValueError unless each pixel of `images` is 0 or 1."""
    other = np.count_nonzero((images != 0) & (images != 1))
    if other:
        raise ValueError(
            f"expected pixels that are 0 or 1, but {other} of {images.size} are not: a Bernoulli "
            "likelihood is a probability of binary pixels only. Draw them first: "
            "data.binarise(images, seed)."
        )


def samples(x: ArrayLike, shape: tuple[int, ...] | None = None) -> np.ndarray:
    """Samples that a GAN can learn from: signed images or points in the plane, or a clear error.

    Args:
        x: float, images of shape (n, height, width, channels) in [-1, 1], or points of
            shape (n, d), any finite numbers.
        shape: shape of one sample as a network reads it, such as (28, 28, 1), where known.

    Returns:
        The same array.

    Raises:
        ValueError: wrong shape or dtype, no sample, NaN, pixels outside [-1, 1].
    """
    array = np.asarray(x)
    fits = array.ndim in (2, 4) if shape is None else array.shape[1:] == tuple(shape)
    if not fits:
        wanted = "(n, height, width, channels), or points of shape (n, d)"
        if shape is not None:
            wanted = f"(n, {', '.join(map(str, shape))})"
        raise ValueError(
            f"expected images of shape {wanted}, but got {array.shape}. "
            "data.to_signed adds the channel axis to stored images."
        )
    if array.ndim == 2:
        finite(array)
    else:
        pixels(array)
    return array


def features(*sets: ArrayLike, least: int) -> tuple[np.ndarray, ...]:
    """Sets of features as float64, or a ValueError unless each has `least` finite rows.

    Args:
        sets: one sample a row, shapes (n, d), (m, d), …
        least: rows that each must have.
    """
    arrays = tuple(np.asarray(each, float) for each in sets)
    columns = arrays[0].shape[1:]
    if any(each.ndim != 2 or each.shape[1:] != columns for each in arrays):
        shapes = " and ".join(str(each.shape) for each in arrays)
        raise ValueError(
            f"expected two sets of features, (n, d) and (m, d), but got {shapes}. Images have to "
            "be judged first: scorer.judge(images).features."
        )
    if min(map(len, arrays)) < least:
        lengths = " and ".join(str(len(each)) for each in arrays)
        raise ValueError(
            f"expected at least {least} samples on each side for features of {columns[0]} "
            f"numbers, but got {lengths}. Draw more samples."
        )
    for each in arrays:
        finite(each)
    return arrays
