"""A generative adversarial network as a Keras model: compile, fit, save like any other."""

from collections.abc import Sequence
from typing import Any, ClassVar

import keras
import numpy as np
import tensorflow as tf

from aigc_lib import checks
from aigc_lib.composite import Composite
from aigc_lib.data import cut
from aigc_lib.losses import DUAL, PAIRED, gan_losses
from aigc_lib.penalties import PENALTIES, Penalty, checked

__all__ = ["GAN", "pack"]


def pack(samples: tf.Tensor, m: int) -> tf.Tensor:
    """Packs of m samples, joined along the last axis: (n, …, c) → (n/m, …, m c).

    Args:
        samples: n of them, n a multiple of m.
        m: samples in a pack; with 1 nothing changes.

    Source: Lin et al. 2017, https://arxiv.org/abs/1712.04086
    """
    return tf.concat(tf.split(samples, m), axis=-1)


@keras.saving.register_keras_serializable(package="aigc_lib")
class GAN(Composite):
    """Two networks and their game (Goodfellow et al. 2014, https://arxiv.org/abs/1406.2661).

    `fit` takes real samples as a float array, or the batches of `data.batches`: images of
    shape (n, height, width, channels) with signed pixels, or points of shape (n, d). It reports,
    as means over the epoch:

        d_loss      the discriminator's loss without penalties; for the first losses in nats,
                    and log 4 = 1.386 when D = 1/2
        g_loss      the generator's loss
        d_accuracy  share of the 2 n answers, real if a > 0, that are right; 0.5 = guessing.
                    It says nothing for losses in which only differences of logits count
                    (Wasserstein, relativistic), nor for two discriminators (dual)

    Args:
        generator: Keras model (n, latent_dim) → samples.
        discriminator: Keras model samples → logits (n, 1); for the loss "dual" (n, 2), as
            `networks.two_discriminators` gives them.
        loss: a name in `losses.GAN_LOSSES`. "relativistic" with the penalties r1 and r2 is
            R3GAN (Huang et al. 2024, https://arxiv.org/abs/2501.05441), "dual" is D2GAN.
        penalty: what is added to the discriminator's loss: `penalties.r1(0.1)`, another one of
            that module, or a sequence of them; none with the loss "dual".
        ema_decay: β of the averaged generator, w̄ ← β w̄ + (1 - β) w after each step; the
            average draws the samples (Yazıcı et al. 2018, https://arxiv.org/abs/1806.04498).
        seed: of the noise drawn in training.
        packing: m, samples that the discriminator sees at once, all real or all generated,
            joined by `pack` (PacGAN). A batch of n gives n/m answers, so n must be a
            multiple of m.

    Raises:
        ValueError: an unknown loss name or penalty, networks that do not fit, a decay outside
            [0, 1), no sample in a pack.
    """

    NETWORKS = ("generator", "discriminator")
    OPTIONS: ClassVar[dict[str, str]] = {
        "loss": "loss_name",
        "ema_decay": "ema_decay",
        "seed": "seed",
        "packing": "packing",
    }
    SEEDS: ClassVar[dict[str, str]] = {"noise_state": "noise_seed"}
    OPTIMIZERS = ("d_optimizer", "g_optimizer")
    scale = "signed"  # of images, as `data.rescale` names it

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model,
        loss: str = "non-saturating",
        penalty: Penalty | Sequence[Penalty] = (),
        ema_decay: float = 0.99,
        seed: int = 0,
        packing: int = 1,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if packing < 1:
            raise ValueError(f"expected at least 1 sample in a pack, but got {packing}.")
        *size, channels = generator.output_shape[1:]
        if (*size, packing * channels) != discriminator.input_shape[1:]:
            raise ValueError(
                f"the generator draws samples of shape {generator.output_shape[1:]}, but the "
                f"discriminator reads {discriminator.input_shape[1:]}. Make the shapes equal; "
                "with packs of m the discriminator's last number is m times as large."
            )
        logits = 2 if loss in DUAL else 1
        if discriminator.output_shape[1:] != (logits,):
            raise ValueError(
                f"the loss {loss!r} reads {logits} of a sample's logits, shape (n, {logits}), but "
                f"the discriminator gives {discriminator.output_shape}. "
                "networks.two_discriminators joins a pair."
            )
        if loss in DUAL and penalty:
            raise ValueError(
                f"the loss {loss!r} takes no penalty, but got {penalty}: the penalties measure "
                "the slope of one logit."
            )
        if not 0 <= ema_decay < 1:
            raise ValueError(f"expected 0 ≤ ema_decay < 1, but got {ema_decay}. Try 0.99.")
        self.discriminator_loss, self.generator_loss = gan_losses(loss)
        self.loss_name, self.ema_decay, self.seed = loss, ema_decay, seed
        self.packing = packing
        several = [penalty] if isinstance(penalty, Penalty) else penalty
        self.penalties = tuple(checked(Penalty(*each)) for each in several)
        self.generator = generator
        self.discriminator = discriminator
        self.average = keras.models.clone_model(generator)
        self.average.set_weights(generator.get_weights())
        self.noise_seed = keras.random.SeedGenerator(seed)
        self.d_loss = keras.metrics.Mean("d_loss")
        self.g_loss = keras.metrics.Mean("g_loss")
        self.d_accuracy = keras.metrics.Mean("d_accuracy")
        self.built = True  # both networks are: there is nothing left to build

    @property
    def metrics(self) -> list[keras.metrics.Metric]:
        """The three trackers; Keras resets them at the start of each epoch."""
        return [self.d_loss, self.g_loss, self.d_accuracy]

    @property
    def latent_dim(self) -> int:
        """Numbers in one noise vector z."""
        return self.generator.input_shape[1]

    def compile(
        self,
        d_optimizer: keras.optimizers.Optimizer | None = None,
        g_optimizer: keras.optimizers.Optimizer | None = None,
        jit_compile: bool = False,
        **kwargs: Any,
    ) -> None:
        """One optimiser for each network; by default Adam with β₁ 0, β₂ 0.99.

        The generator's step size is four times the discriminator's: equal ones let this
        discriminator run ahead. Trainings of a minute want twice as much: bench/README.md.

        XLA stays off: it makes these convolutions slower on a CPU.
        """
        super().compile(optimizer=None, jit_compile=jit_compile, **kwargs)
        self.d_optimizer = d_optimizer or keras.optimizers.Adam(1e-3, beta_1=0.0, beta_2=0.99)
        self.g_optimizer = g_optimizer or keras.optimizers.Adam(4e-3, beta_1=0.0, beta_2=0.99)
        self.d_optimizer.build(self.discriminator.trainable_variables)
        self.g_optimizer.build(self.generator.trainable_variables)

    def fit(
        self, x: np.ndarray | tf.data.Dataset, batch_size: int = 128, **kwargs: Any
    ) -> keras.callbacks.History:
        """Keras's `fit`; an array is checked first and cut into the batches of `data.batches`.

        Raises:
            ValueError: samples as in `checks.samples`, a batch larger than the data or no
                multiple of the packing.
        """
        if not isinstance(x, tf.data.Dataset):
            if batch_size % self.packing:
                raise ValueError(
                    f"expected batches of a multiple of {self.packing}, the samples in a pack, "
                    f"but got {batch_size}."
                )
            x = checks.samples(x, self.generator.output_shape[1:])
            x = cut(x, batch_size, seed=self.seed)
        return super().fit(x, shuffle=False, **kwargs)  # the batches are shuffled already

    def train_step(self, real: tf.Tensor) -> dict[str, tf.Tensor]:
        """One step of the discriminator, then one of the generator, on fresh noise each."""
        real, *_ = keras.utils.unpack_x_y_sample_weight(real)
        self.update_discriminator(real)
        self.update_generator(real)
        for mean, weight in zip(self.average.weights, self.generator.weights, strict=True):
            mean.assign(self.ema_decay * mean + (1 - self.ema_decay) * weight)
        return self.get_metrics_result()

    def update_discriminator(self, real: tf.Tensor) -> None:
        """Lower L_D and penalties in the discriminator's variables only; `real`: (n, …)."""
        fake = self.generator(self.noise(tf.shape(real)[0]), training=True)
        real, fake = pack(real, self.packing), pack(fake, self.packing)
        variables = self.discriminator.trainable_variables
        with tf.GradientTape() as tape:
            real_logits = self.discriminator(real, training=True)
            fake_logits = self.discriminator(fake, training=True)
            loss = self.discriminator_loss(real_logits, fake_logits)
            total = loss + sum(
                weight * PENALTIES[name](self.discriminator, real, fake, self.noise_seed)
                for name, weight in self.penalties
            )
        self.d_optimizer.apply(tape.gradient(total, variables), variables)
        self.d_loss.update_state(loss)
        self.d_accuracy.update_state(real_logits > 0)
        self.d_accuracy.update_state(fake_logits < 0)

    def update_generator(self, real: tf.Tensor) -> None:
        """Lower L_G in the generator's variables only, on as many fakes as there are reals."""
        variables = self.generator.trainable_variables
        noise = self.noise(tf.shape(real)[0])
        paired = self.loss_name in PAIRED
        packed = pack(real, self.packing)
        real_logits = self.discriminator(packed, training=True) if paired else None
        with tf.GradientTape() as tape:
            fake = pack(self.generator(noise, training=True), self.packing)
            loss = self.generator_loss(real_logits, self.discriminator(fake, training=True))
        self.g_optimizer.apply(tape.gradient(loss, variables), variables)
        self.g_loss.update_state(loss)

    def noise(self, n: tf.Tensor) -> tf.Tensor:
        """n vectors z ~ N(0, I), shape (n, latent_dim), the next of the training's noise."""
        return keras.random.normal((n, self.latent_dim), seed=self.noise_seed)

    def call(self, z: tf.Tensor, training: bool = False) -> tf.Tensor:
        """Samples of the averaged generator for noise z of shape (n, latent_dim)."""
        return self.average(z, training=training)

    def sample(self, n: int, seed: int, batch_size: int = 500) -> np.ndarray:
        """n samples drawn with that seed from the averaged generator.

        Returns:
            float32 array (n, …), one sample a row.

        Raises:
            ValueError: n is not positive.
        """
        if n < 1:
            raise ValueError(f"expected to draw at least 1 sample, but got n = {n}.")
        z = keras.random.normal((n, self.latent_dim), seed=seed)
        return self.average.predict(z, batch_size=batch_size, verbose=0)

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs to build the same, untrained model."""
        return {**super().get_config(), "penalty": [list(each) for each in self.penalties]}
