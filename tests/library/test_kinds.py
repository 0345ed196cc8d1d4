"""Kinds of input, data set, precision and interruption × every model: it works, or says why not.

No cell of this table is silent: each test either compares a number with that of plain float32
training, or holds the error's text.
"""

from collections.abc import Callable
from functools import cache

import keras
import numpy as np
import pytest
import tensorflow as tf
from cases import (
    CASES,
    EVERY,
    MORE,
    Case,
    draw_images,
    each_of,
    image_gan,
    judge_images,
    mapped,
)
from helpers import flat

from aigc_lib import losses, mixtures, penalties
from aigc_lib.budget import TimeBudget
from aigc_lib.cyclegan import CycleGAN
from aigc_lib.gan import GAN, pack

# --- kinds of input --------------------------------------------------------------------------

ANY_CASTS = {
    "list": (lambda x: x.tolist(), 1e-6),
    "tensor": (tf.constant, 1e-6),
    "read-only": (lambda x: np.lib.stride_tricks.as_strided(x, writeable=False), 1e-6),
    "not contiguous": (lambda x: np.asfortranarray(x), 1e-6),
}
CASTS = ANY_CASTS | {  # name → float32 array as this kind, and how far rounding may move results
    "float64": (lambda x: x.astype("float64"), 1e-6),
    "rounding": (lambda x: x * np.float32(1.0000002), 1e-5),
    "float16": (lambda x: x.astype("float16"), 5e-3),
    "bfloat16": (lambda x: tf.cast(x, "bfloat16"), 5e-2),
}
CASTS_OF_IDS = ANY_CASTS | {
    kind: (lambda x, kind=kind: x.astype(kind), 1e-6) for kind in ("int64", "uint8", "uint16")
}


def pairs(of_floats: dict, of_ids: dict) -> list[tuple[str, str]]:
    """Each model with each kind that can come to it."""
    return [
        (name, kind) for name, case in CASES.items() for kind in (of_ids if case.ids else of_floats)
    ]


@cache
def plain_results(name: str) -> dict[str, np.ndarray]:
    """What each entrance of a model gives for float32."""
    return results(CASES[name], lambda x: x)


def results(case: Case, cast: Callable) -> dict[str, np.ndarray]:
    model = case.make()
    found = {
        name: np.asarray(entrance(model, mapped(cast, case.held_out)))
        for name, entrance in case.entrances.items()
        if name != "fit"
    }
    return found | {"fit": np.asarray(case.entrances["fit"](model, mapped(cast, case.x)))}


@pytest.mark.parametrize(("name", "kind"), pairs(CASTS, CASTS_OF_IDS))
def test_numbers_of_every_kind_are_cast_at_every_entrance(name, kind):
    """Kind: floats that are no float32, pixels that rounding put outside, ids that are no int32."""
    cast, tolerance = (CASTS | CASTS_OF_IDS)[kind]
    for entrance, got in results(CASES[name], cast).items():
        wanted = plain_results(name)[entrance]
        scale = max(1, np.abs(wanted).max())
        np.testing.assert_allclose(got / scale, wanted / scale, atol=tolerance, err_msg=entrance)


ANY_WRONG = {  # name → what comes in place of the samples, and what the error says of it
    "nothing": (lambda x: x[:0], r"no data|but got \(0"),
    "another shape": (lambda x: x[..., np.newaxis], "expected samples of shape"),
    "one sample": (lambda x: x[0], "expected samples of shape"),
    "masked": (lambda x: np.ma.masked_less(x, 0.1), "masked"),
    "ragged": (lambda x: [x[0].tolist(), x[1, :1].tolist()], "one length"),
    "complex": (lambda x: x + 1j, "expected an array of numbers.*complex"),
    "text": (lambda x: x.astype(str), "expected an array of numbers"),
    "None": (lambda x: None, "expected an array of numbers.*NoneType"),
    "generator": (lambda x: (row for row in x), "expected an array of numbers.*generator"),
}
WRONG = ANY_WRONG | {
    "whole numbers": (lambda x: (x > 0).astype("uint8") * 255, "expected floats.*uint8"),
    "NaN": (lambda x: np.where(x == x[0], np.nan, x), "NaN or infinite"),
    "infinity": (lambda x: x + np.float32(np.inf), "NaN or infinite"),
    "too large for float32": (lambda x: x.astype(float) + 1e300, "NaN or infinite"),
    "out of range": (lambda x: 255 * np.abs(x), r"expected pixels in \[.*, but got .*\d … 25\d"),
}
WRONG_IDS = ANY_WRONG | {
    "floats": (lambda x: x.astype("float32"), "expected ids, whole numbers.*got float32 0 … 6"),
    "fractions": (lambda x: x + 0.5, "expected ids, whole numbers.*got float64"),
    "NaN": (lambda x: np.where(x == x[0], np.nan, x), "expected ids, whole numbers.*nan"),
    "truth": (lambda x: x > 0, "expected ids, whole numbers.*got bool"),
    "an id too large": (lambda x: x + 1, "expected ids, whole numbers in 0 to 6, .* 1 … 7"),
    "an id below 0": (lambda x: x - 1, "expected ids, whole numbers in 0 to 6, .* -1 … 5"),
    "too long rows": (lambda x: np.tile(x, 2), r"expected samples of shape \(n, t\).*\(32, 18\)"),
}


