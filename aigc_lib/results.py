"""Measured tables: what took longer than a cell may, each row with its day, versions and machine.

One file a bench in aigc_lib/results; bench/rows.py writes it, nothing else knows its format:

    {"sha256": "07f4…",
     "key": ["model", "seed"],
     "makes": [{"date": "2026-11-24", "processor": "…", "tensorflow": "2.21.0", …}],
     "rows": [
      {"make": 0, "model": "GAN", "seed": 0, "FD-LeNet": 9.7, …},
      …one row a line…
     ]}

sha256  the digest of all that follows its line, so that no number changes unseen: what
        `tail -n +2 FILE | sha256sum` prints
key     the columns that name a row
makes   what rows were made with, each once: the day, the processor, the versions, and `code`, a
        digest of the bench and of all that it uses (null where nobody took it)
rows    numbers, texts, truth values and lists; `make` is the place of a row's make in `makes`
"""

import hashlib
import json
import re
from pathlib import Path
from typing import Any

__all__ = ["rows"]

Row = dict[str, Any]

_FOLDER = Path(__file__).parent / "results"
_MAKE = ("date", "processor", "tensorflow", "keras", "numpy", "python", "code")
_KINDS = {bool: "truth value", int: "number", float: "number", str: "text", list: "list"}


def rows(name: str) -> list[Row]:
    """The stored rows of one bench.

    Args:
        name: of the bench, such as "gan_vs_vae".

    Returns:
        A dict a row, column → value, and under "made" what it was made with: a dict of date,
        processor, tensorflow, keras, numpy, python and code. A column that says nothing about a
        row, such as the score of a training that diverged, is missing there.

    Raises:
        ValueError: no such bench (the known ones are named); a file that is damaged or breaks
            the format: file, finding and remedy are named.
    """
    known = sorted(path.stem for path in _FOLDER.glob("*.json"))
    if not known:
        raise ValueError(
            f"{_FOLDER} has no stored rows. Restore it with: git checkout -- aigc_lib/results, or "
            "install aigc_lib again."
        )
    if name not in known:
        raise ValueError(
            f"expected the name of a bench with stored rows, {', '.join(known)}, but got {name!r}."
        )
    path = _FOLDER / f"{name}.json"
    return _read(path, path.read_bytes())[1]


def _read(path: Path, stored: bytes) -> tuple[list[str], list[Row]]:
    """The key and the rows of what is stored in a file, or shall be; all of it checked."""
    try:
        content = json.loads(stored)
    except ValueError as error:  # no JSON, or no text
        raise _broken(path, f"is damaged or half-written: {error}") from error
    _check_digest(path, stored)
    parts = {"key": list, "makes": list, "rows": list}
    for part, kind in parts.items():
        if not isinstance(content, dict) or not isinstance(content.get(part), kind):
            raise _broken(path, f"has no list {part!r}; expected {', '.join(parts)}")
    key, makes, found = (content[part] for part in parts)
    if not key or not all(isinstance(column, str) for column in key):
        raise _broken(path, f"has the key {key}; expected the names of one column or more")
    for place, make in enumerate(makes):
        _check_make(path, place, make)
    return key, _checked(path, key, makes, found)


def _text(key: list[str], found: list[Row]) -> str:
    """The content of a file with these rows, which hold their makes under "made"."""
    makes, lines = [], []
    for row in found:
        if row["made"] not in makes:
            makes.append(row["made"])
        columns = {name: value for name, value in row.items() if name != "made"}
        stored = {"make": makes.index(row["made"]), **columns}
        lines.append("  " + json.dumps(stored, ensure_ascii=False))
    head = f' "key": {json.dumps(key)},\n "makes": [\n'
    made = ",\n".join("  " + json.dumps(make, ensure_ascii=False) for make in makes)
    body = head + made + '\n ],\n "rows": [\n' + ",\n".join(lines) + "\n ]}\n"
    return _first_line(body.encode()) + body


def _first_line(body: bytes) -> str:
    """The line with the digest of all lines that follow it."""
    return f'{{"sha256": "{hashlib.sha256(body).hexdigest()}",\n'


def _check_digest(path: Path, stored: bytes) -> None:
    """Raise unless the first line has the digest of the others."""
    first, _, body = stored.partition(b"\n")
    digest = re.fullmatch(rb'\{"sha256": "([0-9a-f]{64})",', first)
    if digest is None:
        raise _broken(path, 'has no digest; expected {"sha256": "…", as its first line')
    expected, found = digest[1].decode(), hashlib.sha256(body).hexdigest()
    if found != expected:
        raise _broken(
            path,
            f"is not as it was measured: expected SHA-256 {expected}, which stands in its first "
            f"line, but found {found}",
        )


def _checked(path: Path, key: list[str], makes: list[dict], found: list[Any]) -> list[Row]:
    """The rows with their makes, or an error that names the first bad one."""
    seen: dict[tuple, int] = {}
    kinds: dict[str, str | None] = {}
    whole = []
    for place, row in enumerate(found):
        here = f"row {place}"
        if not isinstance(row, dict):
            raise _broken(path, f"{here} is {row!r}; expected columns with their values")
        make = row.get("make")
        if type(make) is not int or not 0 <= make < len(makes):
            raise _broken(path, f"{here} has the make {make!r}; expected 0 … {len(makes) - 1}")
        for column, value in row.items():
            kind = _KINDS.get(type(value))
            first = kinds.setdefault(column, kind)
            if kind is None or kind != first:
                wanted = first or ", ".join(dict.fromkeys(_KINDS.values()))
                raise _broken(
                    path, f"{here} has {column} = {value!r}; expected a {wanted}, as in all rows"
                )
        name = tuple(row.get(column) for column in key)
        for column, value in zip(key, name, strict=True):
            if not isinstance(value, str | int | float):
                raise _broken(path, f"{here} has no number or text for its key column {column!r}")
        if name in seen:
            raise _broken(path, f"rows {seen[name]} and {place} have one key, {name}")
        seen[name] = place
        columns = {column: value for column, value in row.items() if column != "make"}
        whole.append({**columns, "made": makes[make]})
    return whole


def _check_make(path: Path, place: int, make: Any) -> None:
    """Raise unless a make says all that it must."""
    if not isinstance(make, dict):
        raise _broken(path, f"make {place} is {make!r}; expected {', '.join(_MAKE)}")
    for field in _MAKE:
        fits = isinstance(make.get(field), str) or (field == "code" and make.get(field, 0) is None)
        if not fits:
            found = repr(make[field]) if field in make else "nothing"
            raise _broken(path, f"make {place} has {found} for {field!r}; expected a text")


def _broken(path: Path, what: str) -> ValueError:
    """The error, with both ways to mend the file."""
    return ValueError(
        f"{path}: {what}. Restore it with: git checkout -- aigc_lib/results/{path.name}, or "
        f"delete it and measure anew: python -m bench.{path.stem}."
    )
