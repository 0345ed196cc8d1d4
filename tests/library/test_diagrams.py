"""The diagrams: each can be drawn, reads on either ground and on a phone, and says the truth."""

import re
from copy import deepcopy

import matplotlib.pyplot as plt
import numpy as np
import pytest
import yaml
from matplotlib.colors import to_rgb
from matplotlib.patches import FancyBboxPatch
from matplotlib.text import Text

from aigc_lib import (
    _blocks,
    _sketches,
    assets,
    diagrams,
    distances,
    losses,
    networks,
    penalties,
    style,
    transformer,
)
from aigc_lib.plots import COLOURS

ROWS = yaml.safe_load(assets.path("diagrams.yml").read_text("utf-8"))
BY_NAME = {row["name"]: row for row in ROWS}
GROUNDS = ("#ffffff", "#14181e", "#121212")  # a page, the theme's dark one, and a darker one


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def luminance(colour: str) -> float:
    """Relative luminance, as WCAG 2.2 defines it."""
    parts = np.array(to_rgb(colour))
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return float(linear @ (0.2126, 0.7152, 0.0722))


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def drawn(name: str, monkeypatch) -> plt.Figure:
    """The figure that `show` shows."""
    monkeypatch.setattr(plt, "show", lambda: None)
    diagrams.show(name)
    return plt.gcf()


def nodes(name: str) -> dict[str, dict]:
    """Of a shipped diagram, by id."""
    return {node["id"]: node for node in BY_NAME[name]["nodes"]}


def test_there_are_enough_and_each_has_a_name_of_its_own():
    assert len(ROWS) >= 12
    assert diagrams.names() == [row["name"] for row in ROWS]
    assert len(set(diagrams.names())) == len(ROWS)
    assert {row["name"] for row in ROWS if "nodes" not in row} == set(_sketches.SKETCHES)


@pytest.mark.parametrize("name", list(BY_NAME))
def test_it_fits_a_phone(name, monkeypatch):
    """Kind: text that a phone of 360 px shows too small, and a ground that is not transparent."""
    fig = drawn(name, monkeypatch)
    assert fig.get_size_inches()[0] <= 4.6
    assert fig.get_size_inches()[1] <= 8.5
    assert fig.get_facecolor()[3] == 0
    texts = [text for text in fig.findobj(Text) if text.get_text()]
    assert texts
    assert min(text.get_fontsize() for text in texts) >= 11


@pytest.mark.parametrize("name", list(BY_NAME))
def test_texts_and_lines_read_on_either_ground(name, monkeypatch):
    """Kind: a tone that vanishes on one of the two pages."""
    fig = drawn(name, monkeypatch)
    for text in filter(Text.get_text, fig.findobj(Text)):
        if text.get_color() != _sketches.ON_PALE:  # in a box; see below
            assert all(contrast(text.get_color(), ground) >= 4 for ground in GROUNDS), text
    for line in fig.axes[0].lines:
        assert all(contrast(line.get_color(), ground) >= 3 for ground in GROUNDS), line
    for box in fig.findobj(FancyBboxPatch):
        assert all(contrast(box.get_edgecolor()[:3], ground) >= 3 for ground in GROUNDS), box
        assert contrast(box.get_facecolor()[:3], _sketches.ON_PALE) >= 7


def test_the_free_text_of_a_sketch_lies_in_its_figure(monkeypatch):
    """Kind: a text that is cut off; for block diagrams `draw` refuses it."""
    for name in _sketches.SKETCHES:
        fig = drawn(name, monkeypatch)
        width, height = fig.get_size_inches() * fig.dpi
        boxes = [text.get_window_extent() for text in fig.axes[0].texts]
        assert all(box.x0 >= 0 and box.x1 <= width for box in boxes), name
        assert all(box.y0 >= 0 and box.y1 <= height for box in boxes), name
        pairs = [(a, b) for i, a in enumerate(boxes) for b in boxes[:i]]
        assert not any(a.overlaps(b) for a, b in pairs), name


@pytest.mark.parametrize("name", list(BY_NAME))
def test_the_alt_text_is_one_line_that_says_something(name):
    text = diagrams.alt(name)
    assert 80 <= len(text) <= 700
    assert not {"\n", "$"} & {*text}


