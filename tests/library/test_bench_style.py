"""The bench of style: what is judged, that no answer is seen in training, the stored rows."""

from collections import Counter

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from aigc_lib import results
from aigc_lib.scorer import Judgement
from bench import codes, style, translation

PICTURES = arrays("uint8", (5, 4, 4, 3)).map(lambda x: (x / 127.5 - 1).astype("float32"))
TABLES = arrays("int64", (10, 10), elements=st.integers(0, 9)).filter(np.any)


def drawn(n: int = 30, seed: int = 0, largest: float = 0.5) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.uniform(-largest, largest, (n, 8, 8, 3)).astype("float32")


def same(x: np.ndarray) -> np.ndarray:
    return x


# --- noise and rounding --------------------------------------------------------------------------


@given(PICTURES, st.sampled_from(translation.BITS))
def test_rounded_pictures_have_so_many_levels(images, bits):
    found = translation.rounded(images, bits)
    assert np.abs(found - images).max() <= 1 / (2**bits - 1) + 1e-6
    levels = (found + 1) / 2 * (2**bits - 1)
    np.testing.assert_allclose(levels, np.round(levels), atol=1e-4)
    np.testing.assert_allclose(translation.rounded(found, bits), found, atol=1e-6)


@given(PICTURES)
def test_pictures_of_eight_bits_lose_nothing_by_eight_bits(images):
    np.testing.assert_allclose(translation.rounded(images, 8), images, atol=1e-6)


@pytest.mark.parametrize("sigma", [1, 16])
def test_noise_has_its_size_on_the_scale_of_255(sigma):
    images = drawn()
    added = (translation.noisy(images, sigma) - images) * 255 / 2
    assert added.std() == pytest.approx(sigma, rel=0.03)
    assert abs(added.mean()) < sigma / 20
    np.testing.assert_array_equal(translation.noisy(images, 0), images)


def test_noise_leaves_pixels_in_their_range():
    ends = np.repeat(np.float32([-1, 1]), 500).reshape(10, 10, 10, 1)
    assert np.abs(translation.noisy(ends, 16)).max() == 1


# --- round trips ---------------------------------------------------------------------------------


def test_a_way_back_that_is_an_inverse_loses_only_what_was_changed():
    """x → -x and back: nothing is hidden, so that noise comes back at its own size."""
    invert = translation.Trained(np.negative, np.negative, {})
    found = translation.round_trips(drawn(), -drawn(), invert)
    assert found["cycle_l1"] == 0
    assert found["noise_l1"][0] == 0
    expected = np.array(found["noise"]) / 255 * np.sqrt(2 / np.pi)
    np.testing.assert_allclose(found["noise_l1"], expected, rtol=0.05)
    np.testing.assert_allclose(found["noise_moved"], found["noise_moved_true"])
    assert found["noise_psnr"][5] == pytest.approx(20 * np.log10(255 / 16), abs=0.1)
    assert found["bits_l1"] == sorted(found["bits_l1"], reverse=True)
    found = translation.round_trips(drawn(largest=1), -drawn(largest=1), invert)
    steps = 2 ** np.array(found["bits"]) - 1
    np.testing.assert_allclose(found["bits_l1"], 1 / steps / 4, rtol=0.1)


def test_a_hidden_message_is_lost_to_noise():
    """All of the picture in a 1000th of the range: a perfect cycle that a glance cannot see."""
    hides = translation.Trained(lambda x: x / 1000, lambda x: np.clip(1000 * x, -1, 1), {})
    found = translation.round_trips(drawn(), drawn(seed=1), hides)
    assert found["cycle_l1"] < 1e-5
    assert found["noise_l1"][1] > 0.2
    assert found["bits_l1"][-1] > 0.2
    assert found["noise_moved"][1] > 5 * found["noise_moved_true"][1]  # nothing was hidden there


# --- emoji ---------------------------------------------------------------------------------------


def test_the_right_answer_is_the_best_there_is():
    found = translation.scores(drawn(), drawn())
    assert (found["l1"], found["retrieval"]) == (0, 1)
    assert found["psnr"] > 100
    half = translation.scores(np.zeros((9, 2, 2, 3), "float32"), np.ones((9, 2, 2, 3), "float32"))
    assert half["l1"] == 0.5
    assert half["psnr"] == pytest.approx(20 * np.log10(2))


