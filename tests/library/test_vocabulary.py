"""Keras's own vocabulary × every model: it works as its users expect, or is refused in a sentence.

No epoch is spent before a refusal: each test looks at the weights too.
"""

import keras
import numpy as np
import pytest
import tensorflow as tf
from cases import CASES, EVERY, Case, draw_images, each_of, image_gan, judge_images, mapped
from helpers import flat

from aigc_lib import penalties
from aigc_lib.cyclegan import CycleGAN
from aigc_lib.gan import GAN
from aigc_lib.vae import VAE

# --- evaluate, predict, validation ---------------------------------------------------------------


@EVERY
def test_evaluate_gives_equal_scores_and_moves_nothing(case: Case):
    """Kind: `evaluate`, of an array and of its batches."""
    model = case.make()
    before = flat(model.weights)
    scores = [model.evaluate(case.held_out, verbose=0, return_dict=True) for _ in range(2)]
    assert scores[0] == scores[1]
    assert set(scores[0]) == set(model.METRICS)
    batches = tf.data.Dataset.from_tensor_slices(case.held_out).batch(500)
    assert model.evaluate(batches, verbose=0, return_dict=True) == scores[0]
    np.testing.assert_array_equal(flat(model.weights), before)


def test_a_gan_is_evaluated_by_its_formulas():
    """Kind: `evaluate` of a GAN: both losses and the share of right answers, in inference mode."""
    gan, x = image_gan(loss="relativistic"), CASES["image GAN"].held_out
    gan.compile(run_eagerly=True)
    seed = keras.random.SeedGenerator(0)
    seed.state.assign([0, 0])
    fake = gan.generator(keras.random.normal((len(x), 3), seed=seed))
    real_logits, fake_logits = gan.discriminator(x).numpy(), gan.discriminator(fake).numpy()
    got = gan.evaluate(x, verbose=0, return_dict=True)
    gap = (real_logits - fake_logits).astype(float)
    assert got["d_loss"] == pytest.approx(np.log1p(np.exp(-gap)).mean(), rel=1e-5)
    assert got["g_loss"] == pytest.approx(np.log1p(np.exp(gap)).mean(), rel=1e-5)
    right = np.concatenate([1 + np.sign(real_logits), 1 - np.sign(fake_logits)]) / 2  # 0: half
    assert got["d_accuracy"] == pytest.approx(right.mean())


@EVERY
def test_predict_is_the_models_call(case: Case):
    """Kind: `predict`: samples for noise (GAN), outputs for samples (VAE), logits, translations."""
    model = case.make()
    given = np.zeros((5, model.latent_dim), "float32") if isinstance(model, GAN) else case.first[:5]
    got, wanted = model.predict(given, verbose=0), model(given)
    for one, other in zip(keras.tree.flatten(got), keras.tree.flatten(wanted), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)


@EVERY
@pytest.mark.parametrize("kind", ["array", "list of one", "data set"])
def test_validation_data_is_evaluated_each_epoch(case: Case, kind):
    """Kind: `validation_data` in the forms that hold samples alone."""
    given = {
        "array": case.held_out,
        "list of one": [case.held_out],
        "data set": tf.data.Dataset.from_tensor_slices(case.held_out).batch(500),
    }[kind]
    model = case.make()
    history = model.fit(case.x, 16, epochs=2, validation_data=given, verbose=0).history
    scores = model.evaluate(case.held_out, verbose=0, return_dict=True)
    for name, score in scores.items():
        assert history[f"val_{name}"][-1] == pytest.approx(score, rel=1e-5), name


@EVERY
def test_a_validation_split_is_the_end_of_the_array(case: Case):
    """Kind: `validation_split` takes the last samples, before any is shuffled."""
    by_hand, split = case.make(), case.make()
    first, last = mapped(lambda x: x[:24], case.x), mapped(lambda x: x[24:], case.x)
    wanted = by_hand.fit(first, 8, validation_data=last, verbose=0).history
    got = split.fit(case.x, 8, validation_split=0.25, verbose=0).history
    assert got == wanted
    for share in (1.0, -0.1, True, "half"):
        with pytest.raises((ValueError, TypeError), match=r"expected .*validation_split"):
            case.make().fit(case.x, 8, validation_split=share, verbose=0)
    batches = tf.data.Dataset.from_tensor_slices(case.x).batch(8)
    with pytest.raises(ValueError, match="Pass validation_data instead"):
        case.make().fit(batches, validation_split=0.5, verbose=0)


