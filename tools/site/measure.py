"""Measure the built site: Lighthouse for three pages; axe-core, requests and weight for all.

    python -m tools.site.measure        (`make bench-site` builds the site first)

Needs Chromium or Chrome, and Node.js 18 or newer: `npx` fetches Lighthouse and a server that
compresses, as GitHub Pages does. Prints one table.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from urllib.request import urlopen

from playwright.sync_api import sync_playwright

from tools import ROOT, browse

SITE = ROOT / "_build/html"
LIGHTHOUSE = "lighthouse@12.8.2"  # the last one for Node.js 18 and 20
SERVER = "serve@14.2.7"
THREE = ("chapters/index.html", "chapters/23-article-formulas.html", "chapters/61-agn.html")
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
FLAGS = "--headless=new --disable-gpu " + " ".join(browse.FLAGS)


def lighthouse(url: str, program: str) -> list[int]:
    """The four scores of a page, 0–100, as on a phone with a slow network (Lighthouse's own)."""
    command = ["npx", "--yes", LIGHTHOUSE, url, "--quiet", "--output=json"]
    done = subprocess.run(
        [*command, f"--chrome-flags={FLAGS}"],
        env=os.environ | {"CHROME_PATH": program},
        capture_output=True,
        text=True,
        check=True,
    )
    scores = json.loads(done.stdout)["categories"]
    return [round(100 * scores[name]["score"]) for name in CATEGORIES]


def wait_for(address: str, seconds: int = 60) -> None:
    """Return when a server answers; exit when none does."""
    for _ in range(seconds):
        try:
            urlopen(address).close()
            return
        except OSError:
            time.sleep(1)
    sys.exit(f"{SERVER} did not answer within {seconds} s. Is there a network for npx?")


def all_scores(program: str) -> dict[str, list[int]]:
    """The scores of `THREE`, from a server that compresses."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = ["npx", "--yes", SERVER, "--no-clipboard", "-l", str(port), str(SITE)]
    nowhere = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    server = subprocess.Popen(command, start_new_session=True, **nowhere)
    address = f"http://127.0.0.1:{port}/"
    try:
        wait_for(address)
        return {name: lighthouse(address + name, program) for name in THREE}
    finally:
        os.killpg(server.pid, signal.SIGTERM)  # npx and the server that it started


def row(browser, address: str, name: str) -> tuple[int, int, int, float, float]:
    """Violations in light and dark, requests, those to other hosts, kB compressed, kB of HTML."""
    found = 0
    for scheme in ("light", "dark"):
        page, requests = browse.visit(browser, address, name, color_scheme=scheme)
        browse.open_answers(page)
        browse.scroll_through(page)
        found += len(browse.violations(page))
        html = len(page.request.get(page.url).body()) / 1000
        weight = sum(browse.weights(requests).values()) / 1000
        asked, elsewhere = len(requests), len(browse.foreign(requests, address))
        page.context.close()
    return found, asked, elsewhere, weight, html


def main() -> None:
    """Print the table."""
    program = browse.browser_program()
    if program is None or not (SITE / "index.html").exists():
        sys.exit(f"needs one of {browse.NAMES} and a built site (make book).")
    scores = all_scores(program)
    print("| Page | Lighthouse | axe | Requests | to other hosts | kB sent | kB of HTML |")
    print("|---|---|---|---|---|---|---|")
    with sync_playwright() as playwright, browse.served(SITE) as address:
        browser = browse.launch(playwright, program)
        for path in sorted(SITE.glob("chapters/*.html")):
            name = f"chapters/{path.name}"
            found, asked, elsewhere, weight, html = row(browser, address, name)
            marks = " · ".join(map(str, scores[name])) if name in scores else "–"
            line = f"| {path.stem} | {marks} | {found} | {asked} | {elsewhere} |"
            print(f"{line} {weight:.0f} | {html:.0f} |", flush=True)


if __name__ == "__main__":
    main()