@pytest.mark.parametrize(("name", "kind"), pairs(WRONG, WRONG_IDS))
def test_what_is_no_sample_is_refused_at_every_entrance(name, kind):
    """Kind: samples of a wrong dtype, shape, range, or none at all; nothing is trained."""
    case = CASES[name]
    change, said = (WRONG_IDS if case.ids else WRONG)[kind]
    if kind == "out of range" and case.limits is None:
        pytest.skip("any finite number is a coordinate")
    model = case.make()
    before = flat(model.weights)
    for entrance in case.entrances.values():
        with pytest.raises(ValueError, match=said):
            entrance(model, mapped(change, case.x))
    np.testing.assert_array_equal(flat(model.weights), before)


@each_of({name: case for name, case in CASES.items() if case.limits == (-1, 1)})
def test_pixels_of_another_scale_are_noticed(case: Case):
    """Kind: unit pixels where signed ones are meant lie within the range, and have no paper."""
    unit = mapped(lambda x: (x + 1) / 2, case.x)
    for x in (unit, tf.data.Dataset.from_tensor_slices(unit).batch(16)):
        with pytest.raises(ValueError, match=r"signed|from 0"):
            case.make().fit(x, 16, verbose=0)


# --- data sets -------------------------------------------------------------------------------


def batched(x, size: int = 8) -> tf.data.Dataset:
    return tf.data.Dataset.from_tensor_slices(x).batch(size)


@cache
def trained_on_array(name: str) -> np.ndarray:
    """The weights of a model after an epoch on its array."""
    model = CASES[name].make()
    model.fit(CASES[name].x, 8, shuffle=False, verbose=0)
    return flat(model.weights)


def side_by_side(make: Callable, x) -> tf.data.Dataset:
    """A data set made of samples; of two domains one of each, zipped."""
    sets = mapped(make, x)
    return tf.data.Dataset.zip(sets) if isinstance(sets, tuple) else sets


SETS = ["one-tuple", "unknown shape"]


@pytest.mark.parametrize(
    ("name", "kind"),
    pairs([*SETS, "float32", "float64", "float16"], [*SETS, "int32", "int64", "uint8"]),
)
def test_a_data_set_trains_like_its_array(name, kind):
    """Kind: batches of numbers, whatever their dtype, in a tuple or of unknown length."""
    case = CASES[name]
    change = {
        "one-tuple": batched,
        "unknown shape": lambda x: tf.data.Dataset.from_generator(
            lambda: iter(np.split(x, 4)), output_signature=tf.TensorSpec(None, x.dtype)
        ).apply(tf.data.experimental.assert_cardinality(4)),
    }.get(kind, lambda x: batched(x.astype(kind)))
    batches = side_by_side(change, case.x)
    if kind == "one-tuple":
        batches = batches.map(lambda *each: (each if case.of_two else each[0],))
    stream = case.make()
    stream.fit(batches, verbose=0)
    atol = 5e-3 if kind == "float16" else 1e-6
    np.testing.assert_allclose(flat(stream.weights), trained_on_array(name), atol=atol)


