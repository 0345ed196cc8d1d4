"""Measure the two ends of every table of metrics. `make bounds`.

floor     the first 10 000 training images: real digits, and all of them copies
ceiling   10 000 images of uniform noise
"""

from collections.abc import Iterator

import numpy as np

from aigc_lib import data, digits
from bench.rows import aligned, run

KEY, WANTED = ("end",), [("floor",), ("ceiling",)]


def images(end: str) -> np.ndarray:
    """Signed images, as many as every model is judged by."""
    if end == "floor":
        return data.to_signed(data.load_mnist()[0][0][: digits.JUDGED])
    noise = np.random.default_rng(0).uniform(-1, 1, (digits.JUDGED, 28, 28, 1))
    return noise.astype("float32")


def measure(left: list[tuple]) -> Iterator[dict]:
    """A row for each end."""
    return ({"end": end} | digits.measure(images(end)) for (end,) in left)


def table(rows: list[dict]) -> str:
    """One line a metric, one column an end."""
    metrics = [name for name in rows[0] if name not in ("end", "made")]
    lines = [(name, *(f"{row[name]:.4g}" for row in rows)) for name in metrics]
    return aligned(("", *(row["end"] for row in rows)), lines)


if __name__ == "__main__":
    run(__file__, KEY, WANTED, measure, table)
