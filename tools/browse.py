"""The site as a browser gets it: what it asks for, what it weighs, what axe-core finds.

For the tests of the site and for tools/site/measure.py.
"""

import gzip
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Playwright, Request

NAMES = ("chromium", "google-chrome")
FLAGS = ["--no-sandbox", "--disable-background-networking", "--disable-component-update"]
WEIGHED = {"document", "stylesheet", "script", "font"}
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
ALSO = ["heading-order", "page-has-heading-one", "empty-table-header"]


def browser_program() -> str | None:
    """Path of the first browser of `NAMES` that is installed."""
    return next(filter(None, map(shutil.which, NAMES)), None)


def launch(playwright: Playwright, program: str) -> Browser:
    """The browser, without the requests that it makes of its own."""
    return playwright.chromium.launch(executable_path=program, args=FLAGS)


class Quiet(SimpleHTTPRequestHandler):
    """A server that prints nothing."""

    def log_message(self, *args) -> None:
        pass


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder on this machine; gives its address, which ends with a slash."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()


def visit(browser: Browser, address: str, name: str, **options) -> tuple[Page, list[Request]]:
    """Open a page in a context of its own, other hosts blocked; gives it and its requests."""
    context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
    context.route(lambda url: not url.startswith(address), lambda route: route.abort())
    page, requests = context.new_page(), []
    page.on("request", lambda request: requests.append(request))
    page.goto(address + name)
    return page, requests


def open_answers(page: Page) -> None:
    """Open what is folded below the questions "Predict first.", so that all of it is looked at."""
    page.evaluate(
        "document.querySelectorAll('details.answer').forEach(each => { each.open = true })"
    )


def scroll_through(page: Page) -> None:
    """Bring every part of the page into view, so that what waits for that is loaded."""
    page.evaluate(
        """async () => {
            for (let y = 0; y < document.body.scrollHeight; y += innerHeight) {
                scrollTo(0, y);
                await new Promise(requestAnimationFrame);
            }
            await document.fonts.ready;
        }"""
    )
    page.wait_for_load_state("networkidle")


def foreign(requests: list[Request], address: str) -> list[str]:
    """The requests that went, or would have gone, to another host."""
    return [each.url for each in requests if not each.url.startswith((address, "data:"))]


def weights(requests: list[Request]) -> dict[str, int]:
    """Bytes of HTML, CSS, JavaScript and fonts, each file compressed as servers send it."""
    answers = {each.url: each.response() for each in requests if each.resource_type in WEIGHED}
    return {url: len(gzip.compress(answer.body())) for url, answer in answers.items() if answer}


def refusals(page: Page) -> list[str]:
    """What the page's policy has refused since it was opened: the directive, and what broke it."""
    return page.evaluate(
        """() => new Promise((done) => {
            const named = ({ body }) => `${body.effectiveDirective}: ${body.blockedURL}`;
            const options = { types: ["csp-violation"], buffered: true };
            new ReportingObserver((all) => done(all.map(named)), options).observe();
            setTimeout(() => done([]), 100);  // nothing was reported
        })"""
    )


def violations(page: Page) -> dict[str, list]:
    """What axe-core finds against WCAG 2.2 A and AA: rule → the first places with their faults.

    The whole page is rendered for it: axe sees nothing of what waits to come into view.
    """
    page.evaluate(
        """() => {
            const sheet = new CSSStyleSheet();
            sheet.replaceSync("* { content-visibility: visible !important; }");
            document.adoptedStyleSheets.push(sheet);
        }"""
    )
    options = {
        "runOnly": {"type": "tag", "values": RULES},
        "rules": {rule: {"enabled": True} for rule in ALSO},
        "resultTypes": ["violations"],
    }
    found = Axe().run(page, options=options).response["violations"]
    return {
        each["id"]: [(node["target"], node["failureSummary"]) for node in each["nodes"][:3]]
        for each in found
    }
