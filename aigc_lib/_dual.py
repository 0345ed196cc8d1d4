"""The losses of D2GAN, whose two discriminators give two logits; `losses` shows them to users."""

import keras
from keras import KerasTensor, ops

from aigc_lib import checks
from aigc_lib.tensors import of_logits


def _log_softplus(a: KerasTensor) -> KerasTensor:
    """log log(1 + eᵃ), finite for every finite a: far below 0 it is a itself, but for rounding.

    Below -8 already in float16, where e⁻²⁰ would be 0.
    """
    low = -8.0 if keras.backend.standardize_dtype(a.dtype) == "float16" else -20.0
    return ops.log(ops.softplus(ops.maximum(a, low))) - ops.relu(low - a)


@of_logits(columns=2)
def dual_discriminator(
    real_logits: KerasTensor, fake_logits: KerasTensor, alpha: float = 1.0, beta: float = 1.0
) -> KerasTensor:
    """L_D = -α E log D₁(x) + E D₁(G(z)) + E D₂(x) - β E log D₂(G(z)): two discriminators.

    D₁ rewards real samples, D₂ generated ones. Both are scores above 0, not probabilities:
    D = softplus(a) = log(1 + eᵃ), a a column of the logits.

    Args:
        real_logits, fake_logits: shape (n, 2); column 0 is a₁, column 1 is a₂.
        alpha, beta: weights of the two logarithms, above 0.

    Returns:
        A scalar, a plain number. For laws p of the data and q of the generator it is lowest at
        D₁ = α p/q, D₂ = β q/p, and there
        α (1 - log α) + β (1 - log β) - α KL(p ‖ q) - β KL(q ‖ p).

    Source: Nguyen et al. 2017, equation 1, https://arxiv.org/abs/1709.03831
    """
    alpha, beta = checks.number(alpha, "alpha", above=0), checks.number(beta, "beta", above=0)
    first = ops.mean(ops.softplus(fake_logits[:, 0])) - alpha * ops.mean(
        _log_softplus(real_logits[:, 0])
    )
    second = ops.mean(ops.softplus(real_logits[:, 1])) - beta * ops.mean(
        _log_softplus(fake_logits[:, 1])
    )
    return first + second


@of_logits(columns=2)
def dual_generator(fake_logits: KerasTensor, beta: float = 1.0) -> KerasTensor:
    """L_G = -E D₁(G(z)) + β E log D₂(G(z)), the generator's loss beside `dual_discriminator`."""
    beta = checks.number(beta, "beta", above=0)
    return beta * ops.mean(_log_softplus(fake_logits[:, 1])) - ops.mean(
        ops.softplus(fake_logits[:, 0])
    )
