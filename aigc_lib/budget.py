"""Training for so many seconds rather than so many epochs: an equal budget for unequal models.

A schedule says what part of the first step size is left after a share t of the time, 0 … 1.
"""

import math
from collections.abc import Callable
from time import perf_counter, process_time

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
    `g_optimizer`, each from the learning rate it has, a number. The clock starts
    with `fit`: building the graph counts. Of each step counts the time on the wall or the
    processor time, whichever is less: at work, several threads use more of the second; a machine
    that was suspended, or busy with something else, used less. Pass epochs enough:
    `fit(x, epochs=1000, …)`. Made for training on processor cores; a GPU's time is in neither.

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
        self.spent, self.steps = 0.0, 0
        self.clocks = perf_counter(), process_time()

    def on_train_batch_begin(self, batch: int, logs: dict | None = None) -> None:
        t = min(self.spent / self.seconds, 1)
        for optimizer, rate in self.optimizers:
            optimizer.learning_rate = rate * self.schedule(t)

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        self.steps += 1
        before, self.clocks = self.clocks, (perf_counter(), process_time())
        self.spent += min(self.clocks[0] - before[0], self.clocks[1] - before[1])
        if self.spent >= self.seconds:  # an "else" would undo another callback's stop
            self.model.stop_training = True

    def on_train_end(self, logs: dict | None = None) -> None:
        for optimizer, rate in self.optimizers:
            optimizer.learning_rate = rate  # the next fit starts from it again
