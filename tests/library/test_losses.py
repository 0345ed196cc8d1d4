"""The GAN losses against probabilities, closed forms and finite differences."""

import inspect

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from aigc_lib import _dual, losses

LOGITS = arrays("float64", (5, 1), elements=st.floats(-100, 100))
each_loss = pytest.mark.parametrize("name", list(losses.GAN_LOSSES))


def number(value) -> float:
    """A scalar tensor as a Python number."""
    return float(keras.ops.convert_to_numpy(value))


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


def gradient(loss, a: np.ndarray) -> np.ndarray:
    """∂ loss / ∂ a."""
    variable = tf.Variable(a)
    with tf.GradientTape() as tape:
        value = loss(variable)
    return tape.gradient(value, variable).numpy()


def of_one_logit(name: str) -> tuple:
    """Both losses as functions of logits (n, 1); a second judge says the opposite, -a."""
    if name not in losses.DUAL:
        return losses.gan_losses(name)

    def both(a):
        return keras.ops.concatenate([a, -a], axis=1)

    return tuple(lambda r, f, g=g: g(both(r), both(f)) for g in losses.gan_losses(name))


@given(LOGITS, LOGITS)
def test_discriminator_loss_is_the_negative_value_of_the_game(real, fake):
    real, fake = real / 10, fake / 10  # where probabilities still carry the digits
    value = np.log(sigmoid(real)).mean() + np.log(1 - sigmoid(fake)).mean()
    assert number(losses.minimax_discriminator(real, fake)) == pytest.approx(-value, abs=1e-9)


@given(LOGITS)
def test_generator_losses_from_probabilities(fake):
    d = sigmoid(fake / 10)
    assert number(losses.minimax_generator(fake / 10)) == pytest.approx(
        np.log(1 - d).mean(), abs=1e-9
    )
    assert number(losses.non_saturating_generator(fake / 10)) == pytest.approx(
        -np.log(d).mean(), abs=1e-9
    )


@given(LOGITS, st.floats(0, 1))
def test_cross_entropy_is_a_bernoulli_likelihood(a, t):
    d = sigmoid(a / 10)
    wanted = -(t * np.log(d) + (1 - t) * np.log(1 - d)).mean()
    assert number(losses.binary_cross_entropy(a / 10, t)) == pytest.approx(wanted, abs=1e-9)


def test_cross_entropy_is_lowest_where_the_probability_is_the_target():
    a = np.linspace(-4, 4, 8001)
    for target in (0.1, 0.5, 0.9):
        values = [number(losses.binary_cross_entropy(logit, target)) for logit in a[::40]]
        assert sigmoid(a[::40][np.argmin(values)]) == pytest.approx(target, abs=0.01)
        slopes = gradient(lambda v, t=target: losses.binary_cross_entropy(v, t), a[:5])
        np.testing.assert_allclose(slopes, (sigmoid(a[:5]) - target) / 5, atol=1e-12)


@pytest.mark.parametrize("target", [1.01, -0.1, np.nan, np.array([[0.5], [1.2]])])
def test_targets_outside_zero_and_one_are_refused(target):
    with pytest.raises(ValueError, match=r"targets in \[0, 1\]"):
        losses.binary_cross_entropy(np.zeros((2, 1)), target)


@given(LOGITS, LOGITS, st.floats(0, 1))
def test_label_smoothing_moves_the_target_of_the_real_samples(real, fake, s):
    wanted = losses.binary_cross_entropy(real, 1 - s) + losses.binary_cross_entropy(fake, 0)
    got = losses.minimax_discriminator(real, fake, smoothing=s)
    assert number(got) == pytest.approx(number(wanted), abs=1e-12)


@pytest.mark.parametrize("smoothing", [-0.1, 1.1])
def test_smoothing_cannot_lift_a_target_above_one(smoothing):
    a = np.zeros((2, 1))
    with pytest.raises(ValueError, match="≥ 0 and ≤ 1 for smoothing"):
        losses.minimax_discriminator(a, a, smoothing=smoothing)


