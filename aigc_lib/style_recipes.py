"""The settings of chapters 73 and 74: each function returns a compiled model, as in `recipes`.

A recipe sets the seed for all of Keras first, so equal seeds give equal models. How the numbers
were found: bench/README.md.

An argument of the wrong kind is a TypeError, one out of range a ValueError.
"""

from typing import Any

import keras

from aigc_lib import checks
from aigc_lib.cyclegan import CycleGAN
from aigc_lib.gan import GAN
from aigc_lib.networks import dcgan_discriminator
from aigc_lib.style import style_generator
from aigc_lib.translators import patches, translator

__all__ = ["digit_cyclegan", "emoji_cyclegan", "style_gan"]


def emoji_cyclegan(seed: int = 0, noise: float = 0.0, factor: float = 1.0) -> CycleGAN:
    """The CycleGAN of chapter 73 between two styles of emoji, 20 × 20 pixels in colour.

    Args:
        seed: of the first weights, of the order of the pictures and of the noise.
        noise: σ of the noise on translations in training, as `CycleGAN` takes it.
        factor: times the step sizes 1e-3 of the discriminators and 2e-3 of the translators, which
            take a schedule that ends at 0. They were tried with batches of 16, and a minute of one
            core: more makes the pictures no nearer to the hidden ones.

    Returns:
        A CycleGAN compiled with Adam, β₁ 0.5 and β₂ 0.99; without the identity term, whose two
        translations more in each step bring less than the steps that they cost.
    """
    _set_seed(seed)
    shape = 20, 20, 3
    there, back = translator(shape, blocks=3), translator(shape, blocks=3)
    judge_a, judge_b = patches(shape, 24), patches(shape, 24)
    options: dict[str, Any] = {"cycle": 1.5, "identity": 0.0, "noise": noise, "seed": seed}
    cyclegan = CycleGAN(there, back, judge_a, judge_b, **options)
    _compile(cyclegan, (1e-3, 2e-3), 0.5, factor)
    return cyclegan


def digit_cyclegan(seed: int = 0, factor: float = 1.0) -> CycleGAN:
    """The CycleGAN of chapter 73 between MNIST and UCI's digits, both of 8 × 8 pixels.

    Args:
        seed: as in `emoji_cyclegan`.
        factor: times the step size 1e-3 of all networks.

    Returns:
        A CycleGAN compiled with Adam, β₁ 0.5 and β₂ 0.99. Lighter cycle and identity terms than
        these let the way back turn blank: MNIST's paper is -1, where tanh has no slope.
    """
    _set_seed(seed)
    shape = 8, 8, 1
    there, back = (translator(shape, blocks=3, halved=False) for _ in "ba")
    judge_a, judge_b = (patches(shape, halvings=1) for _ in "ab")
    cyclegan = CycleGAN(there, back, judge_a, judge_b, cycle=5.0, identity=2.5, seed=seed)
    _compile(cyclegan, (1e-3, 1e-3), 0.5, factor)
    return cyclegan


def style_gan(mapping: int = 4, seed: int = 0, factor: float = 1.0, width: int = 16) -> GAN:
    """The GAN with styles of chapter 74, its discriminator that of `recipes.digit_gan`.

    Args:
        mapping: layers of the mapping network; with 0, w = z.
        seed: of the first weights and of the noise.
        factor: times the step sizes 2e-3 of the discriminator and 5e-3 of the generator, best for
            a minute and a half of one core. Twice as much lets some seeds break down.
        width: of both networks.

    Returns:
        A GAN compiled with Adam, β₁ 0 and β₂ 0.99, its generator's average with β 0.995.
    """
    _set_seed(seed)
    networks = style_generator(mapping=mapping, width=width), dcgan_discriminator(width)
    gan = GAN(*networks, ema_decay=0.995, seed=seed)
    _compile(gan, (2e-3, 5e-3), 0.0, factor)
    return gan


def _set_seed(seed: int) -> None:
    keras.utils.set_random_seed(checks.whole(seed, "seed", least=0, most=2**32 - 1))


def _compile(
    model: CycleGAN | GAN, rates: tuple[float, float], beta_1: float, factor: float
) -> None:
    """With Adam for the discriminators and for what draws."""
    factor = checks.number(factor, "factor", above=0)
    model.compile(*(keras.optimizers.Adam(rate * factor, beta_1, 0.99) for rate in rates))
