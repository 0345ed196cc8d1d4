"""The networks and the GAN: shapes, steps, seeds, saving, going on after an interruption."""

from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from helpers import flat, interruption

from aigc_lib import losses, mixtures, penalties
from aigc_lib.gan import GAN
from aigc_lib.networks import (
    dcgan_discriminator,
    dcgan_generator,
    load_generator,
    mlp,
    two_discriminators,
)
from bench.published import OneBatchOfFakes


def test_networks_fit_each_other():
    generator, discriminator = dcgan_generator(16, width=8), dcgan_discriminator(8)
    drawn = generator(keras.random.normal((3, 16), seed=0))
    assert drawn.shape == (3, 28, 28, 1)
    assert np.abs(drawn).max() <= 1
    assert discriminator(drawn).shape == (3, 1)
    kinds = {type(layer) for layer in discriminator.layers}
    assert keras.layers.BatchNormalization not in kinds


def test_shipped_generator_draws():
    drawn = load_generator().predict(keras.random.normal((100, 64), seed=0), verbose=0)
    paper = (drawn < -0.9).mean()
    assert drawn.shape == (100, 28, 28, 1)
    assert 0.7 < paper < 0.9  # MNIST: 0.81


def test_sample_depends_on_the_seed_only(make_gan):
    gan = make_gan()
    one = gan.sample(5, seed=3)
    assert one.shape == (5, 28, 28, 1)
    assert one.dtype == np.float32
    np.testing.assert_array_equal(one, gan.sample(5, seed=3))
    assert not np.array_equal(one, gan.sample(5, seed=4))
    with pytest.raises(ValueError, match="n to be at least 1, but got 0"):
        gan.sample(0, seed=1)


def test_a_seed_reproduces_a_training(make_gan, images):
    runs = []
    for seed in (1, 1, 2):
        gan = make_gan(seed)
        history = gan.fit(images, batch_size=16, epochs=2, verbose=0).history
        runs.append((flat(gan.weights), history))
    np.testing.assert_array_equal(runs[0][0], runs[1][0])
    assert runs[0][1] == runs[1][1]
    assert not np.array_equal(runs[0][0], runs[2][0])


def test_reports_three_quantities(make_gan, images):
    history = make_gan().fit(images, batch_size=16, verbose=0).history
    assert set(history) == {"d_loss", "g_loss", "d_accuracy"}
    assert 0 <= history["d_accuracy"][0] <= 1


def plain_formulas(loss: str):
    """The two losses in plain formulas of D = σ(a) or of a."""
    mean, log, sigmoid, plus = tf.reduce_mean, tf.math.log, tf.sigmoid, tf.nn.softplus

    def game(real, fake):
        return -mean(log(sigmoid(real))) - mean(log(1 - sigmoid(fake)))

    return {
        "minimax": (game, lambda real, fake: mean(log(1 - sigmoid(fake)))),
        "non-saturating": (game, lambda real, fake: -mean(log(sigmoid(fake)))),
        "least-squares": (
            lambda real, fake: (mean((real - 1) ** 2) + mean((fake + 1) ** 2)) / 2,
            lambda real, fake: mean((fake - 1) ** 2) / 2,
        ),
        "hinge": (
            lambda real, fake: mean(tf.maximum(0.0, 1 - real) + tf.maximum(0.0, 1 + fake)),
            lambda real, fake: -mean(fake),
        ),
        "wasserstein": (lambda real, fake: mean(fake - real), lambda real, fake: -mean(fake)),
        "relativistic": (
            lambda real, fake: -mean(log(sigmoid(real - fake))),
            lambda real, fake: -mean(log(sigmoid(fake - real))),
        ),
        "dual": (
            lambda real, fake: (
                mean(plus(fake[:, 0]) - log(plus(real[:, 0])))
                + mean(plus(real[:, 1]) - log(plus(fake[:, 1])))
            ),
            lambda real, fake: mean(log(plus(fake[:, 1])) - plus(fake[:, 0])),
        ),
    }[loss]


