"""Training by the clock."""

from itertools import count

import keras
import numpy as np
import pytest

from aigc_lib import budget, mixtures
from aigc_lib.budget import TimeBudget
from aigc_lib.gan import GAN
from aigc_lib.networks import mlp


@pytest.fixture
def clock(monkeypatch):
    """Two clocks: at each look a second has passed on the wall, two of processor time."""
    monkeypatch.setattr(budget, "perf_counter", count(0, 1).__next__)
    monkeypatch.setattr(budget, "process_time", count(0, 2).__next__)


def test_stops_when_the_time_is_up_and_counts(make_gan, images, clock):
    gan, timer = make_gan(), TimeBudget(10)
    gan.fit(images, batch_size=8, epochs=100, verbose=0, callbacks=[timer])
    assert timer.steps == 10
    assert timer.spent == 10


def test_time_of_a_suspended_machine_does_not_count(make_gan, images, clock, monkeypatch):
    monkeypatch.setattr(budget, "perf_counter", count(0, 100).__next__)
    gan, timer = make_gan(), TimeBudget(10)
    gan.fit(images, batch_size=8, epochs=100, verbose=0, callbacks=[timer])
    assert (timer.steps, timer.spent) == (5, 10)


def test_every_optimiser_falls_from_its_own_rate(make_gan, images, clock, monkeypatch):
    gan, seen = make_gan(), []
    gan.compile(keras.optimizers.Adam(1.0), keras.optimizers.Adam(4.0), run_eagerly=True)
    step = gan.train_step

    def look(real):
        seen.append([float(each.learning_rate) for each in gan.optimizers])
        return step(real)

    monkeypatch.setattr(gan, "train_step", look)
    gan.fit(images, batch_size=8, epochs=100, verbose=0, callbacks=[TimeBudget(10)])
    d_rates, g_rates = np.transpose(seen)
    np.testing.assert_allclose(g_rates, 4 * d_rates)
    np.testing.assert_allclose(d_rates, [budget.half_cosine(t / 10) for t in range(10)])


def test_a_second_training_starts_afresh(make_gan, images, clock):
    gan, timer = make_gan(), TimeBudget(10)
    for _ in range(2):
        gan.fit(images, batch_size=8, epochs=100, verbose=0, callbacks=[timer])
        assert timer.steps == 10
        assert float(gan.g_optimizer.learning_rate) == pytest.approx(4e-3)


def test_another_callback_may_stop_earlier(make_gan, images, clock):
    gan, timer = make_gan(), TimeBudget(1000)

    def stop(batch, logs):
        gan.stop_training = batch == 1

    early = keras.callbacks.LambdaCallback(on_train_batch_end=stop)
    gan.fit(images, batch_size=8, epochs=100, verbose=0, callbacks=[early, timer])
    assert timer.steps < 10


@pytest.mark.parametrize("schedule", [budget.constant, budget.half_cosine, budget.hold_then_fall])
def test_schedules_start_at_one_and_never_rise(schedule):
    values = [schedule(t) for t in np.linspace(0, 1, 101)]
    assert values[0] == 1
    assert (np.diff(values) <= 0).all()
    assert values[-1] == pytest.approx(0 if schedule is not budget.constant else 1)


def test_no_time_is_told():
    with pytest.raises(ValueError, match="> 0 for seconds"):
        TimeBudget(0)


def test_steps_are_counted_not_executions(clock):
    keras.utils.set_random_seed(0)
    gan, timer = GAN(mlp(2, 2, 8, 1), mlp(2, 1, 8, 1)), TimeBudget(3)
    gan.compile(steps_per_execution=4)
    gan.fit(mixtures.ring(80, seed=0), batch_size=8, epochs=99, verbose=0, callbacks=[timer])
    assert timer.spent == 3
    assert timer.steps == 4 + 4 + 2  # ten batches an epoch: the third execution has two left
    assert timer.steps == int(gan.d_optimizer.iterations)


def test_beside_a_gpu_the_time_on_the_wall_counts(make_gan, images, clock, monkeypatch):
    monkeypatch.setattr(budget.tf.config, "list_logical_devices", lambda kind: [kind])
    monkeypatch.setattr(budget, "process_time", count(0, 0).__next__)  # the processor waits
    gan, timer = make_gan(), TimeBudget(10)
    gan.fit(images, batch_size=8, epochs=100, verbose=0, callbacks=[timer])
    assert (timer.steps, timer.spent) == (10, 10)


def test_any_keras_model_takes_part(clock):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    x, timer = np.zeros((80, 2)), TimeBudget(4, budget.constant)
    timer.set_model(model)
    with pytest.raises(ValueError, match="Sequential has no optimiser"):
        timer.on_train_begin()
    model.compile("sgd", "mse")
    model.fit(x, x[:, 0], batch_size=8, epochs=9, verbose=0, callbacks=[timer])
    assert timer.steps == 4


@pytest.mark.parametrize(
    ("schedule", "wanted"),
    [
        (budget.constant, [1, 1, 1, 1, 1]),
        (budget.half_cosine, [1, 0.853553, 0.5, 0.146447, 0]),
        (budget.hold_then_fall, [1, 1, 1, 0.5, 0]),
    ],
)
def test_schedules_from_their_formulas(schedule, wanted):
    """Holds off another curve between the same ends, and a fall that starts too early or late."""
    values = [schedule(t) for t in (0, 0.25, 0.5, 0.75, 1)]
    assert values == pytest.approx(wanted, abs=1e-6)


@pytest.mark.parametrize("t", [0.49, 0.51])
def test_hold_then_fall_bends_in_the_middle(t):
    """Holds off a bend elsewhere, which five points would not show."""
    assert budget.hold_then_fall(t) == pytest.approx(1 if t < 0.5 else 0.98)
