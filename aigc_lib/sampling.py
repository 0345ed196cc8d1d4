"""Which character comes next: temperature, top-k and top-p, exactly as they are defined.

All three change the probabilities that a model gives, then one character is drawn. In this order:
softmax(logits / temperature), of these the k largest, of these as few as add up to p.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from aigc_lib import checks

__all__ = ["SPECS", "Law", "draw", "law", "limited", "probabilities", "write"]


class Law(NamedTuple):
    """How the next character is drawn: numbers, or tensors of them."""

    temperature: Any
    top_k: Any
    top_p: Any
    seed: Any


SPECS = Law(*(tf.TensorSpec((), kind) for kind in ("float32", "int32", "float32", "int32")))


def law(
    vocabulary: int,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
    seed: int = 0,
) -> tuple[str, Law]:
    """How to draw, and the numbers of it as tensors.

    Args:
        vocabulary: V, which `top_k` None stands for.
        temperature: 0 takes the most probable character, the first of equal ones.
        top_k, top_p: as in `limited`; None keeps all.
        seed: 0 … 2³¹ - 1.

    Returns:
        "greedy", "limited" or "all", as `draw` wants it; and the law.

    Raises:
        TypeError, ValueError: temperature < 0, top_k < 1, top_p outside (0, 1], no such seed.
    """
    checks.whole(seed, "seed", least=0, most=2**31 - 1)
    temperature = checks.number(temperature, "temperature", least=0)
    k = vocabulary if top_k is None else min(checks.whole(top_k, "top_k"), vocabulary)
    p = 1.0 if top_p is None else checks.number(top_p, "top_p", above=0, most=1)
    how = "greedy" if temperature == 0 else "all" if (k, p) == (vocabulary, 1) else "limited"
    kinds = zip((temperature, k, p, seed), SPECS, strict=True)
    return how, Law(*(tf.constant(value, spec.dtype) for value, spec in kinds))


def limited(logits: tf.Tensor, law: Law) -> tf.Tensor:
    """Logits (m, V) divided by the temperature, and -inf for the characters that are left out.

    Args:
        logits: of each character.
        law: temperature: above 0; below 1 the probable becomes more probable.
            top_k: so many of the most probable are kept, of equal ones the first.
            top_p: of these, whose probabilities are made to add up to 1 again, the most probable
            are kept, as few as have together at least p: the nucleus.

    Source: Holtzman et al. 2019, https://arxiv.org/abs/1904.09751
    """
    m, size = tf.unstack(tf.shape(logits))
    values, order = tf.math.top_k(logits / law.temperature, size)  # sorted, the largest first
    values = tf.where(tf.range(size) < law.top_k, values, -np.inf)
    before = tf.cumsum(tf.nn.softmax(values), axis=1, exclusive=True)  # of the more probable
    values = tf.where(before < law.top_p, values, -np.inf)
    rows = tf.repeat(tf.range(m), size)
    places = tf.stack([rows, tf.reshape(order, [-1])], axis=1)
    return tf.scatter_nd(places, tf.reshape(values, [-1]), tf.shape(logits))


def probabilities(
    logits: Any,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
) -> np.ndarray:
    """With which probability each character comes next: (…, V) for logits (…, V).

    Arguments and errors as in `law`, or logits that are no finite numbers.
    """
    array = checks.floats(logits)
    checks.finite(array)
    if array.ndim == 0:
        raise ValueError("expected logits of shape (…, V), but got a number, shape ().")
    rows = tf.constant(array.reshape(-1, array.shape[-1]))
    how, numbers = law(rows.shape[1], temperature, top_k, top_p)
    if how == "greedy":
        found = tf.one_hot(tf.argmax(rows, axis=1), rows.shape[1])
    else:
        found = tf.nn.softmax(limited(rows, numbers))
    return found.numpy().reshape(array.shape)


def draw(logits: tf.Tensor, how: str, law: Law, place: Any) -> tf.Tensor:
    """One id for each row of logits (m, V): (m,).

    Args:
        logits: of each character.
        how: "greedy" takes the largest; "limited" draws as the law says, "all" does too, without
            its top_k and top_p, and faster.
        law: as `law` makes it; its seed and the place decide what is drawn.
        place: of the character in its text.
    """
    if how == "greedy":
        return tf.argmax(logits, axis=1, output_type="int32")
    logits = limited(logits, law) if how == "limited" else logits / law.temperature
    return tf.random.stateless_categorical(logits, 1, [law.seed, place], "int32")[:, 0]


def write(
    text: tf.Tensor,
    done: Any,
    end: Any,
    step: Callable[[tf.Tensor, tf.Tensor, Any], tuple[tf.Tensor, Any]],
    kept: Any,
    how: str,
    law: Law,
    bias: Callable[[tf.Tensor], tf.Tensor] | None = None,
) -> tf.Tensor:
    """Characters done … end - 1 of texts, each drawn when those before it are there; in a graph.

    Args:
        text: ids (t, m), a text a column, t ≥ end; what stands from `done` on is overwritten.
        step: i, text, kept → logits (m, V) for character i, and what is kept for the next.
        kept: tensors, for the first step.
        how, law: as in `draw`.
        bias: all ids so far (m, i) → (m, V), added to the logits.
    """

    def follow(i: tf.Tensor, text: tf.Tensor, kept: Any) -> tuple[tf.Tensor, tf.Tensor, Any]:
        logits, kept = step(i, text, kept)
        if bias is not None:
            logits += tf.cast(bias(tf.transpose(text[:i])), logits.dtype)
        chosen = draw(logits, how, law, i)
        return i + 1, tf.tensor_scatter_nd_update(text, [[i]], [chosen]), kept

    return tf.while_loop(lambda i, *_: i < end, follow, (done, text, kept))[1]
