"""Log-likelihoods, divergences and bounds: the formulas of the VAE, and densities on a grid.

Vectors lie along the last axis, the sums run over it, and any axes may stand before: (n, d)
for n vectors, (K, n, d) for K draws of each. All values are in nats. Variances are passed as
their logarithms, which any network can output.
"""

import numpy as np
from keras import KerasTensor, ops
from numpy.typing import ArrayLike
from scipy.special import rel_entr

from aigc_lib import checks
from aigc_lib.tensors import floats, vectors

__all__ = [
    "LOG_2PI",
    "bernoulli_log_likelihood",
    "elbo",
    "gaussian_log_likelihood",
    "importance_weighted_bound",
    "js_on_grid",
    "kl_gaussians",
    "kl_on_grid",
]

LOG_2PI = float(np.log(2 * np.pi))


def bernoulli_log_likelihood(x: KerasTensor, logits: KerasTensor) -> KerasTensor:
    """log p(x) = Σ x log σ(a) + (1 - x) log(1 - σ(a)) = Σ x a - softplus(a).

    A probability of x only where x is 0 or 1; for grey pixels it is a mere score, below 0
    even at its best.

    Args:
        x: zeros and ones, shape (…, d).
        logits: a, a shape that fits x.

    Returns:
        Shape (…).

    Source: Kingma & Welling 2013, equation 11, https://arxiv.org/abs/1312.6114
    """
    pixels, logits = vectors(x=x, logits=logits)
    values = checks.known(x)
    if values is not None and not (values.min() >= 0 and values.max() <= 1):
        raise ValueError(
            f"expected pixels that are 0 or 1, but got {values.min():g} … {values.max():g}. "
            "data.to_unit scales stored images, data.binarise draws binary ones."
        )
    return ops.sum(pixels * logits - ops.softplus(logits), axis=-1)


def gaussian_log_likelihood(
    x: KerasTensor, mean: KerasTensor, log_variance: KerasTensor
) -> KerasTensor:
    """log N(x; μ, diag σ²) = -½ Σ [log 2π + log σ² + (x - μ)² / σ²].

    A density, not a probability: it can be above 0.

    Args:
        x: shape (…, d).
        mean, log_variance: μ and log σ², shapes that fit x; a number counts for all d.

    Returns:
        Shape (…).

    Source: Kingma & Welling 2013, equation 12, https://arxiv.org/abs/1312.6114
    """
    x, mean, log_variance = vectors(x=x, mean=mean, log_variance=log_variance)
    squares = (x - mean) ** 2 * ops.exp(-log_variance)
    return -ops.sum(LOG_2PI + log_variance + squares, axis=-1) / 2


def kl_gaussians(
    mean_q: KerasTensor,
    log_variance_q: KerasTensor,
    mean_p: KerasTensor | float = 0.0,
    log_variance_p: KerasTensor | float = 0.0,
) -> KerasTensor:
    """KL(N(μ, diag σ²) ‖ N(m, diag s²)) = ½ Σ [log s²/σ² + (σ² + (μ - m)²) / s² - 1].

    Args:
        mean_q, log_variance_q: μ and log σ², shape (…, d).
        mean_p, log_variance_p: m and log s², by default the standard normal law.

    Returns:
        Shape (…), never negative but for rounding.

    Source: Kingma & Welling 2013, appendix B, https://arxiv.org/abs/1312.6114
    """
    mean_q, log_variance_q, mean_p, log_variance_p = vectors(
        mean_q=mean_q, log_variance_q=log_variance_q, mean_p=mean_p, log_variance_p=log_variance_p
    )
    log_ratio = log_variance_q - log_variance_p
    distance = (mean_q - mean_p) ** 2 * ops.exp(-log_variance_p)
    return ops.sum(ops.exp(log_ratio) + distance - 1 - log_ratio, axis=-1) / 2


def elbo(log_likelihood: KerasTensor, kl: KerasTensor) -> KerasTensor:
    """ELBO = E_q log p(x|z) - KL(q(z|x) ‖ p(z)), a lower bound of log p(x).

    Args:
        log_likelihood: log p(x|z), shape (K, n) for K draws z ~ q(z|x), or (n,) for one draw
            or for the expectation itself.
        kl: shape (n,).

    Returns:
        Shape (n,): with draws, an estimate whose mean is the bound.

    Source: Kingma & Welling 2013, equation 3, https://arxiv.org/abs/1312.6114
    """
    log_likelihood, kl = vectors(log_likelihood=log_likelihood, kl=kl)
    if len(log_likelihood.shape) == len(kl.shape) + 1:
        log_likelihood = ops.mean(log_likelihood, axis=0)
    checks.one_shape(
        "The draws, if any, lie along the first axis of log_likelihood.",
        log_likelihood=log_likelihood,
        kl=kl,
    )
    return log_likelihood - kl


