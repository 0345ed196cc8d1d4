"""The self-check of the exercises."""

import numpy as np
from numpy.typing import ArrayLike

__all__ = ["UNTOUCHED", "check"]

UNTOUCHED = "Your turn: fill in the stub, then run this cell."  # said of a stub: no verdict


def check(answer: ArrayLike | None, expected: ArrayLike, tolerance: float = 1e-6) -> None:
    """Print whether an exercise's answer is right; an untouched stub gives None, and an invitation.

    Args:
        answer: the reader's number, list, array or tensor; None, alone or in the list, while
            nothing has been tried. Whatever it is, it is judged in a sentence and raises nothing.
            True and False count as 1 and 0 where only those are expected.
        expected: the right one: a number or an array of numbers, without NaN.
        tolerance: largest absolute difference that is still right; 0 asks for equal numbers.

    Raises:
        TypeError: `expected` or `tolerance` is no number, or holds something else than numbers.
        ValueError: `expected` is empty, ragged or has NaN; `tolerance` is negative or not finite.
    """
    right, allowed = _expected(expected), _tolerance(tolerance)
    print(_finding(answer, right, allowed))


def _expected(expected: ArrayLike) -> np.ndarray:
    """The right numbers of an exercise, or an error for its author."""
    try:
        right = np.asarray(expected)
    except ValueError as error:
        raise ValueError(
            f"expected numbers in rows of one length as the right answer, but got {expected!r}. "
            "Check the parts one by one."
        ) from error
    if right.dtype.kind not in "biuf":
        raise TypeError(
            f"expected real numbers as the right answer, but got {expected!r}. Make it numbers."
        )
    if right.size == 0 or np.isnan(right).any():
        raise ValueError(
            "expected at least one number, and no NaN, as the right answer, but got "
            f"{expected!r}: no answer could fit. Compute it anew."
        )
    return right


def _tolerance(tolerance: float) -> float:
    """The largest difference that an exercise allows, or an error for its author."""
    allowed = np.asarray(tolerance)
    if allowed.ndim or allowed.dtype.kind not in "iuf":
        raise TypeError(f"expected a number as the tolerance, such as 1e-6, but got {tolerance!r}.")
    if not np.isfinite(allowed) or allowed < 0:
        raise ValueError(
            f"expected a tolerance of 0 or more, and not infinite, but got {tolerance!r}: it would "
            "let every answer through, or none. Write the largest difference that is still right."
        )
    return float(allowed)


def _finding(answer: ArrayLike | None, right: np.ndarray, allowed: float) -> str:
    """The sentence on an answer."""
    parts = answer if isinstance(answer, list) else [answer]
    if any(part is None for part in parts):
        return UNTOUCHED
    found = _numbers(answer)
    if found is not None and found.dtype.kind == "O":
        return UNTOUCHED
    counted = np.isin(right, (0, 1)).all()  # where True and False may stand for 1 and 0
    if found is None or (found.dtype.kind == "b" and not counted):
        wanted = f"an array of numbers of shape {right.shape}" if right.ndim else "a number"
        return f"Not yet: expected {wanted}, got {' '.join(repr(answer).split()):.60}."
    if found.shape != right.shape:
        return f"Not yet: expected shape {right.shape}, got {found.shape}."
    with np.errstate(invalid="ignore"):  # infinity less infinity
        differences = np.abs(found.astype(float) - right.astype(float))
    error = np.where(found == right, 0.0, differences).max()
    if error <= allowed:  # no NaN is
        return "Right."
    return f"Not yet: off by {error:.3g}, allowed is {allowed:g}."


def _numbers(answer: ArrayLike | None) -> np.ndarray | None:
    """The real numbers of an answer; an array of objects where it has a None; else None."""
    try:
        found = np.asarray(answer)
        if found.dtype.kind == "O" and any(part is None for part in found.flat):
            return found
        if found.dtype.kind in "OV":  # fractions, whole numbers of 20 digits; bfloat16
            found = found.astype(float)
    except Exception:  # whatever a reader's object raises when it is asked for its numbers
        return None
    return found if found.dtype.kind in "biuf" else None