@given(LOGITS, LOGITS)
def test_other_losses_from_their_formulas(real, fake):
    for name, d_formula, g_formula in (
        (
            "least-squares",
            ((real - 1) ** 2).mean() / 2 + ((fake + 1) ** 2).mean() / 2,
            ((fake - 1) ** 2).mean() / 2,
        ),
        (
            "hinge",
            np.maximum(0, 1 - real).mean() + np.maximum(0, 1 + fake).mean(),
            -fake.mean(),
        ),
        ("wasserstein", fake.mean() - real.mean(), -fake.mean()),
        (
            "relativistic",
            np.logaddexp(0, fake - real).mean(),
            np.logaddexp(0, real - fake).mean(),
        ),
    ):
        d_loss, g_loss = losses.gan_losses(name)
        assert number(d_loss(real, fake)) == pytest.approx(d_formula, abs=1e-9), name
        assert number(g_loss(real, fake)) == pytest.approx(g_formula, abs=1e-9), name


@each_loss
@given(real=arrays("float32", (3, 1), elements=st.floats(-100, 100, width=32)))
def test_losses_and_gradients_stay_finite_in_float32(name, real):
    for loss in of_one_logit(name):
        for other in (-100, 0, 20, 100):
            other = np.full((3, 1), other, "float32")
            assert np.isfinite(number(loss(real, other)))
            assert np.isfinite(gradient(lambda a, f=loss, o=other: f(o, a), real)).all()
            assert np.isfinite(number(loss(other, real)))


@pytest.mark.parametrize(
    ("name", "d_wanted", "g_wanted"),
    [
        ("minimax", np.log(4), -np.log(2)),
        ("non-saturating", np.log(4), np.log(2)),
        ("least-squares", 1, 0.5),
        ("hinge", 2, 0),
        ("wasserstein", 0, 0),
        ("relativistic", np.log(2), np.log(2)),
    ],
)
def test_values_when_the_discriminator_guesses(name, d_wanted, g_wanted):
    a = np.zeros((7, 1), "float32")
    d_loss, g_loss = losses.gan_losses(name)
    assert number(d_loss(a, a)) == pytest.approx(d_wanted, abs=1e-6)
    assert number(g_loss(a, a)) == pytest.approx(g_wanted, abs=1e-6)


@given(a=arrays("float64", (6, 2), elements=st.floats(-19, 100)), beta=st.floats(0.1, 3))
def test_dual_losses_from_their_formulas(a, beta):
    real, fake = np.logaddexp(0, a[:3]), np.logaddexp(0, a[3:])  # the scores D
    wanted = -(2 * np.log(real[:, 0]) - fake[:, 0] - real[:, 1] + beta * np.log(fake[:, 1])).mean()
    got = losses.dual_discriminator(a[:3], a[3:], alpha=2, beta=beta)
    assert number(got) == pytest.approx(wanted, rel=1e-6, abs=1e-6)
    wanted = (beta * np.log(fake[:, 1]) - fake[:, 0]).mean()
    assert number(losses.dual_generator(a[3:], beta)) == pytest.approx(wanted, rel=1e-6, abs=1e-6)


def test_log_softplus_is_the_logit_itself_far_below_zero():
    a = np.array([-1000, -100, -20.5, -20, -19.5, 0, 50], "float32")
    exact = np.log(np.logaddexp(0, np.maximum(a, -30).astype(float))) + np.minimum(a + 30, 0)
    np.testing.assert_allclose(_dual._log_softplus(a), exact, rtol=1e-5)
    slopes = gradient(_dual._log_softplus, a)
    np.testing.assert_allclose(slopes[:5], 1, atol=1e-6)


COUNTS = st.permutations([1, 2, 3, 4])


@given(COUNTS, COUNTS, st.floats(0.1, 3), st.floats(0.1, 3))
def test_dual_equilibrium_and_its_value(real, fake, alpha, beta):
    p, q = np.array(real) / 10, np.array(fake) / 10  # two laws on four points

    def loss(scores: np.ndarray) -> float:
        a = np.log(np.expm1(scores))  # softplus(a) = D, one row a point
        each = np.repeat(a, real, axis=0), np.repeat(a, fake, axis=0)
        return number(losses.dual_discriminator(*each, alpha, beta))

    best = np.stack([alpha * p / q, beta * q / p], axis=1)
    value = alpha * (np.log(alpha) - 1) + beta * (np.log(beta) - 1)  # the game's, when p = q
    gaps = alpha * stats.entropy(p, q) + beta * stats.entropy(q, p)
    assert -loss(best) == pytest.approx(value + gaps, abs=1e-6)
    for factors in ([0.9, 1], [1.1, 1], [1, 0.9], [1, 1.1]):
        assert loss(best * factors) > loss(best)


