"""The ten faults of the article's program (chapter 50), held to the pinned Keras and TensorFlow."""

import logging
import warnings

import keras
import numpy as np
import pytest
from helpers import flat
from keras import layers

from aigc_lib import data

ONES = np.ones((16, 1))


def generator(enlargements: int = 2) -> keras.Model:
    """The printed generator, narrow; as printed it enlarges five times."""
    hidden = [layers.Conv2DTranspose(4, 5, 2, "same") for _ in range(enlargements - 1)]
    last = layers.Conv2DTranspose(1, 5, 2, "same", activation="tanh")
    square = [layers.Dense(7 * 7 * 4, activation="relu"), layers.Reshape((7, 7, 4))]
    return keras.Sequential([keras.Input((100,)), *square, *hidden, last])


def compiled(model: keras.Model) -> keras.Model:
    model.compile(keras.optimizers.Adam(2e-4), "binary_crossentropy", metrics=["accuracy"])
    return model


def discriminator() -> keras.Model:
    """The printed discriminator, narrow."""
    halves = [layers.Conv2D(4, 5, 2, "same", activation="relu") for _ in range(2)]
    last = layers.Dense(1, activation="sigmoid")
    model = keras.Sequential([keras.Input((28, 28, 1)), *halves, layers.Flatten(), last])
    return compiled(model)


@pytest.fixture
def noise() -> np.ndarray:
    keras.utils.set_random_seed(0)
    return np.random.default_rng(0).uniform(-1, 1, (16, 100)).astype("float32")


@pytest.fixture
def images(noise) -> np.ndarray:
    """16 real images as printed: pixels in [0, 1]."""
    return data.to_unit(data.load_mnist()[0][0][:16])


def test_1_a_blank_too_many_stops_all_lines():
    ran = []
    with pytest.raises(IndentationError, match="unexpected indent"):
        exec("ran.append(1)\n ran.append(2)\n", {"ran": ran})
    assert ran == []


def test_2_five_enlarging_layers_do_not_fit_the_discriminator():
    assert generator(5).output_shape == (None, 224, 224, 1)
    with pytest.raises(ValueError, match=r"28, 28, 1.*224, 224"):
        keras.Sequential([generator(5), discriminator()])
    assert keras.Sequential([generator(2), discriminator()]).output_shape == (None, 1)


def test_3_a_name_is_looked_up_when_its_line_runs():
    def batch():
        return fake_images  # noqa: F821

    with pytest.raises(NameError, match="fake_images"):
        batch()


def test_4_with_a_metric_the_loss_is_a_list(images):
    model, own, reported = discriminator(), [], []
    for batch in np.split(images, 2):
        own.append(float(keras.losses.BinaryCrossentropy()(ONES[:8], model(batch))))
        reported.append(model.train_on_batch(batch, ONES[:8]))
    assert [type(each) for each in reported] == [list, list]
    assert len(reported[0]) == 2
    assert [type(each) for each in reported[0]] == [float, float]
    with pytest.raises(TypeError, match=r"list\.__format__"):
        f"{reported[0]:.4f}"
    with pytest.raises(TypeError, match=r"numpy\.ndarray\.__format__"):
        f"{0.5 * np.add(*reported):.4f}"  # of real and generated images, the mean
    # Each batch's own loss; in Keras 3.13 the mean since the first batch.
    assert [loss for loss, _ in reported] == pytest.approx(own, abs=1e-5)


def test_5_one_negative_pixel_gives_a_tanh_away(noise, images):
    fakes = generator()(noise).numpy()
    assert (fakes < 0).any(axis=(1, 2, 3)).all()
    assert not (images < 0).any()
    assert (2 * images - 1 < 0).any(axis=(1, 2, 3)).all()


def test_6_the_stacked_step_moves_the_discriminator(noise):
    judge = discriminator()
    stacked, before = compiled(keras.Sequential([generator(), judge])), flat(judge.weights)
    stacked.train_on_batch(noise, ONES)
    assert not np.array_equal(flat(judge.weights), before)


@pytest.mark.parametrize("practise", [False, True])
def test_6_freezing_works_only_after_the_first_batch(noise, images, practise):
    judge = discriminator()
    if practise:  # builds the training function, with the weights that are trainable then
        judge.train_on_batch(images, ONES)
    judge.trainable = False
    stacked, start = compiled(keras.Sequential([generator(), judge])), flat(judge.weights)
    stacked.train_on_batch(noise, ONES)
    np.testing.assert_array_equal(flat(judge.weights), start)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        judge.train_on_batch(images, ONES)
    assert np.array_equal(flat(judge.weights), start) != practise


@pytest.mark.parametrize(("once", "different"), [(True, 128), (False, 128 * 20)])
def test_7_noise_drawn_before_the_loop_stays(once, different):
    rng = np.random.default_rng(0)
    z, seen = rng.uniform(-1, 1, (128, 100)), set()
    for _ in range(20):
        z = z if once else rng.uniform(-1, 1, (128, 100))
        seen.update(map(bytes, z))
    assert len(seen) == different


def test_8_the_inner_loop_runs_once():
    batch_size = 128
    assert len(range(batch_size // batch_size)) == 1
    assert len(range(60_000 // batch_size)) == 468
    assert len(data.batches(data.to_unit(data.load_mnist()[0][0]), batch_size)) == 468


def test_9_ten_thousand_batches_are_21_epochs():
    epochs = 10_000 * 128 / len(data.load_mnist()[0][0])
    assert epochs == pytest.approx(21.33, abs=0.01)


@pytest.fixture
def said():
    """What Keras writes to its log, collected instead of printed."""
    messages, log = [], logging.getLogger("absl")

    def note(record: logging.LogRecord) -> bool:
        messages.append(record.getMessage())
        return False

    log.addFilter(note)
    yield messages
    log.removeFilter(note)


@pytest.mark.parametrize("ending", [".h5", ".keras"])
def test_10_h5_loses_the_memory_of_the_optimiser(images, tmp_path, said, ending):
    model, path = discriminator(), tmp_path / f"d{ending}"
    model.train_on_batch(images, ONES)
    model.save(path)
    loaded = keras.saving.load_model(path)
    np.testing.assert_array_equal(model(images), loaded(images))
    assert any("legacy" in message for message in said) == (ending == ".h5")
    memory = [len(each.optimizer.variables) for each in (model, loaded)]
    assert (memory[0] == memory[1]) == (ending == ".keras")


def test_10_saving_as_h5_spoils_a_later_keras_file(images, tmp_path, said):
    model = discriminator()
    model.train_on_batch(images, ONES)
    kinds = []
    for name in ("before.keras", "between.h5", "after.keras"):
        model.save(tmp_path / name)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            kinds.append(type(keras.saving.load_model(tmp_path / name).optimizer).__name__)
    assert kinds == ["Adam", "Adam", "RMSprop"]  # mended in Keras after 3.15.1
