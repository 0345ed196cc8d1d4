"""Metrics of features and labels, against closed forms and other implementations."""

import numpy as np
import prdc
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import linalg, stats
from sklearn.metrics.pairwise import polynomial_kernel

from aigc_lib import distances, metrics, scorer


def normal(n: int, d: int, seed: int, mean: float = 0.0, sigma: float = 1.0) -> np.ndarray:
    """n draws from N(mean, σ² I) in d dimensions."""
    return mean + sigma * np.random.default_rng(seed).standard_normal((n, d))


def with_moments(x: np.ndarray, mean: np.ndarray, root: np.ndarray) -> np.ndarray:
    """The rows of x moved and mixed so that mean and covariance are exactly mean and rootᵀ root."""
    whitened = (x - x.mean(axis=0)) @ np.linalg.inv(np.linalg.cholesky(np.cov(x.T))).T
    return whitened @ root + mean


@given(st.integers(2, 6), st.integers(0, 10_000))
def test_frechet_distance_is_that_of_two_normal_laws(d, seed):
    rng = np.random.default_rng(seed)
    roots = rng.standard_normal((2, d, d)) + np.eye(d)
    means = rng.standard_normal((2, d))
    x, y = (
        with_moments(rng.standard_normal((50, d)), mean, root)
        for mean, root in zip(means, roots, strict=True)
    )
    first, second = (root.T @ root for root in roots)
    inner = linalg.sqrtm(first)
    cross = np.trace(linalg.sqrtm(inner @ second @ inner).real)  # another form of the same trace
    wanted = ((means[0] - means[1]) ** 2).sum() + np.trace(first + second) - 2 * cross
    assert distances.frechet_distance(x, y) == pytest.approx(wanted, rel=1e-5, abs=1e-5)
    assert distances.frechet_distance(x, y) == pytest.approx(distances.frechet_distance(y, x))


def test_frechet_distance_of_a_set_to_itself_is_zero():
    x = normal(200, 5, seed=0)
    assert distances.frechet_distance(x, x) == pytest.approx(0, abs=1e-9)
    assert distances.frechet_distance(x, x + 2) == pytest.approx(20, rel=1e-9)


def test_kernel_distance_equals_a_sum_over_all_pairs():
    x, y = normal(40, 3, seed=0), normal(30, 3, seed=1, mean=0.5)

    def mean_kernel(a, b, same):
        values = [
            (u @ v / 3 + 1) ** 3
            for i, u in enumerate(a)
            for j, v in enumerate(b)
            if not (same and i == j)
        ]
        return np.mean(values)

    wanted = mean_kernel(x, x, True) + mean_kernel(y, y, True) - 2 * mean_kernel(x, y, False)
    assert distances.kernel_distance(x, y) == pytest.approx(wanted, rel=1e-10)


def test_kernel_distance_has_no_bias():
    draws = np.random.default_rng(0).standard_normal((500, 2, 50, 4))
    values = [distances.kernel_distance(x, y) for x, y in draws]
    assert abs(np.mean(values)) < 3 * np.std(values) / np.sqrt(500)
    assert min(values) < 0 < max(values)


def test_kernel_distance_in_blocks_is_the_same():
    x, y = normal(2500, 4, seed=0), normal(1200, 4, seed=1)
    xx, yy, xy = (polynomial_kernel(a, b, degree=3) for a, b in ((x, x), (y, y), (x, y)))
    wanted = (xx.sum() - np.trace(xx)) / (2500 * 2499) + (yy.sum() - np.trace(yy)) / (1200 * 1199)
    assert distances.kernel_distance(x, y) == pytest.approx(wanted - 2 * xy.mean(), rel=1e-8)


@pytest.mark.parametrize(("d", "mean", "sigma"), [(2, 0, 1), (16, 0, 1), (8, 0.3, 0.5)])
def test_neighbourhoods_agree_with_prdc(d, mean, sigma):
    real, fake = normal(400, d, seed=0), normal(300, d, 1, mean, sigma)
    theirs = prdc.compute_prdc(real, fake, nearest_k=5)
    ours = distances.neighbourhoods(real, fake, k=5)
    for name, value in theirs.items():
        assert getattr(ours, name) == pytest.approx(value, abs=1e-12), name


