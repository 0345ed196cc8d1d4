"""GPT and Masked: what they measure, how a GPT writes, what it refuses."""

from functools import cache

import keras
import numpy as np
import pytest
import tensorflow as tf
from helpers import flat
from scipy.special import log_softmax

from aigc_lib import sampling, transformer
from aigc_lib.gpt import GPT, Masked

V, LENGTH = 7, 12
RNG = np.random.default_rng(0)
ROWS = RNG.integers(0, V, (32, LENGTH + 1))


def model(kind: type = GPT, shaken: bool = True, seed: int = 0, **options):
    """A small model; its weights are all at work, or as they begin."""
    keras.utils.set_random_seed(seed)
    causal = kind is GPT
    sizes = {"width": 8, "heads": 2, "layers": 1, "causal": causal} | options
    made = kind(transformer.transformer(V + (not causal), LENGTH, **sizes), seed=seed)
    rng = np.random.default_rng(seed)
    for weight in made.trainable_variables if shaken else ():
        weight.assign(weight + rng.normal(0, 0.8, weight.shape))
    return made


@cache
def still(**options) -> GPT:
    """One of two blocks for tests that leave it as it is: each way of writing is compiled once."""
    return model(**{"layers": 2} | options)


# --- what is measured -------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [GPT, Masked])
def test_an_untrained_model_reads_log_v(kind):
    made = model(kind, shaken=False)
    made.compile(run_eagerly=True)
    rows = ROWS[:, :LENGTH]
    scores = made.evaluate(rows, verbose=0, return_dict=True)
    assert scores["nats"] == pytest.approx(np.log(V), rel=1e-6)
    if kind is GPT:
        np.testing.assert_allclose(made.nats(rows[0]), np.log(V), rtol=1e-6)
        tied = model(shaken=False, tied=True)
        assert np.abs(tied.nats(rows[0]) - np.log(V)).max() < 0.3


def test_nats_are_those_of_the_formula():
    """fit's metric and `nats`, each -log p by log softmax of the logits, in NumPy."""
    gpt = model()
    gpt.compile(run_eagerly=True)
    logs = log_softmax(np.asarray(gpt.network(ROWS[:, :-1]), float), axis=2)
    wanted = -np.take_along_axis(logs, ROWS[:, 1:, None], axis=2)[..., 0]
    scores = gpt.evaluate(ROWS, verbose=0, return_dict=True)
    assert scores["nats"] == pytest.approx(wanted.mean(), rel=1e-5)
    assert scores["accuracy"] == pytest.approx((logs.argmax(2) == ROWS[:, 1:]).mean())
    found = gpt.nats(ROWS[0])
    assert found[0] == np.log(V)  # before it stands nothing
    np.testing.assert_allclose(found[1:], wanted[0], atol=1e-5)


@pytest.mark.parametrize("n", [2, 3, 12, 13, 14, 19, 40])
def test_a_long_text_is_judged_in_windows_that_overlap_by_half(n):
    """Each character once, after at least half a window where the text is long enough."""
    gpt, text = still(), np.resize(ROWS, n)
    found, half = gpt.nats(text), LENGTH // 2
    assert found.shape == (n,)
    for i in range(1, n):
        # the window that counts i begins at a multiple of half, but for the last one of all
        start = 0 if i <= LENGTH else half * int(np.ceil((i - LENGTH) / half))
        start = min(start, max(0, n - 1 - LENGTH))
        logits = np.asarray(gpt.network(text[None, start:i]))[0, -1]
        assert found[i] == pytest.approx(-log_softmax(logits.astype(float))[text[i]], abs=1e-4)


def test_a_gpt_trained_on_a_markov_chain_reads_its_entropy():
    """The mean nats of unseen text lie at the chain's entropy, within 3 standard errors + 0.01."""
    rng = np.random.default_rng(1)
    chain = rng.dirichlet(np.full(4, 0.5), 4)
    text = [0]
    for u in rng.random(30_000):
        text.append(int((u > chain[text[-1]].cumsum()[:-1]).sum()))
    text = np.array(text)
    keras.utils.set_random_seed(0)
    gpt = GPT(transformer.transformer(4, 16, width=16, heads=2, layers=1, mixing=2))
    gpt.compile(keras.optimizers.Adam(1e-2, beta_2=0.99))
    windows = np.lib.stride_tricks.sliding_window_view(text[:25_000], 17)[::16]
    gpt.fit(windows, 32, epochs=6, verbose=0)
    unseen = text[25_000:]
    ideal = -np.log(chain[unseen[:-1], unseen[1:]])
    gpt_nats = gpt.nats(unseen)[1:]
    *_, vectors = np.linalg.svd(chain.T - np.eye(4))
    still = np.abs(vectors[-1]) / np.abs(vectors[-1]).sum()
    entropy = -(still[:, None] * chain * np.log(chain)).sum()
    error = ideal.std() / np.sqrt(len(ideal))
    assert abs(ideal.mean() - entropy) < 3 * error
    assert abs(gpt_nats.mean() - entropy) < 3 * error + 0.01
    assert gpt_nats.mean() > ideal.mean() - 0.005  # no model knows more than the chain
    seen = gpt.generate([0], 3_000, seed=1)[0]
    counts = np.zeros((4, 4))
    np.add.at(counts, (seen[:-1], seen[1:]), 1)
    np.testing.assert_allclose(counts / counts.sum(1, keepdims=True), chain, atol=0.08)


