"""Put the repository's address (owner/name on GitHub) everywhere it is written.

    python -m tools.set_repository owner/name

`_config.yml` holds the address, and that of the site; the notebooks' first cell and links, the
README and the pages repeat it. Nothing is changed when the address has no valid form.

While it is the placeholder, the notebooks link to each other, and to the pages, by the names of the
files. Otherwise they name the published page: a notebook that Colab has opened lies beside nothing.
"""

import json
import re
import sys
from collections.abc import Callable, Collection
from pathlib import Path

from tools import ROOT, files
from tools.notebooks import notebooks, read
from tools.stamps import SLUG, current_slug, is_placeholder

END = r"(?=[#)\s])"  # after the page of a link in Markdown
RELATIVE = re.compile(rf"\]\(([\w-]+\.(?:ipynb|md)){END}")


def pages_url(slug: str) -> str:
    """Where GitHub Pages serves the site of the repository `owner/name`."""
    owner, name = slug.split("/")
    host = f"{owner.lower()}.github.io"
    return f"https://{host}/" if name.lower() == host else f"https://{host}/{name}/"


def site_of(config: str, slug: str) -> str:
    """Where the site is published: the `baseurl` in the text of _config.yml; ends with a slash."""
    found = re.search(r"^  baseurl: (\S+/)$", config, re.MULTILINE)
    return found[1] if found else pages_url(slug)


def course_pages(chapters: Path) -> dict[str, str]:
    """The pages of the course: the name that a page has on the site → that of its file."""
    return {path.stem: path.name for kind in ("md", "ipynb") for path in chapters.glob(f"*.{kind}")}


def as_published(markdown: str, site: str, names: Collection[str]) -> str:
    """Let links to the files `names` lead to their pages on `site`, which ends with a slash."""

    def page(link: re.Match) -> str:
        known = link[1] in names
        return f"]({site}chapters/{Path(link[1]).stem}.html" if known else link[0]

    return RELATIVE.sub(page, markdown)


def as_files(markdown: str, sites: Collection[str], names: dict[str, str]) -> str:
    """Let links to pages on one of `sites` lead to the files beside the text.

    Args:
        markdown: a text.
        sites: addresses, each with a slash at its end.
        names: the names of pages → those of their files. A link to another page stays.
    """
    site = "|".join(map(re.escape, sites))

    def file(link: re.Match) -> str:
        return f"]({names[link[1]]}" if link[1] in names else link[0]

    return re.sub(rf"\]\((?:{site})chapters/([\w-]+)\.html{END}", file, markdown)


def in_markdown(notebook: str, change: Callable[[str], str]) -> str:
    """The text of a notebook's file with its Markdown changed, line by line; all else stays."""
    content = json.loads(notebook)
    changed = False
    for cell in content["cells"]:
        if cell["cell_type"] == "markdown":
            before = cell["source"]
            lines = isinstance(before, list)
            cell["source"] = [change(line) for line in before] if lines else change(before)
            changed |= cell["source"] != before
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n" if changed else notebook


def pages(root: Path) -> list[Path]:
    """The files that may repeat the address; last the one from which the old address is read."""
    return [
        root / "README.md",
        *notebooks(root / "chapters"),
        *sorted((root / "chapters").glob("*.md")),
        root / "_config.yml",
    ]


def set_slug(root: Path, slug: str) -> list[Path]:
    """Replace the current address by `slug`; returns the files that changed.

    All are read before the first is written, and _config.yml, which says what the old address is,
    is written last: after an interruption the same command does what is left.

    Raises:
        ValueError: a file that is missing, or is no text; a notebook that is none.
    """
    if not re.fullmatch(SLUG, slug) or slug.endswith(".git"):
        sys.exit(f"expected SLUG=owner/name as in https://github.com/owner/name, got {slug!r}.")
    old = current_slug(root)
    pattern = re.compile(rf"(?<![\w-]){re.escape(old)}(?![\w-])")
    before = {path: files.read(path) for path in pages(root)}
    after = {
        path: pattern.sub(slug, text).replace(pages_url(old), pages_url(slug))
        for path, text in before.items()
    }
    config = root / "_config.yml"
    site, names = site_of(after[config], slug), course_pages(root / "chapters")
    # Of an address that was put in by halves too, and of one that GitHub gave before `baseurl`.
    sites = {site_of(before[config], old), pages_url(old), site, pages_url(slug)}

    def relinked(markdown: str) -> str:
        """Names files where no address is set, else pages of the site."""
        text = as_files(markdown, sites, names)
        return text if is_placeholder(slug) else as_published(text, site, names.values())

    for path in notebooks(root / "chapters"):
        try:
            after[path] = in_markdown(after[path], relinked)
        except (json.JSONDecodeError, LookupError, TypeError):
            read(path)  # says what is wrong with it
            raise
    changed = [path for path in before if after[path] != before[path]]
    for path in changed:
        files.write(path, after[path])
    return changed


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    try:
        for path in set_slug(ROOT, sys.argv[1]):
            print(f"changed {path.relative_to(ROOT)}")
    except ValueError as error:
        sys.exit(str(error))
