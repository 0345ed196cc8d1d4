"""The moving pictures' scripts: what they write, and that they show what the chapters compute."""

import ast
import re

import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image
from scipy.stats import wasserstein_distance

from tools.make import animate_dirac, animate_earth_mover, moving
from tools.notebooks import CHAPTERS, read


def frames(count: int, size: int = 40) -> list[Image.Image]:
    """Noise: no codec makes it small."""
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (count, size, size, 4), "uint8")
    return [Image.fromarray(each, "RGBA") for each in pixels]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(moving, "ASSETS", tmp_path)
    return tmp_path


def test_both_files_are_written_with_their_digests(folder):
    moving.write("noise", frames(5))
    assert sorted(path.name for path in folder.iterdir()) == [
        "SHA256SUMS",
        "noise.png",
        "noise.webp",
    ]
    assert Image.open(folder / "noise.webp").n_frames == 5
    assert len((folder / "SHA256SUMS").read_text().splitlines()) == 2


def test_a_picture_that_is_too_large_is_refused(folder):
    """Kind: a page that takes seconds to open."""
    with pytest.raises(ValueError, match=r"expected at most 400,000 bytes, but got .*noise\.webp"):
        moving.write("noise", frames(20, 300))
    assert list(folder.iterdir()) == []


@pytest.fixture(scope="module")
def chapter() -> dict:
    """The steps that the cells of chapter 21 define, and their path."""
    cells = read(CHAPTERS / "21-training-dynamics.ipynb").cells
    code = "\n".join(cell.source for cell in cells if cell.cell_type == "code")
    code = re.sub(r"^( *)[%!].*", r"\1pass", code, flags=re.MULTILINE)  # for IPython alone
    names = {"sigma", "path", "simultaneous", "penalised"}
    functions = [node for node in ast.parse(code).body if getattr(node, "name", "") in names]
    found: dict = {"np": np}
    exec(compile(ast.Module(functions, []), "chapter 21", "exec"), found)
    return found


@pytest.mark.parametrize(("gamma", "rule"), [(0.0, "simultaneous"), (0.5, "penalised")])
def test_the_game_is_that_of_the_chapter(chapter, gamma, rule):
    """Kind: a picture of another rule than the one beside it."""
    np.testing.assert_allclose(animate_dirac.path(gamma), chapter["path"](chapter[rule]))


def test_the_work_adds_up_to_the_distance():
    """Kind: a plan that is not the best one, or another sum than the frames show."""
    start, goal = animate_earth_mover.FROM, animate_earth_mover.TO
    figure = animate_earth_mover.draw(float(len(start)))
    title = figure.axes[0].get_title()
    plt.close(figure)
    assert f"{wasserstein_distance(start, goal):.2f} = W₁" in title
