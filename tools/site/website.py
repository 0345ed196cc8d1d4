"""Sphinx extension: makes the built pages light, still while loading, and free of other hosts.

After each build it takes scripts out of the pages that the course does not use, makes one script
of the others, which waits until the page is shown, and one style sheet (tools/site/styles.py). It
gives each figure its size, lets figures load when they come into view and scroll where a phone is
too narrow for their text, puts large pictures that a notebook holds in its HTML into files, and has
each page say what it may run (tools/site/policy.py).

What it looks for is written by the theme and by Sphinx, and may change with their versions: where
no page has a match for one of `PATTERNS`, a warning names it, which fails the build.
`_config.yml` names this extension.
"""

import math
import re
from base64 import b64decode
from collections import Counter
from collections.abc import Callable
from hashlib import sha256
from html import escape
from pathlib import Path
from urllib.parse import urlsplit

import imagesize
from sphinx.errors import ConfigError
from sphinx.util import logging

from tools.notebooks import about, read
from tools.site import policy, styles

CUT = {  # thebe runs code on a server of others; sphinx-design styles tabs and cards
    "preloaded scripts": r'<link rel="preload" as="script"[^>]*/>\n?',  # they can wait
    "fontawesome.js": r"<script[^>]*fontawesome\.js[^>]*></script>\n?",
    "sphinx-thebe.js": r"<script[^>]*sphinx-thebe\.js[^>]*></script>\n?",
    "design-tabs.js": r"<script[^>]*design-tabs\.js[^>]*></script>\n?",
    "sphinx-thebe.css": r"<link[^>]*sphinx-thebe\.css[^>]*/>\n?",
    "sphinx-design.css": r"<link[^>]*sphinx-design\.min\.css[^>]*/>\n?",
    "thebe's address": r"(?s)<script>const THEBE_JS_URL.*?</script>\n?",
    "thebe's settings": r'(?s)<script type="text/x-thebe-config">.*?</script>\n?',
    "thebe's kernel": r"(?s)<script>kernelName = .*?</script>\n?",
    # Repeats buttons of the bar below it. The theme binds the first menu button of a page: none in
    # here may be that. The bar itself stays, empty and hidden; the theme asks for its height.
    "upper bar's buttons": r'(?s)<div class="bd-header__inner.*?(?=</header>)',
    "focus": r"<script>\s*// Activate the search field[^<]*</script>\n?",  # finds a hidden field
}
SEARCH = {  # only search.html keeps them
    "searchtools.js": r"<script[^>]*searchtools\.js[^>]*></script>\n?",
    "language_data.js": r"<script[^>]*language_data\.js[^>]*></script>\n?",
    "searchindex.js": r"<script[^>]*searchindex\.js[^>]*></script>\n?",
}
LARGE = 20_000  # characters of a data URI
TEXT = 11  # points, the size of most text in a figure
READABLE = 9.0  # CSS pixels, the least size of a text that one can read on a phone
COLUMN = 328  # CSS pixels, the width of the text on the narrowest phone
REWRITTEN = {
    "plain words of code": r'<span class="[npw]">([^<]*)</span>',  # a fifth of a long chapter
    "style sheets": r'<link [^>]*href="([^"]*_static/)([^"?]+\.css)[^"]*"[^>]*/>\n?',
    "scripts": r'<script [^>]*src="([^"]*_static/)((?!searchtools|language_data)[^"?]+\.js)'
    r'[^"]*"></script>\n?',
    "scripts that block": r"<script (?=[^>]*src=)(?![^>]*defer)",
    "large pictures in a page": rf'"data:image/(\w+);base64,([^"]{{{LARGE},}})"',
    "pictures without a size": r'<img (?![^>]*width=)([^>]*src="([^":]+\.\w+)"[^>]*>)',
}
PATTERNS = CUT | SEARCH | REWRITTEN | styles.PATTERNS | policy.PATTERNS
ONE = {  # what stands in a page for all its style sheets, and for all its scripts
    "style sheets": '<link rel="stylesheet" href="{}site.css" />',
    "scripts": '<script defer src="{}site.js"></script>',
}
WORD = re.compile(r"[\w-]+")
logger = logging.getLogger(__name__)


def swap(name: str, by: str | Callable, html: str, used: Counter[str]) -> str:
    """Put `by` in the place of what a pattern matches; `used` counts how often it did."""
    html, times = re.subn(PATTERNS[name], by, html)
    used[name] += times
    return html


def pictures_as_files(html: str, folder: Path, used: Counter[str]) -> str:
    """Put each large picture that a page holds as data into `folder`/_images and link to it."""

    def stored(found: re.Match) -> str:
        data = b64decode(found[2])
        name = f"{sha256(data).hexdigest()[:16]}.{found[1]}"
        (folder / "_images").mkdir(exist_ok=True)
        (folder / "_images" / name).write_bytes(data)
        return f'"../_images/{name}"'

    return swap("large pictures in a page", stored, html, used)


def least_width(pixels: int, dpi: int) -> int:
    """The width, in CSS pixels, at which the text of a figure can still be read; else 0.

    Args:
        pixels: the figure's width.
        dpi: its pixels an inch; below 1 where the file does not say, as of a photograph.
    """
    return math.ceil(pixels / dpi * 72 / TEXT * READABLE) if dpi > 0 else 0


