"""The widget of styles: it draws what Keras draws, mixes and truncates, by buttons and by keys."""

import re
from itertools import pairwise

import keras
import numpy as np
import pytest

from aigc_lib import _steps, _style_page, data, networks, style, widgets

SIDE = 28


@pytest.fixture(scope="module")
def shipped() -> keras.Model:
    return widgets.shipped_style()


@pytest.fixture
def opened(open_widget):
    """The widget with what is shipped: the page, and a reader of its numbers."""
    return lambda **options: open_widget(
        widgets.widget_html("style", "digits", **widgets.style_data()), **options
    )


def codes_shown(generator: keras.Model, **given) -> np.ndarray:
    """The styles of the two digits that stand there at first."""
    return style.styles(generator, np.array(widgets.style_data(**given)["codes"], "float32"))


# What it computes


def generator_of(**settings) -> keras.Model:
    """A small generator with every weight moved, and rounded as the page gets it."""
    sizes = {"latent_dim": 6, "style_dim": 5, "width": 3} | settings
    network, rng = style.style_generator(**sizes), np.random.default_rng(0)
    moved = [w + 0.4 * rng.normal(size=w.shape) for w in network.get_weights()]
    network.set_weights(moved)
    return _steps.rounded(network)


def drawn(page, network: dict, codes: np.ndarray) -> np.ndarray:
    """The pictures that the page makes of codes (n, layers, d)."""
    found = page.evaluate(
        """async ([packed, codes]) => {
            const { unpack } = await import("/transformer.js");
            const { drawn } = await import("/synthesis.js");
            const network = unpack(packed);
            return codes.map((each) => [...drawn(network, each).values]);
        }""",
        [network, codes.tolist()],
    )
    return np.array(found).reshape(-1, SIDE, SIDE, 1)


def styles(page, network: dict, z: np.ndarray) -> np.ndarray:
    """What the page's mapping network makes of noise."""
    found = page.evaluate(
        """async ([packed, z]) => {
            const { unpack } = await import("/transformer.js");
            const { styleOf } = await import("/synthesis.js");
            const { mapping } = unpack(packed);
            return z.map((each) => [...styleOf(mapping, each)]);
        }""",
        [network, z.tolist()],
    )
    return np.array(found)


@pytest.mark.parametrize(
    "settings",
    [{}, {"noise": False}, {"mapping": 1}, {"mapping": 0, "style_dim": 6}, {"width": 5}],
)
def test_the_page_draws_as_keras_does(modules_page, settings):
    """To 1e-4 of pixels in -1 … 1: rounding of 32-bit floats, no more."""
    generator = generator_of(**settings)
    network = widgets.style_data(generator)["network"]
    z = np.random.default_rng(1).normal(size=(4, 6)).astype("float32")
    found, expected = styles(modules_page, network, z), style.styles(generator, z)
    assert np.abs(found - expected).max() < 1e-4 * np.abs(expected).max()
    codes = np.stack([np.roll(expected, shift, axis=0) for shift in range(style.LAYERS)], axis=1)
    pictures = style.draw(generator, codes)
    assert np.ptp(pictures, axis=0).max() > 0.1  # the codes give different pictures
    assert np.abs(drawn(modules_page, network, codes) - pictures).max() < 1e-4


def test_the_page_draws_what_is_shipped_as_keras_does(modules_page, shipped):
    network = widgets.style_data()["network"]
    z = np.random.default_rng(2).normal(size=(6, 64)).astype("float32")
    w = styles(modules_page, network, z)
    assert np.abs(w - style.styles(shipped, z)).max() < 1e-3
    codes = style.mixed(w[:3].astype("float32"), w[3:].astype("float32"), 2)
    pictures = style.draw(shipped, codes)
    assert np.abs(drawn(modules_page, network, codes) - pictures).max() < 1e-3


def test_a_rounded_generator_is_rounded_no_further():
    """Kind: a page that draws with other weights than those that are shipped."""
    generator = generator_of()
    for weight in generator.get_weights():
        if weight.ndim > 1:
            assert np.multiply(*_steps.in_steps(weight)) == pytest.approx(weight, rel=1e-6)


def test_the_directions_are_those_in_which_styles_differ_most():
    generator = generator_of(style_dim=5)
    z = keras.random.normal((20_000, 6), seed=7)  # others than those that it took
    codes = style.styles(generator, z)
    mean, *ways = _style_page.directions(generator)
    assert mean == pytest.approx(codes.mean(axis=0), abs=float(0.05 * codes.std()))
    sizes = [np.linalg.norm(way) for way in ways]
    along = [(codes - mean) @ way / size for way, size in zip(ways, sizes, strict=True)]
    assert [each.std() for each in along] == pytest.approx(sizes, rel=0.03)
    largest = np.sqrt(np.linalg.eigvalsh(np.cov(codes.T))[::-1])
    assert sizes == pytest.approx(largest[:2], rel=0.03)
    assert abs(np.corrcoef(*along)[0, 1]) < 0.03
    assert all(way[np.abs(way).argmax()] > 0 for way in ways)


