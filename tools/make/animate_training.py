"""Draw training.webp: digits that appear during the training of chapter 12's GAN.

    python -m tools.make.animate_training

The networks, loss and step sizes of the chapter's last training, but by steps in place of
seconds, so that it comes out the same again: about three minutes on two processor cores.
"""

import keras
import numpy as np
from matplotlib.figure import Figure
from PIL import Image

from aigc_lib import data, plots, recipes
from aigc_lib.budget import hold_then_fall
from tools.make import moving

FRAMES, STEPS = 35, 76  # 2660 steps, about as many as the chapter makes; between frames
BATCH, SHOWN = 128, 24


def frames() -> list[np.ndarray]:
    """The images of the same 24 noise vectors: before the training, then every 76 steps."""
    gan = recipes.digit_gan(0.5, width=24)
    (train, _), _ = data.load_mnist()
    batches = data.batches(data.to_signed(train), BATCH, seed=0).repeat()
    optimizers = [gan.g_optimizer, gan.d_optimizer]
    rates = [float(each.learning_rate) for each in optimizers]
    seen = [gan.sample(SHOWN, seed=1)]

    def start(epoch: int, logs: dict) -> None:
        for each, rate in zip(optimizers, rates, strict=True):
            each.learning_rate = rate * hold_then_fall(epoch / FRAMES)

    watch = keras.callbacks.LambdaCallback(
        on_epoch_begin=start,
        on_epoch_end=lambda epoch, logs: seen.append(gan.sample(SHOWN, seed=1)),
    )
    gan.fit(batches, steps_per_epoch=STEPS, epochs=FRAMES, callbacks=[watch], verbose=2)
    return seen


def draw(step: int, images: np.ndarray) -> Figure:
    """One frame: the images, and how far the training is."""
    fig = plots.image_grid(images, columns=6)
    fig.suptitle(f"step {step} of {FRAMES * STEPS}", fontsize=11)
    return fig


def main() -> None:
    """Train and draw."""
    plots.use_style()
    pictures: list[Image.Image] = [
        moving.picture(draw(i * STEPS, images)) for i, images in enumerate(frames())
    ]
    moving.write("training", pictures, pause=180)


if __name__ == "__main__":
    main()
