"""The images: MNIST as shipped with the library, their scales; batches of any arrays.

Three scales of one pixel, never mixed silently:
    stored   uint8    0 … 255   what `load_mnist` returns
    unit     float32  0 … 1     a probability of ink, for Bernoulli likelihoods
    signed   float32 -1 … 1     what a generator that ends in tanh can reach
"""

import os
from pathlib import Path

import numpy as np
import tensorflow as tf

from aigc_lib import assets, checks

__all__ = [
    "SCALES",
    "batches",
    "batches_of_points",
    "binarise",
    "cut",
    "cut_apart",
    "cut_in_order",
    "load_mnist",
    "rescale",
    "stacked_digits",
    "to_signed",
    "to_unit",
]

SCALES = {"stored": (0, 255), "unit": (0, 1), "signed": (-1, 1)}  # name → paper, ink

Split = tuple[np.ndarray, np.ndarray]
Arrays = np.ndarray | tuple[np.ndarray, ...]


def load_mnist(folder: str | Path | None = None) -> tuple[Split, Split]:
    """MNIST, exactly as `keras.datasets.mnist.load_data()` returns it, without a network.

    Args:
        folder: where `mnist.npz` lies; the library's own folder when None.

    Returns:
        (x_train, y_train), (x_test, y_test): images uint8 of shape (60000, 28, 28) and
        (10000, 28, 28), 0 = paper, 255 = ink; labels uint8 of shape (60000,) and (10000,).

    Raises:
        FileNotFoundError, ValueError: the shipped file is missing or damaged.
        TypeError: a folder that is no path.

    Source: LeCun et al. 1998, https://doi.org/10.1109/5.726791 (licence beside the file).
    """
    if not isinstance(folder, str | os.PathLike | None):
        raise TypeError(f"expected a folder's path or None, but got {folder!r}.")
    place = None if folder is None else Path(folder)
    with np.load(assets.path("mnist.npz", place), allow_pickle=False) as arrays:
        return (
            (arrays["x_train"], arrays["y_train"]),
            (arrays["x_test"], arrays["y_test"]),
        )


def rescale(images: np.ndarray, old: str, new: str) -> np.ndarray:
    """Pixels of one scale → the same pixels on another.

    Args:
        images: any shape, on the scale `old`; a model names that of its samples:
            `rescale(model.sample(100, seed=0), model.scale, "signed")`.
        old, new: names in `SCALES`.

    Returns:
        float32, or uint8 for "stored", of the same shape.

    Raises:
        ValueError: another name, or pixels outside the old scale.
    """
    checks.choice(old, "the old scale", SCALES)
    checks.choice(new, "the new scale", SCALES)
    if old != "stored":
        return _rescaled(checks.pixels(images, *SCALES[old]), old, new)
    x = checks.array(images)
    if x.dtype != np.uint8 or x.size == 0:
        raise ValueError(
            f"expected stored pixels, uint8, but got {x.dtype} of shape {x.shape}. Name the scale "
            "that they are on."
        )
    return _rescaled(x, old, new)


def _rescaled(x: np.ndarray, old: str, new: str) -> np.ndarray:
    """`rescale` of pixels that have been looked at."""
    (paper, ink), (new_paper, new_ink) = SCALES[old], SCALES[new]
    unit = (x.astype("float32") - paper) / (ink - paper)
    if new == "stored":
        return np.rint(255 * unit).astype("uint8")
    return unit * (new_ink - new_paper) + new_paper


def to_unit(images: np.ndarray) -> np.ndarray:
    """Stored pixels → float32 in [0, 1] with a channel axis: x / 255.

    Args:
        images: uint8, shape (n, height, width).

    Returns:
        float32, shape (n, height, width, 1).

    Raises:
        ValueError: another dtype or shape, or no image at all.
    """
    return _from_stored(images, "unit")


def to_signed(images: np.ndarray) -> np.ndarray:
    """Stored pixels → float32 in [-1, 1] with a channel axis: 2 x / 255 - 1.

    Arguments, errors and shapes as in `to_unit`.
    """
    return _from_stored(images, "signed")


def _from_stored(images: np.ndarray, scale: str) -> np.ndarray:
    images = checks.array(images)
    if images.dtype != np.uint8 or images.ndim != 3 or images.size == 0:
        raise ValueError(
            f"expected stored images, uint8 of shape (n, height, width) with n ≥ 1, but got "
            f"{images.dtype} of shape {images.shape}. Pass them as load_mnist returns them."
        )
    return _rescaled(images[..., np.newaxis], "stored", scale)


def binarise(images: np.ndarray, seed: int) -> np.ndarray:
    """One Bernoulli draw for each pixel: 1 with probability x, else 0.

    Args:
        images: float32 in [0, 1], any shape.
        seed: the same seed gives the same draw.

    Returns:
        float32 of the same shape, each value 0 or 1.

    Raises:
        ValueError: pixels that are no probabilities.

    Source: Salakhutdinov & Murray 2008, https://doi.org/10.1145/1390156.1390266
    """
    probabilities = checks.pixels(images, low=0.0, high=1.0)
    rng = np.random.default_rng(checks.whole(seed, "seed", least=0))
    return (rng.random(probabilities.shape) < probabilities).astype("float32")


