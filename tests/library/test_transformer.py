"""The transformer's layers: the formula, who sees whom, a character at a time, what is refused."""

from itertools import product

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy.special import softmax

from aigc_lib import transformer
from aigc_lib.attention import Bias

V, LENGTH, WIDTH = 7, 12, 8
SIZES = {"vocabulary": V, "length": LENGTH, "width": WIDTH, "heads": 2}
ROW = np.array([[3, 1, 4, 1, 5, 2, 6, 5, 3, 5, 0, 0]])  # as long as the window


def shaken(model: keras.Model, seed: int = 0) -> keras.Model:
    """The same model with weights that are all at work: some begin as 0 or 1."""
    rng = np.random.default_rng(seed)
    for weight in model.trainable_variables:
        weight.assign(weight + rng.normal(0, 0.4, weight.shape))
    return model


def network(**options) -> keras.Model:
    keras.utils.set_random_seed(0)
    return shaken(transformer.transformer(**SIZES | options))


def seen_by(read, x: np.ndarray) -> np.ndarray:
    """(t, t): whether what `read` gives at place i changes with what stands at place j."""
    changed = []
    for j in range(x.shape[1]):
        other = x.copy()
        other[:, j] = (x[:, j] + 1) % V if x.dtype.kind == "i" else x[:, j, ::-1]
        before, after = (np.asarray(read(each)) for each in (x, other))
        changed.append(np.abs(before - after).max(axis=(0, 2)) > 1e-6)
    return np.array(changed).T


def band(width: int) -> np.ndarray:
    """(t, t): each place sees itself and those before it, `width` in all."""
    i, j = np.indices((LENGTH, LENGTH))
    return (j <= i) & (j > i - width)


VECTORS = np.random.default_rng(1).normal(size=(2, LENGTH, WIDTH)).astype("float32")
LAYERS = {
    "attention": (lambda: transformer.Attention(2), band(LENGTH)),
    "attention to both sides": (
        lambda: transformer.Attention(2, causal=False),
        np.ones((LENGTH, LENGTH), bool),
    ),
    "convolution": (lambda: transformer.ShortConvolution(3), band(3)),
    "block": (lambda: transformer.Block(2), band(LENGTH)),
    "block with a convolution": (lambda: transformer.Block(2, mixing=4), band(LENGTH)),
    "block without attention": (lambda: transformer.Block(0, mixing=4), band(4)),
    "block of neither": (lambda: transformer.Block(0), band(1)),
}


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_sees_what_it_should_and_no_later_vector(name):
    make, wanted = LAYERS[name]
    layer = make()
    layer.build((None, LENGTH, WIDTH))
    np.testing.assert_array_equal(seen_by(shaken(layer), VECTORS), wanted)


