"""The site: built without a warning from the stored outputs, complete, asking no other host."""

import re
from html.parser import HTMLParser
from urllib.parse import unquote

import pytest
import yaml
from helpers import CONFIG, PAGES

from tools import ROOT
from tools.notebooks import notebooks


class Page(HTMLParser):
    """A page's text, and its tags with their attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.html = html
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def all(self, name: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.tags if tag == name]


@pytest.fixture(scope="module")
def pages(site) -> dict[str, Page]:
    """The built pages by their names, each read once."""
    return {name: Page((site / f"chapters/{name}.html").read_text("utf-8")) for name in PAGES}


def test_table_of_contents_and_chapters_are_equal():
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text("utf-8"))
    listed = [toc["root"]] + [
        chapter["file"] for part in toc["parts"] for chapter in part["chapters"]
    ]
    assert len(listed) == len(set(listed))
    assert sorted(listed) == [f"chapters/{page}" for page in PAGES]


@pytest.mark.parametrize("name", PAGES)
def test_page_is_complete_and_asks_no_other_host(site, pages, name):
    page = pages[name]
    loaded = [script["src"] for script in page.all("script") if "src" in script]
    loaded += [image["src"] for image in page.all("img")]
    loaded += [link["href"] for link in page.all("link") if link.get("rel") != "canonical"]
    assert [url for url in loaded if re.match(r"(https?:)?//", url)] == []
    local = [url.split("?")[0] for url in loaded if not url.startswith("data:")]
    assert [url for url in local if not (site / "chapters" / url).exists()] == []
    assert all(image.get("alt") for image in page.all("img"))
    assert page.html.split("<article", 1)[1].count("<h1>") == 1  # the theme adds one for print


def test_shared_links_and_search_engines_get_a_description(site, pages):
    base = CONFIG["html"]["baseurl"]
    for name, page in pages.items():
        said = {meta.get("property") or meta.get("name"): meta for meta in page.all("meta")}
        for key in ("description", "og:title", "og:description", "og:image:alt"):
            assert len(said[key]["content"]) > 5, (name, key)
        picture = said["og:image"]["content"].removeprefix(base)
        assert (site / picture).is_file()
        assert said["og:url"]["content"] == f"{base}chapters/{name}.html"


def test_sitemap_lists_every_page(site):
    base = CONFIG["html"]["baseurl"]
    listed = re.findall(r"<loc>([^<]+)</loc>", (site / "sitemap.xml").read_text("utf-8"))
    assert sorted(listed) == sorted(f"{base}chapters/{name}.html" for name in PAGES)


def test_download_button_gives_the_notebook(site, pages):
    for path in notebooks():
        links = pages[path.stem].all("a")
        (file,) = (
            a["href"] for a in links if "btn-download-source-button" in (a.get("class") or "")
        )
        assert (site / "chapters" / file).read_bytes() == path.read_bytes()


def missing_places(pages: dict[str, Page]) -> tuple[list[str], int]:
    """The links to places of these pages that are not there; how many lead to cells."""
    places = {
        name: {attributes["id"] for _, attributes in page.tags if "id" in attributes}
        for name, page in pages.items()
    }
    missing, to_cells = [], 0
    for name, page in pages.items():
        for link in page.all("a"):
            file, _, place = unquote(link.get("href") or "").partition("#")
            target = file.removesuffix(".html") or name
            if place and target in places and place not in places[target]:
                missing.append(f"{name}: {file}#{place}")
            to_cells += place.startswith("cell-id=")
    return missing, to_cells


def test_links_within_the_site_lead_to_a_place_that_is_there(pages):
    missing, to_cells = missing_places(pages)
    assert missing == []
    assert to_cells > 20  # the ledger's evidence and the answers of the FAQ
