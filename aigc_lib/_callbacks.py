"""Callbacks of every training: one that stops at NaN, and the better end of each measure."""

import math
from collections.abc import Iterable

import keras


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
