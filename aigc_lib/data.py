"""The images: MNIST as shipped with the library, their scales, their batches.

Three scales of one pixel, never mixed silently:
    stored   uint8    0 … 255   what `load_mnist` returns
    unit     float32  0 … 1     a probability of ink, for Bernoulli likelihoods
    signed   float32 -1 … 1     what a generator that ends in tanh can reach
"""

import hashlib
from pathlib import Path

import numpy as np
import tensorflow as tf

SHIPPED = {  # file → SHA-256; tools/make_mnist.py, train_*.py and animate_ring.py made them
    "mnist.npz": "06af5dfe73b70e3bc1c36439982b18a8d76803db9b544f6fdf838a37fbb01b64",
    "explorer.npz": "9fbf7d3ac9fc6fdc602c809216241da37b36d0f56aff4585e9f7181872181e79",
    "generator.weights.h5": "0ba32acb6d251310557f9bbd6eaf7cbb3bd67a7e2794fc3e4b7b5f75eed35846",
    "ring.png": "d96e12351c80323d0193508b5bfbe6c91020256ca3ec5b3573595cfe3d234ce7",
    "ring.webp": "a2f4be267b693e692271d03f54be21b3d5adaccfe5fa5f2b2ac4274e14ce2197",
    "scorer.weights.h5": "5fbc41e95b14275c6e32406dc0679ec7110a399799bfa228b2bbd81de0ba7571",
}

Split = tuple[np.ndarray, np.ndarray]


def shipped_file(name: str, folder: Path | None = None) -> Path:
    """Path of a data file that travels with the library, its digest checked.

    Args:
        name: a key of `SHIPPED`.
        folder: where to look; the library's own folder when None.

    Raises:
        FileNotFoundError: the file is not there.
        ValueError: its SHA-256 is not the expected one; both are named.
    """
    path = (folder or Path(__file__).parent) / name
    mend = "Restore it with: git checkout -- aigc_lib, or install aigc_lib again."
    if not path.is_file():
        raise FileNotFoundError(
            f"{path} is missing (expected SHA-256 {SHIPPED[name]}, found no file). {mend}"
        )
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != SHIPPED[name]:
        raise ValueError(
            f"{path} is damaged: expected SHA-256 {SHIPPED[name]}, found {found}. {mend}"
        )
    return path


def load_mnist(folder: Path | None = None) -> tuple[Split, Split]:
    """MNIST, exactly as `keras.datasets.mnist.load_data()` returns it, without a network.

    Returns:
        (x_train, y_train), (x_test, y_test): images uint8 of shape (60000, 28, 28) and
        (10000, 28, 28), 0 = paper, 255 = ink; labels uint8 of shape (60000,) and (10000,).

    Raises:
        FileNotFoundError, ValueError: the shipped file is missing or damaged.

    Source: LeCun et al. 1998, https://doi.org/10.1109/5.726791 (licence beside the file).
    """
    with np.load(shipped_file("mnist.npz", folder), allow_pickle=False) as arrays:
        return (
            (arrays["x_train"], arrays["y_train"]),
            (arrays["x_test"], arrays["y_test"]),
        )


def to_unit(images: np.ndarray) -> np.ndarray:
    """Stored pixels → float32 in [0, 1] with a channel axis: x / 255.

    Args:
        images: uint8, shape (n, height, width).

    Returns:
        float32, shape (n, height, width, 1).

    Raises:
        ValueError: another dtype or shape, or no image at all.
    """
    images = np.asarray(images)
    if images.dtype != np.uint8 or images.ndim != 3 or len(images) == 0:
        raise ValueError(
            f"expected stored images, uint8 of shape (n, height, width) with n ≥ 1, but got "
            f"{images.dtype} of shape {images.shape}. Pass them as load_mnist returns them."
        )
    return images[..., np.newaxis].astype("float32") / 255


def to_signed(images: np.ndarray) -> np.ndarray:
    """Stored pixels → float32 in [-1, 1] with a channel axis: 2 x / 255 - 1.

    Arguments, errors and shapes as in `to_unit`.
    """
    return 2 * to_unit(images) - 1


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
    images = np.asarray(images)
    check_pixels(images, low=0.0, high=1.0)
    return (np.random.default_rng(seed).random(images.shape) < images).astype("float32")


def check_finite(samples: np.ndarray) -> None:
    """Raise a ValueError unless `samples` is a non-empty float array without NaN or infinity."""
    if not np.issubdtype(samples.dtype, np.floating):
        raise ValueError(
            f"expected floats, such as pixels in [-1, 1], but got dtype {samples.dtype}. "
            "Scale stored images first: data.to_signed(images) or data.to_unit(images)."
        )
    if samples.size == 0:
        raise ValueError(f"expected at least one sample, but got shape {samples.shape}: no data.")
    bad = samples.size - int(np.isfinite(samples).sum())
    if bad:
        raise ValueError(f"{bad} of {samples.size} values are NaN or infinite. Remove them first.")


