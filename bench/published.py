"""GANs that others published, as they stand or mended: of TensorFlow's tutorial, of the article."""

import keras
import tensorflow as tf
from keras import layers, ops

from aigc_lib.gan import GAN


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
        self.count_answers(real_logits, fake_logits)
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
