"""Whatever is stored is written whole or not at all, and by one door."""

import ast
import base64
import io
import json
import subprocess
import traceback
from pathlib import Path

import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pytest
from helpers import FAULTS, contents
from PIL import Image

from tools import ROOT, files, run_chapters, set_repository, stamps
from tools.make import make_card, sums

# --- the writers ---------------------------------------------------------------------------------


def picture(turn: int) -> bytes:
    """The PNG of 20 × 20 pixels."""
    file = io.BytesIO()
    Image.fromarray(np.random.default_rng(turn).integers(0, 256, (20, 20), "uint8")).save(
        file, "png"
    )
    return file.getvalue()


def chapter(folder: Path, turn: int) -> Path:
    """Chapter 12, run for the n-th time."""
    cells = [nbformat.v4.new_markdown_cell("# 12", id="title")]
    cells.append(nbformat.v4.new_code_cell("…", id="samples"))
    data = {"image/png": base64.b64encode(picture(turn)).decode()}
    cells[1].outputs = [nbformat.v4.new_output("display_data", data)]
    course = {"description": "D.", "summary": "S.", "needs": "N.", "thumbnail": "samples"}
    course |= {"minutes": 5, "seconds": turn}
    notebook = nbformat.v4.new_notebook(cells=cells, metadata={"course": course})
    path = folder / run_chapters.PICTURE[0]
    path.write_text(nbformat.writes(notebook), "utf-8")
    return path


def run_a_chapter(folder: Path, turn: int) -> None:
    """Run it without a kernel."""

    class Client:
        def __init__(self, notebook, **options):
            self.notebook = notebook

        def execute(self):
            self.notebook.cells[1].outputs = [nbformat.v4.new_output("stream", text=f"{turn}\n")]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run_chapters, "NotebookClient", Client)
        run_chapters.run(folder / run_chapters.PICTURE[0])


def pages(folder: Path, turn: int) -> None:
    """A chapter that has run, the index, its picture."""
    chapter(folder, turn)
    (folder / "images").mkdir(exist_ok=True)
    if turn == 0:
        (folder / "index.md").write_text("\n".join(run_chapters.TABLE))


def addressed(folder: Path, turn: int) -> None:
    """The files that hold the address of the repository."""
    (folder / "chapters").mkdir(exist_ok=True)
    text = "text:\n  url: https://github.com/one/two\n"
    cell = {"cell_type": "markdown", "source": [text, "[a](a.md#x), [c](c.ipynb)"]}
    notebook = json.dumps({"cells": [cell]})
    for name in ("_config.yml", "README.md", "chapters/a.md", "chapters/b.ipynb"):
        if turn == 0:
            (folder / name).write_text(notebook if name.endswith(".ipynb") else text)


def shipped(folder: Path, turn: int) -> None:
    """A file that is shipped."""
    (folder / f"{turn}.txt").write_text("…")


def drawn(folder: Path, turn: int) -> None:
    """What the card shows, and where it goes."""
    for name in ("_static", "chapters/images"):
        (folder / name).mkdir(exist_ok=True, parents=True)
    (folder / "chapters/images/digits.png").write_bytes(picture(turn))


