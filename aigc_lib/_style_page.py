"""A style-based generator for a page: what the widget of styles gets, and what is shipped."""

from typing import Any

import keras
import numpy as np

from aigc_lib import _steps, assets, checks, style
from aigc_lib.networks import mlp

FILE = "style.npz"
WIDTH = 16  # of the shipped generator
DRAWN = 10_000  # styles, of which come the mean and the directions
SHOWN = 53  # seed of the two digits that stand there at first: the mix keeps one, in another pen


def shipped_style() -> keras.Model:
    """The style-based generator of tools/make/train_style.py, its weights rounded to 8 bits.

    Returns:
        A network of `style.style_generator`: (n, 64) → digits (n, 28, 28, 1), for `style.draw`.

    Raises:
        FileNotFoundError, ValueError: the shipped file is missing or damaged.
    """
    return _steps.restore(style.style_generator(width=WIDTH), _stored("generator"))


def reader() -> keras.Model:
    """An untrained network from the 784 signed pixels of a digit to ten logits."""
    return mlp(784, 10, width=32, depth=1)


def directions(generator: keras.Model) -> np.ndarray:
    """The mean style and the two directions in which styles differ most: (3, style_dim).

    A direction is as long as the standard deviation along it; its largest number is above 0.
    """
    z = keras.random.normal((DRAWN, generator.input_shape[1]), seed=0)
    codes = style.styles(generator, z)
    mean = codes.mean(axis=0)
    _, sizes, ways = np.linalg.svd(codes - mean, full_matrices=False)
    ways, sizes = ways[:2], sizes[:2] / np.sqrt(DRAWN)
    signs = np.sign(np.take_along_axis(ways, np.abs(ways).argmax(axis=1)[:, None], axis=1))
    return np.vstack([mean, signs * sizes[:, None] * ways])


def style_data(generator: keras.Model | None = None, seed: int = SHOWN) -> dict[str, Any]:
    """What style.js needs; arguments and errors as in `widgets.show_style`."""
    checks.whole(seed, "seed", least=0)
    own = generator is not None
    generator = shipped_style() if generator is None else generator
    mapping, synthesis = (style._part(generator, name) for name in ("mapping", "synthesis"))
    if generator.output_shape[1:] != (28, 28, 1):
        raise ValueError(
            "expected a generator of grey images of 28 × 28, but got one of "
            f"{generator.output_shape[1:]}. Take style.style_generator()."
        )
    constant = synthesis.get_layer("constant").picture
    dense = [layer for layer in mapping.layers if isinstance(layer, style.ScaledDense)]
    read = _steps.restore(reader(), _stored("reader"))
    network = {
        "mapping": [_dense(layer, np.sqrt(2) * layer.rate) for layer in dense],  # √2: see style.py
        "side": constant.shape[0],
        "constant": _steps.matrix(constant),
        "layers": [
            _convolution(layer, noise)
            for layer, noise in zip(*_convolutions(synthesis), strict=True)
        ],
        "reader": [_dense(layer) for layer in read.layers[::2]],
    }
    mean, *ways = directions(generator) if own else _stored("page")["directions"]
    z = np.random.default_rng(seed).normal(size=(2, generator.input_shape[1])).round(3)
    return {
        "codes": z.tolist(),
        "accuracy": _stored("page")["accuracy"].item(),
        "network": network
        | {"mean": _steps.vector(mean), "directions": [_steps.vector(way) for way in ways]},
    }


def _stored(part: str) -> dict[str, np.ndarray]:
    """The arrays of one part of the shipped file: "generator", "reader" or "page"."""
    with np.load(assets.path(FILE), allow_pickle=False) as arrays:
        return {
            name.removeprefix(f"{part} "): arrays[name]
            for name in arrays.files
            if name.startswith(f"{part} ")
        }


def _convolutions(synthesis: keras.Model) -> tuple[list[Any], list[Any]]:
    """The convolutions that take a style, in order, and the noise behind each, or None."""
    layers = [each for each in synthesis.layers if isinstance(each, style.StyledConvolution)]
    noises = {each.name: each for each in synthesis.layers if isinstance(each, style.Noise)}
    return layers, [noises.get(f"noise_{i}") for i in range(len(layers))]


def _dense(layer: keras.layers.Layer, gain: float = 1.0) -> dict[str, Any]:
    """A layer gain (x W + b)."""
    kernel, bias = (keras.ops.convert_to_numpy(each) for each in (layer.kernel, layer.bias))
    return {"kernel": _steps.matrix(gain * kernel), "bias": _steps.vector(gain * bias)}


def _convolution(layer: style.StyledConvolution, noise: style.Noise | None) -> dict[str, Any]:
    return {
        "size": layer.kernel,
        "strides": layer.strides,
        "demodulate": layer.demodulate,
        "kernel": _steps.matrix(layer.weight),
        "bias": _steps.vector(layer.bias),
        "style": _dense(layer.style),
        "noise": noise
        and {
            "strength": _steps.vector(noise.strength),
            "kept": _steps.vector(keras.ops.reshape(noise.kept, (-1,))),
        },
    }
