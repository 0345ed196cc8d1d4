"""What a model learns from, looked at where it enters; what can't be is watched in the training.

An array is checked at once. A `tf.data.Dataset` shows its values only as they flow: its kind is
checked at once, each batch on its way to the model.
"""

import contextlib
import re
from collections.abc import Iterator
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import tensorflow as tf
from numpy.typing import ArrayLike

from aigc_lib import checks

__all__ = ["Domains", "Ids", "Samples", "Wanted", "arrays", "ids", "plain_errors", "two", "watched"]


class Samples(NamedTuple):
    """What each batch must be."""

    shape: tuple[int, ...]  # of one sample
    limits: tuple[float, float] | None  # of its values; None: any finite numbers
    binary: bool = False  # 0 or 1 and nothing between
    packing: int = 1  # the number of samples must be a multiple of it
    domain: str = ""  # its name, where samples of two are learnt from
    paper: int = 1  # among so many signed images one has a pixel below 0

    def __str__(self) -> str:
        shape = f"(n, {', '.join(map(str, self.shape))})"
        within = "any finite numbers"
        if self.limits:
            within = "0 or 1" if self.binary else "in [{:g}, {:g}]".format(*self.limits)
        packs = f", n a multiple of {self.packing}" if self.packing > 1 else ""
        domain = f", for domain {self.domain}" if self.domain else ""
        return f"batches of floats of shape {shape}{packs}, {within}{domain}"


class Ids(NamedTuple):
    """What each batch must be where characters are learnt from: rows of whole numbers."""

    size: int  # they are 0 … size - 1
    lengths: tuple[float, float]  # of a row, the least and the greatest
    shape: tuple[None] = (None,)
    packing: int = 1

    def __str__(self) -> str:
        least, most = self.lengths
        return f"batches of rows of {least} to {most} ids, whole numbers in 0 to {self.size - 1}"


class Domains(NamedTuple):
    """What each pair of batches must be where two kinds of samples are learnt from side by side."""

    a: Samples
    b: Samples

    @property
    def packing(self) -> int:
        """Of each: 1."""
        return 1

    def __str__(self) -> str:
        return f"pairs of batches, first {self.a}, then {self.b}"


Wanted: TypeAlias = Samples | Ids | Domains


def arrays(x: Any, wanted: Wanted) -> Any:
    """Samples as a float32 array, ids as int32; of two domains a tuple of two arrays.

    Raises:
        ValueError: whatever is wrong with them.
    """
    if isinstance(wanted, Domains):
        return tuple(map(_of_domain, two(x), wanted))
    if isinstance(wanted, Ids):
        return ids(x, wanted)
    plain = checks.shaped(x, wanted.shape)
    if wanted.limits is None:
        array = checks.floats(plain)
        checks.finite(array)
        return array
    array = checks.pixels(plain, *wanted.limits)
    if wanted.binary:
        checks.binary(array)
    if wanted.limits[0] < 0 and len(array) >= wanted.paper:
        checks.signed(array)
    return array


def _of_domain(x: Any, wanted: Samples) -> np.ndarray:
    """`arrays` of one domain, whose name is said where something is wrong."""
    try:
        return arrays(x, wanted)
    except ValueError as error:
        raise ValueError(f"domain {wanted.domain}: {error}") from error


def two(x: Any) -> tuple[Any, Any]:
    """Two sets of samples, a tuple or a list of two."""
    if not isinstance(x, tuple | list) or len(x) != 2:
        shape = f" of shape {x.shape}" if hasattr(x, "shape") else ""
        many = f" of {len(x)}" if isinstance(x, tuple | list) else ""
        raise ValueError(
            f"expected samples of two domains, (a, b), but got {type(x).__name__}{shape}{many}. "
            "Call fit((a, b), batch_size=…): each array has a shape (n, height, width, channels) "
            "and a length of its own."
        )
    return x[0], x[1]


def ids(x: ArrayLike, wanted: Ids) -> np.ndarray:
    """Rows of ids as int32.

    Raises:
        ValueError: rows of unequal, too small or too great length, floats, ids out of range.
    """
    plain = checks.array(x)
    least, most = wanted.lengths
    if plain.ndim != 2 or not least <= plain.shape[1] <= most:
        raise ValueError(
            f"expected samples of shape (n, t), rows of {least} to {most} ids, but got "
            f"{plain.shape}. text.windows(ids, length) cuts a long row."
        )
    if plain.size == 0:
        raise ValueError(f"expected at least one row, but got shape {plain.shape}: no data.")
    if plain.dtype.kind not in "iu" or plain.min() < 0 or plain.max() >= wanted.size:
        raise ValueError(
            f"expected ids, whole numbers in 0 to {wanted.size - 1}, but got {plain.dtype} "
            f"{plain.min():g} … {plain.max():g}. text.Alphabet.encode makes ids of a text."
        )
    return plain.astype("int32")


