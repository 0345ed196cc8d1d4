"""Sphinx extension: makes the built pages light, still while loading, and free of other hosts.

After each build it takes scripts out of the pages that the course does not use, writes the few
icons that the theme shows into one small style sheet (the theme brings a library of 2 000),
gives each figure its size, lets figures below the first load when they come into view, and puts
large pictures that a notebook holds in its HTML into files. `_config.yml` names this extension.
"""

import re
from base64 import b64decode
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote, urlsplit

import imagesize

UNUSED = re.compile(  # thebe runs code on a server of others; sphinx-design styles tabs and cards
    r"<script[^>]*(?:fontawesome\.js|sphinx-thebe\.js|design-tabs\.js)[^>]*></script>\n?"
    r"|<link[^>]*(?:sphinx-thebe|sphinx-design\.min)\.css[^>]*/>\n?"
    r"|<script>const THEBE_JS_URL.*?</script>\n?"
    r'|<script type="text/x-thebe-config">.*?</script>\n?'
    r"|<script>kernelName = .*?</script>\n?",
    re.DOTALL,
)
ICON = re.compile(r'class="[^"]*\bfa[sb]?[ -][^"]*"')
LARGE = 20_000  # characters of a data URI
SAFE = " =':/"  # signs that may stand in a data URI as they are
MATHJAX = re.compile(
    r"<script[^>]*mathjax/[^>]*></script>\n?|<script>window.MathJax.*?</script>\n?"
)


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
    """Give each picture of a page its width and height, and let all but the first wait."""
    seen = 0

    def dressed(found: re.Match) -> str:
        nonlocal seen
        tag, source = found[0], re.search(r'src="([^"]+)"', found[0])
        path = page.parent / source[1] if source else page
        if "width=" in tag or not re.search(r"\.(png|webp|svg|jpe?g)$", str(path)):
            return tag
        width, height = imagesize.get(path)
        seen += "logo" not in path.name
        late = ' loading="lazy"' if seen > 1 else ""
        return f'<img width="{width}" height="{height}"{late}{tag[4:]}'

    return re.sub(r"<img [^>]*>", dressed, html)


def finish(app, error: Exception | None) -> None:
    """Rewrite the built pages; each step leaves a page as it is that has been through it."""
    if error or app.builder.name != "html":
        return
    folder = Path(app.outdir)
    names: set[str] = set()
    for page in folder.rglob("*.html"):
        if "_static" not in page.parts:
            html = page.read_text(encoding="utf-8")
            names |= icons_used(html)
            html = pictures_as_files(UNUSED.sub("", html), folder)
            if 'class="math' not in html:
                html = MATHJAX.sub("", html)
            page.write_text(sized(html, page), encoding="utf-8")
    library = (folder / "_static/scripts/fontawesome.js").read_text(encoding="utf-8")
    (folder / "_static/icons.css").write_text(icon_styles(names, library), encoding="utf-8")


def place(app, config) -> None:
    """Tell the page for missing addresses where the site lives: /name/ on GitHub Pages."""
    config.notfound_urls_prefix = urlsplit(config.html_baseurl).path


def setup(app) -> dict[str, bool]:
    """Tell Sphinx."""
    app.connect("config-inited", place)
    app.connect("build-finished", finish, priority=900)
    return {"parallel_read_safe": True}
