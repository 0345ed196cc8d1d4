"""A mark in generated text: at each place a secret part of the alphabet is made more probable.

Before each character the one before it and a key choose a share γ of all ids, the green ones. A
text that is drawn with δ added to the logits of the green ids has more of them than γ; whoever has
the key counts them. Nobody else sees a difference.

Source: Kirchenbauer et al. 2023, "A Watermark for Large Language Models",
https://arxiv.org/abs/2301.10226
"""

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from aigc_lib import _texts, checks

__all__ = ["bias", "counts", "green", "greens", "p_value", "z"]


def green(previous: int, vocabulary: int, key: int, share: float = 0.25) -> np.ndarray:
    """Which ids are green after the id `previous`: bool, (vocabulary,).

    round(share · vocabulary) of them, drawn by a generator whose seed is (key, previous).

    Args:
        previous: the id before.
        vocabulary: V, how many ids there are.
        key: a secret whole number ≥ 0.
        share: γ, the share of green ids, between 0 and 1.

    Raises:
        ValueError, TypeError: out of range, or another kind.
    """
    checks.whole(vocabulary, "vocabulary", least=2)
    checks.whole(previous, "the previous id", least=0, most=vocabulary - 1)
    many = _many(vocabulary, key, share)
    found = np.zeros(vocabulary, bool)
    rng = np.random.default_rng([key, previous])
    found[rng.permutation(vocabulary)[:many]] = True
    return found


@lru_cache(maxsize=8)
def greens(vocabulary: int, key: int, share: float = 0.25) -> np.ndarray:
    """The green ids after each id, one row each: bool, (vocabulary, vocabulary), not to be written.

    Arguments and errors as in `green`.
    """
    checks.whole(vocabulary, "vocabulary", least=2)
    _many(vocabulary, key, share)
    table = np.stack([green(each, vocabulary, key, share) for each in range(vocabulary)])
    table.flags.writeable = False
    return table


def _many(vocabulary: int, key: int, share: float) -> int:
    """How many ids are green, or an error for a wrong key or share."""
    checks.whole(key, "key", least=0)
    many = round(checks.number(share, "share", above=0) * vocabulary)
    if not 0 < many < vocabulary:
        raise ValueError(
            f"expected a share that leaves green and other ids among {vocabulary}, but got "
            f"{share}. Try 0.25."
        )
    return many


def bias(vocabulary: int, key: int, delta: float, share: float = 0.25) -> Callable:
    """What `GPT.generate(…, bias=…)` adds to the logits: δ for the green ids.

    Args:
        delta: δ ≥ 0; e^δ is how much the odds of a green id grow.
        vocabulary, key, share: as in `green`.

    Returns:
        A TensorFlow function of the ids so far, (m, t), t ≥ 1 → float32 (m, vocabulary).

    Raises:
        ValueError, TypeError: as in `green`; a δ below 0.
    """
    import tensorflow as tf

    delta = checks.number(delta, "delta", least=0)
    table = tf.constant(greens(vocabulary, key, share))
    return lambda ids: delta * tf.cast(tf.gather(table, ids[:, -1]), "float32")


def counts(
    ids: ArrayLike,
    vocabulary: int,
    key: int,
    share: float = 0.25,
    repeats: bool = False,
    counted: ArrayLike | None = None,
) -> tuple[int, int]:
    """How many characters of a text are green, and how many were counted.

    Each pair (character before, character) counts once, however often it comes: a text that says
    one thing again and again would otherwise be called marked, or never, by chance.

    Args:
        ids: of the text, (n,), n ≥ 2. The first one has none before it and does not count.
        vocabulary, key, share: as in `green`.
        repeats: True counts each pair as often as it comes, to show what happens then.
        counted: bool, (n,): the places that count, where not all were drawn freely; None: all.

    Raises:
        ValueError, TypeError: ids that do not fit, fewer than two; a mask of another shape.
    """
    row = _texts.ids(ids, checks.whole(vocabulary, "vocabulary", least=2))
    if len(row) < 2:
        raise ValueError(f"expected at least two ids, but got {len(row)}: no pair to count.")
    pairs = np.stack([row[:-1], row[1:]], axis=1)
    if counted is not None:
        mask = checks.array(counted)
        if mask.shape != row.shape or mask.dtype.kind != "b":
            raise ValueError(
                f"expected a truth value for each of the {len(row)} ids in counted, but got "
                f"{mask.dtype} of shape {mask.shape}."
            )
        pairs = pairs[mask[1:]]
    if not repeats:
        pairs = np.unique(pairs, axis=0)
    before, character = pairs.T
    return int(greens(vocabulary, key, share)[before, character].sum()), len(pairs)


def z(green_ones: ArrayLike, counted: ArrayLike, share: float = 0.25) -> np.ndarray:
    """(g - γ n) / √(n γ (1 - γ)): by how many standard deviations there are too many green ones.

    Args:
        green_ones, counted: g and n ≥ 1, as `counts` gives them; numbers or arrays.
        share: γ.

    Raises:
        ValueError, TypeError: g above n or below 0, n below 1, a share outside (0, 1).
    """
    g, n = _pairs(green_ones, counted, share)
    return (g - share * n) / np.sqrt(n * share * (1 - share))


def p_value(green_ones: ArrayLike, counted: ArrayLike, share: float = 0.25) -> np.ndarray:
    """P(at least g of n are green) in a text without the mark: exact, by the binomial law.

    Arguments and errors as in `z`. For few characters the normal law of z is too rough.
    """
    g, n = _pairs(green_ones, counted, share)
    return stats.binom.sf(g - 1, n, share)


def _pairs(g: ArrayLike, n: ArrayLike, share: float) -> tuple[np.ndarray, np.ndarray]:
    g, n = checks.array(g), checks.array(n)
    if not 0 < checks.number(share, "share") < 1:
        raise ValueError(f"expected a share between 0 and 1, but got {share}. Try 0.25.")
    if not g.size or g.dtype.kind not in "iu" or n.dtype.kind not in "iu":
        raise ValueError(
            f"expected whole numbers of green and of counted characters, but got {g.dtype} and "
            f"{n.dtype}. watermark.counts gives them."
        )
    if g.shape != n.shape or (n < 1).any() or (g < 0).any() or (g > n).any():
        raise ValueError(
            f"expected counts of one shape with 0 ≤ green ≤ counted and 1 ≤ counted, but got "
            f"{g!r:.90} and {n!r:.90}."
        )
    return g, n
