"""The tools behind `make run`, `make repository` and `make` alone."""

import shutil
import subprocess
from pathlib import Path

import nbformat
import pytest
import run_chapters
import set_repository

ROOT = Path(__file__).parent.parent


@pytest.fixture
def copy(tmp_path) -> Path:
    """The files of the course that may hold the repository's address."""
    for name in ("_config.yml", "README.md", "chapters"):
        source, target = ROOT / name, tmp_path / name
        if source.is_dir():
            shutil.copytree(source, target)
        else:
            shutil.copy(source, target)
    return tmp_path


def test_address_is_replaced_everywhere_and_back(copy):
    before = {path: path.read_text("utf-8") for path in set_repository.pages(copy)}
    old = set_repository.current_slug(copy)
    changed = set_repository.set_slug(copy, "some-owner/some.name")
    assert copy / "_config.yml" in changed
    assert {path.name for path in copy.glob("chapters/*.ipynb")} <= {p.name for p in changed}
    assert (
        "baseurl: https://some-owner.github.io/some.name/\n" in (copy / "_config.yml").read_text()
    )
    assert not any(old in path.read_text("utf-8") for path in set_repository.pages(copy))
    set_repository.set_slug(copy, old)
    assert before == {path: path.read_text("utf-8") for path in set_repository.pages(copy)}


@pytest.mark.parametrize(
    "slug", ["", "name-only", "https://github.com/a/b", "a/b/c", "a/b.git", "-a/b", "a/."]
)
def test_address_of_another_form_changes_nothing(copy, slug):
    with pytest.raises(SystemExit, match="SLUG=owner/name"):
        set_repository.set_slug(copy, slug)
    assert set_repository.current_slug(copy) == set_repository.current_slug(ROOT)


def notebook(folder: Path, source: str) -> Path:
    """A notebook of one cell."""
    path = folder / "99-small.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)]), path)
    return path


def test_a_run_stores_outputs_and_time(tmp_path, monkeypatch):
    path = notebook(tmp_path, "print(6 * 7)")
    (tmp_path / "index.md").write_text("| [99](99-small.ipynb) | a test | – |\n", "utf-8")
    monkeypatch.setattr(run_chapters, "CHAPTERS", tmp_path)
    assert run_chapters.main(["99"]) == 0
    (cell,) = nbformat.read(path, as_version=4).cells
    assert (cell.execution_count, cell.outputs[0].text) == (1, "42\n")
    row = (tmp_path / "index.md").read_text("utf-8")
    assert row.startswith("| [99](99-small.ipynb) | a test | ")
    assert row.split("|")[-2].strip().isdigit()


def test_a_failing_chapter_is_not_written(tmp_path, monkeypatch, capsys):
    path = notebook(tmp_path, "1 / 0")
    before = path.read_bytes()
    monkeypatch.setattr(run_chapters, "CHAPTERS", tmp_path)
    assert run_chapters.main([]) == 1
    assert path.read_bytes() == before
    assert "ZeroDivisionError" in capsys.readouterr().out


def test_an_unknown_chapter_lists_the_known_ones(tmp_path, monkeypatch):
    notebook(tmp_path, "")
    monkeypatch.setattr(run_chapters, "CHAPTERS", tmp_path)
    with pytest.raises(SystemExit, match=r"99-small\.ipynb"):
        run_chapters.main(["12"])


def test_picture_is_the_stored_output_of_its_cell():
    shown = (ROOT / "chapters" / run_chapters.PICTURE[2]).read_bytes()
    assert shown == run_chapters.picture(ROOT / "chapters")


def test_every_chapter_has_a_measured_time():
    index = (ROOT / "chapters/index.md").read_text("utf-8")
    for path in (ROOT / "chapters").glob("*.ipynb"):
        (row,) = (line for line in index.splitlines() if f"({path.name})" in line)
        assert row.split("|")[-2].strip().isdigit(), row


def test_make_alone_lists_the_targets():
    listed = subprocess.run(
        ["make", "-C", ROOT, "--no-print-directory"], capture_output=True, text=True, check=True
    ).stdout
    for target in ("book", "test", "lab", "run", "lint", "test-colab", "bench", "repository"):
        assert f"\n{target} " in f"\n{listed}"
