"""A network that writes quatrains: poems as rows of ids, the rhyme first, and shipped weights.

A poem is written as a poet does it, the rhyme first:

    ⏎ b d AAAAAAa⏎ BBBBBBb⏎ CCCCCCc⏎ DDDDDDd⏎

that is the last characters of lines 2 and 4, then the poem. What stands before the poem follows
from it, so that -log p(row) is no less than -log p(poem).
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import keras
import numpy as np
from numpy.typing import ArrayLike

from aigc_lib import assets, checks, verse
from aigc_lib._steps import in_steps
from aigc_lib.gpt import GPT, Bias
from aigc_lib.text import Alphabet
from aigc_lib.transformer import transformer

__all__ = [
    "BREAK",
    "CHARACTERS",
    "HINTS",
    "UNKNOWN",
    "alphabet",
    "known",
    "load",
    "pack",
    "poems",
    "rows",
    "sizes",
    "spent",
    "unpack",
    "write",
]

BREAK, UNKNOWN = "\n", "□"
SIZE = 3000  # ids
CHARACTERS = 28
LENGTH = 32  # characters of a poem, with a break after each line
HINTS = {"plain": (), "rhyme first": (1, 3)}  # lines whose last characters stand before the poem
WEIGHTS, SPENT = "quatrains.npz", ("seconds", "steps")


@cache
def alphabet() -> Alphabet:
    """The 3000 ids: the commonest characters of the Tang training poems, a break, an unknown."""
    poems = verse.quatrains("train")
    return Alphabet.of(BREAK.join(each.text for each in poems), SIZE, UNKNOWN)


def rows(poems: Sequence[verse.Quatrain], order: str = "rhyme first") -> np.ndarray:
    """Poems as ids, int32: (n, 35) with the rhyme first, (n, 33) plain; each begins with a break.

    Args:
        poems: of seven characters a line.
        order: "rhyme first", or "plain": the poem alone.

    Raises:
        ValueError: no poem, lines of another length, another order.
    """
    lines = HINTS[checks.choice(order, "the order", HINTS)]
    texts = [
        "".join([BREAK, *(each.lines[i][-1] for i in lines), each.text, BREAK]) for each in poems
    ]
    if not texts or {*map(len, texts)} != {1 + len(lines) + LENGTH}:
        raise ValueError(
            "expected at least one poem, with lines of seven characters, but got "
            f"{len(texts)} poems. Take verse.quatrains('train')."
        )
    return alphabet().encode("".join(texts)).reshape(len(texts), -1)


def write(
    gpt: GPT,
    n: int,
    temperature: float = 1.0,
    top_p: float | None = None,
    seed: int = 0,
    order: str = "rhyme first",
    bias: Bias | None = None,
) -> np.ndarray:
    """Rows of ids of n poems, each drawn by the network from a break on.

    The unknown character, which a poem must not have, is never drawn.

    Args:
        gpt: trained on rows in this order.
        temperature, top_p, seed: as in `GPT.generate`.
        order: as in `rows`.
        bias: a function as in `GPT.generate`, such as `watermark.bias`; None: none.

    Returns:
        int32, of the length that `rows` gives.

    Raises:
        ValueError, TypeError: as in `GPT.generate`; another order; a network of another alphabet.
    """
    steps = len(HINTS[checks.choice(order, "the order", HINTS)]) + LENGTH
    if gpt.vocabulary != SIZE:
        raise ValueError(
            f"expected a network that knows {SIZE} ids, but got one that knows {gpt.vocabulary}. "
            "Take poet.load(), or recipes.small_gpt(**poet.sizes())."
        )
    if bias is not None and not callable(bias):
        raise TypeError(f"expected a function of ids or None for bias, but got {bias!r}.")
    begin = np.full((checks.whole(n, "n"), 1), alphabet().characters.index(BREAK))
    drawn = gpt.generate(begin, steps, temperature, None, top_p, seed, bias=known(bias))
    return np.concatenate([begin, drawn], axis=1).astype("int32")


@cache
def known(bias: Bias | None = None) -> Bias:
    """A bias that forbids the unknown character, on top of another bias."""
    import tensorflow as tf

    barred = np.zeros(SIZE, "float32")
    barred[alphabet().characters.index(UNKNOWN)] = -1e9
    if bias is None:
        return lambda ids: tf.constant(barred)[None]
    return lambda ids: barred + bias(ids)


def poems(ids: ArrayLike, order: str = "rhyme first") -> list[str]:
    """The texts that rows of ids say, without the break before and what is written first.

    Args:
        ids: (n, 35) or (n, 33), as `rows` gives them and `GPT.generate` continues them.
        order: as in `rows`.

    Raises:
        ValueError: rows of another length, unknown ids.
    """
    first = 1 + len(HINTS[checks.choice(order, "the order", HINTS)])
    ids = checks.array(ids)
    if ids.ndim != 2 or ids.shape[1] != first + LENGTH:
        raise ValueError(
            f"expected rows of {first + LENGTH} ids, ⏎ and {first - 1} characters before the "
            f"poem, but got the shape {ids.shape}."
        )
    said = [alphabet().decode(row[first:]) for row in ids]
    return [each.removesuffix(BREAK) for each in said]


def sizes(order: str = "rhyme first") -> dict[str, Any]:
    """The sizes of the network for rows in this order, as `recipes.small_gpt` takes them."""
    length = len(HINTS[checks.choice(order, "the order", HINTS)]) + LENGTH
    return {"vocabulary": SIZE, "length": length, "width": 160, "layers": 3}


def pack(network: keras.Model) -> dict[str, Any]:
    """The weights of a network in a quarter of their size, for `np.savez_compressed`.

    Matrices as int8, with a scale for each index of their longer axis: scale · whole number; all
    else as float32.
    """
    packed = {}
    for place, value in enumerate(network.get_weights()):
        name = f"w{place:02d}"
        if value.ndim == 2:
            short = int(value.shape[0] > value.shape[1])  # the axis along which one scale holds
            value, packed[f"{name} scale"] = in_steps(value, short)
        packed[name] = value
    return packed


def unpack(packed: Mapping[str, np.ndarray], network: keras.Model) -> None:
    """Put weights that `pack` made into a network of the same sizes.

    Raises:
        ValueError: weights of another network.
    """
    names = sorted(name for name in packed if not name.endswith("scale"))
    values = [
        packed[name].astype("float32") * packed.get(f"{name} scale", np.float32(1))
        for name in names
    ]
    wanted, found = ([each.shape for each in several] for several in (network.weights, values))
    if [*map(tuple, wanted)] != found:
        raise ValueError(
            f"expected weights of the shapes {wanted}, but got {found}. Take the network that was "
            "packed, or one of its sizes."
        )
    network.set_weights(values)


@cache
def _stored() -> dict[str, np.ndarray]:
    with np.load(assets.path(WEIGHTS), allow_pickle=False) as stored:
        return dict(stored)


def spent() -> dict[str, float]:
    """What the training of the shipped network took: "seconds" of one core, "steps".

    Raises:
        ValueError, FileNotFoundError: the shipped file is damaged or missing.
    """
    return {name: _stored()[name].item() for name in SPENT}


def load(seed: int = 0) -> GPT:
    """The trained network that is shipped: seven-character quatrains, the rhyme first.

    `spent` says how long it was trained, tools/make/train_quatrains.py how.

    Raises:
        ValueError, FileNotFoundError: the shipped file is damaged or missing.
    """
    network = transformer(**sizes())
    unpack({name: each for name, each in _stored().items() if name not in SPENT}, network)
    return GPT(network, seed)