def test_gradients_where_the_discriminator_is_sure_of_a_fake():
    a = np.array([[-10.0]])
    assert gradient(losses.minimax_generator, a).item() == pytest.approx(-4.54e-5, abs=1e-8)
    slope = gradient(losses.non_saturating_generator, a).item()
    assert slope == pytest.approx(-0.99995, abs=1e-5)


def test_probabilities_lose_in_float32_what_logits_keep():
    a = np.full((1, 1), 20, "float32")
    d = tf.sigmoid(a)  # keras.ops.sigmoid would hand the logit on beside the probability
    assert number(d[0, 0]) == 1.0
    with np.errstate(divide="ignore"):
        assert np.log(1 - d.numpy()) == -np.inf
    assert number(losses.minimax_generator(a)) == pytest.approx(-20.0, abs=1e-5)
    # Keras clips probabilities to 1e-7 … 1 - 1e-7; in float32 the latter is 1 - 1.19e-7.
    clipped = keras.losses.BinaryCrossentropy()
    for target, logit, wanted in ((1, -20, 16.118), (0, 20, 15.942)):
        t, at = np.full((1, 1), target), np.full((1, 1), logit, "float32")
        assert number(clipped(t, tf.sigmoid(at))) == pytest.approx(wanted, abs=1e-3)
        assert gradient(lambda v, t=t: clipped(t, tf.sigmoid(v)), at) == 0
    assert gradient(lambda v: losses.binary_cross_entropy(v, 0), a) == 1


@each_loss
@given(real=LOGITS, fake=LOGITS)
def test_gradients_equal_finite_differences(name, real, fake):
    h = 1e-5
    for loss in of_one_logit(name):
        for f, at in (
            (lambda a, f=loss: f(real, a), fake),
            (lambda a, f=loss: f(a, fake), real),
        ):
            near_kink = np.abs(np.abs(at) - 1).min() < 1e-4  # of the hinge: no derivative there
            if name == "hinge" and near_kink:
                continue
            # + 0 a: a generator's loss that does not look at real logits has slope 0, not None
            slope = gradient(lambda a, f=f: f(a) + 0 * tf.reduce_sum(a), at)
            for i in range(len(at)):
                up, down = at.copy(), at.copy()
                up[i] += h
                down[i] -= h
                difference = (number(f(up)) - number(f(down))) / (2 * h)
                assert slope[i, 0] == pytest.approx(difference, abs=1e-5)


def test_unknown_loss_name_lists_the_known_ones(make_gan):
    for call in (lambda: losses.gan_losses("hing"), lambda: make_gan(loss="hing")):
        with pytest.raises(ValueError, match="'hing'") as error:
            call()
        assert all(name in str(error.value) for name in losses.GAN_LOSSES)


@given(LOGITS, arrays("float64", (5, 1), elements=st.floats(0, 1)))
def test_each_logit_may_have_a_target_of_its_own(a, t):
    """Holds off targets that are averaged, or that meet another sample's logit."""
    d = sigmoid(a / 10)
    wanted = -(t * np.log(d) + (1 - t) * np.log(1 - d)).mean()
    assert number(losses.binary_cross_entropy(a / 10, t)) == pytest.approx(wanted, abs=1e-9)


@pytest.mark.parametrize("shape", [(4,), (1, 1), (3, 1), (1, 4)])
def test_targets_and_pairs_that_would_broadcast_are_refused(shape):
    """Holds off a mean over n² pairs where n were meant."""
    a, other = np.zeros((4, 1)), np.zeros(shape)
    with pytest.raises(ValueError, match="shape"):
        losses.binary_cross_entropy(a, other)
    for loss in (losses.relativistic_discriminator, losses.relativistic_generator):
        for pair in ((a, other), (other, a)):
            with pytest.raises(ValueError, match="shape"):
                loss(*pair)


def test_both_weights_of_the_dual_losses_are_one_unless_given():
    """Holds off another default, which a chapter that leaves the weights out would not show."""
    real, fake = np.random.default_rng(0).normal(size=(2, 5, 2))
    plain = number(losses.dual_discriminator(real, fake))
    assert plain == pytest.approx(number(losses.dual_discriminator(real, fake, 1.0, 1.0)))
    assert number(losses.dual_generator(fake)) == number(losses.dual_generator(fake, 1.0))


