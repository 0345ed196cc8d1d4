"""Every loss of the course: one function, one formula, from logits.

A logit a is the discriminator's output before the sigmoid: D = σ(a) = 1 / (1 + e⁻ᵃ).
From logits, -log D = softplus(-a) and -log(1 - D) = softplus(a): finite for every finite a,
where the probability itself rounds to 1 in float32 at a = 20 and its logarithm is lost.
All values are means over the batch, in nats.
"""

from collections.abc import Callable

from keras import KerasTensor, ops


def minimax_discriminator(real_logits: KerasTensor, fake_logits: KerasTensor) -> KerasTensor:
    """L_D = -E log D(x) - E log(1 - D(G(z))), the discriminator's loss.

    Args:
        real_logits: shape (n, 1), the discriminator on real images.
        fake_logits: shape (m, 1), the discriminator on generated images.

    Returns:
        A scalar in nats: log 4 = 1.386 when D = 1/2 everywhere.

    Source: Goodfellow et al. 2014, equation 1, https://arxiv.org/abs/1406.2661
    """
    return ops.mean(ops.softplus(-real_logits)) + ops.mean(ops.softplus(fake_logits))


def minimax_generator(fake_logits: KerasTensor) -> KerasTensor:
    """L_G = E log(1 - D(G(z))), which the generator lowers: the game as first written.

    Args:
        fake_logits: shape (n, 1), the discriminator on generated images.

    Returns:
        A scalar in nats: -log 2 = -0.693 when D = 1/2. Its gradient for each logit, -D / n,
        vanishes where the discriminator is sure of a fake (D ≈ 0).

    Source: Goodfellow et al. 2014, equation 1, https://arxiv.org/abs/1406.2661
    """
    return -ops.mean(ops.softplus(fake_logits))


def non_saturating_generator(fake_logits: KerasTensor) -> KerasTensor:
    """L_G = -E log D(G(z)): the same fixed point, a gradient that lives where D ≈ 0.

    Args:
        fake_logits: shape (n, 1), the discriminator on generated images.

    Returns:
        A scalar in nats: log 2 = 0.693 when D = 1/2. Gradient for each logit: -(1 - D) / n.

    Source: Goodfellow et al. 2014, section 3, https://arxiv.org/abs/1406.2661
    """
    return ops.mean(ops.softplus(-fake_logits))


DiscriminatorLoss = Callable[[KerasTensor, KerasTensor], KerasTensor]
GeneratorLoss = Callable[[KerasTensor], KerasTensor]

GAN_LOSSES: dict[str, tuple[DiscriminatorLoss, GeneratorLoss]] = {
    "minimax": (minimax_discriminator, minimax_generator),
    "non-saturating": (minimax_discriminator, non_saturating_generator),
}


def gan_losses(name: str) -> tuple[DiscriminatorLoss, GeneratorLoss]:
    """The pair (discriminator's loss, generator's loss) of that name in `GAN_LOSSES`.

    Raises:
        ValueError: no such name; the known ones are listed.
    """
    if name not in GAN_LOSSES:
        raise ValueError(
            f"expected the name of a GAN loss, one of {', '.join(sorted(GAN_LOSSES))}, "
            f"but got {name!r}."
        )
    return GAN_LOSSES[name]
