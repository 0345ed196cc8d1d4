"""The losses against probabilities, closed forms and finite differences."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from aigc_lib import losses

LOGITS = arrays("float64", (5, 1), elements=st.floats(-100, 100))
GENERATOR_LOSSES = [losses.minimax_generator, losses.non_saturating_generator]


def number(value) -> float:
    """A scalar tensor as a Python number."""
    return float(keras.ops.convert_to_numpy(value))


@given(LOGITS, LOGITS)
def test_discriminator_loss_is_the_negative_value_of_the_game(real, fake):
    real, fake = real / 10, fake / 10  # where probabilities still carry the digits
    d_real, d_fake = 1 / (1 + np.exp(-real)), 1 / (1 + np.exp(-fake))
    value = np.log(d_real).mean() + np.log(1 - d_fake).mean()
    assert number(losses.minimax_discriminator(real, fake)) == pytest.approx(-value, abs=1e-9)


@given(LOGITS)
def test_generator_losses_from_probabilities(fake):
    d = 1 / (1 + np.exp(-fake / 10))
    assert number(losses.minimax_generator(fake / 10)) == pytest.approx(
        np.log(1 - d).mean(), abs=1e-9
    )
    assert number(losses.non_saturating_generator(fake / 10)) == pytest.approx(
        -np.log(d).mean(), abs=1e-9
    )


@pytest.mark.parametrize("logit", [-100.0, 0.0, 20.0, 100.0])
def test_losses_stay_finite_in_float32(logit):
    a = np.full((3, 1), logit, "float32")
    for value in (
        losses.minimax_discriminator(a, a),
        losses.minimax_generator(a),
        losses.non_saturating_generator(a),
    ):
        assert np.isfinite(number(value))


def test_values_when_the_discriminator_guesses():
    a = np.zeros((7, 1), "float32")
    assert number(losses.minimax_discriminator(a, a)) == pytest.approx(np.log(4), abs=1e-6)
    assert number(losses.minimax_generator(a)) == pytest.approx(-np.log(2), abs=1e-6)
    assert number(losses.non_saturating_generator(a)) == pytest.approx(np.log(2), abs=1e-6)


def test_gradients_where_the_discriminator_is_sure_of_a_fake():
    a = tf.Variable([[-10.0]], dtype="float64")
    gradients = []
    for loss in GENERATOR_LOSSES:
        with tf.GradientTape() as tape:
            value = loss(a)
        gradients.append(tape.gradient(value, a).numpy().item())
    assert gradients == pytest.approx([-4.5398e-5, -0.9999546], rel=1e-4)


@given(LOGITS, LOGITS)
def test_gradients_equal_finite_differences(real, fake):
    h = 1e-5
    cases = [(lambda a, loss=loss: loss(a)) for loss in GENERATOR_LOSSES]
    cases += [lambda a: losses.minimax_discriminator(a, fake)]
    cases += [lambda a: losses.minimax_discriminator(real, a)]
    for loss in cases:
        a = tf.Variable(real)
        with tf.GradientTape() as tape:
            value = loss(a)
        gradient = tape.gradient(value, a).numpy()
        for i in range(len(real)):
            up, down = real.copy(), real.copy()
            up[i] += h
            down[i] -= h
            difference = (number(loss(up)) - number(loss(down))) / (2 * h)
            assert gradient[i, 0] == pytest.approx(difference, abs=1e-5)


def test_unknown_loss_name_lists_the_known_ones(make_gan):
    for call in (lambda: losses.gan_losses("hing"), lambda: make_gan(loss="hing")):
        with pytest.raises(ValueError, match="'hing'") as error:
            call()
        assert all(name in str(error.value) for name in losses.GAN_LOSSES)
