"""A generative adversarial network as a Keras model: compile, fit, save like any other."""

from collections.abc import Sequence
from typing import Any, ClassVar

import keras
import numpy as np
import tensorflow as tf

from aigc_lib import _averages, checks, parts, replicas
from aigc_lib.data import SCALES
from aigc_lib.losses import DUAL, PAIRED, gan_losses
from aigc_lib.penalties import PENALTIES, Penalty, checked
from aigc_lib.training import Learner
from aigc_lib.watch import Samples

__all__ = ["GAN", "pack"]


def pack(samples: tf.Tensor, m: int) -> tf.Tensor:
    """Packs of m samples, joined along the last axis: (n, …, c) → (n/m, …, m c).

    Args:
        samples: n of them, n a multiple of m.
        m: samples in a pack; with 1 nothing changes.

    Raises:
        ValueError: n is known and no multiple of m.

    Source: Lin et al. 2017, https://arxiv.org/abs/1712.04086
    """
    n = samples.shape[0]
    if n is not None and n % m:
        raise ValueError(
            f"expected a multiple of {m} samples, those in a pack, but got {n}. Leave an "
            "incomplete last batch out: .batch(n, drop_remainder=True)."
        )
    return tf.concat(tf.split(samples, m), axis=-1)


@keras.saving.register_keras_serializable(package="aigc_lib")
class GAN(Learner):
    """Two networks and their game (Goodfellow et al. 2014, https://arxiv.org/abs/1406.2661).

    `fit` takes real samples as a float array, or the batches of `data.batches`: images of
    shape (n, height, width, channels) with signed pixels, or points of shape (n, d). It reports,
    as means over the epoch:

        d_loss      the discriminator's loss without penalties; for the first losses in nats,
                    and log 4 = 1.386 when D = 1/2
        g_loss      the generator's loss
        d_accuracy  share of the 2 n answers, real if a > 0, that are right; a = 0, undecided,
                    counts half, so that D = 1/2 has 0.5, as guessing has.
                    It says nothing for losses in which only differences of logits count
                    (Wasserstein, relativistic), nor for two discriminators (dual)

    `evaluate` reports the same of held-out samples and of as many that the generator itself draws,
    not its average; nothing moves.

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
        ValueError: an unknown loss name or penalty, networks that do not fit or end in a
            probability, a decay outside [0, 1), no sample in a pack.
        TypeError: what is no network, no penalty, no number.
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
    METRICS: ClassVar[dict[str, str]] = {"d_loss": "min", "g_loss": "min", "d_accuracy": "max"}
    RIVALS = True  # against a frozen network the other wins at once
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
        self.discriminator_loss, self.generator_loss = gan_losses(loss)
        self.loss_name = loss
        self.packing = checks.whole(packing, "packing")
        self.seed = checks.whole(seed, "seed", least=0)
        self.ema_decay = _averages.decay(ema_decay)
        parts.check_game(generator, discriminator, 2 if loss in DUAL else 1, self.packing)
        self.penalties = _penalties(penalty)
        if loss in DUAL and self.penalties:
            raise ValueError(
                f"expected no penalty with the loss {loss!r}, but got {penalty}: the penalties "
                "measure the slope of one logit."
            )
        self.generator = generator
        self.discriminator = discriminator
        self.average = _averages.copy_of(generator)
        self.noise_seed = keras.random.SeedGenerator(self.seed)
        self.test_seed = keras.random.SeedGenerator(0)
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

    def samples(self, evaluating: bool = False) -> Samples:
        """Signed images, or points: any finite numbers."""
        shape = self.generator.output_shape[1:]
        limits = SCALES[self.scale] if len(shape) > 1 else None
        return Samples(shape, limits, packing=self.packing)

    def trained_by(self) -> list[tuple[keras.optimizers.Optimizer, list[keras.Variable]]]:
        """Each optimiser with the variables of its network."""
        networks = self.discriminator, self.generator
        return list(zip(self.optimizers, (x.trainable_variables for x in networks), strict=True))

    def compile(
        self,
        d_optimizer: keras.optimizers.Optimizer | str | None = None,
        g_optimizer: keras.optimizers.Optimizer | str | None = None,
        jit_compile: bool = False,
        **kwargs: Any,
    ) -> None:
        """One optimiser for each network, by name too; by default Adam with β₁ 0, β₂ 0.99.

        The generator's step size is four times the discriminator's: equal ones let this
        discriminator run ahead. Trainings of a minute want twice as much: bench/README.md.

        XLA stays off: it makes these convolutions slower on a CPU.

        Raises:
            ValueError, TypeError: one optimiser for both, a loss, metrics, an unknown name.
        """
        if "optimizer" in kwargs:
            raise TypeError(
                f"expected two optimisers, one for each network, but got optimizer="
                f"{kwargs['optimizer']!r}. Call compile(d_optimizer, g_optimizer)."
            )
        super().compile(jit_compile=jit_compile, **kwargs)
        rates = keras.optimizers.Adam(1e-3, 0.0, 0.99), keras.optimizers.Adam(4e-3, 0.0, 0.99)
        self.d_optimizer = self.ready(d_optimizer, rates[0])
        self.g_optimizer = self.ready(g_optimizer, rates[1])
        if self.d_optimizer is self.g_optimizer:
            raise ValueError(
                f"expected an optimiser for each network, but got one object, {d_optimizer}, for "
                "both: it remembers the steps of one. Make two."
            )
        self.build_optimizers()

    def train_step(self, real: tf.Tensor) -> dict[str, tf.Tensor]:
        """One step of the discriminator, then one of the generator, on fresh noise each."""
        real = self.batch(real)
        self.update_discriminator(real)
        self.update_generator(real)
        _averages.follow(self.average, self.generator, self.ema_decay)
        return replicas.reported(self.get_metrics_result())

    def update_discriminator(self, real: tf.Tensor) -> None:
        """Lower L_D and penalties in the discriminator's variables only; `real`: (n, …)."""
        fake = self.fakes(self.noise(tf.shape(real)[0]), training=True)
        real, fake = pack(real, self.packing), pack(fake, self.packing)
        variables = self.discriminator.trainable_variables
        with tf.GradientTape() as tape:
            real_logits, fake_logits = self.logits(real), self.logits(fake)
            loss = self.discriminator_loss(real_logits, fake_logits)
            total = loss + sum(
                weight * PENALTIES[name](self.discriminator, real, fake, self.noise_seed)
                for name, weight in self.penalties
            )
            total = self.d_optimizer.scale_loss(total / replicas.count())
        self.d_optimizer.apply(tape.gradient(total, variables), variables)
        self.d_loss.update_state(loss)
        self.count_answers(real_logits, fake_logits)

    def update_generator(self, real: tf.Tensor) -> None:
        """Lower L_G in the generator's variables only, on as many fakes as there are reals."""
        variables = self.generator.trainable_variables
        noise = self.noise(tf.shape(real)[0])
        paired = self.loss_name in PAIRED
        real_logits = self.logits(pack(real, self.packing)) if paired else None
        with tf.GradientTape() as tape:
            fake = pack(self.fakes(noise, training=True), self.packing)
            loss = self.generator_loss(real_logits, self.logits(fake))
            total = self.g_optimizer.scale_loss(loss / replicas.count())
        self.g_optimizer.apply(tape.gradient(total, variables), variables)
        self.g_loss.update_state(loss)

    def test_step(self, real: tf.Tensor) -> dict[str, tf.Tensor]:
        """Both losses on held-out samples and as many fakes; nothing moves."""
        real = self.batch(real)
        fake = self.fakes(self.drawn(tf.shape(real)[0], self.test_seed), training=False)
        packs = (pack(x, self.packing) for x in (real, fake))
        real_logits, fake_logits = (self.logits(x, training=False) for x in packs)
        self.d_loss.update_state(self.discriminator_loss(real_logits, fake_logits))
        self.g_loss.update_state(self.generator_loss(real_logits, fake_logits))
        self.count_answers(real_logits, fake_logits)
        return replicas.reported(self.get_metrics_result())

    def logits(self, samples: tf.Tensor, training: bool = True) -> tf.Tensor:
        """The discriminator's answers as float32, also where it computes in 16 bits."""
        return tf.cast(self.discriminator(samples, training=training), "float32")

    def fakes(self, noise: tf.Tensor, training: bool) -> tf.Tensor:
        """The generator's samples as float32, also where it computes in 16 bits."""
        return tf.cast(self.generator(noise, training=training), "float32")

    def count_answers(self, real_logits: tf.Tensor, fake_logits: tf.Tensor) -> None:
        """Update the share of right answers; a logit of 0 counts half, so that D = 1/2 has 0.5."""
        for margins in (real_logits, -fake_logits):  # above 0 right, at 0 undecided
            right = tf.cast(margins > 0, "float32") + tf.cast(margins >= 0, "float32")
            self.d_accuracy.update_state(right / 2)

    def noise(self, n: tf.Tensor) -> tf.Tensor:
        """n vectors z ~ N(0, I), shape (n, latent_dim), the next of the training's noise."""
        return self.drawn(n, self.noise_seed)

    def drawn(self, n: tf.Tensor, seed: keras.random.SeedGenerator) -> tf.Tensor:
        """n vectors z ~ N(0, I) from that seed, on several replicas those of this one."""
        return replicas.own_part(
            lambda m: keras.random.normal((m, self.latent_dim), dtype="float32", seed=seed), n
        )

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
        checks.whole(n, "n")
        checks.whole(seed, "seed", least=0)
        checks.whole(batch_size, "batch_size")
        z = keras.random.normal((n, self.latent_dim), dtype="float32", seed=seed)
        drawn = self.average.predict(z, batch_size=batch_size, verbose=0)
        return drawn.astype("float32", copy=False)

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs to build the same, untrained model."""
        return {**super().get_config(), "penalty": [list(each) for each in self.penalties]}


def _penalties(given: Penalty | Sequence[Penalty]) -> tuple[Penalty, ...]:
    """One penalty or several, also as the lists of a saved file."""
    if not isinstance(given, list | tuple):
        raise TypeError(
            f"expected a penalty such as penalties.r1(0.1), or a sequence of them, but got "
            f"{given!r}. For the penalty of WGAN-GP: penalties.gradient_penalty(10.0)."
        )
    several = [given] if isinstance(given, Penalty) else given
    for each in several:
        if not (isinstance(each, list | tuple) and len(each) == 2):
            raise TypeError(f"expected penalties such as penalties.r1(0.1), but got {each!r}.")
    return tuple(checked(Penalty(*each)) for each in several)
