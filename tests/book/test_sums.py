"""The digests of shipped files: as `sha256sum` writes and reads them."""

import hashlib
import shutil
import subprocess

import pytest

from tools.make import sums


@pytest.fixture
def folder(tmp_path):
    """Two files, one of them with its digest."""
    (tmp_path / "b.txt").write_text("b")
    (tmp_path / "a.txt").write_text("a")
    sums.record(tmp_path / "b.txt")
    return tmp_path


def names(folder) -> list[str]:
    lines = (folder / sums.SUMS).read_text().splitlines()
    return [line.split("  ")[1] for line in lines]


def test_a_made_file_takes_its_place_among_the_others(folder):
    digest = sums.record(folder / "a.txt")
    assert digest == hashlib.sha256(b"a").hexdigest()
    assert names(folder) == ["a.txt", "b.txt"]
    (folder / "a.txt").write_text("changed")
    assert sums.record(folder / "a.txt") != digest
    assert names(folder) == ["a.txt", "b.txt"]


def test_all_files_are_recorded_but_the_list_and_hidden_ones(folder):
    (folder / ".hidden").write_text("")
    sums.record_all(folder)
    (folder / "b.txt").unlink()
    assert list(sums.record_all(folder)) == names(folder) == ["a.txt"]


@pytest.mark.parametrize("line", ["", "<<<<<<< HEAD", "abc  a.txt", f"{'0' * 64} a.txt", "\0"])
def test_a_damaged_list_is_not_written_over(folder, line):
    """Digests of other files lost because one line of the list could not be read."""
    path = folder / sums.SUMS
    path.write_text(f"{path.read_text()}{line}\n")
    before = path.read_bytes()
    with pytest.raises(ValueError, match=rf"{path}, line 2: expected a SHA-256.* make sums"):
        sums.record(folder / "a.txt")
    assert path.read_bytes() == before
    sums.record_all(folder)  # as `make sums` does, and as the message says
    assert names(folder) == ["a.txt", "b.txt"]


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="needs sha256sum")
def test_sha256sum_reads_the_list(folder):
    sums.record_all(folder)
    command = ["sha256sum", "--check", sums.SUMS]
    assert subprocess.run(command, cwd=folder, check=False).returncode == 0
    (folder / "a.txt").write_text("damaged")
    assert subprocess.run(command, cwd=folder, check=False).returncode == 1
