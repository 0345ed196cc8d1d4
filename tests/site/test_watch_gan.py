"""The GAN that trains in the browser: its hand-written gradients against TensorFlow's."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from aigc_lib import losses, mixtures, modes, penalties, widgets
from aigc_lib.networks import mlp

GAMES = {  # loss → penalties, as the widget composes them
    "non-saturating": (),
    "wasserstein": (penalties.gradient_penalty(10.0),),
    "relativistic": (penalties.r1(0.1), penalties.r2(0.1)),
}
BATCH, SEED = 8, 3
CLOSE = 1e-6  # TensorFlow keeps the slope 0.2 of leaky ReLU in float32: 1.5e-8 away from 0.2
RNG = np.random.default_rng(0)
REAL, NOISE = mixtures.ring(BATCH, seed=0).astype(float), RNG.normal(size=(BATCH, 2))

# What the calls in the page share: Python's lists become the module's typed arrays and back.
PRELUDE = """
const gan = await import("/gan.js");
const flat = (rows) => Float64Array.from(rows.flat());
const network = (weights) => weights.map(([kernel, bias]) => ({
  inputs: kernel.length, outputs: bias.length, kernel: flat(kernel), bias: flat(bias),
}));
const lists = (layers) => layers.flatMap(({ kernel, bias }) => [[...kernel], [...bias]]);
"""

TWO_FRAMES = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"


@pytest.fixture
def page(modules_page):
    """The page of the widgets' modules, wide."""
    modules_page.set_viewport_size({"width": 1280, "height": 900})
    return modules_page


def call(page, body: str, **values):
    """What the function `body` returns in the page."""
    return page.evaluate(f"async (given) => {{ {PRELUDE} {body} }}", values)


@pytest.fixture(scope="module")
def networks():
    """Generator and discriminator in double precision, like the browser's, biases not zero."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("float64")
    pair = mlp(2, 2, width=5), mlp(2, 1, width=6)
    keras.config.set_dtype_policy(before)
    for model in pair:
        model.set_weights([RNG.normal(size=weight.shape) * 0.7 for weight in model.get_weights()])
    return pair


def layers(model: keras.Model) -> list:
    """[[kernel, bias], …] as lists."""
    weights = [weight.tolist() for weight in model.get_weights()]
    return [list(pair) for pair in zip(weights[::2], weights[1::2], strict=True)]


def assert_equal_gradients(found: list, tape: tf.GradientTape, loss: tf.Tensor, model) -> None:
    """The page's gradients are those of the tape, to `CLOSE` of the largest in its array."""
    expected = tape.gradient(loss, model.trainable_variables)
    assert len(found) == len(expected) == 6
    for ours, theirs in zip(found, expected, strict=True):
        if theirs is None:  # the loss does not look at it: the last bias, with differences only
            theirs = np.zeros(len(ours))
        theirs = np.ravel(theirs)
        assert np.allclose(ours, theirs, rtol=CLOSE, atol=CLOSE * np.abs(theirs).max() + 1e-15)


@pytest.mark.parametrize("name", GAMES)
def test_gradients_of_the_discriminator(page, networks, name):
    generator, discriminator = networks
    real, fake = tf.constant(REAL), generator(NOISE)
    with tf.GradientTape() as tape:
        loss = losses.gan_losses(name)[0](discriminator(real), discriminator(fake))
        penalty = tf.constant(0.0, tf.float64) + sum(
            weight * penalties.PENALTIES[kind](discriminator, real, fake, SEED)
            for kind, weight in GAMES[name]
        )
        total = loss + penalty
    between = keras.random.uniform((BATCH, 1), dtype="float64", seed=SEED)  # as the penalty draws
    found = call(
        page,
        """
        const { net, real, fake, name, between } = given;
        const points = [flat(real), flat(fake)];
        const made = gan.discriminatorGradient(network(net), ...points, name, flat(between));
        return { ...made, gradients: lists(made.gradients) };
        """,
        **{"net": layers(discriminator), "real": REAL.tolist(), "name": name},
        **{"fake": np.asarray(fake).tolist(), "between": np.asarray(between).tolist()},
    )
    assert found["loss"] == pytest.approx(float(total), rel=CLOSE)
    assert found["penalty"] == pytest.approx(float(penalty), rel=CLOSE)
    assert (found["penalty"] > 0.01) == bool(GAMES[name])
    assert_equal_gradients(found["gradients"], tape, total, discriminator)


