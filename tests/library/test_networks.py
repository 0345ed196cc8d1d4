"""What the builders of networks share."""

import keras
import numpy as np
import pytest

from aigc_lib import networks

BUILDERS = {
    "dcgan_generator": lambda: networks.dcgan_generator(4, width=2),
    "mlp_encoder": lambda: networks.mlp_encoder(2, 4),
    "mlp_decoder": lambda: networks.mlp_decoder(2, 4),
    "conv_encoder": lambda: networks.conv_encoder(2, 2, 4),
    "conv_decoder": lambda: networks.conv_decoder(2, 2, 4),
}


@pytest.mark.parametrize("name", BUILDERS)
def test_batch_normalisation_follows_within_ten_steps(name):
    """Holds off Keras's momentum of 0.99: after a minute's training its means would lag behind."""
    model = BUILDERS[name]()
    norms = [
        layer
        for layer in model._flatten_layers()
        if isinstance(layer, keras.layers.BatchNormalization)
    ]
    assert norms
    x = np.random.default_rng(0).normal(size=(32, *model.input_shape[1:])).astype("float32")
    moved = []
    for _ in range(2):  # each step keeps nine tenths: 1 → 0.9 → 0.81 of the first distance
        model(x, training=True)
        moved.append([layer.moving_mean.numpy() for layer in norms])
    for first, second in zip(*moved, strict=True):
        assert np.abs(first).max() > 0
        np.testing.assert_allclose(second, 1.9 * first, rtol=1e-3, atol=1e-5)


def test_two_discriminators_stand_side_by_side():
    """Holds off that one judges for both."""
    first, second = networks.mlp(2, 1), networks.mlp(2, 1)
    x = np.ones((3, 2), "float32")
    both = networks.two_discriminators(first, second)(x)
    np.testing.assert_allclose(both, np.concatenate([first(x), second(x)], axis=1), rtol=1e-6)
