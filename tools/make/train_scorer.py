"""Train the classifier that judges samples: scorer.weights.h5.

    python -m tools.make.train_scorer

About 100 s on two cores. Prints the share of the test images that it gets right (they took no
part in the training). Each image is moved by up to two pixels each time it is seen: the
features depend on the shape of a digit more than on its place. Then `make bounds`
measures anew what depends on it.
"""

import math
import time

import keras
import numpy as np
from keras import layers

from aigc_lib import data
from aigc_lib.scorer import lenet
from tools import files
from tools.make.sums import ASSETS, record

TARGET = ASSETS / "scorer.weights.h5"
EPOCHS, BATCH, SEED = 12, 128, 0

if __name__ == "__main__":
    keras.utils.set_random_seed(SEED)
    (x_train, y_train), (x_test, y_test) = data.load_mnist()
    x_train, x_test = data.to_signed(x_train), data.to_signed(x_test)
    scorer = lenet()
    image = keras.Input((28, 28, 1))
    moved = layers.RandomTranslation(2 / 28, 2 / 28, fill_mode="constant", fill_value=-1.0)(image)
    student = keras.Model(image, scorer(moved)[1])
    steps = EPOCHS * math.ceil(len(x_train) / BATCH)
    student.compile(
        keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(2e-3, steps)),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    started = time.perf_counter()
    student.fit(x_train, y_train, batch_size=BATCH, epochs=EPOCHS, verbose=2)
    with files.replacing(TARGET) as part:
        scorer.save_weights(part)
    right = np.mean(scorer.predict(x_test, verbose=0)[1].argmax(axis=1) == y_test)
    print(f"{time.perf_counter() - started:.0f} s, {TARGET.stat().st_size / 1e6:.2f} MB")
    print(f"{scorer.count_params()} weights, right on {right:.2%} of the test images")
    print(f"SHA-256 {record(TARGET)}")
