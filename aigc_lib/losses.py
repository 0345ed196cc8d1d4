"""Every loss of the course's GANs: one function, one formula, those of the game from logits.

A logit a is the discriminator's output before the sigmoid: D = σ(a) = 1 / (1 + e⁻ᵃ).
From logits, -log D = softplus(-a) and -log(1 - D) = softplus(a): finite for every finite a,
where the probability itself rounds to 1 in float32 at a = 20 and its logarithm is lost.

`real_logits` is the discriminator on real samples, shape (n, 1); `fake_logits` on generated
ones, shape (m, 1). Every loss is a mean over the batch, a scalar to be lowered. Those with a
logarithm are in nats; the others have the unit of the logit or its square, a plain number.
Logits may be tensors, arrays or lists, of floats of any kind; NaN among them gives NaN. Whole
numbers, an empty batch, and shapes that would broadcast, such as (n,) beside (n, 1), are a
ValueError.
"""

from collections.abc import Callable

from keras import KerasTensor, ops

from aigc_lib import checks
from aigc_lib._dual import dual_discriminator, dual_generator
from aigc_lib.tensors import floats, of_logits

__all__ = [
    "DUAL",
    "GAN_LOSSES",
    "IN_NATS",
    "PAIRED",
    "binary_cross_entropy",
    "cycle_loss",
    "dual_discriminator",
    "dual_generator",
    "gan_losses",
    "hinge_discriminator",
    "identity_loss",
    "least_squares_discriminator",
    "least_squares_generator",
    "linear_generator",
    "minimax_discriminator",
    "minimax_generator",
    "non_saturating_generator",
    "of_fakes",
    "relativistic_discriminator",
    "relativistic_generator",
    "wasserstein_discriminator",
]


@of_logits()
def binary_cross_entropy(logits: KerasTensor, target: float | KerasTensor) -> KerasTensor:
    """-E[t log D + (1 - t) log(1 - D)], the negative log-likelihood of a Bernoulli variable.

    Args:
        logits: shape (n, 1).
        target: t, the wanted probability of "real": a number, or one for each logit, in [0, 1].

    Returns:
        A scalar in nats, lowest where D = t; its gradient for each logit is (D - t) / n.

    Raises:
        ValueError: a target outside [0, 1] (above 1 the loss would fall without bound), or targets
            of another shape than the logits.

    Source: Bishop 2006, Pattern Recognition and Machine Learning, equation 4.90.
    """
    if isinstance(target, str | bool | None):
        raise TypeError(f"expected a target in [0, 1] or one for each logit, but got {target!r}.")
    values = checks.known(target)
    if values is not None and not (values.size and values.min() >= 0 and values.max() <= 1):
        said = f"{values.min():g} … {values.max():g}" if values.size else "none"
        raise ValueError(
            f"expected targets in [0, 1], they are probabilities, but got {said}. Smooth labels "
            "towards the inside, 1 → 0.9, never by adding noise to a 1."
        )
    t = ops.convert_to_tensor(target, dtype=logits.dtype)
    if len(t.shape):
        checks.one_shape("Give each logit a target of its own.", logits=logits, target=t)
    return ops.mean(t * ops.softplus(-logits) + (1 - t) * ops.softplus(logits))


@of_logits()
def minimax_discriminator(
    real_logits: KerasTensor, fake_logits: KerasTensor, smoothing: float = 0.0
) -> KerasTensor:
    """L_D = -E log D(x) - E log(1 - D(G(z))), the discriminator's loss.

    Args:
        smoothing: s, with which real samples get the target 1 - s in place of 1: one-sided
            label smoothing (Salimans et al. 2016, https://arxiv.org/abs/1606.03498).

    Returns:
        A scalar in nats: log 4 = 1.386 when D = 1/2 everywhere.

    Raises:
        ValueError: smoothing outside [0, 1].

    Source: Goodfellow et al. 2014, equation 1, https://arxiv.org/abs/1406.2661
    """
    on_real = binary_cross_entropy(real_logits, 1 - checks.number(smoothing, "smoothing", 0, 1))
    return on_real + binary_cross_entropy(fake_logits, 0)


