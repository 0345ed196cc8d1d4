"""Shared by the tests: the pages of the book, and what tests of trainings need."""

from pathlib import Path

import keras
import numpy as np

ROOT = Path(__file__).parent.parent
PAGES = sorted(
    path.stem for path in (ROOT / "chapters").iterdir() if path.suffix in (".ipynb", ".md")
)


def flat(weights) -> np.ndarray:
    """All weights in one vector."""
    return np.concatenate([np.asarray(weight).ravel() for weight in weights])


class Interruption(keras.callbacks.Callback):
    """Breaks a training off at the start of its third epoch."""

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == 2:
            raise KeyboardInterrupt
