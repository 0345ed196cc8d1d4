"""Rows of bench/style.py: what a mapping network and styles are worth for digits.

A walk is a path of codes from one image to another; its length is measured on the features of
the scorer, `scorer.judge`.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import keras
import numpy as np

from aigc_lib import data, digits, distances, metrics, scorer, style
from aigc_lib.budget import TimeBudget, hold_then_fall
from aigc_lib.gan import GAN

SECONDS, WALKS = 90, 5000
PSI = (0.2, 0.4, 0.6, 0.8, 1.0, 1.2)
COMPARED = 3000  # images on each side of precision and recall
MIXES, SURE = 2000, 0.9
PAIRS = 6000  # of parents that are drawn, so that MIXES of them fit
MIXED = range(1, style.LAYERS)


def features(images: np.ndarray) -> np.ndarray:
    """The scorer's, (n, 64)."""
    return scorer.judge(images).features


def noise(n: int, generator: keras.Model, seed: int) -> np.ndarray:
    """z ~ N(0, I), float32 (n, latent_dim)."""
    shape = n, generator.input_shape[1]
    return np.random.default_rng(seed).standard_normal(shape, "float32")


def drawn(generator: keras.Model, z: np.ndarray) -> np.ndarray:
    """The images of noise."""
    return generator.predict(z, batch_size=500, verbose=0)


# Walks


def walks(generator: keras.Model, styled: bool) -> dict[str, float]:
    """Lengths of walks between pairs of images, in Z and, where there are styles, in W.

    The walks in W have the same ends as those in Z. "chord" is what they would have at least: the
    mean squared distance of their ends.
    """
    ends = [noise(WALKS, generator, seed) for seed in (11, 12)]
    spaces = {"path_z": (lambda z: features(drawn(generator, z)), ends, True)}
    if styled:
        codes = [style.styles(generator, z) for z in ends]
        spaces["path_w"] = (lambda w: features(style.draw(generator, w)), codes, False)
    first, last = (features(drawn(generator, z)) for z in ends)
    found = {"chord": float(np.square(last - first).sum(axis=1).mean())}
    for name, (features_of, (start, end), spherical) in spaces.items():
        for suffix, at_start in (("", False), ("_ends", True)):
            each = metrics.path_lengths(
                features_of, start, end, spherical=spherical, ends=at_start, seed=0
            )
            error = each.std(ddof=1) / np.sqrt(len(each))
            found |= {name + suffix: each.mean(), f"{name}{suffix}_error": error}
    return found


# Truncation


def compared(images: np.ndarray) -> dict[str, float]:
    """COMPARED images beside as many test images; the distance from all of these."""
    test, _, _ = digits.reference()
    seen = features(images)
    near = distances.neighbourhoods(test.features[::3][:COMPARED], seen)
    return {**near._asdict(), "FD": distances.frechet_distance(test.features, seen)}


def truncations(draw: Callable[[float], np.ndarray], psis: tuple[float, ...]) -> dict[str, list]:
    """The comparison at each ψ: "psi" and columns "psi_…"."""
    each = [compared(draw(psi)) for psi in psis]
    return {"psi": list(psis)} | {f"psi_{k}": [found[k] for found in each] for k in each[0]}


def truncated(generator: keras.Model, z: np.ndarray, styled: bool, psi: float) -> np.ndarray:
    """Images whose codes are nearer to their mean; without styles the noise is made smaller."""
    if not styled:
        return drawn(generator, np.float32(psi) * z)
    mean = style.mean_style(generator)
    return style.draw(generator, style.truncated(style.styles(generator, z), mean, psi))


# Mixing


def mixes(generator: keras.Model) -> dict[str, Any]:
    """Whose class a mix has: that of its coarse parent, of its fine parent, or neither.

    Only of parents of two classes, of both of which the scorer is sure. "mix_chance": how often
    an image that is drawn by itself has the class of a coarse parent.
    """
    codes = [style.styles(generator, noise(PAIRS, generator, seed)) for seed in (13, 14)]
    seen = [scorer.judge(style.draw(generator, each)) for each in codes]
    (coarse, fine), sure = (one.labels for one in seen), (one.confidence > SURE for one in seen)
    fit = np.flatnonzero((coarse != fine) & np.logical_and(*sure))[:MIXES]
    found: dict[str, Any] = {"mix_count": len(fit), "mix_layer": list(MIXED)}
    found |= {"mix_coarse": [], "mix_fine": [], "mix_neither": []}
    if not len(fit):  # one class is left: nothing can be mixed
        return {"mix_count": 0}
    for layer in MIXED:
        images = style.draw(generator, style.mixed(*(each[fit] for each in codes), layer))
        classes = scorer.judge(images).labels
        shares = [np.mean(classes == parent[fit]) for parent in (coarse, fine)]
        found["mix_coarse"].append(shares[0])
        found["mix_fine"].append(shares[1])
        found["mix_neither"].append(1 - sum(shares))
    of_all = metrics.histogram(np.concatenate([coarse, fine]), scorer.CLASSES)
    return found | {"mix_chance": of_all[coarse[fit]].mean()}


# Rows


def style_rows(model: str, seed: int, gan: GAN | None) -> Iterator[dict[str, Any]]:
    """One training and what its codes do; "real": training images in place of what is drawn."""
    (x_train, _), _ = data.load_mnist()
    images = data.to_signed(x_train)
    if gan is None:
        yield {"detail": "MNIST"} | truncations(lambda psi: images[:COMPARED], (1.0,))
        return
    timer, styled = TimeBudget(SECONDS, hold_then_fall), model != "plain"
    some = [timer, keras.callbacks.TerminateOnNaN()]  # then the row says that it diverged
    gan.fit(images, epochs=10_000, verbose=0, callbacks=some)
    spent = {"seconds": timer.spent, "steps": timer.steps}
    spent["parameters"] = gan.generator.count_params()
    samples, found = gan.sample(digits.JUDGED, seed=1), {"detail": "MNIST"}
    if not np.isfinite(samples).all() or samples.min() >= 0:  # no paper is left
        yield found | {"diverged": True} | spent
        return
    found |= digits.glance(scorer.judge(samples)) | spent | walks(gan.average, styled)
    z = noise(COMPARED, gan.average, seed=15)
    found |= truncations(partial(truncated, gan.average, z, styled), PSI)
    yield found | (mixes(gan.average) if styled else {})
