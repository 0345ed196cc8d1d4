"""Weights as whole numbers of 8 bits, with scales: a quarter of the bytes of 32-bit floats.

Matrices and kernels travel so; vectors, which are few, stay 32-bit floats. `rounded` is the network
that whoever reads them then computes with.
"""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np

STEPS = 127  # whole numbers on either side of 0


def in_steps(
    weights: np.ndarray, axis: int | tuple[int, ...] | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Weights → whole numbers int8 of their shape, and scales float32.

    Their product is the weights, to half a scale. Rounding twice changes no more than once.

    Args:
        weights: of two axes or more.
        axis: along which one scale holds; None: all but the last, a scale for each column.
    """
    axis = tuple(range(weights.ndim - 1)) if axis is None else axis
    scales = (np.abs(weights).max(axis=axis, keepdims=True) / STEPS).astype("float32")
    scales[scales == 0] = 1
    return np.rint(weights / scales).astype("int8"), scales


def rounded(network: keras.Model) -> keras.Model:
    """A copy of a network with all but its vectors rounded as by `in_steps`."""
    copy = keras.models.clone_model(network)
    copy.set_weights(
        [np.multiply(*in_steps(w)) if w.ndim > 1 else w for w in network.get_weights()]
    )
    return copy


def packed(weights: Sequence[np.ndarray]) -> dict[str, np.ndarray]:
    """The arrays of a file: what `restore` puts back."""
    arrays = {}
    for i, weight in enumerate(weights):
        if weight.ndim > 1:
            arrays[f"whole_{i}"], arrays[f"scales_{i}"] = in_steps(weight)
        else:
            arrays[f"vector_{i}"] = weight
    return arrays


def restore(network: keras.Model, stored: Mapping[str, np.ndarray]) -> keras.Model:
    """The network, with the weights that `packed` made of those of one like it."""
    network.set_weights(
        [
            stored[f"vector_{i}"]
            if f"vector_{i}" in stored
            else stored[f"whole_{i}"] * stored[f"scales_{i}"]
            for i in range(len(network.weights))
        ]
    )
    return network


# For a page


def matrix(weights: keras.Variable | np.ndarray) -> dict[str, Any]:
    """Weights of two axes or more, as rows of the last one: whole numbers and scales in base64."""
    values = _finite(weights)
    whole, scales = in_steps(values)
    return {
        "shape": [values.size // values.shape[-1], values.shape[-1]],
        "whole": b64encode(whole.tobytes()).decode(),
        "scales": b64encode(scales.astype("<f4").tobytes()).decode(),
    }


def vector(weights: keras.Variable | np.ndarray) -> str:
    """A vector as little-endian 32-bit floats in base64."""
    return b64encode(_finite(weights).astype("<f4").tobytes()).decode()


def _finite(weights: keras.Variable | np.ndarray) -> np.ndarray:
    values = keras.ops.convert_to_numpy(weights)
    if not np.isfinite(values).all():
        name = getattr(weights, "path", "an array")
        raise ValueError(
            f"expected finite weights, but {name} has others. Train with a smaller step."
        )
    return values