def batches(arrays: Arrays, batch_size: int = 128, seed: int = 0) -> tf.data.Dataset:
    """Shuffled batches of one size, drawn anew each epoch; the incomplete last one is left out.

    A last batch of another size would compare, say, 128 fakes with 96 reals.

    Args:
        arrays: samples of any kind, one in each row: images, points, tokens; or a tuple of
            arrays whose rows belong together, such as images and labels. Floats become float32.
        batch_size: rows in a batch, at most n.
        seed: fixes the order of every epoch.

    Raises:
        ValueError: arrays of unequal length, NaN among floats, or a batch larger than the data.
    """
    checks.whole(seed, "seed", least=0)
    if isinstance(arrays, tuple):
        return cut(tuple(map(_looked_at, arrays)), batch_size, seed)
    return cut(_looked_at(arrays), batch_size, seed)


def _looked_at(array: np.ndarray) -> np.ndarray:
    """Numbers of any kind; floats among them finite, as float32."""
    array = checks.array(array)
    if array.dtype.kind in "biu":
        return array
    array = checks.floats(array)
    checks.finite(array)
    return array


def cut(arrays: Arrays, batch_size: int, seed: int | None) -> tf.data.Dataset:
    """`batches` of arrays whose values have been looked at; in their own order without a seed."""
    shapes = [each.shape for each in (arrays if isinstance(arrays, tuple) else (arrays,))]
    lengths = {shape[0] if shape else 0 for shape in shapes}
    if len(lengths) != 1 or 0 in lengths:
        raise ValueError(
            f"expected arrays with one row for each sample, but got shapes {shapes}. Row i of each "
            "belongs to sample i."
        )
    (n,) = lengths
    _check_order(batch_size, n, 0 if seed is None else seed)
    order = tf.data.Dataset.from_tensor_slices(arrays)
    if seed is not None:
        order = order.shuffle(n, seed=seed)
    return order.batch(batch_size, drop_remainder=True).prefetch(2)


Two = tuple[np.ndarray, np.ndarray]


def cut_apart(arrays: Two, batch_size: int, seed: int | None) -> tf.data.Dataset:
    """Pairs of batches, one of each array, whose rows have nothing to do with each other.

    Each array has an order of its own, from a seed of its own; the shorter one begins again until
    the longer one has ended. Arguments and errors as in `cut`.
    """
    seeds: tuple[int | None, ...] = (None, None)
    if seed is not None:
        whole = checks.whole(seed, "seed", 0, 2**62 - 1)  # twice as much fits into 63 bits
        seeds = 2 * whole, 2 * whole + 1
    first, second = (cut(x, batch_size, each) for x, each in zip(arrays, seeds, strict=True))
    longer = len(arrays[0]) - len(arrays[1])
    pair = first if longer >= 0 else first.repeat(), second if longer <= 0 else second.repeat()
    return tf.data.Dataset.zip(pair)


def cut_in_order(arrays: Two, batch_size: int) -> tf.data.Dataset:
    """Pairs of batches to evaluate on: all rows in their order, those of the shorter array again.

    Raises:
        TypeError, ValueError: a batch size that is none.
    """
    n = max(map(len, arrays))
    both = tuple(np.resize(x, (n, *x.shape[1:])) for x in arrays)  # fills up from the beginning
    size = checks.whole(batch_size, "batch_size")
    return tf.data.Dataset.from_tensor_slices(both).batch(size)


def batches_of_points(points: np.ndarray, batch_size: int = 128, seed: int = 0) -> tf.data.Dataset:
    """Batches cut once and then shuffled as a whole: for points, a step takes microseconds.

    `batches` moves each sample by itself, which takes longer than a step of a small network.
    Cut once, the points of a batch stay together; for independent draws that is no loss.

    Args:
        points: shape (n, d); the last n mod batch_size are left out.
        batch_size, seed: as in `batches`.

    Raises:
        ValueError: as in `batches`.
    """
    points = checks.floats(points)
    checks.finite(points)
    if points.ndim != 2:
        raise ValueError(
            f"expected points of shape (n, d), but got {points.shape}. Images go to data.batches."
        )
    _check_order(batch_size, len(points), seed)
    whole = len(points) // batch_size
    each = points[: whole * batch_size].reshape(whole, batch_size, *points.shape[1:])
    return tf.data.Dataset.from_tensor_slices(each).shuffle(whole, seed=seed)


def _check_order(batch_size: int, n: int, seed: int) -> None:
    checks.whole(seed, "seed", least=0, most=2**63 - 1)  # TensorFlow holds it in 64 bits
    if checks.whole(batch_size, "batch_size") > n:
        raise ValueError(
            f"expected a batch size from 1 to {n}, the number of samples, but got "
            f"{batch_size}: not even one batch could be filled. Choose a smaller batch."
        )


def stacked_digits(images: np.ndarray, n: int, seed: int) -> np.ndarray:
    """n images of two channels, each channel a digit drawn by itself: 100 modes.

    Args:
        images: signed, shape (m, height, width, 1).
        n: how many pairs.
        seed: the same seed gives the same pairs.

    Returns:
        float32, shape (n, height, width, 2).

    Raises:
        ValueError: samples as in `checks.samples`, or more than one channel.

    Source: with three channels and 1000 modes Metz et al. 2016,
        https://arxiv.org/abs/1611.02163
    """
    images = checks.samples(images)
    if images.ndim != 4 or images.shape[-1] != 1:
        raise ValueError(
            f"expected images of shape (m, height, width, 1), but got {images.shape}. "
            "Pass data.to_signed(stored images)."
        )
    rng = np.random.default_rng(checks.whole(seed, "seed", least=0))
    pairs = rng.integers(len(images), size=(2, checks.whole(n, "n")))
    return np.concatenate([images[pairs[0]], images[pairs[1]]], axis=-1)