@pytest.mark.parametrize("d", [2, 16])
def test_expectations_for_two_samples_of_one_law(d):
    found = distances.neighbourhoods(normal(3000, d, seed=0), normal(3000, d, seed=1))
    assert found.density == pytest.approx(1, abs=0.05)
    assert found.coverage == pytest.approx(1 - 2**-5, abs=0.01)


def test_neighbourhoods_see_a_lost_half_and_copies():
    real = np.concatenate([normal(500, 2, seed=0), normal(500, 2, seed=1, mean=20)])
    found = distances.neighbourhoods(real, normal(1000, 2, seed=2))
    assert found.precision > 0.95
    assert found.recall < 0.55
    assert 0.4 < found.coverage < 0.5
    few = distances.neighbourhoods(real, np.tile(real[:10], (100, 1)) + normal(1000, 2, 3, 0, 1e-6))
    assert few.precision == 1
    assert few.coverage < 0.15


def test_score_ends():
    sure = np.eye(10)[np.arange(1000) % 10]
    assert metrics.classifier_score(sure) == pytest.approx(10)
    assert metrics.classifier_score(np.full((50, 10), 0.1)) == pytest.approx(1)
    assert metrics.classifier_score(np.eye(10)[np.zeros(20, int)]) == pytest.approx(1)


@given(st.lists(st.integers(0, 9), min_size=1, max_size=60))
def test_histograms_and_their_distance(labels):
    shares = metrics.histogram(np.array(labels), 10)
    assert shares.sum() == pytest.approx(1)
    assert metrics.total_variation(shares, shares) == 0
    uniform = np.full(10, 0.1)
    distance = metrics.total_variation(uniform, shares)
    assert distance == pytest.approx(np.maximum(shares - uniform, 0).sum())
    absent = 10 - len(set(labels))
    assert metrics.missing_classes(uniform, shares) == absent


def test_memorisation_ratio_tells_copies_from_new_samples():
    train, unseen, new = (normal(1000, 3, seed) for seed in range(3))
    assert distances.memorisation_ratio(train[:300], train, unseen) == pytest.approx(0, abs=1e-6)
    assert distances.memorisation_ratio(new, train, unseen) == pytest.approx(1, abs=0.1)
    assert distances.memorisation_ratio(new + 5, train, unseen) > 3


@pytest.mark.parametrize(
    ("call", "part"),
    [
        (lambda x: distances.frechet_distance(x, x[:5]), "at least 6 samples"),
        (lambda x: distances.frechet_distance(x, x[:, :3]), "two sets of features"),
        (lambda x: distances.frechet_distance(x, x * np.nan), "NaN"),
        (lambda x: distances.kernel_distance(x[:1], x), "at least 2 samples"),
        (lambda x: distances.neighbourhoods(x, x[:5]), "at least 6 samples"),
        (lambda x: distances.neighbourhoods(x, x, k=0), "k to be at least 1"),
        (lambda x: metrics.classifier_score(x), "softmax"),
        (lambda x: metrics.histogram(x[:, 0], 10), "integer labels"),
        (lambda x: metrics.histogram(np.array([0, 10]), 10), "from 0 to 9"),
    ],
)
def test_bad_input_is_told(call, part):
    with pytest.raises(ValueError, match=part):
        call(normal(20, 5, seed=0))


@pytest.mark.parametrize("k", [1, 3])
def test_neighbourhoods_of_points_on_a_lattice_agree_with_prdc(k):
    """Holds off balls that hold their own edge, and another number of neighbours than asked for."""
    rng = np.random.default_rng(0)
    cells = np.stack(np.divmod(rng.permutation(144)[:60], 12), axis=1)  # each at most once
    real, fake = cells * 1.0, rng.integers(3, 15, (80, 2)) * 1.0
    theirs = prdc.compute_prdc(real, fake, nearest_k=k)
    ours = distances.neighbourhoods(real, fake, k=k)
    for name, value in theirs.items():
        assert getattr(ours, name) == pytest.approx(value, abs=1e-12), name


