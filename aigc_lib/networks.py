"""Builders of small networks. Every one returns an ordinary Keras model.

Sizes are whole numbers of at least 1: another kind is a TypeError, another number a ValueError.
"""

import math
from collections.abc import Sequence

import keras
from keras import layers, ops

from aigc_lib import assets, checks, parts, replicas

__all__ = [
    "conv_decoder",
    "conv_encoder",
    "dcgan_discriminator",
    "dcgan_generator",
    "load_generator",
    "mlp",
    "mlp_decoder",
    "mlp_encoder",
    "two_discriminators",
]


def _sizes(**given: int) -> None:
    """Errors unless all are whole numbers of at least 1."""
    for name, value in given.items():
        checks.whole(value, name)


def _normed(layer: layers.Layer) -> list[layers.Layer]:
    """The layer, then batch normalisation, then ReLU; give the layer no bias.

    Where several replicas train in step, they normalise the joint batch.
    """
    normed = layers.BatchNormalization(momentum=0.9, synchronized=replicas.count() > 1)
    return [layer, normed, layers.ReLU()]


def mlp(inputs: int, outputs: int, width: int = 128, depth: int = 2) -> keras.Model:
    """A network for points: (n, inputs) → (n, outputs), `depth` hidden layers with leaky ReLU.

    Noise → points it is a generator, points → logits a discriminator; linear with `depth` 0.
    """
    _sizes(inputs=inputs, outputs=outputs, width=width)
    checks.whole(depth, "depth", least=0)
    hidden = []
    for _ in range(depth):
        hidden += [layers.Dense(width), layers.LeakyReLU(negative_slope=0.2)]
    return keras.Sequential([keras.Input((inputs,)), *hidden, layers.Dense(outputs)])


def two_discriminators(first: keras.Model, second: keras.Model) -> keras.Model:
    """Two discriminators as one model: samples → logits (n, 2), for the loss "dual".

    Raises:
        ValueError, TypeError: no models, samples of unequal shape, or more than one logit each.

    Source: Nguyen et al. 2017, https://arxiv.org/abs/1709.03831
    """
    parts.check_network(first, "first discriminator")
    parts.check_network(second, "second discriminator")
    shapes = [(net.input_shape[1:], net.output_shape[1:]) for net in (first, second)]
    if shapes[0] != shapes[1] or shapes[0][1] != (1,):
        raise ValueError(
            "expected two discriminators that read samples of one shape and give one logit, but "
            f"got {' and '.join(f'{read} → {given}' for read, given in shapes)}. Make them equal."
        )
    sample = keras.Input(first.input_shape[1:])
    logits = [keras.Sequential([net])(sample) for net in (first, second)]  # names of their own
    return keras.Model(sample, ops.concatenate(logits, axis=1))


def dcgan_generator(latent_dim: int = 64, width: int = 16, channels: int = 1) -> keras.Model:
    """A small DCGAN generator: noise → 28 × 28 images in [-1, 1].

    Kernels of 4 × 4 at stride 2, so that every output pixel is reached by the same number
    of kernel weights (an odd kernel leaves a checkerboard), and two 3 × 3 convolutions where
    the image has only 7 × 7 pixels: depth at a low price.

    Args:
        latent_dim: numbers in one noise vector z.
        width: channels at 14 × 14; twice as many at 7 × 7.
        channels: of the images.

    Returns:
        A model from (n, latent_dim) to (n, 28, 28, channels).

    Source: Radford et al. 2015, https://arxiv.org/abs/1511.06434
    """
    _sizes(latent_dim=latent_dim, width=width, channels=channels)
    no_bias = {"padding": "same", "use_bias": False}  # batch norm brings its own
    return keras.Sequential(
        [
            keras.Input((latent_dim,)),
            *_normed(layers.Dense(7 * 7 * 2 * width, use_bias=False)),
            layers.Reshape((7, 7, 2 * width)),
            *_normed(layers.Conv2D(2 * width, 3, **no_bias)),
            *_normed(layers.Conv2D(2 * width, 3, **no_bias)),
            *_normed(layers.Conv2DTranspose(width, 4, strides=2, **no_bias)),
            layers.Conv2DTranspose(channels, 4, strides=2, padding="same", activation="tanh"),
        ],
        name="generator",
    )


