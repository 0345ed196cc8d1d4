"""Files of the repository: read with advice, written whole or not at all.

Whatever benches and tools store goes through `replacing` or `write`; tests/book/test_files.py finds
a module that writes past them.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a path to write to; at the end of the block the new file takes the place of `path`.

    The new file has the name of the old one, and lies in a hidden folder beside it until its bytes
    are on the disk: a full disk or an interruption leaves the old file whole and nothing else.

    Raises:
        BaseException: what the block or the disk raises, with a note that says which file was not
            written and what to do.
    """
    path = Path(os.path.realpath(path))  # of a link: the file itself, so that the link stays
    try:
        with tempfile.TemporaryDirectory(prefix=".part-", dir=path.parent) as folder:
            part = Path(folder) / path.name
            yield part
            with part.open("r+b") as file:
                os.fsync(file.fileno())
            if path.exists():
                shutil.copymode(path, part)
            os.replace(part, path)
    except BaseException as error:
        error.add_note(
            f"{path} was not written; it is as it was before. See that {path.parent} is there, "
            f"that you may write to it and that its disk has space (df -h), then run this again."
        )
        raise


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Let one process at a time through the block: to read a file, change it, write it back.

    Others wait. The lock is on the file's folder, as `replacing` puts another file in its place,
    and goes with the process that holds it.
    """
    folder = os.open(os.path.dirname(os.path.realpath(path)), os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def write(path: Path, content: str | bytes) -> None:
    """Put a text, as UTF-8, or bytes into a file: see `replacing`."""
    with replacing(path) as part:
        part.write_bytes(content.encode() if isinstance(content, str) else content)


def read(path: Path) -> str:
    """The text of a file of the repository.

    Raises:
        ValueError: no such file, or its bytes are no UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8")
    except (FileNotFoundError, UnicodeDecodeError) as error:
        missing = isinstance(error, FileNotFoundError)
        found = "is missing" if missing else f"is damaged: its bytes are no UTF-8 ({error})"
        raise ValueError(f"{path} {found}. {restore(path)}.") from error


def restore(path: Path) -> str:
    """How to get the last stored version of a file back, for the end of an error message."""
    return f"Restore it with: git -C {path.parent} checkout -- {path.name}"
