"""The models of the library, small, for the tables of tests that hold of every model.

A new model gets an entry in `CASES`; all kinds of test_kinds.py and test_vocabulary.py then run on
it. Steps run eagerly: for networks of this size that is faster than to build a graph.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import keras
import numpy as np
import pytest
from keras import layers

from aigc_lib import data, networks, penalties, style, transformer
from aigc_lib.composite import Composite
from aigc_lib.cyclegan import CycleGAN
from aigc_lib.gan import GAN
from aigc_lib.gpt import GPT, Masked
from aigc_lib.vae import VAE

IMAGE = (4, 4, 1)
IDS, WINDOW = 7, 12  # how many characters a text has, and how many a network reads at once


def sampled(model: Any, n: Any, seed: Any) -> np.ndarray:
    """n samples of a model."""
    return model.sample(n, seed=seed)


def mapped(change: Callable[[Any], Any], x: Any) -> Any:
    """Samples changed; of two domains, a tuple, both."""
    return tuple(map(change, x)) if isinstance(x, tuple) else change(x)


class Case(NamedTuple):
    """One model, and what it learns from."""

    build: Callable[..., Composite]  # (seed=0, **options) → not compiled
    x: Any  # for fit, float32, or int32 where it learns from ids; two arrays of two domains
    held_out: Any  # for evaluate
    limits: tuple[float, float] | None  # of its values
    better: str  # a metric, which a callback may wait for
    entrances: dict[str, Callable[[Any, Any], Any]]  # name → what takes samples: (model, x)
    draw: Callable[[Any, Any, Any], np.ndarray] | None = sampled  # (model, n, seed); None: nothing

    @property
    def ids(self) -> bool:
        """Whether it learns from whole numbers."""
        return not self.of_two and self.x.dtype.kind == "i"

    @property
    def of_two(self) -> bool:
        """Whether it learns from two domains."""
        return isinstance(self.x, tuple)

    @property
    def first(self) -> np.ndarray:
        """The samples that `predict` takes: of two domains the first ones."""
        return self.x[0] if self.of_two else self.x

    def made(self, model: Composite) -> np.ndarray:
        """What a model makes: equal models make equal things."""
        if self.draw:
            return self.draw(model, 3, 0)
        return model.predict(self.first[:3], verbose=0)

    def make(self, seed: int = 0, eager: bool = True, **options: Any) -> Composite:
        """The model compiled; equal seeds give equal ones."""
        model = self.build(seed, **options)
        model.compile(run_eagerly=eager)
        return model


def draw_images(latent_dim: int = 3, dtype: Any = None) -> keras.Model:
    """A generator of small signed images."""
    last = layers.Dense(16, activation="tanh", dtype=dtype)
    return keras.Sequential([keras.Input((latent_dim,)), last, layers.Reshape(IMAGE, dtype=dtype)])


def judge_images(channels: int = 1, outputs: int = 1, dtype: Any = None) -> keras.Model:
    """A discriminator of small images."""
    return keras.Sequential(
        [
            keras.Input((*IMAGE[:2], channels)),
            layers.Flatten(dtype=dtype),
            layers.Dense(8, activation="relu", dtype=dtype),
            layers.Dense(outputs, dtype=dtype),
        ]
    )


def image_gan(seed: int = 0, **options: Any) -> GAN:
    """A GAN of images, not compiled."""
    keras.utils.set_random_seed(seed)
    outputs = 2 if options.get("loss") == "dual" else 1
    pair = draw_images(), judge_images(options.get("packing", 1), outputs)
    return GAN(*pair, seed=seed, **options)


def style_gan(seed: int = 0, **options: Any) -> GAN:
    """A GAN whose generator has styles, and noise of its own; not compiled."""
    keras.utils.set_random_seed(seed)
    generator = style.style_generator(3, 4, 1, width=2, side=4)
    for layer in generator.get_layer("synthesis").layers:
        if isinstance(layer, style.Noise):
            layer.strength.assign(layer.strength + 0.1)
    judge = judge_images(options.get("packing", 1), 2 if options.get("loss") == "dual" else 1)
    return GAN(generator, judge, seed=seed, **options)


def point_gan(seed: int = 0, **options: Any) -> GAN:
    """A GAN of points with a penalty, not compiled."""
    keras.utils.set_random_seed(seed)
    pair = networks.mlp(2, 2, 8, 1), networks.mlp(2, 1, 8, 1)
    return GAN(*pair, seed=seed, **({"penalty": penalties.r1(0.1)} | options))


def bernoulli_vae(seed: int = 0, **options: Any) -> VAE:
    """A VAE of binary pixels, not compiled."""
    keras.utils.set_random_seed(seed)
    x = keras.Input(IMAGE)
    hidden = layers.Dense(8, "relu")(layers.Flatten()(x))
    encoder = keras.Model(x, [layers.Dense(2)(hidden), layers.Dense(2)(hidden)])
    body = [layers.Dense(8, "relu"), layers.Dense(16), layers.Reshape(IMAGE)]
    return VAE(encoder, keras.Sequential([keras.Input((2,)), *body]), seed=seed, **options)


def gaussian_vae(seed: int = 0, **options: Any) -> VAE:
    """A VAE of points, not compiled."""
    keras.utils.set_random_seed(seed)
    x, z = keras.Input((3,)), keras.Input((2,))
    hidden = layers.Dense(8, "relu")(x)
    encoder = keras.Model(x, [layers.Dense(2)(hidden), layers.Dense(2)(hidden)])
    hidden = layers.Dense(8, "relu")(z)
    decoder = keras.Model(z, [layers.Dense(3)(hidden), layers.Dense(1)(hidden)])
    return VAE(encoder, decoder, likelihood="gaussian", seed=seed, **options)


def translate_images(dtype: Any = None) -> keras.Model:
    """A translator of small signed pictures."""
    x = keras.Input(IMAGE)
    hidden = layers.Conv2D(2, 3, padding="same", activation="relu", dtype=dtype)(x)
    return keras.Model(
        x, layers.Conv2D(1, 3, padding="same", activation="tanh", dtype=dtype)(hidden)
    )


def cycle_gan(seed: int = 0, **options: Any) -> CycleGAN:
    """A CycleGAN of small pictures, not compiled; one of its discriminators judges patches."""
    keras.utils.set_random_seed(seed)
    patches = keras.Sequential([keras.Input(IMAGE), layers.Conv2D(1, 3)])
    networks = translate_images(), translate_images(), judge_images(), patches
    return CycleGAN(*networks, seed=seed, **options)


def gpt(seed: int = 0, **options: Any) -> GPT:
    """A GPT of short rows, not compiled."""
    keras.utils.set_random_seed(seed)
    sizes = {"width": 8, "heads": 2, "layers": 1, "tied": True} | options
    return GPT(transformer.transformer(IDS, WINDOW, **sizes), seed=seed)


def masked(seed: int = 0, **options: Any) -> Masked:
    """A model of hidden characters, not compiled."""
    keras.utils.set_random_seed(seed)
    sizes = {"width": 8, "heads": 2, "layers": 1, "causal": False, "tied": True} | options
    return Masked(transformer.transformer(IDS + 1, WINDOW, **sizes), seed=seed)


def written(model: GPT, n: Any, seed: Any) -> np.ndarray:
    """n characters of a GPT."""
    return model.generate([0], n, seed=seed)


def fitted(model: Composite, x: Any) -> float:
    """The last number that an epoch in the samples' own order reports."""
    history = model.fit(x, 16, shuffle=False, verbose=0).history
    return history[next(iter(model.METRICS))][-1]