def dcgan_discriminator(width: int = 16, channels: int = 1) -> keras.Model:
    """A small DCGAN discriminator: 28 × 28 images → one logit each.

    No batch norm: it would mix the images of a batch, and real and generated batches
    would be told apart by their statistics.

    Args:
        width: channels at 14 × 14; twice as many at 7 × 7.
        channels: of the images; with packs of m images m times as many.

    Returns:
        A model from (n, 28, 28, channels) to (n, 1).

    Source: Radford et al. 2015, https://arxiv.org/abs/1511.06434
    """
    _sizes(width=width, channels=channels)

    def leaky(filters: int, kernel: int, strides: int = 1) -> list[layers.Layer]:
        conv = layers.Conv2D(filters, kernel, strides, padding="same")
        return [conv, layers.LeakyReLU(negative_slope=0.2)]

    return keras.Sequential(
        [
            keras.Input((28, 28, channels)),
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
    """The generator shipped with the library, trained by tools/make/train_generator.py.

    Returns:
        `dcgan_generator(width=24)` with its weights: (n, 64) → (n, 28, 28, 1).

    Raises:
        FileNotFoundError, ValueError: the shipped weights are missing or damaged.
    """
    generator = dcgan_generator(width=24)
    generator.load_weights(assets.path("generator.weights.h5"))
    return generator


def _shape(shape: Sequence[int]) -> tuple[int, ...]:
    """Of one sample, as a tuple."""
    if not isinstance(shape, tuple | list) or not shape:
        raise TypeError(
            f"expected the shape of one sample, such as (28, 28, 1), but got {shape!r}."
        )
    return tuple(checks.whole(size, "each size in shape") for size in shape)


def _code_heads(hidden: list[layers.Layer], shape: tuple[int, ...], latent_dim: int) -> keras.Model:
    """An encoder: the hidden layers, then mean and log-variance of q(z|x) from the last one."""
    x = keras.Input(shape)
    h = keras.Sequential(hidden)(x)
    mean, log_variance = layers.Dense(latent_dim), layers.Dense(latent_dim)
    return keras.Model(x, [mean(h), log_variance(h)], name="encoder")


def mlp_encoder(
    latent_dim: int = 32, width: int = 512, shape: tuple[int, ...] = (28, 28, 1)
) -> keras.Model:
    """Two hidden layers that see all pixels at once: samples → mean and log-variance of q(z|x).

    Args:
        latent_dim: numbers in one code z.
        width: neurons in each hidden layer.
        shape: of one sample.

    Returns:
        A model from (n, *shape) to [(n, latent_dim), (n, latent_dim)].

    Source: Kingma & Welling 2013, appendix C, https://arxiv.org/abs/1312.6114 (one layer,
        no batch normalisation)
    """
    _sizes(latent_dim=latent_dim, width=width)
    shape = _shape(shape)
    hidden = [
        layers.Flatten(),
        *_normed(layers.Dense(width, use_bias=False)),
        *_normed(layers.Dense(width, use_bias=False)),
    ]
    return _code_heads(hidden, shape, latent_dim)


def mlp_decoder(
    latent_dim: int = 32, width: int = 512, shape: tuple[int, ...] = (28, 28, 1)
) -> keras.Model:
    """The same backwards: codes (n, latent_dim) → logits (n, *shape)."""
    _sizes(latent_dim=latent_dim, width=width)
    shape = _shape(shape)
    return keras.Sequential(
        [
            keras.Input((latent_dim,)),
            *_normed(layers.Dense(width, use_bias=False)),
            *_normed(layers.Dense(width, use_bias=False)),
            layers.Dense(math.prod(shape)),
            layers.Reshape(shape),
        ],
        name="decoder",
    )


def conv_encoder(latent_dim: int = 32, width: int = 16, hidden: int = 256) -> keras.Model:
    """A small convolutional encoder: 28 × 28 images → mean and log-variance of q(z|x).

    Args:
        latent_dim: numbers in one code z.
        width: channels at 14 × 14; twice as many at 7 × 7.
        hidden: neurons in the dense layer before the code.

    Returns:
        A model from (n, 28, 28, 1) to [(n, latent_dim), (n, latent_dim)].
    """
    _sizes(latent_dim=latent_dim, width=width, hidden=hidden)
    no_bias = {"padding": "same", "use_bias": False}  # batch norm brings its own
    body = [
        *_normed(layers.Conv2D(width, 4, strides=2, **no_bias)),
        *_normed(layers.Conv2D(2 * width, 4, strides=2, **no_bias)),
        layers.Flatten(),
        *_normed(layers.Dense(hidden, use_bias=False)),
    ]
    return _code_heads(body, (28, 28, 1), latent_dim)


def conv_decoder(latent_dim: int = 32, width: int = 16, hidden: int = 256) -> keras.Model:
    """The same backwards: codes (n, latent_dim) → logits (n, 28, 28, 1).

    With two 3 × 3 convolutions more, as in `dcgan_generator`.
    """
    _sizes(latent_dim=latent_dim, width=width, hidden=hidden)
    no_bias = {"padding": "same", "use_bias": False}
    return keras.Sequential(
        [
            keras.Input((latent_dim,)),
            *_normed(layers.Dense(hidden, use_bias=False)),
            *_normed(layers.Dense(7 * 7 * 2 * width, use_bias=False)),
            layers.Reshape((7, 7, 2 * width)),
            *_normed(layers.Conv2D(2 * width, 3, **no_bias)),
            *_normed(layers.Conv2D(2 * width, 3, **no_bias)),
            *_normed(layers.Conv2DTranspose(width, 4, strides=2, **no_bias)),
            layers.Conv2DTranspose(1, 4, strides=2, padding="same"),
        ],
        name="decoder",
    )
