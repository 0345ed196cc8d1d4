"""What the long benches share: rows that survive an interruption, and tables.

A bench is a file of this folder with

    KEY, WANTED       the columns that name a row; the names of all rows, tuples in that order
    measure(left)     gives a row, a dict, for each of those names, in any order: a generator
    table(rows)       the text that is printed at the end

and `run(__file__, KEY, WANTED, measure, table)` under `if __name__ == "__main__"`. Each row goes
to aigc_lib/results/<bench>.json as soon as it is there; rows that are there are not made again.
"""

import argparse
import ast
import json
import sys
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats

from aigc_lib import results
from bench.makes import differences, today
from tools import files

Row = dict[str, Any]
Name = tuple  # of a row: the values of its key columns


def run(
    file: str,
    key: Sequence[str],
    wanted: Sequence[Name],
    measure: Callable[[list[Name]], Iterable[Row]],
    table: Callable[[list[Row]], str],
    training: Callable[[Name], Any] | None = None,
    argv: Sequence[str] | None = None,
) -> None:
    """Make the rows that are missing, store each, print the table of all.

    Rows that were made with other code, other versions or another processor are told on stderr
    and kept; with --remake they go, and are made anew. Rows that another run of this bench stores
    meanwhile stay.

    Args:
        file: of the bench, `__file__`.
        key, wanted, measure, table: above. What `measure` gives has all key columns.
        training: name → the training that the row comes from, where one training gives several
            rows: if one is missing, all are made anew. None: each has its own.
        argv: the command line; None takes that of the program.

    Raises:
        ValueError: a stored file that is damaged; rows of `measure` that nobody asked for, that
            are missing, or that do not fit the stored ones.
    """
    bench = Path(file)
    asked = _options(bench, key, argv)
    path = asked.results or results._FOLDER / f"{bench.stem}.json"
    rows, now = _stored(path, key), today(bench)
    others = [name for name, row in rows.items() if differences(row["made"], now)]
    _report(path, [rows[name]["made"] for name in others], len(rows), now, asked.remake)

    chosen = [name for name in wanted if _is_chosen(dict(zip(key, name, strict=True)), asked.only)]
    left = [name for name in chosen if name not in rows or (asked.remake and name in others)]
    if training is not None:
        again = {training(name) for name in left}
        left = [name for name in wanted if training(name) in again]
    gone = {name: row for name, row in rows.items() if name in left}
    rows = {name: row for name, row in rows.items() if name not in left}
    order = {name: place for place, name in enumerate(wanted)}
    for found in measure(left) if left else ():
        row = json.loads(json.dumps(found, default=lambda x: x.tolist()))  # NumPy's numbers too
        name = tuple(row[column] for column in key)
        if name not in left:
            raise ValueError(f"expected a row of {left}, but got {name}: {row}.")
        with files.alone(path):
            there = _stored(path, key).items()
            rows |= {other: each for other, each in there if gone.get(other) != each}
            rows[name] = row | {"made": now}
            rows = dict(sorted(rows.items(), key=lambda item: order.get(item[0], len(order))))
            store(path, key, list(rows.values()))
        print({k: v for k, v in row.items() if not isinstance(v, list)}, flush=True)
    missing = [name for name in left if name not in rows]
    if missing:
        raise ValueError(f"expected a row for each name, but got none for {missing}.")
    print(table(list(rows.values())))


def store(path: Path, key: Sequence[str], rows: list[Row]) -> None:
    """Write a file of rows at once: whoever breaks it off finds the old file or the new one.

    Raises:
        ValueError: rows that `results.rows` would refuse; the file stays as it was.
    """
    content = results._text(list(key), rows).encode()
    try:
        results._read(path, content)
    except ValueError as error:
        raise ValueError(f"this bench made rows that were not stored: {error}") from error
    files.write(path, content)


# The command line


