"""Train the generator that the library ships: generator.weights.h5.

    python -m tools.make.train_generator

The GAN of chapter 12 with networks half as wide again and a learning rate that falls to a
twentieth, for EPOCHS epochs: about six minutes on two cores. The file holds the averaged
generator only.
"""

import time

import keras

from aigc_lib import data
from aigc_lib.gan import GAN
from aigc_lib.networks import dcgan_discriminator, dcgan_generator
from tools import files
from tools.make.sums import ASSETS, record

TARGET = ASSETS / "generator.weights.h5"
EPOCHS, BATCH, SEED = 10, 128, 0


def falling(rate: float) -> keras.optimizers.Optimizer:
    """Adam with a learning rate that falls in a straight line to rate / 20."""
    steps = EPOCHS * (60_000 // BATCH)
    schedule = keras.optimizers.schedules.PolynomialDecay(rate, steps, rate / 20)
    return keras.optimizers.Adam(schedule, beta_1=0.0, beta_2=0.99)


if __name__ == "__main__":
    keras.utils.set_random_seed(SEED)
    (images, _), _ = data.load_mnist()
    gan = GAN(dcgan_generator(width=24), dcgan_discriminator(width=24), seed=SEED)
    gan.compile(d_optimizer=falling(1e-3), g_optimizer=falling(4e-3))
    started = time.perf_counter()
    gan.fit(data.to_signed(images), batch_size=BATCH, epochs=EPOCHS, verbose=2)
    with files.replacing(TARGET) as part:
        gan.average.save_weights(part)
    print(f"{time.perf_counter() - started:.0f} s, {TARGET.stat().st_size / 1e6:.2f} MB")
    print(f"SHA-256 {record(TARGET)}")