@of_logits()
def minimax_generator(fake_logits: KerasTensor) -> KerasTensor:
    """L_G = E log(1 - D(G(z))), which the generator lowers: the game as first written.

    Returns:
        A scalar in nats: -log 2 = -0.693 when D = 1/2. Its gradient for each logit, -D / n,
        vanishes where the discriminator is sure of a fake (D ≈ 0).

    Source: Goodfellow et al. 2014, equation 1, https://arxiv.org/abs/1406.2661
    """
    return -ops.mean(ops.softplus(fake_logits))


@of_logits()
def non_saturating_generator(fake_logits: KerasTensor) -> KerasTensor:
    """L_G = -E log D(G(z)): the same fixed point, a gradient that lives where D ≈ 0.

    Returns:
        A scalar in nats: log 2 = 0.693 when D = 1/2. Gradient for each logit: -(1 - D) / n.

    Source: Goodfellow et al. 2014, section 3, https://arxiv.org/abs/1406.2661
    """
    return ops.mean(ops.softplus(-fake_logits))


@of_logits()
def least_squares_discriminator(real_logits: KerasTensor, fake_logits: KerasTensor) -> KerasTensor:
    """L_D = ½ E (a(x) - 1)² + ½ E (a(G(z)) + 1)²: targets 1 and -1 on the logit itself.

    Returns:
        A scalar: 1 when a = 0 everywhere.

    Source: Mao et al. 2016, equation 9, https://arxiv.org/abs/1611.04076. The targets 1 and 0
        stand there; moved to 1 and -1, a = 0 means undecided, as in the other losses.
    """
    return (ops.mean((real_logits - 1) ** 2) + ops.mean((fake_logits + 1) ** 2)) / 2


@of_logits()
def least_squares_generator(fake_logits: KerasTensor) -> KerasTensor:
    """L_G = ½ E (a(G(z)) - 1)²: fakes are to reach the target of the real samples.

    Returns:
        A scalar: ½ when a = 0. Its gradient for each logit, (a - 1) / n, has no limit.

    Source: Mao et al. 2016, equation 9, https://arxiv.org/abs/1611.04076
    """
    return ops.mean((fake_logits - 1) ** 2) / 2


@of_logits()
def hinge_discriminator(real_logits: KerasTensor, fake_logits: KerasTensor) -> KerasTensor:
    """L_D = E max(0, 1 - a(x)) + E max(0, 1 + a(G(z))): no gradient beyond a margin of 1.

    Returns:
        A scalar: 2 when a = 0 everywhere.

    Source: Lim & Ye 2017, https://arxiv.org/abs/1705.02894
    """
    return ops.mean(ops.relu(1 - real_logits)) + ops.mean(ops.relu(1 + fake_logits))


@of_logits()
def wasserstein_discriminator(real_logits: KerasTensor, fake_logits: KerasTensor) -> KerasTensor:
    """L_D = E a(G(z)) - E a(x): minus a distance, if the slope of a is held below 1.

    Returns:
        A scalar in units of the logit. Without a bound on the slope, such as
        `penalties.gradient_penalty`, it has no lowest value.

    Source: Arjovsky et al. 2017, equation 2, https://arxiv.org/abs/1701.07875
    """
    return ops.mean(fake_logits) - ops.mean(real_logits)


@of_logits()
def linear_generator(fake_logits: KerasTensor) -> KerasTensor:
    """L_G = -E a(G(z)), the generator's loss beside the hinge and the Wasserstein loss.

    Returns:
        A scalar in units of the logit. Its gradient for each logit is -1 / n everywhere.

    Source: Arjovsky et al. 2017, https://arxiv.org/abs/1701.07875
    """
    return -ops.mean(fake_logits)