NETWORKS = {
    "causal": ({}, band(LENGTH)),
    "tied": ({"tied": True}, band(LENGTH)),
    "four blocks": ({"layers": 4, "mixing": 1}, band(LENGTH)),
    "both sides": ({"causal": False}, np.ones((LENGTH, LENGTH), bool)),
    "no attention": ({"attention": False, "mixing": 3}, band(5)),  # 2 blocks of 3: 2 + 2 before
    "nothing": ({"attention": False, "mixing": 1}, band(1)),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_no_position_sees_the_future_and_every_earlier_one_is_seen(name):
    options, wanted = NETWORKS[name]
    np.testing.assert_array_equal(seen_by(network(**options), ROW), wanted)


def test_attention_is_its_formula():
    """softmax(Q Kᵀ/√d + mask) V, head by head, in NumPy."""
    layer = transformer.Attention(2)
    layer.build((None, LENGTH, WIDTH))
    shaken(layer)
    maps = np.split(np.asarray(layer.project.kernel), 3, axis=1)
    later = np.triu(np.ones((LENGTH, LENGTH), bool), 1)
    heads, weights = [], []
    for head in range(2):
        mine = slice(4 * head, 4 * head + 4)
        q, k, v = (VECTORS[0] @ each[:, mine] for each in maps)
        weights.append(softmax(np.where(later, -np.inf, q @ k.T / np.sqrt(4)), axis=1))
        heads.append(weights[-1] @ v)
    wanted = np.concatenate(heads, axis=1) @ np.asarray(layer.merge.kernel)
    np.testing.assert_allclose(layer(VECTORS)[0], wanted, atol=1e-5)
    np.testing.assert_allclose(layer.weights_of(VECTORS)[0], weights, atol=1e-6)


def test_the_convolution_is_its_formula():
    layer = transformer.ShortConvolution(3)
    layer.build((None, LENGTH, WIDTH))
    np.testing.assert_array_equal(layer(VECTORS), VECTORS)  # 0 at first
    w = np.asarray(shaken(layer).kernel)
    padded = np.pad(VECTORS, [(0, 0), (2, 0), (0, 0)])
    wanted = VECTORS + sum(w[j] * padded[:, 2 - j : 2 - j + LENGTH] for j in range(3))
    np.testing.assert_allclose(layer(VECTORS), wanted, atol=1e-6)


@pytest.mark.parametrize("cuts", [[6], [1, 2, 3, 4, 11], [5, 6, 7, 12]])
@pytest.mark.parametrize("name", ["causal", "tied", "four blocks", "no attention"])
def test_reading_on_gives_what_reading_at_once_gives(name, cuts):
    """The cache: rows read in parts, one character or several, to 1e-4 in the logits."""
    model = network(**NETWORKS[name][0])
    rows = np.concatenate([ROW, ROW[:, ::-1]])
    kept, found = transformer.empty(model, 2), []
    for start, end in zip([0, *cuts], [*cuts, LENGTH], strict=True):
        logits, kept = transformer.extend(model, rows[:, start:end], start, kept)
        found.append(logits)
    np.testing.assert_allclose(np.concatenate(found, axis=1), model(rows), atol=1e-4)


def test_an_untrained_network_holds_each_character_for_equally_probable():
    plain, tied = (transformer.transformer(**SIZES, tied=each)(ROW) for each in (False, True))
    np.testing.assert_array_equal(plain, np.zeros((1, LENGTH, V)))
    assert 0 < np.abs(tied).max() < 0.5
    rows = transformer.transformer(**SIZES)(ROW[:, :5])
    assert rows.shape == (1, 5, V)


def test_sizes_are_those_of_the_published_network():
    """nanoGPT's README: 4 layers, 4 heads, width 128; about 0.8 million weights."""
    model = transformer.transformer(65, 64, layers=4, mixing=1)
    blocks = 4 * (4 * 128**2 + 8 * 128**2 + 4 * 128 + 2 * 128)
    assert model.count_params() == (65 + 64 + 65) * 128 + blocks + 128
    assert 0.8e6 < model.count_params() < 0.83e6


def test_tied_weights_are_stored_once():
    models = {tied: transformer.transformer(**SIZES, tied=tied) for tied in (False, True)}
    assert models[False].count_params() - models[True].count_params() == V * WIDTH - V


def test_dropout_acts_in_training_only():
    model = network(dropout=0.5)
    once, again = (np.asarray(model(ROW, training=True)) for _ in range(2))
    assert np.abs(once - again).max() > 0.01
    np.testing.assert_array_equal(model(ROW), model(ROW))


@pytest.mark.parametrize("tied", [False, True])
def test_a_network_is_saved_and_loaded(tied, tmp_path):
    model = network(tied=tied, dropout=0.1, mixing=3)
    model.save(tmp_path / "network.keras")
    loaded = keras.saving.load_model(tmp_path / "network.keras", safe_mode=True)
    np.testing.assert_array_equal(loaded(ROW), model(ROW))
    for layer in model.layers:
        assert loaded.get_layer(layer.name).get_config() == layer.get_config()
    transformer.chain(loaded)


@pytest.mark.parametrize(("tied", "pooling"), [*product([False, True], transformer.POOLINGS)])
def test_a_classifier_shares_the_networks_weights(tied, pooling):
    model = network(tied=tied)
    judge = transformer.classifier(model, 3, pooling)
    np.testing.assert_array_equal(judge(ROW), np.zeros((1, 3)))  # untrained
    shared = {id(v) for v in model.variables} & {id(v) for v in judge.variables}
    assert len(shared) == len(model.variables) - 1  # all but the head, or its bias
    judge.layers[-1].set_weights([np.random.default_rng(0).normal(size=(WIDTH, 3)), np.ones(3)])
    vectors = keras.Model(model.input, model.get_layer("norm").output)(ROW)
    vectors = np.asarray(vectors)[0]
    pooled = np.mean(vectors, axis=0) if pooling == "mean" else vectors[-1]
    kernel, bias = judge.layers[-1].get_weights()
    np.testing.assert_allclose(judge(ROW)[0], pooled @ kernel + bias, atol=1e-5)
    judge.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    before = model.get_layer("embedding").characters.numpy()
    judge.fit(ROW, np.array([1]), epochs=3, verbose=0)
    assert np.abs(model.get_layer("embedding").characters.numpy() - before).max() > 0
    assert judge(ROW)[0].numpy().argmax() == 1


def test_sixteen_bits_hide_the_future_too():
    keras.config.set_dtype_policy("mixed_float16")
    try:
        model = network()
    finally:
        keras.config.set_dtype_policy("float32")
    other = ROW.copy()
    other[0, -1] = 6
    logits, changed = model(ROW), model(other)
    np.testing.assert_array_equal(logits[0, :-1], changed[0, :-1])
    assert np.isfinite(logits).all()
    assert tf.reduce_any(logits[0, -1] != changed[0, -1])


def test_a_bias_is_added():
    layer = Bias()
    layer.build((None, 3))
    layer.bias.assign([1, 2, 3])
    np.testing.assert_array_equal(layer(np.zeros((2, 3), "float32")), [[1, 2, 3]] * 2)


BAD = {
    "a width that heads do not share": ({"width": 9}, ValueError, "multiple of heads.*9 and 2"),
    "half a head": ({"heads": 0.5}, TypeError, "whole number for heads"),
    "no head": ({"heads": 0}, ValueError, "heads to be at least 1"),
    "no block": ({"layers": 0}, ValueError, "layers to be at least 1"),
    "no mixing": ({"mixing": 0}, ValueError, "mixing to be at least 1"),
    "one character": ({"vocabulary": 1}, ValueError, "vocabulary to be at least 2"),
    "a window of one": ({"length": 1}, ValueError, "length to be at least 2"),
    "all dropped": ({"dropout": 1.0}, ValueError, "dropout < 1, but got 1"),
    "dropout below 0": ({"dropout": -0.1}, ValueError, "≥ 0 for dropout, but got -0.1"),
    "dropout as text": ({"dropout": "no"}, TypeError, "number for dropout"),
    "causal as text": ({"causal": "no"}, TypeError, "True or False for causal"),
    "attention as a number": ({"attention": 2}, TypeError, "True or False for attention"),
    "tied as None": ({"tied": None}, TypeError, "True or False for tied"),
}


@pytest.mark.parametrize("kind", BAD)
def test_sizes_that_are_none_are_refused(kind):
    options, error, said = BAD[kind]
    with pytest.raises(error, match=f"expected .*{said}"):
        transformer.transformer(**SIZES | options)


LAYERS_OF_NONE = {
    "half a head": (lambda: transformer.Attention(0.5), TypeError, "whole number for heads"),
    "causal as text": (
        lambda: transformer.Attention(2, "no"),
        TypeError,
        "True or False for causal",
    ),
    "no depth": (lambda: transformer.Attention(2, depth=0), ValueError, "depth to be at least 1"),
    "heads that share no width": (
        lambda: transformer.Attention(3).build((None, 4, 8)),
        *(ValueError, "share equally, but got 8 and 3"),
    ),
    "a convolution over nothing": (
        lambda: transformer.ShortConvolution(0),
        *(ValueError, "width to be at least 1"),
    ),
    "a block of no mixing": (
        lambda: transformer.Block(2, mixing=0),
        *(ValueError, "mixing to be at least 1"),
    ),
    "no vectors": (lambda: transformer.Embedding(7, 12, 0), ValueError, "width to be at least 1"),
    "rows beyond the window": (
        lambda: transformer.Embedding(7, 12, 4)(np.zeros((1, 13), int)),
        *(ValueError, "at most 12 ids"),
    ),
}


@pytest.mark.parametrize("kind", LAYERS_OF_NONE)
def test_layers_of_other_sizes_are_refused(kind):
    make, error, said = LAYERS_OF_NONE[kind]
    with pytest.raises(error, match=f"expected .*{said}"):
        make()


def test_other_networks_have_no_chain():
    others = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    for other in (others, keras.layers.Dense(2), None):
        with pytest.raises(TypeError, match=r"expected .*network"):
            transformer.chain(other)
    for classes, pooling in ((1, "mean"), (True, "mean"), (3, "max")):
        with pytest.raises((TypeError, ValueError), match="expected"):
            transformer.classifier(network(), classes, pooling)