_FOUND = re.compile(r"\[watched: (.+?)\] \[(\S+?)\] \[(\S+?)\] \[(\S+?)\]")


def watched(dataset: tf.data.Dataset, wanted: Wanted) -> tf.data.Dataset:
    """The same batches as float32, ids as int32; one that is not as `wanted` stops with an error.

    Raises:
        ValueError: elements of another kind. A bad batch raises within the training; inside
            `plain_errors()` that is a ValueError too.
    """
    spec = dataset.element_spec
    if isinstance(spec, tuple | list) and len(spec) == 1:
        dataset, spec = dataset.map(lambda *x: x[0]), spec[0]
    if isinstance(wanted, Domains):
        a, b = wanted
        if not isinstance(spec, tuple | list) or len(spec) != 2:
            raise _other_elements(wanted, spec)
        _check_kind(spec[0], a)
        _check_kind(spec[1], b)
        return dataset.map(lambda x, y: (_looked_at(x, a), _looked_at(y, b)))
    _check_kind(spec, wanted)
    return dataset.map(lambda x: _looked_at(x, wanted))


def _other_elements(wanted: Wanted, spec: Any) -> ValueError:
    mend = "Drop the labels: dataset.map(lambda x, y: x)."
    if isinstance(wanted, Domains):
        mend = "Drop the labels of each, then zip both: tf.data.Dataset.zip((a, b))."
    return ValueError(
        f"expected a data set of {wanted}, without labels, but its elements are {spec}. {mend}"
    )


def _check_kind(spec: Any, wanted: Samples | Ids) -> None:
    """Raise a ValueError unless a data set has batches of that dtype and shape."""
    if not isinstance(spec, tf.TensorSpec):
        raise _other_elements(wanted, spec)
    shape = (None, *wanted.shape)
    kind = spec.dtype.is_integer if isinstance(wanted, Ids) else spec.dtype.is_floating
    if not spec.shape.is_compatible_with(shape) or not kind:
        hint = "Scale stored images first, with data.to_signed or data.to_unit."
        if isinstance(wanted, Ids):
            hint = "text.Alphabet.encode makes ids of a text, text.windows rows of them."
        if spec.shape.is_compatible_with(wanted.shape):
            hint = "These are single samples: add .batch(128)."
        raise ValueError(
            f"expected a data set of {wanted}, but its elements are {spec.dtype.name} of shape "
            f"{spec.shape}. {hint}"
        )


def _looked_at(x: tf.Tensor, wanted: Samples | Ids) -> tf.Tensor:
    """The batch, float32 or int32, behind an assertion about its values and its length."""
    wide, dtype = ("int64", "int32") if isinstance(wanted, Ids) else ("float32", "float32")
    x = tf.cast(x, wide)
    n, smallest, largest = tf.shape(x)[0], tf.reduce_min(x), tf.reduce_max(x)
    if isinstance(wanted, Ids):
        least, most = wanted.lengths
        fits = (smallest >= 0) & (largest < wanted.size)
        fits &= (tf.shape(x)[1] >= least) & (tf.shape(x)[1] <= most)
    elif wanted.limits is None:
        fits = tf.reduce_all(tf.math.is_finite(x))
    else:
        low, high = wanted.limits
        slack = 5e-7  # rounding: four steps of a float32 near 1
        fits = tf.reduce_all((x >= low - slack) & (x <= high + slack))  # false for NaN too
        if wanted.binary:
            fits &= tf.reduce_all((x == 0) | (x == 1))
        if low < 0:
            fits &= (
                (n < wanted.paper) | (smallest < 0) | (largest <= 0)
            )  # pixels in [0, 1] have no paper
    fits &= (n > 0) & (n % wanted.packing == 0)
    said = [f"watched: {wanted}", n, smallest, largest]
    with tf.control_dependencies([tf.debugging.Assert(fits, said, summarize=1)]):
        return tf.cast(tf.identity(x), dtype)


@contextlib.contextmanager
def plain_errors() -> Iterator[None]:
    """Turn what a watched batch raised within TensorFlow into a ValueError in one sentence."""
    try:
        yield
    except tf.errors.InvalidArgumentError as error:
        found = _FOUND.search(str(error))
        if not found:
            raise
        wanted, n, smallest, largest = found.groups()
        scale = "Scale images with data.to_signed (GAN) or data.to_unit (VAE), remove NaN"
        if " ids" in wanted:
            scale = "Make ids with text.Alphabet.encode, rows of them with text.windows"
        raise ValueError(
            f"expected {wanted}, but the data set gave a batch of {n} with values from {smallest} "
            f"to {largest}. {scale}, and leave an incomplete last batch out: "
            ".batch(n, drop_remainder=True)."
        ) from None
