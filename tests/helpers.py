"""Shared by the tests: the book's pages and settings, and what tests of trainings need.

TensorFlow is loaded only by the functions that need it.
"""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

import numpy as np
import pytest
import yaml

from tools import ROOT, set_repository, stamps

PAGES = sorted(
    path.stem for path in (ROOT / "chapters").iterdir() if path.suffix in (".ipynb", ".md")
)
CONFIG = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))

SLUG = stamps.current_slug(ROOT)
SITES = {CONFIG["html"]["baseurl"], set_repository.pages_url(SLUG)}


def as_in_checkout(markdown: str) -> str:
    """A chapter's text with links to files, which are those of the site where an address is set."""
    return set_repository.as_files(markdown, SITES, set_repository.course_pages(ROOT / "chapters"))


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


@contextmanager
def short_files(size: int = 30) -> Iterator[None]:
    """Let no file grow beyond some bytes: the system stops a write in its middle."""
    import resource  # Windows has none

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def half_written(path: Path, content: bytes) -> None:
    """Takes the place of `Path.write_bytes`: the user stops it in the middle."""
    with path.open("wb") as file:
        file.write(content[: len(content) // 2])
    raise KeyboardInterrupt


def at_the_end(error: BaseException):
    """Raise an error when all is written but not yet on the disk."""
    return mock.patch.object(os, "fsync", side_effect=error)


FULL = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
FAULTS = {  # of a write: the error that comes out, and a block in which it strikes
    "no space in the middle": (OSError, short_files),
    "no space at the end": (OSError, lambda: at_the_end(FULL)),
    "interruption in the middle": (
        KeyboardInterrupt,
        lambda: mock.patch.object(Path, "write_bytes", half_written),
    ),
    "interruption at the end": (KeyboardInterrupt, lambda: at_the_end(KeyboardInterrupt())),
}


def contents(folder: Path) -> dict[str, bytes | None]:
    """All that lies in a folder, hidden things and folders too."""
    found = sorted(folder.rglob("*"))
    return {str(p.relative_to(folder)): p.read_bytes() if p.is_file() else None for p in found}


def is_told(call, said: str) -> None:
    """A call with malformed input raises an error that says what was expected and what came."""
    with pytest.raises((ValueError, TypeError)) as error:
        call()
    wanted, _, came = str(error.value).partition("but ")
    assert "expected" in wanted
    assert said in came
