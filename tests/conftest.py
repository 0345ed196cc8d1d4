"""Shared by all tests."""

import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import browse
import keras
import numpy as np
import pytest
import tensorflow as tf
from helpers import CONFIG, ROOT
from hypothesis import settings
from playwright.sync_api import sync_playwright

from aigc_lib import widgets
from aigc_lib.gan import GAN
from aigc_lib.losses import DUAL
from aigc_lib.networks import dcgan_discriminator, dcgan_generator, two_judges

# A busy machine is no defect: hypothesis's limit of 200 ms an example would make it one.
settings.register_profile("course", deadline=None)
settings.load_profile("course")

# Equal trainings shall be equal, to the last bit. TensorFlow rewrites a graph before it runs, and
# now and then equal graphs come out different and round differently: 5 of 205 trainings did so on a
# busy machine, none of 316 without these rewritings. With two threads one in about ten does too.
tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})
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


@pytest.fixture(scope="session")
def site(tmp_path_factory) -> Path:
    """The folder of the built site."""
    target = tmp_path_factory.mktemp("book")
    command = [Path(sys.executable).parent / "jupyter-book", "build", ROOT, "-n", "-W"]
    command += ["--keep-going", "--path-output", target]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return target / "_build/html"


@pytest.fixture(scope="session")
def address(site) -> str:
    """Where the built site is served, under the path of its `baseurl`: ends with a slash."""
    path = urlsplit(CONFIG["html"]["baseurl"]).path.strip("/")
    if path:
        (site.parent / path).parent.mkdir(parents=True, exist_ok=True)
        (site.parent / path).symlink_to(site)
    with browse.served(site.parent if path else site) as root:
        yield f"{root}{path}/" if path else root


@pytest.fixture(scope="session")
def browser():
    """Chromium or Chrome."""
    program = browse.browser_program()
    if program is None and os.environ.get("COURSE_BROWSER") == "required":
        pytest.fail(f"COURSE_BROWSER=required, but none of {browse.NAMES} is on the path.")
    if program is None:
        pytest.skip(f"needs one of {browse.NAMES} on the path (Debian: apt install chromium)")
    with sync_playwright() as playwright:
        yield browse.launch(playwright, program)


@pytest.fixture
def open_page(browser, address):
    """Opens a page of the site with every other host blocked: returns it and its requests."""
    opened = []

    def open_one(name: str, **options):
        page, requests = browse.visit(browser, address, name, **options)
        opened.append(page.context)
        return page, requests

    yield open_one
    for context in opened:
        context.close()


@pytest.fixture(scope="module")
def modules_page(browser):
    """An empty page of a server that has the widgets' modules."""
    with browse.served(widgets.MODULES) as address:
        page = browser.new_page()
        page.route(address, lambda route: route.fulfill(body="<!doctype html>"))
        page.goto(address)
        yield page
        page.close()
