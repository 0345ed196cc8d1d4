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


@pytest.mark.parametrize("name", [None, 5, ["mnist.npz"], b"mnist.npz"])
def test_a_name_that_is_no_text_lists_the_known_ones(name):
    """An argument of another kind, answered by an error from inside."""
    with pytest.raises(ValueError, match=r"expected one of .*mnist\.npz"):
        assets.path(name)


GOOD = "\n".join(LINES) + "\n"
BROKEN = {
    "empty": (b"", "is empty"),
    "half a line": (GOOD[:-10].encode()[:300], "line 4"),
    "no digest": (GOOD.replace(LINES[0][:64], "abc").encode(), "line 1"),
    "one space": (GOOD.replace("  ", " ").encode(), "line 1"),
    "two versions": (b"<<<<<<< HEAD\n" + GOOD.encode(), "line 1"),
    "a file twice": ((GOOD + LINES[0]).encode(), f"line {len(LINES) + 1}"),
    "no text": (b"\xff\xfe" + GOOD.encode(), "line 1"),
    "nothing after the spaces": (f"{'0' * 64}  \n".encode(), "line 1"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_damaged_list_of_digests_says_file_line_and_remedy(tmp_path, monkeypatch, name):
    """A line that is read as something else: a file then seems not to be shipped."""
    content, said = BROKEN[name]
    (tmp_path / "SHA256SUMS").write_bytes(content)
    monkeypatch.setattr(assets, "_FOLDER", tmp_path)
    with pytest.raises(ValueError, match=said) as error:
        assets.path("mnist.npz")
    assert str(error.value).startswith(str(tmp_path / "SHA256SUMS"))
    assert "git checkout -- aigc_lib" in str(error.value)
    assert "make sums" in str(error.value)


def test_a_missing_list_of_digests_says_how_to_get_it_back(tmp_path, monkeypatch):
    """An installation without its list."""
    monkeypatch.setattr(assets, "_FOLDER", tmp_path)
    with pytest.raises(FileNotFoundError, match="SHA256SUMS, the list of digests, is missing"):
        assets.path("mnist.npz")


def test_a_folder_may_be_a_text(tmp_path):
    """A path that works in all of Python's functions but not here."""
    with pytest.raises(FileNotFoundError, match="is missing"):
        assets.path("mnist.npz", str(tmp_path))


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
