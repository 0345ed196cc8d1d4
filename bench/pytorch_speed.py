"""Images per second of one GAN step, TensorFlow's graph beside eager PyTorch: `make bench-pytorch`.

Two pairs of networks, the course's at batch 128 and those of TensorFlow's DCGAN tutorial at
batch 256, in one run on one machine: the same layers, losses (non-saturating), optimisers and
order of updates on both sides, random images, no data pipeline and no average of the
generator, so that nothing but the step is timed. Rounds alternate; medians. Not tried: PyTorch's
channels-last layout, fused Adam and torch.compile.

Needs PyTorch, which nothing else in the course does: bench/requirements-pytorch.txt.
"""

import os
import statistics
import time
from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf
import torch
from torch import nn

from aigc_lib import recipes
from aigc_lib.gan import GAN
from bench.published import tutorial_gan

STEPS, ROUNDS = {"course": 20, "tutorial": 3}, 5


def course_nets() -> tuple[nn.Module, nn.Module]:
    """`dcgan_generator()` and `dcgan_discriminator()` in PyTorch."""

    def normed(layer: nn.Module, norm: nn.Module) -> list[nn.Module]:
        return [layer, norm, nn.ReLU()]

    def same(inputs: int, outputs: int, kernel: int, stride: int = 1) -> list[nn.Module]:
        return [nn.Conv2d(inputs, outputs, kernel, stride, 1), nn.LeakyReLU(0.2)]

    generator = nn.Sequential(
        *normed(nn.Linear(64, 1568, bias=False), nn.BatchNorm1d(1568)),
        nn.Unflatten(1, (32, 7, 7)),
        *normed(nn.Conv2d(32, 32, 3, 1, 1, bias=False), nn.BatchNorm2d(32)),
        *normed(nn.Conv2d(32, 32, 3, 1, 1, bias=False), nn.BatchNorm2d(32)),
        *normed(nn.ConvTranspose2d(32, 16, 4, 2, 1, bias=False), nn.BatchNorm2d(16)),
        nn.ConvTranspose2d(16, 1, 4, 2, 1),
        nn.Tanh(),
    )
    halves = [*same(1, 16, 4, 2), *same(16, 32, 4, 2), *same(32, 32, 3), *same(32, 32, 3)]
    return generator, nn.Sequential(*halves, nn.Flatten(), nn.Linear(1568, 1))


def tutorial_nets() -> tuple[nn.Module, nn.Module]:
    """The networks of `tutorial_gan` in PyTorch."""

    def block(layer: nn.Module, norm: nn.Module) -> list[nn.Module]:
        return [layer, norm, nn.LeakyReLU(0.3)]

    def enlarging(inputs: int, outputs: int, stride: int) -> nn.Module:
        return nn.ConvTranspose2d(inputs, outputs, 5, stride, 2, stride - 1, bias=False)

    generator = nn.Sequential(
        *block(nn.Linear(100, 12544, bias=False), nn.BatchNorm1d(12544)),
        nn.Unflatten(1, (256, 7, 7)),
        *block(enlarging(256, 128, 1), nn.BatchNorm2d(128)),
        *block(enlarging(128, 64, 2), nn.BatchNorm2d(64)),
        enlarging(64, 1, 2),
        nn.Tanh(),
    )
    halves = []
    for inputs, outputs in ((1, 64), (64, 128)):
        halves += [nn.Conv2d(inputs, outputs, 5, 2, 2), nn.LeakyReLU(0.3), nn.Dropout(0.3)]
    return generator, nn.Sequential(*halves, nn.Flatten(), nn.Linear(6272, 1))


def like(ours: keras.optimizers.Adam, net: nn.Module) -> torch.optim.Adam:
    """PyTorch's Adam with the numbers of Keras's."""
    betas = ours.beta_1, ours.beta_2
    return torch.optim.Adam(net.parameters(), float(ours.learning_rate), betas, ours.epsilon)


def torch_step(
    gan: GAN, generator: nn.Module, discriminator: nn.Module, batch: int
) -> Callable[[], None]:
    """One step of both players, as `GAN.train_step` takes it."""
    noise = generator[0].in_features
    d_adam, g_adam = like(gan.d_optimizer, discriminator), like(gan.g_optimizer, generator)
    real, softplus = torch.rand(batch, 1, 28, 28) * 2 - 1, nn.functional.softplus

    def step() -> None:
        with torch.no_grad():
            fake = generator(torch.randn(batch, noise))
        loss = softplus(-discriminator(real)).mean() + softplus(discriminator(fake)).mean()
        d_adam.zero_grad()
        loss.backward()
        d_adam.step()
        discriminator.requires_grad_(False)  # no gradients that nobody uses, as with a tape
        loss = softplus(-discriminator(generator(torch.randn(batch, noise)))).mean()
        g_adam.zero_grad()
        loss.backward()
        g_adam.step()
        discriminator.requires_grad_(True)

    return step


def keras_step(gan: GAN, batch: int) -> Callable[[], None]:
    """The two updates of `GAN.train_step` as one graph."""
    real = tf.random.uniform((batch, 28, 28, 1), -1.0, 1.0)

    @tf.function
    def step() -> None:
        gan.update_discriminator(real)
        gan.update_generator(real)

    return step


def images_per_second(step: Callable[[], None], steps: int, batch: int) -> float:
    started = time.perf_counter()
    for _ in range(steps):
        step()
    return steps * batch / (time.perf_counter() - started)


if __name__ == "__main__":
    torch.set_num_threads(os.cpu_count())  # as TensorFlow does
    torch.set_flush_denormal(True)  # likewise
    print(f"TensorFlow {tf.__version__}, Keras {keras.__version__}, PyTorch {torch.__version__}, ")
    print(f"{torch.get_num_threads()} threads; medians of {ROUNDS} rounds, images per second\n")
    print(f"{'networks':10}{'weights':>10}{'TensorFlow':>12}{'PyTorch':>10}{'ratio':>7}")
    for name, gan, nets, batch in (
        ("course", recipes.digit_gan(), course_nets(), 128),
        ("tutorial", tutorial_gan(), tutorial_nets(), 256),
    ):
        trained = gan.generator.trainable_variables + gan.discriminator.trainable_variables
        weights = sum(int(np.prod(v.shape)) for v in trained)
        assert weights == sum(p.numel() for net in nets for p in net.parameters())
        pair = keras_step(gan, batch), torch_step(gan, *nets, batch)
        for step in pair:
            images_per_second(step, 2, batch)  # building the graph does not count
        speeds = [
            [images_per_second(step, STEPS[name], batch) for step in pair] for _ in range(ROUNDS)
        ]
        ours, theirs = (statistics.median(each) for each in zip(*speeds, strict=True))
        print(f"{name:10}{weights:10}{ours:12.0f}{theirs:10.0f}{ours / theirs:7.2f}")
