"""Chapters as Colab opens them: the notebook alone, and a library that has to be fetched.

`make test-colab` sets COURSE_COLAB_PYTHON to a Python that has Colab's versions and no aigc_lib,
and COURSE_COLAB_CHAPTERS to the numbers of the chapters to run (none: all of them).
The repository's address is redirected by git to a clone of this one.
"""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from jupyter_client.kernelspec import KernelSpecManager
from nbclient import NotebookClient
from nbformat import NotebookNode

from tools import ROOT
from tools.notebooks import notebooks, read
from tools.stamps import current_slug, current_tag

PYTHON = os.environ.get("COURSE_COLAB_PYTHON", "")
NUMBERS = os.environ.get("COURSE_COLAB_CHAPTERS", "").split()
CHAPTERS = [path.name for path in notebooks() if not NUMBERS or path.name.split("-")[0] in NUMBERS]

pytestmark = pytest.mark.skipif(not PYTHON, reason="needs Colab's versions: make test-colab")


def said(command: list) -> str:
    """What a command prints."""
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def packages() -> set[str]:
    """Name and version of everything installed there."""
    listed = said([PYTHON, "-m", "pip", "list", "--format=json"])
    return {f"{each['name']} {each['version']}" for each in json.loads(listed)}


def execute(notebook: NotebookNode, folder: Path) -> None:
    """Run a notebook in Colab's kernel, in a folder; a failing cell raises."""
    options = {"timeout": 600, "kernel_name": "colab", "coalesce_streams": True}
    resources = {"metadata": {"path": str(folder)}}
    NotebookClient(notebook, resources=resources, **options).execute()


@pytest.fixture(scope="session")
def clone(tmp_path_factory) -> Path:
    """A bare repository: its tag is the last commit of this one, its branch holds no file."""
    # A commit without parents: `git clone --filter` of a shallow repository, as CI has it, looks
    # for the missing parents without end.
    git = ["git", "-C", ROOT, "-c", "user.name=course", "-c", "user.email=course@localhost"]
    target = tmp_path_factory.mktemp("clone") / "clone.git"
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", target], check=True)
    empty = [*git, "hash-object", "-t", "tree", "-w", os.devnull]
    trees = {"HEAD^{tree}": f"tags/{current_tag(ROOT)}", said(empty): "heads/main"}
    for tree, name in trees.items():
        commit = said([*git, "commit-tree", "-m", "as it is", tree])
        subprocess.run([*git, "push", "-q", target, f"{commit}:refs/{name}"], check=True)
    return target


@pytest.fixture(scope="session")
def kernels(tmp_path_factory) -> Path:
    """A folder of kernels that holds one, named colab."""
    folder = tmp_path_factory.mktemp("jupyter") / "kernels"
    (folder / "colab").mkdir(parents=True)
    command = [PYTHON, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    spec = {"argv": command, "display_name": "colab", "language": "python"}
    (folder / "colab/kernel.json").write_text(json.dumps(spec))
    return folder


@pytest.fixture
def colab(clone, kernels, tmp_path, monkeypatch) -> Path:
    """An empty folder; the library is not installed, and git takes its address to the clone."""
    subprocess.run([PYTHON, "-m", "pip", "uninstall", "-qy", "aigc-lib"], check=True)
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", f"url.file://{clone}.insteadOf")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", f"https://github.com/{current_slug(ROOT)}")
    monkeypatch.delenv("PYTHONPATH", raising=False)
    monkeypatch.setattr(KernelSpecManager, "kernel_dirs", [str(kernels)])
    return tmp_path


def test_the_numbers_name_chapters():
    assert len(CHAPTERS) >= len(NUMBERS), f"no chapter for one of {NUMBERS}"


def test_a_folder_of_its_name_is_not_taken_for_the_library(colab):
    """A name taken: a folder `aigc_lib` in Colab's files is a package for Python, an empty one."""
    (colab / "aigc_lib").mkdir()
    notebook = read(ROOT / "chapters" / CHAPTERS[0])
    notebook.cells = [cell for cell in notebook.cells if cell.cell_type == "code"][:1]
    execute(notebook, colab)
    assert "aigc-lib" in {package.split()[0] for package in packages()}


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_notebook_alone_fetches_the_library_and_nothing_else(colab, chapter):
    before = packages()
    shutil.copy(ROOT / "chapters" / chapter, colab)
    notebook = read(colab / chapter)
    stored = {cell.id: cell.outputs for cell in notebook.cells if cell.cell_type == "code"}
    execute(notebook, colab)

    new = {package.split()[0].lower().replace("_", "-") for package in packages() - before}
    assert new == {"aigc-lib"}
    assert before <= packages()
    run = {cell.id: cell.outputs for cell in notebook.cells if cell.cell_type == "code"}
    kinds = {name: [out.output_type for out in outs] for name, outs in run.items()}
    wanted = {name: [out.output_type for out in outs] for name, outs in stored.items()}
    kinds.pop("setup"), wanted.pop("setup")  # pip may print a line there
    assert kinds == wanted