def test_an_unknown_name_gets_the_list():
    for function in (diagrams.alt, diagrams.show):
        with pytest.raises(ValueError, match=r"'gan', 'half-steps'.*but got 'gans'"):
            function("gans")


# What the diagrams say


def test_the_generator_has_the_shapes_of_the_built_one():
    """Kind: a network that has changed and its picture has not."""
    generator = networks.dcgan_generator()
    kinds = ("dense", "conv2d", "conv2d_transpose")
    built = [layer for layer in generator.layers if layer.name.rstrip("_0123456789") in kinds]
    edges = BY_NAME["generator-layers"]["edges"]
    said = [tuple(map(int, edge["label"].split(" × "))) for edge in edges]
    dense, *rest = [layer.output.shape[1:] for layer in built]
    reshaped = next(layer for layer in generator.layers if layer.name.startswith("reshape"))
    assert dense == (np.prod(said[1]),)
    assert said == [generator.input_shape[1:], reshaped.output.shape[1:], *rest]
    texts = [node["text"] for node in BY_NAME["generator-layers"]["nodes"]]
    for layer, text in zip(built, texts[1:], strict=False):
        assert text.startswith(type(layer).__name__)
        if "×" in text:
            assert tuple(map(int, re.findall(r"(\d+) × (\d+)", text)[0])) == layer.kernel_size
            assert layer.strides == ((2, 2) if "stride 2" in text else (1, 1))


def test_the_family_has_every_loss_and_penalty():
    """Kind: a new loss that the picture leaves out."""
    known = {*losses.GAN_LOSSES, *penalties.PENALTIES}
    assert known <= nodes("loss-family").keys()
    wanted = {edge["from"] for edge in BY_NAME["loss-family"]["edges"]}
    assert wanted == set(losses.GAN_LOSSES)


def test_in_each_half_step_one_network_moves_and_gets_the_gradient():
    """Kind: a gradient that is drawn to the network that stays."""
    row, by_id = BY_NAME["half-steps"], nodes("half-steps")
    ends = [by_id[edge["to"]] for edge in row["edges"] if edge.get("style") == "gradient"]
    assert [end["text"] for end in ends] == ["$D$ moves", "$G$ moves"]
    kinds = {node["text"]: node["kind"] for node in row["nodes"] if "$ " in node["text"]}
    assert kinds["$G$ stays"] == kinds["$D$ stays"] == "still"
    assert kinds["$G$ moves"] == kinds["$D$ moves"] == "network"


def test_precision_and_recall_are_those_of_the_points(monkeypatch):
    """Kind: a picture whose numbers are not those of what it shows."""
    fig = drawn("balls", monkeypatch)
    measured = distances.neighbourhoods(_sketches.REAL, _sketches.FAKE, k=1)
    said = [re.search(r"(\w+): (\d) of (\d)", text.get_text()) for text in fig.axes[0].texts]
    shares = {found[1]: int(found[2]) / int(found[3]) for found in said if found}
    assert shares == pytest.approx({"Precision": measured.precision, "Recall": measured.recall})
    words = ("zero", "one", "two", "three", "four", "five", "six", "seven")
    for found in filter(None, said):
        assert f"{words[int(found[2])]} of {words[int(found[3])]}" in diagrams.alt("balls")


def test_the_three_arms_get_the_same_labels_and_the_same_judge():
    """Kind: a comparison in which one arm sees what another does not."""
    ways = {(edge["from"], edge["to"]) for edge in BY_NAME["pretraining"]["edges"]}
    arms = {end for start, end in ways if start == "labels"}
    assert arms == {start for start, end in ways if end == "judge"}
    assert len(arms) == 3
    assert {end for start, end in ways if start == "text"} == {"pre"}


def test_the_mask_comes_before_the_softmax_and_the_values_pass_both():
    ways = {(edge["from"], edge["to"]) for edge in BY_NAME["attention"]["edges"]}
    assert ways >= {("scores", "mask"), ("mask", "softmax"), ("softmax", "sum"), ("v", "sum")}
    assert {start for start, end in ways if end == "scores"} == {"q", "k"}


