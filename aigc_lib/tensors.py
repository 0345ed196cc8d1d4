"""What the tensors of a formula must be: floats of one kind, shapes that fit, no empty batch.

In a graph too, where a size may be None and no value is there yet. Lists, numbers and NumPy arrays
become tensors on the way.
"""

import reprlib
from collections.abc import Callable
from functools import wraps
from inspect import signature
from numbers import Real
from typing import Any, TypeVar, cast

import keras
import numpy as np
import tensorflow as tf
from keras import KerasTensor, ops

__all__ = ["floats", "of_logits", "vectors"]

Formula = TypeVar("Formula", bound=Callable[..., KerasTensor])


def floats(**given: Any) -> dict[str, KerasTensor]:
    """Each argument as a tensor of floats, all of one kind.

    Tensors decide the kind, the widest of them; where there is none, NumPy arrays do; where there
    is none of these either, it is float32. Numbers and lists take it.

    Args:
        given: argument name → tensor, array, list of floats or number.

    Raises:
        ValueError: whole numbers, bools, complex numbers, texts, None, rows of unequal length,
            masked arrays.
    """
    plain = {name: _plain(x, name) for name, x in given.items()}
    ranks = {name: _rank(x) for name, x in plain.items()}
    top = max(ranks.values())
    kinds = {_kind(x) for name, x in plain.items() if ranks[name] == top > 0}
    dtype = keras.backend.result_type(*kinds) if kinds else "float32"
    return {name: ops.convert_to_tensor(x, dtype=dtype) for name, x in plain.items()}


def _plain(x: Any, name: str) -> Any:
    """A tensor or array of floats, or a number; a list as it is, once it has been looked at."""
    if isinstance(x, keras.Variable):
        x = x.value  # which a gradient tape can watch
    if isinstance(x, Real) and not isinstance(x, bool):
        return x
    found = x
    if not hasattr(x, "dtype"):
        try:
            found = np.asarray(x)
        except Exception as error:  # what is raised depends on the library that made x
            raise _refused(x, name, f" ({error})") from error
    ragged = isinstance(x, tf.RaggedTensor | tf.SparseTensor | np.ma.MaskedArray)
    if ragged or "float" not in _kind(found):
        raise _refused(x, name, f" of dtype {_kind(found)}")
    return x


def _refused(x: Any, name: str, more: str) -> ValueError:
    said = reprlib.repr(x) if isinstance(x, str | list | tuple | None) else type(x).__name__
    return ValueError(
        f"expected floats for {name}, a tensor, an array or a list whose rows have one length, "
        f'but got {said}{more}. Whole numbers become floats by x.astype("float32").'
    )


def _kind(x: Any) -> str:
    """The name of the dtype."""
    return getattr(x.dtype, "name", str(x.dtype))


def _rank(x: Any) -> int:
    """Whose dtype counts: that of tensors (3), of arrays (2), of NumPy's numbers (1)."""
    if not hasattr(x, "dtype") or "float" not in _kind(x):
        return 0
    return (2 if x.ndim else 1) if isinstance(x, np.ndarray | np.generic) else 3


def of_logits(columns: int | None = None) -> Callable[[Formula], Formula]:
    """Let a formula see its logits only as `floats`, of one shape a sample, not empty.

    Args:
        columns: logits of each sample; any number of them, in any shape, when None.
    """

    def checking(formula: Formula) -> Formula:
        call = signature(formula)
        names = [name for name in call.parameters if name.endswith("logits")]

        @wraps(formula)
        def checked(*args: Any, **options: Any) -> KerasTensor:
            given = call.bind(*args, **options).arguments
            logits = floats(**{name: given[name] for name in names})
            shapes = {tuple(each.shape[1:]) for each in logits.values()}
            fits = columns is None or shapes == {(columns,)}
            empty = any(0 in each.shape for each in logits.values())
            if len(shapes) > 1 or not fits or empty:
                raise ValueError(
                    f"expected logits of shape (n, {columns or 1}) with n ≥ 1, but got "
                    f"{_said(logits)}. Pass the discriminator's output as it is."
                )
            return formula(**(given | logits))

        return cast(Formula, checked)

    return checking


def vectors(**given: Any) -> tuple[KerasTensor, ...]:
    """`floats`, if all fit each other, read from their last axis, and none is empty.

    Numbers count for all axes, and axes may be missing at the front: (d,) or (n, d) beside
    (K, n, d). A log-variance may have a last axis of 1: one number for each vector.

    Raises:
        ValueError: as in `floats`, or shapes that would broadcast.
    """
    tensors = floats(**given)
    shapes = {name: tuple(each.shape) for name, each in tensors.items()}
    most = max(len(shape) for name, shape in shapes.items() if "variance" not in name)

    def lone(name: str, shape: tuple) -> bool:
        return "variance" in name and shape[-1:] == (1,) and len(shape) <= most

    for axis in range(1, max(map(len, shapes.values())) + 1):
        sizes = {
            shape[-axis]
            for name, shape in shapes.items()
            if len(shape) >= axis and not (axis == 1 and lone(name, shape))
        }
        if 0 in sizes or len(sizes - {None}) > 1:
            raise ValueError(
                f"expected vectors of one length along the last axis, equal axes before it, and "
                f"no empty batch, but got {_said(tensors)}. Reshape them: (n,) beside (n, 1) "
                "would broadcast."
            )
    return tuple(tensors.values())


def _said(tensors: dict[str, KerasTensor]) -> str:
    return " and ".join(f"{name} {tuple(each.shape)}" for name, each in tensors.items())
