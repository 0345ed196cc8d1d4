"""Rows of bench/style.py: emoji and digits translated without pairs, and what that is worth.

Pictures are signed, in [-1, 1]; errors are told on the scale 0 … 1.
"""

from collections.abc import Callable, Iterator
from functools import cache, partial
from typing import Any, NamedTuple

import keras
import numpy as np
from scipy.ndimage import gaussian_filter
from scipy.optimize import linear_sum_assignment
from sklearn.metrics import confusion_matrix
from sklearn.neighbors import KNeighborsClassifier, NearestNeighbors

from aigc_lib import data, metrics, pairs
from aigc_lib.budget import TimeBudget, hold_then_fall
from aigc_lib.cyclegan import CycleGAN
from aigc_lib.scorer import CLASSES

Translate = Callable[[np.ndarray], np.ndarray]
SECONDS = {"with pairs": 40, "CycleGAN": 60, "digits": 60}  # of one direction; of one training
BATCH, RATE = 16, 1e-3  # RATE: of Adam, with pairs
STYLES = {"to Twemoji": ("noto", "twemoji"), "to Noto": ("twemoji", "noto")}
NOISE = (0, 1, 2, 4, 8, 16)  # σ, in 255ths of the range of a pixel
BITS = (2, 3, 4, 5, 6, 8)  # of each channel


class Trained(NamedTuple):
    """Two ways of translating, each the other's way back, and what they took."""

    there: Translate
    back: Translate
    spent: dict[str, Any]


# Scores


def scores(images: np.ndarray, truth: np.ndarray) -> dict[str, float]:
    """How near pictures are to the right answers, as they are and after `blurred`.

    A squared error rewards blur, so that a sharp picture is beaten by a soft one. Where both are
    blurred alike that advantage is gone.
    """
    found = {}
    for name, some in (("", images), ("blurred_", blurred(images))):
        found[f"{name}psnr"] = metrics.psnr(some, truth, peak=2)
        found[f"{name}l1"] = l1(some, truth)
        found[f"{name}retrieval"] = metrics.retrieval(some, truth)
    return found


def l1(images: np.ndarray, truth: np.ndarray) -> float:
    """Mean absolute difference of signed pixels, on the scale 0 … 1."""
    return float(np.abs(images - truth).mean()) / 2


def noisy(images: np.ndarray, sigma: float) -> np.ndarray:
    """Normal noise of σ 255ths of the range, always the same; pixels stay in their range."""
    drawn = np.random.default_rng(0).normal(0, 2 * sigma / 255, images.shape)
    return np.clip(images + drawn, -1, 1).astype("float32")


def rounded(images: np.ndarray, bits: int) -> np.ndarray:
    """Each channel of each pixel at the nearest of 2^bits levels from -1 to 1."""
    steps = 2**bits - 1
    return (np.round((images + 1) / 2 * steps) / steps * 2 - 1).astype("float32")


def round_trips(images: np.ndarray, truth: np.ndarray, model: Trained) -> dict[str, Any]:
    """The cycle's error, also when the translated picture gets noise or is rounded.

    "…_moved" is by how much that moves what comes back. "…_moved_true" is the same of the right
    answers: what they lose was hidden in none of them.
    """
    away = model.there(images)
    home, home_true = model.back(away), model.back(truth)
    found = {"changed": l1(away, images)}
    found |= {"cycle_l1": l1(home, images), "cycle_psnr": metrics.psnr(home, images, peak=2)}
    for name, change, sizes in (("noise", noisy, NOISE), ("bits", rounded, BITS)):
        homes = [model.back(change(away, size)) for size in sizes]
        true = [model.back(change(truth, size)) for size in sizes]
        found[name] = list(sizes)
        found[f"{name}_l1"] = [l1(each, images) for each in homes]
        found[f"{name}_psnr"] = [metrics.psnr(each, images, peak=2) for each in homes]
        found[f"{name}_moved"] = [l1(each, home) for each in homes]
        found[f"{name}_moved_true"] = [l1(each, home_true) for each in true]
    return found


# Emoji


Untrained = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]


