"""The smallest GAN, which chapter 21 steps by hand, with the losses of the library."""

import numpy as np
import pytest
import tensorflow as tf

from aigc_lib import losses


@pytest.mark.parametrize(("gamma", "known", "tolerance"), [(0.0, 1.756, 5e-4), (0.5, 4.8e-6, 5e-8)])
def test_dirac_gan_with_the_losses_of_the_library(gamma, known, tolerance):
    """500 simultaneous steps of 0.1 from θ = 1, ψ = 0: a(x) = ψ x, data at 0, fakes at θ."""
    theta, psi = (tf.Variable([[value]], dtype="float64") for value in (1.0, 0.0))
    for _ in range(500):
        with tf.GradientTape(persistent=True) as tape:
            d_loss = losses.minimax_discriminator(0 * psi, psi * theta)
            d_loss += gamma / 2 * tf.reduce_sum(psi**2)  # R1: the slope of a is ψ
            g_loss = losses.minimax_generator(psi * theta)
        slopes = tape.gradient(g_loss, theta), tape.gradient(d_loss, psi)
        theta.assign_sub(0.1 * slopes[0])
        psi.assign_sub(0.1 * slopes[1])
    radius = np.hypot(theta.numpy(), psi.numpy()).item()
    assert radius == pytest.approx(known, abs=tolerance)
