"""Sphinx extension: makes the built pages light, still while loading, and free of other hosts.

After each build it takes scripts out of the pages that the course does not use, makes one script
of the others, which waits until the page is shown, and one style sheet: the rules that some page
can use, and the few icons that the theme shows (it brings a library of 2 000). It gives each
figure its size, lets figures load when they come into view, and puts large pictures that a
notebook holds in its HTML into files.
`_config.yml` names this extension.
"""

import os
import re
from base64 import b64decode
from hashlib import sha256
from html import escape
from itertools import pairwise
from pathlib import Path
from textwrap import shorten
from urllib.parse import quote, urlsplit

import imagesize
import tinycss2
from docutils import nodes
from sphinx.errors import ConfigError

UNUSED = re.compile(  # thebe runs code on a server of others; sphinx-design styles tabs and cards
    r'<link rel="preload" as="script"[^>]*/>\n?'  # they can wait
    r"|<script[^>]*(?:fontawesome\.js|sphinx-thebe\.js|design-tabs\.js)[^>]*></script>\n?"
    r"|<link[^>]*(?:sphinx-thebe|sphinx-design\.min)\.css[^>]*/>\n?"
    r"|<script>const THEBE_JS_URL.*?</script>\n?"
    r'|<script type="text/x-thebe-config">.*?</script>\n?'
    r"|<script>kernelName = .*?</script>\n?",
    re.DOTALL,
)
STYLES = re.compile(r'<link [^>]*href="([^"]*_static/)([^"?]+\.css)[^"]*"[^>]*/>\n?')
SCRIPTS = re.compile(
    r'<script [^>]*src="([^"]*_static/)((?!searchtools|language_data)[^"?]+\.js)[^"]*"></script>\n?'
)
OPTIONS = re.compile(r'<script [^>]*src="[^"]*documentation_options\.js[^"]*"></script>')
BLOCKING = re.compile(r"<script (?=[^>]*src=)(?![^>]*(?:defer|async))")
SEARCH = re.compile(r"<script[^>]*(?:searchtools|language_data|searchindex)\.js[^>]*></script>\n?")
ICON = re.compile(r'class="[^"]*\bfa[sb]?[ -][^"]*"')
WORD = re.compile(r"[\w-]+")
COMPOSED = {"bs-tooltip-auto"}  # the one class that the scripts put together from pieces
CONDITIONS = {"media", "supports"}  # at-rules with rules inside
LARGE = 20_000  # characters of a data URI
SAFE = " =':/"  # signs that may stand in a data URI as they are


def icons_used(html: str) -> set[str]:
    """Names of the Font Awesome icons of a page: class="fas fa-rocket" uses "rocket"."""
    names = re.findall(r"\bfa-([a-z-]+)", " ".join(ICON.findall(html)))
    return set(names) - {"solid", "brands", "regular", "lg"}


def icon_styles(names: set[str], library: str) -> str:
    """A style sheet that draws these icons, taken from the theme's `fontawesome.js`.

    Raises:
        ValueError: the library has no such icon.
    """
    rules = [
        "/* Icons: Font Awesome Free 6, https://fontawesome.com, CC BY 4.0 */",
        ":where(.fa-solid, .fas, .fa-brands, .fab) { display: inline-block; height: 1em;",
        "  vertical-align: -0.125em; background: currentColor; forced-color-adjust: none;",
        "  mask: var(--icon) center / contain no-repeat; }",
        "[class*='fa-']::before { content: none !important; }  /* the theme's icon fonts rest */",
        ".fa-lg { font-size: 1.25em; }",
    ]
    for name in sorted(names):
        entry = rf'[{{,]"?{name}"?:\[(\d+),(\d+),\[[^\]]*\],"[0-9a-f]+","([^"]+)"\]'
        found = re.findall(entry, library)
        if not found:
            raise ValueError(f"the theme's fontawesome.js has no icon {name!r}.")
        width, height, path = found[-1]  # the outlined variant comes before the solid one
        svg = f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {width} {height}'>"
        svg += f"<path d='{path}'/></svg>"
        rules += [
            f".fa-{name} {{ width: {int(width) / int(height):.3f}em;",
            f'  --icon: url("data:image/svg+xml,{quote(svg, safe=SAFE)}"); }}',
        ]
    return "\n".join(rules) + "\n"


def style_sheet(path: Path, static: Path) -> str:
    """The text of a style sheet, to be used in `static`: what it imports stands in it."""

    def imported(found: re.Match) -> str:
        return style_sheet(path.parent / found[1], static)

    def linked(found: re.Match) -> str:
        return f'url("{os.path.relpath(path.parent / found[1], static)}")'

    text = re.sub(r'@import "([^"]+)";', imported, path.read_text(encoding="utf-8"))
    return re.sub(r"url\(['\"]?([\w./-]+)['\"]?\)", linked, text)


def rules_in_use(rules: list[tinycss2.ast.Node], words: set[str]) -> str:
    """The rules of a style sheet without selectors of which a class is not among `words`.

    `words` are all words of the pages and scripts: a script may give an element a class later.
    """
    kept = []
    for rule in rules:
        if rule.type == "qualified-rule":
            selectors = [s for s in separated(rule.prelude) if classes(s) <= words]
            if selectors:
                names = ",".join(tinycss2.serialize(each).strip() for each in selectors)
                kept.append(f"{names}{{{tinycss2.serialize(rule.content).strip()}}}")
        elif rule.type == "at-rule" and rule.lower_at_keyword in CONDITIONS:
            nested = tinycss2.parse_rule_list(rule.content, skip_whitespace=True)
            inner = rules_in_use(nested, words)
            kept.append(f"@{rule.at_keyword}{tinycss2.serialize(rule.prelude)}{{{inner}}}")
        else:  # comments stay: some are licences
            kept.append(rule.serialize())
    return "\n".join(kept)