def test_the_stored_mean_and_directions_are_those_of_the_shipped_generator(shipped):
    stored = _style_page._stored("page")["directions"]
    found = _style_page.directions(shipped)
    assert np.abs(stored - found).max() < 1e-3 * np.abs(found).max()


def test_the_reader_is_as_good_as_it_says(modules_page):
    """Kind: a number in the legend that nobody measured; a page that reads other digits."""
    _, (images, labels) = data.load_mnist()
    pixels = data.to_signed(images).reshape(len(images), -1)
    read = _steps.restore(_style_page.reader(), _style_page._stored("reader"))
    logits = read.predict(pixels, batch_size=1000, verbose=0)
    shown = widgets.style_data()
    assert (logits.argmax(axis=1) == labels).mean() == pytest.approx(shown["accuracy"], abs=2e-4)
    assert shown["accuracy"] > 0.95
    found = modules_page.evaluate(
        """async ([packed, pictures]) => {
            const { unpack } = await import("/transformer.js");
            const { logitsOf } = await import("/synthesis.js");
            const { reader } = unpack(packed);
            return pictures.map((values) => [...logitsOf(reader, { values })]);
        }""",
        [shown["network"], pixels[:20].tolist()],
    )
    assert np.abs(np.array(found) - logits[:20]).max() < 1e-3


def test_what_is_shipped_draws_all_ten_digits(shipped):
    """Kind: weights that are not trained, or that draw one digit."""
    z = keras.random.normal((1000, 64), seed=3)
    read = _steps.restore(_style_page.reader(), _style_page._stored("reader"))

    def shares(generator: keras.Model) -> np.ndarray:
        pictures = generator.predict(z, verbose=0).reshape(len(z), -1)
        return keras.ops.softmax(read.predict(pictures, verbose=0)).numpy()

    drawn = shares(shipped)
    assert np.bincount(drawn.argmax(axis=1), minlength=10).min() > 20
    assert (drawn.max(axis=1) > 0.9).mean() > 0.7
    untrained = shares(style.style_generator(width=_style_page.WIDTH))
    assert np.bincount(untrained.argmax(axis=1), minlength=10).min() < 20


def test_the_weights_are_small():
    network = str(widgets.style_data()["network"])
    assert len(network.encode()) <= 200_000


# What the reader does


def greys(page) -> dict[str, np.ndarray]:
    """The pixels that stand in the three pictures, 0 … 255, by caption."""
    found = page.evaluate(
        """() => {
            const panel = document.querySelector("[data-live] > div").shadowRoot;
            return [...panel.querySelectorAll("figure")].map((figure) => {
                const canvas = figure.querySelector("canvas");
                const { data } = canvas.getContext("2d")
                    .getImageData(0, 0, canvas.width, canvas.height);
                return [figure.innerText.trim(), [...data].filter((_, i) => i % 4 === 0)];
            });
        }"""
    )
    return {name: np.array(pixels).reshape(SIDE, SIDE) for name, pixels in found}


def as_greys(pictures: np.ndarray) -> np.ndarray:
    return 127.5 * (1 - pictures[..., 0])


def same(found: np.ndarray, expected: np.ndarray) -> bool:
    """To one grey tone, which rounding may give or take."""
    return np.abs(found - expected).max() < 1.01


def test_the_pictures_are_those_of_keras_and_the_mix_follows_its_slider(opened, shipped):
    page, shown = opened()
    a, b = codes_shown(shipped)
    told = []
    for count in range(style.LAYERS + 1):
        page.get_by_label("layers from A").fill(str(count))
        expected = as_greys(style.draw(shipped, style.mixed(a[None], b[None], count)))[0]
        found = greys(page)
        assert same(found["mix"], expected)
        assert same(found["A"], as_greys(style.draw(shipped, a[None]))[0])
        assert same(found["B"], as_greys(style.draw(shipped, b[None]))[0])
        told.append(shown("layers").replace("\u00a0", " "))
    assert told[0] == "7 × 7, 7 × 7, 14 × 14, 28 × 28 from B"
    assert told[3] == "7 × 7, 7 × 7, 14 × 14 from A; 28 × 28 from B"
    assert told[-1] == told[0].replace("from B", "from A")
    assert same(found["mix"], found["A"])
    assert not same(found["A"], found["B"])


def test_at_psi_0_all_three_are_the_mean_digit(opened, shipped):
    page, shown = opened()
    for _ in range(20):  # from 1, by steps of 0.05
        page.get_by_label("truncation ψ").press("ArrowLeft")
    page.get_by_label("A, direction 1").fill("2")  # which changes nothing there
    mean = as_greys(style.draw(shipped, _style_page._stored("page")["directions"][:1]))[0]
    for found in greys(page).values():
        assert same(found, mean)
    assert len({found.tobytes() for found in greys(page).values()}) == 1
    assert "mean digit" in shown("told")


