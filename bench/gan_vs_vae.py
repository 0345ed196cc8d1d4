"""A GAN and a VAE under one protocol: 30 seconds each, equal sizes. `make bench-samples`.

    tuned     the step sizes of their chapters, five seeds, all metrics
    others    a quarter, four and sixteen times those, two seeds, the metrics of `glance`

Sizes: generator and discriminator together, 162 386 parameters, against encoder and decoder,
162 057. Each has a schedule of its own. The GAN's step sizes were searched for small
distances, the VAE's, in chapter 32, for a high likelihood; `others` shows how near to the best both
are. Only the GAN draws from an average of its weights. The VAE learns from stochastically
binarised images; its samples are the decoder's means, grey like the test images.

Each row goes to aigc_lib/gan_vs_vae.json as soon as it is there; rows that are there are not
made again. Delete the file to make all: about 20 minutes.
"""

import json
from pathlib import Path

import keras
import numpy as np
from time_to_quality import course_gan

from aigc_lib import data, metrics, scorer
from aigc_lib.budget import TimeBudget, half_cosine, hold_then_fall
from aigc_lib.networks import conv_decoder, conv_encoder
from aigc_lib.vae import VAE

RESULTS = Path(data.__file__).parent / "gan_vs_vae.json"
SECONDS, SEEDS, FACTORS = 30, range(5), (0.25, 4, 16)


def gan_samples(images: np.ndarray, factor: float, seed: int) -> tuple:
    """Signed samples of a GAN, and what its training was like."""
    keras.utils.set_random_seed(seed)
    gan = course_gan(factor, seed)
    timer = TimeBudget(SECONDS, hold_then_fall)
    history = gan.fit(images, epochs=1000, verbose=0, callbacks=[timer]).history
    return gan.sample(metrics.JUDGED, seed=1), {
        "steps": timer.steps,
        "d_accuracy": history["d_accuracy"],
    }


def vae_samples(images: np.ndarray, factor: float, seed: int) -> tuple:
    """Signed samples of a VAE, and how probable it finds the test images (nats an image)."""
    keras.utils.set_random_seed(seed)
    vae = VAE(conv_encoder(hidden=37), conv_decoder(hidden=37), seed=seed)
    vae.compile(keras.optimizers.Adam(1e-2 * factor))
    timer = TimeBudget(SECONDS, half_cosine)
    vae.fit((images + 1) / 2, epochs=1000, verbose=0, callbacks=[timer])
    x_test = data.binarise(data.to_unit(data.load_mnist()[1][0]), seed=0)
    return 2 * vae.sample(metrics.JUDGED, seed=1) - 1, {
        "steps": timer.steps,
        "elbo": vae.evaluate(x_test, verbose=0, return_dict=True)["elbo"],
        "bound_100_first_1000": float(vae.log_likelihood(x_test[:1000], samples=100).mean()),
    }


MAKERS = {"GAN": gan_samples, "VAE": vae_samples}
WANTED = [(model, 1, seed) for seed in SEEDS for model in MAKERS] + [
    (model, factor, seed) for seed in SEEDS[:2] for factor in FACTORS for model in MAKERS
]


def row(images: np.ndarray, model: str, factor: float, seed: int) -> dict:
    """One training and its metrics; a training that ended in NaN or in plain ink has none."""
    samples, about = MAKERS[model](images, factor, seed)
    found = {"model": model, "seconds": SECONDS, "factor": factor, "seed": seed} | about
    if not np.isfinite(samples).all() or samples.min() >= 0:  # NaN, or no paper is left
        return {**found, "diverged": True}
    if factor == 1:
        return found | metrics.measure(samples)
    return found | metrics.glance(scorer.judge(samples))


def table(rows: list[dict]) -> str:
    """Mean ± standard deviation over the seeds, between floor and ceiling."""
    ends, lines = metrics.bounds(), ["".join(map("{:>18}".format, ("", "floor", *MAKERS, "noise")))]
    for name, floor in ends["floor"].items():
        line = f"{name:18}{floor:18.4g}"
        for model in MAKERS:
            values = [r[name] for r in rows if r["model"] == model and r["factor"] == 1]
            line += f"{np.mean(values):.4g} ± {np.std(values, ddof=1):.2g}".rjust(18)
        lines.append(f"{line}{ends['ceiling'][name]:18.4g}")
    return "\n".join(lines)


if __name__ == "__main__":
    (x_train, _), _ = data.load_mnist()
    images = data.to_signed(x_train)
    rows = json.loads(RESULTS.read_text()) if RESULTS.exists() else []
    done = {(r["model"], r["factor"], r["seed"]) for r in rows}
    for each in WANTED:
        if each not in done:
            rows.append(row(images, *each))
            RESULTS.write_text(json.dumps(rows, indent=1) + "\n")
            print(rows[-1], flush=True)
    print(table(rows))