@pytest.mark.parametrize("model", translation.UNTRAINED)
def test_what_needs_no_training_needs_no_pairs(model):
    """The order of the target's pictures says which of them belongs to which: it must not count."""
    images, source, target = (drawn(20, seed) for seed in range(3))
    one, two = (
        translation.UNTRAINED[model](images, source, some) for some in (target, target[::-1])
    )
    assert one.shape == images.shape
    np.testing.assert_allclose(one, two, atol=1e-5)


def test_the_mean_picture_and_the_nearest_one_are_of_the_target_style():
    images, source, target = (drawn(20, seed) for seed in range(3))
    mean = translation.UNTRAINED["mean picture"](images, source, target)
    np.testing.assert_allclose(mean[7], target.mean(axis=0), atol=1e-6)
    np.testing.assert_array_equal(translation.nearest(1)(target[3:6], source, target), target[3:6])


def test_no_pair_is_seen_where_there_are_none(monkeypatch):
    """CycleGAN gets the same pictures as the translator with pairs, in an order of their own."""
    given_pairs = {"noto": drawn(40, 0), "twemoji": drawn(40, 1)}
    monkeypatch.setattr(translation, "emoji", lambda part: given_pairs)
    monkeypatch.setattr(translation, "cycled", lambda model, a, b, seconds: (a, b))
    for seed in range(3):
        a, b = translation.unpaired("no model", seed)
        np.testing.assert_array_equal(a, given_pairs["noto"])
        answers = given_pairs["twemoji"]
        places = [int(np.flatnonzero((answers == each).all(axis=(1, 2, 3)))[0]) for each in b]
        assert sorted(places) == list(range(40))
        assert np.mean(np.array(places) == np.arange(40)) < 0.2


def test_both_directions_are_judged_by_their_own_answers(monkeypatch):
    """A pair of translators of which each knows the answers, under the right names."""
    some = {"noto": drawn(30, 0), "twemoji": -drawn(30, 0) / 2}
    monkeypatch.setattr(translation, "emoji", lambda part: some)
    knows = translation.Trained(lambda x: -x / 2, lambda x: -2 * x, {"seconds": 1.0})
    monkeypatch.setattr(translation, "paired", lambda model: knows)
    rows = list(translation.emoji_rows("with pairs", 0, "no model"))
    assert [row["detail"] for row in rows] == list(translation.STYLES)
    for row in rows:
        assert row["retrieval"] == 1
        assert row["l1"] < 1e-6
        assert row["cycle_l1"] < 1e-6
    # Noise on the smaller of the two styles counts more on the way back.
    assert rows[0]["noise_l1"][3] > 2 * rows[1]["noise_l1"][3]


def test_nan_is_told_and_has_no_score(monkeypatch):
    broken = translation.Trained(lambda x: x * np.nan, same, {"seconds": 1.0})
    monkeypatch.setattr(translation, "emoji", lambda part: {"noto": drawn(), "twemoji": drawn()})
    monkeypatch.setattr(translation, "paired", lambda model: broken)
    row = next(translation.emoji_rows("with pairs", 0, "no model"))
    assert row == {"detail": "to Twemoji", "diverged": True, "seconds": 1.0}


# --- digits --------------------------------------------------------------------------------------


@given(TABLES, st.permutations(range(10)))
def test_a_renaming_changes_what_is_kept_but_not_what_is_kept_renamed(table, order):
    renamed = table[:, order]
    kept = translation.share_renamed(table)
    assert kept == pytest.approx(translation.share_renamed(renamed))
    assert max(map(translation.share_kept, (table, renamed))) <= kept + 1e-9
    diagonal = np.diag(np.arange(1, 11))[:, order]
    assert translation.share_renamed(diagonal) == 1
    assert translation.share_kept(diagonal) == pytest.approx(np.trace(diagonal) / 55)


