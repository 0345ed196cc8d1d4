"""Pictures that move, and the widgets of the browser: whole, small, right, usable by keyboard."""

import base64
import io
import re

import keras
import numpy as np
import pytest
from PIL import Image
from scipy import special, stats

from aigc_lib import assets, likelihoods, widgets
from aigc_lib.networks import conv_decoder, mlp
from tools import browse
from tools.notebooks import CHAPTERS, read

SUMS = assets.path("ring.webp").parent / "SHA256SUMS"


def displayed(monkeypatch, show) -> list[str]:
    """The pieces of HTML that the call `show()` puts out."""
    out = []
    monkeypatch.setattr(widgets, "display", lambda html: out.append(html.data))
    show()
    return out


LOOPS = sorted(name.removesuffix(".webp") for name in assets.digests(SUMS) if ".webp" in name)


def test_the_loops_are_there():
    assert {"dirac", "earth-mover", "ring", "training", "vae-holes"} <= {*LOOPS}


@pytest.mark.parametrize("name", LOOPS)
def test_moving_picture_and_its_still_are_in_the_output(monkeypatch, name):
    alt = 'Two "rings" & points'
    (html,) = displayed(monkeypatch, lambda: widgets.show_animation(name, alt))
    still, moving = (base64.b64decode(part) for part in re.findall(r"base64,([^\"]+)\"", html))
    assert moving == assets.path(f"{name}.webp").read_bytes()
    assert still == assets.path(f"{name}.png").read_bytes()
    assert html.count('alt="Two &quot;rings&quot; &amp; points"') == 2


@pytest.mark.parametrize("name", LOOPS)
def test_it_moves_loops_and_is_small(name):
    """Kind: a picture that stands still, that stops for good, or that a page waits for."""
    path = assets.path(f"{name}.webp")
    assert path.stat().st_size < 400_000
    picture = Image.open(path)
    assert picture.n_frames > 20
    assert picture.info["loop"] == 0  # for ever
    still = Image.open(io.BytesIO(assets.path(f"{name}.png").read_bytes()))
    assert still.size == picture.size
    corner = still.convert("RGBA").getpixel((1, 1))  # it reads on a dark page too
    assert corner[3] == 0 or corner == (255, 255, 255, 255)
    seen = []
    for frame in (0, picture.n_frames - 1):
        picture.seek(frame)
        seen.append(np.asarray(picture.convert("RGBA"), float))
    last = np.asarray(still.convert("RGBA"), float)
    assert np.abs(seen[1] - last).mean() < np.abs(seen[0] - last).mean()


@pytest.mark.parametrize("way", ["click", "Enter"])
def test_a_loop_stands_still_until_it_is_played_and_can_be_stopped(open_widget, monkeypatch, way):
    """Kind: motion that begins unasked, or that nobody can stop (WCAG 2.2.2)."""
    (html,) = displayed(monkeypatch, lambda: widgets.show_animation("ring", "a ring"))
    page, _ = open_widget(html)
    still, moving = (page.locator(f"img[src^='data:image/{kind}']") for kind in ("png", "webp"))
    summaries = page.locator("summary")

    def shown() -> tuple[bool, bool]:
        return still.is_visible(), moving.is_visible()

    def use(place: int) -> None:
        if way == "click":
            summaries.nth(place).click()
        else:
            summaries.nth(place).press(way)

    assert shown() == (True, False)
    use(1)
    moving.wait_for(state="visible")
    still.wait_for(state="hidden")
    use(0)
    still.wait_for(state="visible")
    moving.wait_for(state="hidden")


def test_two_loops_of_a_page_do_not_close_each_other(open_widget, monkeypatch):
    shown = displayed(
        monkeypatch,
        lambda: [widgets.show_animation(name, f"the {name}") for name in ("ring", "dirac")],
    )
    page, _ = open_widget("".join(shown))
    assert page.locator("details[open]").count() == 2
    page.locator("summary").last.click()
    assert page.locator("details[open]").count() == 2


@pytest.mark.parametrize("name", ["rings", "mnist", None, 3])
def test_a_loop_that_is_not_shipped_is_told(name):
    with pytest.raises(ValueError, match=rf"expected one of .*ring\.webp.*, but got .*{name}"):
        widgets.show_animation(name, "a picture")