# --- what fit takes --------------------------------------------------------------------------

FITS = {  # what a Keras user may write → the error, or None where it works
    "labels by place": (lambda m, x: m.fit(x, x), "samples alone, but got labels"),
    "labels by name": (lambda m, x: m.fit(x, y=x), "samples alone, but got y"),
    "weights of samples": (
        lambda m, x: m.fit(x, 8, sample_weight=np.ones(32)),
        "samples alone, but got sample_weight",
    ),
    "weights of classes": (lambda m, x: m.fit(x, 8, class_weight={0: 1}), "but got class_weight"),
    "labels in validation": (
        lambda m, x: m.fit(x, 8, validation_data=(x, x)),
        "samples alone, but got y",
    ),
    "labels in evaluate": (lambda m, x: m.evaluate(x, y=x), "samples alone, but got y"),
    "batch size None": (lambda m, x: m.fit(x, None), "whole number for batch_size"),
    "batch size True": (lambda m, x: m.fit(x, True), "whole number for batch_size"),
    "batch size 0": (lambda m, x: m.fit(x, 0), "at least 1, but got 0"),
    "batch size beyond": (lambda m, x: m.fit(x, 99), "from 1 to 32"),
    "None of each": (
        lambda m, x: m.fit(x, 8, class_weight=None, sample_weight=None, verbose=0),
        None,
    ),
    "no shuffling": (lambda m, x: m.fit(x, 8, shuffle=False, verbose=0), None),
    "steps of an epoch": (
        lambda m, x: m.fit(x, 8, steps_per_epoch=6, epochs=2, verbose=0),
        None,
    ),
    "validation now and then": (
        lambda m, x: m.fit(
            x, 8, epochs=2, validation_data=x, validation_freq=2, validation_steps=1, verbose=0
        ),
        None,
    ),
    "a list of callbacks": (
        lambda m, x: m.fit(
            x,
            8,
            verbose=0,
            callbacks=keras.callbacks.CallbackList(
                [keras.callbacks.EarlyStopping(next(iter(m.METRICS)))], model=m
            ),
        ),
        None,
    ),
    "one callback": (
        lambda m, x: m.fit(x, 8, verbose=0, callbacks=keras.callbacks.History()),
        None,
    ),
}


@EVERY
@pytest.mark.parametrize("kind", FITS)
def test_what_keras_users_write_works_or_is_refused(case: Case, kind):
    """Kind: arguments of Keras's `fit` and `evaluate` that mean something, or nothing, here."""
    use, said = FITS[kind]
    model = case.make()
    before = flat(model.weights)
    if said is None:
        use(model, case.x)
        assert not np.array_equal(flat(model.weights), before)
    else:
        with pytest.raises((ValueError, TypeError), match=said):
            use(model, case.x)
        np.testing.assert_array_equal(flat(model.weights), before)


@EVERY
def test_steps_of_an_epoch_are_counted(case: Case):
    """Kind: `steps_per_epoch` goes on through the array as often as it takes."""
    model = case.make()
    model.fit(case.x, 8, steps_per_epoch=6, epochs=2, verbose=0)
    assert model.steps_taken() == 12


@EVERY
def test_a_second_call_of_fit_sees_new_batches(case: Case):
    """Kind: `fit(epochs=1)` again and again took the same batches in the same order."""
    model, seen = case.make(), []
    step = type(model).train_step

    def look(data):
        seen.append(mapped(np.asarray, model.batch(data)))
        return step(model, data)

    model.train_step = look
    for _ in range(2):
        model.fit(case.x, 8, verbose=0)
    for i, x in enumerate(case.x if case.of_two else [case.x]):
        batches = [each[i] for each in seen] if case.of_two else seen
        first, second = np.concatenate(batches[:4]), np.concatenate(batches[4:])
        assert not np.array_equal(first, second)
        for order in (first, second):  # all samples, each once
            rows = np.sort(order.reshape(len(x), -1), axis=0)
            np.testing.assert_array_equal(rows, np.sort(x.reshape(len(x), -1), axis=0))


# --- callbacks ---------------------------------------------------------------------------------