@pytest.mark.parametrize("psi", [-0.5, 0.5, 1.5])
def test_truncation_is_the_one_of_the_library(opened, shipped, psi):
    page, _ = opened()
    page.get_by_label("truncation ψ").fill(str(psi))
    mean = _style_page._stored("page")["directions"][0]
    codes = style.truncated(codes_shown(shipped), mean, psi)
    found, (a, b) = greys(page), as_greys(style.draw(shipped, codes))
    assert same(found["A"], a)
    assert same(found["B"], b)


def test_keys_move_a_along_a_direction_and_b_stays(opened, shipped):
    page, _ = opened()
    before = greys(page)
    control = page.get_by_label("A, direction 2")
    control.focus()
    for _ in range(15):
        page.keyboard.press("ArrowRight")
    assert control.input_value() == "1.5"
    way = _style_page._stored("page")["directions"][2]
    moved = codes_shown(shipped)[:1] + np.float32(1.5) * way
    found = greys(page)
    assert same(found["A"], as_greys(style.draw(shipped, moved))[0])
    assert not same(found["A"], before["A"])
    assert same(found["B"], before["B"])


def test_a_button_draws_a_new_digit(opened, shipped):
    page, _ = opened()
    before = greys(page)
    us = np.random.default_rng(0).random(128)
    page.evaluate("us => { Math.random = () => us.shift(); }", us.tolist())
    page.get_by_role("button", name="New digit B").press("Enter")
    z = np.sqrt(-2 * np.log(1 - us[::2])) * np.cos(2 * np.pi * us[1::2])
    assert 0.7 < z.std() < 1.3
    code = style.styles(shipped, z[None].astype("float32"))
    found = greys(page)
    assert same(found["B"], as_greys(style.draw(shipped, code))[0])
    assert same(found["A"], before["A"])


def digit(text: str) -> str:
    return re.fullmatch(r"read as (\d), probability [01]\.\d\d", text)[1]


def test_the_page_says_in_words_what_it_shows(opened):
    """For those who do not see the pictures; and it speaks when the reading changes, no oftener."""
    page, shown = opened()
    page.evaluate(
        """() => {
            window.said = [];
            const panel = document.querySelector("[data-live] > div").shadowRoot;
            const told = panel.querySelector("[role=status]");
            const heard = () => window.said.push(told.textContent);
            new MutationObserver(heard).observe(told, { childList: true });
        }"""
    )
    for count in (2, 0, 4):
        page.get_by_label("layers from A").fill(str(count))
        read = {name: digit(shown(name)) for name in ("a", "b", "mix")}
        numbers = re.findall(r"\d", shown("told"))
        assert numbers == list(read.values())
        for name in read:
            label = page.locator(f"canvas >> nth={list(read).index(name)}").get_attribute(
                "aria-label"
            )
            assert re.findall(r"\d", label) == [read[name]]
    assert read["mix"] == read["a"]
    said = page.evaluate("said")
    assert said
    assert all(first != second for first, second in pairwise(said))


def test_dark_mode_and_small_screens_show_all_of_it(opened):
    page, _ = opened(color_scheme="dark", viewport={"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    for canvas in page.locator("canvas").all():
        box = canvas.bounding_box()
        assert box["width"] == box["height"]
        assert 100 < box["width"] <= 320
    background = page.evaluate(
        """() => getComputedStyle(document.querySelector("[data-live] > div")
            .shadowRoot.querySelector(".panel")).backgroundColor"""
    )
    assert background == "rgb(255, 255, 255)"


# What it refuses


def broken() -> keras.Model:
    network = generator_of()
    network.set_weights([w * np.nan for w in network.get_weights()])
    return network


@pytest.mark.parametrize(
    ("given", "error", "said"),
    [
        (lambda: (networks.dcgan_generator(width=2),), TypeError, "style.style_generator"),
        (lambda: ("generator",), TypeError, "generator"),
        (lambda: (generator_of(channels=3),), ValueError, r"28 × 28, but got .*\(28, 28, 3\)"),
        (lambda: (generator_of(side=32),), ValueError, r"28 × 28, but got .*\(32, 32, 1\)"),
        (lambda: (broken(),), ValueError, "finite"),
        (lambda: (style.style_generator(width=48),), ValueError, "Give it fewer weights"),
        (lambda: (None, -1), ValueError, "seed"),
        (lambda: (None, 0.5), TypeError, "seed"),
    ],
)
def test_what_the_page_cannot_draw_is_refused(given, error, said):
    with pytest.raises(error, match=said):
        widgets.show_style(*given())
