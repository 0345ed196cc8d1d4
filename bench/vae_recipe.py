"""Autoencoder, VAE and what lies between, five seeds each. `python -m bench.vae_recipe`.

The models of chapter 31, trained as there: networks with two hidden layers of 256, a code of 16
numbers, the first 30 000 training images, each pixel drawn once, Adam from 0.005 along a half
cosine to 0, batches of 128.

autoencoder       decodes the code, without noise and without a price
noise             decodes the code plus noise of standard deviation 1
recipe            the article's steps as written: mean and variance, the mean is decoded, no draw;
                  both losses are paid
VAE               the same, but a draw is decoded
past              no code at all: each pixel from the pixels before it, one linear layer; it
                  starts at the log-odds of each pixel, with steps four times as long (of 0.002,
                  0.005 and 0.02 the best on 5000 other training images)
VAE + past        the sum of both logits

Chapter 31 trains the first seed of five of them itself and reads all from here. About ten minutes.
"""

from collections.abc import Callable, Iterator

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops
from scipy import ndimage

from aigc_lib import data, likelihoods
from aigc_lib.networks import mlp_decoder, mlp_encoder
from bench.rows import aligned, mean_sd, run

KEY, SEEDS = ("model", "seed"), range(5)
MODELS = ("recipe", "VAE", "VAE + past", "past", "autoencoder", "noise")
WANTED = [(model, seed) for seed in SEEDS for model in MODELS[:4]]
WANTED += [(model, seed) for seed in SEEDS for model in MODELS[4:]]
EPOCHS = 2
CODE, SCORED, DRAWS = 16, 1000, 100  # numbers in a code; images and draws of the bound


class Past(keras.constraints.Constraint):
    """Pixel j feeds only pixels i > j."""

    def __init__(self):
        self.mask = np.triu(np.ones((784, 784), "float32"), 1)

    def __call__(self, kernel):
        return kernel * self.mask


class Model:
    """The networks of one row, and the two terms of its loss."""

    def __init__(self, name: str, seed: int) -> None:
        keras.utils.set_random_seed(seed)
        self.name, self.seed = name, keras.random.SeedGenerator(seed)
        self.encoder, self.decoder = mlp_encoder(CODE, 256), mlp_decoder(CODE, 256)
        dense = layers.Dense(
            784, use_bias=name == "past", kernel_initializer="zeros", kernel_constraint=Past()
        )
        self.past = keras.Sequential([keras.Input((784,)), dense])
        self.beta = 0.0 if name in ("autoencoder", "noise") else 1.0

    def networks(self) -> list[keras.Model]:
        """Those that are trained."""
        coded = [] if self.name == "past" else [self.encoder, self.decoder]
        return coded + ([self.past] if "past" in self.name else [])

    def draw(self, m: tf.Tensor, log_s2: tf.Tensor) -> tf.Tensor:
        """The code that is decoded."""
        if self.name in ("autoencoder", "recipe"):
            return m
        noise = keras.random.normal(ops.shape(m), seed=self.seed)
        return m + (noise if self.name == "noise" else ops.exp(log_s2 / 2) * noise)

    def terms(self, x: tf.Tensor, training: bool = False) -> tuple[tf.Tensor, tf.Tensor]:
        """Distortion and rate of each image."""
        flat = ops.reshape(x, (-1, 784))
        logits, rate = 0.0, ops.zeros(len(x))
        if self.name != "past":
            m, log_s2 = self.encoder(x, training=training)
            z = self.draw(m, log_s2)
            logits = ops.reshape(self.decoder(z, training=training), (-1, 784))
            rate = likelihoods.kl_gaussians(m, log_s2)
        if "past" in self.name:
            logits = logits + self.past(flat)
        return -likelihoods.bernoulli_log_likelihood(flat, logits), rate


