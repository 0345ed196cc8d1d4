"""The bench of words: what each variant changes, the clocks, the crossing, the stored rows."""

from itertools import count

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from aigc_lib import budget, results
from bench import texts, words

PROSE = st.text(st.characters(codec="ascii"), max_size=60) | st.lists(
    st.sampled_from(["The", "king", "and", "I", "'ll", "crown", "\n", ",", "amount", "of"])
).map(" ".join)


# --- smaller texts -------------------------------------------------------------------------------


def test_stop_words_go_with_the_space_behind_them():
    text = "To be, or not to be: that is the question.\nAND I'll sit amongst men; ANDREW"
    kept = ", : question.\n'll sit men; ANDREW"
    assert texts.without_stop_words(text) == kept
    assert texts.stop_share(text) == 12 / 17


@given(PROSE)
def test_no_stop_word_is_left(text):
    left = texts.without_stop_words(text)
    assert texts.stop_share(left) == 0
    assert texts.without_stop_words(left) == left
    assert len(left) == texts.survives(text).sum()


@given(st.integers(0, 40 * texts.BLOCK), st.data())
def test_fewer_blocks_are_part_of_more(length, data):
    few, many = sorted(data.draw(st.tuples(*[st.integers(1, 16)] * 2)))
    text = "".join(chr(place) for place in range(0x10000, 0x10000 + length))  # each once
    small, large = (texts.some_blocks(text, of_16) for of_16 in (few, many))
    assert set(small) <= set(large)
    assert texts.some_blocks(text, 16) == text
    assert abs(len(small) - length * few / 16) <= 16 * texts.BLOCK


# --- variants ------------------------------------------------------------------------------------


def rate(model) -> float:
    return float(model.optimizer.learning_rate)


def test_ablations_change_only_what_they_name():
    recipe = words.compiled("GPT", "recipe", seed=5)
    for name, size in words.BEST.items():
        model = words.compiled("GPT", name, seed=5)
        for one, two in zip(model.get_weights(), recipe.get_weights(), strict=True):
            np.testing.assert_array_equal(one, two)
        if name == "constant":
            assert type(model.optimizer) is type(recipe.optimizer)
            assert rate(model) == pytest.approx(size * rate(recipe))
        else:
            assert type(model.optimizer) is getattr(keras.optimizers, name)
            assert rate(model) == pytest.approx(size)
        assert (words.CHANGES[name].schedule(0.9) == 1) == (name == "constant")
    blind = words.compiled("GPT", "no attention", seed=5)
    assert blind.count_params() < recipe.count_params()
    assert rate(blind) == rate(recipe)


def test_without_attention_far_characters_are_out_of_sight():
    ids = np.random.default_rng(0).integers(0, 60, (1, words.LENGTH))
    other = ids.copy()
    other[0, 0] = (other[0, 0] + 1) % 60
    for name, sees in {"recipe": True, "no attention": False}.items():
        network = words.compiled("GPT", name, seed=0).network
        for weight in network.trainable_weights:  # some start at 0, which would hide a path
            weight.assign(keras.random.normal(weight.shape, 0, 0.3, seed=1))
        one, two = (np.asarray(network(some))[0, -1] for some in (ids, other))
        assert np.any(one != two) == sees, name


def test_widths_are_those_of_their_names():
    sizes = [words.compiled("GPT", name, seed=0).count_params() for name in words.WIDTHS]
    assert sizes == sorted(set(sizes))
    assert sizes[list(words.WIDTHS).index("width 128")] == words.compiled("GPT").count_params()


# --- clocks --------------------------------------------------------------------------------------


@pytest.fixture
def clock(monkeypatch):
    """At each look a second has passed."""
    monkeypatch.setattr(budget, "perf_counter", count().__next__)
    monkeypatch.setattr(budget, "process_time", count().__next__)


TEXT = "the quick brown fox jumps over the lazy dog. " * 40


