"""Numbers of every kind that users have are taken, and give what float32 gives."""

from functools import cache

import keras
import malformed
import matplotlib.pyplot as plt
import numpy as np
import pytest
import tensorflow as tf
from matplotlib.figure import Figure

KINDS = {
    "float32": lambda x: x,
    "list": lambda x: x.tolist(),
    "float64": lambda x: x.astype("float64"),
    "float16": lambda x: x.astype("float16"),
    "bfloat16": lambda x: tf.cast(x, "bfloat16").numpy(),
    "tensor": tf.constant,
    "tensor of float64": lambda x: tf.constant(x, "float64"),
    "tensor of float16": lambda x: tf.constant(x, "float16"),
    "Keras variable": keras.Variable,
    "every second row": lambda x: np.repeat(x, 2, axis=0)[::2],
    "columns first": np.asfortranarray,
    "read-only": lambda x: np.frombuffer(x.tobytes(), x.dtype).reshape(x.shape),
}
# function → its arguments that are floats; all of them come in one kind
TAKEN = {
    "checks.floats": ["x"],
    "checks.pixels": ["images"],
    "checks.samples": ["x"],
    "data.batches": ["arrays"],
    "data.batches_of_points": ["points"],
    "data.binarise": ["images"],
    "data.rescale": ["images"],
    "data.stacked_digits": ["images"],
    "digits.pair_counts": ["images"],
    "distances.frechet_distance": ["real", "fake"],
    "distances.kernel_distance": ["real", "fake"],
    "distances.memorisation_ratio": ["fake", "train", "unseen"],
    "distances.neighbourhoods": ["real", "fake"],
    "likelihoods.bernoulli_log_likelihood": ["x", "logits"],
    "likelihoods.elbo": ["log_likelihood", "kl"],
    "likelihoods.gaussian_log_likelihood": ["x", "mean", "log_variance"],
    "likelihoods.importance_weighted_bound": ["log_weights"],
    "likelihoods.js_on_grid": ["p", "q"],
    "likelihoods.kl_gaussians": ["mean_q", "log_variance_q", "mean_p", "log_variance_p"],
    "likelihoods.kl_on_grid": ["p", "q"],
    "losses.binary_cross_entropy": ["logits"],
    "metrics.check_shares": ["p"],
    "metrics.classifier_score": ["probabilities"],
    "metrics.missing_classes": ["p", "q"],
    "metrics.total_variation": ["p", "q"],
    "mixtures.mixture": ["centres"],
    "modes.mode_counts": ["points", "centres"],
    "modes.mode_score": ["shares"],
    "penalties.one_centred_penalty": ["real", "fake"],
    "penalties.r1_penalty": ["real"],
    "penalties.r2_penalty": ["fake"],
    "penalties.squared_slopes": ["x"],
    "plots.image_grid": ["images"],
    "plots.latent_map": ["codes"],
    "scorer.judge": ["images"],
    "tensors.floats": ["x"],
    "tensors.vectors": ["x", "mean"],
}
TAKEN |= {
    path: [argument for argument in arguments if argument.endswith("logits")]
    for path, arguments in malformed.CALLS.items()
    if path.startswith("losses.") and path.endswith(("_discriminator", "_generator"))
}
ROUNDED = ("losses.", "likelihoods.", "penalties.")  # they compute in the kind that came


def numbers(result) -> np.ndarray:
    """All numbers of a result in one row."""
    if isinstance(result, Figure):
        (ax,) = result.axes
        drawn = (ax.images or ax.collections)[0]
        return numbers(drawn.get_array() if ax.images else drawn.get_offsets())
    if isinstance(result, dict):
        result = tuple(result.values())
    if isinstance(result, tuple | tf.data.Dataset):
        return np.concatenate([numbers(each) for each in result])
    return np.asarray(result, float).ravel()


@cache
def made(path: str, kind: str) -> np.ndarray:
    """The numbers that a function makes of its good arguments in that kind."""
    keras.utils.set_random_seed(0)
    arguments = malformed.good(path)
    for name in TAKEN[path]:
        arguments[name] = KINDS[kind](np.asarray(arguments[name], "float32"))
    return numbers(malformed.call(path, **arguments))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("path", TAKEN)
def test_numbers_of_every_kind_give_the_same(path, kind):
    """Holds off that a list, a tensor or a half-precision array is refused, or read wrongly."""
    half = "float16" in kind and path.startswith(ROUNDED)  # bfloat16 has eps 0.008
    tolerance = (0.03 if kind == "bfloat16" else 0.004) if half else 1e-5
    found, wanted = made(path, kind), made(path, "float32")
    np.testing.assert_allclose(found, wanted, rtol=tolerance, atol=tolerance)
    plt.close("all")


@pytest.mark.parametrize("kinds", [("float16", "float32"), ("bfloat16", "float64")])
def test_two_kinds_of_tensors_meet_in_one_formula(kinds):
    """Holds off TensorFlow's error about AddV2 for a network in mixed precision."""
    for path in ("losses.relativistic_discriminator", "likelihoods.kl_gaussians"):
        good = malformed.good(path)
        mixed = {name: tf.constant(x, kinds[i % 2]) for i, (name, x) in enumerate(good.items())}
        np.testing.assert_allclose(
            malformed.call(path, **mixed), malformed.call(path, **good), rtol=1e-5
        )


def test_arrays_take_the_kind_of_the_tensors_beside_them():
    """Holds off results in float64 where a network computes in float32."""
    good = malformed.good("likelihoods.kl_gaussians")
    good = {name: x.astype("float64") for name, x in good.items()}
    good["mean_q"] = tf.constant(good["mean_q"], "float32")
    assert malformed.call("likelihoods.kl_gaussians", **good).dtype == "float32"
