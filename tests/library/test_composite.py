"""What models of several networks share: saved, loaded and copied; old files still load."""

from copy import deepcopy
from pathlib import Path

import keras
import numpy as np
import pytest
from cases import EVERY, Case
from helpers import flat
from keras import layers

from aigc_lib import data, mixtures
from aigc_lib.composite import Composite
from aigc_lib.cyclegan import CycleGAN
from aigc_lib.gan import GAN
from aigc_lib.vae import VAE

SAVED = Path(__file__).parent / "saved"
GREY = np.random.default_rng(0).uniform(0, 1, (32, 3, 2, 1)).astype("float32")
TRAINED_ON = {
    "gan": mixtures.ring(64, seed=0),
    "vae": GREY,
    "cyclegan": (2 * GREY - 1, 1 - 2 * GREY[:20]),
}


@pytest.mark.parametrize("name", list(TRAINED_ON))
def test_a_file_of_version_0_1_draws_and_trains_as_it_did(name):
    expected = np.load(SAVED / "expected.npz")
    model = keras.saving.load_model(SAVED / f"{name}-0.1.keras", safe_mode=True)

    def drawn():
        if name == "cyclegan":
            a, b = TRAINED_ON[name]
            return np.concatenate([model.translate(a[:4], "b"), model.translate(b[:4], "a")])
        return model.sample(len(expected[name]), seed=1)

    np.testing.assert_allclose(drawn(), expected[name], atol=1e-6)
    keras.utils.set_random_seed(0)  # the order of batches depends on it too
    cut = data.cut_apart if name == "cyclegan" else data.batches  # as version 0.1 cut them
    batches = cut(TRAINED_ON[name], 16, seed=model.seed)
    model.fit(batches, verbose=0)
    np.testing.assert_allclose(drawn(), expected[f"{name}_later"], atol=1e-5)
    assert not np.allclose(drawn(), expected[name], atol=1e-4)


def test_options_and_optimisers_come_back():
    gan = keras.saving.load_model(SAVED / "gan-0.1.keras")
    assert isinstance(gan, GAN)
    assert (gan.loss_name, gan.packing, gan.ema_decay, gan.seed) == ("relativistic", 2, 0.9, 3)
    assert [penalty.name for penalty in gan.penalties] == ["r1", "r2"]
    assert [type(each).__name__ for each in gan.optimizers] == ["Adam", "SGD"]
    cyclegan = keras.saving.load_model(SAVED / "cyclegan-0.1.keras")
    assert isinstance(cyclegan, CycleGAN)
    options = {name: getattr(cyclegan, attribute) for name, attribute in cyclegan.OPTIONS.items()}
    assert options == {
        **{"loss": "hinge", "cycle": 3.0, "identity": 0.5, "noise": 0.1},
        **{"ema_decay": 0.9, "seed": 5},
    }
    assert [type(each).__name__ for each in cyclegan.optimizers] == ["SGD", "Adam"]
    vae = keras.saving.load_model(SAVED / "vae-0.1.keras")
    assert isinstance(vae, VAE)
    assert (vae.beta, vae.seed) == (0.5, 4)
    assert [float(each.learning_rate) for each in vae.optimizers] == pytest.approx([0.003])


@pytest.mark.parametrize("name", list(TRAINED_ON))
def test_a_copy_by_its_configuration_has_its_options(name):
    model = keras.saving.load_model(SAVED / f"{name}-0.1.keras")
    config = model.get_config()
    before = keras.saving.serialize_keras_object(model)["config"]
    copy = type(model).from_config(config)
    assert keras.saving.serialize_keras_object(copy)["config"] == before
    assert copy.optimizers == []  # not compiled


# --- every model -------------------------------------------------------------------------------


@EVERY
def test_a_model_that_was_not_compiled_is_saved_and_copied(case: Case, tmp_path):
    """Kind: saving, loading, a deep copy before `compile`."""
    model = case.build()
    model.save(tmp_path / "model.keras")
    for other in (keras.saving.load_model(tmp_path / "model.keras"), deepcopy(model)):
        np.testing.assert_array_equal(case.made(other), case.made(model))
        assert not other.compiled
        assert other.optimizers == []


@EVERY
def test_a_copy_trains_on_by_itself(case: Case):
    """Kind: a deep copy of a trained model is as the model is, and shares nothing with it."""
    model = case.make()
    model.fit(case.x, 8, verbose=0)
    copy = deepcopy(model)
    before = flat(model.weights)
    copy.fit(case.x, 8, verbose=0)
    np.testing.assert_array_equal(flat(model.weights), before)
    model.fit(case.x, 8, verbose=0)
    np.testing.assert_array_equal(flat(copy.weights), flat(model.weights))


@EVERY
def test_options_of_compile_come_back(case: Case, tmp_path):
    """Kind: `jit_compile`, `steps_per_execution`, `run_eagerly` of a saved model."""
    for options in (
        {"jit_compile": True, "steps_per_execution": 3},
        {"jit_compile": False, "run_eagerly": True},
    ):
        model = case.build()
        model.compile(**options)
        model.save(tmp_path / "model.keras")
        loaded = keras.saving.load_model(tmp_path / "model.keras")
        assert {name: getattr(loaded, name) for name in options} == options


@EVERY
def test_a_configuration_is_left_as_it_is(case: Case):
    """Kind: `from_config` that takes its argument apart; a second use would fail."""
    model = case.build()
    config = model.get_config()
    before = deepcopy(config)
    for _ in range(2):
        type(model).from_config(config)
        assert config == before


@EVERY
def test_a_file_of_weights_keeps_the_optimisers(case: Case, tmp_path):
    """Kind: `save_weights` and `load_weights`: the next steps are those of the first model."""
    model, other = case.make(), case.make(1)
    model.fit(case.x, 8, verbose=0)
    model.save_weights(tmp_path / "model.weights.h5")
    other.load_weights(tmp_path / "model.weights.h5")
    assert other.steps_taken() == model.steps_taken() == 4
    for each in (model, other):
        each.fit(case.x, 8, shuffle=False, verbose=0)
    np.testing.assert_array_equal(flat(other.weights), flat(model.weights))


def noisy(model: Composite) -> Composite:
    """The same model with dropout and noise before each of its networks."""
    networks = {}
    for name, network in model.networks.items():
        shape = network.input_shape[1:]
        some = [keras.Input(shape), layers.Dropout(0.3), layers.GaussianNoise(0.1)]
        x = keras.Sequential(some)
        networks[name] = keras.Model(x.inputs, network(x.outputs[0]))
    options = {key: value for key, value in model.get_config().items() if key in model.OPTIONS}
    return type(model)(**networks, **options)


@EVERY
def test_layers_with_seeds_of_their_own_go_on_where_they_were(case: Case, tmp_path):
    """Kind: dropout and noise in a network: a loaded model draws what the saved one would have."""
    model = case.build(dropout=0.3) if case.ids else noisy(case.build())
    model.compile(run_eagerly=True)
    model.fit(case.x, 8, verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    for each in (model, loaded):
        each.fit(case.x, 8, verbose=0)
    np.testing.assert_array_equal(flat(loaded.weights), flat(model.weights))
