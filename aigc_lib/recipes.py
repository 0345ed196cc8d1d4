"""The settings that chapters and benches share: each function returns a compiled model.

A recipe sets the seed for all of Keras first, so equal seeds give equal models. How the numbers
were found: bench/README.md.

An argument of the wrong kind is a TypeError, one out of range a ValueError.
"""

from collections.abc import Sequence

import keras
import numpy as np

from aigc_lib import assets, checks, text
from aigc_lib.gan import GAN
from aigc_lib.gpt import GPT, Masked
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
from aigc_lib.transformer import chain, transformer
from aigc_lib.vae import VAE

__all__ = [
    "author_alphabet",
    "author_gpt",
    "digit_gan",
    "digit_vae",
    "point_gan",
    "published_gpt",
    "small_gpt",
    "small_masked",
    "text_classifier",
    "text_vectors",
]


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


def small_gpt(
    vocabulary: int,
    length: int = 64,
    factor: float = 1.0,
    seed: int = 0,
    width: int = 128,
    layers: int = 2,
    mixing: int = 4,
    attention: bool = True,
    dropout: float = 0.0,
) -> GPT:
    """The GPT of chapters 70 to 72: two blocks, each behind a short convolution.

    Args:
        vocabulary: how many ids there are.
        length: characters that it reads at once.
        factor: times the step size 1e-2, which takes a schedule that ends at 0.
        seed: of the first weights and of the order of batches.
        width, layers, mixing, attention, dropout: as `transformer` takes them.

    Returns:
        A GPT compiled with Muon (https://arxiv.org/abs/2502.16982), which makes the steps of the
        blocks' matrices orthogonal; the embeddings, the head and all that is no matrix take Adam's.
        Batches of 16 rows of 64 are what the step size was tried with.
    """
    _set_seed(seed)
    network = transformer(
        vocabulary,
        length,
        width,
        layers=layers,
        mixing=mixing,
        attention=attention,
        dropout=dropout,
    )
    gpt = GPT(network, seed)
    gpt.compile(_muon(factor), jit_compile=True)
    return gpt


def small_masked(vocabulary: int, length: int, factor: float = 1.0, seed: int = 0) -> Masked:
    """The blocks of `small_gpt` without the mask that hides what follows, to restore characters.

    Args:
        vocabulary: how many ids of characters there are; the network has one more, the hidden.
        length, factor, seed: as in `small_gpt`.

    Returns:
        A Masked, compiled like `small_gpt`.
    """
    _set_seed(seed)
    ids = checks.whole(vocabulary, "vocabulary") + 1
    masked = Masked(transformer(ids, length, causal=False), seed=seed)
    masked.compile(_muon(factor), jit_compile=True)
    return masked


def published_gpt(vocabulary: int, seed: int = 0) -> GPT:
    """A GPT of the sizes that nanoGPT recommends for a laptop, in batches of 12 rows of 64.

    Returns:
        A GPT of four blocks of width 128, compiled with Adam, 1e-3 and β₂ 0.99, for a schedule.

    Source: README of https://github.com/karpathy/nanoGPT, "I only have a macbook".
    """
    _set_seed(seed)
    gpt = GPT(transformer(vocabulary, 64, 128, heads=4, layers=4, mixing=1), seed)
    gpt.compile(keras.optimizers.Adam(1e-3, beta_2=0.99), jit_compile=True)
    return gpt


def text_vectors(network: keras.Model) -> keras.Model:
    """What a network makes of a text: ids (n, t) → the mean over the characters after each block.

    Args:
        network: of `transformer`, pre-trained or not; the weights are shared.

    Returns:
        A model of ids to vectors (n, width · blocks).
    """
    _, blocks, _ = chain(network)
    means = [keras.ops.mean(block.output, axis=1) for block in blocks]
    return keras.Model(network.inputs, keras.ops.concatenate(means, axis=1))


def text_classifier(
    network: keras.Model, classes: int, steps: int, rate: float = 3e-4
) -> keras.Model:
    """A classifier of texts on `text_vectors`; all weights are trained, those of the network too.

    Args:
        network: of `transformer`, pre-trained or not; the weights are shared.
        classes: how many there are.
        steps: of the training, in which the step size falls to 0.
        rate: the step size of the first step.

    Returns:
        A model of ids (n, t) to logits (n, classes), compiled with Adam, for whole-number labels.
    """
    look = text_vectors(network)
    layer = keras.layers.Dense(checks.whole(classes, "classes", least=2), name="classes")
    model = keras.Model(look.inputs, layer(look.output))
    falling = keras.optimizers.schedules.CosineDecay(
        checks.number(rate, "rate", above=0), checks.whole(steps, "steps")
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(falling, beta_2=0.99), loss, metrics=["accuracy"])
    return model


AUTHOR_SECONDS = 300  # of one core: how long `author_gpt` has read


def author_alphabet() -> text.Alphabet:
    """The characters of the four authors' training texts."""
    return text.Alphabet.of("".join(train for train, _ in text.authors().values()))


def author_gpt() -> GPT:
    """A `small_gpt` that has read the four authors' training texts, with the shipped weights.

    Raises:
        ValueError, FileNotFoundError: the shipped file is damaged or missing.
    """
    gpt = small_gpt(len(author_alphabet()), 100)
    with np.load(assets.path("authors.npz")) as stored:
        gpt.network.set_weights([stored[name] for name in stored.files])
    return gpt


def _muon(factor: float) -> keras.optimizers.Muon:
    """Muon as the small networks of texts take it."""
    rate = 1e-2 * checks.number(factor, "factor", above=0)
    return keras.optimizers.Muon(
        rate, adam_beta_2=0.99, adam_lr_ratio=0.4, exclude_layers=["head", "convolution"]
    )


def _set_seed(seed: int) -> None:
    """Of all of Keras, NumPy and Python, which take seeds of 32 bits."""
    keras.utils.set_random_seed(checks.whole(seed, "seed", least=0, most=2**32 - 1))


def _adam(rate: float, beta_1: float) -> keras.optimizers.Adam:
    return keras.optimizers.Adam(rate, beta_1=beta_1, beta_2=0.99)
