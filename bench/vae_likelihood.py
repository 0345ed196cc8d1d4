"""How probable does a VAE find MNIST after so many seconds of training? `make bench-vae`.

Each model is trained anew for each budget, on two cores, with stochastic binarisation; the
step size falls along a half cosine to 0 when the time is up. The clock starts with `fit`, so
that building the graph counts. The test images are binarised once, with seed 0. Nats an
image; all are lower bounds of log p(x), higher is better:

    ELBO          all 10 000 test images
    K = 5000      importance-weighted, the first 1000 test images
    K = 100       importance-weighted, all 10 000

Each row goes to aigc_lib/vae_likelihood.json as soon as it is there, and chapter 32 shows them.
Rows that are there are not made again; stored are the first model at all budgets, the others at
one each. Delete the file to make all twelve: about two hours, most of them for the 5000 draws.
"""

import argparse
import json
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
from keras import layers

from aigc_lib import data
from aigc_lib.budget import TimeBudget
from aigc_lib.networks import conv_decoder, conv_encoder
from aigc_lib.vae import VAE

RESULTS = Path(data.__file__).parent / "vae_likelihood.json"
BUDGETS = (30, 60, 180, 600)

# Nats an image, test set: what the authors report, log p(x) ≥ this, higher is better.
PUBLISHED = (
    ("Burda et al. 2015, VAE, one stochastic layer of 50", "stochastic, 5000 draws", -86.76),
    ("the same, importance-weighted training, k = 5", "stochastic, 5000 draws", -85.54),
    ("the same, k = 50", "stochastic, 5000 draws", -84.78),
    ("nbip/IWAE (TensorFlow 2), k = 1", "stochastic, 5000 draws", -86.35),
    ("jaanli/variational-autoencoder, 2.5 minutes of a GPU", "fixed", -100.31),
)


def convolutional(draws: int) -> VAE:
    """Ours, with 32 latent numbers."""
    return VAE(conv_encoder(), conv_decoder(), draws=draws)


def keras_example() -> VAE:
    """The architecture of the VAE example of keras.io, with its 2 latent numbers."""
    relu = {"activation": "relu", "padding": "same", "strides": 2}
    x = keras.Input((28, 28, 1))
    hidden = layers.Conv2D(64, 3, **relu)(layers.Conv2D(32, 3, **relu)(x))
    hidden = layers.Dense(16, "relu")(layers.Flatten()(hidden))
    encoder = keras.Model(x, [layers.Dense(2)(hidden), layers.Dense(2)(hidden)])
    decoder = keras.Sequential(
        [
            keras.Input((2,)),
            layers.Dense(7 * 7 * 64, "relu"),
            layers.Reshape((7, 7, 64)),
            layers.Conv2DTranspose(64, 3, **relu),
            layers.Conv2DTranspose(32, 3, **relu),
            layers.Conv2DTranspose(1, 3, padding="same"),
        ]
    )
    return VAE(encoder, decoder)


MODELS: dict[str, tuple[Callable[[], VAE], float]] = {  # name → how to make it, first step size
    "convolutional, ELBO": (lambda: convolutional(1), 1e-2),
    "convolutional, K = 5": (lambda: convolutional(5), 1e-2),
    "Keras example": (keras_example, 1e-3),
}


def trained(name: str, seconds: int, images: np.ndarray) -> tuple[VAE, dict[str, float]]:
    """The model after its budget, and what the training was like."""
    make, step_size = MODELS[name]
    keras.utils.set_random_seed(0)
    vae, budget = make(), TimeBudget(seconds)
    vae.compile(keras.optimizers.Adam(step_size))
    vae.fit(images, epochs=1000, verbose=0, callbacks=[budget])
    return vae, {
        "seconds": round(budget.spent, 1),
        "parameters": vae.encoder.count_params() + vae.decoder.count_params(),
        "images_per_second": round(budget.steps * 128 / budget.spent),
        "epochs": round(budget.steps * 128 / len(images), 1),
    }


def measured(vae: VAE, x: np.ndarray) -> dict[str, float]:
    """The three bounds, means over the test images, in nats an image."""
    many = vae.log_likelihood(x, samples=100)
    return {
        "elbo": round(vae.evaluate(x, verbose=0, return_dict=True)["elbo"], 3),
        "bound_5000_first_1000": round(vae.log_likelihood(x[:1000], samples=5000).mean(), 3),
        "bound_100_first_1000": round(many[:1000].mean(), 3),
        "bound_100": round(many.mean(), 3),
    }


def table(rows: list[dict]) -> str:
    """Ours, then the published ones."""
    form = "{:22}{:>6}{:>9}{:>8}{:>7}{:>9}{:>10}{:>9}"
    head = ("model", "s", "weights", "img/s", "epochs", "ELBO", "K = 5000", "K = 100")
    lines = [form.format(*head)]
    for row in rows:
        lines += [
            form.format(
                row["model"],
                row["budget"],
                row["parameters"],
                row["images_per_second"],
                row["epochs"],
                *(f"{row[key]:.2f}" for key in ("elbo", "bound_5000_first_1000", "bound_100")),
            )
        ]
    lines += ["", "published, log p(x) at least"]
    lines += [f"{value:8.2f}  {name} ({setup})" for name, setup, value in PUBLISHED]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--budgets", type=int, nargs="+", default=BUDGETS, metavar="SECONDS")
    parser.add_argument("--models", nargs="+", default=list(MODELS), choices=list(MODELS))
    parser.add_argument("--results", type=Path, default=RESULTS)
    asked = parser.parse_args()

    (x_train, _), (x_test, _) = data.load_mnist()
    x_train = data.to_unit(x_train)
    x_test = data.binarise(data.to_unit(x_test), seed=0)
    rows = json.loads(asked.results.read_text()) if asked.results.exists() else []
    done = {(row["model"], row["budget"]) for row in rows}
    for name in asked.models:
        for seconds in asked.budgets:
            if (name, seconds) not in done:
                vae, training = trained(name, seconds, x_train)
                row = {"model": name, "budget": seconds} | training | measured(vae, x_test)
                rows.append(row)
                asked.results.write_text(json.dumps(rows, indent=1) + "\n")
                print(rows[-1], flush=True)
    print(table(rows))


if __name__ == "__main__":
    main()
