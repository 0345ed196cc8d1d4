"""Pictures that move."""

from base64 import b64encode
from html import escape

from IPython.display import HTML, display

from aigc_lib.data import shipped_file


def show_animation(name: str, alt: str) -> None:
    """Show a moving picture of the library; readers who ask for less motion see its last frame.

    Both files are written into the output, so that it needs no other file and no network.

    Args:
        name: of a pair of shipped files without its ending: "ring" is ring.webp and ring.png.
        alt: what the picture shows, for those who do not see it.

    Raises:
        ValueError: no text for `alt`.
        FileNotFoundError, ValueError: a shipped file is missing or damaged.
    """
    if not alt.strip():
        raise ValueError("expected a text that says what the picture shows, but alt is empty.")
    moving, still = (
        b64encode(shipped_file(f"{name}.{end}").read_bytes()) for end in ("webp", "png")
    )
    display(
        HTML(
            f'<picture><source media="(prefers-reduced-motion: reduce)" '
            f'srcset="data:image/png;base64,{still.decode()}">'
            f'<img src="data:image/webp;base64,{moving.decode()}" alt="{escape(alt)}"></picture>'
        )
    )
