"""A variational autoencoder as a Keras model: compile, fit, save like any other."""

from collections.abc import Callable
from typing import Any, ClassVar, TypeAlias

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from aigc_lib import checks, parts, replicas
from aigc_lib.data import SCALES
from aigc_lib.likelihoods import (
    bernoulli_log_likelihood,
    elbo,
    gaussian_log_likelihood,
    importance_weighted_bound,
    kl_gaussians,
)
from aigc_lib.training import EVALUATED, Learner
from aigc_lib.watch import Samples

__all__ = ["LIKELIHOODS", "VAE"]

# name → log p(x|z) and how many outputs of the decoder it takes
LIKELIHOODS: dict[str, tuple[Callable[..., tf.Tensor], int]] = {
    "bernoulli": (bernoulli_log_likelihood, 1),  # logits
    "gaussian": (gaussian_log_likelihood, 2),  # means, log-variances
}
Code = tuple[tf.Tensor, tf.Tensor]  # mean and log-variance of q(z|x), (n, latent_dim) each
Seed: TypeAlias = keras.random.SeedGenerator
IMAGES, DRAWS = 100, 20  # decoded at once by `log_likelihood`: 2000, however many are asked for


@keras.saving.register_keras_serializable(package="aigc_lib")
class VAE(Learner):
    """Two networks and one bound (Kingma & Welling 2013, https://arxiv.org/abs/1312.6114).

    The prior p(z) is the standard normal law. `fit` takes samples as a float array and
    minimises reconstruction + beta · kl, in nats a sample. It reports, as means over the epoch:

        elbo            a lower bound of log p(x): -(reconstruction + kl)
        reconstruction  -log p(x|z), z drawn from q(z|x)
        kl              KL(q(z|x) ‖ p(z)), by its formula
        loss            what is minimised: -elbo only if beta = 1 and draws = 1

    A Bernoulli likelihood is a probability only of pixels 0 and 1. So training draws them anew
    from the grey ones for each batch, with the grey value as probability (stochastic
    binarisation), and evaluation wants them drawn: `data.binarise(images, seed)`.

    Args:
        encoder: Keras model samples → [mean, log-variance] of q(z|x), (n, latent_dim) each.
        decoder: Keras model (n, latent_dim) → logits of the samples' shape ("bernoulli"), or
            → [mean, log-variance], the latter of that shape or (n, 1) ("gaussian").
        likelihood: a name in `LIKELIHOODS`.
        beta: weight of the KL; 1 for a bound of log p(x).
        draws: K of the importance-weighted bound that training maximises (Burda et al. 2015,
            https://arxiv.org/abs/1509.00519); with 1 it is the ELBO.
        binarise: whether training draws binary pixels. False takes them as they are, also in
            `evaluate`: for grey ones the "elbo" then bounds the mean log-likelihood of images
            drawn from them, not that of x.
        seed: of all that training draws; evaluation has a fixed one of its own.

    Raises:
        ValueError: an unknown likelihood, networks that do not fit, a Bernoulli decoder that
            ends in a probability, beta < 0, draws < 1, or draws > 1 with beta ≠ 1.
        TypeError: what is no network, no number.
    """

    NETWORKS = ("encoder", "decoder")
    OPTIONS: ClassVar[dict[str, str]] = {
        name: name for name in ("likelihood", "beta", "draws", "binarise", "seed")
    }
    SEEDS: ClassVar[dict[str, str]] = {"train_state": "train_seed"}
    METRICS: ClassVar[dict[str, str]] = {
        "elbo": "max",
        "reconstruction": "min",
        "kl": "min",
        "loss": "min",
    }
    scale = "unit"  # of images, as `data.rescale` names it

    def __init__(
        self,
        encoder: keras.Model,
        decoder: keras.Model,
        likelihood: str = "bernoulli",
        beta: float = 1.0,
        draws: int = 1,
        binarise: bool = True,
        seed: int = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.likelihood = checks.choice(likelihood, "likelihood", LIKELIHOODS)
        self.beta = checks.number(beta, "beta", least=0)
        self.draws = checks.whole(draws, "draws")
        self.seed = checks.whole(seed, "seed", least=0)
        parts.check_pair(encoder, decoder, outputs=LIKELIHOODS[likelihood][1])
        if likelihood == "bernoulli":
            parts.check_logits(decoder, "decoder")
        if not isinstance(binarise, bool):
            raise TypeError(f"expected True or False for binarise, but got {binarise!r}.")
        if draws > 1 and beta != 1:
            raise ValueError(
                f"expected beta = 1 with more than one draw, but got beta = {beta}: the "
                "importance-weighted bound has no separate KL. Set draws = 1 or beta = 1."
            )
        self.encoder, self.decoder, self.binarise = encoder, decoder, binarise
        self.train_seed, self.test_seed = Seed(self.seed), Seed(0)
        self.trackers = {name: keras.metrics.Mean(name) for name in self.METRICS}
        self.built = True  # both networks are: there is nothing left to build

    @property
    def metrics(self) -> list[keras.metrics.Metric]:
        """The four trackers; Keras resets them at the start of each epoch."""
        return list(self.trackers.values())

    @property
    def latent_dim(self) -> int:
        """Numbers in one code z."""
        return self.decoder.input_shape[1]

    # Training and evaluation

    def samples(self, evaluating: bool = False) -> Samples:
        """Grey pixels in training, binary ones in evaluation; any finite numbers if "gaussian"."""
        shape = self.encoder.input_shape[1:]
        if self.likelihood == "gaussian":
            return Samples(shape, None)
        return Samples(shape, SCALES[self.scale], binary=evaluating and self.binarise)

    def trained_by(self) -> list[tuple[keras.optimizers.Optimizer, list[keras.Variable]]]:
        """The one optimiser with the variables of both networks."""
        return [(self.optimizer, self.trainable_variables)]

    def compile(self, optimizer: Any = "rmsprop", *args: Any, **kwargs: Any) -> None:
        """Keras's `compile` without loss and metrics, which are the model's own."""
        found = self.ready(optimizer, keras.optimizers.RMSprop())
        super().compile(found, *args, **kwargs)
        self.build_optimizers()

    def train_step(self, x: tf.Tensor) -> dict[str, tf.Tensor]:
        """One step of the optimiser on one batch, its pixels and codes drawn anew."""
        x = self.batch(x)
        if self.binarise and self.likelihood == "bernoulli":
            x = ops.cast(self.thresholds(x) < x, "float32")
        variables = self.trainable_variables
        with tf.GradientTape() as tape:
            loss = ops.mean(self.measure(x, self.train_seed, training=True))
            total = self.optimizer.scale_loss(loss / replicas.count())
        self.optimizer.apply(tape.gradient(total, variables), variables)
        return replicas.reported(self.get_metrics_result())

    def test_step(self, x: tf.Tensor) -> dict[str, tf.Tensor]:
        """The trackers on one batch, its pixels as they are."""
        self.measure(self.batch(x), self.test_seed)
        return replicas.reported(self.get_metrics_result())

    def thresholds(self, x: tf.Tensor) -> tf.Tensor:
        """A number from U(0, 1) for each pixel: the pixel is ink where it is below the grey."""
        n, *shape = ops.shape(x)
        return replicas.own_part(
            lambda m: keras.random.uniform((m, *shape), dtype="float32", seed=self.train_seed), n
        )

    def measure(self, x: tf.Tensor, seed: Seed, training: bool = False) -> tf.Tensor:
        """Update the trackers with samples (n, …); returns their losses, shape (n,)."""
        code = self.code(x, training)
        log_px, log_weights = self.draw(x, code, self.draws, seed, training)
        kl = kl_gaussians(*code)
        reconstruction = -ops.mean(log_px, axis=0)
        if self.draws == 1:
            loss = reconstruction + self.beta * kl
        else:
            loss = -importance_weighted_bound(log_weights)
        values = (elbo(log_px, kl), reconstruction, kl, loss)
        for tracker, value in zip(self.trackers.values(), values, strict=True):
            tracker.update_state(value)
        return loss

    def draw(
        self, x: tf.Tensor, code: Code, draws: int, seed: Seed, training: bool = False
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """K codes z ~ q(z|x) of each sample: log p(x|z) and log p(x, z)/q(z|x), (K, n) both."""
        mean, log_variance = code
        n, k = ops.shape(mean)
        noise = replicas.own_part(
            lambda m: keras.random.normal((draws, m, k), dtype="float32", seed=seed), n, axis=1
        )
        z = mean + ops.exp(log_variance / 2) * noise
        outputs = self.decoder(ops.reshape(z, (draws * n, k)), training=training)
        outputs = outputs if isinstance(outputs, list | tuple) else [outputs]
        parameters = [ops.reshape(ops.cast(each, "float32"), (draws, n, -1)) for each in outputs]
        log_px = LIKELIHOODS[self.likelihood][0](ops.reshape(x, (n, -1)), *parameters)
        log_pz = gaussian_log_likelihood(z, 0.0, 0.0)
        return log_px, log_px + log_pz - gaussian_log_likelihood(z, mean, log_variance)

    def code(self, x: tf.Tensor, training: bool = False) -> Code:
        """Mean and log-variance of q(z|x) as float32, also where it is computed in 16 bits."""
        mean, log_variance = self.encoder(x, training=training)
        return ops.cast(mean, "float32"), ops.cast(log_variance, "float32")

    # What a trained model does

    def call(self, x: tf.Tensor, training: bool = False) -> tf.Tensor:
        """The decoder's outputs at the codes' means; `reconstruct` gives pixels."""
        return self.decoder(self.code(x, training)[0], training=training)

    def encode(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Means and log-variances of q(z|x), (n, latent_dim) each; errors as in `fit`."""
        code = self.encoder.predict(self.checked(x), batch_size=EVALUATED, verbose=0)
        mean, log_variance = (each.astype("float32", copy=False) for each in code)
        return mean, log_variance

    def decode(self, z: np.ndarray) -> np.ndarray:
        """The means of p(x|z) for codes (n, latent_dim): probabilities of ink if "bernoulli".

        Raises:
            ValueError: codes of another shape, or NaN.
        """
        z = checks.floats(z)
        if z.ndim != 2 or z.shape[1] != self.latent_dim:
            raise ValueError(f"expected codes of shape (n, {self.latent_dim}), but got {z.shape}.")
        checks.finite(z)
        outputs = self.decoder.predict(z, batch_size=EVALUATED, verbose=0)
        if self.likelihood == "gaussian":
            return outputs[0].astype("float32", copy=False)
        return np.asarray(ops.sigmoid(ops.cast(outputs, "float32")))

    def reconstruct(self, x: np.ndarray) -> np.ndarray:
        """`decode` of the codes' means: no samples of the model. Errors as in `fit`."""
        return self.decode(self.encode(x)[0])

    def sample(self, n: int, seed: int) -> np.ndarray:
        """`decode` of n codes drawn from the prior; `data.binarise` of it draws the pixels too.

        Raises:
            ValueError: n is not positive.
        """
        checks.whole(n, "n")
        checks.whole(seed, "seed", least=0)
        z = keras.random.normal((n, self.latent_dim), dtype="float32", seed=seed)
        return self.decode(np.asarray(z))

    def log_likelihood(self, x: np.ndarray, samples: int = 100, seed: int = 0) -> np.ndarray:
        """A lower bound of log p(x), by importance weighting: it rises to it with `samples`.

        Args:
            x: samples (n, …); for "bernoulli" pixels that are 0 or 1.
            samples: K, codes drawn for each; decoded 2000 at a time, whatever K is.
            seed: the same seed draws the same codes.

        Returns:
            float64, shape (n,), nats.

        Raises:
            ValueError: x as in `evaluate`, or samples < 1.
        """
        checks.whole(samples, "samples")
        x = self.checked(x, evaluating=True)
        if self.likelihood == "bernoulli":
            checks.binary(x)  # also where training takes grey pixels
        self.test_seed.state.assign([checks.whole(seed, "seed", least=0), 0])
        bounds = []
        for start in range(0, len(x), IMAGES):
            part = tf.constant(x[start : start + IMAGES])
            code = self.code(part)
            total = np.full(len(part), -np.inf)  # of all weights so far, as a logarithm
            for done in range(0, samples, DRAWS):
                sums = self.log_sum_of_weights(part, code, min(DRAWS, samples - done))
                total = np.logaddexp(total, sums)
            bounds.append(total - np.log(samples))
        return np.concatenate(bounds)

    @tf.function(reduce_retracing=True)
    def log_sum_of_weights(self, x: tf.Tensor, code: Code, draws: int) -> tf.Tensor:
        """log Σ_k p(x, z_k) / q(z_k|x) over so many draws: shape (n,)."""
        _, log_weights = self.draw(x, code, draws, self.test_seed)
        return ops.logsumexp(log_weights, axis=0)