def test_images_are_counted_by_true_class_and_by_the_judge():
    images = np.repeat(np.eye(10, dtype="float32"), 4, axis=0).reshape(40, 2, 5, 1)
    labels = np.repeat(np.arange(10), 4)
    judge = translation.judge(images, labels)
    shifted = np.roll(images, 4 * 3, axis=0)  # what is a 7 looks like a 4
    table = translation.counted(judge, shifted, labels)
    np.testing.assert_array_equal(table, 4 * np.roll(np.eye(10), -3, axis=1))


def test_a_perfect_cycle_may_have_lost_the_meaning(monkeypatch):
    """A translator that shifts every class by one, and back: the case that the bench looks for."""
    images = np.repeat(np.eye(10, dtype="float32"), 6, axis=0).reshape(60, 2, 5, 1)
    labels = np.repeat(np.arange(10), 6)
    monkeypatch.setattr(translation, "mnist", lambda part, how: (images, labels))
    monkeypatch.setattr(translation, "uci", lambda part: (images, labels))

    def shift(x, by):
        return np.roll(x.reshape(-1, 10), by, axis=1).reshape(x.shape)

    shifts = translation.Trained(lambda x: shift(x, 1), lambda x: shift(x, -1), {})
    monkeypatch.setattr(translation, "cycled", lambda model, a, b, seconds: shifts)
    (row,) = translation.digit_rows("CycleGAN", 0, "no model")
    assert (row["accuracy"], row["relabelled"], row["back"], row["cycle_l1"]) == (0, 1, 1, 0)
    assert np.diag(np.roll(row["table_there"], -1, axis=1)).sum() == 60
    (raw,) = translation.digit_rows("raw", 0, None)
    assert (raw["accuracy"], raw["back"]) == (1, 1)


# --- codes ---------------------------------------------------------------------------------------


@pytest.fixture
def visible(monkeypatch):
    """A generator whose images are their codes, one class a code: its class decides one layer."""
    decides = {"layer": 0}

    def draw(generator, some):
        if some.ndim == 2:
            some = np.repeat(some[:, None], codes.style.LAYERS, axis=1)
        return some[:, decides["layer"]]

    def judge(images):
        shares = np.full((len(images), 10), 0.005)
        shares[np.arange(len(images)), np.abs(images).argmax(axis=1) % 10] = 0.955
        return Judgement(images.astype(float), shares)

    monkeypatch.setattr(codes.style, "styles", lambda generator, z: z)
    monkeypatch.setattr(codes.style, "draw", draw)
    monkeypatch.setattr(codes.scorer, "judge", judge)
    return decides


GENERATOR = keras.Sequential([keras.Input((64,)), keras.layers.Identity()])


@pytest.mark.parametrize("layer", range(codes.style.LAYERS))
def test_the_layer_that_decides_is_found(visible, layer):
    visible["layer"] = layer
    found = codes.mixes(GENERATOR)
    assert found["mix_count"] == codes.MIXES
    coarse = [float(layer < each) for each in found["mix_layer"]]
    assert found["mix_coarse"] == coarse
    np.testing.assert_allclose(np.add(found["mix_coarse"], found["mix_fine"]), 1)
    np.testing.assert_allclose(found["mix_neither"], 0, atol=1e-9)
    assert found["mix_chance"] == pytest.approx(0.1, abs=0.02)


def test_a_generator_of_one_class_has_no_mixes(visible, monkeypatch):
    sure = np.eye(10)[np.zeros(codes.PAIRS, int)]
    monkeypatch.setattr(codes.scorer, "judge", lambda images: Judgement(images, sure))
    assert codes.mixes(GENERATOR) == {"mix_count": 0}


# --- trainings -----------------------------------------------------------------------------------


def test_of_one_seed_only_what_the_name_says_differs():
    plain, noisy, shown = (
        style.compiled("emoji", name, 3) for name in ("CycleGAN", "CycleGAN, noise", "with pairs")
    )
    assert (plain.noise, shown.noise) == (0, 0)
    assert noisy.noise == pytest.approx(16 / 255)  # of signed pixels: 8 of 255
    for other in (noisy, shown):
        for one, two in zip(plain.get_weights(), other.get_weights(), strict=True):
            np.testing.assert_array_equal(one, two)
    rates = [[float(each.learning_rate) for each in x.optimizers] for x in (plain, noisy)]
    assert rates[0] == rates[1]