@of_logits()
def relativistic_discriminator(real_logits: KerasTensor, fake_logits: KerasTensor) -> KerasTensor:
    """L_D = -E log σ(a(x) - a(G(z))): each real sample is paired with a generated one.

    Args:
        real_logits, fake_logits: of one shape; row i of one is paired with row i of the other.

    Returns:
        A scalar in nats: log 2 = 0.693 when both logits are equal.

    Source: Jolicoeur-Martineau 2018, https://arxiv.org/abs/1807.00734
    """
    checks.one_shape("Pair as many fakes.", real_logits=real_logits, fake_logits=fake_logits)
    return ops.mean(ops.softplus(fake_logits - real_logits))


@of_logits()
def relativistic_generator(real_logits: KerasTensor, fake_logits: KerasTensor) -> KerasTensor:
    """L_G = -E log σ(a(G(z)) - a(x)): fakes are to look more real than what they meet.

    Arguments, result and source as in `relativistic_discriminator`.
    """
    return relativistic_discriminator(fake_logits, real_logits)


def cycle_loss(real: KerasTensor, back: KerasTensor) -> KerasTensor:
    """E |F(G(x)) - x|, what is lost on the way to the other domain and back: one of two terms.

    Args:
        real: x, samples of one domain, shape (n, …).
        back: F(G(x)), the same samples translated there and back, of that shape.

    Returns:
        A scalar, the mean over all values: in units of a pixel, 0 … 2 for signed ones.

    Raises:
        ValueError: no floats, an empty batch, shapes that differ.

    Source: Zhu et al. 2017, equation 2, https://arxiv.org/abs/1703.10593. The other term is that
        of y and G(F(y)). There |·| is the sum over the pixels; their code takes the mean, too.
    """
    x = floats(real=real, back=back)
    checks.one_shape("Compare each sample with its own way back.", **x)
    return ops.mean(ops.abs(x["back"] - x["real"]))


def identity_loss(real: KerasTensor, same: KerasTensor) -> KerasTensor:
    """E |G(y) - y|: what is in the target's domain already should stay as it is; one of two terms.

    Args:
        real: y, samples of the domain that G translates to, shape (n, …).
        same: G(y), of that shape.

    Returns, raises: as `cycle_loss`.

    Source: Zhu et al. 2017, section 5.2, https://arxiv.org/abs/1703.10593
    """
    x = floats(real=real, same=same)
    checks.one_shape("Compare each sample with its own translation.", **x)
    return ops.mean(ops.abs(x["same"] - x["real"]))


Loss = Callable[[KerasTensor, KerasTensor], KerasTensor]  # (real_logits, fake_logits) → scalar


def of_fakes(loss: Callable[[KerasTensor], KerasTensor]) -> Loss:
    """A generator's loss that looks at fakes only, as a function of both logits."""
    if not callable(loss):
        raise TypeError(f"expected a loss, a function of the fake logits, but got {loss!r}.")
    return lambda real_logits, fake_logits: loss(fake_logits)


GAN_LOSSES: dict[str, tuple[Loss, Loss]] = {  # name → discriminator's, generator's
    "minimax": (minimax_discriminator, of_fakes(minimax_generator)),
    "non-saturating": (minimax_discriminator, of_fakes(non_saturating_generator)),
    "least-squares": (least_squares_discriminator, of_fakes(least_squares_generator)),
    "hinge": (hinge_discriminator, of_fakes(linear_generator)),
    "wasserstein": (wasserstein_discriminator, of_fakes(linear_generator)),
    "relativistic": (relativistic_discriminator, relativistic_generator),
    "dual": (dual_discriminator, of_fakes(dual_generator)),
}

# Names whose generator's loss compares with the real logits. For all others a training may pass
# None in their place and save the discriminator's run on the real samples.
PAIRED = {"relativistic"}

IN_NATS = {"minimax", "non-saturating", "relativistic"}  # names whose losses have that unit

# Names whose losses read two logits of each sample: `networks.two_discriminators` gives them.
DUAL = {"dual"}


def gan_losses(name: str) -> tuple[Loss, Loss]:
    """The pair (discriminator's loss, generator's loss) of that name in `GAN_LOSSES`.

    Both are functions of (real_logits, fake_logits).

    Raises:
        ValueError: no such name; the known ones are listed.
    """
    return GAN_LOSSES[checks.choice(name, "the GAN's loss", GAN_LOSSES)]
