"""For the tests of the site: built once, served, and a browser that opens its pages."""

import fcntl
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from helpers import CONFIG, steady_tensorflow
from playwright.sync_api import sync_playwright

from aigc_lib import widgets
from tools import ROOT, browse

steady_tensorflow()


def build(*options: str | Path) -> None:
    """Build the site as `make book` does."""
    command = [Path(sys.executable).parent / "jupyter-book", "build", ROOT, "-n", "-W"]
    command += ["--keep-going", *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]


@pytest.fixture(scope="session")
def site(testrun_uid) -> Path:
    """The folder of the site, built once in a run: with `pytest -n 2` by one worker."""
    folder = ROOT / "_build"
    folder.mkdir(exist_ok=True)
    with (folder / "built-in-run").open("a+") as run:
        fcntl.flock(run, fcntl.LOCK_EX)  # the other worker waits here
        run.seek(0)
        if run.read() != testrun_uid:
            build()
            run.truncate(0)
            run.write(testrun_uid)
    return folder / "html"


@pytest.fixture(scope="session")
def address(site, tmp_path_factory) -> str:
    """Where the built site is served, under the path of its `baseurl`: ends with a slash."""
    path = urlsplit(CONFIG["html"]["baseurl"]).path.strip("/")
    if not path:
        with browse.served(site) as root:
            yield root
        return
    folder = tmp_path_factory.mktemp("served")  # a link within the site would be published
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    (folder / path).symlink_to(site)
    with browse.served(folder) as root:
        yield f"{root}{path}/"


@pytest.fixture(scope="session")
def browser():
    """Chromium or Chrome; without one the test is skipped, or fails where it is required."""
    program = browse.browser_program()
    if program is None and os.environ.get("COURSE_BROWSER") == "required":
        pytest.fail(f"COURSE_BROWSER=required, but none of {browse.NAMES} is on the path.")
    if program is None:
        pytest.skip(f"needs one of {browse.NAMES} on the path (Debian: apt install chromium)")
    with sync_playwright() as playwright:
        launched = browse.launch(playwright, program)
        yield launched
        launched.close()


@pytest.fixture
def open_page(browser, address):
    """Opens a page of the site with every other host blocked: returns it and its requests."""
    opened = []

    def open_one(name: str, **options):
        page, requests = browse.visit(browser, address, name, **options)
        opened.append(page.context)
        return page, requests

    yield open_one
    for context in opened:
        context.close()


@pytest.fixture(scope="module")
def modules_page(browser):
    """An empty page of a server that has the widgets' modules."""
    with browse.served(widgets.MODULES) as address:
        page = browser.new_page()
        page.route(address, lambda route: route.fulfill(body="<!doctype html>"))
        page.goto(address)
        yield page
        page.close()


@pytest.fixture
def open_widget(browser):
    """Shows HTML on a page without a network; gives the page and a reader of its numbers."""
    contexts = []

    def open_one(html: str, **options):
        context = browser.new_context(**options)
        contexts.append(context)
        context.route("**/*", lambda route: route.abort())
        page = context.new_page()
        page.set_content(f"<!doctype html>{html}")

        def shown(name: str) -> str:
            return page.locator(f"[data-name={name}]").first.inner_text().replace("−", "-")

        return page, shown

    yield open_one
    for context in contexts:
        context.close()
