"""Networks that learn from text alone: the next character (GPT), or hidden ones (Masked)."""

from collections.abc import Callable
from typing import Any, ClassVar

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from aigc_lib import checks, replicas, sampling, watch
from aigc_lib.training import Learner
from aigc_lib.transformer import chain, empty, extend
from aigc_lib.watch import Ids

__all__ = ["GPT", "Masked"]

Bias = Callable[[tf.Tensor], tf.Tensor]  # all ids so far (m, t) → added to the logits (m, V)
NUMBERS = 2**22  # logits at once, where a text is judged: 16 MB


class _Reader(Learner):
    """What both share: one network that reads ids, and the two numbers that they report.

    A subclass says in `measure(data, evaluating)` what is to be told: it gives the mean of -log p.

    Attributes:
        length: characters that the network can read at once, its window.
        vocabulary: how many ids it knows.
    """

    NETWORKS = ("network",)
    METRICS: ClassVar[dict[str, str]] = {"nats": "min", "accuracy": "max"}
    CAUSAL = True  # whether a character of the network sees only those before it
    measure: Callable[..., tf.Tensor]

    def __init__(self, network: keras.Model, seed: int = 0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.seed = checks.whole(seed, "seed", least=0)
        embedding, blocks, _ = chain(network)
        if {block.causal for block in blocks} != {self.CAUSAL}:
            raise ValueError(
                f"expected a network with causal={self.CAUSAL}, but got another: "
                f"{type(self).__name__} tells a character from those before it"
                f"{'' if self.CAUSAL else ' and after it'}. Build it anew with transformer."
            )
        self.network = network
        self.length, self.vocabulary = embedding.length, embedding.vocabulary
        self.test_seed = keras.random.SeedGenerator(0)
        self.trackers = {name: keras.metrics.Mean(name) for name in self.METRICS}
        self.built = True

    @property
    def metrics(self) -> list[keras.metrics.Metric]:
        """The trackers; Keras resets them at the start of each epoch."""
        return list(self.trackers.values())

    def trained_by(self) -> list[tuple[keras.optimizers.Optimizer, list[keras.Variable]]]:
        """The one optimiser with the variables of the network."""
        return [(self.optimizer, self.trainable_variables)]

    def compile(self, optimizer: Any = None, *args: Any, **kwargs: Any) -> None:
        """Keras's `compile` without loss and metrics; by default Adam, 1e-3 and β₂ 0.99."""
        found = self.ready(optimizer, keras.optimizers.Adam(1e-3, beta_2=0.99))
        super().compile(found, *args, **kwargs)
        self.build_optimizers()

    def train_step(self, data: tf.Tensor) -> dict[str, tf.Tensor]:
        """One step of the optimiser on one batch."""
        variables = self.trainable_variables
        with tf.GradientTape() as tape:
            loss = self.measure(data, evaluating=False)
            total = self.optimizer.scale_loss(loss / replicas.count())
        self.optimizer.apply(tape.gradient(total, variables), variables)
        return replicas.reported(self.get_metrics_result())

    def test_step(self, data: tf.Tensor) -> dict[str, tf.Tensor]:
        """The trackers on one batch; nothing moves."""
        self.measure(data, evaluating=True)
        return replicas.reported(self.get_metrics_result())

    def noted(self, labels: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
        """The mean of -log p of labels (…) under logits (…, V); the trackers are updated."""
        nats = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits)
        right = tf.argmax(logits, axis=-1, output_type="int32") == labels
        self.trackers["nats"].update_state(nats)
        self.trackers["accuracy"].update_state(tf.cast(right, "float32"))
        return ops.mean(nats)

    def wanted(self, lengths: tuple[int, float], hidden: int = 0) -> Ids:
        """Rows of these lengths, of ids that the network knows, without the last `hidden` ones."""
        return Ids(self.vocabulary - hidden, lengths)

    def logits(self, ids: tf.Tensor, training: bool = False) -> tf.Tensor:
        """The network's logits as float32, also where it computes in 16 bits."""
        return ops.cast(self.network(ids, training=training), "float32")

    def call(self, ids: tf.Tensor, training: bool = False) -> tf.Tensor:
        """Logits (n, t, V) for ids (n, t)."""
        return self.network(ids, training=training)


@keras.saving.register_keras_serializable(package="aigc_lib")
class GPT(_Reader):
    """p(x) = Π_i p(x_i | x_<i), each factor by a network that sees no later character.

    `fit` takes ids (n, t + 1), such as `text.windows` cuts: character i is to be told from those
    before it, i = 1 … t. It reports, as means over the epoch:

        nats      -log p of a character
        accuracy  share of the characters that were held for the most probable

    Args:
        network: of `transformer.transformer`, causal.
        seed: of the order of batches.

    Source: Radford et al. 2018, "Improving language understanding by generative pre-training".
    """

    OPTIONS: ClassVar[dict[str, str]] = {"seed": "seed"}

    def samples(self, evaluating: bool = False) -> Ids:
        """Ids of rows, two characters at least and one more than the window at most."""
        return self.wanted((2, self.length + 1))

    def measure(self, data: Any, evaluating: bool) -> tf.Tensor:
        """-log p of each character but the first, given those before it."""
        ids = self.batch(data)
        return self.noted(ids[:, 1:], self.logits(ids[:, :-1], training=not evaluating))

    # What a trained model does

    def nats(self, ids: Any) -> np.ndarray:
        """-log p of each character of a long text, given those before it: (n,), float64.

        The window moves on by half of its length, and of what it reads the second half counts: each
        character has at least half a window before it, but for those of the first window. The
        first character of all, before which nothing stands, counts log V.

        Args:
            ids: of the text, (n,), n ≥ 2.

        Raises:
            ValueError: no long row of ids, or unknown ones.
        """
        row = watch.ids(checks.array(ids)[None], self.wanted((2, np.inf)))[0]
        length = min(self.length, len(row) - 1)
        windows = np.lib.stride_tricks.sliding_window_view(row, length + 1)
        starts = [*range(0, len(windows) - 1, length // 2 or 1), len(windows) - 1]
        several = max(1, NUMBERS // (length * self.vocabulary))
        judge = self.nats_of.get_concrete_function(tf.TensorSpec((None, None), "int32"))
        found, done = np.full(len(row), np.log(self.vocabulary)), 1
        for i in range(0, len(starts), several):
            part = starts[i : i + several]
            for start, nats in zip(part, judge(tf.constant(windows[part])).numpy(), strict=True):
                end = start + length + 1
                found[done:end] = nats[length - (end - done) :]
                done = end
        return found

    @tf.function
    def nats_of(self, ids: tf.Tensor) -> tf.Tensor:
        """-log p of each character but the first of rows (n, t + 1): (n, t)."""
        return tf.nn.sparse_softmax_cross_entropy_with_logits(ids[:, 1:], self.logits(ids[:, :-1]))

    def attention(self, ids: Any) -> list[np.ndarray]:
        """How much each character of a row looks at each: (heads, t, t) for each block.

        Row i sums to 1; what stands after i has the weight 0. Errors as in `nats`.

        Args:
            ids: of one row, (t,), t ≤ length.
        """
        (embedding, blocks, _), found = chain(self.network), []
        x = embedding(watch.ids(checks.array(ids)[None], self.wanted((1, self.length))))
        for block in blocks:
            if block.attention:
                found.append(np.asarray(block.weights_of(x)[0], "float32"))
            x = block(x)
        return found

    def generate(
        self,
        prompt: Any,
        n: int,
        temperature: float = 1.0,
        top_k: int | None = None,
        top_p: float | None = None,
        seed: int = 0,
        cache: bool = True,
        bias: Bias | None = None,
    ) -> np.ndarray:
        """n characters after each prompt, one after the other, each drawn from p(x_i | x_<i).

        When the network has read as many characters as its window holds, it begins anew with the
        last half of a window: with and without the cache alike.

        Args:
            prompt: ids (t,), or (m, t) of m rows, 1 ≤ t ≤ length.
            n: characters to draw.
            temperature, top_k, top_p, seed: as in `sampling.law`.
            cache: whether keys and values of what was read are kept, or for comparison computed
                anew for each character: slower; the same characters but for rounding.
            bias: a TensorFlow function of all ids so far, (m, t) with the prompt, to numbers (m, V)
                that are added to the logits before all else; compiled once for each function.

        Returns:
            int32 array (m, n).

        Raises:
            ValueError, TypeError: prompts of unequal length, longer than the window, unknown ids;
                another argument of a wrong kind or out of range.
        """
        rows = checks.array(prompt)
        rows = watch.ids(rows[None] if rows.ndim == 1 else rows, self.wanted((1, self.length)))
        checks.whole(n, "n")
        how, law = sampling.law(self.vocabulary, temperature, top_k, top_p, seed)
        if bias is not None and not callable(bias):
            raise TypeError(f"expected a function of ids or None for bias, but got {bias!r}.")
        spec = tf.TensorSpec((None, None), "int32"), (tf.TensorSpec((), "int32"),) * 3
        more = how, bool(cache), bias
        write = self.write.get_concrete_function(*spec, sampling.SPECS, *more)
        first = done = rows.shape[1]
        text, start = tf.constant(np.pad(rows.T, [(0, n), (0, 0)])), 0
        while done < first + n:
            end = min(start + self.length + 1, first + n)
            text = write(text, tuple(map(tf.constant, (start, done, end))), law, *more)
            start, done = end - (self.length // 2 or 1), end
        return text.numpy()[first:].T

    @tf.function
    def write(
        self, text: tf.Tensor, span: tuple, law: sampling.Law, how: str, cache: bool, bias: Any
    ) -> tf.Tensor:
        """A text (t, m) with the characters done … end - 1, read from start on; the span is all."""
        start, done, end = span
        kept = empty(self.network, tf.shape(text)[1]) if cache else ()
        if cache:
            _, kept = extend(self.network, tf.transpose(text[start : done - 1]), 0, kept)

        def step(i: tf.Tensor, text: tf.Tensor, kept: Any) -> tuple[tf.Tensor, Any]:
            if not cache:
                return self.logits(tf.transpose(text[start:i]))[:, -1], kept
            last = tf.transpose(text[i - 1 : i])
            logits, kept = extend(self.network, last, i - 1 - start, kept)
            return tf.cast(logits[:, -1], "float32"), kept

        return sampling.write(text, done, end, step, kept, how, law, bias)


@keras.saving.register_keras_serializable(package="aigc_lib")
class Masked(_Reader):
    """Hidden characters told from those on both sides, as BERT learns.

    `fit` takes ids (n, t). Of each row it hides a share of the characters, one at least, drawn anew
    for each batch: of ten about eight are replaced by the mask, one by any character, one stays. It
    reports nats and accuracy as `GPT` does, of the hidden characters.

    Args:
        network: of `transformer.transformer`, not causal, its vocabulary one larger than that of
            the text: the last id is the mask.
        share: of the characters that are hidden.
        seed: of the order of batches and of what is hidden.

    Source: Devlin et al. 2018, https://arxiv.org/abs/1810.04805
    """

    OPTIONS: ClassVar[dict[str, str]] = {"share": "share", "seed": "seed"}
    SEEDS: ClassVar[dict[str, str]] = {"train_state": "train_seed"}
    CAUSAL = False

    def __init__(self, network: keras.Model, share: float = 0.15, seed: int = 0, **kwargs: Any):
        super().__init__(network, seed, **kwargs)
        self.share = checks.number(share, "share", above=0, most=1)
        self.train_seed = keras.random.SeedGenerator(self.seed)

    def samples(self, evaluating: bool = False) -> Ids:
        """Ids of rows that fit into the window, without the mask."""
        return self.wanted((1, self.length), hidden=1)

    def measure(self, data: Any, evaluating: bool) -> tf.Tensor:
        """-log p of each hidden character, given the rest."""
        ids = self.batch(data)
        places, seen = self.hide(ids, self.test_seed if evaluating else self.train_seed)
        logits = self.logits(seen, training=not evaluating)[..., :-1]  # the mask is no character
        return self.noted(*(tf.gather(x, places, batch_dims=1) for x in (ids, logits)))

    def hide(self, ids: tf.Tensor, seed: keras.random.SeedGenerator) -> tuple[tf.Tensor, tf.Tensor]:
        """Places (n, k) of the hidden characters of rows (n, t), and the rows as they are seen."""
        t, size = ops.shape(ids)[1], self.vocabulary - 1
        k = tf.maximum(1, tf.cast(tf.round(self.share * tf.cast(t, "float32")), "int32"))
        n, draw = ops.shape(ids)[0], keras.random.uniform
        drawn = replicas.own_part(lambda m: draw((m, 3, t), dtype="float32", seed=seed), n)
        ranks, fate, other = tf.unstack(drawn, axis=1)
        places = tf.math.top_k(ranks, k).indices
        anything = tf.cast(other * size, "int32")
        instead = tf.where(fate < 0.8, size, tf.where(fate < 0.9, anything, ids))
        chosen = tf.reduce_any(tf.range(t)[:, None] == places[:, None], axis=2)
        return places, tf.where(chosen, instead, ids)
