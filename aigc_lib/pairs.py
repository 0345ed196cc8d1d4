"""Two domains of pictures with known answers: emoji drawn in two styles, digits of two sources.

Of the emoji row i is the same in both styles: a translation that never sees them as pairs can be
judged on the answers. Of the digits both sources have labels. What needs no training stands here
too, for comparison: a linear map of colours, and three ways to cut MNIST to the size of UCI's.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import ndimage
from sklearn.datasets import load_digits

from aigc_lib import assets, checks

__all__ = ["Emoji", "blocks", "cropped", "emoji", "match_colours", "uci_digits"]

PARTS = ("all", "train", "test")
UCI_TRAIN = 1000  # of 1797
NARROW = 0.9  # UCI's digits are 0.7 as wide as high on average, MNIST's 0.8
PAPER = 0.08  # of the largest pixel: up to here they do not count for a digit's box
BEYOND = "grid-constant"  # paper goes on beyond the frame


class Emoji(NamedTuple):
    """Emoji in two drawing styles: row i is the same one in all five."""

    noto: np.ndarray  # uint8, (n, 20, 20, 3), on white
    twemoji: np.ndarray
    names: tuple[str, ...]  # "grinning face"
    chinese: tuple[str, ...]
    groups: tuple[str, ...]  # "Smileys & Emotion", one of Unicode's eight


def emoji(part: str = "all") -> Emoji:
    """1636 emoji as Google (Noto) and as Twitter (Twemoji) drew them, flags left out.

    Near-copies are on one side of the cut: emoji whose pictures, mirrored or not, come as near as
    23 dB in one of the styles, and those whose names differ only in who is shown or which way
    it looks (person, man, woman running).

    Args:
        part: "train", 1236 of them; "test", the other 400; "all".

    Raises:
        ValueError: another part.
        ValueError, FileNotFoundError: the shipped file is damaged or missing.

    Source: see EMOJI-LICENSE.md beside the file.
    """
    checks.choice(part, "the part", PARTS)
    with np.load(assets.path("emoji.npz"), allow_pickle=False) as arrays:
        test = arrays["test"]
        rows = {"all": np.ones_like(test), "train": ~test, "test": test}[part]
        noto, twemoji = (
            arrays[f"{style}_colours"][arrays[style][rows]] for style in ("noto", "twemoji")
        )
        texts = (tuple(arrays[name][rows].tolist()) for name in ("names", "chinese", "groups"))
        return Emoji(noto, twemoji, *texts)


def match_colours(images: ArrayLike, source: ArrayLike, target: ArrayLike) -> np.ndarray:
    """The linear map of colours after which source pixels have the target's mean and covariance.

    x ↦ ν + A (x - μ) with A = S^-½ (S^½ T S^½)^½ S^-½: of all maps that turn one normal law into
    the other the one that moves colours least. It needs no pairs, and knows nothing of shapes.

    Args:
        images: what to map, signed, shape (n, height, width, channels).
        source, target: pictures of the two styles, signed, as many channels; the sizes and
            numbers of pictures need not agree.

    Returns:
        float32 of the shape of `images`; what falls outside [-1, 1] is put on the edge.

    Raises:
        ValueError: pixels outside [-1, 1], colour against grey, an empty domain.

    Source: Pitié & Kokaram 2007, https://doi.org/10.1049/cp:20070055
    """
    sets = [checks.pixels(checks.shaped(each, (None,) * 3)) for each in (images, source, target)]
    channels = [each.shape[-1] for each in sets]
    if len(set(channels)) != 1:
        raise ValueError(
            "expected images, source and target with as many channels, but got "
            f"{channels[0]}, {channels[1]} and {channels[2]}. Repeat grey three times: "
            "np.repeat(images, 3, axis=-1)."
        )
    x, a, b = (each.reshape(-1, channels[0]).astype(float) for each in sets)
    spread, wanted = (np.atleast_2d(np.cov(each.T, bias=True)) for each in (a, b))
    root, inverse = _powers(spread)
    matrix = inverse @ _powers(root @ wanted @ root)[0] @ inverse
    mapped = b.mean(axis=0) + (x - a.mean(axis=0)) @ matrix
    return np.clip(mapped, -1, 1).astype("float32").reshape(sets[0].shape)


def _powers(covariance: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """C^½ and C^-½; along directions in which nothing varies both are 0."""
    values, axes = np.linalg.eigh(covariance)
    varies = values > 1e-12 * max(values.max(), 1e-12)
    roots = np.sqrt(np.where(varies, values, 0))
    inverses = np.where(varies, 1 / np.where(varies, roots, 1), 0)
    return (axes * roots) @ axes.T, (axes * inverses) @ axes.T


def uci_digits(part: str = "all") -> tuple[np.ndarray, np.ndarray]:
    """UCI's handwritten digits, 8×8, which scikit-learn holds.

    Args:
        part: "train", the first 1000; "test", the other 797; "all".

    Returns:
        images uint8, shape (n, 8, 8, 1), on MNIST's scale: 0 = paper, 255 = ink; labels uint8.

    Raises:
        ValueError: another part.

    Source: Alpaydin & Kaynak 1998, https://doi.org/10.24432/C50P49 (CC BY 4.0)
    """
    checks.choice(part, "the part", PARTS)
    images, labels = load_digits(return_X_y=True)  # 0 … 16 dots of ink in a block of 4×4
    images = np.rint(images * (255 / 16)).astype("uint8").reshape(-1, 8, 8, 1)
    rows = {"all": slice(None), "train": slice(UCI_TRAIN), "test": slice(UCI_TRAIN, None)}[part]
    return images[rows], labels[rows].astype("uint8")


def blocks(images: ArrayLike) -> np.ndarray:
    """MNIST at 8×8, the plain way: means of 3×3 blocks of the middle 24×24, as dark as can be.

    Args:
        images: stored digits, uint8 of shape (n, 28, 28), as `data.load_mnist` returns them.

    Returns:
        uint8, shape (n, 8, 8, 1); the largest pixel of each picture is 255.

    Raises:
        ValueError: another dtype or size, or a digit without ink.
    """
    middle = _inked(_stored(images)[:, 2:-2, 2:-2].astype(float))
    return _dark(middle.reshape(-1, 8, 3, 8, 3).mean(axis=(2, 4)))


def cropped(images: ArrayLike, upright: bool = False) -> np.ndarray:
    """MNIST at 8×8, cut to the digit's box as UCI's are: 32×32 points, then blocks of 4×4.

    Arguments, errors and result as in `blocks`, and:
        upright: first undo the slant, the shear after which rows and columns of the ink are
            uncorrelated.
    """
    pictures = _inked(_stored(images).astype(float))
    if upright:
        room = np.pad(pictures, ((0, 0), (0, 0), (14, 14)))  # that a shear may need at the sides
        pictures = np.stack([_sheared(each) for each in room])
    points = np.stack([_boxed(each) for each in pictures])
    return _dark(points.reshape(-1, 8, 4, 8, 4).mean(axis=(2, 4)))


def _stored(images: ArrayLike) -> np.ndarray:
    """Digits as stored."""
    digits = checks.array(images)
    if digits.dtype != np.uint8 or digits.shape[1:] != (28, 28) or len(digits) == 0:
        raise ValueError(
            "expected stored digits, uint8 of shape (n, 28, 28), n ≥ 1, but got "
            f"{digits.dtype} of shape {digits.shape}. Pass them as load_mnist returns them."
        )
    return digits


def _inked(pictures: np.ndarray) -> np.ndarray:
    """Raise a ValueError unless each picture has a pixel that is not paper."""
    blank = np.flatnonzero(pictures.max(axis=(1, 2)) == 0)
    if len(blank):
        raise ValueError(
            f"expected digits with ink in the middle, but {len(blank)} have none, the first of "
            f"them number {blank[0]}. Leave them out."
        )
    return pictures


def _dark(pictures: np.ndarray) -> np.ndarray:
    """Scaled so that the largest pixel is 255, as uint8 with a channel axis."""
    largest = pictures.max(axis=(1, 2), keepdims=True)
    return np.rint(255 * pictures / largest).astype("uint8")[..., np.newaxis]


def _sheared(picture: np.ndarray) -> np.ndarray:
    """The digit upright: each row moved by k times its distance from the middle of the ink."""
    rows, columns = np.indices(picture.shape)
    down, across = (each - (each * picture).sum() / picture.sum() for each in (rows, columns))
    k = (down * across * picture).sum() / max((down**2 * picture).sum(), 1e-9)
    middle = (rows * picture).sum() / picture.sum()
    matrix = [[1, 0], [k, 1]]
    return ndimage.affine_transform(picture, matrix, [0, -k * middle], order=1, mode=BEYOND)


def _boxed(picture: np.ndarray) -> np.ndarray:
    """32×32 points over the digit's box, in the middle, its proportions kept but for `NARROW`."""
    ink = picture > PAPER * picture.max()
    ends = [np.flatnonzero(ink.any(axis=axis))[[0, -1]] for axis in (1, 0)]
    height, width = (last - first + 1 for first, last in ends)
    side = max(height, NARROW * width)
    steps = (np.arange(32) - 15.5) / 32
    rows, columns = (
        (first + last) / 2 + steps * size
        for (first, last), size in zip(ends, (height, side / NARROW), strict=True)
    )
    points = np.meshgrid(rows, columns, indexing="ij")
    return ndimage.map_coordinates(picture, points, order=1, mode=BEYOND)
