"""What an argument must be, or an error that says what came, what was expected, how to mend it.

Each check looks at an array once, where it enters the library; what lies behind does not look
again. A value of the wrong kind is a TypeError, one out of range a ValueError; arrays raise
ValueError throughout.
"""

import math
from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

__all__ = [
    "array",
    "binary",
    "choice",
    "features",
    "finite",
    "floats",
    "known",
    "number",
    "one_shape",
    "pixels",
    "samples",
    "shaped",
    "signed",
    "whole",
]


# Single values


def whole(value: Any, name: str, least: int = 1, most: float = math.inf) -> int:
    """A whole number from `least` to `most`, as an int; True and 2.5 are none.

    Args:
        name: of the argument, as the message says it.

    Raises:
        TypeError, ValueError: another kind, or out of range.
    """
    if isinstance(value, bool | np.bool_) or not isinstance(value, Integral):
        raise TypeError(f"expected a whole number for {name}, such as {least}, but got {value!r}.")
    value = int(value)
    if not least <= value <= most:
        limits = f"from {least} to {most}" if most < math.inf else f"at least {least}"
        raise ValueError(f"expected {name} to be {limits}, but got {value}.")
    return value


def number(
    value: Any,
    name: str,
    least: float = -math.inf,
    most: float = math.inf,
    above: float = -math.inf,
) -> float:
    """A finite number ≥ `least`, ≤ `most` and > `above`, as a float; True and "1" are none.

    Arguments and errors as in `whole`.
    """
    if np.ndim(value) == 0 and hasattr(value, "dtype"):  # a NumPy scalar or a tensor of one number
        value = np.asarray(value)[()]
    if isinstance(value, bool | np.bool_) or not isinstance(value, Real):
        raise TypeError(f"expected a number for {name}, but got {value!r}.")
    value = float(value)
    if not (math.isfinite(value) and least <= value <= most and value > above):
        limits = [f"≥ {least:g}"] * (least > -math.inf) + [f"> {above:g}"] * (above > -math.inf)
        limits += [f"≤ {most:g}"] * (most < math.inf)
        wanted = " ".join(["a finite number", " and ".join(limits)]).strip()
        raise ValueError(f"expected {wanted} for {name}, but got {value:g}.")
    return value


def choice(value: Any, name: str, known: Any) -> str:
    """One of the texts in `known`, or a ValueError that lists them."""
    if not isinstance(value, str) or value not in known:
        listed = ", ".join(map(repr, known))
        raise ValueError(f"expected {name} to be one of {listed}, but got {value!r}.")
    return value


# Arrays


def array(x: ArrayLike) -> np.ndarray:
    """Numbers as a NumPy array, of the dtype they have; lists and tensors are taken too.

    Raises:
        ValueError: rows of unequal length, a masked array, texts, complex numbers, objects.
    """
    if isinstance(x, np.ma.MaskedArray):
        raise ValueError(
            "expected a plain array, but got a masked one, whose mask would be lost. Pass "
            "x.filled(value), or leave the masked samples out."
        )
    try:
        plain = np.asarray(x)
    except Exception as error:  # what a tensor raises depends on the library
        raise ValueError(
            f"expected an array of numbers, but got {type(x).__name__}: {error} "
            "Pass a NumPy array whose rows have one length."
        ) from error
    if plain.dtype.kind not in "biuf" and plain.dtype.name != "bfloat16":
        raise ValueError(
            f"expected an array of numbers, but got {type(x).__name__} of dtype {plain.dtype}. "
            "Pass a NumPy array of numbers."
        )
    return plain


def floats(x: ArrayLike) -> np.ndarray:
    """As float32, whatever kind of float came: float16, float64, a list, a tensor.

    Raises:
        ValueError: as in `array`, or whole numbers: stored pixels have to be scaled first.
    """
    plain = array(x)
    if plain.dtype.kind in "biu":
        raise ValueError(
            f"expected floats, such as pixels in [-1, 1], but got dtype {plain.dtype}. "
            "Scale stored images first: data.to_signed(images) or data.to_unit(images)."
        )
    with np.errstate(over="ignore"):  # 1e300 becomes infinite, which `finite` reports
        return plain.astype("float32", copy=False)


def finite(x: np.ndarray) -> None:
    """Raise a ValueError unless the float array `x` has values, none of them NaN or infinite."""
    if x.size == 0:
        raise ValueError(
            f"expected at least one sample of at least one value, but got shape {x.shape}: no data."
        )
    bad = x.size - int(np.isfinite(x).sum())
    if bad:
        raise ValueError(
            f"expected finite values, but {bad} of {x.size} values are NaN or infinite. Remove "
            "them first."
        )


