"""Fillings from models that draw pictures of codes: a generator's, or a VAE's; see `repair`.

Both walk through the codes z until the picture fits what is visible of an image.
"""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import ops
from numpy.typing import ArrayLike
from sklearn.metrics import pairwise_distances_argmin

from aigc_lib import checks, data, parts
from aigc_lib.vae import VAE

DRAWN = 500  # pictures of which each start of a search is the best


def search(
    generator: keras.Model,
    images: ArrayLike,
    hidden: ArrayLike,
    starts: int = 8,
    steps: int = 20,
    sigma: float = 0.3,
    seed: int = 0,
) -> np.ndarray:
    """Codes of a generator whose pictures fit what is visible: fillings (starts, n, …).

    For each image x, Adam walks down from several codes z at once on

        ‖(G(z) − x) visible‖² / 2σ² + ‖z‖² / 2,

    which is −log p(z | visible pixels), but for a constant, if these are G(z) and normal noise of
    standard deviation σ. Each start is the best of 500 codes of its own, drawn at random.

    Args:
        generator: Keras model (m, latent_dim) → signed images (m, …); it is not changed.
        images, hidden: as above.
        starts: k, searches for each image.
        steps: of Adam, step size 0.1, each on all n · k codes; 0 takes the starts as they are.
        sigma: how far a visible pixel may lie from x, on the signed scale.
        seed: of the drawn codes.

    Returns:
        float32, the best fitting of each image first.

    Raises:
        ValueError, TypeError: a network that does not fit the images, numbers out of range.

    Source: Yeh et al. 2017, https://arxiv.org/abs/1607.07539, with one start and the
        discriminator in place of the prior
    """
    images, hidden = pictures(images, hidden)
    _check_decoder(generator, "generator", images)
    k, steps = checks.whole(starts, "starts"), checks.whole(steps, "steps", least=0)
    weight = (~hidden / checks.number(sigma, "sigma", above=0) ** 2).astype("float32")
    z = tf.Variable(_starts(generator, images, ~hidden, k, seed))
    truth = tf.constant(np.tile(images, (k, 1, 1, 1)))
    adam = keras.optimizers.Adam(0.1)
    adam.build([z])

    def energy() -> tf.Tensor:
        gap = generator(z, training=False) - truth
        return ops.sum(weight * gap**2, axis=(1, 2, 3)) / 2 + ops.sum(z**2, axis=1) / 2

    _walk(energy, z, lambda slope: adam.apply([slope], [z]), steps)
    found = _drawn(generator, z.numpy()).reshape(k, *images.shape)
    order = energy().numpy().reshape(k, -1).argsort(axis=0)
    best_first = np.take_along_axis(found, order[..., None, None, None], axis=0)
    return np.where(hidden, best_first, images)


