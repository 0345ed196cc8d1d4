"""The diagrams that are drawings rather than boxes, and the tones and the ground of all of them.

`diagrams.show` shows them, `diagrams.alt` says what they show. All coordinates are inches from
the top left of the figure.
"""

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Ellipse, Rectangle

from aigc_lib._tones import COLOURS, INK

__all__ = ["ON_PALE", "SKETCHES", "canvas", "pale"]

ON_PALE = "#1a1a1a"  # text in a box


def pale(colour: str, share: float) -> str:
    """So much of a colour in white, as "#rrggbb"; with none of it a very light grey."""
    white = np.array(to_rgb("#f4f4f4"))
    return to_hex(white + share * (to_rgb(colour) - white))


def canvas(width: float, height: float) -> tuple[Figure, Axes]:
    """An empty figure of that size in inches, its axes in the same inches, from the top left."""
    fig = plt.figure(figsize=(width, height), layout="none", facecolor="none")
    ax = fig.add_axes((0, 0, 1, 1), xlim=(0, width), ylim=(height, 0))
    ax.axis("off")
    return fig, ax


def _say(ax: Axes, x: float, y: float, text: str, **style: Any) -> None:
    """Free text, its middle there unless `style` says otherwise."""
    look: dict[str, Any] = {
        "ha": "center",
        "va": "center",
        "fontsize": 11,
        "color": INK,
        "linespacing": 1.3,
    }
    ax.text(x, y, text, **look | style)


def elbo() -> Figure:
    """log p(x) as a bar of ELBO and gap, for three encoders."""
    fig, ax = canvas(4.6, 3.3)
    left, length, colour = 0.2, 4.2, COLOURS[2]
    for i, (who, share) in enumerate({"rough": 0.55, "better": 0.82, "perfect": 1.0}.items()):
        top = 0.4 + i
        _say(ax, left, top - 0.15, f"{who} encoder", ha="left")
        bar: dict[str, Any] = {"edgecolor": colour, "linewidth": 1.6}
        ax.add_patch(
            Rectangle((left, top), share * length, 0.45, facecolor=pale(colour, 0.35), **bar)
        )
        inside = {"color": ON_PALE, "fontsize": 12}
        _say(ax, left + share * length / 2, top + 0.225, "ELBO", **inside)
        if share < 1:
            start = left + share * length
            rest = Rectangle(
                (start, top), left + length - start, 0.45, facecolor="none", hatch="////"
            )
            rest.set(edgecolor=INK, linewidth=1.2)
            ax.add_patch(rest)
            _say(ax, (start + left + length) / 2, top - 0.15, "gap")
    ax.plot([left + length] * 2, [0.15, 2.95], color=INK, linewidth=1.4)
    _say(ax, left + length, 3.1, r"$\log\,p(x)$: the same for all three", ha="right")
    return fig


# Points in the plane, in inches: the generated ones know one of two heaps, and two are nowhere
REAL = np.array(
    [[0.7, 1.2], [1.2, 0.8], [1.4, 1.5], [0.9, 1.8], [3.3, 1.2], [3.8, 0.9], [3.7, 1.6]]
)
FAKE = np.array([[0.9, 1.1], [1.4, 1.1], [1.2, 1.4], [0.8, 1.5], [2.3, 1.7], [2.6, 1.4]])


def balls(k: int = 1) -> Figure:
    """Balls out to the k-th neighbour, round the real points and round the generated ones."""
    fig, ax = canvas(4.6, 5.35)
    real = (REAL, "o", COLOURS[0], "real")
    fake = (FAKE, "^", COLOURS[1], "generated")
    panels = {"Precision": (real, fake), "Recall": (fake, real)}
    for top, (name, (centres, points)) in zip((0.25, 2.75), panels.items(), strict=True):
        radii, inside = reached(centres[0], points[0], k)
        for centre, radius in zip(centres[0] + (0, top), radii, strict=True):
            look: dict[str, Any] = {
                "facecolor": (*to_rgb(centres[2]), 0.13),
                "edgecolor": centres[2],
            }
            ax.add_patch(Circle(centre, radius, linewidth=0.6, **look))
        ax.plot(*(centres[0] + (0, top)).T, centres[1], color=centres[2], markersize=5)
        for chosen, fill in ((inside, points[2]), (~inside, "none")):
            marks: dict[str, Any] = {
                "markerfacecolor": fill,
                "markersize": 8,
                "markeredgewidth": 1.5,
            }
            ax.plot(*(points[0][chosen] + (0, top)).T, points[1], color=points[2], **marks)
        share = f"{name}: {inside.sum()} of {len(inside)} {points[3]} points"
        _say(ax, 2.3, top, f"{share} in a ball round a {centres[3]} one")
    _say(ax, 2.3, 5.15, "filled: inside some ball; hollow: in none")
    return fig


def reached(centres: np.ndarray, points: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """The radius of each centre's ball, out to its k-th neighbour; whether points lie in one."""
    own = np.linalg.norm(centres[:, None] - centres, axis=-1)
    radii = np.sort(own, axis=0)[k]  # the nearest of all is the centre itself
    between = np.linalg.norm(centres[:, None] - points, axis=-1)
    return radii, (between < radii[:, None]).any(axis=0)


def frechet_kid() -> Figure:
    """Two clouds, summed up by mean and covariance, and compared pair by pair."""
    fig, ax = canvas(4.6, 5.5)
    rng = np.random.default_rng(4)
    shapes = ([[0.16, 0.07], [0.07, 0.10]], [[0.10, -0.06], [-0.06, 0.16]])
    middles = ((1.3, 1.0), (3.2, 1.1))
    clouds = [rng.multivariate_normal(*law, size=14) for law in zip(middles, shapes, strict=True)]
    for top in (0.0, 2.75):
        for points, mark, colour in zip(clouds, "o^", COLOURS, strict=False):
            ax.plot(points[:, 0], points[:, 1] + top, mark, color=colour, markersize=4.5)
    for points, colour in zip(clouds, COLOURS, strict=False):
        sizes, turns = np.linalg.eigh(np.cov(points.T))
        turn = np.degrees(np.arctan2(*turns[::-1, 1]))
        look: dict[str, Any] = {
            "facecolor": (*to_rgb(colour), 0.15),
            "edgecolor": colour,
            "linewidth": 1.4,
        }
        # four standard deviations across: two to each side of the mean
        ax.add_patch(Ellipse(points.mean(axis=0), *4 * sizes[::-1] ** 0.5, angle=turn, **look))
        ax.plot(*points.mean(axis=0), "x", color=INK, markersize=9, markeredgewidth=2)
    for ends in (clouds[0][[0, 5]], clouds[1][[1, 6]], (clouds[0][2], clouds[1][3])):
        x, y = np.transpose(ends)
        ax.plot(x, y + 2.75, color=INK, linewidth=1.4)
    _say(ax, 2.3, 2.35, "Fréchet: a mean and a covariance of each cloud,\nthen one number")
    pairs = "averaged over pairs\nwithin each cloud and between them"
    _say(ax, 2.3, 5.1, f"KID: how alike are two points? {pairs}: one number")
    return fig


SKETCHES = {"elbo": elbo, "balls": balls, "frechet-kid": frechet_kid}