@EVERY
def test_the_best_epoch_is_the_best_by_the_models_own_measure(case: Case, tmp_path):
    """Kind: `EarlyStopping("elbo")` and its sisters take more for better where it is."""
    model = case.make()
    way = max if model.METRICS[case.better] == "max" else min
    kept = keras.callbacks.ModelCheckpoint(
        tmp_path / "best.weights.h5", case.better, save_best_only=True, save_weights_only=True
    )
    stop = keras.callbacks.EarlyStopping(f"val_{case.better}", patience=2)
    some = {"callbacks": [kept, stop], "validation_data": case.held_out}
    history = model.fit(case.x, 8, epochs=4, verbose=0, **some).history
    assert kept.best == way(history[case.better])
    assert stop.best == way(history[f"val_{case.better}"])


@EVERY
def test_a_callback_that_waits_for_what_is_not_reported_is_refused(case: Case):
    """Kind: a monitor that never comes would be a warning after the first epoch."""
    for monitor in ("val_loss", "precision", f"val_{case.better}"):
        with pytest.raises(ValueError, match=f"EarlyStopping to monitor one of .*'{monitor}'"):
            case.make().fit(
                case.x, 8, verbose=0, callbacks=[keras.callbacks.EarlyStopping(monitor)]
            )


RATES = {
    "scheduler": lambda case: keras.callbacks.LearningRateScheduler(lambda epoch: 0.002),
    "plateau": lambda case: keras.callbacks.ReduceLROnPlateau(case.better, patience=0, factor=0.5),
}


@EVERY
@pytest.mark.parametrize("kind", RATES)
def test_callbacks_that_set_a_rate(case: Case, kind):
    """Kind: one learning rate for two optimisers is refused; a model of one takes it."""
    model, callback = case.make(), RATES[kind](case)
    if len(model.OPTIMIZERS) > 1:
        with pytest.raises(ValueError, match="expected no callback that sets one learning rate"):
            model.fit(case.x, 8, verbose=0, callbacks=[callback])
    else:
        before = float(model.optimizer.learning_rate)
        model.fit(case.x, 8, epochs=6, verbose=0, callbacks=[callback])
        if kind == "scheduler":
            assert float(model.optimizer.learning_rate) == pytest.approx(0.002)
        else:
            assert float(model.optimizer.learning_rate) <= before


# --- compile -----------------------------------------------------------------------------------


@EVERY
def test_optimisers_by_name(case: Case):
    """Kind: `compile("adam", "adam")`."""
    model = case.build()
    model.compile(*["adam"] * len(model.OPTIMIZERS))
    assert {type(each).__name__ for each in model.optimizers} == {"Adam"}
    assert len({id(each) for each in model.optimizers}) == len(model.OPTIMIZERS)


@EVERY
@pytest.mark.parametrize(
    "options",
    [{"loss": "mse"}, {"metrics": ["accuracy"]}, {"loss_weights": [1]}, {"weighted_metrics": []}],
    ids=lambda options: next(iter(options)),
)
def test_a_loss_in_compile_is_refused(case: Case, options):
    """Kind: what `compile` took and then never looked at."""
    with pytest.raises(ValueError, match="expected no loss and no metrics in compile"):
        case.build().compile(**options)


def test_what_is_no_optimiser_is_refused():
    """Kind: names that Keras does not know, one optimiser for both, none at all."""
    gan, vae = CASES["image GAN"].build(), CASES["Bernoulli VAE"].build()
    for model in (gan, vae, CASES["CycleGAN"].build()):
        with pytest.raises(ValueError, match="adamm"):
            model.compile("adamm")
        with pytest.raises(TypeError, match=r"expected an optimiser.*but got 0\.001"):
            model.compile(0.001)
    adam = keras.optimizers.Adam()
    for model in (gan, CASES["CycleGAN"].build()):
        with pytest.raises(TypeError, match="expected two optimisers"):
            model.compile(optimizer="adam")
        with pytest.raises(ValueError, match="one object"):
            model.compile(adam, adam)
    with pytest.raises(ValueError, match="no loss"):
        vae.compile("adam", "mse")
    with pytest.raises(ValueError, match=r"compile\(\)"):
        CASES["image GAN"].build().fit(CASES["image GAN"].x, 8)


# --- what models are made of -------------------------------------------------------------------


@keras.saving.register_keras_serializable(package="tests")
class Subclassed(keras.Model):
    """A network whose shapes are known only when it is called."""

    def __init__(self) -> None:
        super().__init__()
        self.dense = keras.layers.Dense(1)

    def call(self, x):
        return self.dense(keras.ops.reshape(x, (-1, 16)))


