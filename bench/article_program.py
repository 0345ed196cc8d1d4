"""What does the article's own program draw after its own 10 000 batches? `make bench-article`.

The program of section 2.5, mended so that it runs and can learn (`published.article_gan`), makes
10 000 steps of 128 images with constant step sizes, and is judged on the way: 10 000 samples
against the 10 000 test images. `d_accuracy` has one number for each hundred steps since the stop
before: the share of real and generated images that the discriminator took for what they are.

Besides the rows it draws assets/article_program.png: ten vectors of noise at each stop, one row a
stop, then four rows of other samples at the end, not picked. `make sums` after it.

About an hour.
"""

import time
from collections.abc import Iterator

import keras
import numpy as np
import tensorflow as tf

from aigc_lib import assets, data, digits, scorer
from bench.published import article_gan
from bench.rows import aligned, run
from tools import files

KEY = ("steps",)
STOPS = (500, 1000, 2000, 5000, 10_000)
WANTED = [(steps,) for steps in STOPS]
EACH = 100  # steps for one number of the accuracy


def training(name: tuple) -> str:
    """All stops come from one training."""
    return "the one"


def measure(left: list[tuple]) -> Iterator[dict]:
    """One training, halted to be judged."""
    keras.utils.set_random_seed(0)
    gan = article_gan()
    batches = data.batches(data.to_signed(data.load_mnist()[0][0]), 128).repeat()
    done, seconds, drawn = 0, 0.0, []
    for stop in STOPS:
        start, epochs = time.perf_counter(), (stop - done) // EACH
        history = gan.fit(batches, steps_per_epoch=EACH, epochs=epochs, verbose=0).history
        done, seconds = stop, seconds + time.perf_counter() - start
        samples = gan.sample(digits.JUDGED, seed=1)
        drawn.append(samples[:10])
        judged = (
            digits.measure(samples) if stop == STOPS[-1] else digits.glance(scorer.judge(samples))
        )
        row = {"steps": stop, "seconds": round(seconds), "batch": 128, **judged}
        yield row | {"d_accuracy": [round(share, 4) for share in history["d_accuracy"]]}
    files.write(assets._FOLDER / "article_program.png", picture([*drawn, samples[10:50]]))


def picture(rows: list[np.ndarray], columns: int = 10) -> bytes:
    """Signed images as one PNG, black ink on white paper."""
    images = 1 - data.rescale(np.concatenate(rows), "signed", "unit")[..., 0]
    grid = images.reshape(-1, columns, 28, 28).swapaxes(1, 2).reshape(-1, columns * 28, 1)
    return tf.io.encode_png(np.uint8(np.rint(255 * grid))).numpy()


def table(rows: list[dict]) -> str:
    """One line a stop."""
    names = ("FD-LeNet", "score", "confident", "TV", "missing")
    lines = [
        (row["steps"], row["seconds"], *(f"{row[name]:.4g}" for name in names),
         f"{row['d_accuracy'][-1]:.1%}")
        for row in rows
    ]  # fmt: skip
    return aligned(("steps", "s", *names, "D right"), lines)


if __name__ == "__main__":
    run(__file__, KEY, WANTED, measure, table, training)
