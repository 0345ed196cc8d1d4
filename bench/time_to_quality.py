"""How good are samples after so many seconds of training on two cores? `make bench-time`.

FD-LeNet of 10 000 samples against the 10 000 test images, lower is better, of

    GAN         for 180 s the one of chapter 12; for 60 s two thirds as wide, twice the step sizes
    GAN, hasty  for 180 s with the width and the step sizes that are good for 60
    DCGAN       networks of the sizes and settings of TensorFlow's DCGAN tutorial
    article     the article's program, mended so that it runs and can learn
    VAE         the convolutional one of chapter 32

The GANs and the VAE are trained anew for each budget, since their step sizes depend on it; the
others keep theirs, so that one long training is stopped on the way. The clock starts with
`fit`: building the graph counts, judging does not.

About 45 minutes for all rows.
"""

from collections.abc import Iterator

import keras
import numpy as np

from aigc_lib import data, digits, recipes, scorer
from aigc_lib.budget import TimeBudget, constant, half_cosine, hold_then_fall
from aigc_lib.gan import GAN
from aigc_lib.vae import VAE
from bench.published import article_gan, tutorial_gan
from bench.rows import aligned, run

KEY = ("model", "seconds")
SECONDS = {
    "GAN": (60, 180),
    "GAN, hasty": (180,),
    "DCGAN": (60, 180, 300, 600, 900, 1200),
    "article": (180,),
    "VAE": (60, 180),
}
WANTED = [(name, seconds) for name, stops in SECONDS.items() for seconds in stops]


def judged(model: GAN | VAE) -> dict[str, float]:
    """`digits.glance` of 10 000 samples; those of a VAE are the decoder's means, grey."""
    samples = model.sample(digits.JUDGED, seed=1)
    return digits.glance(scorer.judge(data.rescale(samples, model.scale, "signed")))


def anew(name: str, images: np.ndarray, budgets: list[int]) -> Iterator[dict[str, float]]:
    """A training of its own for each budget."""
    for seconds in budgets:
        if name == "VAE":
            model, timer = recipes.digit_vae(), TimeBudget(seconds, half_cosine)
        else:
            slow = name == "GAN" and seconds > 60
            model = recipes.digit_gan(0.5, width=24) if slow else recipes.digit_gan()
            timer = TimeBudget(seconds, hold_then_fall)
        x = data.rescale(images, "signed", model.scale)
        history = model.fit(x, epochs=1000, verbose=0, callbacks=[timer]).history
        accuracy = {} if name == "VAE" else {"d_accuracy": history["d_accuracy"]}
        yield {"seconds": seconds, "steps": timer.steps, "batch": 128, **judged(model), **accuracy}


LONG = {"DCGAN": (tutorial_gan, 256), "article": (article_gan, 128)}


def on_the_way(name: str, images: np.ndarray, stops: list[int]) -> Iterator[dict[str, float]]:
    """One training with constant step sizes, halted to be judged."""
    keras.utils.set_random_seed(0)
    maker, batch = LONG[name]
    model, batches = maker(), data.batches(images, batch)
    steps, spent, accuracy = 0, 0.0, []
    for seconds in stops:
        timer = TimeBudget(seconds - spent, constant)
        history = model.fit(batches, epochs=1000, verbose=0, callbacks=[timer]).history
        steps, spent = steps + timer.steps, spent + timer.spent
        accuracy = accuracy + history["d_accuracy"]
        row = {"seconds": seconds, "steps": steps, "batch": batch}
        yield row | judged(model) | {"d_accuracy": accuracy}


def training(name: tuple) -> tuple:
    """The training that a row comes from: all stops of a long one come from the same."""
    return name[:1] if name[0] in LONG else name


def measure(left: list[tuple]) -> Iterator[dict]:
    """The rows of one model after the other."""
    images = data.to_signed(data.load_mnist()[0][0])
    for model in dict.fromkeys(name for name, _ in left):
        make = on_the_way if model in LONG else anew
        for row in make(model, images, [seconds for name, seconds in left if name == model]):
            yield {"model": model} | row


def table(rows: list[dict]) -> str:
    """One line a row: seconds, images seen in a second, and the metrics of `glance`."""
    names, lines = ("FD-LeNet", "score", "confident", "TV", "missing"), []
    for row in rows:
        speed = row["steps"] * row["batch"] / row["seconds"]
        values = (f"{row[name]:.4g}" for name in names)
        lines.append((row["model"], row["seconds"], f"{speed:.0f}", *values))
    return aligned(("model", "s", "img/s", *names), lines)


if __name__ == "__main__":
    run(__file__, KEY, WANTED, measure, table, training)
