"""The library's face: what it asks of its surroundings, and how quietly it starts."""

import os
import subprocess
import sys

import pytest


def python(code: str, **environment: str) -> subprocess.CompletedProcess:
    """Run the code in a Python of its own."""
    given = {
        k: v for k, v in os.environ.items() if k not in ("KERAS_BACKEND", "TF_CPP_MIN_LOG_LEVEL")
    }
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
    done = python(code)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_another_backend_is_told():
    done = python("import aigc_lib", KERAS_BACKEND="jax")
    assert done.returncode == 1
    assert (
        "ImportError: aigc_lib needs Keras on TensorFlow, but its backend is 'jax'" in done.stderr
    )


def test_a_missing_tensorflow_is_told():
    done = python("import sys; sys.modules['tensorflow'] = None; import aigc_lib")
    assert done.returncode == 1
    assert "aigc_lib needs TensorFlow and Keras 3" in done.stderr


def test_an_unknown_name_is_no_module():
    done = python("import aigc_lib; aigc_lib.nothing")
    assert "AttributeError: module 'aigc_lib' has no attribute 'nothing'" in done.stderr
