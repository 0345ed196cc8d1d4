"""Builders of small networks. Every one returns an ordinary Keras model."""

import keras
from keras import layers

from aigc_lib.data import shipped_file


def dcgan_generator(latent_dim: int = 64, width: int = 16) -> keras.Model:
    """A small DCGAN generator: noise → 28 × 28 images in [-1, 1].

    Kernels of 4 × 4 at stride 2, so that every output pixel is reached by the same number
    of kernel weights (an odd kernel leaves a checkerboard), and two 3 × 3 convolutions where
    the image has only 7 × 7 pixels: depth at a low price.

    Args:
        latent_dim: numbers in one noise vector z.
        width: channels at 14 × 14; twice as many at 7 × 7.

    Returns:
        A model from (n, latent_dim) to (n, 28, 28, 1).

    Source: Radford et al. 2015, https://arxiv.org/abs/1511.06434
    """

    def normed(layer: layers.Layer) -> list[layers.Layer]:
        return [layer, layers.BatchNormalization(momentum=0.9), layers.ReLU()]

    no_bias = {"padding": "same", "use_bias": False}  # batch norm brings its own
    return keras.Sequential(
        [
            keras.Input((latent_dim,)),
            *normed(layers.Dense(7 * 7 * 2 * width, use_bias=False)),
            layers.Reshape((7, 7, 2 * width)),
            *normed(layers.Conv2D(2 * width, 3, **no_bias)),
            *normed(layers.Conv2D(2 * width, 3, **no_bias)),
            *normed(layers.Conv2DTranspose(width, 4, strides=2, **no_bias)),
            layers.Conv2DTranspose(1, 4, strides=2, padding="same", activation="tanh"),
        ],
        name="generator",
    )


def dcgan_discriminator(width: int = 16) -> keras.Model:
    """A small DCGAN discriminator: 28 × 28 images → one logit each.

    No batch norm: it would mix the images of a batch, and real and generated batches
    would be told apart by their statistics.

    Args:
        width: channels at 14 × 14; twice as many at 7 × 7.

    Returns:
        A model from (n, 28, 28, 1) to (n, 1).

    Source: Radford et al. 2015, https://arxiv.org/abs/1511.06434
    """

    def leaky(channels: int, kernel: int, strides: int = 1) -> list[layers.Layer]:
        conv = layers.Conv2D(channels, kernel, strides, padding="same")
        return [conv, layers.LeakyReLU(negative_slope=0.2)]

    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            *leaky(width, 4, strides=2),
            *leaky(2 * width, 4, strides=2),
            *leaky(2 * width, 3),
            *leaky(2 * width, 3),
            layers.Flatten(),
            layers.Dense(1),
        ],
        name="discriminator",
    )


def load_generator() -> keras.Model:
    """The generator shipped with the library, trained by tools/train_generator.py.

    Returns:
        `dcgan_generator(width=24)` with its weights: (n, 64) → (n, 28, 28, 1).

    Raises:
        FileNotFoundError, ValueError: the shipped weights are missing or damaged.
    """
    generator = dcgan_generator(width=24)
    generator.load_weights(shipped_file("generator.weights.h5"))
    return generator