def test_a_block_of_the_gpt_is_the_one_of_the_library():
    """Kind: a part that the library has put elsewhere, and its picture has not."""
    network = transformer.transformer(9, 8, width=8, heads=2, layers=1, mixing=3)
    rng = np.random.default_rng(0)
    network.set_weights([w + rng.normal(size=w.shape) for w in network.get_weights()])
    _, (block,), _ = transformer.chain(network)
    x = start = rng.normal(size=(1, 8, 8)).astype("float32")
    parts = {
        "mixing": lambda x: block.convolution(x),  # adds x by itself
        "attention": lambda x: x + block.attention(block.norm_1(x)),
        "dense": lambda x: x + block.mlp(x),
    }
    drawn_parts = [node["id"] for node in BY_NAME["gpt"]["nodes"] if node["id"] in parts]
    for part in drawn_parts:
        x = parts[part](x)
    assert np.asarray(block(start)) == pytest.approx(np.asarray(x), abs=1e-5)
    assert len(drawn_parts) == 3


def test_each_network_of_the_cycles_reads_and_writes_its_domains():
    """Kind: an arrow into a network, or a discriminator, of the other domain."""
    by_id = nodes("cyclegan")
    domain = {i: node["text"][-1] for i, node in by_id.items() if " of " in node["text"]}
    for edge in BY_NAME["cyclegan"]["edges"]:  # in the order of the ways
        text, source = by_id[edge["to"]]["text"], edge["from"]
        if found := re.search(r"([AB]) to ([AB])$", text):
            identity = edge["to"] in ("g3", "f3")  # which gets what is there already
            assert domain[source] == found[2 if identity else 1]
            domain[edge["to"]] = found[2]
        elif found := re.search(r"^\$D_([AB])", text):
            assert domain[source] == found[1]
        else:
            domain[edge["to"]] = domain[source]
    losses = {edge["from"] for edge in BY_NAME["cyclegan"]["edges"] if edge["to"] == "cycle"}
    assert {each: domain[each] for each in losses} == {"a": "A", "fga": "A", "b": "B", "gfb": "B"}


def test_the_styles_go_to_the_convolutions_of_the_library_and_noise_to_all_but_the_last():
    """Kind: a layer that the library has, and its picture has not."""
    generator = style.style_generator()
    synthesis = generator.get_layer("synthesis").layers
    styled = [each for each in synthesis if isinstance(each, style.StyledConvolution)]
    ways = [(edge["from"], edge["to"]) for edge in BY_NAME["stylegan"]["edges"]]
    assert {end for start, end in ways if start == "psi"} == {each.name for each in styled}
    assert len(styled) == style.LAYERS
    noisy = {start for start, _ in ways if start.startswith("noise_")}
    assert noisy == {each.name for each in synthesis if isinstance(each, style.Noise)}
    by_id = nodes("stylegan")
    said = [by_id["constant"], *(by_id[each.name] for each in styled)]
    sides = [int(re.search(r"(\d+) × \1", node["text"])[1]) for node in said]
    shapes = [each.output.shape for each in [generator.get_layer("synthesis").layers[1], *styled]]
    assert sides == [shape[1] for shape in shapes]
    dense = [e for e in generator.get_layer("mapping").layers if isinstance(e, style.ScaledDense)]
    assert f"{len(dense)} dense layers" in by_id["mapping"]["text"]


# What a description must be


SMALL = {
    "name": "small",
    "alt": "Two boxes.",
    "accent": 0,
    "columns": 2,
    "row": 0.8,
    "box": [1.5, 0.5],
    "nodes": [
        {"id": "a", "kind": "data", "at": [0, 0], "text": "first"},
        {"id": "b", "kind": "network", "at": [0, 1], "text": "second"},
    ],
    "edges": [{"from": "a", "to": "b"}],
}


def changed(path: tuple, value) -> dict:
    """`SMALL` with one field set; None takes it out."""
    spoilt = deepcopy(SMALL)
    *way, last = path
    place = spoilt
    for step in way:
        place = place[step]
    if value is None:
        del place[last]
    elif last == "+":
        place.append(value)
    else:
        place[last] = value
    return spoilt


