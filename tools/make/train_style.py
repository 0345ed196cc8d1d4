"""Train the style-based generator that the widget of styles runs in the page: style.npz.

    python -m tools.make.train_style

`style_recipes.style_gan`, for SECONDS of one processor core, on the 60 000 training images. With
it go a small network that reads digits in the page, and the mean and the two main directions of the
styles. All weights are rounded to 8 bits.
"""

import keras
import numpy as np
import tensorflow as tf

from aigc_lib import _steps, _style_page, data, digits, style_recipes
from aigc_lib.budget import TimeBudget
from tools import files
from tools.make.sums import ASSETS, record

TARGET = ASSETS / _style_page.FILE
SECONDS, BATCH, SEED = 150, 128, 0
FACTOR = 0.6  # of the step sizes, which are for a minute
EPOCHS = 5  # of the reader


def trained_reader() -> tuple[keras.Model, float]:
    """The reader, its weights rounded, and its accuracy on the test images."""
    keras.utils.set_random_seed(SEED)
    (x, y), (x_test, y_test) = data.load_mnist()
    reader = _style_page.reader()
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    falling = keras.optimizers.schedules.CosineDecay(4e-3, EPOCHS * len(x) // BATCH)
    reader.compile(keras.optimizers.Adam(falling), loss, metrics=["accuracy"])
    reader.fit(flat(x), y, batch_size=BATCH, epochs=EPOCHS, verbose=2)
    reader = _steps.rounded(reader)
    return reader, float((reader.predict(flat(x_test), verbose=0).argmax(axis=1) == y_test).mean())


def flat(images: np.ndarray) -> np.ndarray:
    """Signed pixels, one image a row."""
    return data.to_signed(images).reshape(len(images), -1)


def part(name: str, arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The arrays under names that say to which part of the file they belong."""
    return {f"{name} {key}": each for key, each in arrays.items()}


def main() -> None:
    """Three minutes of one processor core, wherever else there are more."""
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    (images, _), _ = data.load_mnist()
    gan = style_recipes.style_gan(seed=SEED, factor=FACTOR)
    timer = TimeBudget(SECONDS)
    signed = data.to_signed(images)
    gan.fit(signed, batch_size=BATCH, epochs=1000, callbacks=[timer], verbose=2)
    generator = _steps.rounded(gan.average)
    reader, accuracy = trained_reader()
    arrays = {
        **part("generator", _steps.packed(generator.get_weights())),
        **part("reader", _steps.packed(reader.get_weights())),
        "page directions": _style_page.directions(generator).astype("float32"),
        "page accuracy": np.array(accuracy),
    }
    with files.replacing(TARGET) as path:
        np.savez_compressed(path, **arrays)
    print(f"{timer.spent:.0f} s, {timer.steps} steps, {TARGET.stat().st_size} bytes")
    print(f"SHA-256 {record(TARGET)}")
    print(f"the reader is right for {accuracy:.4f} of the test images")
    for name, each in {
        "as trained": gan.average,
        "as shipped": _style_page.shipped_style(),
    }.items():
        z = keras.random.normal((10_000, each.input_shape[1]), seed=1)
        print(name, digits.measure(each.predict(z, batch_size=500, verbose=0)))


if __name__ == "__main__":
    main()
