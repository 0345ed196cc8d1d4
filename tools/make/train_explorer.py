"""Train the VAE of two latent numbers that the latent explorer shows: explorer.npz.

    python -m tools.make.train_explorer

Its decoder is small, so that a browser can run it: 55 312 weights, stored as 16-bit floats. With
them go the codes of the first 400 test images.
"""

import keras
import numpy as np

from aigc_lib import data
from aigc_lib.networks import conv_encoder, mlp
from aigc_lib.vae import VAE
from tools import files
from tools.make.sums import ASSETS, record

TARGET = ASSETS / "explorer.npz"
EPOCHS, BATCH, SHOWN = 12, 128, 400


def main() -> None:
    """Under two minutes on two processor cores."""
    keras.utils.set_random_seed(0)
    (x_train, _), (x_test, y_test) = data.load_mnist()
    x_train, x_test = data.to_unit(x_train), data.to_unit(x_test)
    decoder = mlp(2, 784, width=64)
    vae = VAE(
        conv_encoder(2), keras.Sequential([decoder, keras.layers.Reshape((28, 28, 1))]), seed=0
    )
    steps = EPOCHS * len(x_train) // BATCH
    vae.compile(keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(2e-3, steps)))
    vae.fit(x_train, batch_size=BATCH, epochs=EPOCHS, verbose=2)

    means, _ = vae.encoder.predict(x_test[:SHOWN], verbose=0)
    kernels, biases = decoder.get_weights()[::2], decoder.get_weights()[1::2]
    arrays = {f"kernel_{i}": kernel.astype("float16") for i, kernel in enumerate(kernels)}
    arrays |= {f"bias_{i}": bias.astype("float16") for i, bias in enumerate(biases)}
    arrays |= {"codes": means.round(3).astype("float32"), "labels": y_test[:SHOWN]}
    with files.replacing(TARGET) as part:
        np.savez_compressed(part, **arrays)
    print(f"{TARGET.stat().st_size} bytes, SHA-256 {record(TARGET)}")


if __name__ == "__main__":
    main()
