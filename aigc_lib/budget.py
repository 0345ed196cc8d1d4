"""Training for so many seconds rather than so many epochs: an equal budget for unequal models.

A schedule says what part of the first step size is left after a share t of the time, 0 … 1.
"""

import math
from collections.abc import Callable
from time import perf_counter, process_time
from typing import Any

import keras
import tensorflow as tf

from aigc_lib import checks, replicas

__all__ = ["TimeBudget", "constant", "half_cosine", "hold_then_fall"]


def constant(t: float) -> float:
    """1: the step size stays."""
    return 1.0


def half_cosine(t: float) -> float:
    """(1 + cos π t) / 2: falls slowly, then fast, then slowly to 0."""
    return (1 + math.cos(math.pi * t)) / 2


def hold_then_fall(t: float) -> float:
    """min(1, 2 - 2 t): stays for half of the time, then falls in a straight line to 0."""
    return min(1.0, 2 - 2 * t)


class _AtShare:
    """One execution of a training at a share of each step size, which is put back in any case.

    So the optimisers' own state holds the whole step size at every moment between two steps: where
    a callback saves or restores, and where a training is broken off.
    """

    def __init__(self, model: keras.Model, optimizers: list[keras.optimizers.Optimizer]) -> None:
        step: Any = model.train_function
        left_behind = isinstance(step, _AtShare)
        self.step: Callable = step.step if left_behind else step
        self.model, self.optimizers, self.share = model, optimizers, 1.0
        self.history = model.history  # Keras makes a new one for each `fit`

    def __call__(self, iterator: Any) -> Any:
        if self.model.history is not self.history:  # that training was broken off
            return self.step(iterator)
        rates = [replicas.value(each.learning_rate) for each in self.optimizers]
        try:
            for optimizer, rate in zip(self.optimizers, rates, strict=True):
                optimizer.learning_rate = rate * self.share
            return self.step(iterator)
        finally:
            for optimizer, rate in zip(self.optimizers, rates, strict=True):
                optimizer.learning_rate = rate


class TimeBudget(keras.callbacks.Callback):
    """Stops `fit` after so many seconds; until then the step sizes follow a schedule.

    Every optimiser of the model takes part, those of `model.optimizers` where a model has several,
    each from the learning rate it has, a number. That number stays in the optimiser: only while a
    step runs, the learning rate is a share of it. The clock starts with `fit`: building the graph
    counts. Pass epochs enough: `fit(x, epochs=1000, …)`.

    On processor cores counts, of each step, the time on the wall or the processor time, whichever
    is less: at work, several threads use more of the second; a machine that was suspended, or busy
    with something else, used less. Where TensorFlow sees a GPU, the processor only waits, so that
    the time on the wall counts alone, after the GPU has finished the step.

    After the training `spent` holds the seconds, `steps` the number of steps, also where one
    execution takes several (`compile(steps_per_execution=…)`).

    Args:
        seconds: the budget, a finite number above 0.
        schedule: `half_cosine`, `hold_then_fall`, `constant`, or another function of t.

    Raises:
        ValueError, TypeError: no time at all, or no function; in `fit`, a model that was not
            compiled with an optimiser, one whose learning rate is a schedule already, and a
            schedule that gives something else than a number ≥ 0.
    """

    def __init__(self, seconds: float, schedule: Callable[[float], float] = half_cosine) -> None:
        super().__init__()
        self.seconds = checks.number(seconds, "seconds", above=0)
        if not callable(schedule):
            raise TypeError(
                f"expected a function of t, such as budget.half_cosine, but got {schedule!r}."
            )
        self.schedule, self.spent, self.steps = schedule, 0.0, 0

    def on_train_begin(self, logs: dict | None = None) -> None:
        """Start the clock; put the share of the step sizes between Keras and its step."""
        found = getattr(self.model, "optimizers", None)  # of a model of several networks
        if found is None and getattr(self.model, "optimizer", None) is not None:
            found = [self.model.optimizer]
        if not found:
            raise ValueError(
                f"expected a compiled model, but {type(self.model).__name__} has no optimiser. "
                "Call compile(...) first."
            )
        with self.model.distribute_strategy.scope():
            if replicas.several_workers():
                raise ValueError(
                    "expected one process, but several workers train together: each would stop by "
                    "its own clock, and wait for the others for ever. Train for a number of epochs."
                )
        for each in found:
            if not isinstance(each.learning_rate, keras.Variable):
                raise ValueError(
                    f"expected a number as the learning rate of {each.name}, but it has a schedule "
                    "of its own. Give the schedule to TimeBudget, and the optimiser a number."
                )
        self.model.train_function = self.at_share = _AtShare(self.model, found)
        self.optimizer, self.before = found[0], int(replicas.value(found[0].iterations))
        self.on_gpu = bool(tf.config.list_logical_devices("GPU"))
        self.spent, self.steps = 0.0, 0
        self.clocks = perf_counter(), process_time()

    def on_train_batch_begin(self, batch: int, logs: dict | None = None) -> None:
        """Set the share of the step sizes by the time that is gone."""
        t = min(self.spent / self.seconds, 1)
        self.at_share.share = checks.number(self.schedule(t), f"schedule({t:.3g})", least=0)

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        """Look at the clock; stop the training when the time is up."""
        if self.on_gpu:
            for value in (logs or {}).values():
                float(value)  # a number on the processor: the step is done
        self.steps = int(replicas.value(self.optimizer.iterations)) - self.before
        before, self.clocks = self.clocks, (perf_counter(), process_time())
        wall, processor = (now - then for now, then in zip(self.clocks, before, strict=True))
        self.spent += wall if self.on_gpu else min(wall, processor)
        if self.spent >= self.seconds:  # an "else" would undo another callback's stop
            self.model.stop_training = True

    def on_train_end(self, logs: dict | None = None) -> None:
        """Give the model its own step back."""
        self.model.train_function = self.at_share.step
