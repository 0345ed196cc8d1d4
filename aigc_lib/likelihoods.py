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


def _check_fit(**tensors: KerasTensor | float) -> None:
    """Raise a ValueError unless all fit each other, read from their last axis, none is empty.

    Numbers count for all axes, and axes may be missing at the front: (d,) or (n, d) beside
    (K, n, d). A log-variance may have a last axis of 1: one number for each vector.
    """
    shapes = {name: tuple(getattr(each, "shape", ())) for name, each in tensors.items()}
    most = max(len(shape) for name, shape in shapes.items() if "variance" not in name)

    def lone(name: str, shape: tuple) -> bool:
        return "variance" in name and shape[-1:] == (1,) and len(shape) <= most

    for axis in range(1, max(map(len, shapes.values())) + 1):
        sizes = {
            shape[-axis]
            for name, shape in shapes.items()
            if len(shape) >= axis and not (axis == 1 and lone(name, shape))
        }
        if 0 in sizes or len(sizes - {None}) > 1:
            said = ", ".join(f"{name} {shape}" for name, shape in shapes.items())
            raise ValueError(
                f"expected vectors of one length along the last axis, equal axes before it, and "
                f"no empty batch, but got {said}. Reshape them: (n,) beside (n, 1) would broadcast."
            )


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
    values = checks.known(x)
    if values is not None and not (values.min(initial=1) >= 0 and values.max(initial=0) <= 1):
        raise ValueError(
            f"expected pixels that are 0 or 1, but got {values.min():g} … {values.max():g}. "
            "data.to_unit scales stored images, data.binarise draws binary ones."
        )
    _check_fit(x=x, logits=logits)
    return ops.sum(x * logits - ops.softplus(logits), axis=-1)


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
    log_variance = ops.convert_to_tensor(log_variance, dtype=x.dtype)  # it may be a number
    _check_fit(x=x, mean=mean, log_variance=log_variance)
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
    log_variance_p = ops.convert_to_tensor(log_variance_p, dtype=log_variance_q.dtype)
    _check_fit(
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
    draws = log_weights.shape[0] if len(log_weights.shape) else 0
    if draws == 0:
        raise ValueError(
            f"expected log-weights of shape (K, …) with K ≥ 1, but got "
            f"{tuple(log_weights.shape)}. Put the draws along the first axis."
        )
    return ops.logsumexp(log_weights, axis=0) - float(np.log(draws))


def _check_density(p: ArrayLike, step: float) -> np.ndarray:
    """The density p on a grid as a float array.

    Raises:
        ValueError: NaN, a negative value, or an integral Σ p·step more than 1 % away from 1.
    """
    p = np.asarray(p, dtype=float)
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

    Source: Kullback & Leibler 1951, https://doi.org/10.1214/aoms/1177729694
    """
    p, q = _check_density(p, step), _check_density(q, step)
    if p.shape != q.shape:
        raise ValueError(f"expected p and q on one grid, but got shapes {p.shape}, {q.shape}.")
    return float(rel_entr(p, q).sum() * step)


def js_on_grid(p: ArrayLike, q: ArrayLike, step: float) -> float:
    """JSD(p ‖ q) = ½ KL(p ‖ m) + ½ KL(q ‖ m) with m = (p + q) / 2, on a grid of equal steps.

    Arguments and errors as in `kl_on_grid`.

    Returns:
        Nats, between 0 (p = q) and log 2 = 0.693 (p and q never overlap).

    Source: Lin 1991, https://doi.org/10.1109/18.61115
    """
    total = np.asarray(p, dtype=float) + np.asarray(q, dtype=float)
    middle = np.where(total / 2 > 0, total / 2, total)  # half of the least number above 0 is 0
    return (kl_on_grid(p, middle, step) + kl_on_grid(q, middle, step)) / 2
