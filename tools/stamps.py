"""What is stamped into the notebooks: the repository's address, the tag, the first code cell.

`_config.yml` holds the first two; tools/set_repository.py and tools/release.py change them.
"""

import re
import sys
from pathlib import Path

from tools import files

SLUG = r"[A-Za-z0-9_][A-Za-z0-9_-]*/(?!\.{1,2}$)[A-Za-z0-9._-]+"
NOBODY = "your_account"  # an owner whom GitHub cannot have, for the underscore: no address is set
TAG = re.compile(r"^(  branch: )(\S+)", re.MULTILINE)
FIRST_CELL = """\
# In Colab the course's library is missing (a folder of its name has no
# origin): fetch it, touch nothing else.
import importlib.util

if getattr(importlib.util.find_spec("aigc_lib"), "origin", None) is None:
    %pip install --quiet --no-deps git+https://github.com/{slug}@{tag}

from aigc_lib import plots

plots.use_style()"""


def current_slug(root: Path) -> str:
    """The address that `_config.yml` holds."""
    config = files.read(root / "_config.yml")
    found = re.search(rf"^  url: https://github\.com/({SLUG})$", config, re.MULTILINE)
    if found is None:
        sys.exit("_config.yml has no line '  url: https://github.com/owner/name'. Put it back.")
    return found[1]


def is_placeholder(slug: str) -> bool:
    """Whether an address says only that the owner has yet to set one."""
    return slug.partition("/")[0] == NOBODY


def current_tag(root: Path) -> str:
    """The tag that `_config.yml` holds."""
    found = TAG.search((root / "_config.yml").read_text(encoding="utf-8"))
    if found is None:
        sys.exit("_config.yml has no line '  branch: v1.2.3'. Put it back, under 'repository'.")
    return found[2]
