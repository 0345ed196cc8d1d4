"""The bench of labels: fair draws, texts that stay apart, classifiers that begin anew."""

import numpy as np
import pytest

from aigc_lib import text
from bench import labels


@pytest.mark.parametrize("name", ["author", "dynasty"])
def test_nothing_of_the_tests_is_read(name):
    this = labels.task(name)
    read = this.alphabet.decode(this.rows[:: 5 if name == "author" else 1].ravel())
    tests = [this.alphabet.decode(this.alphabet.encode(each)) for each in this.tests]
    assert not [each for each in tests if each in read]
    assert this.alphabet.decode(this.alphabet.encode(this.texts[7])) in read


@pytest.mark.parametrize("name", ["author", "dynasty"])
def test_the_classes_of_tests_and_of_draws_are_equal(name):
    this = labels.task(name)
    chosen = labels.drawn(this.labels, 20, seed=3)
    assert len(set(chosen)) == 20
    for some in (this.labels[chosen], this.labels, this.answers):
        assert np.ptp(np.bincount(some)) == 0
    assert {*labels.drawn(this.labels, 20, seed=4)} != {*chosen}


def test_the_steps_fill_whole_epochs():
    for n, steps in labels.STEPS.items():
        batch = min(n, labels.BATCH)
        assert n % batch == 0
        assert steps * batch % n == 0


@pytest.fixture
def small(monkeypatch):
    """A task of two letters: which of them is frequent?"""
    rng = np.random.default_rng(0)

    def some(n):
        kinds = np.repeat([0, 1], n // 2)
        texts = ["".join(rng.choice([*"ab"], 6, p=[0.9 - 0.8 * k, 0.1 + 0.8 * k])) for k in kinds]
        return texts, kinds.astype("int32")

    alphabet = text.Alphabet("ab")
    rows = rng.integers(0, 2, (40, 7)).astype("int32")
    task = labels.Task(*some(40), *some(40), alphabet, rows)
    monkeypatch.setattr(labels, "task", lambda name: task)
    for each in (labels.weights, labels.compiled):
        each.cache_clear()
    yield task
    for each in (labels.weights, labels.compiled):
        each.cache_clear()


def test_a_classifier_begins_anew_for_each_draw(small):
    first, other, again = (labels.tune("small", "causal", 0, 20, seed) for seed in (0, 1, 0))
    assert first == again
    assert first > 0.7
    network, _ = labels.compiled("small", False, 20)
    start = labels.weights("small", "causal", 0, 0)
    assert any((a != b).any() for a, b in zip(network.get_weights(), start, strict=True))
    assert 0 <= other <= 1
