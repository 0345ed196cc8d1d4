"""Emoji in two styles, digits of two sources, and what needs no training between them."""

import hashlib
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage
from sklearn.datasets import load_digits
from sklearn.metrics import pairwise_distances_argmin_min
from sklearn.neighbors import KNeighborsClassifier

from aigc_lib import data, metrics, pairs

SEEDS = st.integers(0, 10_000)


@pytest.fixture(scope="module")
def parts() -> dict[str, pairs.Emoji]:
    return {part: pairs.emoji(part) for part in pairs.PARTS}


def test_the_emoji_are_those_of_the_packages(parts):
    everything = parts["all"]
    for style, md5 in (
        (everything.noto, "48fc4945ddb5cb1558e037521f2fed6c"),
        (everything.twemoji, "8c565a8217aa8c0450980efc661f5a49"),
    ):
        assert style.shape == (1636, 20, 20, 3)
        assert style.dtype == np.uint8
        assert hashlib.md5(style.tobytes()).hexdigest() == md5
    assert Counter(everything.groups)["Animals & Nature"] == 159
    named = dict(zip(everything.names, everything.chinese, strict=True))
    assert len(named) == len(set(named.values())) == 1636
    assert (named["ox"], named["grinning face"]) == ("公牛", "嘿嘿")


def test_the_cut_leaves_nothing_out_and_nothing_twice(parts):
    names = {part: set(emoji.names) for part, emoji in parts.items()}
    assert (len(names["train"]), len(names["test"])) == (1236, 400)
    assert names["train"] | names["test"] == names["all"]
    rows = {name: i for i, name in enumerate(parts["all"].names)}
    for part in ("train", "test"):
        taken = [rows[name] for name in parts[part].names]
        for part_of, whole in zip(parts[part], parts["all"], strict=True):
            np.testing.assert_array_equal(part_of, np.array(whole)[taken])


def test_no_test_picture_has_a_near_copy_among_those_for_training(parts):
    """A cut at random leaves "woman running" to a model that has learnt "man running"."""
    for style in ("noto", "twemoji"):
        train, test = (getattr(parts[part], style) / 255 for part in ("train", "test"))
        for looking in (train, train[:, :, ::-1]):
            flat = [each.reshape(len(each), -1) for each in (test, looking)]
            gap = pairwise_distances_argmin_min(*flat)[1].min() ** 2 / 1200
            assert -10 * np.log10(gap) < 23


def test_doing_nothing_has_the_figures_of_the_survey(parts):
    noto, twemoji = (data.rescale(each, "stored", "unit") for each in parts["all"][:2])
    assert abs(noto - twemoji).mean() == pytest.approx(0.157, abs=5e-4)
    assert metrics.psnr(noto, twemoji, peak=1) == pytest.approx(12.0, abs=0.05)
    assert metrics.retrieval(noto, twemoji) == pytest.approx(0.213, abs=5e-4)
    mean = np.broadcast_to(twemoji.mean(axis=0), twemoji.shape)
    assert abs(mean - twemoji).mean() == pytest.approx(0.214, abs=5e-4)
    assert metrics.retrieval(mean, twemoji) == 1 / 1636


# Colours


def pictures(seed: int, n: int, channels: int, spread: float = 0.08) -> np.ndarray:
    """Pictures whose channels hang together, well within [-1, 1]."""
    rng = np.random.default_rng(seed)
    mixing = np.eye(channels) + 0.5 * rng.uniform(-1, 1, (channels, channels))
    noise = rng.uniform(-1, 1, (n, 5, 4, channels)) @ mixing
    return (rng.uniform(-0.2, 0.2, channels) + spread * noise).astype("float32")


