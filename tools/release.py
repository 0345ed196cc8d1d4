"""Put the tag of a new release everywhere it is written.

    python -m tools.release 0.2.0

In Colab a chapter is opened at a tag and fetches the library of that tag: what a reader runs is
what was tested, not whatever a branch holds that day. `_config.yml` holds the tag, the notebooks'
first cell and links repeat it, pyproject.toml holds its number. Only files are changed: the
commands of git that make the release are printed. Nothing is changed when the version has no valid
form or its tag is taken.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

from tools import ROOT, files
from tools.notebooks import notebooks
from tools.stamps import FIRST_CELL, TAG, current_slug, current_tag

VERSION = re.compile(r'^(version = ")([^"]+)', re.MULTILINE)


def with_tag(notebook: str, slug: str, old: str, new: str) -> str:
    """The text of a notebook's file with another tag in its first cell and its links."""
    link = re.compile(rf"(\b{re.escape(slug)}/(?:blob/)?){re.escape(old)}(?=/)")
    content = json.loads(link.sub(rf"\g<1>{new}", notebook))
    setup = next(cell for cell in content["cells"] if cell["cell_type"] == "code")
    setup["source"] = FIRST_CELL.format(slug=slug, tag=new).splitlines(keepends=True)
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def set_release(root: Path, version: str) -> list[Path]:
    """Write the tag `v` + version everywhere; returns the files that changed."""
    if not re.fullmatch(r"\d+\.\d+\.\d+", version):
        sys.exit(f"expected VERSION=1.2.3, three numbers, got {version!r}.")
    slug, old, new = current_slug(root), current_tag(root), f"v{version}"
    after = {
        path: with_tag(path.read_text("utf-8"), slug, old, new)
        for path in notebooks(root / "chapters")
    }
    for name, pattern, value in (("_config.yml", TAG, new), ("pyproject.toml", VERSION, version)):
        text = (root / name).read_text(encoding="utf-8")
        after[root / name] = pattern.sub(rf"\g<1>{value}", text)
    changed = [path for path, text in after.items() if text != path.read_text(encoding="utf-8")]
    for path in changed:
        files.write(path, after[path])
    return changed


def main(version: str, root: Path = ROOT) -> None:
    """Refuse a tag that is taken; else change the files and print what is left to do."""
    command = ["git", "-C", root, "tag", "--list", f"v{version}"]
    if subprocess.run(command, capture_output=True, text=True, check=False).stdout:
        sys.exit(f"the tag v{version} is taken: readers may have it. Choose the next VERSION.")
    for path in set_release(root, version):
        print(f"changed {path.relative_to(root)}")
    print(
        f'Now: git commit --all --message "Release {version}"'
        f"\n     git tag v{version}"
        f"\n     git push origin main v{version}"
    )


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
