"""The files that travel with the library: data, weights, pictures, the tables of claims and works.

`assets/SHA256SUMS` holds the digest of each; the scripts that make the files write it.
"""

import hashlib
from pathlib import Path

__all__ = ["path"]

_FOLDER = Path(__file__).parent / "assets"
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
        ValueError: no file of that name is shipped (the names are listed), or its SHA-256 is not
            the expected one (both are named).
        FileNotFoundError: the file is not there.
    """
    expected = _digests()
    if name not in expected:
        raise ValueError(f"expected one of {', '.join(expected)}, but got {name!r}.")
    found_at = (folder or _FOLDER) / name
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


def _digests() -> dict[str, str]:
    """File → SHA-256, from lines as `sha256sum` writes them."""
    lines = (_FOLDER / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    return {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