ANY_BAD_SETS = {
    "pairs with labels": (lambda x: batched((x, x)), "without labels"),
    "a dict": (lambda x: batched({"x": x}), "without labels"),
    "single samples": (lambda x: tf.data.Dataset.from_tensor_slices(x), r"add \.batch"),
    "another shape": (lambda x: batched(x[..., np.newaxis]), "but its elements are"),
}
BAD_SETS = ANY_BAD_SETS | {
    "whole numbers": (lambda x: batched((x > 0).astype("uint8")), "uint8.*Scale"),
    "NaN in the last batch": (
        lambda x: batched(np.concatenate([x, np.full_like(x[:8], np.nan)])),
        "values from nan to nan",
    ),
    "infinity": (lambda x: batched(x + np.float32(np.inf)), "values from inf"),
    "out of range": (lambda x: batched(255 * np.abs(x)), r"(in \[|0 or 1).*to 2\d\d"),
}
BAD_SETS_OF_IDS = ANY_BAD_SETS | {
    "floats": (lambda x: batched(x.astype("float32")), "ids.*float32.*Alphabet"),
    "a bad id in the last batch": (
        lambda x: batched(np.concatenate([x, np.full_like(x[:8], 9)])),
        r"ids, whole numbers in 0 to 6, but .* values from 9 to 9\. .*Alphabet",
    ),
    "too long rows": (lambda x: batched(np.tile(x, 2)), r"rows of \d to \d+ ids, .* batch of 8"),
}


@pytest.mark.parametrize(("name", "kind"), pairs(BAD_SETS, BAD_SETS_OF_IDS))
def test_a_bad_data_set_is_refused(name, kind):
    """Kind: a data set of other elements (before a step), or with a bad batch (when it comes)."""
    case = CASES[name]
    make, said = (BAD_SETS_OF_IDS if case.ids else BAD_SETS)[kind]
    if kind == "out of range" and case.limits is None:
        pytest.skip("any finite number is a coordinate")
    for measure in ("fit", "evaluate"):
        with pytest.raises(ValueError, match=said):
            getattr(case.make(), measure)(side_by_side(make, case.x), verbose=0)


def test_a_bad_batch_is_refused_within_a_graph_too():
    """Kind: the same where the step is a graph of several steps, as in most trainings."""
    case = CASES["image GAN"]
    gan = case.build()
    gan.compile(steps_per_execution=2)
    with pytest.raises(ValueError, match=r"batches of floats of shape .* values from nan"):
        gan.fit(batched(np.concatenate([case.x, case.x * np.nan])), verbose=0)


def test_a_ragged_last_batch_of_packs_says_what_to_do():
    """Kind: a batch that no whole number of packs fills, in an array, a data set, a tensor."""
    gan = image_gan(packing=3)
    gan.compile(run_eagerly=True)
    x = CASES["image GAN"].x
    with pytest.raises(ValueError, match=r"multiple of 3, the samples in a pack, but got .* 16"):
        gan.fit(x, 16, verbose=0)
    with pytest.raises(ValueError, match=r"a batch of 5 .*drop_remainder=True"):
        gan.fit(batched(x, 9), verbose=0)
    with pytest.raises(ValueError, match="multiple of 3 samples"):
        pack(x[:8], 3)
    gan.fit(batched(x[:27], 9), verbose=0)


@EVERY
def test_a_training_that_diverges_stops(case: Case):
    """Kind: NaN or infinity among the losses: an error names the step; or a line, if asked."""
    model = case.make()
    for network in model.networks.values():
        network.set_weights([np.full_like(each, np.nan) for each in network.get_weights()])
    with pytest.raises(ValueError, match=r"step 1 of epoch 1 gave .*nan.*diverged"):
        model.fit(case.x, 8, epochs=3, verbose=0)
    gently = [keras.callbacks.TerminateOnNaN()]
    history = model.fit(case.x, 8, epochs=3, verbose=0, callbacks=gently)
    assert history.epoch == [0]


# --- interrupted training ----------------------------------------------------------------------


class Stop(BaseException):
    """As KeyboardInterrupt, which no `except Exception` takes."""


def stop_at(step: int, error: type[BaseException], moment: str) -> keras.callbacks.Callback:
    """Breaks a training off, before or after a step, as the stop button does."""

    def stop(batch: int, logs: dict | None = None) -> None:
        if batch == step:
            raise error("stop")

    return keras.callbacks.LambdaCallback(**{f"on_train_batch_{moment}": stop})


def rates_of(model) -> list[float]:
    return [float(each.learning_rate) for each in model.optimizers]


