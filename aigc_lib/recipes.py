"""The settings that chapters and benches share: each function returns a compiled model.

A recipe sets the seed for all of Keras first, so equal seeds give equal models. How the numbers
were found: bench/README.md.

An argument of the wrong kind is a TypeError, one out of range a ValueError.
"""

from collections.abc import Sequence

import keras

from aigc_lib import checks
from aigc_lib.gan import GAN
from aigc_lib.losses import DUAL, GAN_LOSSES
from aigc_lib.networks import (
    conv_decoder,
    conv_encoder,
    dcgan_discriminator,
    dcgan_generator,
    mlp,
    two_discriminators,
)
from aigc_lib.penalties import Penalty
from aigc_lib.vae import VAE

__all__ = ["digit_gan", "digit_vae", "point_gan"]


def digit_gan(factor: float = 1.0, seed: int = 0, width: int = 16) -> GAN:
    """The GAN for digits; chapter 12 builds its networks and its step by hand.

    Args:
        factor: times the step sizes that are best for a minute's training or less, 2e-3 for the
            discriminator and 8e-3 for the generator. Three minutes want 0.5.
        seed: of the first weights and of the noise.
        width: of both networks. Three minutes are enough for 24.

    Returns:
        A GAN compiled with Adam, β₁ 0 and β₂ 0.99, its generator's average with β 0.995.
    """
    _set_seed(seed)
    factor = checks.number(factor, "factor", above=0)
    networks = dcgan_generator(width=width), dcgan_discriminator(width)
    gan = GAN(*networks, ema_decay=0.995, seed=seed)
    gan.compile(*(_adam(rate * factor, beta_1=0.0) for rate in (2e-3, 8e-3)))
    return gan


def digit_vae(hidden: int = 256, factor: float = 1.0, seed: int = 0, draws: int = 1) -> VAE:
    """The convolutional VAE for digits, 32 latent numbers; built by hand in chapters 31 and 32.

    Args:
        hidden: neurons of the dense layers; with 37 it is of the size of `digit_gan()`.
        factor: times the step size 1e-2, which takes a schedule that ends at 0.
        seed: of the first weights and of all that training draws.
        draws: K of the bound that training maximises; with 1 it is the ELBO.

    Returns:
        A VAE compiled with Adam.
    """
    _set_seed(seed)
    factor = checks.number(factor, "factor", above=0)
    vae = VAE(conv_encoder(hidden=hidden), conv_decoder(hidden=hidden), draws=draws, seed=seed)
    vae.compile(keras.optimizers.Adam(1e-2 * factor))
    return vae


def point_gan(
    seed: int = 0,
    loss: str = "non-saturating",
    penalty: Penalty | Sequence[Penalty] = (),
    packing: int = 1,
    ema_decay: float = 0.999,
    g_rate: float = 1e-3,
    width: int = 128,
    depth: int = 3,
) -> GAN:
    """The GAN for points in the plane, of the mode-collapse laboratory.

    Chapter 60 builds it by hand, chapter 61 changes its loss, penalty and packs.

    Args:
        seed: of the first weights and of the noise. The generator is made first: equal seeds
            give equal generators, whatever the discriminator is.
        loss, penalty, packing, ema_decay: as `GAN` takes them. For the loss "dual" there are
            two discriminators.
        g_rate: the generator's step size; the discriminator's is 1e-3.
        width, depth: of the discriminator's hidden layers; the generator has three of 128.

    Returns:
        A GAN compiled with Adam, β₁ 0.5 and β₂ 0.99; 50 steps in each execution, since a step
        takes less time than Keras's loop around it.
    """
    _set_seed(seed)
    checks.choice(loss, "the GAN's loss", GAN_LOSSES)
    packing, g_rate = checks.whole(packing, "packing"), checks.number(g_rate, "g_rate", above=0)
    generator = mlp(2, 2, depth=3)
    count = 2 if loss in DUAL else 1
    some = [mlp(2 * packing, 1, width, depth) for _ in range(count)]
    discriminator = two_discriminators(*some) if count == 2 else some[0]
    gan = GAN(generator, discriminator, loss, penalty, ema_decay, seed, packing)
    gan.compile(*(_adam(rate, beta_1=0.5) for rate in (1e-3, g_rate)), steps_per_execution=50)
    return gan


def _set_seed(seed: int) -> None:
    """Of all of Keras, NumPy and Python, which take seeds of 32 bits."""
    keras.utils.set_random_seed(checks.whole(seed, "seed", least=0, most=2**32 - 1))


def _adam(rate: float, beta_1: float) -> keras.optimizers.Adam:
    return keras.optimizers.Adam(rate, beta_1=beta_1, beta_2=0.99)
