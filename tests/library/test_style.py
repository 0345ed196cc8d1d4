"""The generator with styles: its layers against their formulas, and what is done with its codes."""

import keras
import numpy as np
import pytest
from cases import MORE
from helpers import flat
from keras import ops

from aigc_lib import networks, style
from aigc_lib.gan import GAN


@pytest.fixture(scope="module")
def generator() -> keras.Model:
    """A small one, whose noise has a strength, as after training."""
    return strong(style.style_generator(5, 6, 2, width=3, side=8, channels=2))


def strong(generator: keras.Model) -> keras.Model:
    """The same with noise of strength 1."""
    for layer in generator.get_layer("synthesis").layers:
        if isinstance(layer, style.Noise):
            layer.strength.assign(ops.ones_like(layer.strength))
    return generator


def noise(n: int = 7, d: int = 5, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((n, d)).astype("float32")


# --- layers --------------------------------------------------------------------------------------


@pytest.mark.parametrize("strides", [1, 2])
@pytest.mark.parametrize("demodulate", [True, False])
def test_a_styled_convolution_equals_weights_of_each_samples_own(strides, demodulate):
    """Holds off the short cut, one convolution for all samples, if it were another function."""
    layer = style.StyledConvolution(4, 4, strides, demodulate)
    pictures, codes = np.random.default_rng(0).standard_normal((3, 5, 5, 2)), noise(3)
    got = layer([pictures, codes])
    layer.bias.assign([1.0, 2.0, 3.0, 4.0])
    factors = np.asarray(codes @ layer.style.kernel + layer.style.bias)
    for picture, factor, result in zip(pictures, factors, got, strict=True):
        weight = np.asarray(layer.weight)
        read, written = (2, 3) if strides == 1 else (3, 2)
        weight = np.moveaxis(weight, (read, written), (2, 3)) * factor[:, None]
        if demodulate:
            weight = weight / np.sqrt((weight**2).sum(axis=(0, 1, 2)))
            weight = weight * np.sqrt(2) * strides
        weight = np.moveaxis(weight, (2, 3), (read, written)).astype("float32")
        conv = ops.conv if strides == 1 else ops.conv_transpose
        wanted = conv(picture[None].astype("float32"), weight, strides=strides, padding="same")
        np.testing.assert_allclose(result, wanted[0], rtol=1e-4, atol=1e-5)
    moved = layer([pictures, codes]) - got
    np.testing.assert_allclose(moved, layer.bias.numpy() + 0 * moved, atol=1e-5)


def test_demodulated_results_have_variance_2_whatever_the_style():
    """Holds off a style that sets the contrast of all later layers."""
    layer = style.StyledConvolution(64, 3)
    pictures = np.random.default_rng(0).standard_normal((2, 30, 30, 32)).astype("float32")
    codes = noise(2, 8)
    for scale in (1, 100):
        got = np.asarray(layer([pictures, scale * codes]))
        np.testing.assert_allclose(got.var(axis=(1, 2, 3)), 2, rtol=0.1)


@pytest.mark.parametrize("rate", [0.01, 1.0])
def test_a_scaled_layer_begins_alike_and_learns_at_its_rate(rate):
    x = noise(500, 16)
    layer = style.ScaledDense(64, rate)
    before = layer(x)
    assert np.std(before) == pytest.approx(1, rel=0.1)
    optimizer = keras.optimizers.Adam(1e-3)  # its first step is ±1e-3 for each weight
    weights = layer.trainable_variables
    optimizer.apply([ops.ones_like(each) for each in weights], weights)
    moved = 1e-3 * rate * (x.sum(axis=1, keepdims=True) + 1)
    np.testing.assert_allclose(before - layer(x), moved + 0 * before, atol=2e-6)


def test_noise_is_new_in_training_and_one_picture_else():
    layer = style.Noise(seed=1)
    x = np.zeros((200, 6, 5, 3), "float32")
    np.testing.assert_array_equal(layer(x), x)
    layer.strength.assign([0.0, 1.0, 2.0])
    still = np.asarray(layer(x))
    np.testing.assert_array_equal(still, layer(x))
    np.testing.assert_array_equal(still - still[:1], x)
    first, second = (np.asarray(layer(x, training=True)) for _ in range(2))
    assert np.corrcoef(first[..., 1].ravel(), second[..., 1].ravel())[0, 1] < 0.1
    assert np.corrcoef(first[0, ..., 1].ravel(), first[1, ..., 1].ravel())[0, 1] < 0.6
    np.testing.assert_allclose(first.std(axis=(0, 1, 2)), [0, 1, 2], rtol=0.05)
    for drawn in (still, first):
        np.testing.assert_allclose(drawn[..., 2], 2 * drawn[..., 1], rtol=1e-6)


# --- the generator -------------------------------------------------------------------------------


def test_it_draws_signed_pictures_of_the_size_asked_for(generator):
    drawn = generator(noise())
    assert drawn.shape == (7, 8, 8, 2)
    assert np.abs(drawn).max() <= 1
    assert style.style_generator().output_shape == networks.dcgan_generator().output_shape


def test_without_a_mapping_network_w_is_z():
    plain = style.style_generator(5, 5, 0, width=3, side=8)
    np.testing.assert_array_equal(style.styles(plain, noise()), noise())
    assert not plain.get_layer("mapping").weights
    with pytest.raises(ValueError, match=r"one size of z and w.* 5 and style_dim 6"):
        style.style_generator(5, 6, 0)


@pytest.mark.parametrize("length", [0.1, 100])
def test_only_the_direction_of_z_counts(generator, length):
    """With a mapping network, which first puts z on a sphere."""
    w = style.styles(generator, noise())
    np.testing.assert_allclose(style.styles(generator, np.float32(length) * noise()), w, atol=1e-4)


def test_the_same_synthesis_stands_behind_every_mapping():
    """Holds off that two things change at once in the comparison."""
    found = []
    for mapping in (0, 4):
        keras.utils.set_random_seed(1)
        synthesis = style.style_generator(mapping=mapping).get_layer("synthesis")
        found.append([weight.shape for weight in synthesis.weights])
    assert found[0] == found[1]


def test_noise_is_new_for_each_picture_in_training_only(generator):
    """Holds off a generator that forgets, somewhere between its networks, that it is trained."""
    same = np.repeat(noise(1), 4, axis=0)
    still = np.repeat(generator(same[:1]), 4, axis=0)
    np.testing.assert_allclose(generator(same), still, atol=1e-5)
    drawn = np.asarray(generator(same, training=True))
    assert (drawn.std(axis=0) > 1e-4).mean() > 0.9
    assert not np.array_equal(drawn, generator(same, training=True))


def test_noise_can_be_left_out():
    quiet = style.style_generator(5, 6, 2, width=3, side=8, noise=False)
    assert not any(isinstance(each, style.Noise) for each in quiet.get_layer("synthesis").layers)
    np.testing.assert_array_equal(quiet(noise(), training=True), quiet(noise()))


@pytest.mark.parametrize("how", ["clone", "file"])
def test_a_copy_draws_the_same(generator, how, tmp_path):
    if how == "clone":
        copy = keras.models.clone_model(generator)
        copy.set_weights(generator.get_weights())
    else:
        generator.save(tmp_path / "generator.keras")
        copy = keras.saving.load_model(tmp_path / "generator.keras", safe_mode=True)
    np.testing.assert_array_equal(copy(noise()), generator(noise()))
    np.testing.assert_array_equal(style.styles(copy, noise()), style.styles(generator, noise()))


def test_a_gan_of_it_saves_the_noise_of_its_layers(tmp_path):
    generator = style.style_generator(5, 6, 2, width=3, side=28)
    gan = GAN(generator, networks.dcgan_discriminator(2))
    assert {f"generator_seed_{i}" for i in range(3)} <= gan.seed_states().keys()
    np.testing.assert_array_equal(gan.sample(4, seed=1), gan.sample(4, seed=1))
    in_parts = gan.sample(4, seed=1, batch_size=3)
    np.testing.assert_allclose(gan.sample(4, seed=1), in_parts, atol=1e-6)


def test_a_saved_gan_of_it_trains_on_bit_for_bit(tmp_path):
    """Holds off a loaded generator whose layers begin their noise anew."""
    case = MORE["style GAN"]
    gan = case.make()
    gan.fit(case.x, 8, verbose=0)
    gan.save(tmp_path / "gan.keras")
    loaded = keras.saving.load_model(tmp_path / "gan.keras", safe_mode=True)
    for each in (gan, loaded):
        each.fit(case.x, 8, verbose=0)
    np.testing.assert_array_equal(flat(loaded.weights), flat(gan.weights))


# --- codes ---------------------------------------------------------------------------------------


def test_drawing_goes_through_the_codes(generator):
    w = style.styles(generator, noise())
    assert (w.shape, w.dtype) == ((7, 6), np.float32)
    np.testing.assert_allclose(style.draw(generator, w), generator(noise()), atol=1e-6)
    mean = style.mean_style(generator, n=500, seed=3)
    z = keras.random.normal((500, 5), seed=3)
    np.testing.assert_allclose(mean, style.styles(generator, z).mean(axis=0), atol=1e-6)


def test_truncation_goes_from_one_picture_to_all(generator):
    w, mean = style.styles(generator, noise()), style.mean_style(generator, 500)
    np.testing.assert_array_equal(style.truncated(w, mean, 1.0), w)
    same = style.draw(generator, style.truncated(w, mean, 0.0))
    np.testing.assert_allclose(same, np.repeat(same[:1], 7, axis=0), atol=1e-6)
    assert style.draw(generator, w).std(axis=0).max() > 1e-3
    layered = np.repeat(w[:, None], style.LAYERS, axis=1)
    half = style.truncated(layered, mean, 0.5)
    np.testing.assert_allclose(half, (layered + mean) / 2, atol=1e-6)


def test_mixtures_go_from_the_second_to_the_first(generator):
    first, second = (style.styles(generator, noise(seed=seed)) for seed in (0, 1))
    for layer, parent in ((0, second), (style.LAYERS, first)):
        mixture = style.draw(generator, style.mixed(first, second, layer))
        np.testing.assert_allclose(mixture, style.draw(generator, parent), atol=1e-6)
    between = style.mixed(first, second, 1)
    np.testing.assert_array_equal(between[:, 0], first)
    np.testing.assert_array_equal(between[:, 1:], np.repeat(second[:, None], 3, axis=1))


def test_another_generator_is_refused():
    plain = networks.dcgan_generator(4, width=2)
    for call in (
        lambda: style.styles(plain, noise(d=4)),
        lambda: style.draw(plain, noise(d=4)),
        lambda: style.mean_style(plain),
        lambda: style.draw(None, noise(d=4)),
    ):
        with pytest.raises(TypeError, match=r"expected a generator of style|Keras model"):
            call()