@EVERY
@pytest.mark.parametrize("error", [Stop, RuntimeError])
@pytest.mark.parametrize("moment", ["begin", "end", "within"])
def test_the_step_size_survives_an_interruption(case: Case, error, moment, monkeypatch):
    """Kind: a training by the clock that is broken off leaves the whole step size behind."""
    model, broken = case.make(), case.make()
    rates = rates_of(broken)
    clock = TimeBudget(1e9, lambda t: 0.01)
    if moment == "within":
        step = broken.train_step

        def fail(data):
            logs = step(data)
            if moment:
                raise error("stop")
            return logs

        monkeypatch.setattr(broken, "train_step", fail)
        callbacks = [clock]
    else:
        callbacks = [clock, stop_at(1, error, moment)]
    with pytest.raises(error):
        broken.fit(case.x, 8, epochs=9, verbose=0, callbacks=callbacks)
    assert rates_of(broken) == rates
    # the next training has the whole step size too, without a clock and with one
    broken.set_weights(model.get_weights())
    seen = []
    watch = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: seen.append(
            float(broken.optimizers[0].learning_rate)
        )
    )
    moment = ""
    broken.fit(case.x, 8, verbose=0, callbacks=[watch])
    assert set(seen) == {rates[0]}


@EVERY
def test_a_clock_left_behind_changes_no_later_training(case: Case):
    """Kind: after an interruption a training without a clock moves as far as ever."""
    fresh, broken = case.make(), case.make()
    stop = stop_at(0, Stop, "begin")
    clock = TimeBudget(1e9, lambda t: 0.01)
    with pytest.raises(Stop):
        broken.fit(case.x, 8, verbose=0, callbacks=[clock, stop])
    for model in (fresh, broken):
        model.fit(case.x, 8, verbose=0)
    np.testing.assert_array_equal(flat(broken.weights), flat(fresh.weights))


@EVERY
@pytest.mark.parametrize("first", ["checkpoint", "clock"])
def test_a_checkpoint_under_the_clock_holds_the_whole_step_size(case: Case, first, tmp_path):
    """Kind: what is saved or restored while a schedule runs, in either order of the callbacks."""
    model, clock = case.make(), TimeBudget(1e9, lambda t: 0.01)
    rates = rates_of(model)
    backup = keras.callbacks.BackupAndRestore(tmp_path / "backup", save_freq=1)
    saver = keras.callbacks.ModelCheckpoint(tmp_path / "saved.keras", save_freq=1)
    stop = stop_at(2, Stop, "end")
    some = [backup, saver, clock] if first == "checkpoint" else [clock, backup, saver]
    with pytest.raises(Stop):
        model.fit(case.x, 8, epochs=2, verbose=0, callbacks=[*some, stop])
    loaded = keras.saving.load_model(tmp_path / "saved.keras")
    assert rates_of(loaded) == rates
    resumed = case.make(1)
    backup = keras.callbacks.BackupAndRestore(tmp_path / "backup")
    resumed.fit(case.x, 8, epochs=2, verbose=0, callbacks=[backup, TimeBudget(1e9, lambda t: 0.01)])
    assert rates_of(resumed) == rates


BUDGETS = {
    "True": (lambda: TimeBudget(True), TypeError, "number for seconds, but got True"),
    "infinite": (lambda: TimeBudget(np.inf), ValueError, "> 0 for seconds, but got inf"),
    "NaN": (lambda: TimeBudget(np.nan), ValueError, "> 0 for seconds, but got nan"),
    "text": (lambda: TimeBudget("10"), TypeError, "number for seconds, but got '10'"),
    "no function": (lambda: TimeBudget(1, 0.5), TypeError, "function of t.*0.5"),
    "NaN from the schedule": (
        lambda: TimeBudget(1, lambda t: float("nan")),
        *(ValueError, r"schedule\(0\), but got nan"),
    ),
    "below 0": (lambda: TimeBudget(1, lambda t: -1), ValueError, r"schedule\(0\), but got -1"),
    "no number": (lambda: TimeBudget(1, lambda t: None), TypeError, r"schedule\(0\).*None"),
}


@pytest.mark.parametrize("kind", BUDGETS)
def test_a_budget_that_is_none_is_refused(kind):
    """Kind: seconds that are no time, a schedule that gives no share."""
    make, error, said = BUDGETS[kind]
    case = CASES["point GAN"]
    with pytest.raises(error, match=said):
        case.make().fit(case.x, 8, verbose=0, callbacks=[make()])


def test_a_clock_wants_numbers_as_step_sizes():
    """Kind: two schedules of one step size, of which one would be lost."""
    case, falling = CASES["Bernoulli VAE"], keras.optimizers.schedules.CosineDecay(1e-3, 10)
    for rate in (falling, lambda: 1e-3):
        model = case.build()
        model.compile(keras.optimizers.Adam(rate))
        with pytest.raises(ValueError, match="has a schedule of its own"):
            model.fit(case.x, 8, verbose=0, callbacks=[TimeBudget(1)])


