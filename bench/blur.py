"""What blur does to the measures, and what lost variety does. `make bench-blur`.

Real training digits in place of samples, against the test images, all metrics:

    real              10 000 as they are
    blur 0.45 … 0.75  the same, blurred by a Gaussian filter of so many pixels: no variety is lost
    no 4 … 10 images  variety is lost: a class, half of the classes, all but so many images
    glued             3000 of them have the lower half of another digit; then the same, blurred

Beside the metrics of `digits.measure` each row has candidates for a measure that blur does not
move (`even`); this bench is their test. bench/gan_vs_vae.py measures its samples alike.

About ten minutes.
"""

from collections.abc import Iterator
from functools import cache

import numpy as np
from scipy.ndimage import gaussian_filter

from aigc_lib import data, digits, scorer
from aigc_lib.distances import neighbourhoods
from bench.rows import aligned, run

SIGMAS = (0.45, 0.55, 0.65, 0.75)  # of the blur, in pixels
LEVEL = 0.025  # the sharpness to which `soft` brings both sides; test images have 0.074
BLOCK = 4  # pixels a side of the squares of which `blocks` takes the mean
KEY = ("images",)
BLURS = {f"blur {sigma}": sigma for sigma in SIGMAS}
LOSSES = ("no 4", "five classes", "1000 images", "10 images")
WANTED = [(name,) for name in ("real", *BLURS, *LOSSES, "glued", "glued, blurred")]


def blurred(images: np.ndarray, sigma: float) -> np.ndarray:
    """Signed images (n, 28, 28, 1), each blurred for itself; clear paper lies beyond the edges."""
    return gaussian_filter(images, (0, sigma, sigma, 0), mode="constant", cval=-1)


def sharpness(images: np.ndarray) -> float:
    """Mean squared difference of neighbouring pixels, down plus across, ink 1 and paper 0."""
    ink = data.rescale(images, "signed", "unit")
    return float(sum((np.diff(ink, axis=axis) ** 2).mean() for axis in (1, 2)))


def soft(images: np.ndarray) -> np.ndarray:
    """The images, all blurred alike until their sharpness is LEVEL; softer ones stay."""
    low, high = 0.0, 3.0
    if sharpness(images) <= LEVEL:
        return images
    for _ in range(12):  # to a thousandth of a pixel
        sigma = (low + high) / 2
        low, high = (sigma, high) if sharpness(blurred(images, sigma)) > LEVEL else (low, sigma)
    return blurred(images, high)


def blocks(images: np.ndarray) -> np.ndarray:
    """The mean of each square of 4 × 4 pixels: (n, 49)."""
    side = 28 // BLOCK
    squares = images.reshape(len(images), side, BLOCK, side, BLOCK)
    return squares.mean(axis=(2, 4), dtype=float).reshape(len(images), -1)


@cache
def references() -> tuple[np.ndarray, np.ndarray]:
    """Of the test images: the features when soft, and the blocks."""
    images = data.to_signed(data.load_mnist()[1][0])
    return scorer.judge(soft(images)).features, blocks(images)


def even(images: np.ndarray) -> dict[str, float]:
    """Precision, recall, density and coverage of soft features and of blocks; the sharpness."""
    features = scorer.judge(soft(images)).features, blocks(images)
    found = {"sharpness": sharpness(images)}
    for name, ours, theirs in zip(("soft", "block"), features, references(), strict=True):
        scores = neighbourhoods(theirs, ours)._asdict()
        found |= {f"{name} {measure}": value for measure, value in scores.items()}
    return found


def images(name: str) -> np.ndarray:
    """Signed images, 10 000."""
    x, y = data.load_mnist()[0]
    x = data.to_signed(x)
    real = x[: digits.JUDGED]
    if name in BLURS:
        return blurred(real, BLURS[name])
    if name == "no 4":
        return x[y != 4][: digits.JUDGED]
    if name == "five classes":
        return x[y < 5][: digits.JUDGED]
    if name == "1000 images":
        return np.repeat(real[:1000], 10, axis=0)
    if name == "10 images":
        return np.repeat(x[[np.argmax(y == digit) for digit in range(10)]], 1000, axis=0)
    if name.startswith("glued"):
        real = real.copy()
        real[:3000, 14:] = x[-3000:, 14:]
    return blurred(real, SIGMAS[-1]) if name == "glued, blurred" else real


def measure(left: list[tuple]) -> Iterator[dict]:
    """A row for each set of images."""
    for (name,) in left:
        these = images(name)
        yield {"images": name, **digits.measure(these), **even(these)}


def table(rows: list[dict]) -> str:
    """One line a set of images, the measures that are argued about."""
    names = [f"{kind}{name}" for kind in ("", "soft ", "block ")
             for name in ("precision", "recall", "density", "coverage")]  # fmt: skip
    names = ["sharpness", "FD-LeNet", "TV", *names]
    lines = [(row["images"], *(f"{row[name]:.3f}" for name in names)) for row in rows]
    return aligned(("", *names), lines)


if __name__ == "__main__":
    run(__file__, KEY, WANTED, measure, table)
