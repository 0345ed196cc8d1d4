"""A generator whose every layer takes a style, after StyleGAN and StyleGAN2, for small pictures.

A mapping network makes of noise z a code w; from w a linear map makes the style of each layer, one
factor for each channel that the layer reads. Pictures begin with a learned constant.

Sources: Karras et al. 2018, https://arxiv.org/abs/1812.04948 (StyleGAN); Karras et al. 2019,
    https://arxiv.org/abs/1912.04958 (StyleGAN2)
"""

import math
from typing import Any

import keras
import numpy as np
from keras import layers
from numpy.typing import ArrayLike

from aigc_lib import checks, parts
from aigc_lib._styled import Constant, Noise, ScaledDense, StyledConvolution

__all__ = [
    "LAYERS",
    "Constant",
    "Noise",
    "ScaledDense",
    "StyledConvolution",
    "draw",
    "mean_style",
    "mixed",
    "style_generator",
    "styles",
    "truncated",
]

LAYERS = 4  # that take a style each: two at a quarter of the side, one at half, one at the whole


def style_generator(
    latent_dim: int = 64,
    style_dim: int = 64,
    mapping: int = 4,
    width: int = 16,
    noise: bool = True,
    channels: int = 1,
    side: int = 28,
    rate: float = 0.1,
) -> keras.Model:
    """Noise → pictures in [-1, 1], in two networks, "mapping" and "synthesis".

    The synthesis has the convolutions of `networks.dcgan_generator`, each with a style in place of
    batch normalisation. The mapping network first puts z on the sphere |z|² = latent_dim.

    Args:
        latent_dim: numbers in one noise vector z.
        style_dim: numbers in one code w.
        mapping: layers of the mapping network. With 0 it does nothing at all: w = z.
        width: channels at half the side; twice as many at a quarter of it.
        noise: whether noise is added behind the first three convolutions.
        channels: of the pictures.
        side: of the pictures, a multiple of 4.
        rate: of the mapping network, as in `ScaledDense`.

    Returns:
        A model from (n, latent_dim) to (n, side, side, channels).
    """
    sizes = {"latent_dim": latent_dim, "style_dim": style_dim, "width": width, "side": side}
    for name, value in (sizes | {"channels": channels}).items():
        checks.whole(value, name)
    checks.whole(mapping, "mapping", least=0)
    checks.number(rate, "rate", above=0)
    if not isinstance(noise, bool):
        raise TypeError(f"expected True or False for noise, but got {noise!r}.")
    if side % 4:
        raise ValueError(f"expected a side that is a multiple of 4, but got {side}.")
    if mapping == 0 and latent_dim != style_dim:
        raise ValueError(
            "expected one size of z and w where there is no mapping network, but got latent_dim "
            f"{latent_dim} and style_dim {style_dim}. Make them equal."
        )
    z = keras.Input((latent_dim,), name="z")
    repeat = layers.RepeatVector(LAYERS, name="repeat")
    codes = repeat(_mapping(latent_dim, style_dim, mapping, rate)(z))
    return keras.Model(z, _synthesis(style_dim, width, noise, channels, side)(codes), name="style")


def _mapping(latent_dim: int, style_dim: int, depth: int, rate: float) -> keras.Model:
    """z → w."""
    if depth == 0:
        return keras.Sequential([keras.Input((latent_dim,)), layers.Identity()], name="mapping")
    unit = layers.UnitNormalization(dtype="float32")  # its guard against 0 is too small for 16 bits
    sphere = [unit, layers.Rescaling(math.sqrt(latent_dim))]
    hidden = []
    for _ in range(depth):
        hidden += [ScaledDense(style_dim, rate), layers.Rescaling(math.sqrt(2))]
        hidden += [layers.LeakyReLU(negative_slope=0.2)]
    return keras.Sequential([keras.Input((latent_dim,)), *sphere, *hidden], name="mapping")