# --- nothing to train; probabilities in place of logits ----------------------------------------


@EVERY
@pytest.mark.parametrize("when", ["before compile", "after compile", "layer by layer"])
def test_networks_with_nothing_to_train_are_refused(case: Case, when):
    """Kind: frozen weights; rivals need all networks, a VAE one of them, others have one."""
    names = list(case.build().networks)
    for frozen in [[each] for each in names] + [names] * (len(names) > 1):
        model = case.build()
        if when == "after compile":
            model.compile(run_eagerly=True)
        for name in frozen:
            network = model.networks[name]
            for each in network.layers if when == "layer by layer" else [network]:
                each.trainable = False

        def use(model=model) -> None:
            if when != "after compile":
                model.compile(run_eagerly=True)
            model.fit(case.x, 8, verbose=0)

        if frozen == names or model.RIVALS:
            with pytest.raises(ValueError, match=f"{frozen[0]}.* are all frozen"):
                use()
        else:  # a decoder alone learns from fixed codes, an encoder to reach a fixed decoder
            before = [flat(model.networks[name].weights[:2]) for name in frozen]
            use()
            for name, old in zip(frozen, before, strict=True):
                np.testing.assert_array_equal(flat(model.networks[name].weights[:2]), old)


def judge_ending_in(end) -> keras.Model:
    flat_image = [keras.Input((4, 4, 1)), keras.layers.Flatten()]
    return keras.Sequential([*flat_image, keras.layers.Dense(1), *end])


PROBABILITIES = {
    "activation of the layer": lambda: keras.Sequential(
        [keras.Input((4, 4, 1)), keras.layers.Flatten(), keras.layers.Dense(1, "sigmoid")]
    ),
    "a layer of its own": lambda: judge_ending_in([keras.layers.Activation("sigmoid")]),
    "softmax": lambda: judge_ending_in([keras.layers.Softmax()]),
    "hard sigmoid": lambda: judge_ending_in([keras.layers.Activation("hard_sigmoid")]),
    "behind a reshape": lambda: judge_ending_in(
        [keras.layers.Activation("sigmoid"), keras.layers.Reshape((1,))]
    ),
    "in a network within": lambda: keras.Sequential(
        [keras.Input((4, 4, 1)), judge_ending_in([keras.layers.Activation("sigmoid")])]
    ),
    "an operation": lambda: _functional(keras.ops.sigmoid),
}


def _functional(last) -> keras.Model:
    x = keras.Input((4, 4, 1))
    return keras.Model(x, last(keras.layers.Dense(1)(keras.layers.Flatten()(x))))


@pytest.mark.parametrize("kind", PROBABILITIES)
def test_probabilities_in_place_of_logits_are_refused(kind):
    """Kind: a discriminator or decoder that ends in a sigmoid or softmax, however it is built."""
    judge = PROBABILITIES[kind]()
    with pytest.raises(ValueError, match="ends in logits, but got one that ends in a"):
        GAN(draw_images(), judge)
    networks = CASES["CycleGAN"].build().networks
    for name in ("discriminator_a", "discriminator_b"):
        with pytest.raises(ValueError, match=f"{name} that ends in logits"):
            CycleGAN(**networks | {name: judge})
    decoder = keras.Sequential(
        [keras.Input((2,)), keras.layers.Dense(16), keras.layers.Reshape((4, 4, 1))]
    )
    encoder = CASES["Bernoulli VAE"].build().encoder
    type(CASES["Bernoulli VAE"].build())(encoder, decoder)  # logits are fine
    ends = keras.Sequential([keras.Input((2,)), decoder, keras.layers.Activation("sigmoid")])
    with pytest.raises(ValueError, match="decoder that ends in logits"):
        type(CASES["Bernoulli VAE"].build())(encoder, ends)


def test_two_discriminators_with_a_sigmoid_are_refused():
    """Kind: the same behind a concatenation."""
    from aigc_lib.networks import two_discriminators

    first = PROBABILITIES["softmax"]()
    with pytest.raises(ValueError, match="ends in logits"):
        GAN(draw_images(), two_discriminators(judge_images(), first), loss="dual")


# --- precision -------------------------------------------------------------------------------

POLICIES = {"mixed_float16": 0.05, "mixed_bfloat16": 0.1, "float64": 1e-4}  # how far a loss may be


