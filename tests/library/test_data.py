"""The shipped data, its scales, its batches, and what happens to bad input."""

import hashlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from aigc_lib import checks, data, mixtures
from aigc_lib.networks import conv_decoder, conv_encoder
from aigc_lib.vae import VAE

UNIT = arrays("float32", (3, 5), elements=st.floats(0, 1, width=32))


def test_mnist_is_the_original():
    (x_train, y_train), (x_test, y_test) = data.load_mnist()
    for array, shape, md5 in (
        # MD5 of the pixels and labels, without the header of the original files
        (x_train, (60000, 28, 28), "6510e85a72c3e9475c492d559d3770d2"),
        (y_train, (60000,), "e86ee40d66677c011a9abda399ec8c4d"),
        (x_test, (10000, 28, 28), "240610fa99e73bfa49df8e7fc24d3206"),
        (y_test, (10000,), "073c3904dfbd3e141ff8aa01cfde6b15"),
    ):
        assert array.shape == shape
        assert array.dtype == np.uint8
        assert hashlib.md5(array.tobytes()).hexdigest() == md5


def test_mnist_needs_no_network(monkeypatch):
    def refuse(*args, **kwargs):
        raise AssertionError("load_mnist opened a connection")

    monkeypatch.setattr("socket.socket.connect", refuse)
    data.load_mnist()


def test_scales_reach_their_ends():
    images = np.array([[[0, 51], [204, 255]]], dtype="uint8")
    np.testing.assert_allclose(data.to_unit(images)[0, ..., 0], [[0, 0.2], [0.8, 1]], atol=1e-7)
    np.testing.assert_allclose(data.to_signed(images)[0, ..., 0], [[-1, -0.6], [0.6, 1]], atol=1e-7)
    assert data.to_signed(images).dtype == np.float32


@given(arrays("uint8", (2, 3, 3)))
def test_scaling_loses_nothing(images):
    back = np.rint((data.to_signed(images)[..., 0] + 1) * 127.5)
    np.testing.assert_array_equal(back.astype("uint8"), images)


@pytest.mark.parametrize(
    "images",
    [
        np.zeros((2, 28, 28), "float32"),
        np.zeros((28, 28), "uint8"),
        np.zeros((2, 28, 28, 1), "uint8"),
        np.zeros((0, 28, 28), "uint8"),
    ],
)
def test_only_stored_images_are_scaled(images):
    with pytest.raises(ValueError, match="expected stored images") as error:
        data.to_signed(images)
    assert str(images.shape) in str(error.value)


@given(UNIT, st.integers(0, 1000))
def test_binarised_pixels_are_a_seeded_draw(images, seed):
    binary = data.binarise(images, seed)
    np.testing.assert_array_equal(binary, data.binarise(images, seed))
    assert set(np.unique(binary)) <= {0.0, 1.0}
    assert (binary[images == 0] == 0).all()
    assert (binary[images == 1] == 1).all()


def test_binarised_mean_is_the_pixel():
    # standard error at p = 0.3 and 20 000 draws: 0.0032; allowed are four of them
    assert data.binarise(np.full(20_000, 0.3, "float32"), seed=0).mean() == pytest.approx(
        0.3, abs=0.013
    )


@given(
    arrays("uint8", (2, 3)), st.sampled_from(list(data.SCALES)), st.sampled_from(list(data.SCALES))
)
def test_every_scale_leads_to_every_other_and_back(pixels, one, two):
    there = data.rescale(pixels, "stored", one)
    low, high = data.SCALES[one]
    assert low <= there.min() <= there.max() <= high
    back = data.rescale(data.rescale(there, one, two), two, "stored")
    np.testing.assert_array_equal(back, pixels)


def test_samples_of_both_models_meet_on_one_scale(make_gan):
    vae = VAE(conv_encoder(2, 4, 8), conv_decoder(2, 4, 8))
    for model in (make_gan(), vae):
        drawn = data.rescale(model.sample(3, seed=0), model.scale, "signed")
        assert -1 <= drawn.min() < drawn.max() <= 1
        assert drawn.min() < 0


