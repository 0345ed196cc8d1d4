"""Networks that learn from text alone: the next character (GPT), or hidden ones (Masked)."""

from collections.abc import Callable
from typing import Any, ClassVar

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from aigc_lib import checks, replicas, sampling, watch
from aigc_lib.training import Learner
from aigc_lib.transformer import chain
from aigc_lib.watch import Samples

__all__ = ["GPT", "Masked"]

Bias = Callable[[tf.Tensor], tf.Tensor]  # all ids so far (m, t) → added to the logits (m, V)
NUMBERS = 2**22  # logits at once, where a text is judged: 16 MB


class _Reader(Learner):
    """What both share: one network that reads ids, and the two numbers that they report."""

    NETWORKS = ("network",)
    METRICS: ClassVar[dict[str, str]] = {"nats": "min", "accuracy": "max"}

    def __init__(self, network: keras.Model, seed: int = 0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.seed = checks.whole(seed, "seed", least=0)
        self.embedding, self.blocks, self.ending = chain(network)
        self.network = network
        self.test_seed = keras.random.SeedGenerator(0)
        self.trackers = {name: keras.metrics.Mean(name) for name in self.METRICS}
        self.built = True

    @property
    def metrics(self) -> list[keras.metrics.Metric]:
        """The trackers; Keras resets them at the start of each epoch."""
        return list(self.trackers.values())

    @property
    def length(self) -> int:
        """Characters that the network can read at once: its window."""
        return self.embedding.length

    @property
    def vocabulary(self) -> int:
        """How many ids the network knows."""
        return self.embedding.vocabulary

    def trained_by(self) -> list[tuple[keras.optimizers.Optimizer, list[keras.Variable]]]:
        """The one optimiser with the variables of the network."""
        return [(self.optimizer, self.trainable_variables)]

    def compile(self, optimizer: Any = None, *args: Any, **kwargs: Any) -> None:
        """Keras's `compile` without loss and metrics; by default Adam, 1e-3 and β₂ 0.99."""
        found = self.ready(optimizer, keras.optimizers.Adam(1e-3, beta_2=0.99))
        super().compile(found, *args, **kwargs)
        self.build_optimizers()

    def measure(self, data: Any, evaluating: bool) -> tf.Tensor:
        """The mean loss of a batch in nats a character; the trackers are updated with it."""
        raise NotImplementedError

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

    def samples(self, evaluating: bool = False) -> Samples:
        """Ids of rows, two characters at least and one more than the window at most."""
        return Samples((None,), (0, self.vocabulary - 1), whole=(2, self.length + 1))

    def measure(self, data: Any, evaluating: bool) -> tf.Tensor:
        """-log p of each character but the first, given those before it."""
        ids = self.batch(data)
        labels, logits = ids[:, 1:], self.logits(ids[:, :-1], training=not evaluating)
        nats = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits)
        right = tf.argmax(logits, axis=-1, output_type="int32") == labels
        self.trackers["nats"].update_state(nats)
        self.trackers["accuracy"].update_state(tf.cast(right, "float32"))
        return ops.mean(nats)

    # What a trained model does

    def nats(self, ids: Any) -> np.ndarray:
        """-log p of each character of a long text, given those before it: (n,), float64.

        The window moves on by half of its length; of what it reads only the second half counts, so
        that each character has at least half a window before it, but for the first window of all.
        The first character, before which nothing stands, counts log V.

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
        found, done = np.full(len(row), np.log(self.vocabulary)), 1
        for i in range(0, len(starts), several):
            part = starts[i : i + several]
            for start, nats in zip(part, self.nats_of(windows[part]).numpy(), strict=True):
                end = start + length + 1
                found[done:end] = nats[length - (end - done) :]
                done = end
        return found

    @tf.function(reduce_retracing=True)
    def nats_of(self, ids: tf.Tensor) -> tf.Tensor:
        """-log p of each character but the first of rows (n, t + 1): (n, t)."""
        return tf.nn.sparse_softmax_cross_entropy_with_logits(ids[:, 1:], self.logits(ids[:, :-1]))

    def wanted(self, lengths: tuple[int, float]) -> Samples:
        """Rows of ids that the network knows, of these lengths."""
        return Samples((None,), (0, self.vocabulary - 1), whole=lengths)

    def attention(self, ids: Any) -> list[np.ndarray]:
        """How much each character of a row looks at each: (heads, t, t) for each block.

        Row i sums to 1; what stands after i has the weight 0. Errors as in `nats`.

        Args:
            ids: of one row, (t,), t ≤ length.
        """
        x = self.embedding(watch.ids(checks.array(ids)[None], self.wanted((1, self.length))))
        found = []
        for block in self.blocks:
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
            temperature, top_k, top_p: as in `sampling.limited`; temperature 0 takes the most
                probable character, top_k and top_p None keep all.
            seed: equal seeds draw equal characters.
            cache: whether keys and values of what was read are kept, or computed anew for each
                character: slower, for comparison; the same characters but for rounding.
            bias: a TensorFlow function of all ids so far, (m, t) with the prompt, to numbers
                (m, V) that are added to the logits before all else. Traced once for each function.

        Returns:
            int32 array (m, n).

        Raises:
            ValueError, TypeError: prompts of unequal length, none, longer than the window, unknown
                ids; n, temperature, top_k, top_p or seed out of range.
        """
        rows = checks.array(prompt)
        rows = watch.ids(rows[None] if rows.ndim == 1 else rows, self.wanted((1, self.length)))
        checks.whole(n, "n")
        checks.whole(seed, "seed", least=0, most=2**31 - 1)
        temperature = checks.number(temperature, "temperature", least=0)
        k = self.vocabulary if top_k is None else checks.whole(top_k, "top_k")
        p = 1.0 if top_p is None else checks.number(top_p, "top_p", above=0, most=1)
        if bias is not None and not callable(bias):
            raise TypeError(f"expected a function of ids or None for bias, but got {bias!r}.")
        how = "greedy" if temperature == 0 else "all" if top_k is top_p is None else "limited"
        number = tf.TensorSpec((), "int32")
        specs = [tf.TensorSpec((None, None), "int32"), number, number, number, number, number]
        part = self.write.get_concrete_function(
            *specs, tf.TensorSpec((), "float32"), tf.TensorSpec((), "float32"), how, cache, bias
        )
        first = done = rows.shape[1]
        text = tf.constant(np.pad(rows.T, [(0, n), (0, 0)]))
        start, options = 0, (seed, k, temperature, p)
        while done < first + n:
            end = min(start + self.length + 1, first + n)
            text = part(text, *map(tf.constant, (start, done, end, *options)))
            start, done = end - (self.length // 2 or 1), end
        return text.numpy()[first:].T

    @tf.function
    def write(
        self,
        text: tf.Tensor,
        start: tf.Tensor,
        done: tf.Tensor,
        end: tf.Tensor,
        seed: tf.Tensor,
        top_k: tf.Tensor,
        temperature: tf.Tensor,
        top_p: tf.Tensor,
        how: str,
        cache: bool,
        bias: Bias | None,
    ) -> tf.Tensor:
        """Characters done … end - 1 of a text (t, m), by a network that reads it from `start` on."""

        def follow(i: tf.Tensor, text: tf.Tensor, kept: Any) -> tuple[tf.Tensor, tf.Tensor, Any]:
            if cache:
                logits, kept = self.extend(tf.transpose(text[i - 1 : i]), i - 1 - start, kept)
            else:
                logits = self.network(tf.transpose(text[start:i]))
            logits = tf.cast(logits[:, -1], "float32")
            if bias is not None:
                logits += tf.cast(bias(tf.transpose(text[:i])), "float32")
            chosen = sampling.draw(logits, how, [seed, i], temperature, top_k, top_p)
            return i + 1, tf.tensor_scatter_nd_update(text, [[i]], [chosen]), kept

        kept: Any = ()
        if cache:
            kept = [block.empty(tf.shape(text)[1], self.length) for block in self.blocks]
            _, kept = self.extend(tf.transpose(text[start : done - 1]), 0, kept)
        return tf.while_loop(lambda i, *_: i < end, follow, (done, text, kept))[1]

    def extend(self, ids: tf.Tensor, place: Any, kept: list) -> tuple[tf.Tensor, list]:
        """Logits for the next ids (m, t) of rows, and the blocks' caches once they are read."""
        x, new = self.embedding.extend(ids, place), []
        for block, cache in zip(self.blocks, kept, strict=True):
            x, cache = block.extend(x, place, cache)
            new.append(cache)
        for layer in self.ending:
            x = layer(x)
        return x, new