def test_what_needs_no_training_has_no_model():
    for question, models in style.MODELS.items():
        for model in models:
            assert (style.compiled(question, model, 0) is None) == (model in style.ONCE), model


@pytest.mark.parametrize("model", style.MAPPING)
def test_generators_have_the_mapping_of_their_name(model):
    network = style.compiled("style", model, 0).generator.get_layer("mapping")
    assert (network.count_params() == 0) == (style.MAPPING[model] == 0)


def test_a_short_training_fills_a_row(monkeypatch):
    """All that a row of emoji holds, from a step or two of training and few pictures."""
    few = {"noto": drawn_emoji(0), "twemoji": drawn_emoji(1)}
    monkeypatch.setattr(translation, "emoji", lambda part: few)
    monkeypatch.setattr(translation, "SECONDS", dict.fromkeys(translation.SECONDS, 0.01))
    for model in ("with pairs", "CycleGAN"):
        rows = style.rows_of("emoji", model, 0)
        names = [tuple(row[column] for column in style.KEY) for row in rows]
        assert names == [("emoji", model, detail, 0) for detail in translation.STYLES]
        for row in rows:
            assert row["noise_l1"][0] == pytest.approx(row["cycle_l1"])
            assert row["steps"] >= 1
            assert row["seconds"] > 0
            assert 0 <= row["retrieval"] <= 1


def drawn_emoji(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-0.9, 0.9, (32, 20, 20, 3)).astype("float32")


# --- names and comparisons -----------------------------------------------------------------------


def test_each_training_has_all_its_rows_and_what_needs_none_is_made_once():
    trainings = Counter(map(style.training, style.WANTED))
    assert set(trainings.values()) == {1, 2}
    assert all((n == 2) == (name[0] == "emoji") for name, n in trainings.items())
    assert {name[2] for name in trainings if name[1] in style.ONCE} == {0}
    for question, models in style.MODELS.items():
        for model in set(models) - set(style.ONCE):
            seeds = [name[2] for name in trainings if name[:2] == (question, model)]
            assert sorted(seeds) == list(style.SEEDS), model


def row(question: str, model: str, detail: str, seed: int, **scores) -> dict:
    return dict(zip(style.KEY, (question, model, detail, seed), strict=True)) | scores


def test_seeds_are_paired_and_one_that_diverged_is_left_out():
    some = [row("style", "mapping 4", "MNIST", i, x=float(i)) for i in range(4)]
    some[1] |= {"diverged": True}
    others = [row("style", "plain", "MNIST", i, x=10.0 * i) for i in (3, 2, 1)]
    both = (style.chosen([*some, *others], "style", m, "MNIST") for m in ("mapping 4", "plain"))
    assert style.differences(*both, "x") == [-18, -27]
    once = style.chosen([row("style", "real", "MNIST", 0, x=2.0)], "style", "real", "MNIST")
    assert style.differences({0: some[0], 3: some[3]}, once, "x") == [-2, 1]


def test_the_bar_is_the_best_that_needs_no_training_score_by_score():
    names = [f"{control}{x}" for control in ("", "blurred_") for x in ("psnr", "l1", "retrieval")]

    def scored(model, seed, *scores):
        return row("emoji", model, "to Noto", seed, **dict(zip(names, scores * 2, strict=True)))

    rows = [scored("nothing", 0, 12.0, 0.1, 0.3), scored("blur", 0, 13.0, 0.2, 0.2)]
    rows += [scored("CycleGAN", seed, 14.0 + seed, 0.1, 0.4) for seed in range(3)]
    models = ("nothing", "blur", "colour map")
    wanted = {"psnr": "blur", "l1": "nothing", "retrieval": "nothing"}
    for column, model in wanted.items():
        assert style.strongest(rows, "emoji", models, "to Noto", column) == model
    begins = "CycleGAN - blur, to Noto, psnr"
    said = [line for line in style.comparisons(rows) if line.startswith(begins)]
    low, high = stats.ttest_1samp([1.0, 2.0, 3.0], 0).confidence_interval()
    assert len(said) == 1
    assert f"{low:+.3g} … {high:+.3g}" in said[0]