def test_attention_of_a_row_is_what_its_layers_weigh():
    gpt = model(layers=3)
    found = gpt.attention(ROWS[0, :9])
    assert [each.shape for each in found] == [(2, 9, 9)] * 3
    for weights in found:
        np.testing.assert_allclose(weights.sum(axis=2), 1, atol=1e-6)
        assert (weights[:, ~np.tri(9, dtype=bool)] == 0).all()
        assert (weights[:, np.tri(9, dtype=bool)] > 0).all()
    block = gpt.network.get_layer("block_0")
    mixed = block.convolution(gpt.network.get_layer("embedding")(ROWS[:1, :9]))
    by_hand = block.attention.weights_of(block.norm_1(mixed))
    np.testing.assert_allclose(found[0], by_hand[0], atol=1e-6)
    assert model(attention=False).attention(ROWS[0, :9]) == []


# --- writing ----------------------------------------------------------------------------------

LAWS = {
    "greedy": {"temperature": 0},
    "drawn": {},
    "cold, top-k": {"temperature": 0.7, "top_k": 3},
    "top-p": {"top_p": 0.8},
}
PROMPTS = {"one character": [3], "full": ROWS[0, :LENGTH], "three rows": ROWS[:3, :5]}


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("prompt", PROMPTS)
def test_the_cache_changes_no_character(law, prompt):
    """Across several slides of the window: 40 characters at a length of 12."""
    gpt, given = still(), PROMPTS[prompt]
    with_cache, without = (
        gpt.generate(given, 40, cache=each, seed=2, **LAWS[law]) for each in (True, False)
    )
    np.testing.assert_array_equal(with_cache, without)
    assert with_cache.shape == (np.atleast_2d(given).shape[0], 40)
    assert with_cache.dtype == np.int32
    assert len(np.unique(with_cache)) > 1


@pytest.mark.parametrize("options", [{"tied": True}, {"attention": False}, {"mixing": 1}])
def test_the_cache_changes_no_character_of_other_networks(options):
    gpt = still(**options)
    first, second = (gpt.generate([1, 2], 30, seed=1, cache=each) for each in (True, False))
    np.testing.assert_array_equal(first, second)


def test_greedy_writing_takes_the_most_probable_character_of_the_window_it_keeps():
    """By hand: read, take the largest, and where the window is full go on with its last half."""
    gpt, text, start = still(), [3, 1], 0
    for _ in range(40):
        if len(text) - start > LENGTH:
            start = len(text) - LENGTH // 2
        text.append(int(np.argmax(gpt.network(np.array([text[start:]]))[0, -1])))
    np.testing.assert_array_equal(gpt.generate([3, 1], 40, temperature=0)[0], text[2:])


def test_a_shorter_text_is_the_beginning_of_a_longer_one():
    gpt = still()
    long = gpt.generate([2], 33, seed=4)
    for n in (1, 11, 12, 13, 20):
        np.testing.assert_array_equal(gpt.generate([2], n, seed=4), long[:, :n])
    assert not np.array_equal(gpt.generate([2], 33, seed=5), long)


def test_writing_is_drawn_from_the_networks_probabilities():
    """The first character of 5000 rows: χ² with 6 degrees of freedom, once in ten thousand."""
    gpt, prompt = still(), [1, 2, 3]
    wanted = sampling.probabilities(np.asarray(gpt.network(np.array([prompt])))[0, -1])
    drawn = gpt.generate(np.tile(prompt, (5000, 1)), 1)[:, 0]
    seen = np.bincount(drawn, minlength=V)
    assert ((seen - 5000 * wanted) ** 2 / (5000 * wanted)).sum() < 27.9


