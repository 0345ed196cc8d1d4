"""Draw earth-mover.webp: a heap carried, spadeful by spadeful, to where it is wanted (chapter 22).

    python -m tools.make.animate_earth_mover

On a line the best plan keeps the order: the first spadeful goes to the first place.
"""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.pyplot import subplots

from aigc_lib import plots
from tools.make import moving

FROM = np.array([1, 2, 2, 3, 3, 3, 4, 4, 5, 5])  # the place of each spadeful, a tenth of all earth
TO = np.array([6, 7, 8, 8, 8, 9, 9, 9, 9, 10])
FLIGHT = 5  # frames of each spadeful's way


def stacked(places: np.ndarray) -> np.ndarray:
    """(place, height) of each spadeful, in heaps; shape (n, 2)."""
    heights = [np.count_nonzero(places[:i] == place) for i, place in enumerate(places)]
    return np.stack([places, heights], axis=1).astype(float)


def spade(ax: Axes, x: float, y: float, colour: str, fill: bool) -> None:
    """One spadeful, a square that stands at x, y."""
    look = {"facecolor": colour if fill else "none", "edgecolor": plots.INK}
    ax.add_patch(Rectangle((x - 0.45, y + 0.05), 0.9, 0.9, linewidth=0.8, **look))


def draw(moved: float) -> Figure:
    """One frame: so many spadefuls have arrived, the next is so far on its way."""
    fig, ax = subplots(figsize=(5.0, 2.9))
    start, goal = stacked(FROM), stacked(TO)
    share = np.clip(moved - np.arange(len(FROM))[::-1], 0, 1)[:, None]  # the last one goes first
    now = start + share * (goal - start)
    now[:, 1] += 12 * (share * (1 - share))[:, 0]  # carried over the others
    for x, y in [*start, *goal]:
        spade(ax, x, y, "none", fill=False)
    for (x, y), arrived in zip(now, share[:, 0], strict=True):
        spade(ax, x, y, plots.COLOURS[1 if 0 < arrived < 1 else 0], fill=True)
    work = float((share[:, 0] * (TO - FROM)).mean())
    done = "= W₁" if moved == len(FROM) else ""
    ax.set_title(f"work so far: {work:.2f} {done}", fontsize=11, color=plots.INK)
    ax.set(xlim=(0, 11), ylim=(0, 6.5), yticks=[], xticks=range(1, 11), xlabel="place")
    ax.spines["left"].set_visible(False)
    ax.grid(False)
    return fig


def main() -> None:
    """A few seconds."""
    plots.use_style()
    stops = np.arange(FLIGHT * len(FROM) + 1) / FLIGHT
    moving.write("earth-mover", [moving.picture(draw(moved)) for moved in stops], pause=120)


if __name__ == "__main__":
    main()
