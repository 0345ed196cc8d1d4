"""Helper library of the course: data, losses, networks, models, measures and figures.

Importing it loads neither TensorFlow nor Keras: the modules do where they need them, and then
without the screenful of log lines that TensorFlow begins with.
"""

import contextlib
import importlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType
from typing import IO

__all__ = [
    "assets",
    "attention",
    "budget",
    "checks",
    "claims",
    "composite",
    "cyclegan",
    "data",
    "diagrams",
    "digits",
    "distances",
    "exercises",
    "gan",
    "gpt",
    "likelihoods",
    "losses",
    "metrics",
    "mixtures",
    "modes",
    "networks",
    "pairs",
    "parts",
    "penalties",
    "plots",
    "poem_view",
    "poet",
    "recipes",
    "repair",
    "replicas",
    "results",
    "sampling",
    "scorer",
    "style",
    "style_recipes",
    "tables",
    "tensors",
    "text",
    "training",
    "transformer",
    "translators",
    "vae",
    "verse",
    "watch",
    "watermark",
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


def _open_standard_error() -> None:
    """See that file descriptor 2 is open, as it is not after `2>&-`.

    Otherwise the next file that somebody opens gets the number 2, and TensorFlow's lines.
    """
    try:
        os.fstat(2)
    except OSError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        if nowhere != 2:
            os.dup2(nowhere, 2)
            os.close(nowhere)
        os.set_inheritable(2, True)


def _witness() -> tuple[IO[bytes], subprocess.Popen] | None:
    """A file, and a shell that shows it when this process has ended; None where there is none."""
    # `read` ends when this process, which never writes anything, has ended or kills the shell.
    show = 'read -r line || { cat "$0" >&2; rm -f "$0"; }'
    with contextlib.ExitStack() as stack:
        try:
            kept = stack.enter_context(tempfile.NamedTemporaryFile(prefix="tensorflow-"))
            shell = subprocess.Popen(["sh", "-c", show, kept.name], stdin=subprocess.PIPE)
        except OSError:
            return None
        stack.pop_all()
        return kept, shell


@contextlib.contextmanager
def _without_startup_lines() -> Iterator[None]:
    """Keep what is written to file descriptor 2 back while TensorFlow starts.

    TensorFlow 2.21 writes its first lines ("oneDNN custom operations are on …") before
    it reads any log level (tensorflow issue #100442), so no variable silences them. When the
    import raises, they are shown after all; when it ends the process (a failed CHECK, an
    instruction that the processor lacks), a shell that has been waiting for that shows them.
    Where no shell can be started, nothing is kept back.
    """
    _open_standard_error()
    found = _witness()
    if found is None:
        yield
        return
    kept, shell = found
    saved = os.dup(2)
    os.dup2(kept.fileno(), 2)
    try:
        yield
    except BaseException:
        kept.seek(0)
        with contextlib.suppress(OSError):  # such as a closed pipe
            os.write(saved, kept.read())
        raise
    finally:
        os.dup2(saved, 2)
        os.close(saved)
        shell.kill()
        shell.communicate()
        kept.close()


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


def _is_there(name: str) -> bool:
    """Whether a package can be found; a folder of that name without `__init__.py` is none."""
    spec = find_spec(name)
    return spec is not None and spec.origin is not None


def _prepare() -> None:
    """See that TensorFlow and Keras are there, and that Keras will run on TensorFlow."""
    missing = [name for name in ("tensorflow", "keras") if not _is_there(name)]
    if missing:
        raise ImportError(
            f"aigc_lib needs TensorFlow and Keras 3, but {' and '.join(missing)} cannot be found. "
            "Mend it with: pip install tensorflow keras"
        )
    # Later lines too, but for what ends the process; other errors come as Python's exceptions.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
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
