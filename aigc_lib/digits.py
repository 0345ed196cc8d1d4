"""The report card of generated digits: every measure of the course, against the MNIST test images.

The frozen classifier of `scorer` looks at the images; `distances` and `metrics` make numbers of
what it sees. Tables stand between a floor (real images) and a ceiling (noise).
"""

from collections.abc import Mapping
from functools import cache
from inspect import unwrap
from numbers import Real

import keras
import numpy as np

from aigc_lib import checks, data, distances, results, scorer
from aigc_lib.metrics import classifier_score, histogram, missing_classes, total_variation
from aigc_lib.scorer import CLASSES, FEATURES, Judgement

__all__ = [
    "JUDGED",
    "bounds",
    "glance",
    "measure",
    "pair_counts",
    "reference",
    "synthetic_accuracy",
    "table",
]

JUDGED = 10_000  # samples on each side of every comparison of the course


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

    Raises:
        ValueError, TypeError: images as in `scorer.judge`, labels that are no digits or not one an
            image, a seed that is no whole number.

    Source: the classification accuracy score of Ravuri & Vinyals 2019,
        https://arxiv.org/abs/1905.10887, with a smaller network
    """
    images, labels = scorer.check_signed(images), checks.array(labels)
    histogram(labels, CLASSES)  # it looks whether they are digits
    if len(labels) != len(images):
        raise ValueError(
            f"expected one label for each of {len(images)} images, but got {len(labels)}."
        )
    return _synthetic_accuracy(images, labels, checks.whole(seed, "seed", least=0))


def _synthetic_accuracy(images: np.ndarray, labels: np.ndarray, seed: int = 0) -> float:
    keras.utils.set_random_seed(seed)
    student = scorer.lenet()
    student = keras.Model(student.inputs, student.outputs[1])
    student.compile(
        keras.optimizers.Adam(2e-3),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    student.fit(images, labels, batch_size=100, epochs=5, verbose=0)
    x_test, y_test = data.load_mnist()[1]
    logits = student.predict(data.to_signed(x_test), batch_size=500, verbose=0)
    return float(np.mean(logits.argmax(axis=1) == y_test))


@cache
def reference() -> tuple[Judgement, np.ndarray, np.ndarray]:
    """The scorer's view of the test images and of all training images; the test labels' shares."""
    (x_train, _), (x_test, y_test) = data.load_mnist()
    test, train = (scorer.judge(data.to_signed(x)) for x in (x_test, x_train))
    return test, train.features, histogram(y_test, CLASSES)


def glance(seen: Judgement) -> dict[str, float]:
    """The metrics that take no neighbours and no training: a second, the first time ten.

    Args:
        seen: `scorer.judge` of more than 64 images.

    Returns:
        Name → value. "confident" is the share of images whose class has a probability above
        one half; TV and missing compare the classes with those of the test images.

    Raises:
        ValueError: no more images than a feature has numbers.
        TypeError: no judgement, but images for instance.
    """
    if not isinstance(seen, Judgement):
        raise TypeError(
            f"expected a Judgement, but got {type(seen).__name__}. Pass scorer.judge(images)."
        )
    test, _, shares = reference()
    here = histogram(seen.labels, CLASSES)
    return {
        "FD-LeNet": distances.frechet_distance(test.features, seen.features),
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
    images = scorer.check_signed(images)
    if len(images) <= FEATURES:
        raise ValueError(
            f"expected more than {FEATURES} images, as many numbers as a feature has, but got "
            f"{len(images)}. Draw {JUDGED} for numbers that compare with the course's."
        )
    seen, (test, train, _) = scorer.judge_checked(images), reference()
    pair = test.features, seen.features  # `glance` looks whether they are fit
    return {
        **glance(seen),
        "KID": unwrap(distances.kernel_distance)(*pair),
        **unwrap(distances.neighbourhoods)(*pair)._asdict(),
        "synthetic": _synthetic_accuracy(images, seen.labels),
        "memorised": unwrap(distances.memorisation_ratio)(seen.features, train, test.features),
    }


def bounds() -> dict[str, dict[str, float]]:
    """The rows every table carries: the floor (training images) and the ceiling (noise)."""
    ends = results.rows("judging_bounds")
    return {row["end"]: {k: v for k, v in row.items() if k not in ("end", "made")} for row in ends}


def table(columns: Mapping[str, Mapping[str, float]]) -> str:
    """One line a metric, one column a set of images, between floor and ceiling.

    Args:
        columns: name → what `measure` found; more metrics than it has are left out.

    Raises:
        ValueError, TypeError: a metric is missing, or no number.
    """
    ends = bounds()
    if not isinstance(columns, Mapping):
        raise TypeError(f"expected a mapping, name → metrics, but got {type(columns).__name__}.")
    for name, found in columns.items():
        missing = set(ends["floor"]) - set(found if isinstance(found, Mapping) else ())
        if missing:
            raise ValueError(
                f"expected the metrics of digits.measure, but {name!r} has no {sorted(missing)}."
            )
        for metric in ends["floor"]:
            if not isinstance(found[metric], Real) or isinstance(found[metric], bool):
                raise TypeError(f"expected a number for {metric}, but got {found[metric]!r}.")
    columns = {"floor": ends["floor"], **columns, "noise": ends["ceiling"]}
    widths = [max(9, len(name)) + 1 for name in columns]
    lines = ["".join([f"{'':10}", *map("{:>{}}".format, columns, widths)])]
    for metric in ends["floor"]:
        values = (f"{round(column[metric], 6):.4g}" for column in columns.values())
        lines.append("".join([f"{metric:10}", *map("{:>{}}".format, values, widths)]))
    return "\n".join(lines)


def pair_counts(images: np.ndarray) -> np.ndarray:
    """How many samples of high quality each pair of digits gets; 10 a + b is the pair (a, b).

    A sample is of high quality if the classifier gives each of its two digits a probability
    above one half.

    Args:
        images: signed, shape (n, 28, 28, 2), as `data.stacked_digits` makes them.

    Returns:
        Integers, shape (100,).

    Raises:
        ValueError: another shape or scale, NaN, no image at all.
    """
    images = checks.samples(images, (28, 28, 2))
    first, second = (scorer.judge_checked(images[..., [channel]]) for channel in (0, 1))
    good = np.minimum(first.confidence, second.confidence) > 0.5
    pairs = CLASSES * first.labels + second.labels
    return np.bincount(pairs[good], minlength=CLASSES**2)
