"""Pictures that move: whole, small, still for those who ask, with a text."""

import base64
import io
import re

import pytest
from PIL import Image

from aigc_lib import data, widgets


def shown(monkeypatch, alt: str) -> str:
    """The HTML that `show_animation` puts out."""
    out = []
    monkeypatch.setattr(widgets, "display", lambda html: out.append(html.data))
    widgets.show_animation("ring", alt)
    return out[0]


def test_moving_picture_and_its_still_are_in_the_output(monkeypatch):
    html = shown(monkeypatch, 'Two "rings" & points')
    still, moving = (base64.b64decode(part) for part in re.findall(r"base64,([^\"]+)\"", html))
    assert moving == data.shipped_file("ring.webp").read_bytes()
    assert still == data.shipped_file("ring.png").read_bytes()
    assert re.search(r"<source[^>]*prefers-reduced-motion: reduce[^>]*image/png", html)
    assert 'alt="Two &quot;rings&quot; &amp; points"' in html


def test_it_moves_loops_and_is_small():
    path = data.shipped_file("ring.webp")
    assert path.stat().st_size < 1_000_000
    picture = Image.open(path)
    assert picture.n_frames > 20
    assert picture.info["loop"] == 0  # for ever
    still = Image.open(io.BytesIO(data.shipped_file("ring.png").read_bytes()))
    assert still.size == picture.size


def test_a_picture_without_a_text_is_refused():
    with pytest.raises(ValueError, match="alt is empty"):
        widgets.show_animation("ring", " ")
