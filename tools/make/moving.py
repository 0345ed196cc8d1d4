"""Write a moving picture that the library ships: NAME.webp, and NAME.png, its last frame.

For the scripts `tools/make/animate_*.py`. The ground of a frame is transparent, as that of all
figures is, or white where that would take too many bytes.
"""

import io
from collections.abc import Sequence

import matplotlib.pyplot as plt
from matplotlib.figure import Figure
from PIL import Image

from tools import files
from tools.make.sums import ASSETS, record

LARGEST = 400_000  # bytes of either file: a page with one of them still opens at once
REST = 2500  # milliseconds on the last frame


def picture(fig: Figure) -> Image.Image:
    """The figure as pixels, with alpha; the figure is closed."""
    file = io.BytesIO()
    fig.savefig(file, dpi=100)
    plt.close(fig)
    return Image.open(file).convert("RGBA")


def write(name: str, pictures: Sequence[Image.Image], pause: int = 100, quality: int = 60) -> None:
    """Write both files into the library's folder, with their digests.

    Args:
        pictures: the frames, of one size.
        pause: milliseconds on each frame but the last.
        quality: of the webp, 0 … 100.

    Raises:
        ValueError: a file is larger than `LARGEST`.
    """
    pauses = [pause] * (len(pictures) - 1) + [REST]
    options = {"save_all": True, "append_images": pictures[1:], "duration": pauses, "loop": 0}
    with files.replacing(ASSETS / f"{name}.webp") as part:
        pictures[0].save(part, **options, quality=quality, method=4)
        size = part.stat().st_size
        if size > LARGEST:
            raise ValueError(
                f"expected at most {LARGEST:,} bytes, but got {size:,} for {name}.webp. Give it "
                "fewer frames or a lower quality."
            )
    with files.replacing(ASSETS / f"{name}.png") as part:
        pictures[-1].quantize(128, dither=Image.Dither.NONE).save(part, optimize=True)
    for end in ("webp", "png"):
        path = ASSETS / f"{name}.{end}"
        print(f"{path.name}: {path.stat().st_size / 1e3:.0f} kB, SHA-256 {record(path)}")
