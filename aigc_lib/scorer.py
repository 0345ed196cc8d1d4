"""The frozen digit classifier that judges samples: what it sees, and how sure it is.

A small convolutional network, trained once on the training images by tools/make/train_scorer.py and
never again. Its features give distances between sets of images a scale. Another classifier
gives other numbers for the same samples: never compare them with distances on other features.
"""

from functools import cache
from typing import NamedTuple

import keras
import numpy as np
from keras import layers
from scipy.special import softmax

from aigc_lib import assets, checks

__all__ = [
    "CLASSES",
    "FEATURES",
    "Judgement",
    "check_signed",
    "judge",
    "judge_checked",
    "lenet",
    "load_scorer",
]

CLASSES, FEATURES = 10, 64


class Judgement(NamedTuple):
    """What the scorer says about n images."""

    features: np.ndarray  # (n, 64), float64: the layer before the last
    probabilities: np.ndarray  # (n, 10), float64: p(class | image), rows sum to 1

    @property
    def labels(self) -> np.ndarray:
        """The most probable class of each image: integers, shape (n,)."""
        return self.probabilities.argmax(axis=1)

    @property
    def confidence(self) -> np.ndarray:
        """The probability of that class, shape (n,)."""
        return self.probabilities.max(axis=1)


def lenet() -> keras.Model:
    """Two convolutions and two dense layers: signed images → features and logits.

    Returns:
        An untrained model from (n, 28, 28, 1) to [(n, 64), (n, 10)]; 32 394 weights.

    Source: a smaller sister of LeNet-5 (about 60 000 weights), LeCun et al. 1998,
        https://doi.org/10.1109/5.726791
    """
    image = keras.Input((28, 28, 1))
    x = image
    for channels, pool in ((16, 2), (32, 4)):
        x = layers.Conv2D(channels, 5, padding="same", activation="relu")(x)
        x = layers.MaxPooling2D(pool)(x)
    features = layers.Dense(FEATURES, activation="relu")(layers.Flatten()(x))
    return keras.Model(image, [features, layers.Dense(CLASSES)(features)], name="scorer")


@cache
def load_scorer() -> keras.Model:
    """The trained classifier as shipped: right on 99.4 % of the test images.

    Returns:
        `lenet()` with its weights, not trainable.

    Raises:
        FileNotFoundError, ValueError: the shipped weights are missing or damaged.
    """
    scorer = lenet()
    scorer.load_weights(assets.path("scorer.weights.h5"))
    scorer.trainable = False
    return scorer


def check_signed(images: np.ndarray) -> np.ndarray:
    """The images as an array, or a ValueError unless they are signed and 28 × 28 × 1.

    Pixels in [0, 1] lie in [-1, 1] too; but no digit is without paper, and paper is -1.
    """
    return checks.samples(images, (28, 28, 1))


def judge(images: np.ndarray) -> Judgement:
    """The scorer's features and probabilities for signed images of shape (n, 28, 28, 1).

    Raises:
        ValueError: another shape or scale, NaN, no image at all.
    """
    return judge_checked(check_signed(images))


def judge_checked(images: np.ndarray) -> Judgement:
    """`judge` of images that `check_signed` has seen; it looks at nothing itself."""
    features, logits = load_scorer().predict(images, batch_size=500, verbose=0)
    return Judgement(features.astype(float), softmax(logits.astype(float), axis=1))