def test_a_bias_sees_the_text_so_far_and_is_added_to_the_logits():
    gpt = still()

    def next_after_last(ids: tf.Tensor) -> tf.Tensor:
        return 1e3 * tf.one_hot((ids[:, -1] + 1) % V, V)

    def count_up(ids: tf.Tensor) -> tf.Tensor:
        return 1e3 * tf.one_hot(tf.fill(tf.shape(ids)[:1], tf.shape(ids)[1] % V), V)

    for each in (True, False):
        found = gpt.generate(ROWS[:2, :4], 30, bias=next_after_last, cache=each)
        np.testing.assert_array_equal(found, (ROWS[:2, 3:4] + 1 + np.arange(30)) % V)
    found = gpt.generate([5, 5, 5], 30, bias=count_up)
    np.testing.assert_array_equal(found, [(3 + np.arange(30)) % V])
    plain = gpt.generate([1], 20)
    np.testing.assert_array_equal(gpt.generate([1], 20, bias=lambda ids: tf.zeros(V)), plain)


def test_writing_is_compiled_once_for_each_way():
    gpt, traced = model(), []

    def watch(ids: tf.Tensor) -> tf.Tensor:
        traced.append(len(traced))
        return tf.zeros(V)

    for prompt, n, options in [
        ([1], 5, {}),
        ([1, 2, 3], 30, {"seed": 3}),
        (ROWS[:4, :6], 9, {"temperature": 0.5}),
    ]:
        gpt.generate(prompt, n, bias=watch, **options)
    assert len(traced) == 1


def test_writing_follows_the_weights():
    """A compiled loop that kept the first weights would go on as before."""
    gpt, other = model(), model(seed=1)
    before = gpt.generate([1], 30, seed=1)
    gpt.set_weights(other.get_weights())
    after = gpt.generate([1], 30, seed=1)
    np.testing.assert_array_equal(after, other.generate([1], 30, seed=1))
    assert not np.array_equal(after, before)


# --- hidden characters ------------------------------------------------------------------------


@pytest.mark.parametrize("share", [0.01, 0.15, 0.5, 1.0])
def test_a_share_of_each_row_is_hidden(share):
    made = model(Masked, shaken=False)
    made = Masked(made.network, share)
    ids = np.resize(ROWS, (4000, LENGTH)).astype("int32")
    places, seen = made.hide(tf.constant(ids), keras.random.SeedGenerator(0))
    places, seen = np.asarray(places), np.asarray(seen)
    assert places.shape == (4000, max(1, round(share * LENGTH)))
    hidden = np.zeros(ids.shape, bool)
    np.put_along_axis(hidden, places, True, axis=1)
    assert (hidden.sum(axis=1) == places.shape[1]).all()  # each once
    np.testing.assert_array_equal(seen[~hidden], ids[~hidden])
    assert np.ptp(hidden.mean(axis=0)) < 0.06  # at all places alike
    masked = (seen[hidden] == V).mean()
    other = ((seen[hidden] != V) & (seen[hidden] != ids[hidden])).mean()
    assert masked == pytest.approx(0.8, abs=0.03)
    assert other == pytest.approx(0.1 * (V - 1) / V, abs=0.03)


def test_hidden_characters_are_told_from_both_sides():
    """Rows whose characters are all equal: what is hidden stands beside it."""
    rows = np.repeat(np.arange(V), LENGTH).reshape(V, LENGTH)
    made = model(Masked, shaken=False)
    made.compile(keras.optimizers.Adam(1e-2))
    made.fit(np.tile(rows, (16, 1)), 28, epochs=25, verbose=0)
    scores = made.evaluate(rows, verbose=0, return_dict=True)
    assert scores["accuracy"] > 0.95
    assert scores["nats"] < 0.3


# --- saved, and refused -----------------------------------------------------------------------


@pytest.mark.parametrize("kind", [GPT, Masked])
def test_a_loaded_model_goes_on_as_the_saved_one(kind, tmp_path):
    made, rows = model(kind), ROWS[:, :LENGTH]
    made.compile(keras.optimizers.Adam(0.01), run_eagerly=True)
    made.fit(rows, 8, verbose=0)
    made.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    for each in (made, loaded):
        each.fit(rows, 8, verbose=0)
    np.testing.assert_allclose(flat(loaded.weights), flat(made.weights), atol=1e-6)
    if kind is GPT:
        np.testing.assert_array_equal(loaded.generate([1], 30), made.generate([1], 30))
    else:
        assert loaded.share == made.share


