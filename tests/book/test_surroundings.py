"""The repository in other surroundings: odd paths, odd settings of git, half-made environments.

Nothing is installed: `make` runs on a Python whose environments hold, instead of pip and all that
it installs, modules that only write down how they were called.
"""

import filecmp
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tools import ROOT
from tools.make import sums

MODULES = ["mypy", "pip", "pytest", "ruff", "jupyterlab", "uv"]
MODULES += ["bench.loss_race", "tools.make.sums", "tools.run_chapters", "tools.set_repository"]
MODULES += ["bench.pytorch_speed", "tools.release", "tools.new_chapter", "tools.make_class"]
CALLED = (
    "import os, sys\nprint(__spec__.name if __spec__ else __file__, sys.argv[1:], flush=True)\n"
)
PIP = """
if os.environ.get("PIP_BREAKS"):
    sys.exit(1)
with open(os.path.join(sys.prefix, "bin/jupyter-book"), "w") as script:
    script.write(CALLED)
"""
WITHOUT_PIP = """#!/bin/sh
# As the real one, but its environments get no pip: that takes seconds.
[ "$1 $2" = "-m venv" ] && set -- "$@" --without-pip
exec "{}" "$@"
"""


def write_script(path: Path, text: str) -> Path:
    """An executable file."""
    path.write_text(text)
    path.chmod(0o755)
    return path


@pytest.fixture
def course(tmp_path) -> Path:
    """A folder with the Makefile, in a path with spaces and letters of no ASCII."""
    folder = tmp_path / "a b ü" / "der Kurs"
    (folder / "chapters").mkdir(parents=True)
    (folder / "chapters/52-x.ipynb").write_text("")
    (folder / "tools").mkdir()
    (folder / "bench").mkdir()
    for name in ("Makefile", "requirements.txt", "requirements-colab.txt"):
        shutil.copy(ROOT / name, folder)
    for name in ("bench/requirements-pytorch.txt", "tools/requirements-lock.txt"):
        shutil.copy(ROOT / name, folder / name)
    fakes = tmp_path / "fakes"
    for name in MODULES:
        module = fakes / name.replace(".", "/") / "__main__.py"
        module.parent.mkdir(parents=True)
        more = f"CALLED = {CALLED!r}{PIP}" if name == "pip" else ""
        module.write_text(CALLED + more)
    write_script(tmp_path / "py thon", WITHOUT_PIP.format(sys.executable))
    return folder