def by_hand(gan: GAN, real: np.ndarray, gamma: float) -> tuple[list, list, float, float]:
    """Gradients and losses of one step at learning rate 1, with R1 of weight γ."""
    d_formula, g_formula = plain_formulas(gan.loss_name)
    seeds = keras.random.SeedGenerator(gan.seed)
    n = len(real)

    fake = gan.generator(keras.random.normal((n, gan.latent_dim), seed=seeds), training=True)
    pixels = tf.constant(real)
    with tf.GradientTape() as tape:
        with tf.GradientTape() as inner:
            inner.watch(pixels)
            on_real = gan.discriminator(pixels)
        slope = inner.gradient(on_real, pixels)
        d_loss = d_formula(on_real, gan.discriminator(fake))
        total = d_loss + gamma / 2 * tf.reduce_sum(slope**2) / n
    d_gradients = tape.gradient(total, gan.discriminator.trainable_variables)
    for weight, gradient in zip(gan.discriminator.trainable_variables, d_gradients, strict=True):
        weight.assign_sub(gradient)

    noise = keras.random.normal((n, gan.latent_dim), seed=seeds)
    with tf.GradientTape() as tape:
        fake = gan.discriminator(gan.generator(noise, training=True))
        g_loss = g_formula(gan.discriminator(real), fake)
    g_gradients = tape.gradient(g_loss, gan.generator.trainable_variables)
    return d_gradients, g_gradients, float(d_loss), float(g_loss)


ONE_LOGIT = sorted(set(losses.GAN_LOSSES) - losses.DUAL)
STEPS = [(loss, gamma) for loss in ONE_LOGIT for gamma in (0, 0.5)] + [("dual", 0)]


@pytest.mark.parametrize(("loss", "gamma"), STEPS)
def test_step_equals_the_formulas(make_gan, images, loss, gamma):
    penalty = penalties.r1(gamma) if gamma else ()
    hand, library = make_gan(3, loss=loss), make_gan(3, loss=loss, penalty=penalty)
    library.compile(keras.optimizers.SGD(1.0), keras.optimizers.SGD(1.0))
    before = [
        [np.array(weight) for weight in network.trainable_variables]
        for network in (library.discriminator, library.generator)
    ]
    *gradients, d_loss, g_loss = by_hand(hand, images[:16], gamma)
    logs = library.train_step(images[:16])
    assert float(logs["d_loss"]) == pytest.approx(d_loss, rel=1e-4, abs=1e-6)
    assert float(logs["g_loss"]) == pytest.approx(g_loss, rel=1e-4, abs=1e-6)
    networks = (library.discriminator, library.generator)
    for network, old, wanted in zip(networks, before, gradients, strict=True):
        got = flat(old) - flat(network.trainable_variables)
        np.testing.assert_allclose(got, flat(wanted), atol=2e-6, rtol=1e-4)


EVERY_PENALTY = (penalties.r1(0.1), penalties.r2(0.2), penalties.gradient_penalty(3.0))


@pytest.mark.parametrize("loss", ONE_LOGIT)
def test_every_loss_takes_every_penalty(make_gan, images, loss):
    for penalty in (*EVERY_PENALTY, EVERY_PENALTY):
        gan = make_gan(loss=loss, penalty=penalty)
        before = flat(gan.discriminator.trainable_variables)
        logs = gan.train_step(images[:8])
        assert all(np.isfinite(value) for value in logs.values())
        after = flat(gan.discriminator.trainable_variables)
        assert np.isfinite(after).all()
        assert not np.array_equal(before, after)


@pytest.mark.parametrize("loss", list(losses.GAN_LOSSES))
def test_a_pack_is_one_answer_for_its_samples(make_gan, images, loss):
    penalty = () if loss in losses.DUAL else penalties.r1(0.5)
    gan = make_gan(loss=loss, packing=4, penalty=penalty)
    gan.compile(keras.optimizers.SGD(0.0), keras.optimizers.SGD(0.0))
    real, noise = images[:16], gan.noise(16)
    gan.noise_seed = keras.random.SeedGenerator(gan.seed)
    for layer in gan.generator.layers:  # their averages must not move before the second look
        layer.momentum = 1.0
    fake = gan.generator(noise, training=True).numpy()
    # pack i holds the samples i, i + 4, i + 8, i + 12 as its four channels
    packs = [
        np.stack([x[i::4, ..., 0] for i in range(4)]).transpose(0, 2, 3, 1) for x in (real, fake)
    ]
    logits = [gan.discriminator(each) for each in packs]
    assert len(logits[0]) == 4
    logs = gan.train_step(real)
    assert float(logs["d_loss"]) == pytest.approx(float(gan.discriminator_loss(*logits)), rel=1e-5)


