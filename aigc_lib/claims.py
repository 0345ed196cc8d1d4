"""Self-checks of the exercises."""

import numpy as np
from numpy.typing import ArrayLike


def check(answer: ArrayLike | None, expected: ArrayLike, tolerance: float = 1e-6) -> bool:
    """Say whether an exercise's answer is right; an untouched stub gives None.

    Args:
        answer: the reader's number or array, None while nothing has been tried.
        expected: the right one.
        tolerance: largest absolute difference that is still right.

    Returns:
        True only when the answer is right.
    """
    if answer is None:
        print("Not tried yet.")
        return False
    answer, expected = np.asarray(answer), np.asarray(expected)
    if answer.shape != expected.shape:
        print(f"Not yet: expected shape {expected.shape}, got {answer.shape}.")
        return False
    if not np.allclose(answer, expected, rtol=0, atol=tolerance):
        error = np.abs(answer.astype(float) - expected.astype(float)).max()
        print(f"Not yet: off by {error:.3g}, allowed is {tolerance:g}.")
        return False
    print("Right.")
    return True