@cache
def trained_in_float32(name: str) -> tuple[list, dict]:
    """The first weights of a model, and what three epochs report."""
    model = MORE[name].make()
    start = model.get_weights()
    return start, model.fit(MORE[name].x, 8, epochs=3, verbose=0).history


@pytest.mark.parametrize("case", MORE)
@pytest.mark.parametrize("policy", POLICIES)
def test_other_precisions_train_as_well(case, policy):
    """Kind: networks that compute in 16 or 64 bits: the epoch's losses stay near float32's."""
    start, wanted = trained_in_float32(case)
    keras.config.set_dtype_policy(policy)
    try:
        model = MORE[case].make()
    finally:
        keras.config.set_dtype_policy("float32")
    model.set_weights(start)  # 64 bits draw other weights
    got = model.fit(MORE[case].x, 8, epochs=3, verbose=0).history
    for name, values in wanted.items():
        if "accuracy" not in name:  # a count of few answers, of which rounding turns some
            scale = max(1, np.abs(values).max())
            np.testing.assert_allclose(
                np.array(got[name]) / scale, np.array(values) / scale, atol=POLICIES[policy]
            )
    if MORE[case].draw:
        assert MORE[case].draw(model, 2, 0).dtype == (np.int32 if MORE[case].ids else np.float32)
    scaled = [isinstance(x, keras.optimizers.LossScaleOptimizer) for x in model.optimizers]
    assert all(scaled) == (policy == "mixed_float16")


def test_a_loss_scale_falls_until_the_gradients_are_finite():
    """Kind: float16 gradients that overflow are skipped, not taken."""
    case = CASES["point GAN"]
    keras.config.set_dtype_policy("mixed_float16")
    try:
        gan = case.build(penalty=())
    finally:
        keras.config.set_dtype_policy("float32")
    huge = keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(0.1), initial_scale=2.0**30)
    gan.compile(huge, "sgd", run_eagerly=True)
    before = flat(gan.discriminator.weights)
    gan.fit(case.x[:8], 8, verbose=0)
    np.testing.assert_array_equal(flat(gan.discriminator.weights), before)
    gan.fit(case.x[:8], 8, epochs=40, verbose=0)
    after = flat(gan.discriminator.weights)
    assert np.isfinite(after).all()
    assert not np.array_equal(after, before)


ONE_LOGIT = sorted(set(losses.GAN_LOSSES) - losses.DUAL)
SETTINGS = [(loss, each) for loss in ONE_LOGIT for each in penalties.PENALTIES] + [("dual", None)]


@cache
def one_step(loss: str, penalty: str | None, dtype: str) -> tuple:
    """The discriminator's weights after it, and both losses; from the weights of float32."""
    given = penalties.Penalty(penalty, 0.5) if penalty else ()
    start = None
    for each in dict.fromkeys(["float32", dtype]):  # 64 bits draw other weights
        keras.utils.set_random_seed(0)
        pair = draw_images(dtype=each), judge_images(1, 1 + (loss == "dual"), dtype=each)
        gan = GAN(*pair, loss=loss, penalty=given)
        start = start or gan.get_weights()
    gan.set_weights(start)
    gan.compile(keras.optimizers.SGD(0.1), keras.optimizers.SGD(0.1))
    logs = gan.train_step(CASES["image GAN"].x[:16])
    return flat(gan.discriminator.weights), float(logs["d_loss"]), float(logs["g_loss"])


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16", "float64"])
@pytest.mark.parametrize(("loss", "penalty"), SETTINGS)
def test_every_loss_and_penalty_in_every_precision(loss, penalty, policy):
    """Kind: precision × each loss × each penalty: one step from the same weights and noise."""
    atol = {"mixed_float16": 3e-3, "mixed_bfloat16": 3e-2, "float64": 1e-5}[policy]
    pair = one_step(loss, penalty, "float32"), one_step(loss, penalty, policy)
    for wanted, got in zip(*pair, strict=True):
        np.testing.assert_allclose(got, wanted, atol=atol)


def test_points_of_64_bits_take_every_penalty():
    """Kind: float64 points with a penalty failed where they passed without one."""
    points = mixtures.ring(64, seed=0).astype(float)
    for name in penalties.PENALTIES:
        gan = CASES["point GAN"].make(penalty=penalties.Penalty(name, 0.1))
        gan.fit(points, 16, verbose=0)
        assert np.isfinite(flat(gan.weights)).all()