def test_packs_compose_with_pairing_and_penalties(make_gan, images, tmp_path):
    gan = make_gan(loss="relativistic", packing=2, penalty=EVERY_PENALTY)
    assert checked_copy(gan, images, tmp_path).packing == 2


def test_each_of_two_discriminators_keeps_its_own_column(make_gan, images):
    first, second = dcgan_discriminator(4), dcgan_discriminator(4)
    logits = two_discriminators(first, second)(images[:8])
    np.testing.assert_allclose(logits[:, :1], first(images[:8]), rtol=1e-6)
    np.testing.assert_allclose(logits[:, 1:], second(images[:8]), rtol=1e-6)


def test_saved_and_loaded_pair_of_discriminators_trains_alike(make_gan, images, tmp_path):
    assert checked_copy(make_gan(loss="dual"), images, tmp_path).loss_name == "dual"


def test_impossible_packs_and_pairs_are_refused(make_gan, images):
    with pytest.raises(ValueError, match="packing to be at least 1, but got 0"):
        make_gan(packing=0)
    with pytest.raises(ValueError, match=r"multiple of 4.*18"):
        make_gan(packing=4).fit(images, batch_size=18)
    with pytest.raises(ValueError, match=r"times as large"):
        GAN(dcgan_generator(8, width=4), dcgan_discriminator(4), packing=2)
    with pytest.raises(ValueError, match=r"\(n, 2\).*\(None, 1\)"):
        GAN(dcgan_generator(8, width=4), dcgan_discriminator(4), loss="dual")
    pair = two_discriminators(dcgan_discriminator(4), dcgan_discriminator(4))
    with pytest.raises(ValueError, match=r"\(n, 1\).*\(None, 2\)"):
        GAN(dcgan_generator(8, width=4), pair, loss="hinge")
    with pytest.raises(ValueError, match="no penalty with the loss 'dual'"):
        make_gan(loss="dual", penalty=penalties.r1(0.1))


def test_gan_learns_points_in_the_plane():
    keras.utils.set_random_seed(0)
    gan = GAN(mlp(2, 2, 16, 1), mlp(2, 1, 16, 1), loss="hinge", penalty=penalties.r1(0.1))
    gan.compile()
    points = mixtures.ring(512, seed=0) + np.float32(5)
    far = np.abs(gan.sample(200, seed=1) - 5).mean()
    gan.fit(points, batch_size=64, epochs=40, verbose=0)
    assert gan.sample(200, seed=1).shape == (200, 2)
    assert np.abs(gan.sample(200, seed=1) - 5).mean() < far / 2


def test_each_step_moves_only_its_own_network(make_gan, images):
    gan = make_gan()
    generator = flat(gan.generator.trainable_variables)
    discriminator = flat(gan.discriminator.trainable_variables)
    gan.update_discriminator(images[:8])
    np.testing.assert_array_equal(flat(gan.generator.trainable_variables), generator)
    moved = flat(gan.discriminator.trainable_variables)
    assert not np.array_equal(moved, discriminator)
    gan.update_generator(images[:8])
    assert not np.array_equal(flat(gan.generator.trainable_variables), generator)
    np.testing.assert_array_equal(flat(gan.discriminator.trainable_variables), moved)


@pytest.mark.parametrize("loss", list(losses.GAN_LOSSES))
def test_generator_step_reads_real_samples_only_where_the_loss_compares(
    make_gan, images, loss, monkeypatch
):
    gan, seen = make_gan(loss=loss), []
    call = gan.discriminator.call
    monkeypatch.setattr(
        gan.discriminator, "call", lambda x, **kwargs: (seen.append(x), call(x, **kwargs))[1]
    )
    gan.update_generator(images[:8])
    assert len(seen) == (2 if loss in losses.PAIRED else 1)


def test_average_follows_the_generator(make_gan, images):
    gan = make_gan(ema_decay=0.75)
    start = flat(gan.average.weights)
    gan.train_step(images[:8])
    np.testing.assert_allclose(
        flat(gan.average.weights), 0.75 * start + 0.25 * flat(gan.generator.weights), atol=1e-6
    )