def test_the_ratio_of_paths_is_a_geometric_mean():
    rows = [
        row("style", "mapping 4", "MNIST", i, path_z=4.0**i, path_w=2.0**i) for i in range(1, 4)
    ]
    middle, low, high = style.ratio(rows, "mapping 4", "path_z", "path_w")
    assert middle == pytest.approx(4)
    logs = np.log([2, 4, 8])
    assert (low, high) == pytest.approx(np.exp(stats.ttest_1samp(logs, 0).confidence_interval()))


def test_a_table_of_few_rows_is_a_table():
    rows = [
        row("emoji", "nothing", "to Noto", 0, psnr=12.0, l1=0.1, retrieval=0.3),
        row(
            "style",
            "real",
            "MNIST",
            0,
            psi=[1.0],
            psi_precision=[0.9],
            psi_recall=[0.8],
            psi_FD=[2],
        ),
        row("style", "plain", "MNIST", 0, psi=[0.2, 1.0], psi_precision=[0.9, 0.7])
        | {"psi_recall": [0.1, 0.6], "psi_FD": [90, 8], "FD-LeNet": 6.0},
    ]
    text = style.table(rows)
    (real,) = (line for line in text.splitlines() if line.startswith("real, MNIST, psi_recall"))
    assert real.split()[-1] == "0.8"
    assert style.table(rows[:1])


# --- the stored rows -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def stored() -> dict[tuple, dict]:
    return {tuple(row[column] for column in style.KEY): row for row in results.rows("style")}


def test_trainings_took_what_they_were_given(stored):
    seconds = {"style": codes.SECONDS, "digits": translation.SECONDS["digits"]}
    for name, row in stored.items():
        budget = seconds.get(name[0], translation.SECONDS["CycleGAN"])
        if name[1] == "with pairs":
            budget = 2 * translation.SECONDS["with pairs"]
        assert ("seconds" in row) == (name[1] not in style.ONCE), name
        if "seconds" in row:
            assert budget <= row["seconds"] < 1.05 * budget + 2, name


@pytest.mark.parametrize("model", translation.UNTRAINED)
def test_what_needs_no_training_comes_out_again(stored, model):
    """Another cut of the emoji, or another map, under rows that were stored before."""
    for found in style.rows_of("emoji", model, 0):
        row = stored["emoji", model, found["detail"], 0]
        assert {name: row[name] for name in found} == pytest.approx(found)


def test_a_cycle_that_nothing_disturbs_is_where_its_curves_begin(stored):
    for name, row in stored.items():
        if "noise" in row:
            assert row["noise"] == list(translation.NOISE)
            assert row["bits"] == list(translation.BITS)
            assert row["noise_l1"][0] == pytest.approx(row["cycle_l1"]), name
            assert row["noise_moved"][0] == row["noise_moved_true"][0] == 0, name
            assert row["noise_moved"] == sorted(row["noise_moved"]), name
            assert row["bits_moved"] == sorted(row["bits_moved"], reverse=True), name


def test_accuracies_are_those_of_the_tables(stored):
    for name, row in stored.items():
        if name[0] == "digits":
            for column, table in (("accuracy", "table_there"), ("back", "table_back")):
                if column in row:
                    assert row[column] == translation.share_kept(np.array(row[table])), name
            if "relabelled" in row:
                assert row["relabelled"] >= row["accuracy"], name
                assert np.sum(row["table_there"]) == np.sum(row["table_back"]) == 10_000, name


def test_no_walk_is_shorter_than_its_chord(stored):
    for name, row in stored.items():
        for space in ("path_z", "path_w"):
            if space in row:
                assert row[space] + 3 * row[f"{space}_error"] > row["chord"], (name, space)


def test_mixes_have_one_class_each(stored):
    for name, row in stored.items():
        if row.get("mix_count"):
            each = [row[f"mix_{kind}"] for kind in ("coarse", "fine", "neither")]
            np.testing.assert_allclose(np.sum(each, axis=0), 1)
            assert row["mix_layer"] == list(codes.MIXED), name