def test_neighbourhoods_in_blocks_are_the_same(monkeypatch):
    """Holds off a count that only the last block of distances makes."""
    real, fake = normal(90, 3, seed=0), normal(70, 3, seed=1, mean=0.5)
    whole, blocks = distances.neighbourhoods(real, fake), []

    def in_blocks(x, y, working_memory):
        assert working_memory > 0
        for block in np.array_split(np.linalg.norm(x[:, None] - y, axis=-1), 7):
            blocks.append(len(block))
            yield block

    monkeypatch.setattr(distances, "pairwise_distances_chunked", in_blocks)
    assert distances.neighbourhoods(real, fake) == pytest.approx(whole, abs=1e-12)
    assert blocks == [10] * 7


def test_one_sample_is_enough_where_only_its_neighbour_counts():
    """Holds off a bound on the samples that the formula does not need."""
    train = normal(20, 3, seed=0)
    assert distances.memorisation_ratio(train[:1], train, train[:1] + 1) == pytest.approx(
        0, abs=1e-6
    )
    train, fake, unseen = np.zeros((1, 2)), np.array([[3.0, 4.0]]), np.array([[0.0, 2.0]])
    assert distances.memorisation_ratio(fake, train, unseen) == pytest.approx(2.5)


@given(st.lists(st.lists(st.floats(0.01, 1), min_size=4, max_size=4), min_size=1, max_size=8))
def test_score_is_the_mean_divergence_from_the_mean_law(rows):
    """Holds off a sum over the wrong axis, exchanged laws, another base of the logarithm."""
    p = np.array(rows) / np.sum(rows, axis=1, keepdims=True)
    divergences = [stats.entropy(row, p.mean(axis=0)) for row in p]
    assert metrics.classifier_score(p) == pytest.approx(np.exp(np.mean(divergences)), rel=1e-9)


def test_the_score_is_computed_in_double_precision():
    """Holds off the rounding of the numbers that a network gives, here the coarsest."""
    p = np.array([[0.5, 0.25, 0.25], [0.125, 0.875, 0]])  # float16 holds them exactly
    exact = metrics.classifier_score(p)
    assert metrics.classifier_score(p.astype("float16")) == pytest.approx(exact, rel=1e-12)
    assert metrics.classifier_score(p.tolist()) == exact


@pytest.mark.parametrize(
    "rows",
    [
        [[0.5, 0.2]],
        [[0.9, 0.9]],
        [[1.0, 0.05]],
        [[1.5, -0.5]],
        [0.5, 0.5],
        [[[0.5, 0.5], [0.5, 0.5]]],
        [[0.5, np.nan]],
    ],
)
def test_rows_that_are_no_probabilities_have_no_score(rows):
    """Holds off a score of logits, of negative shares, of one law or of three axes."""
    with pytest.raises(ValueError, match="probabilities of shape"):
        metrics.classifier_score(np.array(rows))


def test_rows_may_miss_one_by_what_a_network_rounds():
    """Holds off a limit so tight that probabilities of float32, or a bit worse, are refused."""
    assert metrics.classifier_score([[0.50003, 0.50003]]) == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        ([], "n ≥ 1"),
        ([[0, 1], [2, 3]], "n ≥ 1"),
        ([-1, 2], "from 0 to 2, but got -1"),
        ([0, 3], "from 0 to 2, but got 0 … 3"),
    ],
)
def test_labels_of_no_class_are_refused(labels, said):
    """Holds off classes that are counted from the end, and one more than there are."""
    with pytest.raises(ValueError, match=said):
        metrics.histogram(np.array(labels, int), 3)


def test_a_histogram_has_a_share_for_each_class():
    """Holds off a histogram that ends with the largest label seen."""
    np.testing.assert_allclose(metrics.histogram(np.array([0, 1, 1, 0]), 4), [0.5, 0.5, 0, 0])
    np.testing.assert_allclose(metrics.histogram(np.array([2]), 3), [0, 0, 1])