def checked_copy(gan: GAN, images: np.ndarray, folder: Path) -> GAN:
    """The GAN after an epoch, saved and loaded: it must draw and go on training like the first."""
    gan.fit(images, batch_size=16, verbose=0)
    gan.save(folder / "gan.keras")
    loaded = keras.saving.load_model(folder / "gan.keras", safe_mode=True)
    np.testing.assert_array_equal(gan.sample(9, seed=1), loaded.sample(9, seed=1))
    for each in (gan, loaded):
        each.fit(images, batch_size=16, verbose=0)
    np.testing.assert_array_equal(flat(gan.weights), flat(loaded.weights))
    return loaded


def test_saved_and_loaded_gan_draws_and_trains_alike(make_gan, images, tmp_path):
    gan = make_gan(loss="relativistic", penalty=EVERY_PENALTY, ema_decay=0.5)
    loaded = checked_copy(gan, images, tmp_path)
    assert (loaded.loss_name, loaded.ema_decay) == ("relativistic", 0.5)
    assert loaded.penalties == EVERY_PENALTY


def test_interrupted_training_goes_on_where_it_was(make_gan, images, tmp_path):
    # Batches in one fixed order: a shuffled order starts anew with each call of `fit`.
    batches = tf.data.Dataset.from_tensor_slices(images).batch(16)

    whole = make_gan()
    whole.fit(batches, epochs=4, verbose=0)

    backup = keras.callbacks.BackupAndRestore(tmp_path / "backup")
    with pytest.raises(KeyboardInterrupt):
        make_gan().fit(batches, epochs=4, verbose=0, callbacks=[backup, interruption()])
    resumed = make_gan(seed=0)
    backup = keras.callbacks.BackupAndRestore(tmp_path / "backup")
    history = resumed.fit(batches, epochs=4, verbose=0, callbacks=[backup])

    assert history.epoch == [2, 3]
    np.testing.assert_array_equal(flat(whole.weights), flat(resumed.weights))


def test_networks_that_do_not_fit_are_refused():
    small = keras.Sequential([keras.Input((14, 14, 1)), keras.layers.Flatten()])
    with pytest.raises(ValueError, match=r"\(28, 28, 1\).*\(14, 14, 1\)"):
        GAN(dcgan_generator(8, width=4), small)
    with pytest.raises(ValueError, match=r"ema_decay < 1, but got 1\.5"):
        GAN(dcgan_generator(8, width=4), dcgan_discriminator(4), ema_decay=1.5)


def points_gan(seed: int = 0, **kwargs) -> GAN:
    """A GAN for points, small enough for a test of a moment."""
    keras.utils.set_random_seed(0)
    gan = GAN(mlp(2, 2, 4, 1), mlp(2, 1, 4, 1), seed=seed, **kwargs)
    gan.compile(keras.optimizers.SGD(0.0), keras.optimizers.SGD(0.0))
    return gan


def test_samples_come_from_the_average_not_from_the_last_generator():
    """Holds off samples of the generator as the last step left it."""
    gan, z = points_gan(), keras.random.normal((6, 2), seed=1)
    first = gan.generator(z).numpy()
    np.testing.assert_allclose(gan.sample(6, seed=1), first, atol=1e-6)  # both start alike
    gan.generator.set_weights([weight + 1 for weight in gan.generator.get_weights()])
    np.testing.assert_allclose(gan.sample(6, seed=1), first, atol=1e-6)
    np.testing.assert_allclose(gan(z), first, atol=1e-6)
    assert not np.allclose(gan.generator(z), first, atol=0.1)


@pytest.mark.parametrize("logit", [-1.5, -0.25, 0.25, 1.5])
def test_an_answer_is_right_by_the_sign_of_its_logit_alone(logit):
    """Holds off another border than 0: one answer for all samples is right for one half of them."""
    gan = points_gan()
    *weights, bias = gan.discriminator.get_weights()
    gan.discriminator.set_weights([*(0 * weight for weight in weights), bias + logit])
    gan.update_discriminator(mixtures.ring(8, seed=0))
    assert float(gan.d_accuracy.result()) == 0.5


UNDECIDED = {f"loss {name}": (GAN, {"loss": name}) for name in losses.GAN_LOSSES}
UNDECIDED |= {
    "packs": (GAN, {"packing": 4}),
    "packs, in pairs": (GAN, {"packing": 2, "loss": "relativistic"}),
    "a penalty": (GAN, {"penalty": penalties.r1(0.1)}),
    "the tutorial": (OneBatchOfFakes, {}),
}


