"""What diagrams are made of: boxes, arrows between them, labels.

Coordinates are inches from the top left of the figure; a box is its two corners, [[x0, y0],
[x1, y1]]. What the fields of nodes and edges mean stands in diagrams.py.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch, Polygon
from matplotlib.text import Text

from aigc_lib import _sketches
from aigc_lib._tones import INK

BOX_TEXT, FREE_TEXT = 12, 11  # points
HEAD = 0.1  # inches: the head of an arrow

# kind → corner radius (1: half the height), share of the accent in the fill, accent as border?
KINDS = {
    "data": (0.0, 0.0, False),
    "network": (0.25, 0.25, True),
    "still": (0.25, 0.0, False),  # a network that does not move
    "number": (1.0, 0.0, False),
    "random": (1.0, 0.0, False),  # with a dashed border
    "loss": (1.0, 0.0, True),
    "note": (0.0, 0.0, False),  # text without a box
}
STYLES = {"value": "-", "gradient": (0, (4, 2)), "cut": (0, (1, 2))}  # → dashes of the line
SIDES = {  # of a line → where the label goes from it, in inches, and how it is aligned
    "right": (0.08, 0, "left", "center"),
    "left": (-0.08, 0, "right", "center"),
    "above": (0, -0.05, "center", "bottom"),
    "below": (0, 0.05, "center", "top"),
}

# Ways from box to box, in inches from the top left


def route(
    edge: Mapping[str, Any], boxes: dict[str, np.ndarray], via: list[np.ndarray]
) -> np.ndarray:
    """The corners of an edge's line, its ends on the borders of the two boxes."""
    first, last = boxes[edge["from"]], boxes[edge["to"]]
    shift = edge.get("shift", 0.0)
    if not via:
        via = _straight(first, last, shift) or [
            _corner(first, last, shift, edge.get("bend", "down"))
        ]
    start, end = _border(first, via[0]), _border(last, via[-1])
    if start is None or end is None:
        raise ValueError(
            f"expected via of the edge {edge['from']} → {edge['to']} to begin and end beside, "
            f"above or below its boxes, but got {edge.get('via')}. Move its first or last corner."
        )
    line = np.array([start, *via, end])
    line = line[np.append(True, np.abs(np.diff(line, axis=0)).max(axis=1) > 1e-9)]
    if np.hypot(*(line[-1] - line[-2])) < HEAD:
        raise ValueError(
            f"expected the last part of the edge {edge['from']} → {edge['to']} to be at least "
            f"{HEAD} inches long, as the arrow's head is, but got {line[-2:].round(2).tolist()}. "
            "Move the box or the last corner away from the other."
        )
    return line


def _straight(first: np.ndarray, last: np.ndarray, shift: float) -> list[np.ndarray]:
    """A point between two boxes through which a straight line joins them, or none.

    At the middle of the smaller box where that is possible, else where they overlap.
    """
    low, high = np.maximum(first[0], last[0]), np.minimum(first[1], last[1])
    point = (low + high) / 2
    for axis in (0, 1):  # boxes above each other, then boxes beside each other
        if high[axis] - low[axis] > 0.2 and high[1 - axis] < low[1 - axis]:
            middle = min(first, last, key=lambda box: np.ptp(box[:, axis])).mean(axis=0)[axis]
            if low[axis] + 0.1 < middle < high[axis] - 0.1:
                point[axis] = middle
            point[axis] += shift
            return [point]
    return []


def _corner(first: np.ndarray, last: np.ndarray, shift: float, bend: str) -> np.ndarray:
    """Where the line turns: below or above the first box, or beside it."""
    (x1, y1), (x2, y2) = first.mean(axis=0), last.mean(axis=0)
    return np.array((x2 + shift, y1) if bend == "across" else (x1 + shift, y2))


def _border(box: np.ndarray, point: np.ndarray) -> np.ndarray | None:
    """The point of a box's border straight across from a point outside; None across a corner."""
    nearest = np.clip(point, *box)
    return nearest if np.count_nonzero(np.abs(nearest - point) > 1e-9) == 1 else None


# Drawing, in the same inches


def draw_node(ax: Axes, node: Mapping[str, Any], box: np.ndarray, accent: str) -> Text:
    """The box of a node, and the text that stands in it."""
    radius, share, coloured = KINDS[node["kind"]]
    (x, y), note = box.mean(axis=0), node["kind"] == "note"
    if not note:
        (x0, y0), (x1, y1) = box.tolist()
        corner = min(radius * (y1 - y0) / 2, 0.25)  # inches
        style = f"round,pad=0,rounding_size={corner}" if corner else "square,pad=0"
        patch = FancyBboxPatch((x0, y0), x1 - x0, y1 - y0, boxstyle=style)
        patch.set(facecolor=_sketches.pale(accent, share), linewidth=1.6 if coloured else 1.2)
        patch.set(edgecolor=accent if coloured else INK)
        patch.set(linestyle=(0, (3, 2)) if node["kind"] == "random" else "-")
        ax.add_patch(patch)
    size, colour = (FREE_TEXT, INK) if note else (BOX_TEXT, _sketches.ON_PALE)
    text = ax.text(x, y, node["text"], fontsize=size, color=colour)
    text.set(ha="center", va="center", linespacing=1.3)
    return text


def draw_edge(ax: Axes, line: np.ndarray, style: str, accent: str) -> None:
    """An arrow along a line; one that is cut has a cross on it."""
    colour = accent if style == "gradient" else INK
    tip = line[-1]
    along = (tip - line[-2]) / np.hypot(*(tip - line[-2]))
    base, across = tip - HEAD * along, 0.045 * along[::-1] * (1, -1)
    ax.add_patch(Polygon([tip, base + across, base - across], color=colour, linewidth=0))
    body = np.array([*line[:-1], base])
    ax.plot(*body.T, linestyle=STYLES[style], color=colour, linewidth=1.4)
    if style == "cut":
        ax.plot(*_middle(body)[0], "x", color=colour, markersize=9, markeredgewidth=2)


def draw_label(ax: Axes, line: np.ndarray, edge: Mapping[str, Any]) -> Text:
    """A text beside the middle of a line's longest part."""
    (x, y), upright = _middle(line)
    side = edge.get("side", "right" if upright else "above")
    dx, dy, ha, va = SIDES[side]
    place: dict[str, Any] = {"ha": ha, "va": va, "fontsize": FREE_TEXT, "color": INK}
    return ax.text(x + dx, y + dy, edge["label"], linespacing=1.2, **place)


def _middle(line: np.ndarray) -> tuple[np.ndarray, bool]:
    """The middle of the longest part of a line, and whether that part is upright."""
    steps = np.diff(line, axis=0)
    longest = np.hypot(*steps.T).argmax()
    return line[longest] + steps[longest] / 2, bool(steps[longest, 0] == 0)
