"""The files that travel with the library: data, weights, pictures, the tables of claims and works.

`assets/SHA256SUMS` holds the digest of each; the scripts that make the files write it.
"""

import hashlib
import re
from pathlib import Path

__all__ = ["digests", "path"]

_FOLDER = Path(__file__).parent / "assets"
_LINE = re.compile(r"([0-9a-f]{64})  (\S.*)")
_MEND = (
    "Restore it with: git checkout -- aigc_lib, or install aigc_lib again. "
    "After a change of your own: make sums."
)


def path(name: str, folder: Path | None = None) -> Path:
    """Path of a shipped file, its digest checked.

    Args:
        name: of the file, such as "mnist.npz".
        folder: where to look; the library's own folder when None.

    Raises:
        ValueError: no file of that name is shipped (the names are listed), its SHA-256 is not
            the expected one (both are named), or the list of digests is damaged.
        FileNotFoundError: the file or the list is not there.
    """
    expected = digests(_FOLDER / "SHA256SUMS")
    if not isinstance(name, str) or name not in expected:
        raise ValueError(f"expected one of {', '.join(expected)}, but got {name!r}.")
    found_at = Path(folder or _FOLDER) / name
    if not found_at.is_file():
        raise FileNotFoundError(
            f"{found_at} is missing (expected SHA-256 {expected[name]}, found no file). {_MEND}"
        )
    found = hashlib.sha256(found_at.read_bytes()).hexdigest()
    if found != expected[name]:
        raise ValueError(
            f"{found_at} is damaged: expected SHA-256 {expected[name]}, found {found}. {_MEND}"
        )
    return found_at


def digests(sums: Path) -> dict[str, str]:
    """File → SHA-256, from lines as `sha256sum` writes them.

    Raises:
        ValueError: a line of another form, a file that has two lines, no line at all.
        FileNotFoundError: the list is not there.
    """
    if not sums.is_file():
        raise FileNotFoundError(f"{sums}, the list of digests, is missing. {_MEND}")
    found: dict[str, str] = {}
    for number, line in enumerate(sums.read_bytes().splitlines(), 1):
        entry = _LINE.fullmatch(line.decode(errors="replace"))
        if entry is None or entry[2] in found:
            raise ValueError(
                f"{sums}, line {number}: expected a SHA-256, two spaces and the name of a file, "
                f"each once, but got {line[:90]!r}. {_MEND}"
            )
        found[entry[2]] = entry[1]
    if not found:
        raise ValueError(f"{sums} is empty; expected a line for each shipped file. {_MEND}")
    return found