def card(folder: Path, turn: int) -> None:
    """Draw the card."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(make_card, "ROOT", folder)
        make_card.main()
    plt.close("all")


def arrays(folder: Path, turn: int) -> None:
    """As make_mnist and train_explorer do."""
    with files.replacing(folder / "arrays.npz") as part:
        np.savez_compressed(part, x=np.arange(100) + turn)


def moving_picture(folder: Path, turn: int) -> None:
    """As animate_ring and picture_widgets do."""
    with files.replacing(folder / "ring.webp") as part:
        Image.open(io.BytesIO(picture(turn))).save(part, quality=60)


def nothing(folder: Path, turn: int) -> None:
    """Needs no other files."""


# what is written → the files that are needed, the writer; bench.rows: tests/library/test_bench.py
WRITERS = {
    "12-gan.ipynb": (lambda folder, turn: turn or chapter(folder, 0), run_a_chapter),
    "index.md": (pages, lambda folder, turn: run_chapters.write_table(folder)),
    "images/digits.png": (pages, lambda folder, turn: run_chapters.write_picture(folder)),
    "README.md": (addressed, lambda folder, turn: set_repository.set_slug(folder, f"a/b{turn}")),
    "SHA256SUMS of one": (shipped, lambda folder, turn: sums.record(folder / f"{turn}.txt")),
    "SHA256SUMS of all": (shipped, lambda folder, turn: sums.record_all(folder)),
    "text.txt": (nothing, lambda folder, turn: files.write(folder / "text.txt", f"{turn}…" * 99)),
    "_static/card.png": (drawn, card),
    "arrays.npz": (nothing, arrays),
    "ring.webp": (nothing, moving_picture),
}
BY_OTHERS = ("_static/card.png", "arrays.npz", "ring.webp")  # not by `Path.write_bytes`
CASES = [
    (name, fault)
    for name in WRITERS
    for fault in FAULTS
    if not (name in BY_OTHERS and fault == "interruption in the middle")
]


@pytest.mark.parametrize(("name", "fault"), CASES)
def test_a_write_that_breaks_leaves_the_old_file(tmp_path, name, fault):
    """A stored file that a full disk or an interruption leaves half-written, or a piece of it."""
    prepare, write = WRITERS[name]
    prepare(tmp_path, 0)
    write(tmp_path, 0)
    prepare(tmp_path, 1)
    before, (error, block) = contents(tmp_path), FAULTS[fault]
    with block(), pytest.raises(error) as caught:
        write(tmp_path, 1)
    assert contents(tmp_path) == before
    said = "".join(traceback.format_exception(caught.value))
    assert str(tmp_path / name.split(" ")[0]) in said
    assert "it is as it was before" in said
    assert "run this again" in said
    write(tmp_path, 1)
    assert contents(tmp_path) != before


@pytest.mark.parametrize("done", range(4))
@pytest.mark.parametrize("slug", ["owner/name", "your_account/name"])
def test_an_address_that_was_put_in_by_halves_is_put_in_by_the_next_call(tmp_path, slug, done):
    """An interruption after which the same command has nothing to do: old addresses stay."""
    whole, halves = tmp_path / "whole", tmp_path / "halves"
    for folder in (whole, halves):
        folder.mkdir()
        addressed(folder, 0)
        set_repository.set_slug(folder, "old/one")
    written = set_repository.set_slug(whole, slug)
    assert len(written) == 4
    write, left = files.write, done

    def stopped(path, content):
        nonlocal left
        if left == 0:
            raise KeyboardInterrupt
        left -= 1
        write(path, content)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(files, "write", stopped)
        with pytest.raises(KeyboardInterrupt):
            set_repository.set_slug(halves, slug)
    assert len(set_repository.set_slug(halves, slug)) == 4 - done
    assert contents(halves) == contents(whole)


def test_a_full_disk(tmp_path):
    """A disk that is really full, where a write may fail elsewhere than in a test's double."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)]
    try:
        refused = subprocess.run(mount, capture_output=True, check=False).returncode
    except OSError:
        refused = True
    if refused:
        pytest.skip("may not mount a disk")
    try:
        files.write(disk / "old.bin", b"old" * 3000)
        before = contents(disk)
        with pytest.raises(OSError, match="No space left") as caught:
            files.write(disk / "old.bin", b"new" * 30_000)
        assert contents(disk) == before
        assert str(disk / "old.bin") in caught.value.__notes__[0]
        files.write(disk / "old.bin", b"new")
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_a_file_keeps_its_name_its_link_and_its_rights(tmp_path):
    """A saver that goes by the ending of a name; a link that a file takes the place of."""
    file, link = tmp_path / "x.weights.h5", tmp_path / "link.h5"
    file.write_text("old")
    file.chmod(0o640)
    link.symlink_to(file)
    with files.replacing(link) as part:
        assert part.name == file.name
        part.write_text("new")
    assert (file.read_text(), file.stat().st_mode & 0o777) == ("new", 0o640)
    assert link.is_symlink()
    assert sorted(contents(tmp_path)) == ["link.h5", "x.weights.h5"]


def test_nothing_is_written_to_a_folder_that_is_not_there(tmp_path):
    """A folder that is made, or an error that does not say which file it was about."""
    with pytest.raises(FileNotFoundError) as caught:
        files.write(tmp_path / "gone/x.txt", "x")
    assert f"{tmp_path}/gone/x.txt was not written" in caught.value.__notes__[0]