def test_a_class_with_just_a_tenth_of_its_share_is_there():
    """Holds off ≤ in the rule, and the two histograms exchanged."""
    real = np.array([0.5, 0.25, 0.25])
    assert metrics.missing_classes(real, np.array([0.05, 0.5, 0.45])) == 0  # just a tenth
    assert metrics.missing_classes(real, np.array([0.049, 0.5, 0.451])) == 1
    assert metrics.missing_classes(real, np.array([0.047, 0.024, 0.929])) == 2
    assert metrics.missing_classes(np.array([0.047, 0.024, 0.929]), real) == 0


def test_each_number_of_neighbours_asks_for_one_sample_more():
    """Holds off a bound on the samples that is that of another k."""
    x = normal(3, 2, seed=0)
    assert distances.neighbourhoods(x[:2], x[:2], k=1).recall == 1
    with pytest.raises(ValueError, match="at least 8 samples"):
        distances.neighbourhoods(normal(7, 2, seed=0), normal(9, 2, seed=1), k=7)


@pytest.mark.parametrize("seed", range(6))
def test_frechet_distance_of_features_given_twice_is_twice_as_large(seed):
    """Holds off a NaN, shown as 0, where a covariance without full rank rounds below 0."""
    x, y = normal(40, 3, seed), normal(50, 3, seed + 100, mean=0.5)
    twice = distances.frechet_distance(np.hstack([x, x]), np.hstack([y, y]))
    assert twice == pytest.approx(2 * distances.frechet_distance(x, y), rel=1e-5)


def test_rounded_probabilities_give_the_score_of_exact_ones():
    """Holds off that float16, or three printed digits, is refused because a sum is 0.999."""
    exact = np.random.default_rng(0).dirichlet(np.full(10, 0.2), 500)
    score = metrics.classifier_score(exact)
    for rounded, within in ((exact.round(3), 3e-3), (exact.astype("float16"), 1e-3)):
        assert rounded.astype(float).sum(axis=1).std() > 0
        assert metrics.classifier_score(rounded) == pytest.approx(score, rel=within)
    assert metrics.classifier_score(1.009 * np.eye(10)) == pytest.approx(10)  # the most there is


@pytest.mark.parametrize(("share", "missing"), [(0.009, 1), (0.011, 0)])
def test_a_class_is_missing_below_a_tenth_of_its_share(share, missing):
    """Holds off another border, such as a fifth."""
    p = np.full(10, 0.1)
    q = np.full(10, (1 - share) / 9)
    q[3] = share
    assert metrics.missing_classes(p, q) == missing


def test_what_lies_on_the_border_of_a_ball_is_outside_as_in_prdc():
    """Holds off ≤ in the rule: on a grid of whole numbers most neighbours lie on a border."""
    rng = np.random.default_rng(0)
    cells = np.stack(np.meshgrid(range(12), range(12)), axis=-1).reshape(-1, 2).astype(float)
    real, fake = cells[rng.permutation(144)[:100]], cells[rng.permutation(144)[:90]]
    found = distances.neighbourhoods(real, fake, k=3)._asdict()
    assert found == pytest.approx(prdc.compute_prdc(real, fake, nearest_k=3), abs=1e-12)


def test_copies_among_the_fakes_count_and_among_the_reals_are_told():
    """Holds off a precision of 0 for equal sets, all of whose balls have radius 0."""
    real = normal(60, 3, seed=0)
    found = distances.neighbourhoods(real, np.repeat(real[:1], 60, axis=0), k=5)
    assert (found.precision, found.recall) == (1, 0)  # the generator draws one image
    assert distances.neighbourhoods(np.repeat(real, 5, axis=0), real, k=5).precision == 1
    with pytest.raises(ValueError, match="one is there 6 times"):
        distances.neighbourhoods(np.repeat(real, 6, axis=0), real, k=5)


