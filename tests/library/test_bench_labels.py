"""The bench of labels: fair draws, texts that stay apart, classifiers that begin anew."""

import numpy as np
import pytest

from aigc_lib import recipes, text
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
    """A task of three letters: which of them is frequent?"""
    rng = np.random.default_rng(0)

    def some(n):
        kinds = np.repeat(np.arange(3, dtype="int32"), n // 3)
        laws = np.full((3, 3), 0.1) + 0.7 * np.eye(3)
        return ["".join(rng.choice([*"abc"], 8, p=laws[k])) for k in kinds], kinds

    rows = rng.integers(0, 3, (40, 9)).astype("int32")
    task = labels.Task(*some(90), *some(90), text.Alphabet("abc"), rows)
    caches = (labels.weights, labels.compiled, labels.looking, labels.seen)
    monkeypatch.setattr(labels, "task", lambda name: task)
    for each in caches:
        each.cache_clear()
    yield task
    for each in caches:
        each.cache_clear()


def test_training_goes_on_from_the_regression(small, monkeypatch):
    monkeypatch.setitem(labels.STEPS, 20, 1)
    monkeypatch.setattr(labels.recipes, "text_classifier", slow := Still(recipes.text_classifier))
    assert labels.tune("small", "causal", 0, 20, 1) == labels.regress("small", "causal", 0, 20, 1)
    assert slow.called


class Still:
    """The classifier, but with steps of size 0."""

    def __init__(self, make):
        self.make, self.called = make, False

    def __call__(self, *args):
        self.called = True
        return self.make(*args, rate=1e-12)


def test_a_classifier_begins_anew_for_each_draw(small):
    first, _, again = (labels.tune("small", "causal", 0, 20, seed) for seed in (0, 1, 0))
    assert first == again
    assert first > 0.6
    network, _ = labels.compiled("small", 20)
    start = labels.weights("small", "causal", 0, 0)
    assert any((a != b).any() for a, b in zip(network.get_weights(), start, strict=True))
