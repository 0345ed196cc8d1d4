"""Helper library of the course: data, losses, networks, models, measures and figures.

Importing it loads neither TensorFlow nor Keras: the modules do where they need them, and then
without the screenful of log lines that TensorFlow begins with.
"""

import contextlib
import importlib
import os
import sys
from collections.abc import Iterator, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType

__all__ = [
    "assets",
    "budget",
    "checks",
    "claims",
    "composite",
    "data",
    "digits",
    "distances",
    "exercises",
    "gan",
    "likelihoods",
    "losses",
    "metrics",
    "mixtures",
    "modes",
    "networks",
    "parts",
    "penalties",
    "plots",
    "recipes",
    "replicas",
    "results",
    "scorer",
    "tensors",
    "training",
    "vae",
    "watch",
    "widgets",
]


def __getattr__(name: str) -> ModuleType:
    """A module of the library, loaded when it is first asked for: `aigc_lib.data`."""
    if name in __all__:
        return importlib.import_module(f"aigc_lib.{name}")
    raise AttributeError(f"module 'aigc_lib' has no attribute {name!r}")


def __dir__() -> list[str]:
    """The public names, for completion."""
    return __all__


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


class _QuietTensorFlow(MetaPathFinder):
    """Makes the first import of TensorFlow, by whomever, one without start-up lines."""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """TensorFlow's own spec, its loader wrapped; None for every other module."""
        if name != "tensorflow":
            return None
        sys.meta_path.remove(self)
        spec = find_spec(name)
        if spec is not None and spec.loader is not None:
            load = spec.loader.exec_module

            def load_quietly(module: ModuleType) -> None:
                with _without_startup_lines():
                    load(module)

            spec.loader.exec_module = load_quietly  # type: ignore[method-assign]
        return spec


def _prepare() -> None:
    """See that TensorFlow and Keras are there, and that Keras will run on TensorFlow."""
    missing = [name for name in ("tensorflow", "keras") if find_spec(name) is None]
    if missing:
        raise ImportError(
            f"aigc_lib needs TensorFlow and Keras 3, but {' and '.join(missing)} cannot be found. "
            "Mend it with: pip install tensorflow keras"
        )
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # later lines too
    backend = os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    if "keras" in sys.modules:  # then it has chosen already
        backend = sys.modules["keras"].config.backend()
    if backend != "tensorflow":
        raise ImportError(
            f"aigc_lib needs Keras on TensorFlow, but its backend is {backend!r} "
            "(KERAS_BACKEND or ~/.keras/keras.json). Start Python anew, and before the first "
            "import set os.environ['KERAS_BACKEND'] = 'tensorflow'."
        )
    if "tensorflow" not in sys.modules:
        sys.meta_path.insert(0, _QuietTensorFlow())


_prepare()