BESIDE = {"id": "c", "kind": "data", "at": [1, 1], "text": "third"}
FAULTS = {
    "no nodes": (("nodes",), None, r"Missing: \['nodes'\]"),
    "unknown field": (("title",), "A title", r"unknown: \['title'\]"),
    "no such accent": (("accent",), 9, "accent to be from 0 to 5, but got 9"),
    "accent is no number": (("accent",), True, "but got True"),
    "half a column": (("columns",), 1.5, "columns, such as 1, but got 1.5"),
    "flat rows": (("row",), 0, "> 0 for row, but got 0"),
    "box of one number": (("box",), [1], r"box to be two numbers, but got \[1\]"),
    "nodes are no list": (("nodes",), "a", "nodes to be a list, but got 'a'"),
    "edges are no list": (("edges",), {"a": "b"}, "edges to be a list, but got {'a'"),
    "node without a place": (("nodes", 0, "at"), None, r"Missing: \['at'\]"),
    "place of one number": (("nodes", 0, "at"), [0], r"at of 'a' to be two numbers, but got \[0\]"),
    "place in words": (("nodes", 0, "at"), "left", "at of 'a' to be two numbers, but got 'left'"),
    "text is a number": (("nodes", 0, "text"), 3, "text of 'a' to be a text, but got 3"),
    "node of a new kind": (("nodes", 0, "kind"), "cloud", "'data', 'network'.*but got 'cloud'"),
    "an id twice": (("nodes", 1, "id"), "a", "but got 'a' twice"),
    "edge from nowhere": (("edges", 0, "from"), "z", "'a', 'b', but got 'z'"),
    "edge in a new style": (("edges", 0, "style"), "wavy", "'value', 'gradient'.*but got 'wavy'"),
    "edge that bends up": (("edges", 0, "bend"), "up", "'down', 'across', but got 'up'"),
    "label on no side": (("edges", 0, "side"), "top", "'right', 'left'.*but got 'top'"),
    "edge on a wrong way": (("edges", 0, "via"), [[1, 3]], r"a → b .*but got \[\[1, 3\]\]"),
    "long text": (("nodes", 0, "text"), "a text that is much too long", "but got 'a', whose text"),
    "outside": (("nodes", 0, "at"), [5, 0], "but got 'a' at"),
    "box on box": (("nodes", 1, "at"), [0.3, 0.2], "but got 'a' and 'b'"),
    "a box twice in one place": (("nodes", "+"), BESIDE | {"at": [0, 1]}, "but got 'b' and 'c'"),
    "no room for the arrow": (("nodes", 1, "at"), [0, 0.7], "a → b to be at least"),
    "label on a box": (("edges", 0, "label"), "a label\nof some\nlines", "'the label of a → b'"),
    "line through a box": (
        ("nodes",),
        [SMALL["nodes"][0], SMALL["nodes"][1] | {"at": [0, 2]}, BESIDE | {"at": [0, 1]}],
        "'the line a → b' and 'c'",
    ),
}


def test_a_small_description_is_drawn():
    """Holds off a table whose errors are those of the description that all start from."""
    fig = diagrams.draw(SMALL)
    assert len(fig.findobj(FancyBboxPatch)) == 2
    diagrams.draw(changed(("nodes", "+"), BESIDE))


@pytest.mark.parametrize("fault", FAULTS)
def test_a_faulty_description_says_what_came(fault):
    """Kind: a picture with overlaps, or an error from deep inside."""
    path, value, said = FAULTS[fault]
    with pytest.raises((ValueError, TypeError), match=r"(?s)^expected.*" + said):
        diagrams.draw(changed(path, value))


@pytest.mark.parametrize("style", _blocks.STYLES)
def test_an_arrow_ends_at_its_box(style):
    """Kind: an arrow into nothing."""
    fig = diagrams.draw(changed(("edges", 0, "style"), style))
    first, second = (box.get_bbox() for box in fig.findobj(FancyBboxPatch))
    (head,) = [patch for patch in fig.axes[0].patches if type(patch).__name__ == "Polygon"]
    tip = max(head.get_xy(), key=lambda point: point[1])
    assert tip == pytest.approx([(second.x0 + second.x1) / 2, second.y0])
    assert fig.axes[0].lines[0].get_xydata()[0] == pytest.approx([tip[0], first.y1])


def test_an_edge_that_turns_ends_at_its_box_too():
    row = changed(("nodes", "+"), BESIDE)
    row["edges"].append({"from": "a", "to": "c", "bend": "across", "style": "gradient"})
    fig = diagrams.draw(row)
    line = fig.axes[0].lines[-1]
    assert line.get_color() == COLOURS[0]
    across, down = np.diff(line.get_xydata(), axis=0)
    assert across[1] == down[0] == 0