@pytest.mark.parametrize(("kind", "options"), UNDECIDED.values(), ids=list(UNDECIDED))
def test_a_discriminator_that_is_undecided_everywhere_is_right_half_the_time(kind, options):
    """Kind: ties. A logit of 0 counts half in `fit` and `evaluate`, whatever the game."""
    outputs = 2 if options.get("loss") == "dual" else 1
    gan = kind(mlp(2, 2, 4, 1), mlp(2 * options.get("packing", 1), outputs, 4, 1), **options)
    gan.discriminator.set_weights([0 * weight for weight in gan.discriminator.get_weights()])
    gan.compile(keras.optimizers.SGD(0.0), keras.optimizers.SGD(0.0), run_eagerly=True)
    points = mixtures.ring(32, seed=0)
    assert gan.fit(points, batch_size=16, verbose=0).history["d_accuracy"] == [0.5]
    assert gan.evaluate(points, verbose=0, return_dict=True)["d_accuracy"] == 0.5


def test_answers_are_counted_one_by_one():
    """Holds off one answer for a whole batch, and a half for NaN, which is no answer."""
    gan = points_gan()
    real, fake = [[2.0], [0.0], [-1.0], [np.nan]], [[-0.0], [-3.0], [1e-30], [np.inf]]
    gan.count_answers(tf.constant(real), tf.constant(fake))
    assert float(gan.d_accuracy.result()) == (1.5 + 1.5) / 8


def test_step_sizes_and_momenta_of_a_plain_compile():
    """Holds off other defaults: the chapters and the times of the benches stand on these."""
    gan = points_gan()
    gan.compile()
    found = [(float(o.learning_rate), o.beta_1, o.beta_2) for o in gan.optimizers]
    assert found == [pytest.approx((1e-3, 0.0, 0.99)), pytest.approx((4e-3, 0.0, 0.99))]


def test_each_step_draws_its_own_points_between(monkeypatch):
    """Holds off one seed for all steps: the penalty would look at the same shares for ever."""
    drawn = []

    def look(discriminator, real, fake, seed):
        drawn.append(float(keras.random.uniform((), seed=seed)))
        return 0.0

    monkeypatch.setitem(penalties.PENALTIES, "gradient-penalty", look)
    gan = points_gan(penalty=penalties.gradient_penalty())
    for _ in range(3):
        gan.update_discriminator(mixtures.ring(8, seed=0))
    assert len(set(drawn)) == 3


def test_the_seed_of_a_gan_orders_its_batches(monkeypatch):
    """Holds off an order of the samples that is the same for every seed."""
    monkeypatch.setattr(keras.Model, "fit", lambda self, x, **kwargs: np.stack(list(x)))
    points = np.arange(40, dtype="float32").reshape(20, 2)
    one, same, other = (points_gan(seed).fit(points, batch_size=5) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one, other)


def test_hidden_neurons_leak_a_fifth():
    """Holds off another slope below 0, and a hidden layer without its bend."""
    net = mlp(1, 1, width=1, depth=2)
    one, zero = np.ones((1, 1)), np.zeros(1)
    net.set_weights([one, zero] * 3)
    np.testing.assert_allclose(net(np.array([[-1.0], [2.0]])), [[-0.04], [2.0]], atol=1e-6)
    slopes = [
        layer.negative_slope
        for layer in dcgan_discriminator(2).layers
        if isinstance(layer, keras.layers.LeakyReLU)
    ]
    assert slopes == pytest.approx([0.2] * 4)


def test_norms_stand_before_the_bend_and_forget_at_one_rate():
    """Holds off averages that lag behind a short training, and hidden values below 0."""
    made = dcgan_generator(4, width=2).layers
    norms = [i for i, each in enumerate(made) if isinstance(each, keras.layers.BatchNormalization)]
    assert len(norms) == 4
    for i in norms:
        assert made[i].momentum == 0.9
        assert isinstance(made[i + 1], keras.layers.ReLU)


def test_a_subclass_may_draw_other_noise(images):
    """Kind: chapter 50 overrides `noise(n)`, and both steps take what it gives."""
    seen = []

    class Constant(GAN):
        def noise(self, n):
            seen.append(n)
            return tf.ones((n, self.latent_dim))

    gan = Constant(dcgan_generator(8, width=4), dcgan_discriminator(4))
    gan.compile()
    gan.train_step(images[:8])
    assert [int(n) for n in seen] == [8, 8]