def sized(html: str, page: Path, used: Counter[str]) -> str:
    """Give each picture of a page its width and height, and let it load when it is needed.

    A figure that a phone would make too small to read gets a least width, in a box that scrolls.
    """

    def dressed(found: re.Match) -> str:
        path = page.parent / found[2]
        width, height = imagesize.get(path)
        if width < 0:  # a drawing that names no size
            return found[0]
        late = "" if "logo" in found[0] else ' loading="lazy"'
        picture = f'<img width="{round(width)}" height="{round(height)}"{late} {found[1]}'
        least = least_width(width, imagesize.getDPI(path)[0])
        if least <= COLUMN:
            return picture
        picture = picture.replace("<img ", f'<img style="min-width: {least}px" ', 1)
        return f'<span class="wide-figure">{picture}</span>'  # course.css, course.js

    return swap("pictures without a size", dressed, html, used)


def as_one(name: str, html: str, used: Counter[str], found: dict[str, None]) -> str:
    """Name one file in the place of a page's first style sheet or script, and drop the others.

    `found` gets the names of all, in the order of the pages, each once.
    """
    matches = list(re.finditer(PATTERNS[name], html))
    found |= dict.fromkeys(match[2] for match in matches)

    def one(match: re.Match) -> str:
        return ONE[name].format(match[1]) if match.start() == matches[0].start() else ""

    return swap(name, one, html, used)


def lightened(html: str, page: Path, folder: Path, used: Counter[str], found: dict) -> str:
    """The text of a page, made light; the page lies in `folder`, that of the site.

    `used` counts the matches of each pattern, `found` gets the page's style sheets and scripts.
    """
    for name in CUT if page.name == "search.html" else CUT | SEARCH:
        html = swap(name, "", html, used)
    html = swap("plain words of code", r"\1", html, used)
    for name in ONE:
        html = as_one(name, html, used, found[name])
    html = swap("scripts that block", "<script defer ", html, used)
    return sized(pictures_as_files(html, folder, used), page, used)


def finish(app, error: Exception | None) -> None:
    """Rewrite all pages, then write the script and the style sheet that they share."""
    if error or app.builder.name != "html":
        return
    folder, static = Path(app.outdir), Path(app.outdir) / "_static"
    used: Counter[str] = Counter()
    found: dict[str, dict[str, None]] = {name: {} for name in ONE}
    settings: dict[str, None] = {}
    rules: dict[str, str] = {}
    icons: set[str] = set()
    words: set[str] = set()
    for page in sorted(folder.rglob("*.html")):
        if static not in page.parents:
            html = lightened(page.read_text(encoding="utf-8"), page, folder, used, found)
            html = policy.within(html, page, static, used, settings, rules)
            page.write_text(html, encoding="utf-8")
            icons |= styles.icons_used(html)
            words.update(WORD.findall(html))
            for each in policy.refused(html):
                logger.warning(f"{page.relative_to(folder)}: its policy refuses {each}.")
    texts = [(static / name).read_text(encoding="utf-8") for name in found["scripts"]]
    texts.insert(1, "".join(settings))  # after the options of Sphinx, to which one belongs
    # Each begins with ";": a "use strict" in the first shall not hold for all.
    site_js = "".join(f";{text}\n" for text in texts)
    (static / "site.js").write_text(site_js, encoding="utf-8")
    words.update(WORD.findall(site_js))
    for name in ("searchtools.js", "language_data.js"):
        words.update(WORD.findall((static / name).read_text(encoding="utf-8")))
    site_css = styles.site_styles(found["style sheets"], static, icons, words, used)
    site_css += "\n".join(rules.values())
    (static / "site.css").write_text(site_css, encoding="utf-8")
    for name in PATTERNS:
        if not used[name]:
            logger.warning(
                f"no page has a match for {name!r}: the theme or Sphinx writes it otherwise now, "
                f"or no longer. Mend or remove this pattern in tools/site."
            )


def place(app, config) -> None:
    """Tell the extensions where the site lives: for a missing page that is a path as /name/."""
    if not config.html_baseurl.endswith("/"):
        raise ConfigError(
            f"expected baseurl in _config.yml to end with a slash, but got {config.html_baseurl!r}."
        )
    root = config.notfound_urls_prefix = urlsplit(config.html_baseurl).path
    body = f"""<h1>This page does not exist</h1>
<p>It may have moved. The <a href="{root}chapters/index.html">first page</a> lists all chapters,
and the <a href="{root}search.html">search</a> looks through them.</p>"""
    config.notfound_context = {"title": "Page not found", "body": body}
    config.ogp_site_url = config.html_baseurl
    config.ogp_site_name = config.html_title


def describe(app, pagename: str, template: str, context: dict, doctree) -> None:
    """What search engines and shared links say of a chapter: its notebook's description.

    Raises:
        ValueError: the notebook's metadata has none.
    """
    path = Path(app.env.doc2path(pagename))
    if doctree and path.suffix == ".ipynb":
        text = about(read(path), path.name, ("description",))["description"]
        context["meta"] = {**(context["meta"] or {}), "og:description": text}
        context["metatags"] += f'\n<meta name="description" content="{escape(text)}" />'


def setup(app) -> dict[str, bool]:
    """Tell Sphinx."""
    app.connect("config-inited", place)
    app.connect("html-page-context", describe, priority=400)  # before sphinxext.opengraph
    app.connect("build-finished", finish, priority=900)
    return {"parallel_read_safe": True}
