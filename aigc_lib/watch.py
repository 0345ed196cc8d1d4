"""What cannot be looked at beforehand is watched during the training: data sets, and NaN.

An array is checked where it enters. A `tf.data.Dataset` shows its values only as they flow: its
kind is checked at once, each batch on its way to the model.
"""

import contextlib
import math
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import ArrayLike

from aigc_lib import checks

__all__ = ["Ids", "Samples", "StopAtNaN", "direct", "ids", "plain_errors", "watched"]


class Samples(NamedTuple):
    """What each batch must be."""

    shape: tuple[int, ...]  # of one sample
    limits: tuple[float, float] | None  # of its values; None: any finite numbers
    binary: bool = False  # 0 or 1 and nothing between
    packing: int = 1  # the number of samples must be a multiple of it

    def __str__(self) -> str:
        shape = f"(n, {', '.join(map(str, self.shape))})"
        within = "any finite numbers"
        if self.limits:
            within = "0 or 1" if self.binary else "in [{:g}, {:g}]".format(*self.limits)
        packs = f", n a multiple of {self.packing}" if self.packing > 1 else ""
        return f"batches of floats of shape {shape}{packs}, {within}"


class Ids(NamedTuple):
    """What each batch must be where characters are learnt from: rows of whole numbers."""

    size: int  # they are 0 … size - 1
    lengths: tuple[float, float]  # of a row, the least and the greatest
    shape: tuple[None] = (None,)
    packing: int = 1

    def __str__(self) -> str:
        least, most = self.lengths
        return f"batches of rows of {least} to {most} ids, whole numbers in 0 to {self.size - 1}"


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


def watched(dataset: tf.data.Dataset, wanted: Samples | Ids) -> tf.data.Dataset:
    """The same batches as float32, ids as int32; one that is not as `wanted` stops with an error.

    Raises:
        ValueError: elements of another kind. A bad batch raises within the training; inside
            `plain_errors()` that is a ValueError too.
    """
    spec = dataset.element_spec
    if isinstance(spec, tuple | list) and len(spec) == 1:
        dataset, spec = dataset.map(lambda *x: x[0]), spec[0]
    if not isinstance(spec, tf.TensorSpec):
        raise ValueError(
            f"expected a data set of {wanted}, without labels, but its elements are {spec}. Drop "
            "the labels: dataset.map(lambda x, y: x)."
        )
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
    wide, dtype = ("int64", "int32") if isinstance(wanted, Ids) else ("float32", "float32")
    return dataset.map(lambda x: tf.cast(_looked_at(tf.cast(x, wide), wanted), dtype))


def _looked_at(x: tf.Tensor, wanted: Samples | Ids) -> tf.Tensor:
    """The batch, behind an assertion about its values and its length."""
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
            fits &= (smallest < 0) | (largest <= 0)  # pixels in [0, 1] have no paper
    fits &= (n > 0) & (n % wanted.packing == 0)
    said = [f"watched: {wanted}", n, smallest, largest]
    with tf.control_dependencies([tf.debugging.Assert(fits, said, summarize=1)]):
        return tf.identity(x)


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


class StopAtNaN(keras.callbacks.Callback):
    """Stops a training whose numbers are NaN or infinite: no later step could mend it.

    Args:
        gently: stop as Keras's `TerminateOnNaN` does, with a line in place of an error.

    Raises:
        ValueError: in `fit`, at the first such step; it names the step and the numbers.
    """

    def __init__(self, gently: bool = False) -> None:
        super().__init__()
        self.gently, self.epoch = gently, 0

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        """Remember which epoch it is."""
        self.epoch = epoch

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        """Look at what the step reports."""
        found = {name: float(value) for name, value in (logs or {}).items()}
        if math.isfinite(sum(found.values())):
            return
        said = ", ".join(f"{name} = {value:g}" for name, value in found.items())
        text = (
            f"expected finite losses, but step {batch + 1} of epoch {self.epoch + 1} gave {said}: "
            "the training has diverged. Lower the step sizes, add a penalty, or build the model "
            "anew; its weights may be NaN."
        )
        if not self.gently:
            raise ValueError(text)
        print(text)
        self.model.stop_training = True


def direct(callbacks: Iterable[keras.callbacks.Callback], metrics: dict[str, str]) -> None:
    """Tell callbacks that wait for the best epoch which way is up, as Keras does for its own.

    Args:
        callbacks: such as `EarlyStopping("elbo")`, `ModelCheckpoint(monitor=…)`.
        metrics: name in the logs → "max" or "min".

    Raises:
        ValueError: one that watches what this training does not report.
    """
    for each in callbacks:
        monitor = getattr(each, "monitor", None)
        if monitor is None or getattr(each, "save_best_only", True) is False:
            continue
        if monitor not in metrics:
            raise ValueError(
                f"expected {type(each).__name__} to monitor one of {', '.join(metrics)}, but got "
                f"{monitor!r}. Names with val_ need validation_data or validation_split."
            )
        if getattr(each, "mode", "auto") == "auto":
            each.mode = metrics[monitor]
