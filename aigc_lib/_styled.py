"""The layers of a generator with styles: what `aigc_lib.style` builds it of.

Sources: Karras et al. 2018, https://arxiv.org/abs/1812.04948 (StyleGAN); Karras et al. 2019,
    https://arxiv.org/abs/1912.04958 (StyleGAN2)
"""

import math
from typing import Any

import keras
from keras import KerasTensor, layers, ops

from aigc_lib import checks

__all__ = ["Constant", "Noise", "ScaledDense", "StyledConvolution"]


def _normal(precision: float = 1.0) -> keras.initializers.Initializer:
    """N(0, 1 / precision)."""
    return keras.initializers.RandomNormal(stddev=1 / math.sqrt(precision))


@keras.saving.register_keras_serializable(package="aigc_lib")
class ScaledDense(layers.Layer):
    """Vectors (n, d) → rate (x W + b): a linear map that learns `rate` times as fast as another.

    The stored W begins as N(0, 1 / (d rate²)), so that rate W has the usual size 1 / √d. A step of
    Adam is about as long for every stored weight, and moves rate W by so much less.

    Args:
        units: numbers in a result.
        rate: of the mapping network of Karras et al. 2018 it is 0.01.

    Source: Karras et al. 2017, section 4.1, https://arxiv.org/abs/1710.10196
    """

    def __init__(self, units: int, rate: float = 1.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.units = checks.whole(units, "units")
        self.rate = checks.number(rate, "rate", above=0)

    def build(self, input_shape: tuple[Any, ...]) -> None:
        """Make W and b."""
        normal = _normal(self.rate**2 * input_shape[-1])
        self.kernel = self.add_weight((input_shape[-1], self.units), normal, name="kernel")
        self.bias = self.add_weight((self.units,), "zeros", name="bias")

    def call(self, x: KerasTensor) -> KerasTensor:
        """(n, d) → (n, units)."""
        return self.rate * (ops.matmul(x, self.kernel) + self.bias)

    def get_config(self) -> dict[str, Any]:
        """The arguments of `__init__`."""
        return super().get_config() | {"units": self.units, "rate": self.rate}


@keras.saving.register_keras_serializable(package="aigc_lib")
class Constant(layers.Layer):
    """The same learned picture for every row: codes (n, …) → (n, *shape)."""

    def __init__(self, shape: tuple[int, ...], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not isinstance(shape, tuple | list) or not shape:
            raise TypeError(f"expected a shape such as (7, 7, 32), but got {shape!r}.")
        self.shape = tuple(checks.whole(size, "each size in shape") for size in shape)

    def build(self, input_shape: tuple[Any, ...]) -> None:
        """Make the picture, N(0, 1) at first."""
        self.picture = self.add_weight(self.shape, _normal(), name="picture")

    def call(self, codes: KerasTensor) -> KerasTensor:
        """So many copies as there are codes."""
        return ops.broadcast_to(self.picture, (ops.shape(codes)[0], *self.shape))

    def get_config(self) -> dict[str, Any]:
        """The arguments of `__init__`."""
        return super().get_config() | {"shape": self.shape}


@keras.saving.register_keras_serializable(package="aigc_lib")
class StyledConvolution(layers.Layer):
    """A convolution of pictures (n, h, w, c) whose weights the codes (n, d) scale, for each sample.

    The style of a code is s = code A + b, c factors, b 1 at first. The sample's weights are
    v_{i,j,k} = s_i w_{i,j,k}, i a channel that is read, j one that is written, k a place of the
    kernel. Demodulated they are v_{i,j,k} / √(Σ_{i,k} v_{i,j,k}² + 1e-8): what is written has
    variance 1 if what is read has, whatever the style. All samples share one convolution: as it is
    linear, what it reads is multiplied by s, and what it writes divided by the root.

    Args:
        filters: channels of the results.
        kernel: its side.
        strides: 1, or 2 for results twice as high and wide (transposed).
        demodulate: whether to. The results are then √2 as large, since a leaky ReLU takes half of
            the variance.

    Source: Karras et al. 2019, equations 1 and 3, https://arxiv.org/abs/1912.04958: in the place of
        StyleGAN's AdaIN, which normalises each channel of each picture, and is as fast here.
    """

    def __init__(
        self, filters: int, kernel: int, strides: int = 1, demodulate: bool = True, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.filters = checks.whole(filters, "filters")
        self.kernel = checks.whole(kernel, "kernel")
        self.strides = checks.whole(strides, "strides", most=2)
        if not isinstance(demodulate, bool):
            raise TypeError(f"expected True or False for demodulate, but got {demodulate!r}.")
        self.demodulate = demodulate

    def build(self, input_shape: list[tuple[Any, ...]]) -> None:
        """Make A, the weights and a bias."""
        pictures, codes = input_shape
        read = pictures[-1]
        options = {"kernel_initializer": _normal(codes[-1]), "dtype": self.dtype_policy}
        self.style = layers.Dense(read, bias_initializer="ones", name="style", **options)
        self.style.build(codes)
        channels = (read, self.filters) if self.strides == 1 else (self.filters, read)
        taps = read * self.kernel**2 / self.strides**2  # that reach one pixel
        shape = (self.kernel, self.kernel, *channels)
        self.weight = self.add_weight(shape, _normal(taps), name="weight")
        self.bias = self.add_weight((self.filters,), "zeros", name="bias")

    def call(self, inputs: list[KerasTensor]) -> KerasTensor:
        """[(n, h, w, c), (n, d)] → (n, strides h, strides w, filters)."""
        pictures, codes = inputs
        style = self.style(codes)
        x = self.convolve(pictures * style[:, None, None])
        if not self.demodulate:
            return x + self.bias
        power = ops.sum(ops.square(self.weight), axis=(0, 1))
        power = power if self.strides == 1 else ops.transpose(power)  # (c, filters)
        root = ops.rsqrt(ops.matmul(ops.square(style), power) + 1e-8)
        return x * (math.sqrt(2) * self.strides * root)[:, None, None] + self.bias

    def convolve(self, x: KerasTensor) -> KerasTensor:
        """With the weights that all samples share."""
        if self.strides == 1:
            return ops.conv(x, self.weight, padding="same")
        return ops.conv_transpose(x, self.weight, strides=self.strides, padding="same")

    def compute_output_shape(self, input_shape: list[tuple[Any, ...]]) -> tuple[Any, ...]:
        """Of the results."""
        n, height, width, _ = input_shape[0]
        return n, self.strides * height, self.strides * width, self.filters

    def get_config(self) -> dict[str, Any]:
        """The arguments of `__init__`."""
        own = ("filters", "kernel", "strides", "demodulate")
        return super().get_config() | {name: getattr(self, name) for name in own}


@keras.saving.register_keras_serializable(package="aigc_lib")
class Noise(layers.Layer):
    """Adds a picture of noise ~ N(0, 1) to all channels, times a learned strength, 0 at first.

    In training each sample gets its own noise; else all get one picture, drawn once and saved with
    the weights, so that equal codes give equal pictures.
    """

    def __init__(self, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)

    def build(self, input_shape: tuple[Any, ...]) -> None:
        """Make the strength of each channel, and the picture."""
        kept = (1, *input_shape[1:3], 1)
        self.strength = self.add_weight((input_shape[-1],), "zeros", name="strength")
        self.kept = self.add_weight(kept, _normal(), name="kept", trainable=False)

    def call(self, x: KerasTensor, training: bool = False) -> KerasTensor:
        """(n, h, w, c) → (n, h, w, c)."""
        if not training:
            return x + self.kept * self.strength
        shape = (*ops.shape(x)[:3], 1)
        drawn = keras.random.normal(shape, dtype="float32", seed=self.seed_generator)
        return x + ops.cast(drawn, x.dtype) * self.strength  # other bits would be other noise

    def get_config(self) -> dict[str, Any]:
        """The arguments of `__init__`."""
        return super().get_config() | {"seed": self.seed}
