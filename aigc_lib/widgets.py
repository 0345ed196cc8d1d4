"""Pictures that move, and widgets that work in the browser alone.

A widget is a plain ES module in aigc_lib/browser/. It is written into the notebook's output
together with its data: no kernel, no other file and no network is needed to use it. Where scripts
are off (or a notebook is not trusted), a picture of the widget stands in its place.
"""

import json
import re
from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from html import escape
from pathlib import Path

import keras
import numpy as np
from IPython.display import HTML, display

from aigc_lib import assets
from aigc_lib._attention import attention_data, shipped_attention
from aigc_lib._explorer import explorer_data, shipped_explorer
from aigc_lib._style_page import SHOWN, shipped_style, style_data

__all__ = [
    "MODULES",
    "TEXT",
    "attention_data",
    "explorer_data",
    "latent_explorer",
    "loss_bench",
    "shipped_attention",
    "shipped_explorer",
    "shipped_style",
    "show_animation",
    "show_attention",
    "show_style",
    "style_data",
    "watch_gan",
    "widget_html",
    "widget_script",
]

MODULES = Path(__file__).parent / "browser"
LARGEST = 230_000  # bytes of one widget's output
TEXT = "BRUTUS.\nWhat means this shouting? I do fear the people"  # of the last tenth


def widget_html(name: str, alt: str, **data) -> str:
    """A widget as one piece of HTML that needs nothing else.

    Args:
        name: of the module and its picture: "loss-bench" is browser/loss-bench.js and .webp.
        alt: what the picture shows, for those who do not see it.
        data: what the module's `mount(panel, data)` gets: numbers, texts, booleans, None, and lists
            and dictionaries of them.

    Raises:
        ValueError: no such widget, no text for `alt`, a number that is not finite, or more than
            230 kB.
        TypeError: a value that JSON cannot hold.
        FileNotFoundError: the widget has no picture.
    """
    _check_alt(alt)
    key = f"{name}-{sha256(_as_json(data).encode()).hexdigest()[:8]}"
    script = widget_script(name, key, data)
    picture = b64encode((MODULES / f"{name}.webp").read_bytes()).decode()
    html = (
        f'<div data-widget="{key}"><img src="data:image/webp;base64,{picture}" '
        f'alt="{escape(alt)}" style="max-width: 100%; height: auto"></div>\n'
        f"{script}"
    )
    if len(html.encode()) > LARGEST:
        raise ValueError(
            f"the widget {name!r} takes {len(html.encode()):,} bytes, more than {LARGEST:,}. "
            "Give it fewer weights or points."
        )
    return html


def widget_script(name: str, key: str, data: dict) -> str:
    """The script that mounts a widget in each element with `data-widget="{key}"`.

    The module stands in it behind those that it imports, in the order in which it names them: a
    script within a page can neither import from a file nor export. What one of these imports, the
    module must name before it.

    Raises:
        ValueError: no such widget, a key of other signs than letters, digits, `-` and `_`, or a
            number that is not finite.
        TypeError: a value that JSON cannot hold.
    """
    modules = {path.stem: path.read_text(encoding="utf-8") for path in MODULES.glob("*.js")}
    known = sorted(each for each, text in modules.items() if "export function mount(" in text)
    if name not in known:
        raise ValueError(f"expected one of the widgets {', '.join(known)}, but got {name!r}.")
    if not re.fullmatch(r"[\w-]+", key):
        raise ValueError(f"expected a key of letters, digits, '-' and '_', but got {key!r}.")
    module = modules[name]
    imported = re.findall(r'^import .*?from "\./(.+?)";$', module, flags=re.MULTILINE | re.DOTALL)
    sources = [*(modules[file.removesuffix(".js")] for file in imported), module]
    script = re.sub(r"^import .*?;\n", "", "\n".join(sources), flags=re.MULTILINE | re.DOTALL)
    script = re.sub(r"^export ", "", script, flags=re.MULTILINE)
    values = _as_json(data).replace("<", "\\u003c")  # no </script> in it
    return f'<script type="module">\n{script}\nstart("{key}", mount, {values});\n</script>'


def _as_json(data: dict) -> str:
    """The data as JSON of ASCII alone; ValueError or TypeError names what JSON cannot hold."""
    for place, value in _leaves(data, "data"):
        if isinstance(value, float) and not np.isfinite(value):
            raise ValueError(f"expected finite numbers for the widget, but {place} is {value!r}.")
        if not isinstance(value, (str, int, float, type(None))):
            raise TypeError(
                f"expected numbers, texts, lists and dictionaries for the widget, but {place} is "
                f"{type(value).__name__}. For an array use `.tolist()`, for a scalar `.item()`."
            )
    return json.dumps(data)


