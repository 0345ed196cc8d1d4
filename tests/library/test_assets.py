"""What travels with the library: all of it with a digest, and small enough for Colab."""

import hashlib
import shutil

import pytest

from aigc_lib import assets

FOLDER = assets.path("mnist.npz").parent
LINES = (FOLDER / "SHA256SUMS").read_text("utf-8").splitlines()
DIGESTS = {line[66:]: line[:64] for line in LINES}


def test_every_file_has_its_digest():
    there = sorted(path.name for path in FOLDER.iterdir() if path.name != "SHA256SUMS")
    assert list(DIGESTS) == there
    for name in there:
        assert assets.path(name) == FOLDER / name


def test_weights_are_small_and_all_of_it_is_too():
    sizes = {name: assets.path(name).stat().st_size for name in DIGESTS}
    assert all(size < 2_000_000 for name, size in sizes.items() if name != "mnist.npz")
    assert sum(sizes.values()) < 25_000_000


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(ValueError, match=r"mnist\.npz.*but got 'mnist'"):
        assets.path("mnist")


def test_missing_file_names_file_and_digest(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"mnist\.npz") as error:
        assets.path("mnist.npz", tmp_path)
    assert DIGESTS["mnist.npz"] in str(error.value)


def test_damaged_file_names_both_digests(tmp_path):
    copy = tmp_path / "mnist.npz"
    shutil.copy(assets.path("mnist.npz"), copy)
    with copy.open("r+b") as file:
        file.seek(5_000_000)
        file.write(b"\0\0\0\0")
    found = hashlib.sha256(copy.read_bytes()).hexdigest()
    with pytest.raises(ValueError, match="damaged") as error:
        assets.path("mnist.npz", tmp_path)
    for part in (str(copy), DIGESTS["mnist.npz"], found):
        assert part in str(error.value)
