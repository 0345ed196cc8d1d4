"""What a text and a row of ids must be, or an error: `checks` for characters; shipped texts."""

import lzma
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from aigc_lib import assets, checks


def text(value: Any, name: str) -> str:
    """A text, or a TypeError."""
    if not isinstance(value, str):
        raise TypeError(f"expected {name} to be a text, but got {value!r}.")
    return value


def ids(x: ArrayLike, vocabulary: int | None = None) -> np.ndarray:
    """One row of ids of characters, as int64.

    Args:
        x: whole numbers, shape (n,).
        vocabulary: ids are below it; None: any.

    Raises:
        ValueError: another shape, other numbers.
    """
    row = checks.array(x)
    if row.shape == (0,):  # [] has no dtype of its own
        row = row.astype(int)
    if row.ndim != 1 or row.dtype.kind not in "iu":
        raise ValueError(
            f"expected one row of ids, whole numbers of shape (n,), but got {row.dtype} of shape "
            f"{row.shape}. Alphabet.encode(text) makes one."
        )
    low, high = (int(row.min()), int(row.max())) if row.size else (0, 0)
    if low < 0 or (vocabulary is not None and high >= max(vocabulary, 1)):
        wanted = "ids of at least 0" if vocabulary is None else f"ids from 0 to {vocabulary - 1}"
        raise ValueError(
            f"expected {wanted}, but got {low} … {high}. Encode with the alphabet that the model "
            "was made for."
        )
    return row.astype("int64")


def shipped(name: str) -> str:
    """A shipped text, unpacked.

    Raises:
        ValueError, FileNotFoundError: as in `assets.path`.
    """
    return lzma.decompress(assets.path(name).read_bytes()).decode()