def pixels(images: ArrayLike, low: float = -1.0, high: float = 1.0) -> np.ndarray:
    """Pixels in [low, high] as float32; what rounding put just outside is put on the edge.

    Raises:
        ValueError: as in `floats` and `finite`, or pixels outside.
    """
    plain = array(images)
    x = floats(plain)
    finite(x)
    smallest, largest = float(x.min()), float(x.max())
    if low <= smallest and largest <= high:
        return x
    kind = plain.dtype if plain.dtype.name == "float16" else np.dtype("float32")
    slack = 4 * float(np.finfo(kind).eps)  # of a value near 1, after a few operations
    if smallest < low - slack or largest > high + slack:
        raise ValueError(
            f"expected pixels in [{low:g}, {high:g}], but got {smallest:g} … {largest:g}. "
            "Scale stored images with data.to_signed (tanh) or data.to_unit (probabilities)."
        )
    return x.clip(low, high)


def signed(images: np.ndarray) -> None:
    """Raise a ValueError for pixels in [0, 1]: a set of signed images has paper, at -1."""
    if 0 <= images.min() < images.max():
        raise ValueError(
            f"expected signed pixels, paper -1 and ink 1, but the smallest is {images.min():g}: "
            'these look like pixels in [0, 1]. Pass data.rescale(images, "unit", "signed").'
        )


def binary(images: np.ndarray) -> None:
    """Raise a ValueError unless there are pixels, and each of `images` is 0 or 1."""
    other = np.count_nonzero((images != 0) & (images != 1))
    if other or images.size == 0:
        raise ValueError(
            f"expected pixels that are 0 or 1, but {other} of {images.size} are not: a Bernoulli "
            "likelihood is a probability of binary pixels only. Draw them first: "
            "data.binarise(images, seed)."
        )


def samples(
    x: ArrayLike, shape: tuple[int | None, ...] | None = None, low: float = -1.0, high: float = 1.0
) -> np.ndarray:
    """Samples that a network can learn from, images or points in the plane, as float32.

    Args:
        x: floats of any kind, images of shape (n, height, width, channels) in [low, high], or
            points of shape (n, d), any finite numbers.
        shape: shape of one sample as a network reads it, such as (28, 28, 1), where known.
        low, high: the scale of the pixels.

    Raises:
        ValueError: wrong shape or dtype, no sample, NaN, pixels outside.
    """
    plain = shaped(x, shape)
    if plain.ndim > 2:
        images = pixels(plain, low, high)
        if low < 0:
            signed(images)
        return images
    points = floats(plain)
    finite(points)
    return points


def shaped(x: ArrayLike, shape: tuple[int | None, ...] | None = None) -> np.ndarray:
    """Samples as an array, or a ValueError unless each has that shape.

    Args:
        shape: of one sample, None for any size along an axis; None: images or points.
    """
    plain = array(x)
    found = plain.shape[1:]
    if shape is None:
        wanted, fits = (
            "(n, height, width, channels), or points of shape (n, d)",
            len(found) in (1, 3),
        )
    else:
        wanted = f"(n, {', '.join(map(str, shape))})"
        fits = len(found) == len(shape) and all(
            b in (a, None) for a, b in zip(found, shape, strict=True)
        )
    if not fits or plain.ndim == 0:
        raise ValueError(
            f"expected samples of shape {wanted}, but got {plain.shape}. data.to_signed and "
            "data.to_unit add the channel axis to stored images."
        )
    return plain


def features(*sets: ArrayLike, least: int) -> tuple[np.ndarray, ...]:
    """Sets of features as float64, or a ValueError unless each has `least` finite rows.

    Args:
        sets: one sample a row, shapes (n, d), (m, d), …
        least: rows that each must have.
    """
    arrays = tuple(array(each).astype(float) for each in sets)
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


# Tensors in formulas, whose values may not be there yet


def known(x: Any) -> np.ndarray | None:
    """The values of a tensor or array, or None within a graph, where there are none yet."""
    if not isinstance(x, np.ndarray | list | tuple | Real) and not hasattr(x, "numpy"):
        return None
    return array(x)


def one_shape(hint: str, **tensors: Any) -> None:
    """Raise a ValueError unless all tensors have values and one shape, as far as it is known.

    Unequal shapes such as (n,) and (n, 1) would broadcast to (n, n), silently.

    Args:
        hint: how to mend it, a sentence.
        tensors: argument name → tensor or array; in a graph sizes may be None.
    """
    shapes = {name: tuple(each.shape) for name, each in tensors.items()}
    first = next(iter(shapes.values()))
    for shape in shapes.values():
        unequal = any(
            None not in (a, b) and a != b for a, b in zip(first, shape, strict=False)
        ) or len(first) != len(shape)
        if unequal or 0 in shape:
            said = " and ".join(f"{name} {shape}" for name, shape in shapes.items())
            wanted = "one shape and no empty batch" if len(shapes) > 1 else "no empty batch"
            raise ValueError(f"expected {wanted}, but got {said}. {hint}")
