"""Train the small GPT that the widget of attention runs in the page: attention.npz.

    python -m tools.make.train_attention

It learns the first nine tenths of the shipped plays by Shakespeare, and says what it reads of the
last tenth, as trained and as shipped, rounded to 8 bits, beside a model that only counts.
"""

import time

import keras
import numpy as np

from aigc_lib import _attention, _steps
from aigc_lib.gpt import GPT
from aigc_lib.text import Alphabet, CountModel, shakespeare, windows
from aigc_lib.transformer import transformer
from tools import files
from tools.make.sums import ASSETS, record

TARGET = ASSETS / "attention.npz"
BATCH, STEP, RATE = 12, 20, 1e-2  # windows start every STEP characters; each is read once
ORDER = 6  # of the counts


def main() -> None:
    """About two minutes of one processor core."""
    keras.utils.set_random_seed(0)
    learned, held_out = shakespeare()
    alphabet = Alphabet.of(learned + held_out)
    ids, kept = alphabet.encode(learned), alphabet.encode(held_out)
    pieces = windows(ids, _attention.SIZES["length"], step=STEP)
    network = transformer(len(alphabet), **_attention.SIZES)
    gpt = GPT(network, seed=0)
    steps = len(pieces) // BATCH
    optimizer = keras.optimizers.Muon(
        keras.optimizers.schedules.CosineDecay(RATE, steps),
        exclude_layers=["head", "convolution"],  # these and the vectors: by its Adam
        weight_decay=0.0,
        adam_beta_2=0.99,
        adam_lr_ratio=0.3,
    )
    gpt.compile(optimizer, jit_compile=True)
    begun = time.process_time()
    gpt.fit(pieces, batch_size=BATCH, verbose=2)
    print(f"{steps} steps in {time.process_time() - begun:.0f} s of processor time")

    shipped = _steps.rounded(network)
    arrays = _steps.packed(shipped.get_weights())
    arrays["characters"] = np.array(alphabet.characters)
    with files.replacing(TARGET) as part:
        np.savez_compressed(part, **arrays)
    print(f"{TARGET.stat().st_size} bytes, SHA-256 {record(TARGET)}")

    counts = CountModel(ORDER, "kneser-ney").fit(ids, len(alphabet))
    readers = {f"counts of order {ORDER}": counts, "as trained": gpt, "as shipped": GPT(shipped)}
    for name, reader in readers.items():
        print(f"{name}: {reader.nats(kept).mean():.3f} nats a character of the last tenth")


if __name__ == "__main__":
    main()
