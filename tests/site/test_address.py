"""Links to Colab, to the repository and between pages, without an address and with one."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from test_book import Page, missing_places

from tools import ROOT, set_repository, stamps
from tools.notebooks import notebooks
from tools.stamps import current_tag

JUPYTER_BOOK = Path(sys.executable).parent / "jupyter-book"
NOBODY = f"{stamps.NOBODY}/aigc-course"
SLUG = "some-owner/some.name"
LEFT_OUT = shutil.ignore_patterns(".*", "_build", "__pycache__", "tests", "bench")


def copied(folder: Path, slug: str) -> Path:
    """The whole course in a folder of its own, with another address."""
    shutil.copytree(ROOT, folder, ignore=LEFT_OUT)
    set_repository.set_slug(folder, slug)
    return folder


def build(course: Path) -> subprocess.CompletedProcess:
    """Build the site of a copy with the tools of that copy."""
    command = [JUPYTER_BOOK, "build", course, "-n", "-W", "--keep-going"]
    environment = os.environ | {"PYTHONPATH": str(course)}
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=False)


@pytest.fixture(scope="module", params=[NOBODY, SLUG])
def course(request, tmp_path_factory) -> tuple[Path, str]:
    """A copy of the course with its site built, and its address."""
    folder = copied(tmp_path_factory.mktemp("course") / "copy", request.param)
    done = build(folder)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return folder, request.param


@pytest.fixture(scope="module")
def pages(course) -> dict[str, Page]:
    """The pages of that site by their names."""
    folder = course[0] / "_build/html/chapters"
    return {path.stem: Page(path.read_text("utf-8")) for path in sorted(folder.glob("*.html"))}


def targets(page: Page) -> list[str]:
    """Where the links of a page lead."""
    return [link["href"] for link in page.all("a") if link.get("href")]


@pytest.mark.slow
def test_links_to_colab_and_the_repository_are_there_with_an_address_alone(course, pages):
    """Links and buttons that lead to an error of GitHub; or none where there is something."""
    folder, slug = course
    for path in notebooks(folder / "chapters"):
        found = [link.partition("?")[0] for link in targets(pages[path.stem])]
        files = f"https://github.com/{slug}/blob/"
        found = [link for link in found if f"/{slug}" in link and not link.startswith(files)]
        blob = f"{slug}/blob/{current_tag(ROOT)}/chapters/{path.name}"
        colab = f"https://colab.research.google.com/github/{blob}"
        buttons = [f"https://github.com/{slug}", f"https://github.com/{slug}/issues/new"]
        wanted = [] if slug == NOBODY else [colab, colab, *buttons]  # the theme's and the text's
        assert sorted(found) == wanted
        assert "raw.githubusercontent.com" not in " ".join(targets(pages[path.stem]))
    found = [link for page in pages.values() for link in targets(page) if f"/{slug}" in link]
    assert any("/aigc_lib/losses.py" in link for link in found) == (slug != NOBODY)


@pytest.mark.slow
def test_a_line_says_where_the_address_is_missing(course, pages):
    folder, slug = course
    for name in ["index", *(path.stem for path in notebooks(folder / "chapters"))]:
        text = re.sub(r"<[^>]+>", "", pages[name].html)
        assert text.count("make repository SLUG=owner/name") == (slug == NOBODY), name


@pytest.mark.slow
def test_pages_of_the_site_are_linked_within_it(course, pages):
    """Links from a copy of the site to the published one, which may be another edition."""
    folder, slug = course
    site = set_repository.pages_url(slug)
    for name, page in pages.items():
        assert [link for link in targets(page) if link.startswith(site)] == [], name
    missing, to_cells = missing_places(pages)
    assert missing == []
    assert to_cells > 20
    files = {link.partition("#")[0] for page in pages.values() for link in targets(page)}
    local = [file for file in files if file and not re.match(r"[a-z]+:", file)]
    html = folder / "_build/html/chapters"
    assert [file for file in local if not (html / file).exists()] == []


@pytest.mark.slow
def test_the_download_is_the_notebook(course, pages):
    """A link that opens a page of JSON, or an error of GitHub."""
    for path in notebooks(course[0] / "chapters"):
        links = [link for link in pages[path.stem].all("a") if "download" in link]
        own = [link for link in links if link["download"] == path.name]
        assert len(own) == 1
        for link in links:  # the theme's too
            file = course[0] / "_build/html/chapters" / link["href"]
            assert file.read_bytes() == path.read_bytes()


FAULTS = {  # a link that stands in a notebook → what the build says of it
    "SITEchapters/12-gan.html#no-such-place": "no-such-place",
    "SITEchapters/12-gan.html#cell-id=no-such-cell": "no-such-cell",
    "SITEchapters/99-no-such-page.html": "no-such-page",
    "SITEno-such-folder/12-gan.html": "no-such-folder",
    "no-such-file.md": "no-such-file",
}


@pytest.mark.slow
def test_a_wrong_link_to_a_published_page_fails_the_build(tmp_path):
    """A dead link that only a reader of the published site would find."""
    course = copied(tmp_path / "copy", SLUG)
    index = course / "chapters/index.md"
    index.write_text(index.read_text("utf-8").replace("<!-- whether an address is set -->", ""))
    path = notebooks(course / "chapters")[0]
    links = " ".join(f"[x]({link})" for link in FAULTS)
    links = links.replace("SITE", set_repository.pages_url(SLUG))
    path.write_text(path.read_text("utf-8").replace("## Summary", f"{links}\\n\\n## Summary"))
    done = build(course)
    assert done.returncode != 0
    for said in (*FAULTS.values(), "whether an address is set"):
        assert re.search(rf"WARNING: .*{said}", done.stderr + done.stdout), said


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_download_this_notebook_downloads(open_page, width):
    """A link to a server of others, or to a tab full of JSON."""
    path = notebooks()[0]
    page, _ = open_page(f"chapters/{path.stem}.html", viewport={"width": width, "height": 800})
    with page.expect_download() as saved:
        page.get_by_role("link", name="Download this notebook").click()
    assert saved.value.suggested_filename == path.name
    assert Path(saved.value.path()).read_bytes() == path.read_bytes()
    assert len(page.context.pages) == 1
