"""Train the small GPT that the widget of attention runs in the page: attention.npz.

    python -m tools.make.train_attention

It learns the first nine tenths of the shipped plays by Shakespeare, and says what it reads of the
last tenth beside a model that only counts: as it was trained, and rounded to 8 bits as it is shipped.
"""

import time

import keras
import numpy as np

from aigc_lib import _attention
from aigc_lib.gpt import GPT
from aigc_lib.text import Alphabet, CountModel, shakespeare, windows
from aigc_lib.transformer import transformer
from tools import files
from tools.make.sums import ASSETS, record

TARGET = ASSETS / "attention.npz"
EPOCHS, BATCH, STEP, RATE, ORDER = 2, 12, 16, 3e-3, 5


def main() -> None:
    """About five minutes of one processor core."""
    keras.utils.set_random_seed(0)
    learned, held_out = shakespeare()
    alphabet = Alphabet.of(learned + held_out)
    ids, kept = alphabet.encode(learned), alphabet.encode(held_out)
    pieces = windows(ids, _attention.SIZES["length"], step=STEP)
    network = transformer(len(alphabet), **_attention.SIZES)
    gpt = GPT(network, seed=0)
    steps = EPOCHS * len(pieces) // BATCH
    rate = keras.optimizers.schedules.CosineDecay(RATE, steps)
    gpt.compile(keras.optimizers.Adam(rate, beta_2=0.99))
    begun = time.process_time()
    gpt.fit(pieces, batch_size=BATCH, epochs=EPOCHS, verbose=2)
    print(f"{steps} steps in {time.process_time() - begun:.0f} s of processor time")

    shipped = _attention.rounded(network)
    for name, nats in {
        f"counts of order {ORDER}": CountModel(ORDER).fit(ids, len(alphabet)).nats(kept),
        "the network": gpt.nats(kept),
        "the network, rounded": GPT(shipped).nats(kept),
    }.items():
        print(f"{name}: {nats.mean():.3f} nats a character of the last tenth")
    arrays = _attention.packed(shipped.get_weights(), alphabet.characters)
    with files.replacing(TARGET) as part:
        np.savez_compressed(part, **arrays)
    print(f"{TARGET.stat().st_size} bytes, SHA-256 {record(TARGET)}")


if __name__ == "__main__":
    main()
