"""For the tests of the library: equal trainings, a maker of small GANs, images of noise."""

import keras
import numpy as np
import pytest
from helpers import steady_tensorflow

from aigc_lib import data, networks
from aigc_lib.gan import GAN
from aigc_lib.losses import DUAL

steady_tensorflow()


@pytest.fixture
def make_gan():
    """A maker of small compiled GANs that are equal whenever the seed is."""

    def make(seed: int = 0, **kwargs) -> GAN:
        keras.utils.set_random_seed(seed)
        generator = networks.dcgan_generator(8, width=4)
        read = max(1, kwargs.get("packing", 1))  # less than 1 is for GAN to refuse
        discriminator = networks.dcgan_discriminator(4, channels=read)
        if kwargs.get("loss") in DUAL:
            other = networks.dcgan_discriminator(4, channels=read)
            discriminator = networks.two_discriminators(discriminator, other)
        gan = GAN(generator, discriminator, seed=seed, **kwargs)
        gan.compile()
        return gan

    return make


@pytest.fixture
def images() -> np.ndarray:
    """64 signed images of noise."""
    return np.random.default_rng(0).uniform(-1, 1, (64, 28, 28, 1)).astype("float32")


@pytest.fixture(scope="session")
def test_set() -> tuple[np.ndarray, np.ndarray]:
    """The signed test images of MNIST, and their labels."""
    images, labels = data.load_mnist()[1]
    return data.to_signed(images), labels