def test_weights_of_the_dual_losses_are_above_zero():
    """Holds off a weight that leaves one of the logarithms out or turns it round."""
    a = np.zeros((3, 2))
    for call in (
        lambda weight: losses.dual_discriminator(a, a, alpha=weight),
        lambda weight: losses.dual_discriminator(a, a, beta=weight),
        lambda weight: losses.dual_generator(a, beta=weight),
    ):
        assert np.isfinite(number(call(1e-3)))
        for weight in (0, -1, np.nan):
            with pytest.raises(ValueError, match=r"expected a finite number"):
                call(weight)


@pytest.mark.parametrize("columns", [1, 3])
def test_dual_losses_read_two_columns_and_no_others(columns):
    """Holds off a third logit that nothing reads, and one logit that stands for both."""
    a = np.zeros((4, columns))
    for call in (lambda: losses.dual_discriminator(a, a), lambda: losses.dual_generator(a)):
        with pytest.raises(ValueError, match=r"\(n, 2\)"):
            call()


def test_log_softplus_keeps_in_half_precision_what_it_keeps_in_single():
    """Holds off a border too low for float16, where e⁻²⁰ is 0 and its logarithm -∞."""
    a = np.array([-1000, -30, -12, -8, -4, 0, 5], "float16")
    got = keras.ops.convert_to_numpy(_dual._log_softplus(a))
    assert got.dtype == np.float16
    exact = np.log(np.logaddexp(0, np.maximum(a, -30).astype(float))) + np.minimum(a + 30, 0)
    np.testing.assert_allclose(got, exact, rtol=2e-3, atol=2e-3)


@each_loss
def test_the_tables_say_which_logits_a_loss_reads(name):
    """Holds off a name in the wrong table: its training would crash, or run without real logits."""
    a = np.linspace(-2, 2, 8).reshape((4, 2) if name in losses.DUAL else (8, 1))
    d_loss, g_loss = losses.gan_losses(name)
    assert np.isfinite(number(d_loss(a, a)))
    if name in losses.PAIRED:
        assert number(g_loss(a - 1, a)) < number(g_loss(a, a))
    else:
        assert number(g_loss(None, a)) == number(g_loss(a, a))


def test_the_dual_losses_stand_in_the_table_under_their_name():
    """Holds off a table that leads to another formula."""
    real, fake = np.random.default_rng(0).normal(size=(2, 5, 2))
    d_loss, g_loss = losses.gan_losses("dual")
    assert number(d_loss(real, fake)) == number(losses.dual_discriminator(real, fake))
    assert number(g_loss(real, fake)) == number(losses.dual_generator(fake))


def test_logits_are_floats_in_a_list_or_a_tensor_and_no_empty_batch():
    """Holds off whole numbers, a sign of labels in the place of logits, and a mean of nothing."""
    assert number(losses.non_saturating_generator([[0.0], [0.0]])) == pytest.approx(np.log(2))
    assert number(losses.linear_generator(tf.constant([[1.5]]))) == -1.5
    for wrong in (np.ones((3, 1), int), tf.ones((3, 1), "int32"), [[1], [0]]):
        with pytest.raises(ValueError, match="floats"):
            losses.linear_generator(wrong)
    full, empty = np.zeros((3, 1)), np.zeros((0, 1))
    for pair in ((full, empty), (empty, full), (empty, empty), (full, np.zeros((3, 2)))):
        with pytest.raises(ValueError, match="n ≥ 1"):
            losses.wasserstein_discriminator(*pair)


def test_a_loss_tells_its_name_and_arguments():
    """Holds off a check around a formula that hides what `help` shows."""
    loss = losses.binary_cross_entropy
    assert loss.__name__ == "binary_cross_entropy"
    assert list(inspect.signature(loss).parameters) == ["logits", "target"]


@each_loss
def test_losses_in_nats_are_logarithms_of_probabilities(name):
    """Holds off a unit on an axis that the loss does not have."""
    a = np.zeros((3, 2 if name in losses.DUAL else 1))
    coins = number(losses.gan_losses(name)[0](a, a)) / np.log(2)  # where D = 1/2 everywhere
    assert (name in losses.IN_NATS) == (coins > 0 and coins == pytest.approx(round(coins)))
