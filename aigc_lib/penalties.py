"""Gradient penalties: what is added to a discriminator's loss so that its slope stays small.

`r1(0.1)`, `r2(0.1)` and `gradient_penalty(10.0)` each say which penalty and how much of it;
`GAN(penalty=…)` takes one of them or several. ∇a(x) is the gradient of the logit a with
respect to the sample x, all its pixels or coordinates, and ‖·‖ the usual length.
"""

from typing import NamedTuple

import keras
import tensorflow as tf

from aigc_lib import checks, replicas
from aigc_lib.tensors import floats

__all__ = [
    "PENALTIES",
    "Penalty",
    "checked",
    "gradient_penalty",
    "one_centred_penalty",
    "r1",
    "r1_penalty",
    "r2",
    "r2_penalty",
    "squared_slopes",
]


class Penalty(NamedTuple):
    """Which penalty, by its name in `PENALTIES`, and the number it is multiplied by."""

    name: str
    weight: float


def squared_slopes(discriminator: keras.Model, x: tf.Tensor) -> tf.Tensor:
    """‖∇a(x)‖² of each sample.

    Args:
        discriminator: model samples → logits (n, 1) that judges each sample by itself; batch
            normalisation would mix them.
        x: samples, shape (n, …), floats of any kind.

    Returns:
        Shape (n,), differentiable in the discriminator's variables.

    Raises:
        ValueError: no sample, more than one logit for each, or logits that do not depend on x.
        TypeError: a discriminator that is no model.
    """
    if not isinstance(discriminator, keras.layers.Layer):
        raise TypeError(f"expected a Keras model as discriminator, but got {discriminator!r}.")
    (x,) = floats(x=x).values()
    if len(x.shape) < 2 or 0 in x.shape:
        raise ValueError(
            f"expected samples of shape (n, …), n ≥ 1, but got {tuple(x.shape)}. A single "
            "sample goes in as x[None]."
        )
    with tf.GradientTape() as tape:
        tape.watch(x)
        logits = discriminator(x, training=True)
    if tuple(logits.shape[1:]) != (1,):
        raise ValueError(
            f"expected one logit a sample, shape (n, 1), but the discriminator gives "
            f"{tuple(logits.shape)}. The slope of several has no one length."
        )
    gradient = tape.gradient(logits, x)  # of the sum: row i depends on sample i only
    if gradient is None:
        raise ValueError(
            "expected logits that depend on the samples, but got a discriminator whose do not: "
            "there is no gradient. Build them of Keras layers and keras.ops, from x to the logit."
        )
    return tf.reduce_sum(gradient**2, axis=list(range(1, len(x.shape))))


def r1_penalty(
    discriminator: keras.Model,
    real: tf.Tensor,
    fake: tf.Tensor,
    seed: keras.random.SeedGenerator | int,
) -> tf.Tensor:
    """½ E ‖∇a(x)‖² over the real samples: zero-centred, so a flat discriminator is free.

    Args:
        discriminator: as in `squared_slopes`.
        real, fake: samples, shape (n, …) each; `fake` and `seed` are not looked at here.

    Returns:
        A scalar.

    Source: Mescheder et al. 2018, equation 9, https://arxiv.org/abs/1801.04406
    """
    return tf.reduce_mean(squared_slopes(discriminator, real)) / 2


def r2_penalty(
    discriminator: keras.Model,
    real: tf.Tensor,
    fake: tf.Tensor,
    seed: keras.random.SeedGenerator | int,
) -> tf.Tensor:
    """½ E ‖∇a(G(z))‖²: the same over the generated samples.

    Arguments and result as in `r1_penalty`. Source: the same paper, equation 10.
    """
    return tf.reduce_mean(squared_slopes(discriminator, fake)) / 2


def one_centred_penalty(
    discriminator: keras.Model,
    real: tf.Tensor,
    fake: tf.Tensor,
    seed: keras.random.SeedGenerator | int,
) -> tf.Tensor:
    """E (‖∇a(x̂)‖ - 1)² on the way between real and fake: x̂ = ε x + (1 - ε) G(z), ε ~ U(0, 1).

    ε is uniform, one for each sample: drawn from a normal law, as some tutorials do, x̂ leaves
    the segment. Under the root stands 1e-12 more than ‖∇a‖²: the gradient of a bare root is
    NaN where the slope is 0.

    Args:
        discriminator: as in `squared_slopes`.
        real, fake: samples, both of one shape (n, …).
        seed: of ε.

    Returns:
        A scalar.

    Source: Gulrajani et al. 2017, equation 3, https://arxiv.org/abs/1704.00028
    """
    if not isinstance(seed, keras.random.SeedGenerator):
        checks.whole(seed, "seed, if no keras.random.SeedGenerator", least=0, most=2**32 - 1)
    real, fake = floats(real=real, fake=fake).values()
    checks.one_shape("Draw as many fakes as there are reals.", real=real, fake=fake)
    ones = [1] * (len(real.shape) - 1)
    share = replicas.own_part(
        lambda n: keras.random.uniform((n, *ones), dtype=real.dtype, seed=seed), tf.shape(real)[0]
    )
    between = share * real + (1 - share) * fake
    slopes = tf.sqrt(squared_slopes(discriminator, between) + 1e-12)
    return tf.reduce_mean((slopes - 1) ** 2)


PENALTIES = {"r1": r1_penalty, "r2": r2_penalty, "gradient-penalty": one_centred_penalty}


def r1(gamma: float) -> Penalty:
    """γ/2 E ‖∇a(x)‖² over the real samples."""
    return checked(Penalty("r1", gamma))


def r2(gamma: float) -> Penalty:
    """γ/2 E ‖∇a(G(z))‖² over the generated samples."""
    return checked(Penalty("r2", gamma))


def gradient_penalty(weight: float = 10.0) -> Penalty:
    """λ E (‖∇a(x̂)‖ - 1)² between real and generated samples: the GP of WGAN-GP, λ its weight."""
    return checked(Penalty("gradient-penalty", weight))


def checked(penalty: Penalty) -> Penalty:
    """The same penalty.

    Raises:
        TypeError: something else, such as a name alone, or a weight that is no number.
        ValueError: a name not in `PENALTIES`, or a weight that is not a finite number ≥ 0: a
            negative one would reward steep discriminators.
    """
    if not isinstance(penalty, tuple) or len(penalty) != 2:
        raise TypeError(f"expected a penalty, such as penalties.r1(0.1), but got {penalty!r}.")
    name, weight = penalty
    checks.choice(name, "the penalty", PENALTIES)
    checks.number(weight, f"the weight of the penalty {name}", least=0)
    return penalty
