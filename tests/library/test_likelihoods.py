"""Likelihoods, divergences and bounds against SciPy, closed forms and the published values."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from aigc_lib import data, likelihoods

VECTORS = arrays("float64", (4, 3), elements=st.floats(-3, 3))
LOGITS = arrays("float64", (4, 3), elements=st.floats(-100, 100))
BITS = arrays("float64", (4, 3), elements=st.sampled_from([0.0, 1.0]))


def array(value) -> np.ndarray:
    return keras.ops.convert_to_numpy(value)


@given(BITS, LOGITS)
def test_bernoulli_equals_scipy(x, logits):
    ours = array(likelihoods.bernoulli_log_likelihood(x, logits))
    assert np.isfinite(ours).all()
    mild = logits / 10
    theirs = stats.bernoulli.logpmf(x, 1 / (1 + np.exp(-mild))).sum(axis=-1)
    ours = array(likelihoods.bernoulli_log_likelihood(x, mild))
    np.testing.assert_allclose(ours, theirs, atol=1e-9)


@given(VECTORS, VECTORS, VECTORS)
def test_gaussian_equals_scipy(x, mean, log_variance):
    ours = array(likelihoods.gaussian_log_likelihood(x, mean, log_variance))
    theirs = stats.norm.logpdf(x, mean, np.exp(log_variance / 2)).sum(axis=-1)
    np.testing.assert_allclose(ours, theirs, atol=1e-9)


@given(VECTORS, VECTORS, VECTORS, VECTORS)
def test_kl_of_gaussians_is_not_negative_and_zero_for_equal_laws(mean, s, other, t):
    kl = array(likelihoods.kl_gaussians(mean, s, other, t))
    assert (kl >= -1e-12).all()
    np.testing.assert_allclose(array(likelihoods.kl_gaussians(mean, s, mean, s)), 0, atol=1e-12)


@given(VECTORS, VECTORS)
def test_kl_of_gaussians_equals_the_integral(mean, log_variance):
    (m, other), (s, t) = mean[0, :2], np.exp(log_variance[0, :2] / 2).clip(0.4, 2.5)
    grid = np.linspace(-40, 40, 80_001)
    p, q = stats.norm.pdf(grid, m, s), stats.norm.pdf(grid, other, t)
    logs = 2 * np.log([[s], [t]])
    ours = likelihoods.kl_gaussians(mean[0, :1] * 0 + m, logs[0], other, logs[1])
    wanted = (
        stats.norm.pdf(grid, m, s)
        * (stats.norm.logpdf(grid, m, s) - stats.norm.logpdf(grid, other, t))
    ).sum() * 1e-3  # with log-densities: q itself underflows far from its mean
    assert float(ours) == pytest.approx(wanted, abs=1e-6)
    if q.min() > 0:
        assert likelihoods.kl_on_grid(p, q, 1e-3) == pytest.approx(wanted, abs=1e-6)


def test_printed_value_of_a_kl():
    """KL(N(0.7, 0.5²) ‖ N(0, 1)) = 0.56315, by the closed form and by Monte Carlo."""
    log_variance = 2 * np.log(0.5)
    kl = float(likelihoods.kl_gaussians(np.array([0.7]), np.array([log_variance])))
    assert kl == pytest.approx(0.56315, abs=5e-6)
    z = 0.7 + 0.5 * np.random.default_rng(0).standard_normal(1_000_000)
    draws = stats.norm.logpdf(z, 0.7, 0.5) - stats.norm.logpdf(z)
    error = draws.std() / np.sqrt(len(z))
    assert error == pytest.approx(0.00064, abs=1e-5)
    assert draws.mean() == pytest.approx(kl, abs=4 * error)
    assert draws[:10_000].std() / 100 == pytest.approx(0.0064, abs=2e-4)


@given(VECTORS, VECTORS)
def test_gradients_equal_finite_differences(x, mean):
    h = 1e-6
    for formula in (
        lambda v: likelihoods.kl_gaussians(v, x / 3),
        lambda v: likelihoods.kl_gaussians(x, v / 3),
        lambda v: likelihoods.bernoulli_log_likelihood((x > 0).astype(float), v),
        lambda v: likelihoods.gaussian_log_likelihood(x, v, 0.3 * x),
        lambda v: likelihoods.gaussian_log_likelihood(x, 0.5 * x, v),
        likelihoods.importance_weighted_bound,
    ):
        variable = tf.Variable(mean)
        with tf.GradientTape() as tape:
            total = tf.reduce_sum(formula(variable))
        slope = tape.gradient(total, variable).numpy()
        up, down = mean.copy(), mean.copy()
        up[1, 2] += h
        down[1, 2] -= h
        difference = (array(formula(up)).sum() - array(formula(down)).sum()) / (2 * h)
        assert slope[1, 2] == pytest.approx(difference, rel=1e-5, abs=1e-5)


def test_grey_pixels_cannot_reach_zero():
    """At best, logit a = logit of the pixel, grey MNIST scores minus its entropy."""
    (x_train, _), (x_test, _) = data.load_mnist()
    for images, wanted in ((x_train, 45.76), (x_test, 45.53)):
        x = data.to_unit(images).reshape(len(images), -1).clip(1e-7, 1 - 1e-7)
        score = likelihoods.bernoulli_log_likelihood(x, np.log(x) - np.log1p(-x))
        assert -array(score).mean() == pytest.approx(wanted, abs=0.01)


# --- densities on a grid ---------------------------------------------------------------------

STEP = 1e-3
GRID = np.arange(-12, 14, STEP)
P, Q = stats.norm.pdf(GRID), stats.norm.pdf(GRID, 1.5)


def test_value_of_the_game_at_the_best_discriminator():
    """V(D*) = 2 JSD - log 4 for N(0, 1) and N(1.5, 1), to the six published digits."""
    jsd = likelihoods.js_on_grid(P, Q, STEP)
    assert jsd == pytest.approx(0.221171, abs=5e-7)
    best = P / (P + Q)
    value = (P * np.log(best) + Q * np.log(1 - best)).sum() * STEP
    assert value == pytest.approx(-0.943953, abs=5e-7)
    assert value == pytest.approx(2 * jsd - np.log(4), abs=1e-12)
    assert np.maximum(P, Q).sum() * STEP / 2 == pytest.approx(0.7734, abs=5e-5)  # Bayes accuracy


def test_divergences_at_their_bounds():
    assert likelihoods.js_on_grid(P, P, STEP) == 0
    far = stats.norm.pdf(GRID - 10, scale=0.1), stats.norm.pdf(GRID + 10, scale=0.1)
    assert likelihoods.js_on_grid(*far, STEP) == pytest.approx(np.log(2), abs=1e-12)
    box = np.where(np.abs(GRID) < 0.5, 1.0, 0.0)
    box /= box.sum() * STEP
    assert likelihoods.kl_on_grid(P, box, STEP) == np.inf
    assert likelihoods.kl_on_grid(box, P, STEP) < np.inf


@given(st.floats(-3, 3), st.floats(0.3, 2), st.floats(-3, 3), st.floats(0.3, 2))
def test_jsd_is_symmetric_and_between_zero_and_log_2(m, s, other, t):
    p, q = stats.norm.pdf(GRID[::10], m, s), stats.norm.pdf(GRID[::10], other, t)
    jsd = likelihoods.js_on_grid(p, q, 10 * STEP)
    assert -1e-12 <= jsd <= np.log(2) + 1e-12
    assert jsd == pytest.approx(likelihoods.js_on_grid(q, p, 10 * STEP), abs=1e-12)


@pytest.mark.parametrize(
    ("p", "q", "said"),
    [
        (P, Q[1:], "one grid"),
        (P, 2 * Q, "integral over the grid is 1, but got 2"),
        (P, -Q, "smallest value"),
        (P * np.nan, Q, "smallest value is nan"),
    ],
)
def test_what_is_no_density_is_refused(p, q, said):
    with pytest.raises(ValueError, match=said):
        likelihoods.kl_on_grid(p, q, STEP)


# --- bounds, in a linear-Gaussian VAE whose likelihood is known --------------------------------

D, K_LATENT, NOISE = 8, 2, 0.5
RNG = np.random.default_rng(0)
# Columns at right angles: the posterior is a normal law with a diagonal covariance.
W = np.linalg.qr(RNG.normal(size=(D, K_LATENT)))[0] * [1.5, 0.8]
VARIANCE = 1 / ((W**2).sum(axis=0) / NOISE**2 + 1)
MARGINAL = stats.multivariate_normal(np.zeros(D), W @ W.T + NOISE**2 * np.eye(D))


def exact_elbo(x: np.ndarray, mean: np.ndarray, variance: np.ndarray) -> float:
    """E_q log p(x|z) - KL(q ‖ p(z)) for q = N(mean, diag variance), the expectation exact."""
    at_mean = likelihoods.gaussian_log_likelihood(x, W @ mean, 2 * np.log(NOISE))
    spread = ((W**2) * variance).sum() / (2 * NOISE**2)
    kl = likelihoods.kl_gaussians(mean, np.log(variance))
    return float(likelihoods.elbo(at_mean - spread, kl))


@given(arrays("float64", (D,), elements=st.floats(-3, 3)))
def test_elbo_is_the_likelihood_with_the_true_posterior(x):
    mean = VARIANCE * (W.T @ x) / NOISE**2
    assert exact_elbo(x, mean, VARIANCE) == pytest.approx(MARGINAL.logpdf(x), abs=1e-11)


@given(
    arrays("float64", (D,), elements=st.floats(-3, 3)),
    arrays("float64", (2,), elements=st.floats(-2, 2)),
    arrays("float64", (2,), elements=st.floats(0.1, 3)),
)
def test_gap_is_the_kl_to_the_posterior(x, mean, variance):
    posterior = VARIANCE * (W.T @ x) / NOISE**2
    gap = MARGINAL.logpdf(x) - exact_elbo(x, mean, variance)
    kl = likelihoods.kl_gaussians(mean, np.log(variance), posterior, np.log(VARIANCE))
    assert gap == pytest.approx(float(kl), abs=1e-10)
    assert gap > -1e-10


def test_elbo_of_draws_is_their_mean():
    draws, kl = np.array([[1.0, 2.0], [3.0, 6.0]]), np.array([0.5, 1.0])
    np.testing.assert_allclose(array(likelihoods.elbo(draws, kl)), [1.5, 3.0])
    np.testing.assert_allclose(array(likelihoods.elbo(draws[0], kl)), [0.5, 1.0])


def bound(draws: int, repeats: int, widening: float, seed: int = 0) -> tuple[float, float]:
    """Mean and standard error of the bound for an x with log p(x) = -9.838."""
    rng = np.random.default_rng(seed)
    direction = rng.normal(size=D)
    inverse = np.linalg.inv(MARGINAL.cov_object.covariance)
    at_zero = MARGINAL.logpdf(np.zeros(D))
    x = direction * np.sqrt(2 * (at_zero + 9.838) / (direction @ inverse @ direction))
    assert MARGINAL.logpdf(x) == pytest.approx(-9.838, abs=1e-9)
    mean, variance = VARIANCE * (W.T @ x) / NOISE**2, widening * VARIANCE
    z = mean + np.sqrt(variance) * rng.standard_normal((draws, repeats, K_LATENT))
    log_weights = (
        array(likelihoods.gaussian_log_likelihood(x, z @ W.T, 2 * np.log(NOISE)))
        + array(likelihoods.gaussian_log_likelihood(z, 0.0, np.zeros(K_LATENT)))
        - array(likelihoods.gaussian_log_likelihood(z, mean, np.log(variance)))
    )
    bounds = array(likelihoods.importance_weighted_bound(log_weights))
    return bounds.mean(), bounds.std() / np.sqrt(repeats)


def test_importance_weighted_bound_climbs_to_the_likelihood():
    """With q too wide by 2.5; the published run has −10.353, −9.912, −9.834, −9.838."""
    found = {k: bound(k, 4000, widening=2.5) for k in (1, 5, 50, 500)}
    means = [mean for mean, _ in found.values()]
    assert means == sorted(means)
    mean, error = found[1]
    exact = -9.838 - (2.5 - 1 - np.log(2.5))  # minus the KL of two dimensions too wide
    assert mean == pytest.approx(exact, abs=4 * error)
    for k, published, tolerance in ((1, -10.353, 0.1), (5, -9.912, 0.03), (50, -9.834, 0.02)):
        assert found[k][0] == pytest.approx(published, abs=tolerance), k
    assert found[500][0] == pytest.approx(-9.838, abs=0.005)


@given(st.floats(0.3, 4), st.integers(0, 1000))
def test_bounds_are_ordered_in_k_on_average(widening, seed):
    (one, e1), (ten, e10) = (bound(k, 400, widening, seed) for k in (1, 10))
    assert one <= ten + 4 * np.hypot(e1, e10) + 1e-9
    assert ten <= -9.838 + 4 * e10 + 1e-9


def test_weights_that_underflow_give_a_finite_bound():
    log_weights = np.full((5, 3), -5000.0)
    np.testing.assert_allclose(
        array(likelihoods.importance_weighted_bound(log_weights)), -5000, atol=1e-9
    )


@pytest.mark.parametrize("shape", [(), (0, 3)])
def test_a_bound_of_no_draws_is_refused(shape):
    with pytest.raises(ValueError, match="K ≥ 1"):
        likelihoods.importance_weighted_bound(np.zeros(shape))


# --- two ways to a gradient --------------------------------------------------------------------


def test_variance_of_two_gradient_estimators():
    """∂/∂θ E[x²], x ~ N(θ, 1), θ = 1: 2, with variance 4 or 30; 41 412 over 100 dimensions."""
    noise = np.random.default_rng(0).standard_normal(1_000_000)
    x = 1 + noise
    pathwise, score = 2 * x, x**2 * noise
    for estimate, variance in ((pathwise, 4), (score, 30)):
        assert estimate.mean() == pytest.approx(2, abs=4 * np.sqrt(variance / len(x)))
    assert pathwise.var() == pytest.approx(4, rel=0.02)
    assert score.var() == pytest.approx(30, rel=0.05)
    many = np.random.default_rng(1).standard_normal((100_000, 100))
    summed = (((1 + many) ** 2).sum(axis=1) * many[:, 0]).var()
    assert summed == pytest.approx(30 + 22 * 99 + 4 * 99**2, rel=0.05)


def test_js_is_finite_where_a_density_is_the_least_number_above_0():
    x = np.arange(-45, 45, 0.01)
    p, q = stats.norm.pdf(x), stats.norm.pdf(x, 3, 0.3)
    least = np.nextafter(0, 1)
    p[0], q[0] = least, 0
    assert 0 < likelihoods.js_on_grid(p, q, 0.01) < np.log(2)


# --- shapes, precision, arguments of the formulas ------------------------------------------------

SHAPES = [  # of x (or μ of q), of the mean, of the log-variance; () is a number
    ((3,), (3,), (3,)),
    ((4, 3), (4, 3), (4, 3)),
    ((4, 3), (3,), ()),
    ((4, 3), (), (1,)),
    ((4, 3), (4, 3), (4, 1)),
    ((4, 1), (4, 1), (4, 1)),
    ((2, 4, 3), (4, 3), (4, 1)),
    ((4, 3), (2, 4, 3), (3,)),
    ((2, 4, 3), (2, 4, 3), (2, 4, 1)),
]


def drawn(*shapes: tuple[int, ...]) -> list:
    """Seeded normal numbers of each shape, a Python number for the shape ()."""
    rng = np.random.default_rng(0)
    return [rng.normal(size=shape) if shape else float(rng.normal()) for shape in shapes]


@pytest.mark.parametrize("shapes", SHAPES)
def test_vectors_are_summed_along_the_last_axis_whatever_stands_before(shapes):
    """Holds off a sum over another axis, and a log-variance that is counted once, not d times."""
    x, mean, log_variance = drawn(*shapes)
    ours = array(likelihoods.gaussian_log_likelihood(x, mean, log_variance))
    each = stats.norm.logpdf(x, mean, np.exp(np.asarray(log_variance) / 2))
    np.testing.assert_allclose(ours, each.sum(axis=-1), atol=1e-12)
    assert ours.shape == each.shape[:-1]
    bits = (x > 0).astype(float)
    ours = array(likelihoods.bernoulli_log_likelihood(bits, x * 2))
    np.testing.assert_allclose(
        ours, stats.bernoulli.logpmf(bits, 1 / (1 + np.exp(-2 * x))).sum(axis=-1), atol=1e-12
    )


@pytest.mark.parametrize("shapes", SHAPES)
def test_kl_is_summed_along_the_last_axis_whatever_stands_before(shapes):
    """Holds off a sum over another axis, and laws p and q that are exchanged."""
    mean, other, log_other = drawn(*shapes)
    log_variance = np.asarray(mean) / 2
    kl = array(likelihoods.kl_gaussians(mean, log_variance, other, log_other))
    s, t = np.exp(log_variance), np.exp(np.asarray(log_other))
    each = (np.log(t / s) + (s + (mean - other) ** 2) / t - 1) / 2
    np.testing.assert_allclose(kl, each.sum(axis=-1), atol=1e-12)
    assert kl.shape == each.shape[:-1]


def test_kl_without_a_second_law_is_that_to_the_standard_normal_law():
    """Holds off other defaults: the prior of every VAE of the course stands in them."""
    mean, log_variance = drawn((4, 3), (4, 3))
    plain = array(likelihoods.kl_gaussians(mean, log_variance))
    standard = array(likelihoods.kl_gaussians(mean, log_variance, 0 * mean, 0 * mean))
    np.testing.assert_array_equal(plain, standard)


MISFITS = [
    ((4,), (4, 1), (4,)),
    ((4, 1), (4,), (4, 1)),
    ((4, 3), (4, 1), (4, 3)),
    ((4, 3), (1, 3), (4, 3)),
    ((4, 3), (5, 3), ()),
    ((4, 3), (4, 3), (1, 3)),
    ((4, 3), (4, 3), (5, 1)),
    ((4, 3), (4, 3), (4, 2)),
    ((3,), (3,), (4, 1)),
    ((3,), (3,), (4, 3, 1)),
    ((2, 4, 3), (5, 4, 3), ()),
    ((2, 4, 3), (1, 4, 3), (3,)),
    ((0, 3), (3,), ()),
    ((4, 3), (4, 3), (0, 1)),
    ((4, 0), (4, 0), (4, 0)),
]


@pytest.mark.parametrize("shapes", MISFITS)
def test_vectors_that_would_broadcast_and_empty_batches_are_refused(shapes):
    """Holds off n² likelihoods where n were meant, and means of nothing."""
    x, mean, log_variance = drawn(*shapes)
    with pytest.raises(ValueError, match="axis"):
        likelihoods.gaussian_log_likelihood(x, mean, log_variance)
    with pytest.raises(ValueError, match="axis"):
        likelihoods.kl_gaussians(mean, log_variance * np.ones(np.shape(log_variance)), x)


@pytest.mark.parametrize(
    ("formula", "arguments"),
    [
        (likelihoods.bernoulli_log_likelihood, 2),
        (likelihoods.gaussian_log_likelihood, 3),
        (likelihoods.kl_gaussians, 4),
    ],
)
@pytest.mark.parametrize(("good", "bad"), [((4,), (4, 2)), ((4, 3), (5, 3)), ((4, 3), (1, 3))])
def test_each_argument_takes_part_in_the_look_at_shapes(formula, arguments, good, bad):
    """Holds off an argument that is left out of the check: it alone would broadcast."""
    formula(*[np.ones(good)] * arguments)
    for place in range(arguments):
        shapes = [good] * arguments
        shapes[place] = bad
        with pytest.raises(ValueError, match="axis"):
            formula(*map(np.ones, shapes))


def test_a_number_for_the_log_variance_has_the_precision_of_the_samples():
    """Holds off 0.1 rounded to float32 beside float64."""
    x, mean = drawn((4, 3), (4, 3))
    many = np.full((4, 3), 0.1)
    for one, all_ in (
        (likelihoods.gaussian_log_likelihood(x, mean, 0.1), (x, mean, many)),
        (likelihoods.gaussian_log_likelihood(x, 0.1, 0.1), (x, many, many)),
    ):
        wanted = array(likelihoods.gaussian_log_likelihood(*all_))
        np.testing.assert_allclose(array(one), wanted, rtol=1e-14)
    one = array(likelihoods.kl_gaussians(x, mean, 0.1, 0.1))
    np.testing.assert_allclose(one, array(likelihoods.kl_gaussians(x, mean, many, many)), rtol=1e-9)


@pytest.mark.parametrize("pixel", [-0.01, 1.01, 255, np.nan])
def test_pixels_that_are_no_probabilities_have_no_likelihood(pixel):
    """Holds off a score above 0, which stored or signed pixels would get without a word."""
    x = np.array([[0.0, 1.0, pixel]])
    with pytest.raises(ValueError, match="0 or 1"):
        likelihoods.bernoulli_log_likelihood(x, np.zeros((1, 3)))
    likelihoods.bernoulli_log_likelihood(np.array([[0.0, 1.0]]), np.zeros((1, 2)))


@pytest.mark.parametrize(
    ("draws", "kl"),
    [((4,), (1,)), ((4,), (4, 1)), ((2, 4), (1,)), ((2, 4), (2,)), ((4,), (3,)), ((0,), (0,))],
)
def test_a_kl_of_other_samples_is_no_part_of_a_bound(draws, kl):
    """Holds off one KL for all samples, the draws' axis taken for the samples', and no samples."""
    with pytest.raises(ValueError, match="axis"):
        likelihoods.elbo(np.ones(draws), np.ones(kl))


@pytest.mark.parametrize("divergence", [likelihoods.kl_on_grid, likelihoods.js_on_grid])
def test_divergences_are_computed_in_double_precision(divergence):
    """Holds off sums of thousands of densities in the precision in which they came."""
    p, q = P.astype("float32"), Q.astype("float32")
    exact = divergence(p.astype(float), q.astype(float), STEP)
    for pair in ((p, q), (p.tolist(), q.tolist()), (p, q.astype(float)), (p.astype(float), q)):
        assert divergence(*pair, STEP) == pytest.approx(exact, rel=1e-12)


@pytest.mark.parametrize("shape", [(0, 3), (4, 0)])
def test_no_pixels_have_no_likelihood(shape):
    """Holds off the message of a library below, which would not name the empty batch."""
    with pytest.raises(ValueError, match="no empty batch"):
        likelihoods.bernoulli_log_likelihood(np.ones(shape), np.ones(shape))


@pytest.mark.parametrize("total", [0.98, 0.992, 1.008, 1.02])
def test_a_density_may_miss_one_by_a_hundredth(total):
    """Holds off a tolerance that lets a wrong step pass, or none for a sum's own error."""
    if abs(total - 1) < 0.01:
        assert likelihoods.kl_on_grid(total * P, Q, STEP) == pytest.approx(1.125, abs=0.03)
        return
    for pair in ((total * P, Q), (Q, total * P)):
        with pytest.raises(ValueError, match="integral over the grid is 1, but got"):
            likelihoods.kl_on_grid(*pair, STEP)


def test_a_graph_that_does_not_know_the_number_of_draws():
    """Holds off a bound that divides by None when the batch is traced with any size."""
    traced = tf.function(
        likelihoods.importance_weighted_bound,
        input_signature=[tf.TensorSpec([None, 3], "float64")],
    )
    log_weights = np.random.default_rng(0).normal(size=(7, 3))
    wanted = likelihoods.importance_weighted_bound(log_weights)
    np.testing.assert_allclose(traced(log_weights), wanted, rtol=1e-12)


@pytest.mark.parametrize("divergence", [likelihoods.kl_on_grid, likelihoods.js_on_grid])
def test_a_grid_has_an_axis_and_a_point(divergence):
    """Holds off the divergence of two numbers, or of nothing, and a bound of two points."""
    assert divergence([2.0], [2.0], 0.5) == 0
    for wrong in (1.0, [], np.zeros((3, 0))):
        with pytest.raises(ValueError, match="one grid"):
            divergence(wrong, wrong, 1.0)