def fit(
    networks: list,
    objective: Callable,
    images: np.ndarray,
    epochs: int,
    seed: int,
    step_size: float = 5e-3,
) -> None:
    """The training loop of chapter 31."""
    variables = [v for network in networks for v in network.trainable_variables]
    schedule = keras.optimizers.schedules.CosineDecay(step_size, epochs * (len(images) // 128))
    optimizer = keras.optimizers.Adam(schedule)

    @tf.function
    def step(x):
        with tf.GradientTape() as tape:
            loss = ops.mean(objective(x))
        optimizer.apply(tape.gradient(loss, variables), variables)

    batches = data.batches(images, seed=seed)
    for _ in range(epochs):
        for x in batches:
            step(x)


def bound(model: Model, images: np.ndarray, width: float | None = None) -> np.ndarray:
    """The importance-weighted bound of each image; `width` is one log-variance for all codes."""
    found = []
    for start in range(0, len(images), 100):
        x = images[start : start + 100]
        m, log_s2 = model.encoder(x)
        log_s2 = log_s2 if width is None else ops.full_like(log_s2, width)
        noise = keras.random.normal((DRAWS, *m.shape), seed=model.seed)
        z = m + ops.exp(log_s2 / 2) * noise
        logits = ops.reshape(model.decoder(ops.reshape(z, (-1, CODE))), (DRAWS, len(x), 784))
        weights = likelihoods.bernoulli_log_likelihood(ops.reshape(x, (-1, 784)), logits)
        weights += likelihoods.gaussian_log_likelihood(z, 0.0, 0.0)
        weights -= likelihoods.gaussian_log_likelihood(z, m, log_s2)
        found.append(likelihoods.importance_weighted_bound(weights))
    return np.concatenate(found)


def refit(model: Model, images: np.ndarray, seed: int) -> float:
    """Train the encoder alone, with draws, for two epochs: the best q for a finished decoder.

    It starts from that width, the same for all codes, which bounds the training images best.
    """
    widths = np.arange(-10.0, 1.0, 2.0)
    best = widths[np.argmax([bound(model, images[:200], w).mean() for w in widths])]
    head = model.encoder.layers[-1]
    head.set_weights([np.zeros_like(head.kernel), np.full(CODE, best, "float32")])
    model.name = "VAE"  # draws
    model.decoder.trainable = False

    def objective(x):
        m, log_s2 = model.encoder(x, training=True)
        z = model.draw(m, log_s2)
        logits = ops.reshape(model.decoder(z, training=False), (-1, 784))
        distortion = -likelihoods.bernoulli_log_likelihood(ops.reshape(x, (-1, 784)), logits)
        return distortion + likelihoods.kl_gaussians(m, log_s2)

    fit([model.encoder], objective, images, EPOCHS, seed)
    return float(best)


def one_piece(logits: np.ndarray) -> float:
    """Share of the images whose ink is one connected piece."""
    ink, corners = np.reshape(logits, (-1, 28, 28)) > 0, np.ones((3, 3))
    return float(np.mean([ndimage.label(image, corners)[1] == 1 for image in ink]))


def pieces(model: Model, m: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    """`one_piece` of the chapter's three tries and of reconstructions."""
    rng = np.random.default_rng(0)
    first, second = np.arange(2000), np.arange(2000) + 5000
    different = labels[first] != labels[second]
    first, second = first[different], second[different]
    tries = {
        "rebuilt": m[first],
        "middle": (m[first] + m[second]) / 2,
        "fitted": rng.multivariate_normal(m.mean(0), np.cov(m.T), 2000),
        "standard": rng.standard_normal((2000, CODE)),
    }
    decode = {"verbose": 0, "batch_size": 1000}
    return {name: one_piece(model.decoder.predict(z, **decode)) for name, z in tries.items()}


def row(name: str, seed: int, train: np.ndarray, test: np.ndarray, labels: np.ndarray) -> dict:
    """One training and its numbers."""
    model = Model(name, seed)

    def objective(x):
        distortion, rate = model.terms(x, training=True)
        return distortion + model.beta * rate

    if name == "past":
        p = (np.sum(train, axis=0).ravel() + 0.5) / (len(train) + 1)
        model.past.set_weights([model.past.get_weights()[0], np.log(p / (1 - p))])
    fit(model.networks(), objective, train, EPOCHS, seed, 2e-2 if name == "past" else 5e-3)
    both = [model.terms(test[start : start + 1000]) for start in range(0, len(test), 1000)]
    distortion, rate = (float(np.mean(np.stack(term))) for term in zip(*both, strict=True))
    found = {"model": name, "seed": seed, "distortion": distortion}
    if name == "past":
        return found
    m, log_s2 = model.encoder.predict(test, verbose=0, batch_size=1000)
    variances = m.var(axis=0)
    found |= {"rate": rate, "sd_of_codes": float(m.std())}
    found |= {"active": int(np.sum(variances > 0.01)), "weak": int(np.sum(variances < 0.7))}
    found |= {"variance_low": float(np.exp(log_s2.min()))}
    found |= {"variance_high": float(np.exp(log_s2.max()))}
    if name != "VAE + past":
        found |= pieces(model, m, labels)
    if name in ("recipe", "VAE"):
        scored = test[:: len(test) // SCORED]
        found["bound"] = float(bound(model, scored).mean())
        found["width"] = refit(model, train, seed)
        found["bound_refit"] = float(bound(model, scored).mean())
    return found


def measure(left: list[tuple]) -> Iterator[dict]:
    """One training after the other."""
    (x_train, _), (x_test, labels) = data.load_mnist()
    train = data.binarise(data.to_unit(x_train[:30_000]), seed=0)
    test = data.binarise(data.to_unit(x_test), seed=1)
    for name in left:
        yield row(*name, train, test, labels)


def table(rows: list[dict]) -> str:
    """Mean ± standard deviation over the seeds."""
    columns = ("distortion", "rate", "standard", "bound", "bound_refit")
    lines = []
    for model in dict.fromkeys(row["model"] for row in rows):
        here = [row for row in rows if row["model"] == model]
        cells = [
            mean_sd([row[c] for row in here], ".2f", ".2f") if c in here[0] else "" for c in columns
        ]
        lines.append((model, *cells))
    return aligned(("model", *columns), lines)


if __name__ == "__main__":
    run(__file__, KEY, WANTED, measure, table)