def check_pixels(images: np.ndarray, low: float = -1.0, high: float = 1.0) -> None:
    """Raise a ValueError unless `images` is a non-empty float array within [low, high]."""
    check_finite(images)
    smallest, largest = float(images.min()), float(images.max())
    if smallest < low or largest > high:
        raise ValueError(
            f"expected pixels in [{low:g}, {high:g}], but got {smallest:g} … {largest:g}. "
            "Scale stored images with data.to_signed (tanh) or data.to_unit (probabilities)."
        )


def check_binary(images: np.ndarray) -> None:
    """Raise a ValueError unless each pixel of `images` is 0 or 1."""
    other = np.count_nonzero((images != 0) & (images != 1))
    if other:
        raise ValueError(
            f"expected pixels that are 0 or 1, but {other} of {images.size} are not: a Bernoulli "
            "likelihood is a probability of binary pixels only. Draw them first: "
            "data.binarise(images, seed)."
        )


def check_samples(samples: np.ndarray, shape: tuple[int, ...] | None = None) -> np.ndarray:
    """Samples that a GAN can learn from: signed images or points in the plane, or a clear error.

    Args:
        samples: float, images of shape (n, height, width, channels) in [-1, 1], or points of
            shape (n, d), any finite numbers.
        shape: shape of one sample as a network reads it, such as (28, 28, 1), where known.

    Returns:
        The same array.

    Raises:
        ValueError: wrong shape or dtype, no sample, NaN, pixels outside [-1, 1].
    """
    samples = np.asarray(samples)
    fits = samples.ndim in (2, 4) if shape is None else samples.shape[1:] == tuple(shape)
    if not fits:
        wanted = "(n, height, width, channels), or points of shape (n, d)"
        if shape is not None:
            wanted = f"(n, {', '.join(map(str, shape))})"
        raise ValueError(
            f"expected images of shape {wanted}, but got {samples.shape}. "
            "data.to_signed adds the channel axis to stored images."
        )
    if samples.ndim == 2:
        check_finite(samples)
    else:
        check_pixels(samples)
    return samples


def batches(samples: np.ndarray, batch_size: int = 128, seed: int = 0) -> tf.data.Dataset:
    """Shuffled batches of one size, drawn anew each epoch; the incomplete last one is left out.

    A last batch of another size would compare, say, 128 fakes with 96 reals.

    Args:
        samples: as in `check_samples`.
        batch_size: samples in a batch, at most n.
        seed: fixes the order of every epoch.

    Raises:
        ValueError: samples as in `check_samples`, or a batch larger than the data.
    """
    samples = check_samples(samples)
    if not 1 <= batch_size <= len(samples):
        raise ValueError(
            f"expected a batch size from 1 to {len(samples)}, the number of samples, but got "
            f"{batch_size}: not even one batch could be filled. Choose a smaller batch."
        )
    order = tf.data.Dataset.from_tensor_slices(samples).shuffle(len(samples), seed=seed)
    return order.batch(batch_size, drop_remainder=True).prefetch(2)


def ring_centres(modes: int = 8, radius: float = 1.0) -> np.ndarray:
    """`modes` points at equal distances on a circle around 0: float32, shape (modes, 2)."""
    angles = 2 * np.pi * np.arange(modes) / modes
    return (radius * np.stack([np.cos(angles), np.sin(angles)], axis=1)).astype("float32")


def grid_centres(side: int = 5, spacing: float = 2.0) -> np.ndarray:
    """side² points of a square grid around 0: float32, shape (side², 2)."""
    line = spacing * (np.arange(side) - (side - 1) / 2)
    return np.stack(np.meshgrid(line, line), axis=-1).reshape(-1, 2).astype("float32")


def mixture(n: int, seed: int, centres: np.ndarray, sigma: float) -> np.ndarray:
    """n points from a mixture of equal round normal laws.

    Args:
        n: how many points.
        seed: the same seed gives the same points.
        centres: of the normal laws, shape (modes, 2).
        sigma: their standard deviation along each axis.

    Returns:
        float32, shape (n, 2).
    """
    rng = np.random.default_rng(seed)
    noise = sigma * rng.standard_normal((n, 2))
    return centres[rng.integers(len(centres), size=n)] + noise.astype("float32")


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


def stacked_digits(images: np.ndarray, n: int, seed: int) -> np.ndarray:
    """n images of two channels, each channel a digit drawn by itself: 100 modes.

    Args:
        images: signed, shape (m, height, width, 1).
        n: how many pairs.
        seed: the same seed gives the same pairs.

    Returns:
        float32, shape (n, height, width, 2).

    Raises:
        ValueError: samples as in `check_samples`, or more than one channel.

    Source: with three channels and 1000 modes Metz et al. 2016,
        https://arxiv.org/abs/1611.02163
    """
    images = check_samples(images)
    if images.ndim != 4 or images.shape[-1] != 1:
        raise ValueError(
            f"expected images of shape (m, height, width, 1), but got {images.shape}. "
            "Pass data.to_signed(stored images)."
        )
    pairs = np.random.default_rng(seed).integers(len(images), size=(2, n))
    return np.concatenate([images[pairs[0]], images[pairs[1]]], axis=-1)