def test_a_picture_without_a_text_is_refused():
    with pytest.raises(ValueError, match="alt is empty"):
        widgets.show_animation("ring", " ")


def explorer() -> str:
    """The latent explorer of chapter 32."""
    values = widgets.explorer_data(*widgets.shipped_explorer())
    return widgets.widget_html("latent-explorer", "a map and an image", **values)


def drag(page, canvas: int, across: float, down: float) -> None:
    """Press in the middle of a canvas and drag to a share of its width and height."""
    box = page.locator("canvas").nth(canvas).bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * across, box["y"] + box["height"] * down, steps=4)
    page.mouse.up()


def attention() -> str:
    """The widget of attention, of chapter 70."""
    values = widgets.attention_data(*widgets.shipped_attention(), widgets.TEXT)
    return widgets.widget_html("attention", "letters and bars", **values)


MADE = {
    "loss-bench": lambda: widgets.widget_html("loss-bench", "two bells"),
    "watch-gan": lambda: widgets.widget_html("watch-gan", "a ring"),
    "latent-explorer": explorer,
    "attention": attention,
    "style": lambda: widgets.widget_html("style", "digits, mixed", **widgets.style_data()),
}


@pytest.mark.parametrize("name", MADE)
def test_a_widget_is_one_small_piece_that_asks_for_nothing(open_widget, name):
    html = MADE[name]()
    assert len(html.encode()) <= 230_000
    assert re.findall(r"^(?:import|export) |https?://", html, flags=re.MULTILINE) == []
    assert html.count("</script>") == 1
    page, _ = open_widget(html)
    assert not page.locator("img").is_visible()
    assert browse.violations(page).keys() <= {"document-title", "html-has-lang", *browse.ALSO}
    page.set_viewport_size({"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


@pytest.mark.parametrize("name", MADE)
def test_without_scripts_a_picture_stands_there(open_widget, name):
    page, _ = open_widget(MADE[name](), java_script_enabled=False)
    picture = page.locator("img")
    assert picture.is_visible()
    assert picture.get_attribute("alt")
    assert picture.bounding_box()["width"] > 300


@pytest.mark.parametrize(
    ("chapter", "cell", "show"),
    [
        ("20-gan-game", "loss-bench", widgets.loss_bench),
        ("32-vae-mnist", "explorer", lambda: widgets.latent_explorer(*widgets.shipped_explorer())),
        ("61-agn", "watch-gan", widgets.watch_gan),
        (
            "70-counting-and-gpt",
            "widget",
            lambda: widgets.show_attention(*widgets.shipped_attention()),
        ),
        ("74-stylegan", "widget", widgets.show_style),
    ],
)
def test_the_page_shows_the_widget_of_today(monkeypatch, chapter, cell, show):
    out = displayed(monkeypatch, show)
    cells = read(CHAPTERS / f"{chapter}.ipynb").cells
    (outputs,) = (each.outputs for each in cells if each.id == cell)
    stored = [each.data["text/html"] for each in outputs if "data" in each]
    assert stored == out, f"run chapter {chapter[:2]} again (make run CHAPTER={chapter[:2]})"


def test_two_of_a_kind_live_on_one_page(open_widget):
    page, _ = open_widget(2 * widgets.widget_html("loss-bench", "a picture"))
    assert page.locator(".panel").count() == 2


def test_the_decoder_in_the_browser_is_the_one_of_keras(modules_page):
    decoder, codes, labels = widgets.shipped_explorer()
    z = np.random.default_rng(0).normal(size=(50, 2)).astype("float32") * 1.5
    pixels = modules_page.evaluate(
        """async ([packed, codes]) => {
            const { unpack, decode } = await import("/latent-explorer.js");
            const layers = packed.map(unpack);
            return codes.map((z) => [...decode(layers, z)]);
        }""",
        [widgets.explorer_data(decoder, codes, labels)["layers"], z.tolist()],
    )
    expected = 1 / (1 + np.exp(-decoder.predict(z, verbose=0)))
    assert np.abs(np.array(pixels) - expected).max() < 1e-3
    assert np.ptp(expected, axis=0).max() > 0.9  # the codes give different images


def test_half_floats_are_read_as_numpy_writes_them(modules_page):
    values = np.array([0, -0.5, 1, 65504, 6e-8, 3.1e-5, -1 / 3, 0.1], dtype="float16")
    found = modules_page.evaluate(
        """async (bits) => bits.map((await import("/latent-explorer.js")).fromHalf)""",
        values.view("uint16").tolist(),
    )
    assert found == values.astype(float).tolist()


def test_the_explorer_follows_keys_and_the_pointer(open_widget):
    page, shown = open_widget(explorer())
    page.get_by_label("z₁").focus()
    for _ in range(10):
        page.keyboard.press("ArrowRight")
    assert shown("z") == "(0.50, 0.00)"
    ink = shown("ink")
    drag(page, 0, 0.25, 0.35)  # to the ones
    assert shown("near") == "digit 1"
    assert shown("ink") != ink
    drag(page, 0, -1, 2)  # out of the map: the cross stays at its corner
    assert shown("z") == "(-4.00, -4.00)"


@pytest.mark.parametrize(
    ("p", "q"), [((0, 1), (2, 1)), ((0, 1), (0, 1)), ((-4, 0.3), (4, 0.3)), ((1, 3), (-2, 0.5))]
)
def test_the_loss_bench_computes_what_the_library_does(modules_page, p, q):
    laws = [{"mean": mean, "sd": sd} for mean, sd in (p, q)]
    divergence, pulls = modules_page.evaluate(
        """async ([p, q]) => {
            const { jsd, pulls } = await import("/loss-bench.js");
            return [jsd(p, q), pulls(p, q)];
        }""",
        laws,
    )
    x = np.arange(-40, 40, 1e-3) + 5e-4
    densities = [stats.norm.pdf(x, *law) for law in (p, q)]
    assert divergence == pytest.approx(likelihoods.js_on_grid(*densities, 1e-3), abs=1e-4)
    logit = stats.norm.logpdf(x, *p) - stats.norm.logpdf(x, *q)
    slope = np.gradient(logit, x)
    for name, sign in (("minimax", 1), ("nonSaturating", -1)):
        expected = np.sum(densities[1] * -special.expit(sign * logit) * slope) * 1e-3
        assert pulls[name] == pytest.approx(expected, abs=1e-3)


def test_the_loss_bench_follows_keys_and_the_pointer(open_widget):
    page, shown = open_widget(widgets.widget_html("loss-bench", "a picture"))
    assert float(shown("pull-minimax")) == 0.4496  # the table of chapter 20
    page.get_by_label("mean of q").focus()
    for _ in range(10):
        page.keyboard.press("ArrowLeft")
    assert [shown(f"pull-{loss}") for loss in ("minimax", "non-saturating")] == ["0.3980", "0.6020"]
    assert float(shown("value")) == pytest.approx(2 * float(shown("jsd")) - np.log(4), abs=1e-3)
    before = shown("d-star")
    drag(page, 0, 0.2, 0.5)
    assert float(shown("d-star")) > float(before)  # far on the data's side
    assert float(shown("minimax")) == pytest.approx(-float(shown("d-star")), abs=1e-4)


# A clock of the page's own: it moves 5 ms each time it is read, and a frame comes when the test
# calls `frame()`. So 2.5 seconds of the page take as long as the work that it does in them.
CLOCK = """() => {
    let now = 0, waiting = [];
    performance.now = () => (now += 5);
    window.requestAnimationFrame = (callback) => waiting.push(callback);
    window.frame = () => waiting.splice(0).forEach((callback) => callback(performance.now()));
    window.pictures = 0;
    const draw = CanvasRenderingContext2D.prototype.drawImage;
    CanvasRenderingContext2D.prototype.drawImage = function (...all) {
        window.pictures += 1;
        return draw.apply(this, all);
    };
}"""


def test_less_motion_means_fewer_pictures(open_widget):
    html = widgets.widget_html("watch-gan", "a picture")
    counts = {}
    for motion in ("no-preference", "reduce"):
        page, _ = open_widget(html, reduced_motion=motion)
        page.evaluate(CLOCK)
        page.get_by_role("button", name="Start", exact=True).click()
        counts[motion] = page.evaluate(
            """() => {
                const end = performance.now() + 2500;
                while (performance.now() < end) frame();
                return window.pictures;
            }"""
        )
    assert 1 <= counts["reduce"] <= 4
    assert counts["no-preference"] > 2 * counts["reduce"]


def test_what_the_explorer_cannot_show_is_refused():
    decoder, codes, labels = widgets.shipped_explorer()
    sigmoid = keras.Sequential([keras.Input((2,)), keras.layers.Dense(784, "sigmoid")])
    for model in (conv_decoder(2), sigmoid):
        with pytest.raises(ValueError, match="linear Dense layers"):
            widgets.explorer_data(model, codes, labels)
    large = mlp(2, 784, width=4)
    large.set_weights([1e6 * weight for weight in large.get_weights()])
    with pytest.raises(ValueError, match="finite weights"):
        widgets.explorer_data(large, codes, labels)
    with pytest.raises(ValueError, match="expected 784 logits"):
        widgets.explorer_data(mlp(2, 10), codes, labels)
    with pytest.raises(ValueError, match=r"expected codes \(n, 2\)"):
        widgets.explorer_data(decoder, codes[:, :1], labels)
    with pytest.raises(ValueError, match="labels from 0 to 9"):
        widgets.explorer_data(decoder, codes * np.nan, labels)
    large = widgets.explorer_data(mlp(2, 784, width=200), codes, labels)
    with pytest.raises(ValueError, match="Give it fewer weights"):
        widgets.widget_html("latent-explorer", "a map", **large)


@pytest.mark.parametrize(
    ("data", "error", "said"),
    [
        ({"x": [1.0, float("nan")]}, ValueError, r"data\['x'\]\[1\] is nan"),
        ({"x": {"y": -np.float64("inf")}}, ValueError, r"data\['x'\]\['y'\] is .*-inf"),
        ({"x": np.ones(2)}, TypeError, r"data\['x'\] is ndarray.*tolist"),
        ({"x": (np.float32(1),)}, TypeError, r"data\['x'\]\[0\] is float32.*item"),
        ({"x": {1}}, TypeError, "is set"),
    ],
)
def test_data_that_json_cannot_hold_are_named(data, error, said):
    """Holds off a NaN in a page: JavaScript reads it, and the widget shows nonsense or nothing."""
    with pytest.raises(error, match=said):
        widgets.widget_html("loss-bench", "a picture", **data)


@pytest.mark.parametrize("name", ["loss_bench", "common", "../widgets", ""])
def test_a_name_that_is_no_widget_gets_the_list(name):
    """Holds off a message about a file of the library in place of the names to choose from."""
    with pytest.raises(ValueError, match="latent-explorer, loss-bench, style, watch-gan, but got"):
        widgets.widget_html(name, "a picture")


@pytest.mark.parametrize("key", ['a"]', "a\nb", "</script>", ""])
def test_a_key_that_would_end_its_text_is_refused(key):
    """Holds off a key that becomes code or another selector."""
    with pytest.raises(ValueError, match="expected a key of letters"):
        widgets.widget_script("loss-bench", key, {})


def test_texts_reach_the_widget_as_they_are(open_widget, monkeypatch, tmp_path):
    """Holds off a text among the data that ends the script, or a line of it."""
    (tmp_path / "echo.js").write_text(
        "function start(key, mount, data) { mount(document.body, data); }\n"
        "export function mount(panel, data) { window.got = data; }\n"
    )
    (tmp_path / "echo.webp").write_bytes(b"")
    monkeypatch.setattr(widgets, "MODULES", tmp_path)
    texts = [
        "</script><script>window.ran = 1</script>",
        "<!--<script>",
        "a\u2028b\u2029c",
        "数\ud800",
    ]
    page, _ = open_widget(widgets.widget_html("echo", "a picture", texts=texts))
    assert page.evaluate("got.texts.map((text) => text.length)") == [len(text) for text in texts]
    assert page.evaluate("got.texts[0]") == texts[0]
    assert page.evaluate("window.ran") is None