def _options(bench: Path, key: Sequence[str], argv: Sequence[str] | None) -> argparse.Namespace:
    """--remake, --only and --results, the same for all benches."""
    doc = ast.get_docstring(ast.parse(bench.read_text(encoding="utf-8"))) or bench.stem
    parser = argparse.ArgumentParser(f"python -m bench.{bench.stem}", None, doc.splitlines()[0])
    parser.add_argument(
        "--remake",
        action="store_true",
        help="make rows anew whose code, versions or processor are not today's",
    )
    parser.add_argument(
        "--only",
        nargs="+",
        default=[],
        metavar="COLUMN=VALUE",
        help=f"make only these rows; columns: {', '.join(key)}",
    )
    parser.add_argument("--results", type=Path, metavar="PATH", help="another file for the rows")
    asked = parser.parse_args(argv)
    for each in asked.only:
        if each.partition("=")[0] not in key or "=" not in each:
            parser.error(f"expected --only COLUMN=VALUE with a column of {key}, but got {each!r}")
    if asked.results and (asked.results.is_dir() or not asked.results.parent.is_dir()):
        parser.error(f"expected --results FILE in a folder that is there, but got {asked.results}")
    return asked


def _is_chosen(name: dict[str, Any], only: list[str]) -> bool:
    """Whether --only lets this row through: in each column it names, one of its values."""
    columns = {each.partition("=")[0] for each in only}
    return all(f"{column}={name[column]}" in only for column in columns)


def _stored(path: Path, key: Sequence[str]) -> dict[Name, Row]:
    """Name → row of the file, empty if there is none."""
    if not path.exists():
        return {}
    there, rows = results._read(path, path.read_bytes())
    if there != list(key):
        raise ValueError(f"{path} has the key {there}, but this bench {list(key)}. Rename one.")
    return {tuple(row[column] for column in key): row for row in rows}


def _report(path: Path, makes: list[dict], stored: int, now: dict, remake: bool) -> None:
    """Tell on stderr which stored rows were made otherwise."""
    if not makes:
        return
    lines = [f"WARNING: {len(makes)} of {stored} rows in {path} were not made as rows are today."]
    for make in [make for place, make in enumerate(makes) if make not in makes[:place]]:
        lines.append(
            f"  {makes.count(make)} of {make['date']}: {'; '.join(differences(make, now))}"
        )
    fate = "made anew where they are asked for" if remake else "kept; --remake makes them anew"
    print("\n".join([*lines, f"They are {fate}."]), file=sys.stderr)


# Numbers and tables


def mean_sd(values: Sequence[float], mean: str = ".4g", sd: str = ".2g") -> str:
    """Mean ± standard deviation in these formats; "–" for no value, no ± for a single one."""
    if len(values) == 0:
        return "–"
    spread = f" ± {np.std(values, ddof=1):{sd}}" if len(values) > 1 else ""
    return f"{np.mean(values):{mean}}{spread}"


def interval(
    values: Sequence[float], against: Sequence[float] | None = None, confidence: float = 0.95
) -> tuple[float, float]:
    """Student's interval of a mean, or Welch's of the difference of two means.

    Args:
        values: two or more, such as one a seed.
        against: the others, whose mean is taken away; two or more.
        confidence: in 0 … 1.

    Returns:
        Its ends; NaN if there are fewer than two values on a side.
    """
    sides = [np.asarray(side, float) for side in (values, against) if side is not None]
    if min(map(len, sides)) < 2:
        return float("nan"), float("nan")
    if all(np.ptp(side) == 0 for side in sides):  # no spread, for which SciPy has no interval
        middle = float(sides[0][0] - (sides[1][0] if against is not None else 0))
        return middle, middle
    if against is None:
        test = stats.ttest_1samp(sides[0], 0.0)
    else:
        test = stats.ttest_ind(*sides, equal_var=False)
    low, high = test.confidence_interval(confidence)
    return float(low), float(high)


def crossing(curve: Iterable[tuple[float, float]], bar: float) -> float | None:
    """The second at which values fall below a bar for the first time, on a scale of log seconds.

    Args:
        curve: of points (second, value), in any order.
        bar: a value.

    Returns:
        None where they never do; the first second of all where they are below from the start.
    """
    points = sorted(curve)
    if points and points[0][1] < bar:
        return points[0][0]
    for (early, high), (late, low) in pairwise(points):
        if low < bar:
            return early * (late / early) ** ((high - bar) / (high - low))
    return None


def aligned(head: Sequence[str], lines: Iterable[Sequence]) -> str:
    """A table as text: the first column to the left, the others to the right."""
    cells = [[str(cell) for cell in line] for line in (head, *lines)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    first, *others = widths
    return "\n".join(
        "  ".join([f"{line[0]:{first}}", *map("{:>{}}".format, line[1:], others)]) for line in cells
    )
