"""Shared by the tests: the book's pages and settings, and what tests of trainings need.

TensorFlow is loaded only by the functions that need it.
"""

import numpy as np
import yaml

from tools import ROOT

PAGES = sorted(
    path.stem for path in (ROOT / "chapters").iterdir() if path.suffix in (".ipynb", ".md")
)
CONFIG = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))


def steady_tensorflow() -> None:
    """Make equal trainings equal, to the last bit; called before the first of them.

    TensorFlow rewrites a graph before it runs, and now and then equal graphs come out different and
    round differently: 5 of 205 trainings did so on a busy machine, none of 316 without these
    rewritings. With two threads one in about ten does too.
    """
    import tensorflow as tf

    tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})
    tf.config.threading.set_intra_op_parallelism_threads(1)


def flat(weights) -> np.ndarray:
    """All weights in one vector."""
    return np.concatenate([np.asarray(weight).ravel() for weight in weights])


def interruption():
    """A callback that breaks a training off at the start of its third epoch."""
    import keras

    def stop(epoch, logs=None):
        if epoch == 2:
            raise KeyboardInterrupt

    return keras.callbacks.LambdaCallback(on_epoch_begin=stop)
