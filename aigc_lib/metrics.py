"""How good samples are, in numbers: for points, for labels and for whole sets of digits."""

import json
from functools import cache
from pathlib import Path
from typing import NamedTuple

import keras
import numpy as np
from scipy.special import rel_entr

from aigc_lib import data
from aigc_lib.distances import (
    frechet_distance,
    kernel_distance,
    memorisation_ratio,
    neighbourhoods,
)
from aigc_lib.modes import mode_counts
from aigc_lib.scorer import CLASSES, FEATURES, Judgement, check_signed, judge, lenet

JUDGED = 10_000  # samples on each side of every comparison of the course
BOUNDS = Path(__file__).parent / "judging_bounds.json"  # floor and ceiling: make bounds


class Coverage(NamedTuple):
    """What `mode_coverage` counts."""

    modes: int
    high_quality: float


def mode_coverage(points: np.ndarray, centres: np.ndarray, sigma: float) -> Coverage:
    """Which modes of a mixture of round normal laws the samples reach, and how many miss all.

    A sample is of high quality if it lies within 3 σ of its nearest centre; a mode is covered
    if at least one sample of high quality is nearest to it.

    Args:
        points: samples, shape (n, d).
        centres: of the modes, shape (modes, d).
        sigma: σ of each mode along each axis.

    Returns:
        modes: how many are covered; high_quality: share of the samples, in 0 … 1.

    Raises:
        ValueError: shapes that do not fit, no sample, NaN.

    Source: Lin et al. 2017, https://arxiv.org/abs/1712.04086
    """
    counts = mode_counts(points, centres, sigma)
    return Coverage(int(np.count_nonzero(counts)), float(counts.sum() / len(points)))


def classifier_score(probabilities: np.ndarray) -> float:
    """exp E KL(p(class | x) ‖ p(class)): high if each sample is clear and all classes occur.

    Args:
        probabilities: shape (n, classes), rows sum to 1.

    Returns:
        A number from 1 to the number of classes. A generator that draws one perfect image of
        each class has the highest score.

    Raises:
        ValueError: rows that are no probabilities.

    Source: the inception score with our classifier, Salimans et al. 2016,
        https://arxiv.org/abs/1606.03498
    """
    p = np.asarray(probabilities, float)
    if p.ndim != 2 or len(p) == 0 or p.min() < 0 or not np.allclose(p.sum(axis=1), 1, atol=1e-4):
        raise ValueError(
            f"expected probabilities of shape (n, classes) whose rows sum to 1, but got shape "
            f"{p.shape}. Logits have to go through a softmax first."
        )
    return float(np.exp(rel_entr(p, p.mean(axis=0)).sum(axis=1).mean()))


def histogram(labels: np.ndarray, classes: int = CLASSES) -> np.ndarray:
    """Share of each class among integer labels of shape (n,): shape (classes,), sums to 1."""
    labels = np.asarray(labels)
    if labels.ndim != 1 or len(labels) == 0 or not np.issubdtype(labels.dtype, np.integer):
        raise ValueError(
            f"expected integer labels of shape (n,), n ≥ 1, but got {labels.dtype} {labels.shape}."
        )
    if labels.min() < 0 or labels.max() >= classes:
        raise ValueError(
            f"expected labels from 0 to {classes - 1}, but got {labels.min()} … {labels.max()}."
        )
    return np.bincount(labels, minlength=classes) / len(labels)


def total_variation(p: np.ndarray, q: np.ndarray) -> float:
    """½ Σ |p - q| of two histograms: the share that would have to change class, in 0 … 1."""
    return float(np.abs(np.subtract(p, q)).sum() / 2)


def missing_classes(p: np.ndarray, q: np.ndarray) -> int:
    """How many classes of the real histogram p have less than a tenth of their share in q.

    A tenth rather than nothing: the classifier takes some shape for every class.
    """
    return int((np.asarray(q) < np.asarray(p) / 10).sum())