@pytest.mark.parametrize(
    ("pixels", "old", "new", "said"),
    [
        (np.zeros(3, "float32"), "grey", "unit", "'unit', 'signed', but got 'grey'"),
        (np.zeros(3, "float32"), "unit", "grey", "'unit', 'signed', but got 'grey'"),
        (np.zeros(3, "float32"), "stored", "unit", "uint8, but got float32"),
        (np.full(3, -1, "float32"), "unit", "signed", r"\[0, 1\], but got -1"),
        (np.full(3, np.nan, "float32"), "unit", "signed", "3 of 3 values are NaN"),
    ],
)
def test_what_cannot_be_rescaled_is_told(pixels, old, new, said):
    with pytest.raises(ValueError, match=said):
        data.rescale(pixels, old, new)


def test_pixels_that_are_no_probabilities():
    with pytest.raises(ValueError, match=r"\[0, 1\]"):
        data.binarise(np.array([-0.5, 0.5], "float32"), seed=0)


def bad_images() -> dict[str, tuple[np.ndarray, str]]:
    """Kind of fault → (images, what the error must say)."""
    good = np.zeros((4, 28, 28, 1), "float32")
    nan, large = good.copy(), good.copy()
    nan[0, 3, 4], large[1, 2, 2] = np.nan, 255
    return {
        "shape": (good[..., 0], r"\(4, 28, 28\)"),
        "size": (np.zeros((4, 32, 32, 1), "float32"), r"\(4, 32, 32, 1\)"),
        "integer": (good.astype("uint8"), "uint8"),
        "nan": (nan, "1 of 3136 values are NaN"),
        "range": (large, r"-?0 … 255"),
        "empty": (good[:0], "no data"),
    }


@pytest.mark.parametrize("fault", list(bad_images()))
def test_bad_images_are_refused(fault, make_gan):
    images, said = bad_images()[fault]
    with pytest.raises(ValueError, match=said):
        checks.samples(images, (28, 28, 1))
    with pytest.raises(ValueError, match=said):
        make_gan().fit(images, batch_size=2, verbose=0)


@pytest.mark.parametrize("cut", [data.batches, data.batches_of_points])
def test_batches_refuse_nan_and_nothing(cut):
    with pytest.raises(ValueError, match="1 of 8 values are NaN"):
        cut(np.array([[0, np.nan]] + 3 * [[1, 2]]), 2)
    with pytest.raises(ValueError, match="no data"):
        cut(np.zeros((0, 2)), 2)
    with pytest.raises(ValueError, match="from 1 to 4"):
        cut(np.zeros((4, 2)), 5)


def test_tokens_and_pairs_are_cut_too():
    tokens = np.arange(40).reshape(10, 4)
    labels = np.arange(10)
    for x, y in data.batches((tokens, labels), 5, seed=1):
        assert x.dtype == tokens.dtype
        np.testing.assert_array_equal(x[:, 0], 4 * y)
    assert len({int(t) for x in data.batches(tokens, 5) for t in x[:, 0]}) == 10
    with pytest.raises(
        ValueError, match=r"one row for each sample, but got shapes \[\(10, 4\), \(9,\)\]"
    ):
        data.batches((tokens, labels[:9]), 5)


def test_points_cut_once_keep_their_batch_and_change_its_turn():
    points = np.arange(46, dtype="float32").reshape(23, 2)
    cut = data.batches_of_points(points, 5, seed=1)
    epochs = [[batch.numpy() for batch in cut] for _ in range(2)]
    for epoch in epochs:
        together = sorted(epoch, key=lambda batch: batch[0, 0])
        np.testing.assert_array_equal(np.concatenate(together), points[:20])
    assert not np.array_equal(*epochs)
    np.testing.assert_array_equal(list(data.batches_of_points(points, 5, seed=1)), epochs[0])


