"""How good are samples after so many seconds of training on two cores? `make bench-time`.

FD-LeNet of 10 000 samples against the 10 000 test images, lower is better, of

    GAN         for 180 s the one of chapter 12; for 60 s two thirds as wide, twice the step sizes
    GAN, hasty  for 180 s with the width and the step sizes that are good for 60
    DCGAN       networks of the sizes and settings of TensorFlow's DCGAN tutorial
    article     the article's program, mended so that it runs and can learn
    VAE         the convolutional one of chapter 32

The GANs and the VAE are trained anew for each budget, since their step sizes depend on it; the
others keep theirs, so that one long training is stopped on the way. The clock starts with
`fit`: building the graph counts, judging does not.

Each row goes to aigc_lib/time_to_quality.json as soon as it is there; rows that are there are
not made again. Delete the file to make all: about 45 minutes.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

from aigc_lib import data, metrics, scorer
from aigc_lib.budget import TimeBudget, constant, half_cosine, hold_then_fall
from aigc_lib.gan import GAN
from aigc_lib.networks import conv_decoder, conv_encoder, dcgan_discriminator, dcgan_generator
from aigc_lib.vae import VAE

RESULTS = Path(data.__file__).parent / "time_to_quality.json"
SECONDS = {
    "GAN": (60, 180),
    "GAN, hasty": (180,),
    "DCGAN": (60, 180, 300, 600, 900, 1200),
    "article": (180,),
    "VAE": (60, 180),
}


def course_gan(factor: float = 1.0, seed: int = 0, width: int = 16) -> GAN:
    """The GAN of chapter 12, with step sizes for a minute's training, times `factor`."""
    networks = dcgan_generator(width=width), dcgan_discriminator(width)
    gan = GAN(*networks, ema_decay=0.995, seed=seed)
    memory = {"beta_1": 0.0, "beta_2": 0.99}
    gan.compile(
        keras.optimizers.Adam(2e-3 * factor, **memory),
        keras.optimizers.Adam(8e-3 * factor, **memory),
    )
    return gan


def course_vae() -> VAE:
    """The convolutional VAE of chapter 32."""
    vae = VAE(conv_encoder(), conv_decoder())
    vae.compile(keras.optimizers.Adam(1e-2))
    return vae


class OneBatchOfFakes(GAN):
    """Both updates from one batch of fakes and the same discriminator, as in the tutorial."""

    def train_step(self, real: tf.Tensor) -> dict[str, tf.Tensor]:
        noise = self.noise(tf.shape(real)[0])
        d_variables = self.discriminator.trainable_variables
        g_variables = self.generator.trainable_variables
        with tf.GradientTape(persistent=True) as tape:
            fake_logits = self.discriminator(self.generator(noise, training=True), training=True)
            real_logits = self.discriminator(real, training=True)
            d_loss = self.discriminator_loss(real_logits, fake_logits)
            g_loss = self.generator_loss(real_logits, fake_logits)
        self.g_optimizer.apply(tape.gradient(g_loss, g_variables), g_variables)
        self.d_optimizer.apply(tape.gradient(d_loss, d_variables), d_variables)
        for twin, weight in zip(self.average.weights, self.generator.weights, strict=True):
            twin.assign(weight)
        self.d_loss.update_state(d_loss)
        self.g_loss.update_state(g_loss)
        self.d_accuracy.update_state(real_logits > 0)
        self.d_accuracy.update_state(fake_logits < 0)
        return self.get_metrics_result()


def tutorial_gan() -> GAN:
    """The sizes and settings of https://www.tensorflow.org/tutorials/generative/dcgan.

    2 330 944 + 212 865 parameters; batches of 256 are for the caller to choose. The incomplete
    last batch is left out, where the tutorial compares 256 fakes with 96 reals.
    """

    def block(layer: layers.Layer) -> list[layers.Layer]:
        return [layer, layers.BatchNormalization(), layers.LeakyReLU()]

    wide = {"padding": "same", "use_bias": False}
    generator = keras.Sequential(
        [
            keras.Input((100,)),
            *block(layers.Dense(7 * 7 * 256, use_bias=False)),
            layers.Reshape((7, 7, 256)),
            *block(layers.Conv2DTranspose(128, 5, strides=1, **wide)),
            *block(layers.Conv2DTranspose(64, 5, strides=2, **wide)),
            layers.Conv2DTranspose(1, 5, strides=2, activation="tanh", **wide),
        ]
    )
    halves = [keras.Input((28, 28, 1))]
    for channels in (64, 128):
        halves += [
            layers.Conv2D(channels, 5, strides=2, padding="same"),
            layers.LeakyReLU(),
            layers.Dropout(0.3),
        ]
    discriminator = keras.Sequential([*halves, layers.Flatten(), layers.Dense(1)])
    gan = OneBatchOfFakes(generator, discriminator)
    gan.compile(keras.optimizers.Adam(1e-4), keras.optimizers.Adam(1e-4))
    return gan