@pytest.mark.parametrize("name", GAMES)
def test_gradients_of_the_generator(page, networks, name):
    generator, discriminator = networks
    with tf.GradientTape() as tape:
        loss = losses.gan_losses(name)[1](discriminator(REAL), discriminator(generator(NOISE)))
    found = call(
        page,
        """
        const [generator, discriminator] = given.nets.map(network);
        const points = [flat(given.noise), flat(given.real)];
        const made = gan.generatorGradient(generator, discriminator, ...points, given.name);
        return { ...made, gradients: lists(made.gradients) };
        """,
        **{"nets": [layers(generator), layers(discriminator)], "name": name},
        **{"noise": NOISE.tolist(), "real": REAL.tolist()},
    )
    assert found["loss"] == pytest.approx(float(loss), rel=CLOSE)
    assert_equal_gradients(found["gradients"], tape, loss, generator)


def test_losses_of_extreme_logits_are_finite(page):
    found = call(
        page,
        """
        const games = Object.values(gan.GAMES);
        return games.flatMap(({ discriminator, generator }) =>
          [[1e4, -1e4], [-1e4, 1e4]].flatMap((pair) => [discriminator, generator].flatMap(
            (loss) => loss(...pair))));
        """,
    )
    assert len(found) == 3 * 2 * (3 + 2)
    assert np.isfinite(found).all()


def test_adam_moves_as_that_of_keras(page, networks):
    model = keras.models.clone_model(networks[1])
    model.set_weights(networks[1].get_weights())
    start, optimizer = layers(model), keras.optimizers.Adam(1e-2, 0.5, 0.99)
    pushes = [[RNG.normal(size=w.shape) for w in model.get_weights()] for _ in range(3)]
    for gradients in pushes:
        optimizer.apply([tf.constant(g) for g in gradients], model.trainable_variables)
    found = call(
        page,
        """
        const { adam } = await import("/watch-gan.js");
        const net = network(given.start), move = adam(net);
        for (const arrays of given.pushes) {
          const pairs = net.map((_, l) => arrays.slice(2 * l, 2 * l + 2));
          move(pairs.map(([kernel, bias]) => ({ kernel: flat(kernel), bias: flat(bias) })), 1e-2);
        }
        return lists(net);
        """,
        **{"start": start, "pushes": [[g.tolist() for g in gradients] for gradients in pushes]},
    )
    for ours, theirs in zip(found, model.get_weights(), strict=True):
        assert ours == pytest.approx(theirs.ravel(), abs=1e-7)


def test_new_networks_are_those_of_keras(page):
    net = call(page, "return gan.network([2, 32, 32, 1], gan.random(0))")
    model = mlp(2, 1, width=32)
    assert [(layer["inputs"], layer["outputs"]) for layer in net] == [(2, 32), (32, 32), (32, 1)]
    for layer, weights in zip(net, model.get_weights()[::2], strict=True):
        kernel = np.array(layer["kernel"])
        limit = np.sqrt(6 / (layer["inputs"] + layer["outputs"]))  # of Glorot's uniform law
        assert kernel.size == weights.size
        assert 0.8 * limit < np.abs(kernel).max() < limit
        assert not any(layer["bias"])


