"""The self-check of the exercises."""

import numpy as np
from numpy.typing import ArrayLike

__all__ = ["check"]


def check(answer: ArrayLike | None, expected: ArrayLike, tolerance: float = 1e-6) -> None:
    """Print whether an exercise's answer is right; an untouched stub gives None.

    Args:
        answer: the reader's number, list or array; None, alone or in the list, while nothing
            has been tried.
        expected: the right one.
        tolerance: largest absolute difference that is still right.
    """
    parts = answer if isinstance(answer, list) else [answer]
    if any(part is None for part in parts):
        print("Not tried yet.")
        return
    found, right = np.asarray(answer), np.asarray(expected)
    if found.shape != right.shape:
        print(f"Not yet: expected shape {right.shape}, got {found.shape}.")
    elif not np.allclose(found, right, rtol=0, atol=tolerance):
        error = np.abs(found.astype(float) - right.astype(float)).max()
        print(f"Not yet: off by {error:.3g}, allowed is {tolerance:g}.")
    else:
        print("Right.")
