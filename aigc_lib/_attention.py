"""A small GPT for a page: what the widget of attention gets, and the network that is shipped."""

from typing import Any

import keras
import numpy as np

from aigc_lib import assets
from aigc_lib._steps import matrix, restore, vector
from aigc_lib.transformer import Block, chain, transformer

# Of the shipped network
SIZES: dict[str, Any] = {"length": 96, "width": 64, "heads": 4, "layers": 2, "mixing": 4}


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
    restore(network, stored)
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
            "embedding": matrix(embedding.characters),
            "places": matrix(embedding.places),
            "blocks": [_block(block) for block in blocks],
            "norm": _norm(norm),
            "head": _dense(network.get_layer("head")),
        },
    }


def _block(block: Block) -> dict[str, Any]:
    """The weights of a block under their names in transformer.js."""
    attention: Any = block.attention  # there is one: `attention_data` has seen to that
    return {
        "mixing": matrix(block.convolution.kernel) if block.convolution else None,
        "norm1": _norm(block.norm_1),
        "project": _dense(attention.project),
        "merge": _dense(attention.merge),
        "norm2": _norm(block.norm_2),
        "widen": _dense(block.widen),
        "narrow": _dense(block.narrow),
    }


def _norm(layer: keras.layers.LayerNormalization) -> dict[str, Any]:
    offset = vector(layer.beta) if layer.center else None
    return {"gain": vector(layer.gamma), "offset": offset, "epsilon": layer.epsilon}


def _dense(layer: keras.layers.Dense) -> dict[str, Any]:
    return {
        "kernel": matrix(layer.kernel),
        "bias": vector(layer.bias) if layer.use_bias else None,
    }