def make(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess:
    """Run make there, with the fakes instead of what is installed."""
    top = folder.parents[1]
    command = ["make", f"PYTHON={top}/py thon", f"COLAB_PYTHON={top}/py thon", *arguments]
    given = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    given |= {"PYTHONPATH": str(top / "fakes"), "PYTHONDONTWRITEBYTECODE": "1"} | environment
    return subprocess.run(command, cwd=folder, env=given, capture_output=True, text=True)


def installs(done: subprocess.CompletedProcess) -> int:
    """How many times pip was called."""
    return done.stdout.count("pip.__main__ ['install'")


TARGETS = {
    "book": "bin/jupyter-book ['build', '.'",
    "check": "pytest.__main__ ['-n', '2'",
    "test": "pytest.__main__ ['--nbval'",
    "lab": "jupyterlab.__main__ ['chapters']",
    "run CHAPTER=52": "tools.run_chapters.__main__ ['52']",
    "chapter NN=70 NAME=costs": "tools.new_chapter.__main__ ['70', 'costs', '']",
    "class CHAPTERS=52": "tools.make_class.__main__ ['52']",
    "lint": "mypy.__main__ []",
    "format": "ruff.__main__ ['check', '--fix'",
    "test-colab": "pytest.__main__ ['tests/book/test_colab.py']",
    "test-newest CHAPTERS=52": "'chapters/52-x.ipynb'",
    "bench-losses": "bench.loss_race.__main__ []",
    "bench-pytorch": "bench.pytorch_speed.__main__ []",
    "sums": "tools.make.sums.__main__ []",
    "release VERSION=0.2.0": "tools.release.__main__ ['0.2.0']",
    "repository SLUG=a/b": "tools.set_repository.__main__ ['a/b']",
    "lock": "uv.__main__ ['pip', 'compile'",
}


def test_every_target_works_in_a_path_with_spaces(course):
    """An unquoted path: a recipe takes `a b` for two files, or a script starts no interpreter."""
    for target, called in TARGETS.items():
        done = make(course, *target.split())
        assert done.returncode == 0, (target, done.stderr)
        assert called in done.stdout, (target, done.stdout)
    beside = course.parents[1] / "a"
    beside.write_text("")
    assert make(course, "clean").returncode == 0
    assert {path.name for path in course.iterdir() if path.name.startswith(".venv")} == set()
    assert beside.exists()
    assert (course / "Makefile").exists()


def test_an_environment_is_made_once(course):
    """A needless installation at each command; and another Python that is silently not used."""
    first, second = make(course, "lint"), make(course, "lint")
    assert (first.returncode, installs(first)) == (0, 2)
    assert (second.returncode, installs(second)) == (0, 0)
    other = course.parent / "other python"
    answer = f'[ "$1" = -I ] && {{ echo another; exit; }}\nexec "{sys.executable}" "$@"\n'
    write_script(other, WITHOUT_PIP.format(sys.executable).replace("exec", answer + "exec", 1))
    assert installs(make(course, "lint", f"PYTHON={other}")) == 2


def test_a_half_made_environment_is_made_anew(course):
    """An interruption: what venv or pip has left behind must not be taken for whole."""
    (course / ".venv/bin").mkdir(parents=True)
    (course / ".venv/bin/python").write_text("half")
    done = make(course, "lint", PIP_BREAKS="1")
    assert done.returncode != 0
    assert not (course / ".venv/.ready").exists()
    done = make(course, "lint")
    assert (done.returncode, installs(done)) == (0, 2)


@pytest.mark.parametrize("change", ["moved", "python gone"])
def test_a_broken_environment_is_made_anew(course, change):
    """A moved folder, an upgraded system: the environment points at what is no more there."""
    assert make(course, "lint").returncode == 0
    if change == "moved":
        course = course.rename(course.parent / "der andere Kurs")
    else:
        for python in (course / ".venv/bin").glob("python*"):
            python.unlink()
    done = make(course, "lint")
    assert (done.returncode, installs(done)) == (0, 2)


@pytest.mark.parametrize("name", ["PYTHON", "COLAB_PYTHON"])
@pytest.mark.parametrize("given", ["/no/such python", "unfit", ""])
def test_an_unfit_python_is_told(course, name, given):
    """A wrong setting: one sentence, not what some later command makes of it."""
    if given == "unfit":
        script = '#!/bin/sh\n[ "$1" = --version ] && echo Python 3.10.1 || exit 1\n'
        given = str(write_script(course.parent / "python3 .10", script))
    target = "lint" if name == "PYTHON" else ".venv-colab/.ready"
    done = make(course, target, f"{name}={given}")
    assert done.returncode == 2
    assert "Needs Python 3.11, 3.12 or 3.13 with its module ensurepip" in done.stderr
    assert f"but {name} is '{given}'" in done.stderr
    assert ("Python 3.10.1" in done.stderr) == ("3 .10" in given)
    assert not list(course.glob(".venv*"))


def clone(target: Path, *settings: str) -> Path:
    """A clone of the last commit, with these settings of git."""
    options = [option for setting in settings for option in ("-c", setting)]
    subprocess.run(["git", *options, "clone", "--quiet", ROOT, target], check=True)
    return target


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="needs the repository, not its files only")
def test_a_clone_has_the_same_bytes_everywhere(tmp_path):
    """Line endings: git for Windows writes CRLF, which changes digests and breaks scripts."""
    plain = clone(tmp_path / "plain", "core.autocrlf=false", "core.eol=lf")
    other = clone(tmp_path / "a b ü", "core.autocrlf=true", "core.eol=crlf")
    tracked = subprocess.run(
        ["git", "-C", plain, "ls-files", "-z"], capture_output=True, text=True, check=True
    ).stdout.split("\0")[:-1]
    _, different, missing = filecmp.cmpfiles(plain, other, tracked, shallow=False)
    assert (different, missing) == ([], [])
    assert os.access(other / ".ci/run", os.X_OK)
    folder = other / "aigc_lib/assets"
    written = (folder / sums.SUMS).read_bytes()
    sums.record_all(folder)
    assert (folder / sums.SUMS).read_bytes() == written
