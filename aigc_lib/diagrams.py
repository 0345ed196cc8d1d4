"""Block diagrams that look alike, each drawn from its description in assets/diagrams.yml.

A description is a mapping:

    name: the diagram's. accent: its one colour, a place in `plots.COLOURS`.
    alt: what it shows, for those who do not see it.
    columns, row, box: how many columns share the width; the height of a row and the [width,
        height] of a box, in inches.
    nodes: each {id, kind, at, text}, perhaps {size}: kind is one of `_blocks.KINDS`; at is
        [column, row], from [0, 0] at the top left, halves too; text may have two lines and
        mathtext.
    edges: each {from, to}, perhaps {label, side, style, shift, bend, via}: style is one of
        `_blocks.STYLES`; side says where the label stands: right, left, above or below; shift
        moves the line, in inches; bend (down or across) is the first way to a box that is neither
        above nor beside; via gives the corners as [column, row].

The ground is transparent. Lines and free text have tones that read on white and on a dark page;
text in a box is black on pale. All fits a phone: 4.6 inches wide, text of 10 points and more.
"""

from collections.abc import Mapping
from functools import cache
from itertools import combinations
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import yaml
from matplotlib.figure import Figure
from matplotlib.path import Path
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from aigc_lib import _blocks, _sketches, assets, checks, plots

__all__ = ["alt", "draw", "names", "show"]

WIDTH = 4.6  # inches: what a phone shows without making the text too small
EDGE = 0.05  # inches between the outermost box and the border

NEEDED = {"name", "alt", "accent", "columns", "row", "box", "nodes", "edges"}
OF_A_NODE = ({"id", "kind", "at", "text"}, {"size"})  # needed, possible
OF_AN_EDGE = ({"from", "to"}, {"label", "side", "style", "shift", "bend", "via"})
CHOSEN = {"side": _blocks.SIDES, "style": _blocks.STYLES, "bend": ("down", "across")}


@cache
def _shipped() -> dict[str, dict[str, Any]]:
    """The descriptions that travel with the library, by name."""
    rows = yaml.safe_load(assets.path("diagrams.yml").read_text(encoding="utf-8"))
    return {row["name"]: row for row in rows}


def names() -> list[str]:
    """The names of the shipped diagrams."""
    return list(_shipped())


def alt(name: str) -> str:
    """What the diagram of that name shows, for those who do not see it.

    Raises:
        ValueError: no such diagram; the known ones are listed.
    """
    return " ".join(_shipped()[checks.choice(name, "the diagram", _shipped())]["alt"].split())


def show(name: str) -> None:
    """Show the diagram of that name below the cell.

    Raises:
        ValueError: no such diagram; the known ones are listed.
    """
    description = _shipped()[checks.choice(name, "the diagram", _shipped())]
    if name in _sketches.SKETCHES:
        _sketches.SKETCHES[name]()
    else:
        draw(description)
    plt.show()


def draw(description: Mapping[str, Any]) -> Figure:
    """The block diagram of a description, as the head of this module explains it.

    Raises:
        ValueError: something is missing, unknown or twice; a text is wider than its box; two
            boxes, a box and a line or a label and anything overlap; something is cut off.
    """
    _check(description)
    wide, high = (WIDTH - 2 * EDGE) / description["columns"], description["row"]

    def place(at: list[float]) -> np.ndarray:
        return EDGE + (np.array(at) + 0.5) * (wide, high)

    rows = 1 + max(node["at"][1] for node in description["nodes"])
    fig, ax = _sketches.canvas(WIDTH, rows * high + 2 * EDGE)
    accent = plots.COLOURS[description["accent"]]
    boxes: dict[str, np.ndarray] = {}
    texts: dict[str, np.ndarray] = {}
    lines: dict[str, np.ndarray] = {}
    for node in description["nodes"]:
        box = place(node["at"]) + np.outer((-0.5, 0.5), node.get("size", description["box"]))
        boxes[node["id"]] = box
        texts[node["id"]] = _extent(fig, _blocks.draw_node(ax, node, box, accent))
    _check_layout(boxes, texts, lines, fig)
    for edge in description["edges"]:
        name = f"{edge['from']} → {edge['to']}"
        lines[name] = _blocks.route(edge, boxes, [place(at) for at in edge.get("via", [])])
        _blocks.draw_edge(ax, lines[name], edge.get("style", "value"), accent)
        if "label" in edge:
            label = _blocks.draw_label(ax, lines[name], edge)
            texts[f"the label of {name}"] = _extent(fig, label)
    _check_layout(boxes, texts, lines, fig)
    return fig


# What a description must be


