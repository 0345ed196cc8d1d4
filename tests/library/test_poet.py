"""Poems as rows of ids, and the network that writes them."""

import numpy as np
import pytest
import tensorflow as tf
from helpers import is_told

from aigc_lib import poet, recipes, verse

TEST = verse.quatrains("test")
SIZE = len(poet.alphabet())


def untrained(order="rhyme first", seed=0):
    return recipes.small_gpt(**poet.sizes(order), seed=seed)


@pytest.mark.parametrize("order", poet.HINTS)
def test_rows_say_the_poems_again(order):
    known = [each for each in TEST if set(each.text) <= set(poet.alphabet().characters)]
    assert len(known) > 200
    rows = poet.rows(known, order)
    assert rows.shape == (len(known), {"plain": 33, "rhyme first": 35}[order])
    assert poet.poems(rows, order) == [each.text for each in known]


def test_the_rhyme_stands_first():
    for poem, row in zip(TEST, poet.rows(TEST), strict=True):
        first = poet.alphabet().encode(poem.lines[1][-1] + poem.lines[3][-1])
        np.testing.assert_array_equal(row[1:3], first)


def test_a_rare_character_is_unknown():
    rows = poet.rows(TEST)
    unknown = poet.alphabet().characters.index(poet.UNKNOWN)
    share = (rows[:, 3:] == unknown).sum() / (poet.CHARACTERS * len(rows))
    assert 0 < share < 0.03


def test_an_untrained_network_reads_log_v():
    gpt = untrained("plain")
    nats = gpt.nats_of(tf.constant(poet.rows(TEST[:4], "plain"))).numpy()
    np.testing.assert_allclose(nats, np.log(SIZE), rtol=1e-5)


def test_no_poem_has_the_unknown_character():
    gpt = untrained("plain")  # where all characters are equally probable
    rows = poet.write(gpt, 256, order="plain")
    characters = np.unique(rows)
    assert poet.alphabet().characters.index(poet.UNKNOWN) not in characters
    assert len(characters) > 2500
    assert rows.shape == (256, 33)


def test_a_bias_is_added_to_what_is_forbidden():
    only = np.full(SIZE, -1e6, "float32")
    only[[5, poet.alphabet().characters.index(poet.UNKNOWN)]] = 0
    rows = poet.write(untrained("plain"), 2, order="plain", bias=lambda ids: only[None])
    assert (rows[:, 1:] == 5).all()


def test_packed_weights_come_back_but_for_rounding():
    gpt, other = untrained(seed=0), untrained(seed=1)
    packed = poet.pack(gpt.network)
    poet.unpack(packed, other.network)
    for mine, found in zip(gpt.network.get_weights(), other.network.get_weights(), strict=True):
        step = np.abs(mine).max() / 127
        assert np.abs(mine - found).max() <= 0.51 * step + 1e-7
    smaller = untrained("plain")
    with pytest.raises(ValueError, match=r"expected weights .* but got .*34"):
        poet.unpack(packed, smaller.network)


def test_the_shipped_network_writes_as_it_read():
    gpt = poet.load()
    rows = poet.rows(TEST[:128])
    nats = gpt.nats_of(tf.constant(rows)).numpy().sum(axis=1) / poet.CHARACTERS
    assert nats.mean() < 5.6
    poems = poet.poems(poet.write(gpt, 128, temperature=0.8))
    kept = [verse.keeps(each) for each in poems]
    assert np.mean([each["form"] for each in kept]) > 0.9
    assert np.mean([each["rhyme"] for each in kept]) > 0.4  # 128 poems scatter around 0.5 and more
    lines = {line for each in verse.quatrains("train") for line in each.lines}
    assert not lines & {line for poem in poems for line in poem.split("\n")}


FIVE = verse.quatrains("test", 5)[:3]


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: poet.rows([]), "0 poems"),
        (lambda: poet.rows(FIVE), "3 poems"),
        (lambda: poet.rows(TEST, "backwards"), "'backwards'"),
        (lambda: poet.poems(poet.rows(TEST), "plain"), "35"),
        (lambda: poet.poems(poet.rows(TEST), "other"), "'other'"),
        (lambda: poet.poems(np.full((2, 35), SIZE)), "3000"),
        (lambda: poet.sizes("other"), "'other'"),
        (lambda: poet.write(untrained(), 0), "0"),
        (lambda: poet.write(untrained(), 2, order="other"), "'other'"),
        (lambda: poet.write(untrained(), 2, bias=3), "3"),
        (lambda: poet.write(untrained(), 2, top_p=0.0), "0"),
    ],
)
def test_what_cannot_be_is_told(call, said):
    is_told(call, said)
