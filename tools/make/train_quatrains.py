"""Train the network that writes quatrains, as the library ships it: quatrains.npz.

    python -m tools.make.train_quatrains

`recipes.small_gpt` of three blocks of width 160, on Tang and Song quatrains of seven characters,
the rhyme first, for SECONDS of one core. The weights are stored as whole numbers of eight bits.
"""

import numpy as np
import tensorflow as tf

from aigc_lib import poet, recipes, verse
from aigc_lib.budget import TimeBudget
from aigc_lib.gpt import GPT
from tools import files
from tools.make.sums import ASSETS, record

TARGET = ASSETS / poet.WEIGHTS
SECONDS, BATCH, SEED = 300, 32, 0


def nats(gpt: GPT, rows: np.ndarray) -> float:
    """-log p of a whole row, all of it on the account of the 28 characters of its poem."""
    return float(gpt.nats_of(tf.constant(rows)).numpy().sum(axis=1).mean() / poet.CHARACTERS)


if __name__ == "__main__":
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    train = verse.quatrains("train") + verse.quatrains("train", dynasty="Song")
    test = poet.rows(verse.quatrains("test"))
    gpt = recipes.small_gpt(**poet.sizes(), seed=SEED)
    clock = TimeBudget(SECONDS)
    gpt.fit(poet.rows(train), batch_size=BATCH, epochs=1000, callbacks=[clock], verbose=2)
    print(f"{clock.spent:.0f} s, {clock.steps} steps, {nats(gpt, test):.3f} nats a character")
    with files.replacing(TARGET) as part:
        packed = poet.pack(gpt.network) | {"seconds": clock.spent, "steps": clock.steps}
        np.savez_compressed(part, **packed)
    print(f"{TARGET.stat().st_size / 1e6:.2f} MB, SHA-256 {record(TARGET)}")
    print(f"as stored: {nats(poet.load(), test):.3f} nats a character")