@pytest.mark.parametrize("scale", [1e-7, 1.0, 1e7])
def test_memorisation_does_not_depend_on_the_unit_of_the_features(scale):
    """Holds off a border between copies and new samples that is a number of its own."""
    train = normal(1000, 3, seed=0)
    gap = 1e-5  # of all unseen samples, just above what rounding makes
    sets = train + 2 * gap, train, train + gap
    assert distances.memorisation_ratio(*(scale * each for each in sets)) == pytest.approx(2, 0.01)
    with pytest.raises(ValueError, match="unseen"):
        distances.memorisation_ratio(scale * train, scale * train, scale * (train + 1e-8))
    with pytest.raises(ValueError, match="unseen"):
        distances.memorisation_ratio(train, np.zeros((5, 3)), np.zeros((4, 3)))


def test_a_distance_keeps_its_name():
    """Holds off a check around a formula that hides what `help` shows."""
    assert distances.kernel_distance.__name__ == "kernel_distance"


@pytest.mark.parametrize(
    ("p", "q"),
    [
        ([1.5, -0.5], [0.5, 0.5]),
        ([0.5, 0.2], [0.5, 0.5]),
        ([[0.5, 0.5]], [[0.5, 0.5]]),
        ([0.5, 0.5], [1.0]),
        ([1.0], [0.25] * 4),
        ([], []),
    ],
)
def test_what_is_no_pair_of_histograms_is_refused(p, q):
    """Holds off counts, negative shares, and one share that is compared with many."""
    for measure in (metrics.total_variation, metrics.missing_classes):
        for pair in ((p, q), (q, p)):
            with pytest.raises(ValueError, match="expected"):
                measure(*pair)


def test_one_class_has_the_score_one_and_no_sample_has_none():
    """Holds off a mean over nothing, and a bound of two values."""
    assert metrics.classifier_score([[1.0]]) == pytest.approx(1)
    for shape in ((0, 3), (3, 0)):
        with pytest.raises(ValueError, match="probabilities of shape"):
            metrics.classifier_score(np.zeros(shape))


def test_features_may_be_as_large_as_the_message_says():
    """Holds off a limit that refuses its own value, and sums that overflow without a word."""
    one, zero = np.full((1, 2), distances.LARGEST), np.zeros((1, 2))
    assert distances.memorisation_ratio(one, zero, one) == 1
    with pytest.raises(ValueError, match="size up to"):
        distances.memorisation_ratio(1.01 * one, zero, one)


# --- walks ---------------------------------------------------------------------------------------


@given(st.floats(1e-4, 10), st.booleans(), st.integers(0, 10_000))
def test_a_straight_walk_through_a_linear_map_has_the_length_of_its_chord(step, ends, seed):
    """|A (b - a)|² at every t, for every step."""
    rng = np.random.default_rng(seed)
    start, end = rng.standard_normal((2, 9, 4))
    matrix = rng.standard_normal((4, 6))
    wanted = (((end - start) @ matrix) ** 2).sum(axis=1)
    walk = {"step": step, "seed": seed, "ends": ends}
    found = metrics.path_lengths(lambda codes: codes @ matrix + 3, start, end, **walk)
    np.testing.assert_allclose(found, wanted, rtol=1e-6, atol=1e-8)
    length = metrics.path_length(lambda codes: codes @ matrix, start, end, **walk)
    assert length == pytest.approx(wanted.mean(), rel=1e-6)


@given(st.floats(0.1, 10), st.integers(0, 10_000))
def test_an_arc_on_a_sphere_has_the_length_of_its_angle(radius, seed):
    """(r Ω)², a little less for the chord of a step; radius and ends are kept."""
    start, end = normal(20, 5, seed), normal(20, 5, seed + 1)
    start, end = (radius * x / np.linalg.norm(x, axis=1, keepdims=True) for x in (start, end))
    seen = []
    found = metrics.path_lengths(
        lambda codes: seen.append(codes) or codes, start, end, 1e-3, spherical=True, ends=True
    )
    angle = np.arccos((start * end).sum(axis=1) / radius**2)
    np.testing.assert_allclose(found, (2 * radius * np.sin(angle * 1e-3 / 2) / 1e-3) ** 2, 1e-6)
    np.testing.assert_allclose(seen[0], start, atol=1e-12)
    np.testing.assert_allclose(np.linalg.norm(seen[1], axis=1), radius)
    metrics.path_lengths(
        lambda codes: seen.append(codes) or codes, start, end, 1.0, spherical=True, ends=True
    )
    np.testing.assert_allclose(seen[3], end, atol=1e-12)


