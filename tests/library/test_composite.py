"""What models of several networks share: files written by version 0.1 of the library still load."""

from pathlib import Path

import keras
import numpy as np
import pytest

from aigc_lib import data, mixtures
from aigc_lib.gan import GAN
from aigc_lib.networks import mlp
from aigc_lib.vae import VAE

SAVED = Path(__file__).parent / "saved"
GREY = np.random.default_rng(0).uniform(0, 1, (32, 3, 2, 1)).astype("float32")
TRAINED_ON = {"gan": mixtures.ring(64, seed=0), "vae": GREY}


@pytest.mark.parametrize("name", ["gan", "vae"])
def test_a_file_of_version_0_1_draws_and_trains_as_it_did(name):
    expected = np.load(SAVED / "expected.npz")
    model = keras.saving.load_model(SAVED / f"{name}-0.1.keras", safe_mode=True)

    def drawn():
        return model.sample(len(expected[name]), seed=1)

    np.testing.assert_allclose(drawn(), expected[name], atol=1e-6)
    keras.utils.set_random_seed(0)  # the order of batches depends on it too
    batches = data.batches(TRAINED_ON[name], 16, seed=model.seed)  # as version 0.1 cut them
    model.fit(batches, verbose=0)
    np.testing.assert_allclose(drawn(), expected[f"{name}_later"], atol=1e-5)
    assert not np.allclose(drawn(), expected[name], atol=1e-4)


def test_options_and_optimisers_come_back():
    gan = keras.saving.load_model(SAVED / "gan-0.1.keras")
    assert isinstance(gan, GAN)
    assert (gan.loss_name, gan.packing, gan.ema_decay, gan.seed) == ("relativistic", 2, 0.9, 3)
    assert [penalty.name for penalty in gan.penalties] == ["r1", "r2"]
    assert [type(each).__name__ for each in gan.optimizers] == ["Adam", "SGD"]
    vae = keras.saving.load_model(SAVED / "vae-0.1.keras")
    assert isinstance(vae, VAE)
    assert (vae.beta, vae.seed) == (0.5, 4)
    assert [float(each.learning_rate) for each in vae.optimizers] == pytest.approx([0.003])


@pytest.mark.parametrize("name", ["gan", "vae"])
def test_a_copy_by_its_configuration_has_its_options(name):
    model = keras.saving.load_model(SAVED / f"{name}-0.1.keras")
    config = model.get_config()
    before = keras.saving.serialize_keras_object(model)["config"]
    copy = type(model).from_config(config)
    assert keras.saving.serialize_keras_object(copy)["config"] == before
    assert copy.optimizers == []  # not compiled


def test_a_model_that_was_not_compiled_is_saved_too(tmp_path):
    gan = GAN(mlp(2, 2, 8, 1), mlp(2, 1, 8, 1))
    gan.save(tmp_path / "gan.keras")
    loaded = keras.saving.load_model(tmp_path / "gan.keras")
    np.testing.assert_array_equal(loaded.sample(3, seed=0), gan.sample(3, seed=0))
    assert not loaded.compiled
