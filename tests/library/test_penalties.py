"""The gradient penalties against closed forms, and inside a GAN."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from aigc_lib import penalties

REAL = np.random.default_rng(0).normal(size=(16, 3)).astype("float32")
FAKE = np.random.default_rng(1).normal(size=(16, 3)).astype("float32")


def linear(w: np.ndarray) -> keras.Model:
    """a(x) = w · x, whose gradient is w everywhere."""
    model = keras.Sequential([keras.Input((len(w),)), keras.layers.Dense(1, use_bias=False)])
    model.set_weights([np.asarray(w, "float32")[:, None]])
    return model


def square() -> keras.Model:
    """a(x) = ‖x‖² / 2, whose gradient is x."""
    x = keras.Input((3,))
    half = keras.layers.Lambda(lambda v: keras.ops.sum(v**2, axis=1, keepdims=True) / 2)
    return keras.Model(x, half(x))


@given(arrays("float32", (3,), elements=st.floats(-5, 5, width=32)))
def test_penalties_of_a_linear_discriminator(w):
    model, squared = linear(w), float((w.astype(float) ** 2).sum())
    for zero_centred in (penalties.r1_penalty, penalties.r2_penalty):
        got = float(zero_centred(model, REAL, FAKE, 0))
        assert got == pytest.approx(squared / 2, rel=1e-5, abs=1e-12)
    got = float(penalties.one_centred_penalty(model, tf.constant(REAL), FAKE, 0))
    assert got == pytest.approx((np.sqrt(squared) - 1) ** 2, rel=1e-4, abs=1e-5)


def test_r1_looks_at_real_and_r2_at_generated_samples():
    model = square()
    r1 = float(penalties.r1_penalty(model, REAL, FAKE, 0))
    r2 = float(penalties.r2_penalty(model, REAL, FAKE, 0))
    assert r1 == pytest.approx((REAL**2).sum(axis=1).mean() / 2, rel=1e-5)
    assert r2 == pytest.approx((FAKE**2).sum(axis=1).mean() / 2, rel=1e-5)


def test_interpolation_is_uniform_on_the_segment():
    # For a = ‖x‖²/2 the slope at x̂ is ‖x̂‖; real = (1, 0, 0), fake = 0: ‖x̂‖ = ε.
    n = 20_000
    real, fake = np.zeros((n, 3), "float32"), np.zeros((n, 3), "float32")
    real[:, 0] = 1
    seen = []

    class Recorder(keras.layers.Layer):
        def call(self, x):
            seen.append(x)
            return keras.ops.sum(x**2, axis=1, keepdims=True) / 2

    penalties.one_centred_penalty(Recorder(), tf.constant(real), fake, seed=0)
    share = np.asarray(seen[0])[:, 0]
    assert share.min() >= 0
    assert share.max() <= 1
    # standard errors: 0.289 / √n = 0.002; allowed are four and more
    assert share.mean() == pytest.approx(1 / 2, abs=0.01)
    assert np.quantile(share, [0.1, 0.25, 0.75]) == pytest.approx([0.1, 0.25, 0.75], abs=0.015)
    assert (np.asarray(seen[0])[:, 1:] == 0).all()


def test_gradient_is_finite_where_the_slope_is_zero():
    model = linear(np.zeros(3))
    weight = model.trainable_variables[0]
    with tf.GradientTape() as tape:
        value = penalties.one_centred_penalty(model, tf.constant(REAL), FAKE, 0)
    assert float(value) == pytest.approx(1, abs=1e-5)
    assert np.isfinite(tape.gradient(value, weight.value).numpy()).all()
    with tf.GradientTape() as tape:  # the trap that the library avoids
        slopes = tf.sqrt(penalties.squared_slopes(model, REAL))
        value = tf.reduce_mean((slopes - 1) ** 2)
    assert np.isnan(tape.gradient(value, weight.value).numpy()).all()


def test_images_are_penalised_too(make_gan, images):
    gan = make_gan()
    slopes = penalties.squared_slopes(gan.discriminator, images[:5])
    assert slopes.shape == (5,)
    step = np.zeros_like(images[:1])
    step[0, 3, 4, 0] = 1e-2
    up, down = (gan.discriminator(images[:1] + sign * step) for sign in (1, -1))
    assert float(slopes[0]) >= float((up - down)[0, 0] / 2e-2) ** 2 * 0.99


@pytest.mark.parametrize("weight", [-1, np.nan, np.inf])
@pytest.mark.parametrize("make", [penalties.r1, penalties.r2, penalties.gradient_penalty])
def test_bad_weights_are_refused(make, weight):
    with pytest.raises(ValueError, match="finite number ≥ 0 for the weight"):
        make(weight)


def test_unknown_penalty_lists_the_known_ones(make_gan):
    with pytest.raises(ValueError, match="'r3'") as error:
        make_gan(penalty=penalties.Penalty("r3", 1.0))
    assert all(name in str(error.value) for name in penalties.PENALTIES)


@given(st.floats(0, 100))
def test_each_maker_names_its_penalty_and_weight(weight):
    """Holds off a name of another formula, a weight that is lost, and a weight of 0 refused."""
    for make, formula in (
        (penalties.r1, penalties.r1_penalty),
        (penalties.r2, penalties.r2_penalty),
        (penalties.gradient_penalty, penalties.one_centred_penalty),
    ):
        penalty = make(weight)
        assert penalty.weight == weight
        assert penalties.PENALTIES[penalty.name] is formula
        assert penalties.checked(penalty) is penalty


def test_the_gradient_penalty_weighs_ten_unless_told():
    """Holds off another default than the paper's λ = 10."""
    assert penalties.gradient_penalty().weight == 10


