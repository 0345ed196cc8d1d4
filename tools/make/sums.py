"""The digests of all files that travel with the library: aigc_lib/assets/SHA256SUMS.

    python -m tools.make.sums        after a file in the folder was changed by hand

Lines as `sha256sum` writes them, so that `sha256sum -c SHA256SUMS` checks the folder too.
"""

import hashlib
from pathlib import Path

from aigc_lib import assets
from tools import ROOT, files

ASSETS = ROOT / "aigc_lib/assets"
SUMS = "SHA256SUMS"


def record(path: Path) -> str:
    """Write the SHA-256 of a file into the `SHA256SUMS` beside it; returns the digest.

    Raises:
        ValueError: the `SHA256SUMS` that is there is damaged.
    """
    digest = _digest(path)
    sums = path.parent / SUMS
    others = assets.digests(sums) if sums.exists() else {}
    _write(sums, others | {path.name: digest})
    return digest


def record_all(folder: Path) -> dict[str, str]:
    """Write `SHA256SUMS` anew for all files of a folder; returns name → digest."""
    shipped = [p for p in folder.iterdir() if p.name != SUMS and not p.name.startswith(".")]
    digests = {path.name: _digest(path) for path in shipped}
    _write(folder / SUMS, digests)
    return digests


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _write(sums: Path, digests: dict[str, str]) -> None:
    lines = [f"{digest}  {name}\n" for name, digest in sorted(digests.items())]
    files.write(sums, "".join(lines))


if __name__ == "__main__":
    for name, digest in sorted(record_all(ASSETS).items()):
        print(digest, name)
