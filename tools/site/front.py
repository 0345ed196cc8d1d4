"""Sphinx extension: the first page, chapters/index.md, with a GAN that trains and with cards.

On GitHub and in JupyterLab the page has a table of chapters. On the site a widget stands at its
mark, and cards take the place of the table: each with a picture from the notebook's stored outputs,
what one must know before, and how long it takes. A reader may choose a route, which leaves some of
the cards: by CSS alone, so that it works without scripts. _static/front.js ticks what was visited.
`_config.yml` names this extension.
"""

import io
import re
from base64 import b64decode
from html import escape
from pathlib import Path
from typing import NamedTuple

import nbformat
import yaml
from PIL import Image
from sphinx.errors import ExtensionError

from aigc_lib import claims, widgets
from tools import ROOT, files
from tools.notebooks import CHAPTERS, FOLDED, about, minutes_of, read, title
from tools.run_chapters import TABLE
from tools.site.scoreboard import article_as_markdown

PAGE = "chapters/index"
WIDGET = "<!-- the GAN that trains in the page -->"
ALT = (
    "A ring of eight circles. Points that a small network has drawn lie in most of them; colour "
    "shows where a second network takes points for real."
)
THUMBNAIL = (320, 180)  # pixels, the most that a picture takes
PASSED_OVER = re.compile(  # in reading: places of claims, links to chapters and cells, tags
    r'<p class="score-place">.*?</p>|\[(?:`[\w-]+`|chapter \d+)\]\([^)]*\)|<[^<>]+>'
)
EMBEDDED = re.compile(r'"data:image/\w+;base64,([^"]+)"')  # a picture in a cell's HTML


class Route(NamedTuple):
    """A way through the course."""

    label: str
    who: str
    pages: tuple[str, ...]  # all, where there are none


ROUTES = {
    "decide": Route("20 minutes", "for the one who decides", ("article", "faq")),
    "build": Route(
        "A day",
        "for the one who builds",
        (
            "10-first-picture",
            "12-gan",
            "20-gan-game",
            "31-autoencoder-to-vae",
            "32-vae-mnist",
            "41-gan-vs-vae",
            "51-bugs-in-tutorials",
        ),
    ),
    "all": Route("Everything", "for the one who researches", ()),
}
PAGES = {  # of the cards without a notebook: what one finds there
    "article": "Part by part: what the article says, whether it is true, where we tested it.",
    "ledger": "All claims with their verdicts, rules and false alarms, to filter.",
    "faq": "The article's five questions, and four more, answered in a few lines each.",
    "teachers": "What to teach in an hour, in three, in a term; how to change a chapter.",
    "glossary": "The terms of the course, with their Chinese names.",
}


def stored_picture(notebook: nbformat.NotebookNode, name: str) -> tuple[bytes, str]:
    """The picture of a notebook's card, and its alt text: the first of the cell `thumbnail`.

    Raises:
        ValueError: there is no such cell, or it stored no picture, or has no alt text.
    """
    cell_id = about(notebook, name, ("thumbnail",))["thumbnail"]
    for cell in notebook.cells:
        if cell.id != cell_id:
            continue
        outputs = [out.get("data", {}) for out in cell.get("outputs", [])]
        found = [data["image/png"] for data in outputs if "image/png" in data]
        found += [data for out in outputs for data in EMBEDDED.findall(out.get("text/html", ""))]
        alt = cell.metadata.get("mystnb", {}).get("image", {}).get("alt", "")
        alt = alt or "".join(re.findall(r'\balt="([^"]+)"', str(outputs))[:1])
        if found and alt:
            return b64decode(found[0]), alt
    raise ValueError(
        f"expected a picture with alt text in the cell {cell_id!r} of {name}, which its metadata "
        "name as course.thumbnail. Name a cell that shows one, or run the chapter."
    )


def thumbnail(picture: bytes) -> tuple[bytes, int, int]:
    """A small WebP of a picture, with its width and height; of a moving one the last frame."""
    with Image.open(io.BytesIO(picture)) as image:
        image.seek(getattr(image, "n_frames", 1) - 1)
        small = image.convert("RGBA")
    small.thumbnail(THUMBNAIL, Image.Resampling.LANCZOS)
    file = io.BytesIO()
    small.save(file, "webp", quality=70, alpha_quality=60, method=6)
    return file.getvalue(), *small.size


def card(page: str, head: str, text: str, extra: str = "", picture: str = "") -> str:
    """One card: a link with a picture, what happens, what one needs, how long it takes."""
    routes = " ".join(name for name, route in ROUTES.items() if page in route.pages)
    return (
        f'<li class="card-of" data-page="{page}" data-routes="{routes}">{picture}'
        f'<p class="card-head"><a href="{page}.html">{escape(head)}</a></p>'
        f"<p>{escape(text)}</p>{extra}</li>"
    )