def posterior(
    vae: VAE,
    images: ArrayLike,
    hidden: ArrayLike,
    draws: int = 8,
    steps: int = 30,
    step_size: float = 0.03,
    seed: int = 0,
) -> np.ndarray:
    """Fillings by a VAE: codes drawn from p(z | visible pixels), decoded.

    Each step of Langevin's walk goes down the slope of E(z) = −log p(visible | z) + ‖z‖² / 2 and
    adds noise ε of the standard normal law,

        z ← z − (η / 2) ∇E(z) + √η ε,

    so that, for small η and many steps, a place z is visited in proportion to e^(−E(z)): to
    p(z | visible). Without the noise all walks end in the nearest valley, as in `search`. The
    encoder takes no part: it has learned from whole pictures.

    Args:
        vae: with the Bernoulli likelihood; visible pixels are drawn, once for each walk.
        images, hidden: as above.
        draws: k, walks for each image, from starts as in `search`.
        steps: of each walk.
        step_size: η.
        seed: of all that is drawn.

    Returns:
        float32, shape (draws, n, …): the means of p(x | z), smoother than drawn pixels.

    Raises:
        ValueError, TypeError: no such VAE, images of another shape, numbers out of range.

    Source: Roberts & Tweedie 1996, https://doi.org/10.2307/3318418 (the walk)
    """
    images, hidden = pictures(images, hidden)
    if not isinstance(vae, VAE) or vae.likelihood != "bernoulli":
        raise TypeError(f"expected a VAE with the Bernoulli likelihood, but got {vae!r:.80}.")
    _check_decoder(vae.decoder, "decoder", images)
    draw = keras.Model(vae.decoder.inputs, ops.tanh(vae.decoder.outputs[0] / 2))  # signed
    k, steps = checks.whole(draws, "draws"), checks.whole(steps, "steps", least=0)
    size = checks.number(step_size, "step_size", above=0)
    z = tf.Variable(_starts(draw, images, ~hidden, k, seed))
    unit = np.tile(data.rescale(images, "signed", "unit"), (k, 1, 1, 1))
    pixels, visible = tf.constant(data.binarise(unit, seed)), tf.constant(~hidden, "float32")
    noise = keras.random.SeedGenerator(seed)

    def energy() -> tf.Tensor:
        a = vae.decoder(z, training=False)
        log_px = ops.sum(visible * (pixels * a - ops.softplus(a)), axis=(1, 2, 3))
        return ops.sum(z**2, axis=1) / 2 - log_px

    def move(slope: tf.Tensor) -> None:
        shake = keras.random.normal(slope.shape, seed=noise)
        z.assign(z - size / 2 * slope + np.sqrt(size) * shake)

    _walk(energy, z, move, steps)
    return np.where(hidden, _drawn(draw, z.numpy()).reshape(k, *images.shape), images)


def _walk(
    energy: Callable[[], tf.Tensor], z: tf.Variable, move: Callable[[tf.Tensor], Any], steps: int
) -> None:
    """So many steps of all codes z, each by the slope of its own energy."""

    @tf.function
    def step() -> None:
        with tf.GradientTape() as tape:
            total = ops.sum(energy())
        move(tape.gradient(total, z))

    for _ in range(steps):
        step()


def _starts(
    draw: keras.Model, images: np.ndarray, visible: np.ndarray, k: int, seed: int
) -> np.ndarray:
    """For each image k codes, each the nearest by the visible pixels of its own drawn ones."""
    rng = np.random.default_rng(checks.whole(seed, "seed", least=0))
    codes = rng.standard_normal((k, DRAWN, draw.input_shape[1])).astype("float32")
    wanted = images[:, visible]
    found = [z[pairwise_distances_argmin(wanted, _drawn(draw, z)[:, visible])] for z in codes]
    return np.concatenate(found)


def _drawn(draw: keras.Model, z: np.ndarray) -> np.ndarray:
    """The pictures of codes."""
    return draw.predict(z, batch_size=500, verbose=0)


# What an argument must be


def pictures(images: ArrayLike, hidden: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Signed images and their mask."""
    images = checks.samples(images)
    if images.ndim != 4:
        raise ValueError(
            f"expected images of shape (n, height, width, channels), but got {images.shape}."
        )
    return images, mask_of(hidden, images.shape[1:])


def mask_of(hidden: ArrayLike, shape: tuple[int, ...]) -> np.ndarray:
    """A mask of that shape that hides some pixels and leaves some."""
    plain = checks.array(hidden)
    if plain.dtype != bool or plain.shape != shape:
        raise ValueError(
            f"expected hidden to be a mask, bool of shape {shape}, True where the picture is to be "
            f"filled, but got {plain.dtype} of shape {plain.shape}. Take repair.mask, or compare: "
            "array > 0."
        )
    if plain.all() or not plain.any():
        raise ValueError(
            f"expected a mask that hides some pixels and leaves some, but it hides {plain.sum()} "
            f"of {plain.size}."
        )
    return plain


def _check_decoder(network: Any, name: str, images: np.ndarray) -> None:
    """Raise an error unless a network turns codes into images of that shape."""
    parts.check_network(network, name)
    read, made = network.input_shape[1:], network.output_shape[1:]
    if len(read) != 1 or made != images.shape[1:]:
        raise ValueError(
            f"expected a {name} of codes (n, latent_dim) to images {images.shape[1:]}, but got "
            f"one of {read} to {made}. Make the shapes equal."
        )