def blurred(images: np.ndarray, *styles: np.ndarray) -> np.ndarray:
    """Each picture with a normal blur of one pixel: squared errors like what is blurred."""
    return gaussian_filter(images, (0, 1, 1, 0), mode="nearest")


def mean_of(images: np.ndarray, source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """The mean picture of the target style, whatever is shown."""
    return np.broadcast_to(target.mean(axis=0), images.shape)


def pixel_map(images: np.ndarray, source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Each channel of each pixel with the target's mean and spread at that place."""
    least = 0.05  # spread that counts: corners are white in nearly all pictures
    ratio = (target.std(axis=0) + least) / (source.std(axis=0) + least)
    return np.clip((images - source.mean(axis=0)) * ratio + target.mean(axis=0), -1, 1)


def sharpened(images: np.ndarray, source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """The colour map, then twice as far from the blurred picture: what differs stands out."""
    mapped = pairs.match_colours(images, source, target)
    return np.clip(2 * mapped - blurred(mapped), -1, 1)


def nearest(k: int) -> Untrained:
    """The mean of the k pictures of the target style, of those to train with, nearest in pixels."""

    def translate(images: np.ndarray, source: np.ndarray, target: np.ndarray) -> np.ndarray:
        flat, others = (each.reshape(len(each), -1) for each in (images, target))
        places = NearestNeighbors(n_neighbors=k).fit(others).kneighbors(flat)[1]
        return target[places].mean(axis=1)

    return translate


UNTRAINED: dict[str, Untrained] = {  # (pictures, source style, target style) → translated
    "nothing": lambda images, *styles: images,
    "mean picture": mean_of,
    "colour map": pairs.match_colours,
    "pixel map": pixel_map,
    "blur": blurred,
    "blur and mean": lambda images, *styles: 0.7 * blurred(images) + 0.3 * mean_of(images, *styles),
    "sharpened": sharpened,
    "nearest": nearest(1),
    "ten nearest": nearest(10),
}
EMOJI = (*UNTRAINED, "with pairs", "CycleGAN", "CycleGAN, noise")


@cache
def emoji(part: str) -> dict[str, np.ndarray]:
    """Style → its pictures; row i of both is the same emoji."""
    found = pairs.emoji(part)
    return {
        style: data.rescale(getattr(found, style), "stored", "signed")
        for style in ("noto", "twemoji")
    }


def paired(model: CycleGAN) -> Trained:
    """CycleGAN's own networks, each trained with the answers for one direction: the ceiling."""
    noto, twemoji = emoji("train").values()
    ways, seconds, steps = (model.to_b, model.to_a), 0.0, 0
    for network, x, y in zip(ways, (noto, twemoji), (twemoji, noto), strict=True):
        network.compile(keras.optimizers.Adam(RATE), "mean_absolute_error")
        timer = TimeBudget(SECONDS["with pairs"], hold_then_fall)
        network.fit(x, y, BATCH, epochs=10_000, verbose=0, callbacks=[timer])
        seconds, steps = seconds + timer.spent, steps + timer.steps
    spent = {"seconds": seconds, "steps": steps, "parameters": ways[0].count_params()}
    return Trained(*map(predicted, ways), spent)


def predicted(network: keras.Model) -> Translate:
    """What a network makes of pictures."""
    return lambda images: network.predict(images, batch_size=200, verbose=0)


def cycled(model: CycleGAN, a: np.ndarray, b: np.ndarray, seconds: float) -> Trained:
    """A CycleGAN after so many seconds with two sets of pictures."""
    timer = TimeBudget(seconds, hold_then_fall)
    some = [timer, keras.callbacks.TerminateOnNaN()]  # then the row says that it diverged
    model.fit((a, b), batch_size=BATCH, epochs=10_000, verbose=0, callbacks=some)
    spent = {"seconds": timer.spent, "steps": timer.steps, "parameters": model.to_b.count_params()}
    return Trained(partial(model.translate, to="b"), partial(model.translate, to="a"), spent)


def unpaired(model: CycleGAN, seed: int) -> Trained:
    """CycleGAN from Noto to Twemoji and back; the order of one style says nothing of the other."""
    noto, twemoji = emoji("train").values()
    order = np.random.default_rng(seed).permutation(len(twemoji))
    return cycled(model, noto, twemoji[order], SECONDS["CycleGAN"])


def emoji_rows(model: str, seed: int, compiled: CycleGAN | None) -> Iterator[dict[str, Any]]:
    """Both directions of one way of translating, judged on the test pairs."""
    train, test = emoji("train"), emoji("test")
    if compiled is None:
        for detail, (source, target) in STYLES.items():
            found = UNTRAINED[model](test[source], train[source], train[target])
            yield {"detail": detail} | scores(found, test[target])
        return
    both = paired(compiled) if model == "with pairs" else unpaired(compiled, seed)
    ways = (both, both._replace(there=both.back, back=both.there))
    for (detail, (source, target)), way in zip(STYLES.items(), ways, strict=True):
        found = way.there(test[source])
        judged = {"diverged": True}
        if np.isfinite(found).all():
            judged = scores(found, test[target])
            judged |= round_trips(test[source], test[target], way)
        yield {"detail": detail} | judged | way.spent


# Digits

SHRUNK: dict[str, Callable] = {  # MNIST at 8 × 8
    "blocks": pairs.blocks,
    "crop": pairs.cropped,
    "upright": partial(pairs.cropped, upright=True),
}
DIGITS = {
    "raw": "blocks",
    "crop": "crop",
    "upright": "upright",
    "CycleGAN": "blocks",
    "crop, CycleGAN": "crop",
    "upright, CycleGAN": "upright",
}
EXAMPLES = 10_000  # training images of MNIST, for translators and for the judge of MNIST at 8 × 8


@cache
def mnist(part: str, how: str) -> tuple[np.ndarray, np.ndarray]:
    """Signed images at 8 × 8 and labels: the first training images, or all test images."""
    x, y = data.load_mnist()[part == "test"]
    return data.rescale(SHRUNK[how](x[:EXAMPLES]), "stored", "signed"), y[:EXAMPLES]


@cache
def uci(part: str) -> tuple[np.ndarray, np.ndarray]:
    """Signed images and labels of UCI's digits."""
    x, y = pairs.uci_digits(part)
    return data.rescale(x, "stored", "signed"), y


def judge(images: np.ndarray, labels: np.ndarray) -> KNeighborsClassifier:
    """Three nearest neighbours among these."""
    return KNeighborsClassifier(3).fit(images.reshape(len(images), -1), labels)


def counted(by: KNeighborsClassifier, images: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """How many images of each class the judge takes for each: (10, 10), a row a true class."""
    found = by.predict(images.reshape(len(images), -1))
    return confusion_matrix(labels, found, labels=range(CLASSES))


def share_kept(table: np.ndarray) -> float:
    """Share of the images that keep their class."""
    return float(np.trace(table) / table.sum())


def share_renamed(table: np.ndarray) -> float:
    """The same after the renaming of the classes, one to one, that keeps most."""
    return float(table[linear_sum_assignment(-table)].sum() / table.sum())


def digit_rows(model: str, seed: int, compiled: CycleGAN | None) -> Iterator[dict[str, Any]]:
    """The class of MNIST's test images, looked at as UCI digits and after the way back.

    The translators see the digits of UCI that their judge knows, without labels.
    """
    detail = {"detail": "MNIST to UCI"}
    if model == "UCI":  # by a judge that does not know these
        table = counted(judge(*uci("train")), *uci("test"))
        yield detail | {"accuracy": share_kept(table), "table_there": table}
        return
    how = DIGITS[model]
    images, labels = mnist("test", how)
    way = Trained(lambda x: x, lambda x: x, {})
    if compiled is not None:
        way = cycled(compiled, mnist("train", how)[0], uci("all")[0], SECONDS["digits"])
    there = way.there(images)
    if not np.isfinite(there).all():
        yield detail | {"diverged": True} | way.spent
        return
    home, table = way.back(there), counted(judge(*uci("all")), there, labels)
    table_back = counted(judge(*mnist("train", how)), home, labels)
    found = {"accuracy": share_kept(table), "relabelled": share_renamed(table)}
    found |= {"back": share_kept(table_back), "cycle_l1": l1(home, images)}
    yield detail | found | {"table_there": table, "table_back": table_back} | way.spent
