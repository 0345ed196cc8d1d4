"""Sphinx extension: the site's links to Colab, to the repository and to its own pages.

While the address in `_config.yml` is the placeholder, nothing lies behind a link to Colab or to the
repository: such links become plain words, the theme has no button for them, and a line says that
the owner has yet to set the address. "Download this notebook" always leads to the site's own copy.
`make repository` lets the notebooks link to published pages; here they are links within the site
again, so that a build finds a place that is not there. `_config.yml` names this extension.
"""

import re
from pathlib import Path
from urllib.parse import urlsplit

from docutils import nodes
from sphinx.util import logging

from tools.set_repository import as_files, course_pages, in_markdown, pages_url
from tools.stamps import is_placeholder

HOSTS = ("github.com", "raw.githubusercontent.com", "colab.research.google.com")
COMMAND = "make repository SLUG=owner/name"
MARK = "<!-- whether an address is set -->"  # stands where a page speaks of Colab
PAGES = ("chapters/index",)  # which must have the mark
UNSET = (  # before and after the command
    "This copy cannot be opened in Colab: its owner has yet to set its address (",
    ").",
)
logger = logging.getLogger(__name__)


class Download(nodes.reference):
    """A link to a file that a browser saves: attributes `refuri`, and `download`, its name."""


def start_download(writer, node: Download) -> None:
    """Write the tag; docutils' own links have no attribute `download`."""
    given = {"class": "reference download internal", "href": node["refuri"]}
    writer.body.append(writer.starttag(node, "a", "", download=node["download"], **given))


def end_download(writer, node: Download) -> None:
    """Close the tag."""
    writer.body.append("</a>")


def slug_of(config) -> str:
    """The address of the repository, owner/name."""
    return urlsplit(config.html_theme_options["repository_url"]).path.strip("/")


def hide_buttons(app, config) -> None:
    """Take the theme's buttons away that would lead to no repository."""
    if is_placeholder(slug_of(config)):
        options = config.html_theme_options
        options |= {"launch_buttons": {}, "use_repository_button": False}
        options |= {"use_issues_button": False, "use_edit_page_button": False}


def prepare(app, docname: str, source: list[str]) -> None:
    """Let links to published pages be links to files; say on a page whether an address is set."""
    path, slug = Path(app.env.doc2path(docname)), slug_of(app.config)
    if path.suffix == ".ipynb":
        sites, names = {app.config.html_baseurl, pages_url(slug)}, course_pages(path.parent)
        source[0] = in_markdown(source[0], lambda text: as_files(text, sites, names))
    elif docname in PAGES and MARK not in source[0]:
        logger.warning(
            f"has no mark {MARK!r}. Put it where the page speaks of Colab.", location=docname
        )
    else:
        unset = f"`{COMMAND}`".join(UNSET) if is_placeholder(slug) else ""
        source[0] = source[0].replace(MARK, unset)


def is_of(link: str, slug: str) -> bool:
    """Whether a link leads to the repository `slug`, its files, or to Colab with one of them."""
    url = urlsplit(link)
    path = url.path.removeprefix("/github") if url.hostname == HOSTS[2] else url.path
    return url.hostname in HOSTS and f"{path}/".startswith(f"/{slug}/")


def mend(app, doctree: nodes.document) -> None:
    """Make a page's links what its reader can follow."""
    docname, slug = app.env.docname, slug_of(app.config)
    path = Path(app.env.doc2path(docname))
    raw = re.compile(rf"https://{HOSTS[1]}/{slug}/.*/{re.escape(path.name)}")
    for link in list(doctree.findall(nodes.reference)):
        uri = link.get("refuri", "")
        if raw.fullmatch(uri):
            file = "../" * docname.count("/") + f"_sources/{docname}{path.suffix}"
            new = Download(refuri=file, download=path.name)
        elif is_placeholder(slug) and is_of(uri, slug):
            new = nodes.inline(classes=["no-address"])
            if urlsplit(uri).hostname == HOSTS[2]:
                say_unset(link.parent)
        else:
            if uri.startswith((app.config.html_baseurl, pages_url(slug))):
                logger.warning(f"no page of the course is at {uri}.", location=link)
            continue
        new.extend(link.children)
        link.replace_self(new)


def say_unset(paragraph: nodes.Element) -> None:
    """Put the line on the missing address below the paragraph with the link to Colab."""
    before, after = map(nodes.Text, UNSET)
    line = nodes.paragraph("", "", before, nodes.literal(text=COMMAND), after)
    line["classes"] += ["no-address"]
    paragraph.parent.insert(paragraph.parent.index(paragraph) + 1, line)


def setup(app) -> dict[str, bool]:
    """Tell Sphinx."""
    app.add_node(Download, html=(start_download, end_download))
    app.connect("config-inited", hide_buttons)
    app.connect("source-read", prepare)
    app.connect("doctree-read", mend)
    return {"parallel_read_safe": True}
