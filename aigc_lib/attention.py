"""The layers of a transformer: how the characters of a row look at those before them.

Each layer works in two ways. `call` reads whole rows (n, t, width): training. `extend` reads the
next characters of rows whose beginning it has read before; what it must remember of them comes and
goes as tensors, the cache: writing, a character at a time.

Source: Vaswani et al. 2017, https://arxiv.org/abs/1706.03762
"""

from typing import Any, TypeAlias

import keras
import tensorflow as tf
from keras import KerasTensor, layers, ops

from aigc_lib import checks

__all__ = ["Attention", "Bias", "Cache", "Embedding", "ShortConvolution", "dense", "flags"]

Cache: TypeAlias = dict[str, KerasTensor]
FAR = -3e4  # a score so low that its weight is 0, in 16 bits too


def flags(**values: Any) -> None:
    """Raise a TypeError unless all are True or False."""
    for name, value in values.items():
        if not isinstance(value, bool):
            raise TypeError(f"expected True or False for {name}, but got {value!r}.")


def dense(units: int, depth: float = 0.5, use_bias: bool = False, **options: Any) -> layers.Layer:
    """A linear map whose results have variance 1/(2 depth) at first, where its inputs have 1."""
    start = keras.initializers.VarianceScaling(1 / (2 * depth), "fan_in")
    return layers.Dense(units, use_bias=use_bias, **{"kernel_initializer": start} | options)


def _written(cache: KerasTensor, place: Any, new: KerasTensor) -> KerasTensor:
    """A cache (m, heads, length, d) with the vectors `new` (m, heads, t, d) from `place` on.

    A scatter into one long row of vectors: TensorFlow does that in place, and copies nothing.
    """
    shape, d = ops.shape(cache), cache.shape[-1]
    rows, length = shape[0] * shape[1], shape[2]
    places = place + ops.arange(ops.shape(new)[2]) + length * ops.arange(rows)[:, None]
    long_row = tf.tensor_scatter_nd_update(
        tf.reshape(cache, (-1, d)), tf.reshape(places, (-1, 1)), tf.reshape(new, (-1, d))
    )
    return tf.reshape(long_row, shape)