def _leaves(value: object, place: str) -> Iterator[tuple[str, object]]:
    """Every value within lists and dictionaries, with its place in them."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _leaves(each, f"{place}[{key!r}]")
    elif isinstance(value, (list, tuple)):
        for i, each in enumerate(value):
            yield from _leaves(each, f"{place}[{i}]")
    else:
        yield place, value


def _check_alt(alt: str) -> None:
    """Raise ValueError unless there is a text."""
    if not alt.strip():
        raise ValueError("expected a text that says what the picture shows, but alt is empty.")


def loss_bench() -> None:
    """Show two densities with sliders: the best discriminator, the JSD, both gradients."""
    alt = (
        "Two bell curves, the best discriminator between them, and the two gradients that a "
        "generator gets, with sliders for the means and widths."
    )
    display(HTML(widget_html("loss-bench", alt)))


def watch_gan() -> None:
    """Show a small GAN that trains in the browser on a ring of eight modes."""
    alt = (
        "A ring of eight clusters of points, generated points on some of them, and the "
        "discriminator's answer as a field of colour."
    )
    display(HTML(widget_html("watch-gan", alt)))


def latent_explorer(decoder: keras.Model, codes: np.ndarray, labels: np.ndarray) -> None:
    """Show a map of codes; a drag over it decodes each place in the browser.

    Args:
        decoder: codes (n, 2) → 784 logits of pixels, made of Dense and LeakyReLU layers alone,
            as `networks.mlp(2, 784, width=64)`.
        codes: (n, 2), a place of the map each; about 400.
        labels: (n,) digits 0–9, written at these places.

    Raises:
        ValueError: another kind of decoder, shapes that do not fit, or too many weights.
    """
    data = explorer_data(decoder, codes, labels)
    alt = (
        "A map of codes, each written as its digit, in a colour of its own; beside it the image "
        "that the decoder draws for the marked place."
    )
    display(HTML(widget_html("latent-explorer", alt, **data)))


def show_attention(
    network: keras.Model | None = None, characters: str = "", text: str = TEXT
) -> None:
    """Show what a small GPT looks at, and what it expects next, in a text that the reader types.

    Args:
        network: of `transformer.transformer`, causal, of at most about 150 000 weights; they are
            rounded to 8 bits. None: both it and the characters are those of `shipped_attention`.
        characters: those that its ids stand for, such as `text.Alphabet.of(…).characters`.
        text: what stands in the field at first.

    Raises:
        ValueError, TypeError: another kind of network, more or fewer characters than it has ids,
            one of the text that is not among them, weights that are not finite, or too many.
    """
    if network is None and not characters:
        network, characters = shipped_attention()
    data = attention_data(network, characters, text)
    alt = (
        "The letters of a text, shaded by the weight that one head of attention gives them, with a "
        "thin stripe for each head; beside them the ten most probable next characters as bars."
    )
    display(HTML(widget_html("attention", alt, **data)))


def show_style(generator: keras.Model | None = None, seed: int = SHOWN) -> None:
    """Show two digits of a style-based generator, and a third whose layers have styles of both.

    The reader draws new ones, moves the first along two directions, moves both toward the mean
    style and past it, and says from which layer on the third has the styles of the second.

    Args:
        generator: of `style.style_generator`, to grey images of 28 × 28, with a width of at most
            about 24; its weights are rounded to 8 bits. None: that of `shipped_style`.
        seed: of the two digits that stand there at first.

    Raises:
        ValueError, TypeError: another kind of generator, weights that are not finite, or too many.
    """
    alt = (
        "Two digits, A and B, and a larger third one, mixed: its coarse layers have the style of "
        "A, its fine ones that of B."
    )
    display(HTML(widget_html("style", alt, **style_data(generator, seed))))


def show_animation(name: str, alt: str) -> None:
    """Show a moving picture of the library: still at first, it moves when the reader plays it.

    Two foldings of HTML that share a name, so that opening one closes the other: the last frame,
    and the loop. Thus nothing moves unasked, a click or the Enter key stops it, and no script, no
    other file and no network is needed. Where the page keeps no such names, both can be open.

    Args:
        name: of a pair of shipped files without its ending: "ring" is ring.webp and ring.png.
        alt: what the picture shows, for those who do not see it.

    Raises:
        ValueError: no text for `alt`; no such pair, or a shipped file is damaged.
        FileNotFoundError: a shipped file is missing.
    """
    _check_alt(alt)
    moving, still = (
        b64encode(assets.path(f"{name}.{end}").read_bytes()).decode() for end in ("webp", "png")
    )
    group = f"loop-{name}-{sha256(alt.encode()).hexdigest()[:8]}"
    style = 'style="max-width: 100%; height: auto"'
    parts = {  # opening tag's rest, summary, picture
        " open": ("Still picture: the last frame", f"png;base64,{still}"),
        "": ("Play the moving picture", f"webp;base64,{moving}"),
    }
    html = "\n".join(
        f'<details name="{group}"{state}><summary>{label}</summary>'
        f'<img src="data:image/{source}" alt="{escape(alt)}" {style}></details>'
        for state, (label, source) in parts.items()
    )
    display(HTML(html))
