"""Shared by the tests: the book's pages and settings, and what tests of trainings need."""

from pathlib import Path

import keras
import numpy as np
import yaml

ROOT = Path(__file__).parent.parent
PAGES = sorted(
    path.stem for path in (ROOT / "chapters").iterdir() if path.suffix in (".ipynb", ".md")
)
CONFIG = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))


def flat(weights) -> np.ndarray:
    """All weights in one vector."""
    return np.concatenate([np.asarray(weight).ravel() for weight in weights])


class Interruption(keras.callbacks.Callback):
    """Breaks a training off at the start of its third epoch."""

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == 2:
            raise KeyboardInterrupt
