"""Training for so many seconds rather than so many epochs: an equal budget for unequal models.

A schedule says what part of the first step size is left after a share t of the time, 0 … 1.
"""

import math
import time
from collections.abc import Callable

import keras


def constant(t: float) -> float:
    """1: the step size stays."""
    return 1.0


def half_cosine(t: float) -> float:
    """(1 + cos π t) / 2: falls slowly, then fast, then slowly to 0."""
    return (1 + math.cos(math.pi * t)) / 2


def hold_then_fall(t: float) -> float:
    """min(1, 2 - 2 t): stays for half of the time, then falls in a straight line to 0."""
    return min(1.0, 2 - 2 * t)


class TimeBudget(keras.callbacks.Callback):
    """Stops `fit` after so many seconds; until then the step sizes follow a schedule.

    Every optimiser of the model takes part: `optimizer`, or a GAN's `d_optimizer` and
    `g_optimizer`, each from the learning rate it was compiled with, a number. The clock starts
    with `fit`: building the graph counts. Pass epochs enough: `fit(x, epochs=1000, …)`.

    After the training `spent` holds the seconds, `steps` the number of steps.

    Args:
        seconds: the budget, above 0.
        schedule: `half_cosine`, `hold_then_fall`, `constant`, or another function of t.

    Raises:
        ValueError: no time at all.
    """

    def __init__(self, seconds: float, schedule: Callable[[float], float] = half_cosine) -> None:
        super().__init__()
        if not seconds > 0:
            raise ValueError(f"expected a budget of more than 0 seconds, but got {seconds}.")
        self.seconds, self.schedule, self.spent, self.steps = seconds, schedule, 0.0, 0

    def on_train_begin(self, logs: dict | None = None) -> None:
        names = ("optimizer", "d_optimizer", "g_optimizer")
        found = [getattr(self.model, name, None) for name in names]
        self.optimizers = [(each, float(each.learning_rate)) for each in found if each is not None]
        self.started = time.perf_counter()

    def on_train_batch_begin(self, batch: int, logs: dict | None = None) -> None:
        t = min((time.perf_counter() - self.started) / self.seconds, 1)
        for optimizer, rate in self.optimizers:
            optimizer.learning_rate = rate * self.schedule(t)

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        self.steps += 1
        self.spent = time.perf_counter() - self.started
        self.model.stop_training = self.spent >= self.seconds