def test_the_places_on_a_walk_are_drawn_with_the_seed():
    """f = |c|²/2 on a line from -1 to 3 has the speed 4 |c|: its square has a mean of 112/3."""
    start, end = -np.ones((20_000, 1)), np.full((20_000, 1), 3.0)

    def length(seed):
        return metrics.path_length(lambda codes: codes**2 / 2, start, end, seed=seed)

    assert length(0) == length(0) != length(1)
    assert length(0) == pytest.approx(112 / 3, rel=0.02)
    at_start = metrics.path_length(lambda codes: codes**2 / 2, start, end, ends=True)
    assert at_start == pytest.approx(16, rel=1e-3)


def test_a_step_of_a_ten_thousandth_is_no_rounding(test_set):
    """Holds off a step that float32 cannot resolve: double it, and the mean moves by no percent."""
    images = test_set[0][:300]
    start, end = images[:150].reshape(150, -1), images[150:].reshape(150, -1)

    def features(codes):
        return scorer.load_scorer()(codes.reshape(-1, 28, 28, 1))[0]

    lengths = [metrics.path_length(features, start, end, step) for step in (1e-4, 2e-4)]
    assert lengths[0] == pytest.approx(lengths[1], rel=0.01)


UNITS = st.integers(0, 10_000).map(lambda seed: np.random.default_rng(seed).random((5, 3, 4, 2)))


@given(UNITS, st.floats(0.001, 0.5))
def test_psnr_of_a_constant_difference_and_of_half_of_it(images, gap):
    assert metrics.psnr(images, images + gap, peak=1) == pytest.approx(-20 * np.log10(gap))
    half = metrics.psnr(images, images + gap / 2, peak=1)
    assert half - metrics.psnr(images, images + gap, peak=1) == pytest.approx(20 * np.log10(2))


@given(UNITS, UNITS)
def test_psnr_is_the_same_on_every_scale(x, y):
    x, y = (np.rint(255 * each) for each in (x, y))
    stored = metrics.psnr(x.astype("uint8"), y.astype("uint8"), peak=255)
    assert metrics.psnr(x / 255, y / 255, peak=1) == pytest.approx(stored)
    assert metrics.psnr(2 * x / 255 - 1, 2 * y / 255 - 1, peak=2) == pytest.approx(stored)
    assert metrics.psnr(y, x, peak=255) == pytest.approx(stored)


def test_psnr_is_that_of_the_mean_error():
    truth = np.zeros((2, 4))
    images = np.array([[0.1] * 4, [0.3] * 4])
    assert metrics.psnr(images, truth, peak=1) == pytest.approx(-10 * np.log10(0.05))
    assert metrics.psnr(truth, truth, peak=1) == np.inf


@pytest.mark.parametrize("scale", [255, 2])
def test_psnr_refuses_pictures_of_another_scale(scale):
    images = np.linspace(0, scale, 24).reshape(2, 3, 4)
    with pytest.raises(ValueError, match="peak"):
        metrics.psnr(images, np.zeros((2, 3, 4)), peak=1)


@given(st.permutations(range(7)))
def test_retrieval_counts_the_rows_that_find_their_own(order):
    truth = normal(7, 5, seed=0).reshape(7, 5, 1)
    found = metrics.retrieval(truth[order] + 1e-3, truth)
    assert found == pytest.approx(np.mean(np.array(order) == np.arange(7)))


def test_retrieval_of_one_picture_for_all_is_chance():
    truth = normal(20, 6, seed=0)
    assert metrics.retrieval(np.zeros_like(truth), truth) == 1 / 20
    assert metrics.retrieval(truth, np.zeros_like(truth)) == 1 / 20
    with pytest.raises(ValueError, match="at least two"):
        metrics.retrieval(truth[:1], truth[:1])