def chapter_card(path: Path, pictures: dict[str, bytes]) -> str:
    """The card of a notebook; `pictures` gets its thumbnail under its file's name.

    Raises:
        ValueError: its metadata lack an entry, or the cell of its picture has none.
    """
    notebook = read(path)
    course = about(notebook, path.name)
    picture, alt = stored_picture(notebook, path.name)
    small, width, height = thumbnail(picture)
    name = f"card-{path.stem}.webp"
    pictures[name] = small
    image = (
        f'<img class="dark-light" src="../_images/{name}" width="{width}" height="{height}" '
        f'loading="lazy" alt="{escape(alt)}">'
    )
    seconds = course["seconds"]
    run = f"{seconds} seconds" if seconds < 90 else f"{seconds / 60:.0f} minutes"
    extra = f'<p class="card-needs"><strong>Before:</strong> {escape(course["needs"])}</p>'
    extra += f'<p class="card-time">{course["minutes"]} minutes to read, {run} to run</p>'
    return card(path.stem, title(notebook, path.name), course["summary"], extra, image)


def page_minutes(name: str) -> int:
    """How long one reads a page without a notebook, in whole minutes.

    What is folded does not count, nor where a claim stands and which cell a number comes from.
    """
    text = files.read(CHAPTERS / f"{name}.md")
    if name in ("article", "ledger"):
        text += article_as_markdown(claims.load_ledger())
    return max(1, round(minutes_of(PASSED_OVER.sub(" ", FOLDED.sub("", text)))))


def page_card(name: str) -> str:
    """The card of a page without a notebook."""
    head = files.read(CHAPTERS / f"{name}.md").splitlines()[0].removeprefix("# ")
    extra = f'<p class="card-time">{page_minutes(name)} minutes to read</p>'
    return card(name, head, PAGES[name], extra)


def route_minutes(route: Route) -> tuple[int, int]:
    """Minutes of reading and of running of a route's pages."""
    notebooks = [read(CHAPTERS / f"{name}.ipynb") for name in route.pages if name not in PAGES]
    reading = sum(page_minutes(name) for name in route.pages if name in PAGES)
    reading += sum(each.metadata["course"]["minutes"] for each in notebooks)
    return reading, round(sum(each.metadata["course"]["seconds"] for each in notebooks) / 60)


def chooser() -> str:
    """The choice of a route: radio buttons, which CSS reads."""
    lines = ['<fieldset class="routes"><legend>Choose your route</legend>']
    for name, route in ROUTES.items():
        checked = "" if route.pages else " checked"
        count = f": {len(route.pages)} pages" if route.pages else ""
        lines += [
            f'<label><input type="radio" name="route" value="{name}" id="route-{name}"{checked}> '
            f"<strong>{route.label}</strong> {route.who}{count}</label>"
        ]
    return "\n".join([*lines, "</fieldset>"])


def cards(pictures: dict[str, bytes]) -> str:
    """All cards by parts, under the choice of a route; `pictures` gets the thumbnails."""
    toc = yaml.safe_load(files.read(ROOT / "_toc.yml"))
    blocks = [chooser()]
    for part in toc["parts"]:
        names = [chapter["file"].removeprefix("chapters/") for chapter in part["chapters"]]
        paths = [CHAPTERS / f"{name}.ipynb" for name in names]
        items = [chapter_card(path, pictures) for path in paths if path.is_file()]
        items += [page_card(name) for name in names if name in PAGES]
        if items:
            listed = "\n".join(items)
            blocks += [
                f'<div class="part"><h3>{escape(part["caption"])}</h3>\n'
                f'<ul class="cards">\n{listed}\n</ul></div>'
            ]
    blocks += ['<p class="clear-ticks" hidden><button type="button">Clear the ticks</button></p>']
    return "\n".join(['<div class="front">', *blocks, "</div>"])


def fill(app, docname: str, source: list[str]) -> None:
    """Put the widget at its mark and the cards in the place of the table."""
    if docname != PAGE:
        return
    table = re.compile(f"{re.escape(TABLE[0])}.*{re.escape(TABLE[1])}", re.DOTALL)
    if WIDGET not in source[0] or not table.search(source[0]):
        marks = ", ".join((WIDGET, *TABLE))
        raise ExtensionError(f"{PAGE}.md has no lines {marks}. Put them back.")
    app.env.card_pictures = pictures = {}
    widget = widgets.widget_html("watch-gan", ALT, compact=True)
    raw = f'``````{{raw}} html\n<div class="watch">\n{widget}\n</div>\n``````'
    source[0] = source[0].replace(WIDGET, raw)
    source[0] = table.sub(lambda _: cards(pictures), source[0])


def store(app, error: Exception | None) -> None:
    """Write the thumbnails beside the site's other pictures."""
    folder = Path(app.outdir) / "_images"
    if error is None and app.builder.name == "html":
        folder.mkdir(exist_ok=True)
        for name, content in getattr(app.env, "card_pictures", {}).items():
            (folder / name).write_bytes(content)


def setup(app) -> dict[str, bool]:
    """Tell Sphinx."""
    app.connect("source-read", fill)
    app.connect("build-finished", store, priority=800)  # before the pages are made light
    return {"parallel_read_safe": True}
