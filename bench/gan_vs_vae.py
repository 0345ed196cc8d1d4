"""A GAN and a VAE under one protocol: 30 seconds each, equal sizes. `make bench-samples`.

    tuned     the step sizes of their chapters, five seeds, all metrics and those of blur.py
    others    a quarter, four and sixteen times those, three seeds, the metrics of `glance`

Sizes: generator and discriminator together, 162 386 parameters, against encoder and decoder,
162 057. Each has a schedule of its own. The GAN's step sizes were searched for small
distances, the VAE's, in chapter 32, for a high likelihood; `others` shows how near to the best both
are. Only the GAN draws from an average of its weights. The VAE learns from stochastically
binarised images; its samples are the decoder's means, grey like the test images.

Two controls stand in the rows of the tuned ones. A VAE also rebuilds the first 10 000 training
images: real digits with the blur of its decoder ("rebuilt …"). A GAN's samples are also blurred
and then judged again, a number for each sigma of blur.py ("blur …").

About 25 minutes for all rows.
"""

from collections.abc import Iterator

import keras
import numpy as np

from aigc_lib import data, digits, distances, recipes, scorer
from aigc_lib.budget import TimeBudget, half_cosine, hold_then_fall
from aigc_lib.gan import GAN
from aigc_lib.vae import VAE
from bench.blur import SIGMAS, blurred, even, sharpness
from bench.rows import aligned, interval, mean_sd, run

KEY = ("model", "factor", "seed")
SECONDS, SEEDS, FACTORS = 30, range(5), (0.25, 4, 16)


def trained_gan(images: np.ndarray, factor: float, seed: int) -> tuple[GAN, dict]:
    """The GAN after its time, and what its training was like."""
    gan, timer = recipes.digit_gan(factor, seed), TimeBudget(SECONDS, hold_then_fall)
    some = [timer, keras.callbacks.TerminateOnNaN()]  # then the row says that it diverged
    history = gan.fit(images, epochs=1000, verbose=0, callbacks=some).history
    return gan, {"steps": timer.steps, "d_accuracy": history["d_accuracy"]}


def trained_vae(images: np.ndarray, factor: float, seed: int) -> tuple[VAE, dict]:
    """The VAE after its time, and how probable it finds the test images (nats an image)."""
    vae, timer = recipes.digit_vae(37, factor, seed), TimeBudget(SECONDS, half_cosine)
    unit = data.rescale(images, "signed", vae.scale)
    vae.fit(unit, epochs=1000, verbose=0, callbacks=[timer])
    x_test = data.binarise(data.to_unit(data.load_mnist()[1][0]), seed=0)
    return vae, {
        "steps": timer.steps,
        "elbo": vae.evaluate(x_test, verbose=0, return_dict=True)["elbo"],
        "bound_100_first_1000": float(vae.log_likelihood(x_test[:1000], samples=100).mean()),
    }


MAKERS = {"GAN": trained_gan, "VAE": trained_vae}
WANTED = [(model, 1, seed) for seed in SEEDS for model in MAKERS] + [
    (model, factor, seed) for seed in SEEDS[:3] for factor in FACTORS for model in MAKERS
]


def row(images: np.ndarray, model: str, factor: float, seed: int) -> dict:
    """One training and its metrics; a training that ended in NaN or in plain ink has none."""
    trained, about = MAKERS[model](images, factor, seed)
    found = {"model": model, "seconds": SECONDS, "factor": factor, "seed": seed} | about
    samples = trained.sample(digits.JUDGED, seed=1)
    if not np.isfinite(samples).all():
        return {**found, "diverged": True}
    samples = data.rescale(samples, trained.scale, "signed")
    if samples.min() >= 0:  # no paper is left
        return {**found, "diverged": True}
    if factor != 1:
        return found | digits.glance(scorer.judge(samples))
    found |= digits.measure(samples) | even(samples)
    if model == "GAN":
        return found | by_blur(samples)
    rebuilt = trained.reconstruct(data.rescale(images[: digits.JUDGED], "signed", trained.scale))
    rebuilt = data.rescale(rebuilt, trained.scale, "signed")
    each = digits.measure(rebuilt) | even(rebuilt)
    return found | {f"rebuilt {name}": value for name, value in each.items()}


def by_blur(samples: np.ndarray) -> dict[str, list[float]]:
    """Sharpness, precision and density of the samples, blurred more and more."""
    test, _, _ = digits.reference()
    found: dict[str, list[float]] = {f"blur {n}": [] for n in ("sharpness", "precision", "density")}
    for sigma in SIGMAS:
        softer = blurred(samples, sigma)
        near = distances.neighbourhoods(test.features, scorer.judge(softer).features)
        values = sharpness(softer), near.precision, near.density
        for column, value in zip(found.values(), values, strict=True):
            column.append(value)
    return found


def measure(left: list[tuple]) -> Iterator[dict]:
    """A row for each model, factor and seed."""
    images = data.to_signed(data.load_mnist()[0][0])
    return (row(images, *name) for name in left)


def table(rows: list[dict]) -> str:
    """Mean ± standard deviation over the seeds, between floor and ceiling; the difference."""
    ends, lines = digits.bounds(), []
    tuned = [r for r in rows if r["factor"] == 1]
    for name, floor in ends["floor"].items():
        sides = [[r[name] for r in tuned if r["model"] == model] for model in MAKERS]
        low, high = interval(*sides)
        between = "–" if np.isnan(low) else f"{low:.3g} … {high:.3g}"
        cells = (*map(mean_sd, sides), f"{ends['ceiling'][name]:.4g}", between)
        lines.append((name, f"{floor:.4g}", *cells))
    return aligned(("", "floor", *MAKERS, "noise", "GAN - VAE, 95 %"), lines)


if __name__ == "__main__":
    run(__file__, KEY, WANTED, measure, table)