def synthetic_accuracy(images: np.ndarray, labels: np.ndarray, seed: int = 0) -> float:
    """Train on samples, test on real images: how much about digits is in the samples.

    A new network of the scorer's shape learns for five epochs, Adam with 2e-3. The seed is set
    for all of Keras: set your own again afterwards.

    Args:
        images: signed, shape (n, 28, 28, 1).
        labels: integers, shape (n,). For generated images they come from the frozen scorer:
            what it takes for a 3 is a 3 here.
        seed: of the network's first weights and the order of the images.

    Returns:
        Share of the 10 000 test images that it gets right.

    Source: the classification accuracy score of Ravuri & Vinyals 2019,
        https://arxiv.org/abs/1905.10887, with a smaller network
    """
    keras.utils.set_random_seed(seed)
    student = lenet()
    student = keras.Model(student.inputs, student.outputs[1])
    student.compile(
        keras.optimizers.Adam(2e-3),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    student.fit(check_signed(images), labels, batch_size=100, epochs=5, verbose=0)
    x_test, y_test = data.load_mnist()[1]
    logits = student.predict(data.to_signed(x_test), batch_size=500, verbose=0)
    return float(np.mean(logits.argmax(axis=1) == y_test))


@cache
def reference() -> tuple[Judgement, np.ndarray, np.ndarray]:
    """The scorer's view of the test images and of all training images; the test labels' shares."""
    (x_train, _), (x_test, y_test) = data.load_mnist()
    test, train = judge(data.to_signed(x_test)), judge(data.to_signed(x_train))
    return test, train.features, histogram(y_test)


def glance(seen: Judgement) -> dict[str, float]:
    """The metrics that take no neighbours and no training: a second, the first time ten.

    Args:
        seen: `scorer.judge` of more than 64 images.

    Returns:
        Name → value. "confident" is the share of images whose class has a probability above
        one half; TV and missing compare the classes with those of the test images.
    """
    test, _, shares = reference()
    here = histogram(seen.labels)
    return {
        "FD-LeNet": frechet_distance(test.features, seen.features),
        "score": classifier_score(seen.probabilities),
        "confident": float((seen.confidence > 0.5).mean()),
        "TV": total_variation(shares, here),
        "missing": missing_classes(shares, here),
    }


def measure(images: np.ndarray) -> dict[str, float]:
    """All metrics of one set of digits, against the 10 000 test images: some 15 seconds.

    Args:
        images: signed, shape (n, 28, 28, 1); n = 10 000 for numbers that can be compared with
            those of the course: distances of fewer samples are biased upwards.

    Returns:
        Name → value: those of `glance`, then KID, the four of `neighbourhoods`, the accuracy
        of a network trained on the samples, and the memorisation ratio.

    Raises:
        ValueError: another shape or scale, NaN, no more images than a feature has numbers.
    """
    images = check_signed(images)
    if len(images) <= FEATURES:
        raise ValueError(
            f"expected more than {FEATURES} images, as many numbers as a feature has, but got "
            f"{len(images)}. Draw {JUDGED} for numbers that compare with the course's."
        )
    seen, (test, train, _) = judge(images), reference()
    return {
        **glance(seen),
        "KID": kernel_distance(test.features, seen.features),
        **neighbourhoods(test.features, seen.features)._asdict(),
        "synthetic": synthetic_accuracy(images, seen.labels),
        "memorised": memorisation_ratio(seen.features, train, test.features),
    }


def bounds() -> dict[str, dict[str, float]]:
    """The rows every table carries: the floor (training images) and the ceiling (noise)."""
    return json.loads(BOUNDS.read_text())


def table(columns: dict[str, dict[str, float]]) -> str:
    """One line a metric, one column a set of images, between floor and ceiling."""
    ends = bounds()
    columns = {"floor": ends["floor"], **columns, "noise": ends["ceiling"]}
    widths = [max(9, len(name)) + 1 for name in columns]
    lines = ["".join([f"{'':10}", *map("{:>{}}".format, columns, widths)])]
    for metric in ends["floor"]:
        values = (f"{round(column[metric], 6):.4g}" for column in columns.values())
        lines.append("".join([f"{metric:10}", *map("{:>{}}".format, values, widths)]))
    return "\n".join(lines)


def report(samples: np.ndarray | dict[str, np.ndarray]) -> str:
    """The table of `measure` for one set of signed images, or for several by name."""
    if not isinstance(samples, dict):
        samples = {"samples": samples}
    return table({name: measure(images) for name, images in samples.items()})
