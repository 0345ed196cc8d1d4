"""Take the pictures that stand in for the widgets where scripts are off: aigc_lib/browser/*.webp.

    python -m tools.make.picture_widgets              all
    python -m tools.make.picture_widgets attention    only those that are named

Needs Chromium or Chrome. Run it again after a widget has changed its looks.
"""

import io
import sys

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from aigc_lib import widgets
from tools import browse, files

WIDTH, QUALITY = 760, 40


def telling(page: Page, name: str) -> None:
    """Bring a widget into a state that shows what it does."""
    if name == "watch-gan":
        page.get_by_label("loss").select_option("relativistic")
        for _ in range(150):
            page.get_by_role("button", name="10 steps").click()
    if name == "latent-explorer":
        page.get_by_label("z₁").fill("-0.5")
        page.get_by_label("z₂").fill("2.5")
    if name == "attention":
        page.get_by_role("combobox").select_option("4")
    if name == "style":
        page.get_by_label("layers from A").fill("2")


def main() -> None:
    """One picture a widget."""
    program = browse.browser_program() or sys.exit(f"needs one of {browse.NAMES}.")
    data = {
        "attention": widgets.attention_data(*widgets.shipped_attention(), widgets.TEXT),
        "latent-explorer": widgets.explorer_data(*widgets.shipped_explorer()),
        "loss-bench": {},
        "style": widgets.style_data(),
        "watch-gan": {},
    }
    with sync_playwright() as playwright:
        browser = browse.launch(playwright, program)
        for name in sys.argv[1:] or data:
            page = browser.new_page(viewport={"width": WIDTH, "height": 800})
            script = widgets.widget_script(name, f"{name}-picture", data[name])
            page.set_content(f'<div data-widget="{name}-picture"></div>{script}')
            telling(page, name)
            shot = page.locator(".views").screenshot()  # without the controls
            target = widgets.MODULES / f"{name}.webp"
            picture = Image.open(io.BytesIO(shot)).convert("RGB")
            with files.replacing(target) as part:
                picture.save(part, quality=QUALITY, method=6)
            print(f"{target.name}: {target.stat().st_size} bytes")


if __name__ == "__main__":
    main()