@pytest.mark.parametrize("size", [0, -1, 65])
def test_batch_larger_than_the_data(images, size, make_gan):
    with pytest.raises(ValueError, match=r"from 1 to 64|at least 1"):
        data.batches(images, size)
    with pytest.raises(ValueError, match=r"from 1 to 64|at least 1"):
        make_gan().fit(images, batch_size=size, verbose=0)


def test_batches_are_full_shuffled_and_seeded(images):
    first = [batch.numpy() for batch in data.batches(images, 30, seed=1)]
    again = [batch.numpy() for batch in data.batches(images, 30, seed=1)]
    assert [len(batch) for batch in first] == [30, 30]
    np.testing.assert_array_equal(first, again)
    drawn = {image.tobytes() for image in np.concatenate(first)}
    assert len(drawn) == 60
    assert drawn <= {image.tobytes() for image in images}
    assert not np.array_equal(first[0], images[:30])


def test_each_epoch_has_its_own_order(images):
    batches = data.batches(images, 64, seed=1)
    one, two = (next(iter(batches)).numpy() for _ in range(2))
    assert not np.array_equal(one, two)
    np.testing.assert_array_equal(np.sort(one, axis=0), np.sort(two, axis=0))


def test_points_of_any_size_are_samples_but_not_nan():
    points = 100 * mixtures.ring(20, seed=0)
    assert checks.samples(points) is points
    assert next(iter(data.batches(points, 5))).shape == (5, 2)
    points[3, 1] = np.inf
    for check in (checks.samples, data.batches):
        with pytest.raises(ValueError, match="1 of 40 values are NaN or infinite"):
            check(points)
    with pytest.raises(ValueError, match=r"\(n, 3\), but got \(20, 2\)"):
        checks.samples(points, (3,))


def test_stacked_digits_pair_images_independently(images):
    images = images * np.float32(1)
    images[:, 0, 0, 0] = np.linspace(-1, 1, 64, dtype="float32")  # each can be told by one pixel
    pairs = data.stacked_digits(images, 20_000, seed=0)
    assert (pairs.shape, pairs.dtype) == ((20_000, 28, 28, 2), np.float32)
    first, second = (np.rint((pairs[:, 0, 0, c] + 1) * 31.5).astype(int) for c in (0, 1))
    np.testing.assert_array_equal(pairs[..., 0], images[first, ..., 0])
    np.testing.assert_array_equal(pairs[..., 1], images[second, ..., 0])
    table = np.zeros((4, 4))  # shares of pairs by quarters of the data; standard error 0.0017
    np.add.at(table, (first // 16, second // 16), 1 / len(pairs))
    np.testing.assert_allclose(table, 1 / 16, atol=0.008)
    np.testing.assert_array_equal(pairs[:50], data.stacked_digits(images, 20_000, seed=0)[:50])
    with pytest.raises(ValueError, match=r"got \(64, 28, 28, 2\)"):
        data.stacked_digits(np.repeat(images, 2, axis=-1), 5, seed=0)


@pytest.mark.parametrize("cut", [data.batches, data.batches_of_points])
def test_an_epoch_starts_anywhere_in_the_data(cut):
    """Holds off a shuffle within a small window: the first batches would hold the first rows."""
    rows = np.arange(2000, dtype="float32").reshape(1000, 2)
    first = [next(iter(cut(rows, 10, seed=seed)))[:, 0].numpy().max() / 2 for seed in range(8)]
    assert max(first) > 500


def test_pixels_of_different_images_are_drawn_independently():
    """Holds off one draw for all images, or for all pixels of an image."""
    drawn = data.binarise(np.full((100, 90), 0.5, "float32"), seed=0)
    for shares in (drawn.mean(axis=0), drawn.mean(axis=1)):  # standard error 0.05
        assert 0.2 < shares.min() < shares.max() < 0.8


def test_every_image_may_be_stacked_on_either_side(images):
    """Holds off a first or a last image that is never drawn."""
    pairs = data.stacked_digits(images, 2000, seed=0)
    for channel in (0, 1):
        assert {each.tobytes() for each in pairs[..., channel]} == {x.tobytes() for x in images}