def test_the_ring_is_that_of_the_library(page):
    points = np.reshape(call(page, "return [...gan.ring(20_000, gan.random(0))]"), (-1, 2))
    centres = mixtures.ring_centres()
    assert np.allclose(call(page, "return gan.CENTRES"), centres, atol=1e-6)
    distance = np.linalg.norm(points[:, None] - centres, axis=-1)
    nearest = distance.argmin(axis=1)
    off = points - centres[nearest]
    assert np.abs(np.bincount(nearest) / 20_000 - 1 / 8).max() < 0.01  # standard error 0.0023
    assert off.mean(axis=0) == pytest.approx([0, 0], abs=0.002)  # standard error 0.0004
    assert off.std(axis=0) == pytest.approx([0.05, 0.05], rel=0.03)  # standard error 0.5 %


def test_modes_are_counted_as_by_the_library(page):
    some = mixtures.mixture(500, 0, mixtures.ring_centres()[:5], sigma=0.1).astype(float)
    for points in (some, some * 0.1, mixtures.ring(500, 0).astype(float)):
        found = call(page, "return gan.modesCovered(flat(given.points))", points=points.tolist())
        counts = modes.mode_counts(points, mixtures.ring_centres(), 0.05)
        expected = modes.mode_score(counts, len(points))
        assert found == {"modes": expected.modes, "quality": expected.high_quality}


@pytest.fixture
def widget(page):
    """The page with the widget as a notebook has it, and a reader of its numbers."""
    page.set_content(f"<!doctype html>{widgets.widget_html('watch-gan', 'a picture')}")

    def shown() -> dict[str, str]:
        cells = page.locator("[data-name]").all()
        return {cell.get_attribute("data-name"): cell.inner_text() for cell in cells}

    return page, shown


@pytest.mark.parametrize("name", GAMES)
def test_a_seed_gives_the_same_run_again(widget, name):
    page, shown = widget
    page.get_by_label("loss").select_option(name)

    def twenty_steps() -> dict[str, str]:
        for _ in range(2):
            page.get_by_role("button", name="10 steps").click()
        return shown()

    first = twenty_steps()
    assert first["steps"] == "20"
    page.get_by_role("button", name="Restart").click()
    assert shown()["steps"] == "0"
    assert twenty_steps() == first
    page.get_by_label("seed").fill("1")
    other = twenty_steps()
    assert other["steps"] == "20"
    assert other != first


def test_it_runs_and_stops(widget):
    page, shown = widget
    page.get_by_role("button", name="Start", exact=True).click()
    page.wait_for_function(
        "Number(document.querySelector('[data-widget] div').shadowRoot"
        ".querySelector('[data-name=steps]').textContent) > 20"
    )
    page.get_by_role("button", name="Pause").click()
    before = shown()
    page.evaluate(TWO_FRAMES)  # in which it would go on
    assert shown() == before
    page.get_by_role("button", name="10 steps").click()  # counts anew at once
    assert int(shown()["steps"]) == int(before["steps"]) + 10
    assert page.get_by_role("button", name="Start", exact=True).is_visible()


@pytest.mark.parametrize(
    ("name", "rate", "steps", "fits"),
    [
        ("relativistic", 0.001, 500, lambda modes: modes == 8),
        ("wasserstein", 0.001, 500, lambda modes: modes == 0),
        ("non-saturating", 0.001, 500, lambda modes: modes == 8),
        ("non-saturating", 0.003, 3000, lambda modes: modes < 8),
    ],
)
def test_what_chapter_61_says_of_seed_0(page, name, rate, steps, fits):
    found = call(
        page,
        """
        const { newGame, play } = await import("/watch-gan.js");
        const game = newGame(given.name, 0);
        for (let step = 0; step < given.steps; step += 1) play(game, given.rate);
        const noise = gan.normals(2000, gan.random(12345));  // that of the widget
        return gan.modesCovered(gan.forward(game.generator, noise).output);
        """,
        name=name,
        rate=rate,
        steps=steps,
    )
    assert fits(found["modes"]), found
