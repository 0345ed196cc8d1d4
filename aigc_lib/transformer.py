"""The transformer: blocks of attention, and the networks made of them.

Sources: Vaswani et al. 2017, https://arxiv.org/abs/1706.03762; a norm before each part: GPT-2.
"""

from collections.abc import Callable, Sequence
from typing import Any

import keras
from keras import KerasTensor, layers, ops

from aigc_lib import checks, parts
from aigc_lib.attention import Attention, Bias, Cache, Embedding, ShortConvolution, dense, flags

__all__ = [
    "Attention",
    "Block",
    "Embedding",
    "ShortConvolution",
    "chain",
    "classifier",
    "empty",
    "extend",
    "transformer",
]

POOLINGS = ("mean", "last")


@keras.saving.register_keras_serializable(package="aigc_lib")
class Block(layers.Layer):
    """A short convolution, then x + attention(norm(x)), then x + mlp(norm(x)).

    Args:
        heads: of the attention; 0 leaves it out.
        mixing: characters that the convolution sees; 1 leaves it out.
        causal, dropout, depth: as in `Attention`, of the mlp too.
    """

    def __init__(
        self,
        heads: int,
        mixing: int = 1,
        causal: bool = True,
        dropout: float = 0.0,
        depth: int = 1,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.heads = checks.whole(heads, "heads", least=0)
        self.mixing = checks.whole(mixing, "mixing")
        self.causal, self.dropout, self.depth = causal, dropout, depth

    def build(self, input_shape: tuple[Any, ...]) -> None:
        """Make the layers: the mlp has 4 times as many numbers within."""
        width, same = input_shape[-1], {"dtype": self.dtype_policy}
        self.convolution: Any = None
        self.attention: Any = None
        if self.mixing > 1:
            self.convolution = ShortConvolution(self.mixing, name="convolution", **same)
        if self.heads:
            self.norm_1 = _norm(name="norm_1", **same)
            self.attention = Attention(
                self.heads, self.causal, self.dropout, self.depth, name="attention", **same
            )
        self.norm_2 = _norm(name="norm_2", **same)
        self.widen = dense(4 * width, use_bias=True, name="widen", **same)
        self.narrow = dense(width, self.depth, name="narrow", **same)
        self.drop = layers.Dropout(self.dropout, **same)
        for layer in (self.norm_2, self.widen):
            layer.build(input_shape)
        self.narrow.build((*input_shape[:-1], 4 * width))
        for layer in (self.convolution, self.attention and self.norm_1, self.attention):
            if layer:
                layer.build(input_shape)

    def call(self, x: KerasTensor, training: bool = False) -> KerasTensor:
        """Whole rows (n, t, width) → (n, t, width)."""
        if self.convolution:
            x = self.convolution(x)
        if self.attention:
            x = x + self.attention(self.norm_1(x), training=training)
        return x + self.mlp(x, training=training)

    def extend(self, x: KerasTensor, place: Any, cache: Cache) -> tuple[KerasTensor, Cache]:
        """The same for the vectors (m, t, width) at place … place + t - 1 of rows begun before."""
        kept: Cache = {}
        if self.convolution:
            x, recent = self.convolution.extend(x, cache)
            kept |= recent
        if self.attention:
            gathered, pairs = self.attention.extend(self.norm_1(x), place, cache)
            x, kept = x + gathered, kept | pairs
        return x + self.mlp(x), kept

    def mlp(self, x: KerasTensor, training: bool = False) -> KerasTensor:
        """Each vector by itself: to 4 times as many numbers, gelu, and back."""
        wide = ops.gelu(self.widen(self.norm_2(x)), approximate=True)  # faster than the exact one
        return self.drop(self.narrow(wide), training=training)

    def weights_of(self, x: KerasTensor) -> KerasTensor:
        """The weights of its attention, (n, heads, t, t), for rows (n, t, width)."""
        if self.convolution:
            x = self.convolution(x)
        return self.attention.weights_of(self.norm_1(x))

    def empty(self, m: Any, length: int) -> Cache:
        """The cache before the first character of m rows of at most `length`."""
        cache: Cache = {}
        for layer in (self.convolution, self.attention):
            if layer:
                cache |= layer.empty(m, length)
        return cache

    def get_config(self) -> dict[str, Any]:
        """The arguments of `__init__`."""
        own = ("heads", "mixing", "causal", "dropout", "depth")
        return super().get_config() | {name: getattr(self, name) for name in own}


def _norm(**options: Any) -> layers.Layer:
    """To mean 0 and variance 1 along a vector, times a gain for each of its numbers."""
    return layers.LayerNormalization(epsilon=1e-5, center=False, **options)


def transformer(
    vocabulary: int,
    length: int,
    width: int = 128,
    heads: int = 4,
    layers: int = 2,
    mixing: int = 4,
    causal: bool = True,
    attention: bool = True,
    dropout: float = 0.0,
    tied: bool = False,
) -> keras.Model:
    """A network that reads characters: ids (n, t) with t ≤ length → logits (n, t, vocabulary).

    The head, a linear map, is 0 at first: an untrained network holds each character for equally
    probable. If tied, it nearly does.

    Args:
        vocabulary: V, how many ids there are.
        length: the longest row that it can read, its window.
        width: numbers in the vector of a character.
        heads: of each attention; width is a multiple of it.
        layers: blocks, one after the other.
        mixing: characters that the convolution before each block sees; 1: no convolution.
        causal: whether a character sees only those before it; else all of the row.
        attention: False leaves it out, for comparison.
        dropout: share of each part's results set to 0 in training.
        tied: whether the vectors of the characters serve as the head too (with a bias), which
            saves V · width weights.

    Raises:
        TypeError, ValueError: sizes that are no whole numbers ≥ 1, what is not True or False, a
            width that the heads do not share, a dropout outside [0, 1).
    """
    checks.whole(layers, "layers")
    checks.whole(mixing, "mixing")
    flags(causal=causal, attention=attention, tied=tied)
    if checks.whole(width, "width") % checks.whole(heads, "heads"):
        raise ValueError(
            f"expected a width that is a multiple of heads, but got {width} and {heads}."
        )
    if checks.number(dropout, "dropout", least=0) >= 1:
        raise ValueError(f"expected 0 ≤ dropout < 1, but got {dropout}. Try 0.1.")
    ids = keras.Input((None,), dtype="int32", name="ids")
    embedding = Embedding(vocabulary, length, width, tied, name="embedding")
    x = embedding(ids)
    for i in range(layers):
        x = Block(heads * attention, mixing, causal, dropout, layers, name=f"block_{i}")(x)
    x = _norm(name="norm")(x)
    if tied:
        logits = Bias(name="bias")(embedding(x, reverse=True))
    else:
        logits = dense(vocabulary, kernel_initializer="zeros", name="head")(x)
    return keras.Model(ids, logits, name="transformer")


def chain(network: keras.Model) -> tuple[Embedding, list[Block], list[Callable]]:
    """The layers of a network of `transformer`: embedding, blocks, and what makes logits of them.

    Raises:
        TypeError: another network.
    """
    parts.check_network(network, "network")
    own = [each for each in network.layers if not isinstance(each, layers.InputLayer)]
    blocks = [each for each in own if isinstance(each, Block)]
    if not own or not isinstance(own[0], Embedding) or own[1 : 1 + len(blocks)] != blocks:
        names = ", ".join(each.name for each in network.layers)
        raise TypeError(
            f"expected a network of transformer.transformer, but got one of the layers {names}. "
            "Begin it with transformer.Embedding, then transformer.Block one or several times."
        )
    embedding, ending = own[0], own[1 + len(blocks) :]
    if embedding.tied:  # used a second time, between the norm and the bias
        ending = [ending[0], embedding.logits, *ending[1:]]
    return embedding, blocks, ending


def empty(network: keras.Model, m: Any) -> list[Cache]:
    """The caches of a network's blocks before the first character of m rows."""
    embedding, blocks, _ = chain(network)
    return [block.empty(m, embedding.length) for block in blocks]


def extend(
    network: keras.Model, ids: KerasTensor, place: Any, caches: Sequence[Cache]
) -> tuple[KerasTensor, list[Cache]]:
    """Logits (m, t, V) for the next ids (m, t) of rows, and the caches once they are read.

    Args:
        network: of `transformer`, causal.
        ids: the characters at place … place + t - 1 < length.
        place: how many characters were read before.
        caches: `empty`, or what the last call gave.
    """
    embedding, blocks, ending = chain(network)
    x, kept = embedding.extend(ids, place), []
    for block, cache in zip(blocks, caches, strict=True):
        x, new = block.extend(x, place, cache)
        kept.append(new)
    for layer in ending:
        x = layer(x)
    return x, kept


def classifier(network: keras.Model, classes: int, pooling: str = "mean") -> keras.Model:
    """A network on the same layers, sharing their weights: ids (n, t) → logits (n, classes).

    Args:
        network: of `transformer`, trained or not; only its head is left out.
        pooling: "mean" of the vectors of all characters, or the "last" one, which alone has seen
            all of the row where the network is causal.

    Raises:
        TypeError, ValueError: another network, no classes, no such pooling.
    """
    chain(network)
    checks.whole(classes, "classes", least=2)
    checks.choice(pooling, "pooling", POOLINGS)
    vectors = network.get_layer("norm").output
    pooled = ops.mean(vectors, axis=1) if pooling == "mean" else vectors[:, -1]
    logits = layers.Dense(classes, kernel_initializer="zeros", name="classes")(pooled)
    return keras.Model(network.input, logits, name="classifier")