def separated(selectors: list[tinycss2.ast.Node]) -> list[list[tinycss2.ast.Node]]:
    """A rule's selectors, which stand between its commas."""
    parts = [[]]
    for token in selectors:
        if token == ",":
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def classes(selector: list[tinycss2.ast.Node]) -> set[str]:
    """The classes that an element must have; those in `:not(…)` and `:is(…)` do not count."""
    return {name.value for dot, name in pairwise(selector) if dot == "." and name.type == "ident"}


def pictures_as_files(html: str, folder: Path) -> str:
    """Put each large picture that a page holds as data into `folder`/_images and link to it."""

    def stored(found: re.Match) -> str:
        data = b64decode(found[2])
        name = f"{sha256(data).hexdigest()[:16]}.{found[1]}"
        (folder / "_images").mkdir(exist_ok=True)
        (folder / "_images" / name).write_bytes(data)
        return f'"../_images/{name}"'

    return re.sub(rf'"data:image/(png|webp);base64,([^"]{{{LARGE},}})"', stored, html)


def sized(html: str, page: Path) -> str:
    """Give each picture of a page its width and height, and let it load when it is needed."""

    def dressed(found: re.Match) -> str:
        tag, source = found[0], re.search(r'src="([^"]+\.(?:png|webp|svg))"', found[0])
        if "width=" in tag or not source:
            return tag
        width, height = imagesize.get(page.parent / source[1])
        if width < 0:  # a drawing that names no size
            return tag
        late = "" if "logo" in tag else ' loading="lazy"'
        return f'<img width="{round(width)}" height="{round(height)}"{late}{tag[4:]}'

    return re.sub(r"<img [^>]*>", dressed, html)


def as_one(html: str, files: re.Pattern, tag: str, found: dict[str, None]) -> str:
    """Put `tag` in the place of a page's first style sheet or script, and drop the others.

    `found` gets the names of all, in the order of the pages, each once. A page that has been
    through it names only the one file, and stays as it is.
    """
    names = [name for _, name in files.findall(html)]
    if not names or names[0] in tag:
        return html
    found |= dict.fromkeys(names)
    html = files.sub(lambda match: tag.format(match[1]), html, count=1)
    return files.sub(lambda match: match[0] if match[2] in tag else "", html)


def finish(app, error: Exception | None) -> None:
    """Rewrite the built pages; each step leaves a page as it is that has been through it.

    The list of style sheets and scripts comes from the pages that this build has written.
    """
    if error or app.builder.name != "html":
        return
    folder, static = Path(app.outdir), Path(app.outdir) / "_static"
    options = (static / "documentation_options.js").read_text(encoding="utf-8")  # short
    icons: set[str] = set()
    words = set(COMPOSED)
    sheets: dict[str, None] = {}
    scripts: dict[str, None] = {}
    for page in sorted(folder.rglob("*.html")):
        if static not in page.parents:
            html = UNUSED.sub("", page.read_text(encoding="utf-8"))
            icons |= icons_used(html)
            if page.name != "search.html":  # the others have a field that leads there
                html = SEARCH.sub("", html)
            html = OPTIONS.sub(lambda _: f"<script>{options}</script>", html)
            html = as_one(html, STYLES, '<link rel="stylesheet" href="{}site.css" />', sheets)
            html = as_one(html, SCRIPTS, '<script defer src="{}site.js"></script>', scripts)
            html = sized(pictures_as_files(BLOCKING.sub("<script defer ", html), folder), page)
            page.write_text(html, encoding="utf-8")
            words.update(WORD.findall(html))
    if not sheets:  # this build has written no page
        return
    library = (static / "scripts/fontawesome.js").read_text(encoding="utf-8")
    texts = [(static / name).read_text(encoding="utf-8") for name in scripts]
    searching = (static / "searchtools.js").read_text(encoding="utf-8")
    words.update(*(WORD.findall(text) for text in (*texts, searching)))
    # Each begins with ";": a "use strict" in the first shall not hold for all.
    (static / "site.js").write_text("".join(f";{text}\n" for text in texts), encoding="utf-8")
    texts = [*(style_sheet(static / name, static) for name in sheets), icon_styles(icons, library)]
    rules = tinycss2.parse_stylesheet("\n".join(texts), skip_whitespace=True)
    (static / "site.css").write_text(rules_in_use(rules, words), encoding="utf-8")


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
    """What search engines and shared links say of a chapter: what its reader will be able to do."""
    for paragraph in doctree.findall(nodes.paragraph) if doctree else []:
        text = paragraph.astext().replace("\n", " ")
        if text.startswith("After this chapter you can"):
            text = shorten(text.partition(" Time:")[0], 200, placeholder=" …")
            context["meta"] = {**(context["meta"] or {}), "og:description": text}
            context["metatags"] += f'\n<meta name="description" content="{escape(text)}" />'
            return


def setup(app) -> dict[str, bool]:
    """Tell Sphinx."""
    app.connect("config-inited", place)
    app.connect("html-page-context", describe, priority=400)  # before sphinxext.opengraph
    app.connect("build-finished", finish, priority=900)
    return {"parallel_read_safe": True}
