"""How far apart two sets of samples are, from their features: one sample a row.

`real` has shape (n, d) and `fake` (m, d). Which features is for the caller to say; for MNIST
they are those of `scorer.judge`, and no number here can be compared with one on other features.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, NamedTuple, TypeVar, cast

import numpy as np
from numpy.typing import ArrayLike
from scipy import linalg
from sklearn.metrics import pairwise_distances_argmin_min, pairwise_distances_chunked
from sklearn.metrics.pairwise import polynomial_kernel
from sklearn.neighbors import NearestNeighbors

from aigc_lib import checks

__all__ = [
    "NEIGHBOURS",
    "Neighbourhoods",
    "frechet_distance",
    "kernel_distance",
    "memorisation_ratio",
    "neighbourhoods",
]

NEIGHBOURS = 5  # k of precision, recall, density and coverage
LARGEST = 1e40  # feature: the kernel takes its sixth power, and 1e308 is the largest number
Measure = TypeVar("Measure", bound=Callable[..., Any])


class Neighbourhoods(NamedTuple):
    """What `neighbourhoods` measures; all but density are shares, in 0 … 1."""

    precision: float
    recall: float
    density: float
    coverage: float


def _of_features(least: Callable[..., int]) -> Callable[[Measure], Measure]:
    """Let a formula see features only when each set has `least(d, options)` finite rows.

    `inspect.unwrap` gives the formula alone, for features that have been checked.
    """

    def checking(formula: Measure) -> Measure:
        @wraps(formula)
        def checked(first: ArrayLike, *others: ArrayLike, **options: Any) -> Any:
            rows = least(sum(checks.array(first).shape[1:]), **options)
            sets = checks.features(first, *others, least=rows)
            largest = max(abs(each).max() for each in sets)
            if largest > LARGEST:
                raise ValueError(
                    f"expected features of a size up to {LARGEST:g}, whose powers are still "
                    f"numbers, but got {largest:g}. Scale both sets alike."
                )
            return formula(*sets, **options)

        return cast(Measure, checked)

    return checking


@_of_features(lambda d: d + 1)
def frechet_distance(real: np.ndarray, fake: np.ndarray, /) -> float:
    """‖μ - ν‖² + tr(Σ + T - 2 (Σ T)^½): how far apart two normal laws are, fitted to two sets.

    The trace of a root is the sum of the roots of the eigenvalues; those of Σ T are real and
    not negative, except for rounding.

    Args:
        real, fake: features, shapes (n, d) and (m, d), with n and m above d: with fewer
            samples than that a covariance has no full rank, and the distance is mostly bias.

    Returns:
        A number ≥ 0 in squared units of the features, 0 for equal means and covariances.

    Raises:
        ValueError: shapes that do not fit, too few samples, NaN.

    Source: Heusel et al. 2017, equation 6, https://arxiv.org/abs/1706.08500
    """
    gap = real.mean(axis=0) - fake.mean(axis=0)
    covariances = np.atleast_2d(np.cov(real.T)), np.atleast_2d(np.cov(fake.T))
    eigenvalues = linalg.eigvals(covariances[0] @ covariances[1]).real.clip(min=0)
    spread = sum(np.trace(each) for each in covariances) - 2 * np.sqrt(eigenvalues).sum()
    return max(0.0, float(gap @ gap + spread))  # rounding may leave -1e-12


@_of_features(lambda d: 2)
def kernel_distance(real: np.ndarray, fake: np.ndarray, /) -> float:
    """KID: the squared maximum mean discrepancy under the kernel k(x, y) = (x·y / d + 1)³.

    E k(x, x') + E k(y, y') - 2 E k(x, y), each mean over pairs of different samples: an
    estimate without bias, which may come out just below 0 for samples of one distribution.

    Args:
        real, fake: features, shapes (n, d) and (m, d), at least 2 rows each.

    Returns:
        A number in units of the kernel; its expectation is 0 for equal distributions.

    Raises:
        ValueError: shapes that do not fit, too few samples, NaN.

    Source: Bińkowski et al. 2018, section 4, https://arxiv.org/abs/1801.01401
    """

    def total(x: np.ndarray, y: np.ndarray) -> float:
        blocks = np.array_split(x, len(x) // 1000 + 1)  # a whole 10 000 × 10 000 takes 0.8 GB
        return sum(polynomial_kernel(block, y, degree=3).sum() for block in blocks)

    def within(x: np.ndarray) -> float:  # without the pairs of a sample with itself
        own = ((np.einsum("ij,ij->i", x, x) / x.shape[1] + 1) ** 3).sum()
        return (total(x, x) - own) / (len(x) * (len(x) - 1))

    between = total(real, fake) / (len(real) * len(fake))
    return float(within(real) + within(fake) - 2 * between)


@_of_features(lambda d, k=NEIGHBOURS: checks.whole(k, "k") + 1)
def neighbourhoods(real: np.ndarray, fake: np.ndarray, /, *, k: int = NEIGHBOURS) -> Neighbourhoods:
    """Precision, recall, density and coverage, from balls that reach to the k-th neighbour.

    Each sample has a ball that reaches to its k-th nearest neighbour in its own set.

        precision   share of the fakes that lie in the ball of at least one real sample
        recall      share of the reals that lie in the ball of at least one fake
        density     in how many real balls a fake lies, on average, divided by k
        coverage    share of the reals in whose ball at least one fake lies

    For two samples of one distribution and of one size density has the expectation 1, and
    coverage tends to 1 - 2⁻ᵏ as they grow, in any dimension; the other two have no such value.

    What lies exactly on a ball's border is outside, as in Naeem et al.'s package prdc; in
    Kynkäänniemi et al.'s definition it is inside. Only copies and whole numbers can tell. A fake
    with more than k copies has a ball of radius 0, in which nothing lies: a generator that draws
    one image has recall 0.

    Args:
        real, fake: features, shapes (n, d) and (m, d), more than k rows each.
        k: which neighbour, at least 1.

    Raises:
        ValueError: shapes that do not fit, too few samples, k < 1, NaN, or a real sample with
            more than k copies: not even real samples would lie in its ball.

    Sources: Kynkäänniemi et al. 2019, https://arxiv.org/abs/1904.06991; Naeem et al. 2020,
        https://arxiv.org/abs/2002.09797
    """
    same = np.unique(real, axis=0, return_counts=True)[1].max()
    if same > k:
        raise ValueError(
            f"expected real samples of which none is there more than {k} times, as the ball to its "
            f"neighbour {k} would have radius 0, but one is there {same} times. Leave the copies "
            "out, or raise k."
        )

    def radii(x: np.ndarray) -> np.ndarray:  # without x: the nearest of all would be itself
        return NearestNeighbors(n_neighbors=k).fit(x).kneighbors()[0][:, -1]

    real_radii, fake_radii = radii(real), radii(fake)
    in_real_balls, in_fake_ball = np.zeros(len(fake), int), np.zeros(len(real), bool)
    reached, start = np.zeros(len(real), bool), 0
    for distances in pairwise_distances_chunked(fake, real, working_memory=64):  # in MiB
        rows = slice(start, start := start + len(distances))
        inside = distances < real_radii
        in_real_balls[rows] = inside.sum(axis=1)
        reached |= inside.any(axis=0)
        in_fake_ball |= (distances < fake_radii[rows, None]).any(axis=0)
    precision, density = (in_real_balls > 0).mean(), in_real_balls.mean() / k
    return Neighbourhoods(*map(float, (precision, in_fake_ball.mean(), density, reached.mean())))


@_of_features(lambda d: 1)
def memorisation_ratio(fake: np.ndarray, train: np.ndarray, unseen: np.ndarray, /) -> float:
    """Mean distance to the nearest training sample, over that of real samples never seen.

    Args:
        fake, train, unseen: features, shapes (n, d), (m, d) and (l, d).

    Returns:
        0 for copies of training samples, 1 if fakes keep the distance of new real samples.
        Above 1 they lie away from the data.

    Raises:
        ValueError: shapes that do not fit, NaN, or unseen samples that are all in `train`.
    """
    means = [pairwise_distances_argmin_min(x, train)[1].mean() for x in (fake, unseen)]
    if means[1] <= 1e-6 * np.linalg.norm(unseen, axis=1).mean():  # copies, but for rounding
        raise ValueError(
            f"expected unseen samples, but all {len(unseen)} of them are in the training set: "
            "their mean distance to it is 0, and nothing can be divided by it. Pass a test set."
        )
    return float(means[0] / means[1])