WRITING = {  # what is given in place of the right thing → what the error says
    "ragged prompts": ({"prompt": [[1, 2], [3]]}, "one length"),
    "a prompt beyond the window": ({"prompt": np.ones(13, int)}, r"1 to 12 ids.*\(1, 13\)"),
    "an empty prompt": ({"prompt": np.ones((1, 0), int)}, r"1 to 12 ids.*\(1, 0\)"),
    "no row": ({"prompt": np.ones((0, 3), int)}, r"\(0, 3\): no data"),
    "a number": ({"prompt": 3}, r"shape \(n, t\).*got \(\)"),
    "a cube": ({"prompt": np.ones((1, 2, 3), int)}, r"\(1, 2, 3\)"),
    "floats": ({"prompt": [1.0, 2.0]}, "whole numbers in 0 to 6, but got float64"),
    "text": ({"prompt": "abc"}, "array of numbers"),
    "an unknown id": ({"prompt": [1, 7]}, "0 to 6, but got int64 1 … 7"),
    "an id below 0": ({"prompt": [-1, 2]}, "but got int64 -1 … 2"),
    "no character": ({"n": 0}, "n to be at least 1"),
    "half a character": ({"n": 2.5}, "whole number for n"),
    "a temperature below 0": ({"temperature": -1}, "≥ 0 for temperature, but got -1"),
    "a temperature of NaN": ({"temperature": np.nan}, "temperature, but got nan"),
    "a temperature as text": ({"temperature": "cold"}, "number for temperature"),
    "top_k 0": ({"top_k": 0}, "top_k to be at least 1, but got 0"),
    "top_k of a half": ({"top_k": 0.5}, "whole number for top_k"),
    "top_p 0": ({"top_p": 0}, "> 0 and ≤ 1 for top_p, but got 0"),
    "top_p above 1": ({"top_p": 1.5}, "≤ 1 for top_p, but got 1.5"),
    "top_p of NaN": ({"top_p": np.nan}, "top_p, but got nan"),
    "a seed below 0": ({"seed": -1}, "seed to be from 0 to"),
    "no seed": ({"seed": None}, "whole number for seed"),
    "a number as bias": ({"bias": 2.0}, "function of ids or None for bias, but got 2"),
}


@pytest.mark.parametrize("kind", WRITING)
def test_what_cannot_be_written_is_refused(kind):
    given, said = WRITING[kind]
    with pytest.raises((ValueError, TypeError), match=f"expected .*{said}"):
        still().generate(**{"prompt": [1, 2], "n": 3} | given)


TEXTS = {
    "one character": ([3], r"2 to inf ids.*\(1, 1\)"),
    "rows": (ROWS, r"got \(1, 32, 13\)"),
    "floats": (np.zeros(9), "whole numbers in 0 to 6, but got float64"),
    "an unknown id": ([0, 7, 1], "0 to 6, but got int64 0 … 7"),
    "text": ("abc", "array of numbers"),
    "nothing": ([], r"\(1, 0\)"),
}


@pytest.mark.parametrize("kind", TEXTS)
def test_what_is_no_text_is_not_judged(kind):
    text, said = TEXTS[kind]
    with pytest.raises(ValueError, match=f"expected .*{said}"):
        still().nats(text)
    with pytest.raises(ValueError, match="expected"):
        still().attention(np.zeros(13, int) if kind == "one character" else text)


MODELS = {
    "a network that sees the future": (lambda: GPT(model(Masked).network), "causal=True"),
    "a causal network": (lambda: Masked(model().network), "causal=False"),
    "another network": (
        lambda: GPT(keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])),
        "network of transformer",
    ),
    "no network": (lambda: GPT(None), "network to be a Sequential"),
    "a seed of True": (lambda: GPT(model().network, seed=True), "whole number for seed"),
    "nothing hidden": (lambda: Masked(model(Masked).network, 0), "> 0 and ≤ 1 for share"),
    "more than all": (lambda: Masked(model(Masked).network, 1.5), "for share, but got 1.5"),
    "the mask in a text": (
        lambda: trained(Masked, ROWS[:, :12] + 1),
        "0 to 6, but got int64 1 … 7",
    ),
    "rows beyond the window": (lambda: trained(GPT, np.ones((9, 14), int)), r"2 to 13 ids.*14"),
    "rows of one": (lambda: trained(GPT, np.ones((9, 1), int)), r"2 to 13 ids.*\(9, 1\)"),
    "rows for both": (lambda: trained(Masked, ROWS), r"1 to 12 ids.*\(32, 13\)"),
}


def trained(kind: type, rows: np.ndarray) -> None:
    made = model(kind)
    made.compile()
    made.fit(rows, 8, verbose=0)


@pytest.mark.parametrize("kind", MODELS)
def test_models_and_rows_that_do_not_fit_are_refused(kind):
    make, said = MODELS[kind]
    with pytest.raises((ValueError, TypeError), match=f"expected .*{said}"):
        make()