NETWORKS = {
    "subclassed": Subclassed,
    "not built": lambda: keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(1)]),
    "a layer": lambda: keras.layers.Dense(1),
    "a class": lambda: Subclassed,
    "a function": lambda: judge_images,
    "None": lambda: None,
    "two inputs": lambda: keras.Model(
        both := [keras.Input((4, 4, 1)), keras.Input((4, 4, 1))],
        keras.layers.Dense(1)(keras.layers.Flatten()(both[0] + both[1])),
    ),
}


@pytest.mark.parametrize("kind", NETWORKS)
def test_networks_of_unknown_shapes_are_refused(kind):
    """Kind: subclassed or unbuilt networks, and what is no network."""
    network = NETWORKS[kind]()
    encoder, decoder = CASES["Bernoulli VAE"].build().networks.values()
    four = CASES["CycleGAN"].build().networks
    for make in (
        *(lambda name=name: CycleGAN(**four | {name: network}) for name in four),
        lambda: GAN(draw_images(), network),
        lambda: GAN(network, judge_images()),
        lambda: VAE(network, decoder),
        lambda: VAE(encoder, network),
    ):
        with pytest.raises(TypeError, match=r"expected the \w+ to be a Sequential or functional"):
            make()


MODELS = {
    "a number as penalty": ({"penalty": 10.0}, "expected a penalty such as .*but got 10"),
    "a name as penalty": ({"penalty": "r1"}, "expected a penalty such as .*'r1'"),
    "a function as penalty": ({"penalty": penalties.r1}, "expected a penalty such as"),
    "penalties of numbers": ({"penalty": [1.0, 2.0]}, "expected penalties such as .*1.0"),
    "an unknown penalty": ({"penalty": [("r3", 1.0)]}, "'r3'"),
    "an unknown loss": ({"loss": "hinges"}, "hinges"),
    "no loss": ({"loss": None}, "None"),
    "packs of True": ({"packing": True}, "whole number for packing"),
    "packs of a half": ({"packing": 0.5}, "whole number for packing"),
    "a decay of NaN": ({"ema_decay": np.nan}, "ema_decay"),
    "a decay as text": ({"ema_decay": "0.9"}, "number for ema_decay"),
    "a seed of True": ({"seed": True}, "whole number for seed"),
    "a seed below 0": ({"seed": -1}, "seed to be at least 0"),
    "no seed": ({"seed": None}, "whole number for seed"),
}


@pytest.mark.parametrize("kind", MODELS)
def test_options_of_a_gan_that_are_none_are_refused(kind):
    """Kind: arguments of `GAN` of another kind or out of range."""
    options, said = MODELS[kind]
    with pytest.raises((ValueError, TypeError), match=said):
        GAN(draw_images(), judge_images(), **options)


VAES = {
    "beta as text": ({"beta": "1"}, "number for beta"),
    "beta of NaN": ({"beta": np.nan}, "≥ 0 for beta, but got nan"),
    "beta of infinity": ({"beta": np.inf}, "for beta, but got inf"),
    "half a draw": ({"draws": 1.5}, "whole number for draws"),
    "binarise as text": ({"binarise": "no"}, "True or False for binarise"),
    "no likelihood": ({"likelihood": None}, "likelihood to be one of"),
    "a seed of True": ({"seed": True}, "whole number for seed"),
}


@pytest.mark.parametrize("kind", VAES)
def test_options_of_a_vae_that_are_none_are_refused(kind):
    """Kind: arguments of `VAE` of another kind or out of range."""
    options, said = VAES[kind]
    encoder, decoder = CASES["Bernoulli VAE"].build().networks.values()
    with pytest.raises((ValueError, TypeError), match=said):
        VAE(encoder, decoder, **options)


@each_of({name: case for name, case in CASES.items() if case.draw})
@pytest.mark.parametrize(
    ("n", "seed"), [(0, 0), (-1, 0), (2.5, 0), (True, 0), ("3", 0), (3, -1), (3, None), (3, 0.5)]
)
def test_draws_that_are_none_are_refused(case: Case, n, seed):
    """Kind: a number of samples, or a seed, that is none."""
    with pytest.raises((ValueError, TypeError), match=r"expected .*(n|seed)"):
        case.draw(case.make(), n, seed)
