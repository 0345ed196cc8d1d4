"""How probable does a VAE find MNIST after so many seconds of training? `make bench-vae`.

Each model is trained anew for each budget, on two cores, with stochastic binarisation; the
step size falls along a half cosine to 0 when the time is up. The clock starts with `fit`, so
that building the graph counts. The test images are binarised once, with seed 0. Nats an
image; all are lower bounds of log p(x), higher is better:

    ELBO          all 10 000 test images
    K = 5000      importance-weighted, the first 1000 test images
    K = 100       importance-weighted, all 10 000

Chapter 32 shows the rows. Stored are the first model at all budgets, the others at one each; all
twelve take about two hours, most of them for the 5000 draws. Some of them:

    python -m bench.vae_likelihood --only model="Keras example" budget=30 budget=60
"""

from collections.abc import Callable, Iterator

import keras
import numpy as np
from keras import layers

from aigc_lib import data, recipes
from aigc_lib.budget import TimeBudget
from aigc_lib.vae import VAE
from bench.rows import aligned, run

KEY = ("model", "budget")
BUDGETS = (30, 60, 180, 600)

# Nats an image, test set: what the authors report, log p(x) ≥ this, higher is better.
PUBLISHED = (
    ("Burda et al. 2015, VAE, one stochastic layer of 50", "stochastic, 5000 draws", -86.76),
    ("the same, importance-weighted training, k = 5", "stochastic, 5000 draws", -85.54),
    ("the same, k = 50", "stochastic, 5000 draws", -84.78),
    ("nbip/IWAE (TensorFlow 2), k = 1", "stochastic, 5000 draws", -86.35),
    ("jaanli/variational-autoencoder, 2.5 minutes of a GPU", "fixed", -100.31),
)


def keras_example() -> VAE:
    """The architecture of the VAE example of keras.io, with its 2 latent numbers."""
    keras.utils.set_random_seed(0)
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
    vae = VAE(encoder, decoder)
    vae.compile(keras.optimizers.Adam(1e-3))
    return vae


MODELS: dict[str, Callable[[], VAE]] = {
    "convolutional, ELBO": recipes.digit_vae,
    "convolutional, K = 5": lambda: recipes.digit_vae(draws=5),
    "Keras example": keras_example,
}
WANTED = [(name, seconds) for name in MODELS for seconds in BUDGETS]


def trained(name: str, seconds: int, images: np.ndarray) -> tuple[VAE, dict[str, float]]:
    """The model after its budget, and what the training was like."""
    vae, budget = MODELS[name](), TimeBudget(seconds)
    vae.fit(images, epochs=1000, verbose=0, callbacks=[budget])
    return vae, {
        "seconds": round(budget.spent, 1),
        "parameters": vae.encoder.count_params() + vae.decoder.count_params(),
        "images_per_second": round(budget.steps * 128 / budget.spent),
        "epochs": round(budget.steps * 128 / len(images), 1),
    }


def bounds(vae: VAE, x: np.ndarray) -> dict[str, float]:
    """The three bounds, means over the test images, in nats an image."""
    many = vae.log_likelihood(x, samples=100)
    return {
        "elbo": round(vae.evaluate(x, verbose=0, return_dict=True)["elbo"], 3),
        "bound_5000_first_1000": round(vae.log_likelihood(x[:1000], samples=5000).mean(), 3),
        "bound_100_first_1000": round(many[:1000].mean(), 3),
        "bound_100": round(many.mean(), 3),
    }


def measure(left: list[tuple]) -> Iterator[dict]:
    """A row for each model and budget."""
    (x_train, _), (x_test, _) = data.load_mnist()
    x_train = data.to_unit(x_train)
    x_test = data.binarise(data.to_unit(x_test), seed=0)
    for name, seconds in left:
        vae, training = trained(name, seconds, x_train)
        yield {"model": name, "budget": seconds} | training | bounds(vae, x_test)


def table(rows: list[dict]) -> str:
    """Ours, then the published ones."""
    plain = ("budget", "parameters", "images_per_second", "epochs")
    nats = ("elbo", "bound_5000_first_1000", "bound_100")
    head = ("model", "s", "weights", "img/s", "epochs", "ELBO", "K = 5000", "K = 100")
    ours = aligned(
        head,
        [
            (row["model"], *(row[name] for name in plain), *(f"{row[name]:.2f}" for name in nats))
            for row in rows
        ],
    )
    lines = [f"{value:8.2f}  {name} ({setup})" for name, setup, value in PUBLISHED]
    return "\n".join([ours, "", "published, log p(x) at least", *lines])


if __name__ == "__main__":
    run(__file__, KEY, WANTED, measure, table)