def test_a_tuple_with_an_unknown_name_is_no_penalty():
    """Holds off a name that would be looked up only in the first step of a training."""
    with pytest.raises(ValueError, match="'R1'"):
        penalties.checked(penalties.Penalty("R1", 1.0))


class Watch(keras.layers.Layer):
    """a(x) = ‖x‖² / 2, which keeps what it was called with."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.seen, self.modes = [], []

    def call(self, x, training=None):
        self.seen.append(x)
        self.modes.append(training)
        return keras.ops.sum(x**2, axis=1, keepdims=True) / 2


def test_slopes_are_those_of_the_discriminator_in_training():
    """Holds off the slope of another function: dropout, for one, is off outside training."""
    watch = Watch()
    penalties.squared_slopes(watch, tf.constant(REAL))
    assert watch.modes == [True]


@settings(max_examples=20)
@given(st.integers(0, 1000))
def test_points_between_lie_on_the_segment_of_their_own_pair(seed):
    """Holds off a wrong sign, one share for all, pairs mixed up, and draws without the seed."""
    watch = Watch()
    for _ in range(2):
        penalties.one_centred_penalty(watch, tf.constant(REAL), tf.constant(FAKE), seed)
    first, again = (x.numpy() for x in watch.seen)
    np.testing.assert_array_equal(first, again)
    share = ((first - FAKE) * (REAL - FAKE)).sum(axis=1) / ((REAL - FAKE) ** 2).sum(axis=1)
    assert ((share > -1e-5) & (share < 1 + 1e-5)).all()
    assert np.unique(share.round(6)).size == len(REAL)
    np.testing.assert_allclose(first, FAKE + share[:, None] * (REAL - FAKE), atol=1e-5)


def test_points_between_have_the_precision_of_the_samples():
    """Holds off shares of another precision, which a product with the samples would refuse."""
    watch, (real, fake) = Watch(dtype="float64"), np.stack([REAL, FAKE]).astype("float64")
    penalties.one_centred_penalty(watch, tf.constant(real), fake, 0)
    assert watch.seen[0].dtype == tf.float64


def test_slopes_are_those_of_the_training():
    """Holds off a penalty on another function than the one trained: dropout, batch norm."""
    seen = []

    class Recorder(keras.layers.Layer):
        def call(self, x, training=None):
            seen.append(training)
            return keras.ops.sum(x, axis=1, keepdims=True)

    for penalty in penalties.PENALTIES.values():
        penalty(Recorder(), REAL, FAKE, 0)
    assert seen == [True] * len(penalties.PENALTIES)


def test_samples_in_float64_are_penalised_like_those_in_float32():
    """Holds off an ε of another dtype than the samples, and TensorFlow's error about it."""
    model = linear(np.array([1.0, 2.0, 3.0]))
    for penalty in penalties.PENALTIES.values():
        wide = penalty(model, REAL.astype("float64"), FAKE.tolist(), 0)
        assert float(wide) == pytest.approx(float(penalty(model, REAL, FAKE, 0)), rel=1e-5)


@pytest.mark.parametrize(("n", "m"), [(16, 1), (1, 16), (16, 15)])
def test_points_between_need_as_many_fakes_as_reals(n, m):
    """Holds off one fake that stands beside all reals, as broadcasting would have it."""
    with pytest.raises(ValueError, match="one shape"):
        penalties.one_centred_penalty(linear(np.ones(3)), REAL[:n], FAKE[:m], 0)


@pytest.mark.parametrize("seed", [-1, 2**32, 2**32 + 1, 1.5])
def test_seeds_that_would_not_draw_are_refused(seed):
    """Holds off a seed that only TensorFlow refuses, in words of its own."""
    model = linear(np.ones(3))
    with pytest.raises((TypeError, ValueError), match="seed"):
        penalties.one_centred_penalty(model, REAL, FAKE, seed)
    for good in (2**32 - 1, keras.random.SeedGenerator(1)):
        penalties.one_centred_penalty(model, REAL, FAKE, good)


@pytest.mark.parametrize("shape", [(3,), (0, 3), (3, 0)])
def test_one_sample_without_its_axis_and_no_sample_have_no_slope(shape):
    """Holds off a sum over nothing, and pixels taken for samples."""
    with pytest.raises(ValueError, match="n ≥ 1"):
        penalties.squared_slopes(Watch(), np.ones(shape, "float32"))


@pytest.mark.parametrize("wrong", ["r1", ("r1",), ("r1", 1.0, 2.0), ["r1", 1.0], None])
def test_a_penalty_is_a_name_with_a_weight(wrong):
    """Holds off a name alone, whose letters would be taken for a name and a weight."""
    with pytest.raises(TypeError, match="expected a penalty"):
        penalties.checked(wrong)