@keras.saving.register_keras_serializable(package="aigc_lib")
class Embedding(layers.Layer):
    """Ids (n, t) → vectors (n, t, width): one for the character plus one for its place, 0 … t - 1.

    Args:
        vocabulary: V, how many ids there are: 0 … V - 1.
        length: how many places there are, so t ≤ length.
        width: numbers in a vector.
        tied: whether the vectors of the characters serve as the head too: `logits`.
    """

    def __init__(
        self, vocabulary: int, length: int, width: int, tied: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        flags(tied=tied)
        self.tied = tied
        self.vocabulary = checks.whole(vocabulary, "vocabulary", least=2)
        self.length = checks.whole(length, "length", least=2)
        self.width = checks.whole(width, "width")

    def build(self, input_shape: tuple[Any, ...]) -> None:
        """Make the vectors."""
        normal = keras.initializers.RandomNormal
        start = normal(stddev=0.02 if self.tied else 0.5)
        self.characters = self.add_weight((self.vocabulary, self.width), start, name="characters")
        self.places = self.add_weight((self.length, self.width), normal(stddev=0.02), name="places")

    def call(self, ids: KerasTensor, reverse: bool = False) -> KerasTensor:
        """The vectors of whole rows; in reverse the logits for vectors."""
        if reverse:
            return self.logits(ids)
        t = ids.shape[1]
        if t is not None and t > self.length:
            raise ValueError(
                f"expected rows of at most {self.length} ids, the window of the network, but got "
                f"{t}. Cut them, or build a network of greater length."
            )
        return ops.take(self.characters, ids, axis=0) + self.places[: ops.shape(ids)[1]]

    def logits(self, x: KerasTensor) -> KerasTensor:
        """How well each character's vector fits x: (n, t, width) → (n, t, V)."""
        return tf.matmul(x, ops.cast(self.characters, x.dtype), transpose_b=True)

    def extend(self, ids: KerasTensor, place: Any) -> KerasTensor:
        """The vectors of ids (m, t) that stand at the places place … place + t - 1."""
        places = place + ops.arange(ops.shape(ids)[1])
        x = ops.take(self.characters, ids, axis=0) + ops.take(self.places, places, axis=0)
        return ops.cast(x, self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        """The arguments of `__init__`."""
        own = ("vocabulary", "length", "width", "tied")
        return super().get_config() | {name: getattr(self, name) for name in own}


@keras.saving.register_keras_serializable(package="aigc_lib")
class Bias(layers.Layer):
    """x + b, a number for each place of a vector, 0 at first."""

    def build(self, input_shape: tuple[Any, ...]) -> None:
        """Make b."""
        self.bias = self.add_weight((input_shape[-1],), "zeros", name="bias")

    def call(self, x: KerasTensor) -> KerasTensor:
        """x + b."""
        return x + self.bias


@keras.saving.register_keras_serializable(package="aigc_lib")
class ShortConvolution(layers.Layer):
    """y_i = x_i + Σ_j w_j ⊙ x_{i-j} over the last `width` vectors, j = 0 … width - 1.

    A depthwise causal convolution: each of the numbers in a vector has weights of its own. They are
    0 at first, so that y = x.
    """

    def __init__(self, width: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.width = checks.whole(width, "width")

    def build(self, input_shape: tuple[Any, ...]) -> None:
        """Make the weights w, (width, numbers in a vector)."""
        self.kernel = self.add_weight((self.width, input_shape[-1]), "zeros", name="kernel")

    def call(self, x: KerasTensor) -> KerasTensor:
        """y of whole rows (n, t, d)."""
        before = ops.pad(x, [[0, 0], [self.width - 1, 0], [0, 0]])
        return self.mixed(x, before)

    def extend(self, x: KerasTensor, cache: Cache) -> tuple[KerasTensor, Cache]:
        """y of the next vectors, and the vectors that the ones after them will see."""
        before = ops.concatenate([cache["recent"], x], axis=1)
        recent = ops.reshape(before[:, ops.shape(x)[1] :], (-1, *cache["recent"].shape[1:]))
        return self.mixed(x, before), {"recent": recent}

    def mixed(self, x: KerasTensor, before: KerasTensor) -> KerasTensor:
        """y from x (n, t, d) and x with the width - 1 vectors before it (n, width - 1 + t, d)."""
        last, t = self.width - 1, ops.shape(x)[1]
        for j in range(self.width):  # faster on a CPU than layers.DepthwiseConv1D
            x = x + ops.cast(self.kernel[j], x.dtype) * before[:, last - j : last - j + t]
        return x

    def empty(self, m: Any, length: int) -> Cache:
        """The cache before the first character of m rows: nothing, which counts as 0."""
        shape = (m, self.width - 1, self.kernel.shape[-1])
        return {"recent": ops.zeros(shape, self.compute_dtype)}

    def get_config(self) -> dict[str, Any]:
        """The arguments of `__init__`."""
        return super().get_config() | {"width": self.width}


@keras.saving.register_keras_serializable(package="aigc_lib")
class Attention(layers.Layer):
    """softmax(Q Kᵀ/√d + mask) V for each head, then a linear map of the heads' results.

    Args:
        heads: each attends by itself, with d = width / heads numbers a query, key and value.
        causal: whether the mask hides from each character those after it.
        dropout: share of the result set to 0 in training.
        depth: blocks in the network; the last map starts 1/√(2 depth) as large.
    """

    def __init__(
        self,
        heads: int,
        causal: bool = True,
        dropout: float = 0.0,
        depth: int = 1,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        flags(causal=causal)
        self.heads, self.causal = checks.whole(heads, "heads"), causal
        self.dropout, self.depth = dropout, checks.whole(depth, "depth")

    def build(self, input_shape: tuple[Any, ...]) -> None:
        """Make the linear maps: one to queries, keys and values together, one of the result."""
        width = input_shape[-1]
        if width % self.heads:
            raise ValueError(
                f"expected a width that the heads share equally, but got {width} and {self.heads} "
                "heads. Make the width a multiple of heads."
            )
        self.size = width // self.heads
        self.project = dense(3 * width, dtype=self.dtype_policy, name="project")
        self.merge = dense(width, self.depth, dtype=self.dtype_policy, name="merge")
        self.drop = layers.Dropout(self.dropout, dtype=self.dtype_policy)
        self.project.build(input_shape)
        self.merge.build(input_shape)

    def call(self, x: KerasTensor, training: bool = False) -> KerasTensor:
        """What each vector of whole rows (n, t, width) gathers from the others."""
        queries, keys, values = self.split(x)
        gathered = ops.matmul(self.weigh(queries, keys), values)
        return self.join(gathered, training)

    def weights_of(self, x: KerasTensor) -> KerasTensor:
        """How much character i looks at character j: (n, heads, t, t), each row sums to 1."""
        queries, keys, _ = self.split(x)
        return self.weigh(queries, keys)

    def extend(self, x: KerasTensor, place: Any, cache: Cache) -> tuple[KerasTensor, Cache]:
        """The same for the vectors (m, t, width) at place … place + t - 1 of rows begun before."""
        queries, keys, values = self.split(x)
        keys, values = (
            _written(cache[name], place, new) for name, new in (("keys", keys), ("values", values))
        )
        gathered = ops.matmul(self.weigh(queries, keys, place), values)
        return self.join(gathered, training=False), {"keys": keys, "values": values}

    def split(self, x: KerasTensor) -> list[KerasTensor]:
        """Queries, keys and values, (n, heads, t, d) each."""
        shape = (-1, ops.shape(x)[1], 3 * self.heads, self.size)
        several = ops.transpose(ops.reshape(self.project(x), shape), (0, 2, 1, 3))
        return ops.split(several, 3, axis=1)

    def weigh(self, queries: KerasTensor, keys: KerasTensor, place: Any = 0) -> KerasTensor:
        """softmax(Q Kᵀ/√d + mask), queries at the places from `place` on, keys from 0 on."""
        scores = tf.matmul(queries * self.size**-0.5, keys, transpose_b=True)
        if self.causal:
            asking = place + ops.arange(ops.shape(queries)[2])[:, None]
            later = ops.arange(ops.shape(keys)[2]) > asking
            scores = scores + FAR * ops.cast(later, scores.dtype)
        return tf.nn.softmax(scores)

    def join(self, gathered: KerasTensor, training: bool) -> KerasTensor:
        """The heads' results (n, heads, t, d) side by side, mapped: (n, t, width)."""
        t = ops.shape(gathered)[2]
        side_by_side = ops.reshape(
            ops.transpose(gathered, (0, 2, 1, 3)), (-1, t, self.heads * self.size)
        )
        return self.drop(self.merge(side_by_side), training=training)

    def empty(self, m: Any, length: int) -> Cache:
        """The cache before the first character of m rows: keys and values of no character."""
        shape = (m, self.heads, length, self.size)
        return {name: ops.zeros(shape, self.compute_dtype) for name in ("keys", "values")}

    def get_config(self) -> dict[str, Any]:
        """The arguments of `__init__`."""
        own = ("heads", "causal", "dropout", "depth")
        return super().get_config() | {name: getattr(self, name) for name in own}