def test_a_block_that_writes_nothing_keeps_the_old_file(tmp_path):
    """A saver that chose another name: the old file would stay, and nobody would know."""
    (tmp_path / "x.npz").write_text("old")
    with pytest.raises(FileNotFoundError), files.replacing(tmp_path / "x.npz"):
        pass
    assert contents(tmp_path) == {"x.npz": b"old"}


# --- the one door --------------------------------------------------------------------------------

WRITING = {"write_text", "write_bytes", "touch", "tofile", "savetxt", "symlink_to", "hardlink_to"}
SAVING = {"save", "savez", "savez_compressed", "save_weights", "savefig"}
ALSO = {"os.replace", "os.rename", "json.dump", "yaml.dump", "pickle.dump", "nbformat.write"}
ALSO |= {f"shutil.{name}" for name in ("copy", "copy2", "copyfile", "copytree", "move")}


def harmless(tree: ast.Module) -> set[str]:
    """Names that a module may save to: those that `replacing` gives, and files in memory."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.With):
            for item in node.items:
                if ast.unparse(item.context_expr).startswith("files.replacing("):
                    names.add(ast.unparse(item.optional_vars))
        if isinstance(node, ast.Assign) and ast.unparse(node.value) == "io.BytesIO()":
            names |= {ast.unparse(target) for target in node.targets}
    return names


def opens_to_write(call: ast.Call) -> bool:
    """Whether a call of `open` has a mode that may change the file."""
    place = 0 if isinstance(call.func, ast.Attribute) else 1
    named = [word.value for word in call.keywords if word.arg == "mode"]
    modes = [*named, *call.args[place : place + 1]]
    return any(
        not isinstance(mode, ast.Constant) or set(str(mode.value)) & set("wax+") for mode in modes
    )


def writes_past_the_door(text: str) -> list[str]:
    """The calls of a module that write to a file otherwise than by `tools.files`."""
    tree, found = ast.parse(text), []
    kept = harmless(tree)
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        whole = ast.unparse(call.func)
        name = whole.rpartition(".")[2]
        first = ast.unparse(call.args[0]) if call.args else ""
        writes = name in WRITING or whole in ALSO or (name in SAVING and first not in kept)
        if whole not in ("Image.open", "os.open") and name == "open":
            writes = opens_to_write(call)
        if writes:
            found.append(ast.unparse(call))
    return found


def test_every_module_writes_by_the_one_door():
    """A new writer that a full disk or an interruption would make lose a file."""
    # Sphinx makes its output anew: tools/site is not looked at.
    modules = [*ROOT.glob("aigc_lib/*.py"), *ROOT.glob("bench/*.py")]
    modules += [*ROOT.glob("tools/*.py"), *ROOT.glob("tools/make/*.py")]
    found = {
        str(path.relative_to(ROOT)): writes_past_the_door(path.read_text("utf-8"))
        for path in modules
        if path != ROOT / "tools/files.py"
    }
    assert {name: calls for name, calls in found.items() if calls} == {}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("path.write_text('x')", 1),
        ("with open(path, 'w') as file: file.write('x')", 1),
        ("with path.open(mode='ab') as file: pass", 1),
        ("path.open(mode)", 1),
        ("np.savez(TARGET, x=1)", 1),
        ("with files.replacing(TARGET) as part: np.savez(TARGET, x=1)", 1),
        ("with files.replacing(TARGET) as part: np.savez(part, x=1)", 0),
        ("file = io.BytesIO()\nfigure.savefig(file)", 0),
        ("figure.savefig('x.png')", 1),
        ("os.replace(a, b); 'x'.replace('a', 'b')", 1),
        ("open(path); path.open('rb'); Image.open(file)", 0),
        ("files.write(path, 'x')", 0),
    ],
)
def test_a_writer_past_the_door_would_be_noticed(text, found):
    """A test of the door that lets a writer through."""
    assert len(writes_past_the_door(text)) == found


# --- reading -------------------------------------------------------------------------------------


def test_a_file_that_is_missing_or_no_text_says_how_to_get_it_back(tmp_path):
    """A damaged page or setting, answered by an error from inside."""
    path = tmp_path / "_config.yml"
    with pytest.raises(ValueError, match=f"{path} is missing. Restore it with: git -C {tmp_path}"):
        stamps.current_slug(tmp_path)
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ValueError, match=f"{path} is damaged: its bytes are no UTF-8"):
        stamps.current_slug(tmp_path)
    with pytest.raises(ValueError, match=r"index\.md is missing"):
        run_chapters.write_table(tmp_path)
