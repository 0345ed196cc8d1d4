"""A decoder for a page: what the latent explorer gets, and the decoder that is shipped."""

from base64 import b64encode

import keras
import numpy as np

from aigc_lib import assets
from aigc_lib.networks import mlp


def shipped_explorer() -> tuple[keras.Model, np.ndarray, np.ndarray]:
    """What `widgets.latent_explorer` needs, from the VAE of tools/make/train_explorer.py.

    Returns:
        (decoder, codes, labels): the decoder, `networks.mlp(2, 784, width=64)`, with weights of
        16 bits; codes (400, 2), the means that the encoder gives the first 400 test images; their
        labels (400,).

    Raises:
        FileNotFoundError, ValueError: the shipped file is missing or damaged.
    """
    with np.load(assets.path("explorer.npz"), allow_pickle=False) as arrays:
        stored = dict(arrays)
    decoder = mlp(2, 784, width=64)
    decoder.set_weights([stored[f"{kind}_{i}"] for i in range(3) for kind in ("kernel", "bias")])
    return decoder, stored["codes"], stored["labels"]


def explorer_data(decoder: keras.Model, codes: np.ndarray, labels: np.ndarray) -> dict:
    """What latent-explorer.js needs; arguments and errors as in `widgets.latent_explorer`.

    Weights travel as 16-bit floats: about three digits each, and half the size.
    """
    dense, between = decoder.layers[::2], decoder.layers[1::2]
    plain = all(
        isinstance(layer, keras.layers.Dense)
        and layer.use_bias
        and layer.activation is keras.activations.linear
        for layer in dense
    )
    leaky = all(
        isinstance(layer, keras.layers.LeakyReLU) and layer.negative_slope <= 1 for layer in between
    )
    if not (plain and leaky and len(dense) == len(between) + 1) or decoder.input_shape != (None, 2):
        kinds = ", ".join(type(layer).__name__ for layer in decoder.layers)
        raise ValueError(
            "expected a decoder from 2 numbers: linear Dense layers with a bias, a LeakyReLU "
            f"between two of them. Got {kinds}, from {decoder.input_shape}. "
            "networks.mlp(2, 784, width=64) is one."
        )
    if decoder.output_shape != (None, 784):
        raise ValueError(f"expected 784 logits a code, got {decoder.output_shape}.")
    codes, labels = np.asarray(codes, dtype="float32"), np.asarray(labels)
    if codes.ndim != 2 or codes.shape[1] != 2 or labels.shape != codes.shape[:1]:
        raise ValueError(
            f"expected codes (n, 2) and labels (n,), got {codes.shape} and {labels.shape}."
        )
    if not (np.isfinite(codes).all() and np.isin(labels, range(10)).all()):
        raise ValueError("expected finite codes and labels from 0 to 9.")
    slopes = [layer.negative_slope for layer in between] + [1.0]  # 1 changes nothing
    return {
        "layers": [
            {"shape": tuple(layer.kernel.shape), "slope": slope}
            | {"kernel": _half(layer.kernel), "bias": _half(layer.bias)}
            for layer, slope in zip(dense, slopes, strict=True)
        ],
        "codes": codes.round(3).tolist(),
        "labels": labels.tolist(),
    }


def _half(weights: keras.Variable) -> str:
    """Weights as little-endian 16-bit floats in base64; ValueError where one is too large."""
    values = np.asarray(weights)
    if not (np.abs(values) <= np.finfo("f2").max).all():
        raise ValueError("expected finite weights up to 65 504, the largest 16-bit float.")
    return b64encode(values.astype("<f2").tobytes()).decode()
