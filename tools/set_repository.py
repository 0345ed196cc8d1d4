"""Put the repository's address (owner/name on GitHub) everywhere it is written.

    python -m tools.set_repository owner/name

`_config.yml` holds the address, and that of the site on GitHub Pages; the notebooks' first cell
and links, the README and the pages repeat it. Nothing is changed when the address
has no valid form.
"""

import re
import sys
from pathlib import Path

from tools import ROOT, files
from tools.notebooks import notebooks

SLUG = r"[A-Za-z0-9_][A-Za-z0-9_-]*/(?!\.{1,2}$)[A-Za-z0-9._-]+"


def current_slug(root: Path) -> str:
    """The address that `_config.yml` holds."""
    config = files.read(root / "_config.yml")
    found = re.search(rf"^  url: https://github\.com/({SLUG})$", config, re.MULTILINE)
    if found is None:
        sys.exit("_config.yml has no line '  url: https://github.com/owner/name'. Put it back.")
    return found[1]


def pages_url(slug: str) -> str:
    """Where GitHub Pages serves the site of the repository `owner/name`."""
    owner, name = slug.split("/")
    host = f"{owner.lower()}.github.io"
    return f"https://{host}/" if name.lower() == host else f"https://{host}/{name}/"


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
        ValueError: a file that is missing, or is no text.
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
