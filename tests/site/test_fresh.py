"""A build that exits 0 leaves the whole site; any other leaves the last one as it was."""

import fcntl
import re
import shutil
import signal
import subprocess
import sys
import time
from hashlib import sha256
from pathlib import Path

import pytest
from conftest import build

from tools import ROOT
from tools.site import fresh

JUPYTER_BOOK = Path(sys.executable).parent / "jupyter-book"
MOMENTS = {  # what exists then, in the folder of the new site
    "when all is read": "../doctrees/environment.pickle",
    "while pages are written": "chapters/32-vae-mnist.html",
    "while pages are made light": "sitemap.xml",
}


def digests(folder: Path) -> dict[str, str]:
    """The files of a site, each with the digest of its bytes."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.fixture(scope="module")
def whole(site) -> dict[str, str]:
    """The site of a build into an empty folder."""
    return digests(site)


@pytest.fixture(scope="module")
def folder(tmp_path_factory, site) -> Path:
    """Where these tests build upon a copy of the site; other tests open the site itself."""
    folder = tmp_path_factory.mktemp("fresh")
    shutil.copytree(site, folder / "_build/html")
    return folder


def stopped(folder: Path, moment: str, by: signal.Signals) -> int:
    """Build as a person does, send a signal at a moment; the exit code."""
    place = folder / "_build" / fresh.WORK / "html" / moment
    command = [JUPYTER_BOOK, "build", ROOT, "--path-output", folder]
    nowhere = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, **nowhere) as process:
        while not place.exists():
            assert process.poll() is None, f"the build ended before {moment} was there"
            time.sleep(0.005)
        process.send_signal(by)
    return process.returncode


@pytest.mark.slow
@pytest.mark.parametrize("moment", MOMENTS)
def test_a_stopped_build_leaves_the_last_site_and_no_trace_in_the_next(folder, whole, moment):
    """Holds off holes that later builds take for whole: missing pictures, pages, entries.

    And a second build that gives other bytes than the first.
    """
    assert len(whole) > 100
    for by in (signal.SIGINT, signal.SIGKILL):
        assert stopped(folder, MOMENTS[moment], by) != 0
        assert digests(folder / "_build/html") == whole
    build("--path-output", folder)
    assert digests(folder / "_build/html") == whole
    left = {path.name for path in (folder / "_build").iterdir()}
    assert left == {"html", fresh.LOCK}


@pytest.mark.slow
def test_a_build_that_warns_fails_and_keeps_the_last_site(folder, whole):
    """Holds off a site with a gap that only a line among hundreds tells of."""
    text = (ROOT / "_config.yml").read_text("utf-8")
    text = text.replace(": .  #", f": {ROOT}  #")  # where the extensions are
    faulty = folder / "_config.yml"
    faulty.write_text(text.replace("[mystnb.unknown_mime_type]", "[]"), "utf-8")
    command = [JUPYTER_BOOK, "build", ROOT, "--path-output", folder, "--config", faulty]  # no -W
    done = subprocess.run(command, capture_output=True, check=False)
    assert b"build finished with problems" in done.stdout
    assert done.returncode != 0
    assert digests(folder / "_build/html") == whole


def test_what_lists_pages_lists_all(site):
    """Holds off a sitemap or a search that knows the pages of one build alone."""
    pages = {path.stem for path in (site / "chapters").glob("*.html")}
    sitemap = (site / "sitemap.xml").read_text("utf-8")
    assert {name for name in pages if f"/chapters/{name}.html<" in sitemap} == pages
    index = (site / "searchindex.js").read_text("utf-8")
    known = re.search(r'"?docnames"?:\s*\[([^\]]*)\]', index)[1]
    assert {f"chapters/{name}" for name in pages} == set(re.findall(r'"([^"]+)"', known))


# --- the exchange --------------------------------------------------------------------------------


@pytest.fixture
def sites(tmp_path) -> tuple[Path, Path]:
    """The last site and a new one."""
    for name in ("html", "new"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "which").write_text(name)
    return tmp_path / "html", tmp_path / "new"


def test_a_new_site_takes_the_place_of_the_last(sites):
    """Holds off two sites in one folder: pages of chapters that are gone."""
    site, new = sites
    (site / "gone").touch()
    fresh.replace(site, new)
    assert [path.name for path in site.iterdir()] == ["which"]
    assert (site / "which").read_text() == "new"
    assert [path.name for path in site.parent.iterdir()] == ["html"]


def test_an_exchange_that_fails_or_is_stopped_leaves_the_last_site(sites):
    """Holds off the loss of both sites between the two moves."""
    site, new = sites
    with pytest.raises(FileNotFoundError):
        fresh.replace(site, new.with_name("not there"))
    assert (site / "which").read_text() == "html"
    site.rename(site.with_name(fresh.OLD))  # killed after the first move
    fresh.restore(site)
    assert (site / "which").read_text() == "html"
    new.rename(site.with_name(fresh.OLD))  # killed after the second one
    fresh.restore(site)
    assert (site / "which").read_text() == "html"
    assert not site.with_name(fresh.OLD).exists()


def test_of_two_builds_the_second_waits(tmp_path):
    """Holds off two builds that write into one folder."""
    first = fresh.alone(tmp_path)
    code = "import sys, pathlib, tools.site.fresh as f; f.alone(pathlib.Path(sys.argv[1]))"
    with subprocess.Popen([sys.executable, "-c", code, tmp_path], cwd=ROOT) as second:
        with pytest.raises(subprocess.TimeoutExpired):
            second.wait(3)
        first.close()
        assert second.wait(30) == 0
    with fresh.alone(tmp_path) as lock:  # free again
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