def importance_weighted_bound(log_weights: KerasTensor) -> KerasTensor:
    """log (1/K) Σ_k w_k with w_k = p(x, z_k) / q(z_k|x), z_k ~ q: K = 1 estimates the ELBO.

    Computed as log-sum-exp: the weights themselves, e⁻¹⁰⁰ and less for images, would round
    to 0.

    Args:
        log_weights: log w, shape (K, …), the draws along the first axis.

    Returns:
        Shape (…). Its mean rises with K towards log p(x).

    Raises:
        ValueError: no draw at all.

    Source: Burda et al. 2015, section 3, https://arxiv.org/abs/1509.00519
    """
    (log_weights,) = floats(log_weights=log_weights).values()
    if len(log_weights.shape) == 0 or 0 in log_weights.shape:
        raise ValueError(
            f"expected log-weights of shape (K, …) with K ≥ 1, but got "
            f"{tuple(log_weights.shape)}. Put the draws along the first axis."
        )
    draws = ops.cast(ops.shape(log_weights)[0], log_weights.dtype)  # None in a graph, perhaps
    return ops.logsumexp(log_weights, axis=0) - ops.log(draws)


def _densities(p: ArrayLike, q: ArrayLike, step: float) -> tuple[np.ndarray, np.ndarray]:
    """Two densities on one grid as float arrays; errors as in `kl_on_grid`."""
    checks.number(step, "step", above=0)
    p, q = (checks.array(each).astype(float) for each in (p, q))
    if p.shape != q.shape or p.size == 0 or p.ndim == 0:
        raise ValueError(f"expected p and q on one grid, but got shapes {p.shape} and {q.shape}.")
    return _check_density(p, step), _check_density(q, step)


def _check_density(p: np.ndarray, step: float) -> np.ndarray:
    """The density p on a grid.

    Raises:
        ValueError: NaN, a negative value, or an integral Σ p·step more than 1 % away from 1.
    """
    if not np.all(p >= 0):
        raise ValueError(f"expected a density, but its smallest value is {p.min()}.")
    total = p.sum() * step
    if not abs(total - 1) < 0.01:
        raise ValueError(
            f"expected a density whose integral over the grid is 1, but got {total:.4g}. "
            "Give the grid's step, and let the grid reach to where the density is 0."
        )
    return p


def kl_on_grid(p: ArrayLike, q: ArrayLike, step: float) -> float:
    """KL(p ‖ q) = ∫ p log(p/q) dx, as a sum over a grid of equal steps.

    Args:
        p, q: densities at the same points of the grid, one shape.
        step: distance of neighbouring points (in 2-D: area of one cell).

    Returns:
        Nats; infinite where p > 0 meets q = 0.

    Raises:
        ValueError: shapes that differ, or something that is no density.
        TypeError: a step that is no number.

    Source: Kullback & Leibler 1951, https://doi.org/10.1214/aoms/1177729694
    """
    return _kl(*_densities(p, q, step), step)


def js_on_grid(p: ArrayLike, q: ArrayLike, step: float) -> float:
    """JSD(p ‖ q) = ½ KL(p ‖ m) + ½ KL(q ‖ m) with m = (p + q) / 2, on a grid of equal steps.

    Arguments and errors as in `kl_on_grid`.

    Returns:
        Nats, between 0 (p = q) and log 2 = 0.693 (p and q never overlap).

    Source: Lin 1991, https://doi.org/10.1109/18.61115
    """
    p, q = _densities(p, q, step)
    total = p + q
    middle = np.where(total / 2 > 0, total / 2, total)  # half of the least number above 0 is 0
    return (_kl(p, middle, step) + _kl(q, middle, step)) / 2


def _kl(p: np.ndarray, q: np.ndarray, step: float) -> float:
    """`kl_on_grid` of densities that have been looked at."""
    return float(rel_entr(p, q).sum() * step)
