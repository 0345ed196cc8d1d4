"""Helper library of the course: data, losses, networks, a GAN, a VAE, metrics and figures.

Importing it loads TensorFlow with its start-up log lines turned away, so that no
notebook begins with a screenful of them.
"""

import contextlib
import os
from collections.abc import Iterator


@contextlib.contextmanager
def _without_startup_lines() -> Iterator[None]:
    """Send file descriptor 2 to nowhere while TensorFlow starts.

    TensorFlow 2.21 writes its first lines ("oneDNN custom operations are on …") before
    it reads any log level (tensorflow issue #100442), so no variable silences them.
    Python's own errors are raised as usual.
    """
    saved, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
        os.close(nowhere)


os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # later lines too
os.environ.setdefault("KERAS_BACKEND", "tensorflow")

try:
    with _without_startup_lines():
        import keras  # noqa: F401  and TensorFlow with it
except ImportError as error:
    raise ImportError(
        f"aigc_lib needs TensorFlow and Keras 3, and one of them does not import ({error}). "
        "Mend it with: pip install tensorflow keras"
    ) from error
