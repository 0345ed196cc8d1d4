"""Pre-train the GPT of chapter 72 on the texts of four authors: authors.npz.

    python -m tools.make.train_authors

It reads the first four fifths of each text, no label and nothing of the last fifth, for
recipes.AUTHOR_SECONDS processor seconds of one core: five minutes. The file holds the weights as
16-bit floats, in the order of the network's `get_weights()`.
"""

import numpy as np
import tensorflow as tf

from aigc_lib import recipes, text
from aigc_lib.budget import TimeBudget, half_cosine
from tools import files
from tools.make.sums import ASSETS, record

TARGET = ASSETS / "authors.npz"
LENGTH, STEP, ROWS = 100, 20, 10


def main() -> None:
    """Five minutes on one processor core, wherever else there are more."""
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    alphabet = recipes.author_alphabet()
    train, test = (
        alphabet.encode(" ".join(part)) for part in zip(*text.authors().values(), strict=True)
    )
    gpt = recipes.small_gpt(len(alphabet), LENGTH)
    timer = TimeBudget(recipes.AUTHOR_SECONDS, half_cosine)
    rows = text.windows(train, LENGTH, STEP)
    gpt.fit(rows, ROWS, epochs=1000, verbose=2, callbacks=[timer])
    with files.replacing(TARGET) as part:
        arrays = [weight.astype("float16") for weight in gpt.network.get_weights()]
        np.savez_compressed(part, *arrays)
    print(f"{timer.spent:.0f} s, {timer.steps} steps, {TARGET.stat().st_size / 1e6:.2f} MB")
    print(f"nats a character on the last fifths: {gpt.nats(test).mean():.3f}")
    print(f"SHA-256 {record(TARGET)}")


if __name__ == "__main__":
    main()
