"""A small GPT for a page: what the widget of attention gets, and the network that is shipped.

A matrix travels as whole numbers of 8 bits, with a scale for each column: a quarter of the bytes of
32-bit floats. Vectors, which are few, stay 32-bit floats. `rounded` is the network that the page
then computes with.
"""

from base64 import b64encode
from typing import Any

import keras
import numpy as np

from aigc_lib import assets
from aigc_lib.transformer import Block, chain, transformer

STEPS = 127  # whole numbers on either side of 0
# Of the shipped network
SIZES: dict[str, Any] = {"length": 96, "width": 64, "heads": 4, "layers": 2, "mixing": 4}


def in_steps(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A matrix (n, m) → whole numbers int8 (n, m), and scales float32 (m,), one a column.

    Their product is the matrix, to half a scale.
    """
    scales = (np.abs(matrix).max(axis=0) / STEPS).astype("float32")
    scales[scales == 0] = 1
    return np.rint(matrix / scales).astype("int8"), scales


def rounded(network: keras.Model) -> keras.Model:
    """A copy of a network with its matrices rounded as by `in_steps`."""
    copy = keras.models.clone_model(network)
    weights = network.get_weights()
    copy.set_weights([np.multiply(*in_steps(w)) if w.ndim == 2 else w for w in weights])
    return copy


def packed(weights: list[np.ndarray], characters: str) -> dict[str, np.ndarray]:
    """The arrays of the shipped file: what `shipped_attention` makes a network of."""
    arrays = {"characters": np.array(characters)}
    for i, weight in enumerate(weights):
        if weight.ndim == 2:
            arrays[f"whole_{i}"], arrays[f"scales_{i}"] = in_steps(weight)
        else:
            arrays[f"vector_{i}"] = weight
    return arrays


def shipped_attention() -> tuple[keras.Model, str]:
    """What `show_attention` needs, from the GPT of tools/make/train_attention.py.

    Returns:
        (network, characters): a network of `transformer.transformer` with two blocks of width 64
        and four heads each, its matrices rounded to 8 bits; the characters that it knows.

    Raises:
        FileNotFoundError, ValueError: the shipped file is missing or damaged.
    """
    with np.load(assets.path("attention.npz"), allow_pickle=False) as arrays:
        stored = dict(arrays)
    characters = stored["characters"].item()
    network = transformer(len(characters), **SIZES)
    network.set_weights(
        [
            stored[f"vector_{i}"]
            if f"vector_{i}" in stored
            else stored[f"whole_{i}"] * stored[f"scales_{i}"]
            for i in range(len(network.weights))
        ]
    )
    return network, characters


def attention_data(network: keras.Model, characters: str, text: str) -> dict[str, Any]:
    """What attention.js needs; arguments and errors as in `widgets.show_attention`."""
    embedding, blocks, (norm, *_) = chain(network)
    if embedding.tied or not all(block.heads and block.causal for block in blocks):
        raise ValueError(
            "expected a network with attention, causal, and with a head of its own, but got "
            f"{[block.get_config() for block in blocks]}, tied={embedding.tied}. "
            "transformer.transformer(vocabulary, length) makes one."
        )
    if embedding.vocabulary != len(set(characters)) or len(characters) != len(set(characters)):
        raise ValueError(
            f"expected {embedding.vocabulary} characters, each once, as many as the network has "
            f"ids, but got {len(characters)}: {characters!r:.90}. Give the `characters` of the "
            "alphabet that it was trained with."
        )
    unknown = [each for each in text if each not in characters]
    if unknown:
        raise ValueError(
            f"expected a text of the characters {characters!r:.90}, but got {unknown[0]!r} in "
            f"{text!r:.90}. Replace it."
        )
    return {
        "characters": characters,
        "length": embedding.length,
        "text": text,
        "network": {
            "heads": blocks[0].heads,
            "embedding": _matrix(embedding.characters),
            "places": _matrix(embedding.places),
            "blocks": [_block(block) for block in blocks],
            "norm": _norm(norm),
            "head": _dense(network.get_layer("head")),
        },
    }


def _block(block: Block) -> dict[str, Any]:
    """The weights of a block under their names in transformer.js."""
    attention: Any = block.attention  # there is one: `attention_data` has seen to that
    return {
        "mixing": _matrix(block.convolution.kernel) if block.convolution else None,
        "norm1": _norm(block.norm_1),
        "project": _dense(attention.project),
        "merge": _dense(attention.merge),
        "norm2": _norm(block.norm_2),
        "widen": _dense(block.widen),
        "narrow": _dense(block.narrow),
    }


def _norm(layer: keras.layers.LayerNormalization) -> dict[str, Any]:
    offset = _vector(layer.beta) if layer.center else None
    return {"gain": _vector(layer.gamma), "offset": offset, "epsilon": layer.epsilon}


def _dense(layer: keras.layers.Dense) -> dict[str, Any]:
    return {
        "kernel": _matrix(layer.kernel),
        "bias": _vector(layer.bias) if layer.use_bias else None,
    }


def _matrix(weights: keras.Variable) -> dict[str, Any]:
    """A matrix as `in_steps` rounds it, row by row in base64."""
    values = _finite(weights)
    whole, scales = in_steps(values)
    return {
        "shape": list(values.shape),
        "whole": b64encode(whole.tobytes()).decode(),
        "scales": b64encode(scales.astype("<f4").tobytes()).decode(),
    }


def _vector(weights: keras.Variable) -> str:
    """A vector as little-endian 32-bit floats in base64."""
    return b64encode(_finite(weights).astype("<f4").tobytes()).decode()


def _finite(weights: keras.Variable) -> np.ndarray:
    values = keras.ops.convert_to_numpy(weights)
    if not np.isfinite(values).all():
        raise ValueError(
            f"expected finite weights, but {weights.path} has others. Train with a smaller step."
        )
    return values