def _synthesis(style_dim: int, width: int, noise: bool, channels: int, side: int) -> keras.Model:
    """One code for each layer, (n, LAYERS, style_dim) → pictures."""
    codes = keras.Input((LAYERS, style_dim), name="codes")
    x = Constant((side // 4, side // 4, 2 * width), name="constant")(codes)
    for i, (filters, kernel, strides) in enumerate([(2 * width, 3, 1)] * 2 + [(width, 4, 2)]):
        x = StyledConvolution(filters, kernel, strides, name=f"convolution_{i}")([x, codes[:, i]])
        x = Noise(name=f"noise_{i}")(x) if noise else x
        x = layers.LeakyReLU(negative_slope=0.2)(x)
    last = StyledConvolution(channels, 4, 2, demodulate=False, name="to_picture")
    x = layers.Activation("tanh")(last([x, codes[:, LAYERS - 1]]))
    return keras.Model(codes, x, name="synthesis")


# What one does with the codes w


def _part(generator: Any, name: str) -> keras.Model:
    """The network of that name in a generator of `style_generator`."""
    parts.check_network(generator, "generator")
    if {"mapping", "synthesis"} - {layer.name for layer in generator.layers}:
        raise TypeError(
            f"expected a generator of style.style_generator, but got {generator.name!r}, which has "
            "no layers mapping and synthesis. Of a GAN pass its average: gan.average."
        )
    return generator.get_layer(name)


def _floats(x: ArrayLike, *shapes: tuple[int, ...]) -> np.ndarray:
    """Finite float32 (n, …), each row of one of these shapes, or a ValueError."""
    rows = checks.floats(x)
    if rows.ndim == 0 or rows.shape[1:] not in shapes:
        wanted = " or ".join(f"(n, {', '.join(map(str, shape))})" for shape in shapes)
        raise ValueError(f"expected vectors of shape {wanted}, one row each, but got {rows.shape}.")
    checks.finite(rows)
    return rows


def styles(generator: keras.Model, z: ArrayLike) -> np.ndarray:
    """The codes w of noise vectors: (n, latent_dim) → float32 (n, style_dim).

    Raises:
        TypeError, ValueError: another generator; noise of another shape, no floats, NaN.
    """
    mapping = _part(generator, "mapping")
    z = _floats(z, mapping.input_shape[1:])
    return mapping.predict(z, batch_size=1000, verbose=0)


def mean_style(generator: keras.Model, n: int = 10_000, seed: int = 0) -> np.ndarray:
    """The mean code w of n noise vectors, float32 (style_dim,): what `truncated` shrinks to.

    Errors as in `styles`, or n < 1.
    """
    shape = checks.whole(n, "n"), _part(generator, "mapping").input_shape[1]
    z = keras.random.normal(shape, dtype="float32", seed=checks.whole(seed, "seed", least=0))
    return styles(generator, z).mean(axis=0)


def truncated(styles: ArrayLike, mean: ArrayLike, psi: float) -> np.ndarray:
    """mean + ψ (w - mean): codes nearer to the mean give pictures more typical and more alike.

    Args:
        styles: codes w (n, d), or (n, LAYERS, d).
        mean: of `mean_style`, (d,).
        psi: ψ; 1 changes nothing, 0 gives the mean alone, below 0 lie the opposites.

    Raises:
        ValueError, TypeError: no finite floats, shapes that do not fit.

    Source: Karras et al. 2018, appendix B, https://arxiv.org/abs/1812.04948
    """
    styles, mean = checks.floats(styles), checks.floats(mean)
    if mean.ndim != 1 or styles.shape[1:] not in (mean.shape, (LAYERS, *mean.shape)):
        raise ValueError(
            f"expected codes of shape (n, d) or (n, {LAYERS}, d) and their mean, (d,), but got "
            f"{styles.shape} and {mean.shape}. Take the mean from mean_style(generator)."
        )
    checks.finite(styles)
    checks.finite(mean)
    return styles + np.float32(checks.number(psi, "psi") - 1) * (styles - mean)


def mixed(first: ArrayLike, second: ArrayLike, layer: int) -> np.ndarray:
    """Codes whose layers before `layer` are the first's, the others the second's.

    Args:
        first, second: codes w (n, d), one pair a row.
        layer: how many coarse layers the first gives, 0 … `LAYERS`.

    Returns:
        (n, LAYERS, d), for `draw`.

    Raises:
        ValueError, TypeError: no finite floats, unequal shapes, no such layer.

    Source: Karras et al. 2018, section 3.1, https://arxiv.org/abs/1812.04948
    """
    first, second = checks.floats(first), checks.floats(second)
    if first.ndim != 2 or first.shape != second.shape:
        raise ValueError(
            f"expected two sets of codes of one shape (n, d), but got {first.shape} and "
            f"{second.shape}. Take both from styles(generator, z)."
        )
    checks.finite(first)
    checks.finite(second)
    coarse = np.arange(LAYERS)[:, None] < checks.whole(layer, "layer", least=0, most=LAYERS)
    return np.where(coarse, first[:, None], second[:, None])


def draw(generator: keras.Model, styles: ArrayLike) -> np.ndarray:
    """Pictures of codes w (n, style_dim), or (n, LAYERS, style_dim), one for each layer.

    Returns:
        float32 (n, side, side, channels). The noise is the one picture that is kept: equal codes
        give equal pictures.

    Raises:
        TypeError, ValueError: another generator; codes of another shape, no floats, NaN.
    """
    synthesis = _part(generator, "synthesis")
    count, size = synthesis.input_shape[1:]
    codes = _floats(styles, (size,), (count, size))
    if codes.ndim == 2:
        codes = np.repeat(codes[:, None], count, axis=1)
    return synthesis.predict(codes, batch_size=500, verbose=0).astype("float32", copy=False)