def _check(description: Mapping[str, Any]) -> None:
    """Errors unless all parts are there, are known and name one another."""
    if not isinstance(description, Mapping):
        raise ValueError(
            f"expected a description, a mapping, but got {type(description).__name__}. "
            f"Write {', '.join(sorted(NEEDED))}."
        )
    _check_fields(description, (NEEDED, set()), "a description")
    checks.whole(description["accent"], "accent", 0, len(plots.COLOURS) - 1)
    checks.whole(description["columns"], "columns")
    checks.number(description["row"], "row", above=0)
    _check_two(description["box"], "box")
    for field in ("nodes", "edges"):
        if not isinstance(description[field], list):
            raise ValueError(f"expected {field} to be a list, but got {description[field]!r:.80}.")
    ids: list[str] = []
    for node in description["nodes"]:
        _check_fields(node, OF_A_NODE, "a node")
        checks.choice(node["kind"], f"the kind of {node['id']!r}", _blocks.KINDS)
        if node["id"] in ids:
            raise ValueError(f"expected an id for each node, but got {node['id']!r} twice.")
        if not isinstance(node["text"], str):
            raise ValueError(
                f"expected the text of {node['id']!r} to be a text, but got {node['text']!r}. "
                "Write it in quotes."
            )
        _check_two(node["at"], f"at of {node['id']!r}")
        _check_two(node.get("size", [1, 1]), f"size of {node['id']!r}")
        ids.append(node["id"])
    for edge in description["edges"]:
        _check_fields(edge, OF_AN_EDGE, "an edge")
        for end in ("from", "to"):
            checks.choice(edge[end], f"{end!r} of an edge", ids)
        for field, known in CHOSEN.items():
            if field in edge:
                checks.choice(edge[field], f"{field!r} of an edge", known)
        checks.number(edge.get("shift", 0), "shift")
        for corner in edge.get("via", []):
            _check_two(corner, "a corner in via")


def _check_two(value: Any, what: str) -> None:
    """Errors unless `value` is a list of two numbers."""
    if not isinstance(value, list) or len(value) != 2:
        raise ValueError(f"expected {what} to be two numbers, but got {value!r}. Write [1, 0.5].")
    for each in value:
        checks.number(each, what)


def _check_fields(row: Any, known: tuple[set[str], set[str]], what: str) -> None:
    """Errors unless `row` is a mapping with the fields that it needs, and no unknown one."""
    needed, possible = known
    found = set(row) if isinstance(row, Mapping) else set()
    if needed - found or found - needed - possible:
        raise ValueError(
            f"expected {what} with {', '.join(sorted(needed))}"
            f"{' and perhaps ' * bool(possible)}{', '.join(sorted(possible))}, but got {row!r:.200}"
            f". Missing: {sorted(needed - found)}; unknown: {sorted(found - needed - possible)}."
        )


def _check_layout(
    boxes: dict[str, np.ndarray],
    texts: dict[str, np.ndarray],
    lines: dict[str, np.ndarray],
    fig: Figure,
) -> None:
    """Errors unless texts fit, nothing overlaps and nothing is cut off; all in inches."""
    for name, box in boxes.items():
        if not _inside(texts[name], box):
            width, height = np.ptp(texts[name], axis=0).round(2)
            raise ValueError(
                f"expected each text to fit into its box, but got {name!r}, whose text measures "
                f"{width} × {height} inches in a box of {' × '.join(map(str, box[1] - box[0]))}. "
                "Shorten the text or give the node a size."
            )
    solid = texts | boxes  # of a node the box, of a label the text
    sheet = np.array([(0, 0), fig.get_size_inches()])
    for name, bounds in solid.items():
        if not _inside(bounds, sheet):
            raise ValueError(
                f"expected everything on the sheet, {sheet[1].round(2)} inches, but got {name!r} "
                f"at {bounds.round(2).tolist()}. Move it, make it smaller, or add a column or row."
            )
    clashes = [(a, b) for a, b in combinations(solid, 2) if _overlap(solid[a], solid[b])]
    clashes += [
        (f"the line {line}", name)
        for line, corners in lines.items()
        for name, bounds in solid.items()
        # A line may end at a box's border, and pass a text by a hair.
        if Path(corners).intersects_bbox(Bbox(bounds).padded(-0.01), filled=False)
    ]
    if clashes:
        raise ValueError(
            f"expected nothing to overlap, but got {' and '.join(map(repr, clashes[0]))} in one "
            "place. Move a node, or give the edge another side, shift, bend or via."
        )


def _inside(inner: np.ndarray, outer: np.ndarray) -> bool:
    """Whether a rectangle lies in another one."""
    slack = 1e-6  # inches, for rounding
    return bool((inner[0] >= outer[0] - slack).all() and (inner[1] <= outer[1] + slack).all())


def _overlap(one: np.ndarray, other: np.ndarray) -> bool:
    """Whether two rectangles have a point in common."""
    return bool((np.maximum(one[0], other[0]) <= np.minimum(one[1], other[1])).all())


def _extent(fig: Figure, text: Text) -> np.ndarray:
    """The rectangle that a text takes, in inches from the top left."""
    (x0, y0), (x1, y1) = text.get_window_extent().get_points() / fig.dpi
    height = fig.get_size_inches()[1]
    return np.array([(x0, height - y1), (x1, height - y0)])