@keras.saving.register_keras_serializable(package="bench")
def uniform(z: keras.KerasTensor) -> keras.KerasTensor:
    """Normal noise → uniform noise in [-1, 1]: 2 Φ(z) - 1."""
    return ops.erf(z / 2**0.5)


def article_gan() -> GAN:
    """The article's program (section 2.5), mended so that it runs and can learn.

    Two transposed convolutions in place of five (five end at 224 × 224), pixels in [-1, 1] for
    the tanh, fresh noise in each step, and each network moved by its own loss only. Widths,
    kernels, activations, uniform noise, both optimisers and batches of 128 as printed.
    """
    generator = keras.Sequential(
        [
            keras.Input((100,)),
            layers.Activation(uniform),
            layers.Dense(7 * 7 * 128, activation="relu"),
            layers.Reshape((7, 7, 128)),
            layers.Conv2DTranspose(128, 5, strides=2, padding="same", activation="relu"),
            layers.Conv2DTranspose(1, 5, strides=2, padding="same", activation="tanh"),
        ]
    )
    discriminator = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(128, 5, strides=2, padding="same", activation="relu"),
            layers.Conv2D(128, 5, strides=2, padding="same", activation="relu"),
            layers.Flatten(),
            layers.Dense(1),  # the logit: the sigmoid is in the loss
        ]
    )
    gan = GAN(generator, discriminator, ema_decay=0.0)
    gan.compile(keras.optimizers.Adam(2e-4), keras.optimizers.Adam(2e-4, beta_1=0.5))
    return gan


def judged(model: GAN | VAE) -> dict[str, float]:
    """`metrics.glance` of 10 000 samples; those of a VAE are the decoder's means, grey."""
    samples = model.sample(metrics.JUDGED, seed=1)
    return metrics.glance(scorer.judge(samples if isinstance(model, GAN) else 2 * samples - 1))


def anew(name: str, images: np.ndarray, budgets: list[int]) -> Iterator[dict[str, float]]:
    """A training of its own for each budget."""
    for seconds in budgets:
        keras.utils.set_random_seed(0)
        if name == "VAE":
            model, timer = course_vae(), TimeBudget(seconds, half_cosine)
        else:
            slow = name == "GAN" and seconds > 60
            model = course_gan(0.5, width=24) if slow else course_gan()
            timer = TimeBudget(seconds, hold_then_fall)
        history = model.fit(images, epochs=1000, verbose=0, callbacks=[timer]).history
        accuracy = {} if name == "VAE" else {"d_accuracy": history["d_accuracy"]}
        yield {"seconds": seconds, "steps": timer.steps, "batch": 128, **judged(model), **accuracy}


LONG = {"DCGAN": (tutorial_gan, 256), "article": (article_gan, 128)}


def on_the_way(name: str, images: np.ndarray, stops: list[int]) -> Iterator[dict[str, float]]:
    """One training with constant step sizes, halted to be judged."""
    keras.utils.set_random_seed(0)
    maker, batch = LONG[name]
    model, batches = maker(), data.batches(images, batch)
    steps, spent, accuracy = 0, 0.0, []
    for seconds in stops:
        timer = TimeBudget(seconds - spent, constant)
        history = model.fit(batches, epochs=1000, verbose=0, callbacks=[timer]).history
        steps, spent = steps + timer.steps, spent + timer.spent
        accuracy = accuracy + history["d_accuracy"]
        row = {"seconds": seconds, "steps": steps, "batch": batch}
        yield row | judged(model) | {"d_accuracy": accuracy}


def table(rows: list[dict]) -> str:
    """One line a row: seconds, images seen in a second, and the metrics of `glance`."""
    form = "{:11}{:>6}{:>8}{:>10}{:>7}{:>11}{:>8}{:>9}"
    names = ("FD-LeNet", "score", "confident", "TV", "missing")
    lines = [form.format("model", "s", "img/s", *names)]
    for row in rows:
        speed = row["steps"] * row["batch"] / row["seconds"]
        values = (f"{row[name]:.4g}" for name in names)
        lines.append(form.format(row["model"], row["seconds"], f"{speed:.0f}", *values))
    return "\n".join(lines)


if __name__ == "__main__":
    (x_train, _), _ = data.load_mnist()
    signed, unit = data.to_signed(x_train), data.to_unit(x_train)
    rows = json.loads(RESULTS.read_text()) if RESULTS.exists() else []
    for name, budgets in SECONDS.items():
        done = {row["seconds"] for row in rows if row["model"] == name}
        missing = [seconds for seconds in budgets if seconds not in done]
        if name in LONG and missing:  # one training: all of its stops or none
            rows, missing = [row for row in rows if row["model"] != name], list(budgets)
        make = on_the_way if name in LONG else anew
        for row in make(name, unit if name == "VAE" else signed, missing) if missing else ():
            rows.append({"model": name} | row)
            RESULTS.write_text(json.dumps(rows, indent=1) + "\n")
            print(rows[-1], flush=True)
    print(table(rows))