def test_a_budget_ends_the_training_by_the_clock(clock):
    _, spent = words.trained(TEXT, 5, variant="width 16")
    assert spent["seconds"] == 5
    assert spent["steps"] >= 5  # one execution may take several


def test_where_steps_are_equal_the_schedule_ends_with_them(clock, monkeypatch):
    seen = []
    monkeypatch.setattr(words, "STEPS", 200)
    monkeypatch.setattr(words, "half_cosine", lambda t: seen.append(t) or budget.half_cosine(t))
    change = words.CHANGES["width 16"]._replace(schedule=words.half_cosine)
    monkeypatch.setitem(words.CHANGES, "width 16", change)
    _, spent = words.trained(TEXT, 0, variant="width 16")
    assert spent["steps"] == 200
    assert seen == sorted(seen)
    assert seen[0] == 0
    assert 0.5 <= seen[-1] < 1


# --- comparisons ---------------------------------------------------------------------------------


def curve(nats: list[float]) -> list[dict]:
    rows = [("GPT", "recipe", 10 * 2**i, x) for i, x in enumerate(nats)]
    rows += [("counting", f"x, order {x}", 0, x) for x in (1.7, 1.6)]
    rows += [("counting", "y, order 1", 0, 1.9), ("compressor", "z", 0, 1.65)]
    names = ("model", "variant", "budget", "nats")
    return [{"question": "time"} | dict(zip(names, row, strict=True)) for row in rows[::-1]]


def test_the_bars_are_the_best_of_their_kind():
    assert words.bars(curve([1.0])) == {"x": 1.6, "y": 1.9, "z": 1.65}


def test_an_ablation_is_compared_by_welch():
    nats = {"recipe": [1.5, 1.52, 1.49], "SGD": [1.9, 2.0, 1.7]}
    rows = [
        {
            "question": "ablation",
            "model": "GPT",
            "variant": name,
            "budget": budget,
            "nats": x + budget,
        }
        for budget in (words.ABLATED, 340)
        for name, some in nats.items()
        for x in some
    ]
    welch = stats.ttest_ind(nats["SGD"], nats["recipe"], equal_var=False).confidence_interval()
    more = np.mean(nats["SGD"]) - np.mean(nats["recipe"])
    assert words.added(rows, "SGD") == pytest.approx((more, *welch))


def test_a_table_of_few_rows_is_a_table():
    row = dict.fromkeys(words.KEY, "x") | {"budget": 0, "nats": 1.5, "seconds": 3.0}
    assert len(words.table([row]).splitlines()) == 2


# --- the stored rows -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def stored() -> dict[tuple, dict]:
    return {tuple(row[column] for column in words.KEY): row for row in results.rows("words")}


def test_the_step_sizes_of_the_ablations_are_the_best_that_were_tried(stored):
    for name, some in words.TRIED.items():
        nats = {
            x: stored["step sizes", "GPT", f"{name}, {x:g}", 20, 3].get("nats", np.inf)
            for x in some
        }
        assert words.BEST[name] == min(nats, key=nats.get), name


def test_trainings_took_what_they_were_given(stored):
    for name, row in stored.items():
        if row["budget"]:
            assert row["budget"] <= row["seconds"] < 1.05 * row["budget"] + 1, name
        elif "steps" in row:
            assert row["steps"] == words.STEPS, name


def test_the_bars_are_those_of_the_bench(stored):
    counts = {
        name[2]: row["nats"] for name, row in stored.items() if name[:2] == ("time", "counting")
    }
    assert min(counts, key=counts.get) == words.BEST_COUNT


def test_the_gpt_reaches_what_the_course_promises(stored):
    """After two cores for 170 s, which are 340 of one."""
    bars = words.bars(list(stored.values()))
    gpt, published = (stored["time", model, "recipe", 340, 0]["nats"] for model in words.BATCH)
    assert gpt <= bars["Witten–Bell"] - 0.08
    assert gpt <= published - 0.05