_rng = np.random.default_rng(0)
_GREY = _rng.uniform(0, 1, (32, *IMAGE)).astype("float32")
_POINTS = _rng.standard_normal((32, 3)).astype("float32")
_FIT = {"fit": fitted, "evaluate": lambda model, x: model.evaluate(x, verbose=0)}
_VAE = _FIT | {
    "encode": lambda model, x: model.encode(x)[0],
    "reconstruct": lambda model, x: model.reconstruct(x),
    "log_likelihood": lambda model, x: model.log_likelihood(x, samples=3),
}
_TWO = {
    "to b": lambda model, x: model.translate(x[0]),
    "to a": lambda model, x: model.translate(x[1], "a"),
}
_ROWS = _rng.integers(0, IDS, (32, 9)).astype("int32")
_BINARY = data.binarise(_GREY, seed=0)

CASES = {
    "image GAN": Case(image_gan, 2 * _GREY - 1, 1 - 2 * _GREY, (-1, 1), "d_loss", _FIT),
    "point GAN": Case(point_gan, _POINTS[:, :2], -_POINTS[:, :2], None, "d_accuracy", _FIT),
    "Bernoulli VAE": Case(bernoulli_vae, _BINARY, _BINARY[::-1], (0, 1), "elbo", _VAE),
    "Gaussian VAE": Case(gaussian_vae, _POINTS, -_POINTS, None, "elbo", _VAE),
    "CycleGAN": Case(
        cycle_gan,
        *((2 * _GREY - 1, 1 - 2 * _GREY), (1 - _GREY[::-1] * 2, _GREY * 2 - 1), (-1, 1)),
        *("cycle", _FIT | _TWO, None),
    ),
    "GPT": Case(gpt, _ROWS, _ROWS[::-1], (0, IDS - 1), "nats", _FIT, written),
    "masked": Case(masked, _ROWS, _ROWS[::-1], (0, IDS - 1), "accuracy", _FIT, None),
}


def each_of(cases: dict[str, Case]) -> pytest.MarkDecorator:
    """Runs a test on each of these."""
    return pytest.mark.parametrize("case", cases.values(), ids=list(cases))


EVERY = each_of(CASES)

MORE = CASES | {  # settings of the same models, for the tables in which they could differ
    "style GAN": Case(style_gan, 2 * _GREY - 1, 1 - 2 * _GREY, (-1, 1), "d_loss", _FIT),
    "importance-weighted VAE": Case(
        lambda seed=0, **options: bernoulli_vae(seed, draws=3, **options),
        *(_BINARY, _BINARY[::-1], (0, 1), "elbo", _VAE),
    ),
    "CycleGAN with noise": CASES["CycleGAN"]._replace(
        build=lambda seed=0, **options: cycle_gan(seed, noise=0.1, identity=0.0, **options)
    ),
}
