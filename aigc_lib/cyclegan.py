"""CycleGAN as a Keras model: two domains, two translators, two discriminators, no pairs."""

from collections.abc import Iterable
from typing import Any, ClassVar

import keras
import numpy as np
import tensorflow as tf

from aigc_lib import _averages, checks, parts, replicas
from aigc_lib.data import SCALES
from aigc_lib.losses import DUAL, GAN_LOSSES, PAIRED, cycle_loss, gan_losses, identity_loss
from aigc_lib.training import Learner
from aigc_lib.watch import Domains, Samples, arrays

__all__ = ["LOSSES", "CycleGAN"]

Pair = tuple[tf.Tensor, tf.Tensor]  # of domain a, of domain b
LOSSES = sorted(set(GAN_LOSSES) - DUAL - PAIRED)  # of one logit, and of each row by itself


@keras.saving.register_keras_serializable(package="aigc_lib")
class CycleGAN(Learner):
    """Two translators that learn from two sets of pictures without pairs.

    With G = to_b, F = to_a and discriminators D_A, D_B, the translators lower (Zhu et al. 2017,
    equation 3, https://arxiv.org/abs/1703.10593, and the identity term of its section 5.2)

        L = L_GAN(G, D_B) + L_GAN(F, D_A) + λ L_cycle + λ_id L_identity
        L_cycle = E |F(G(x)) - x| + E |G(F(y)) - y|
        L_identity = E |G(y) - y| + E |F(x) - x|

    and the discriminators the sum of their own losses, on the same translations.

    `fit((a, b))` takes two arrays of signed pictures (n, height, width, channels) of one shape, or
    a data set of pairs of batches. Row i of a has nothing to do with row i of b: each array is
    shuffled by itself. Where one is shorter, it begins again until the longer one has ended. It
    reports, as means over the epoch:

        d_loss    the sum of both discriminators' losses
        g_loss    L_GAN(G, D_B) + L_GAN(F, D_A), without the other terms
        cycle     L_cycle; a half of it is the mean error of a pixel there and back
        identity  L_identity, where its weight is above 0

    `evaluate((a, b))` reports the same of held-out pictures, of the translators themselves, not
    their averages, and without noise; nothing moves.

    Args:
        to_b, to_a: Keras models, pictures → pictures of the other domain, as
            `translators.translator` builds them.
        discriminator_a, discriminator_b: pictures of that domain → logits (n, 1), or one for each
            patch, (n, h, w, 1), as `translators.patches` gives them.
        loss: a name in `LOSSES`: those of `losses.GAN_LOSSES` that read one logit of a row and
            compare no row of one domain with a row of the other. With the targets 1 and -1 of
            ours, "least-squares" is twice that of the paper, whose targets are 1 and 0: its
            λ = 10 is 20 here.
        cycle: λ, at least 0.
        identity: λ_id, at least 0; with 0 the term is left out. The paper takes λ / 2, or 0.
        noise: σ of normal noise that is added to each pixel of a translation before it is
            translated back, in training: it drowns what is hidden there (Chu et al. 2017,
            https://arxiv.org/abs/1712.02950). In units of a signed pixel, whose range is 2.
        ema_decay: β of the averaged translators, as in `gan.GAN`; they draw `translate`.
        seed: of the order of the pictures and of the noise.

    Raises:
        ValueError: an unknown loss, networks that do not fit or end in a probability, a weight
            below 0, a decay outside [0, 1).
        TypeError: what is no network, no number.
    """

    NETWORKS = ("to_b", "to_a", "discriminator_a", "discriminator_b")
    OPTIONS: ClassVar[dict[str, str]] = {
        "loss": "loss_name",
        "cycle": "cycle_weight",
        "identity": "identity_weight",
        "noise": "noise",
        "ema_decay": "ema_decay",
        "seed": "seed",
    }
    SEEDS: ClassVar[dict[str, str]] = {"noise_state": "noise_seed"}
    OPTIMIZERS = ("d_optimizer", "g_optimizer")
    METRICS: ClassVar[dict[str, str]] = dict.fromkeys(
        ("d_loss", "g_loss", "cycle", "identity"), "min"
    )
    RIVALS = True  # against a frozen network the other wins at once
    scale = "signed"  # of pictures, as `data.rescale` names it

    def __init__(
        self,
        to_b: keras.Model,
        to_a: keras.Model,
        discriminator_a: keras.Model,
        discriminator_b: keras.Model,
        loss: str = "least-squares",
        cycle: float = 10.0,
        identity: float = 5.0,
        noise: float = 0.0,
        ema_decay: float = 0.99,
        seed: int = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.loss_name = checks.choice(loss, "the loss of CycleGAN", LOSSES)
        self.discriminator_loss, self.generator_loss = gan_losses(loss)
        self.cycle_weight = checks.number(cycle, "cycle", least=0)
        self.identity_weight = checks.number(identity, "identity", least=0)
        self.noise = checks.number(noise, "noise", least=0)
        self.seed = checks.whole(seed, "seed", least=0)
        self.ema_decay = _averages.decay(ema_decay)
        parts.check_cycle(to_b, to_a, discriminator_a, discriminator_b)
        self.to_b, self.to_a = to_b, to_a
        self.discriminator_a, self.discriminator_b = discriminator_a, discriminator_b
        self.average_to_b, self.average_to_a = map(_averages.copy_of, (to_b, to_a))
        self.noise_seed = keras.random.SeedGenerator(self.seed)
        self.test_seed = keras.random.SeedGenerator(0)
        self.d_loss = keras.metrics.Mean("d_loss")
        self.g_loss = keras.metrics.Mean("g_loss")
        self.cycle = keras.metrics.Mean("cycle")
        self.identity = keras.metrics.Mean("identity")
        self.built = True  # all networks are: there is nothing left to build

    @property
    def metrics(self) -> list[keras.metrics.Metric]:
        """The trackers; Keras resets them at the start of each epoch."""
        identity = [self.identity] if self.identity_weight else []
        return [self.d_loss, self.g_loss, self.cycle, *identity]

    def samples(self, evaluating: bool = False) -> Domains:
        """Signed pictures of two domains. A few may all be light, as 4 % of the emoji are."""
        shape, limits = self.to_b.input_shape[1:], SCALES[self.scale]
        return Domains(*(Samples(shape, limits, domain=name, paper=10) for name in "ab"))

    def trained_by(self) -> list[tuple[keras.optimizers.Optimizer, list[keras.Variable]]]:
        """Each optimiser with the variables of its two networks."""
        rivals = (self.discriminator_a, self.discriminator_b), (self.to_b, self.to_a)
        variables = [_variables(networks) for networks in rivals]
        return list(zip(self.optimizers, variables, strict=True))

    def compile(
        self,
        d_optimizer: keras.optimizers.Optimizer | str | None = None,
        g_optimizer: keras.optimizers.Optimizer | str | None = None,
        jit_compile: bool = False,
        **kwargs: Any,
    ) -> None:
        """One optimiser for both discriminators, one for both translators, by name too.

        By default Adam with β₁ 0.5, β₂ 0.99. XLA stays off: it makes these convolutions slower on
        a CPU.

        Raises:
            ValueError, TypeError: one optimiser for all, a loss, metrics, an unknown name.
        """
        if "optimizer" in kwargs:
            raise TypeError(
                f"expected two optimisers, for the discriminators and for the translators, but got "
                f"optimizer={kwargs['optimizer']!r}. Call compile(d_optimizer, g_optimizer)."
            )
        super().compile(jit_compile=jit_compile, **kwargs)
        rates = keras.optimizers.Adam(1e-3, 0.5, 0.99), keras.optimizers.Adam(1e-3, 0.5, 0.99)
        self.d_optimizer = self.ready(d_optimizer, rates[0])
        self.g_optimizer = self.ready(g_optimizer, rates[1])
        if self.d_optimizer is self.g_optimizer:
            raise ValueError(
                f"expected two optimisers, but got one object, {d_optimizer}, for all: it "
                "remembers the steps of one. Make two."
            )
        self.build_optimizers()

    def train_step(self, data: Any) -> dict[str, tf.Tensor]:
        """One step of the discriminators and of the translators, on the same translations."""
        a, b = self.batch(data)
        (_, judging), (_, drawing) = self.trained_by()
        with _tape() as d_tape, _tape() as g_tape:
            d_tape.watch([each.value for each in judging])
            g_tape.watch([each.value for each in drawing])
            there = self.translated(self.to_b, a), self.translated(self.to_a, b)
            d_loss, g_loss = self.game((a, b), there)
            total = g_loss + self.kept((a, b), there)
            d_total = self.d_optimizer.scale_loss(d_loss / replicas.count())
            g_total = self.g_optimizer.scale_loss(total / replicas.count())
        self.d_optimizer.apply(d_tape.gradient(d_total, judging), judging)
        self.g_optimizer.apply(g_tape.gradient(g_total, drawing), drawing)
        _averages.follow(self.average_to_b, self.to_b, self.ema_decay)
        _averages.follow(self.average_to_a, self.to_a, self.ema_decay)
        return replicas.reported(self.get_metrics_result())

    def test_step(self, data: Any) -> dict[str, tf.Tensor]:
        """All terms on held-out pictures; nothing moves."""
        a, b = self.batch(data)
        there = self.translated(self.to_b, a, False), self.translated(self.to_a, b, False)
        self.game((a, b), there, training=False)
        self.kept((a, b), there, training=False)
        return replicas.reported(self.get_metrics_result())

    def game(self, real: Pair, there: Pair, training: bool = True) -> Pair:
        """The losses of the discriminators, and L_GAN(G, D_B) + L_GAN(F, D_A).

        Args:
            real: x and y, pictures of both domains.
            there: G(x) and F(y), which look like y and x.
        """
        (x, y), (fake_y, fake_x) = real, there
        d_loss, g_loss = 0.0, 0.0
        for judge, each, fake in (
            (self.discriminator_a, x, fake_x),
            (self.discriminator_b, y, fake_y),
        ):
            logits = (tf.cast(judge(z, training=training), "float32") for z in (each, fake))
            real_logits, fake_logits = logits
            d_loss += self.discriminator_loss(real_logits, fake_logits)
            g_loss += self.generator_loss(real_logits, fake_logits)
        self.d_loss.update_state(d_loss)
        self.g_loss.update_state(g_loss)
        return d_loss, g_loss

    def kept(self, real: Pair, there: Pair, training: bool = True) -> tf.Tensor:
        """λ L_cycle + λ_id L_identity, of pictures and translations as `game` takes them."""
        (x, y), (fake_y, fake_x) = real, there
        back_x = self.translated(self.to_a, self.noisy(fake_y, training), training)
        back_y = self.translated(self.to_b, self.noisy(fake_x, training), training)
        cycle = cycle_loss(x, back_x) + cycle_loss(y, back_y)
        self.cycle.update_state(cycle)
        if not self.identity_weight:
            return self.cycle_weight * cycle
        same_y = self.translated(self.to_b, y, training)
        same_x = self.translated(self.to_a, x, training)
        identity = identity_loss(y, same_y) + identity_loss(x, same_x)
        self.identity.update_state(identity)
        return self.cycle_weight * cycle + self.identity_weight * identity

    def translated(self, network: keras.Model, x: tf.Tensor, training: bool = True) -> tf.Tensor:
        """Pictures of the other domain as float32, also where a translator computes in 16 bits."""
        return tf.cast(network(x, training=training), "float32")

    def noisy(self, x: tf.Tensor, training: bool) -> tf.Tensor:
        """x + σ ε, ε ~ N(0, I), in training; on several replicas the noise of this one."""
        if not (self.noise and training):
            return x

        def draw(n: tf.Tensor) -> tf.Tensor:
            return keras.random.normal((n, *x.shape[1:]), dtype="float32", seed=self.noise_seed)

        return x + self.noise * replicas.own_part(draw, tf.shape(x)[0])

    def call(self, a: tf.Tensor, training: bool = False) -> tf.Tensor:
        """Pictures of domain a in domain b, by the averaged translator."""
        return self.average_to_b(a, training=training)

    def translate(self, images: Any, to: str = "b", batch_size: int = 500) -> np.ndarray:
        """Pictures in the other domain, by the averaged translator.

        Args:
            images: signed, of domain a where `to` is "b", else of domain b.
            to: "b" or "a".
            batch_size: how many at once.

        Returns:
            float32, of the same shape.

        Raises:
            ValueError, TypeError: pictures as in `fit`, another domain.
        """
        checks.choice(to, "to", ("b", "a"))
        checks.whole(batch_size, "batch_size")
        wanted = self.samples()
        x = arrays(images, wanted.a if to == "b" else wanted.b)
        average = self.average_to_b if to == "b" else self.average_to_a
        return average.predict(x, batch_size=batch_size, verbose=0).astype("float32", copy=False)


def _variables(networks: Iterable[keras.Model]) -> list[keras.Variable]:
    """What is to be trained in all of them."""
    return [variable for network in networks for variable in network.trainable_variables]


def _tape() -> tf.GradientTape:
    """A tape that goes through nothing but what depends on the variables that it watches."""
    return tf.GradientTape(watch_accessed_variables=False)