def moments(images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    flat = images.reshape(-1, images.shape[-1]).astype(float)
    return flat.mean(axis=0), np.atleast_2d(np.cov(flat.T))


@given(SEEDS, st.integers(1, 3))
def test_after_the_map_colours_have_the_moments_of_the_target(seed, channels):
    source, target = pictures(seed, 6, channels), pictures(seed + 1, 4, channels, 0.05)
    mapped = pairs.match_colours(source, source, target)
    n, m = (each[..., 0].size for each in (source, target))
    for found, wanted, rest in zip(
        moments(mapped), moments(target), (1, (1 - 1 / m) / (1 - 1 / n)), strict=True
    ):
        np.testing.assert_allclose(found, wanted * rest, atol=1e-6)


@given(SEEDS)
def test_the_map_moves_colours_less_than_another_with_the_same_moments(seed):
    source, target = pictures(seed, 6, 3), pictures(seed + 1, 6, 3)
    (a, spread), (b, wanted) = moments(source), moments(target)
    roots = [np.linalg.cholesky(each) for each in (spread, wanted)]
    other = b + (source - a) @ (roots[1] @ np.linalg.inv(roots[0])).T
    ours = pairs.match_colours(source, source, target)
    assert ((ours - source) ** 2).mean() <= ((other - source) ** 2).mean() + 1e-9


@given(SEEDS)
def test_between_equal_moments_the_map_does_nothing(seed):
    source = pictures(seed, 6, 3)
    turned = source[::-1, ::-1]
    np.testing.assert_allclose(pairs.match_colours(source, source, turned), source, atol=1e-6)


def test_what_has_no_spread_gets_the_mean():
    """Grey pictures, whose three channels are one: their covariance has no inverse."""
    grey = np.repeat(pictures(0, 6, 1), 3, axis=-1)
    target = pictures(1, 6, 3)
    mapped = pairs.match_colours(grey, grey, target)
    np.testing.assert_allclose(moments(mapped)[0], moments(target)[0], atol=1e-6)
    flat = np.full_like(grey, 0.5)
    np.testing.assert_allclose(
        pairs.match_colours(flat, flat, target)[0, 0, 0], moments(target)[0], atol=1e-6
    )


def test_colours_stay_within_the_scale():
    dark, bright = (np.clip(pictures(0, 6, 3, 0.3) + x, -1, 1) for x in (-0.6, 0.8))
    mapped = pairs.match_colours(bright, dark, bright)
    assert mapped.max() == 1
    assert mapped.dtype == np.float32


@pytest.mark.parametrize("part", ["train", "test"])
def test_the_map_brings_styles_nearer_in_colour_only(parts, part):
    """It sees all training pictures, no pairs: a little better than nothing."""
    source, target = (data.rescale(each, "stored", "signed") for each in parts["train"][:2])
    x, y = (data.rescale(each, "stored", "signed") for each in parts[part][:2])
    mapped = pairs.match_colours(x, source, target)
    assert metrics.retrieval(mapped, y) > metrics.retrieval(x, y)
    assert 0 < metrics.psnr(mapped, y, peak=2) - metrics.psnr(x, y, peak=2) < 0.1


# Digits


def test_uci_digits_are_those_of_scikit_learn_on_another_scale():
    images, labels = pairs.uci_digits()
    original = load_digits()
    assert images.shape == (1797, 8, 8, 1)
    assert images.dtype == labels.dtype == np.uint8
    np.testing.assert_array_equal(np.rint(images[..., 0] * (16 / 255)), original.images)
    np.testing.assert_array_equal(labels, original.target)
    cut = [pairs.uci_digits(part) for part in ("train", "test")]
    assert [len(each) for each, _ in cut] == [1000, 797]
    np.testing.assert_array_equal(np.concatenate([each for each, _ in cut]), images)
    np.testing.assert_array_equal(np.concatenate([each for _, each in cut]), labels)


def judge(images: np.ndarray, labels: np.ndarray) -> KNeighborsClassifier:
    return KNeighborsClassifier(3).fit(images.reshape(len(images), -1), labels)


def test_crops_are_worth_what_the_survey_found_and_more():
    """Two plain cuts of MNIST, and one with the slant undone, before a judge of UCI's digits."""
    images, labels = (each[::10] for each in data.load_mnist()[1])
    knows_all, knows_train = (judge(*pairs.uci_digits(part)) for part in ("all", "train"))
    test, truth = pairs.uci_digits("test")
    assert knows_train.score(test.reshape(len(test), -1), truth) == pytest.approx(0.965, abs=5e-4)
    shares = [
        knows_all.score(each.reshape(len(each), -1), labels)
        for each in (
            pairs.blocks(images),
            pairs.cropped(images),
            pairs.cropped(images, upright=True),
        )
    ]
    assert shares == pytest.approx([0.436, 0.666, 0.744], abs=0.03)


def drawn(height: int, width: int, top: int, left: int) -> np.ndarray:
    """A seven of this size, stored."""
    picture = np.zeros((28, 28), "uint8")
    picture[top, left : left + width] = 255
    for row in range(height):
        picture[top + row, left + (width - 1) * (height - 1 - row) // (height - 1)] = 255
    return picture


@given(st.integers(8, 20), st.integers(3, 16), st.integers(0, 8), st.integers(0, 12))
def test_a_crop_does_not_see_where_the_digit_stands(height, width, top, left):
    moved, middle = drawn(height, width, top, left), drawn(height, width, 4, 6)
    pair = np.stack([moved, middle])
    for found in (pairs.cropped(pair), pairs.cropped(pair, upright=True)):
        assert found.shape == (2, 8, 8, 1)
        assert abs(found[0].astype(int) - found[1]).max() <= 1
        assert found.max(axis=(1, 2, 3)).tolist() == [255, 255]
        assert found[0, [0, -1]].max() > 0


@pytest.mark.parametrize("slant", [-0.4, -0.2, 0.2, 0.4])
def test_upright_undoes_a_slant(slant):
    """Digits, and the same ones slanted by a shear: without it, and after it."""
    digits = data.load_mnist()[1][0][:40]
    slanted = np.stack(
        [
            ndimage.affine_transform(each, [[1, 0], [slant, 1]], [0, -slant * 13.5], order=1)
            for each in digits
        ]
    )
    gaps = [
        abs(pairs.cropped(slanted, upright).astype(int) - pairs.cropped(digits, upright)).mean()
        for upright in (False, True)
    ]
    assert gaps[1] < gaps[0] / 2


def test_blocks_are_means_scaled_to_the_darkest():
    picture = np.zeros((1, 28, 28), "uint8")
    picture[0, 2:5, 2:5] = 90  # the first block, whole
    picture[0, 5, 5] = 90  # a ninth of the next on the diagonal
    picture[0, :2] = 255  # outside the middle
    found = pairs.blocks(picture)[0, ..., 0]
    assert (found[0, 0], found[1, 1], np.count_nonzero(found)) == (255, 28, 2)


def test_a_blank_middle_is_refused():
    """Ink at the border alone, which the plain cut does not see."""
    picture = np.zeros((2, 28, 28), "uint8")
    picture[0, 10:20, 10:20] = 255
    picture[1, 0] = 255
    with pytest.raises(ValueError, match="number 1"):
        pairs.blocks(picture)
    assert pairs.cropped(picture).max(axis=(1, 2, 3)).tolist() == [255, 255]
