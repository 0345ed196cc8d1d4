"""Speed of loading the data and of one training step, as ratios within one run: `make bench`.

load      seconds of `data.load_mnist`, beside NumPy reading the same file without the digest
step      milliseconds of one `fit` step of 128 images, beside the plain loop of chapter 12
XLA       the same step compiled with XLA
"""

import statistics
import time
from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf

from aigc_lib import assets, data, losses
from aigc_lib.gan import GAN
from aigc_lib.networks import dcgan_discriminator, dcgan_generator

STEPS, ROUNDS = 60, 5
MNIST = assets.path("mnist.npz")


def median_seconds(work: Callable[[], None]) -> float:
    """Median over ROUNDS, after one run that does not count."""
    seconds = []
    for _ in range(ROUNDS + 1):
        started = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds[1:])


def read_with_numpy() -> None:
    """All four arrays, no digest."""
    with np.load(MNIST) as arrays:
        for name in arrays.files:
            arrays[name]


def fitting(batches: tf.data.Dataset, jit_compile: bool) -> Callable[[], None]:
    """STEPS steps of `GAN.fit`."""
    gan = GAN(dcgan_generator(), dcgan_discriminator())
    gan.compile(jit_compile=jit_compile)
    return lambda: gan.fit(batches, verbose=0)


def plain_loop(batches: tf.data.Dataset) -> Callable[[], None]:
    """STEPS steps of two tapes in one tf.function, without average and metrics."""
    gan = GAN(dcgan_generator(), dcgan_discriminator())
    gan.compile()
    generator, discriminator = gan.generator, gan.discriminator

    @tf.function
    def step(real: tf.Tensor) -> None:
        fake = generator(gan.noise(tf.shape(real)[0]), training=True)
        with tf.GradientTape() as tape:
            loss = losses.minimax_discriminator(discriminator(real), discriminator(fake))
        variables = discriminator.trainable_variables
        gan.d_optimizer.apply(tape.gradient(loss, variables), variables)
        noise = gan.noise(tf.shape(real)[0])
        with tf.GradientTape() as tape:
            fake = generator(noise, training=True)
            loss = losses.non_saturating_generator(discriminator(fake))
        variables = generator.trainable_variables
        gan.g_optimizer.apply(tape.gradient(loss, variables), variables)

    def loop() -> None:
        for real in batches:
            step(real)

    return loop


if __name__ == "__main__":
    keras.utils.set_random_seed(0)
    (x_train, _), _ = data.load_mnist()
    batches = data.batches(data.to_signed(x_train[: 128 * STEPS]))

    load, numpy_only = median_seconds(data.load_mnist), median_seconds(read_with_numpy)
    print(f"load_mnist       {load:6.3f} s   {load / numpy_only:4.2f} × NumPy alone")

    fit, plain, xla = (
        median_seconds(work) / STEPS * 1000
        for work in (fitting(batches, False), plain_loop(batches), fitting(batches, True))
    )
    print(f"GAN.fit, a step  {fit:6.1f} ms  {fit / plain:4.2f} × the plain loop")
    print(f"the same, XLA    {xla:6.1f} ms  {xla / fit:4.2f} × without XLA")
