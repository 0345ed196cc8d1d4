"""Shared by all tests."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import settings

from aigc_lib.gan import GAN
from aigc_lib.losses import DUAL
from aigc_lib.networks import dcgan_discriminator, dcgan_generator, two_judges

# A busy machine is no defect: hypothesis's limit of 200 ms an example would make it one.
settings.register_profile("course", deadline=None)
settings.load_profile("course")

# Equal trainings shall be equal, to the last bit. TensorFlow fuses a convolution with its bias and
# activation; now and then that pass gives up on a graph ("remapper failed") and its training
# rounds differently. With two threads on a busy machine, one training in about ten does too.
tf.config.optimizer.set_experimental_options({"remapping": False})
tf.config.threading.set_intra_op_parallelism_threads(1)


@pytest.fixture
def make_gan():
    """A maker of small compiled GANs that are equal whenever the seed is."""

    def make(seed: int = 0, **kwargs) -> GAN:
        keras.utils.set_random_seed(seed)
        generator, read = dcgan_generator(8, width=4), kwargs.get("packing", 1)
        discriminator = dcgan_discriminator(4, channels=read)
        if kwargs.get("loss") in DUAL:
            discriminator = two_judges(discriminator, dcgan_discriminator(4, channels=read))
        gan = GAN(generator, discriminator, seed=seed, **kwargs)
        gan.compile()
        return gan

    return make


@pytest.fixture
def images() -> np.ndarray:
    """64 signed images of noise."""
    return np.random.default_rng(0).uniform(-1, 1, (64, 28, 28, 1)).astype("float32")
