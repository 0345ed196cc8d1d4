"""Which character comes next: temperature, top-k and top-p, exactly as they are defined.

All three change the probabilities that a model gives, then one character is drawn. In this order:
softmax(logits / temperature), of these the k largest, of these as few as add up to p.
"""

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

__all__ = ["draw", "limited"]


def limited(logits: tf.Tensor, temperature: Any, top_k: Any, top_p: Any) -> tf.Tensor:
    """Logits divided by the temperature, and -inf for the characters that are left out.

    Args:
        logits: (m, V).
        temperature: above 0; below 1 the probable becomes more probable.
        top_k: so many of the most probable are kept; of equal ones the first.
        top_p: of these, the smallest set of the most probable whose probabilities, which add up
            to 1 again, come to at least p is kept (the nucleus).

    Source: Holtzman et al. 2019, https://arxiv.org/abs/1904.09751
    """
    m, size = tf.unstack(tf.shape(logits))
    values, order = tf.math.top_k(logits / temperature, size)  # sorted, the largest first
    nothing = tf.fill(tf.shape(values), values.dtype.min)
    values = tf.where(tf.range(size) < top_k, values, nothing)
    before = tf.cumsum(tf.nn.softmax(values), axis=1, exclusive=True)  # of the more probable ones
    values = tf.where((tf.range(size) < top_k) & (before < top_p), values, -float("inf"))
    rows = tf.repeat(tf.range(m), size)
    places = tf.stack([rows, tf.reshape(order, [-1])], axis=1)
    return tf.scatter_nd(places, tf.reshape(values, [-1]), tf.stack([m, size]))


def draw(
    logits: tf.Tensor,
    how: str,
    seed: Sequence[Any],
    temperature: Any,
    top_k: Any,
    top_p: Any,
) -> tf.Tensor:
    """One id for each row of logits (m, V): (m,).

    Args:
        logits: (m, V).
        how: "greedy" takes the largest logit, the first of equal ones; "limited" draws with
            `top_k` and `top_p`; "all" leaves them out, which is faster.
        seed: two whole numbers; equal ones draw equally.
        temperature, top_k, top_p: as in `limited`.
    """
    if how == "greedy":
        return tf.argmax(logits, axis=1, output_type="int32")
    if how == "limited":
        logits = limited(logits, temperature, top_k, top_p)
    else:
        logits = logits / temperature
    return tf.random.stateless_categorical(logits, 1, seed, "int32")[:, 0]
