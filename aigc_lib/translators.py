"""Builders of the two networks of CycleGAN: one redraws pictures, one judges their patches.

Shapes are (height, width, channels), sizes whole numbers of at least 1: another kind is a
TypeError, another number a ValueError.
"""

from typing import Any

import keras
from keras import layers, ops

from aigc_lib import checks

__all__ = ["patches", "translator"]


def _size(shape: Any, multiple: int) -> tuple[int, int, int]:
    """Errors unless it is the shape of pictures whose height and width are such multiples."""
    if not isinstance(shape, tuple | list) or len(shape) != 3:
        raise TypeError(
            f"expected a shape (height, width, channels), such as (20, 20, 3), but got {shape!r}."
        )
    height, width, channels = (checks.whole(each, "each number of shape") for each in shape)
    if height % multiple or width % multiple:
        raise ValueError(
            f"expected a height and a width that are multiples of {multiple}, but got {height} × "
            f"{width}: the network halves and doubles them. Pad the pictures."
        )
    return height, width, channels


def translator(
    shape: tuple[int, int, int], width: int = 32, blocks: int = 4, halved: bool = True
) -> keras.Model:
    """A network that redraws pictures: pictures → pictures of the same shape, in (-1, 1).

        tanh(artanh x + Δ), Δ from residual blocks at half the height and width

    Untrained it returns nearly the picture: its last weights are small, and artanh x, with |x| cut
    at 0.97, is what tanh makes x of. So it learns what to change, and no outline has to be
    remembered.

    Args:
        shape: of a picture, height and width even where they are halved.
        width: channels of the blocks.
        blocks: residual blocks, of two convolutions each; none with 0.
        halved: whether the blocks work at half the height and width, which is four times as fast;
            pictures of 8 × 8 pixels want it False.

    Returns:
        A model (n, *shape) → (n, *shape).

    Source: Zhu et al. 2017, appendix 7.2, https://arxiv.org/abs/1703.10593, made small: theirs
        halves twice, has 6 or 9 blocks, normalises each picture, and adds nothing to x.
    """
    if not isinstance(halved, bool):
        raise TypeError(f"expected True or False for halved, but got {halved!r}.")
    height, wide, channels = _size(shape, 2 if halved else 1)
    checks.whole(width, "width")
    checks.whole(blocks, "blocks", least=0)
    picture = keras.Input((height, wide, channels))
    kernel, strides = (4, 2) if halved else (3, 1)
    x = layers.Conv2D(width, kernel, strides, padding="same")(picture)
    for _ in range(blocks):
        y = layers.Conv2D(width, 3, padding="same")(_leaky(x))
        x = layers.Add()([x, layers.Conv2D(width, 3, **_small(0.1))(_leaky(y))])
    x = _leaky(x)
    if halved:
        x = _leaky(layers.Conv2DTranspose((width + 1) // 2, 4, 2, padding="same")(x))
        x = layers.Concatenate()([x, picture])
    change = layers.Conv2D(channels, 3, **_small(0.05))(x)
    kept = ops.arctanh(ops.clip(picture, -0.97, 0.97))
    return keras.Model(picture, layers.Activation("tanh")(layers.Add()([kept, change])))


def _leaky(x: keras.KerasTensor) -> keras.KerasTensor:
    return layers.LeakyReLU(negative_slope=0.2)(x)


def _small(scale: float) -> dict[str, Any]:
    """Of a convolution that changes little at first."""
    return {
        "padding": "same",
        "kernel_initializer": keras.initializers.VarianceScaling(scale),
    }


def patches(shape: tuple[int, int, int], width: int = 32, halvings: int = 2) -> keras.Model:
    """A discriminator that judges patches: pictures → a map of logits, one for each patch.

    Args:
        shape: of a picture, height and width multiples of 2 to the power of `halvings`.
        width: channels after the first convolution; twice as many later.
        halvings: convolutions that halve height and width. With 2 each logit sees 26 × 26 pixels,
            with 1 it sees 12 × 12, with 0 5 × 5.

    Returns:
        A model (n, *shape) → (n, height / 2^halvings, width / 2^halvings, 1).

    Source: Isola et al. 2016, section 3.2.2 (PatchGAN), https://arxiv.org/abs/1611.07004; without
        normalisation, as `networks.dcgan_discriminator`.
    """
    checks.whole(halvings, "halvings", least=0, most=6)
    size = _size(shape, 2**halvings)
    checks.whole(width, "width")
    x = picture = keras.Input(size)
    for i in range(halvings):
        x = _leaky(layers.Conv2D(width * min(2, i + 1), 4, 2, padding="same")(x))
    x = _leaky(layers.Conv2D(2 * width, 3, padding="same")(x))
    return keras.Model(picture, layers.Conv2D(1, 3, padding="same")(x))
