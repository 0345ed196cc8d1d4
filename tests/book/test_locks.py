"""The locks of the environments: what `pip install` may fetch, and nothing else."""

import re
import subprocess
import sys
import tomllib

import pytest
import yaml

from tools import ROOT

LOCKS = sorted(
    [*ROOT.glob("requirements*.txt"), *ROOT.glob("bench/*.txt"), *ROOT.glob("tools/*.txt")]
)
each_lock = pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")


def requirements(text: str) -> list[str]:
    """The requirements of a file, each in one line, without comments."""
    joined = text.replace("\\\n", " ")
    lines = (line.partition("#")[0].strip() for line in joined.splitlines())
    return [line for line in lines if line]


def pin(requirement: str) -> str:
    """`numpy==2.4.6 ; marker --hash=…` → `numpy==2.4.6`."""
    return re.split(r"[ ;]", requirement)[0]


@each_lock
def test_every_package_has_its_version_and_digests(lock):
    """Unpinned code: a package that its index serves differently today than yesterday."""
    found = requirements(lock.read_text("utf-8"))
    assert found
    for requirement in found:
        assert re.fullmatch(
            r"[a-z0-9-]+==[\w.]+( ; .+?)?( +--hash=sha256:[0-9a-f]{64})+", requirement
        )


@each_lock
def test_a_lock_holds_what_its_source_names(lock):
    """A forgotten `make lock`: what somebody wrote and what pip installs differ."""
    named = requirements(lock.with_suffix(".in").read_text("utf-8"))
    locked = {pin(each) for each in requirements(lock.read_text("utf-8"))}
    assert {pin(each).lower() for each in named} <= locked


@each_lock
def test_a_lock_names_no_server(lock):
    """A lock made behind a mirror: nobody else could install from it."""
    text = lock.read_text("utf-8")
    assert re.findall(r"https?://|index-url|find-links", text) == []
    assert re.search(r"uv pip compile --universal .*--generate-hashes .*--only-binary :all:", text)
    assert f"--output-file {lock.relative_to(ROOT)}" in MAKEFILE


def test_make_installs_nothing_but_locked_packages():
    """Unpinned code: one `pip install` without the lock undoes it; the weekly run is to do so."""
    recipes = re.sub(r"\\\n\s*", "", MAKEFILE).splitlines()
    installs = [line for line in recipes if re.search(r"pip install|\$\(INSTALL", line)]
    assert len(installs) > 5
    free = [line for line in installs if "INSTALL_" not in line]
    assert len(free) == 1
    assert ".venv-newest" in free[0]
    assert "--require-hashes --only-binary :all:" in MAKEFILE
    assert "--no-deps --no-build-isolation --editable" in MAKEFILE


def test_the_builder_of_the_library_is_the_locked_one():
    """Unpinned code: Colab builds the library with what pyproject.toml asks for."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    locked = requirements((ROOT / "requirements.txt").read_text("utf-8"))
    assert set(project["build-system"]["requires"]) <= {pin(each) for each in locked}


def test_pip_refuses_another_file(tmp_path):
    """A poisoned package: another file under the same name and version is not installed."""
    lock = tmp_path / "lock.txt"
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps"]
    command += ["--no-build-isolation", "--wheel-dir", tmp_path, tmp_path / "source"]
    (tmp_path / "source").mkdir()
    (tmp_path / "source/pyproject.toml").write_text('[project]\nname = "poisoned"\nversion = "1"\n')
    subprocess.run(command, check=True)
    lock.write_text(f"poisoned==1 --hash=sha256:{'0' * 64}\n")
    options = re.search(r"INSTALL_LOCKED := (.*)", MAKEFILE)[1].split()
    options += ["--no-index", "--find-links", tmp_path, "--target", tmp_path / "there", "-r", lock]
    done = subprocess.run([sys.executable, *options], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "DO NOT MATCH THE HASHES" in done.stderr
    assert not (tmp_path / "there").exists()


def test_proposals_of_new_versions_wait():
    """A poisoned release: most are withdrawn within days, before a proposal that waits a week."""
    settings = yaml.safe_load((ROOT / ".github/dependabot.yml").read_text("utf-8"))
    kinds = {each["package-ecosystem"]: each for each in settings["updates"]}
    assert kinds.keys() == {"uv", "github-actions"}
    assert all(each["cooldown"]["default-days"] >= 7 for each in kinds.values())
    assert re.search(r"^COOLDOWN := 7 days$", MAKEFILE, re.MULTILINE)
