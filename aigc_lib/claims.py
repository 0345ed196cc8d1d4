"""Self-checks of the exercises."""

import numpy as np
from numpy.typing import ArrayLike


def check(answer: ArrayLike | None, expected: ArrayLike, tolerance: float = 1e-6) -> None:
    """Print whether an exercise's answer is right; an untouched stub gives None.

    Args:
        answer: the reader's number, list or array; None, alone or in the list, while nothing
            has been tried.
        expected: the right one.
        tolerance: largest absolute difference that is still right.
    """
    if answer is None or (isinstance(answer, list) and None in answer):
        print("Not tried yet.")
        return
    answer, expected = np.asarray(answer), np.asarray(expected)
    if answer.shape != expected.shape:
        print(f"Not yet: expected shape {expected.shape}, got {answer.shape}.")
    elif not np.allclose(answer, expected, rtol=0, atol=tolerance):
        error = np.abs(answer.astype(float) - expected.astype(float)).max()
        print(f"Not yet: off by {error:.3g}, allowed is {tolerance:g}.")
    else:
        print("Right.")
