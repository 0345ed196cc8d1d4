"""The library's face: what it asks of its surroundings, and how quietly it starts."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tools import ROOT


def python(code: str, folder: Path | None = None, **environment: str):
    """Run the code in a Python of its own, which finds the modules of a folder first."""
    given = {
        k: v for k, v in os.environ.items() if k not in ("KERAS_BACKEND", "TF_CPP_MIN_LOG_LEVEL")
    }
    if folder is not None:
        code = f"import sys; sys.path.insert(0, {str(folder)!r})\n{code}"
    return subprocess.run(
        [sys.executable, "-c", code], env=given | environment, capture_output=True, text=True
    )


@pytest.mark.parametrize(
    "code",
    [
        "from aigc_lib import plots; import keras; keras.random.normal((2,))",
        "import aigc_lib; aigc_lib.gan.GAN",
        "from aigc_lib.vae import VAE",
    ],
)
def test_tensorflow_starts_without_a_line(code):
    """Noise: a screenful of log lines above the first output of a chapter."""
    done = python(code)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_another_backend_is_told():
    """Silent wrong surroundings: Keras on another backend would fail later, and elsewhere."""
    done = python("import aigc_lib", KERAS_BACKEND="jax")
    assert done.returncode == 1
    assert (
        "ImportError: aigc_lib needs Keras on TensorFlow, but its backend is 'jax'" in done.stderr
    )


def test_a_backend_that_keras_has_chosen_is_told(tmp_path):
    """Silent wrong surroundings: Keras, loaded before the library, runs on another backend."""
    (tmp_path / "keras.py").write_text(
        "from types import SimpleNamespace\nconfig = SimpleNamespace(backend=lambda: 'torch')\n"
    )
    done = python("import keras; import aigc_lib", tmp_path)
    assert done.returncode == 1
    assert "its backend is 'torch'" in done.stderr


@pytest.mark.parametrize("backend", ["tensorflow", "jax"])
@pytest.mark.parametrize("name", ["tensorflow", "keras"])
def test_a_missing_package_is_told(name, backend):
    """A missing part: one sentence at the import, whatever else is wrong."""
    code = f"import sys; sys.modules[{name!r}] = None; import aigc_lib"
    done = python(code, KERAS_BACKEND=backend)
    assert done.returncode == 1
    assert f"aigc_lib needs TensorFlow and Keras 3, but {name} cannot be found" in done.stderr


def test_a_folder_is_no_package(tmp_path):
    """A missing part: a folder of its name is taken for it; the error says nothing of it."""
    (tmp_path / "tensorflow").mkdir()
    code = "import sys; sys.path = [p for p in sys.path if 'site-packages' not in p]"
    done = python(f"{code} + [{str(ROOT)!r}]; import aigc_lib", tmp_path)
    assert done.returncode == 1
    assert "but tensorflow and keras cannot be found" in done.stderr


def broken_tensorflow(folder: Path, end: str) -> None:
    """Write a package tensorflow that says a line as C++ does, to descriptor 2, and then ends."""
    (folder / "tensorflow").mkdir()
    text = f"import os, signal, sys\nos.write(2, b'F the last line\\n')\n{end}\n"
    (folder / "tensorflow/__init__.py").write_text(text)


@pytest.mark.parametrize(
    ("end", "code"),
    [
        ("os.abort()", -signal.SIGABRT),
        ("os.kill(os.getpid(), signal.SIGSEGV)", -signal.SIGSEGV),
        ("os.kill(os.getpid(), signal.SIGILL)", -signal.SIGILL),
        ("os.kill(os.getpid(), signal.SIGKILL)", -signal.SIGKILL),
        ("os._exit(3)", 3),
        ("raise ImportError('another numpy was expected')", 1),
        ("sys.exit(4)", 4),
    ],
)
def test_what_tensorflow_says_when_it_cannot_start_is_shown(end, code, tmp_path):
    """Swallowed last words: the process ends, or the import fails, and nothing says why."""
    broken_tensorflow(tmp_path, end)
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    done = python("import aigc_lib, tensorflow", tmp_path, TMPDIR=str(temporary))
    assert done.returncode == code
    assert done.stderr.startswith("F the last line\n")
    assert ("another numpy was expected" in done.stderr) == ("ImportError" in end)
    assert list(temporary.iterdir()) == []


def test_a_failed_check_of_tensorflow_is_shown():
    """Swallowed last words: the log level that hides warnings must not hide what is fatal."""
    code = "import aigc_lib, tensorflow as tf; tf.add(1, 2)"
    done = python(code, TF_NUM_INTRAOP_THREADS="-5")
    if done.returncode == 0:
        pytest.skip("this TensorFlow takes this number of threads")
    assert done.returncode == -signal.SIGABRT
    assert "Check failed" in done.stderr


WITH_CLOSED_FILES = """
import os, sys
import aigc_lib, tensorflow
with open(sys.argv[1], "w") as file:
    assert file.fileno() != 2, "the lines of TensorFlow would go there"
    os.write(2, b"a line")
    file.write(tensorflow.__version__)
"""


@pytest.mark.parametrize("fake", [True, pytest.param(False, marks=pytest.mark.slow)])
@pytest.mark.parametrize("closed", ["2>&-", "<&- >&- 2>&-"])
def test_tensorflow_starts_with_closed_files(closed, fake, tmp_path):
    """A service's surroundings: standard input, output or error may be closed."""
    if fake:
        broken_tensorflow(tmp_path, "__version__ = 'fake'")
    (tmp_path / "start.py").write_text(WITH_CLOSED_FILES)
    command = ["sh", "-c", f'"$0" start.py out {closed}', sys.executable]
    assert subprocess.run(command, cwd=tmp_path, check=False).returncode == 0
    assert ((tmp_path / "out").read_text() == "fake") == fake


def test_without_a_shell_nothing_is_kept_back(tmp_path):
    """Swallowed last words: nobody is there to show them when the process has ended."""
    broken_tensorflow(tmp_path, "os.abort()")
    done = python("import aigc_lib, tensorflow", tmp_path, PATH=str(tmp_path))
    assert (done.returncode, done.stderr) == (-signal.SIGABRT, "F the last line\n")


def test_an_unknown_name_is_no_module():
    """A misspelt name: Python's usual error, not one from deep inside the library."""
    done = python("import aigc_lib; aigc_lib.nothing")
    assert "AttributeError: module 'aigc_lib' has no attribute 'nothing'" in done.stderr
