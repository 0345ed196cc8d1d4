"""Pictures with a hole: what fills it, and what judges the fillings."""

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from keras import layers

from aigc_lib import networks, repair
from aigc_lib.vae import VAE

RNG = np.random.default_rng(0)
SHAPE = (4, 4, 1)
HIDDEN = np.zeros(SHAPE, bool)
HIDDEN[:2] = True


def pictures(n: int, seed: int = 0) -> np.ndarray:
    """Signed pictures with paper."""
    return np.random.default_rng(seed).uniform(-1, 1, (n, *SHAPE)).astype("float32")


def linear(seed: int = 0, activation: str | None = "tanh", latent_dim: int = 2) -> keras.Model:
    """A generator of few numbers."""
    keras.utils.set_random_seed(seed)
    dense = layers.Dense(16, kernel_initializer=keras.initializers.RandomNormal(stddev=0.5))
    last = [layers.Activation(activation)] if activation else []
    return keras.Sequential([keras.Input((latent_dim,)), dense, *last, layers.Reshape(SHAPE)])


def vae(likelihood: str = "bernoulli") -> VAE:
    """A VAE whose decoder is linear in two numbers, before the sigmoid."""
    encoder, decoder = networks.mlp_encoder(2, 4, SHAPE), linear(1, None)
    if likelihood == "gaussian":
        z = decoder.inputs[0]
        decoder = keras.Model(z, [decoder.outputs[0], layers.Dense(1)(z)])
    return VAE(encoder, decoder, likelihood=likelihood)


@pytest.mark.parametrize("kind", repair.MASKS)
def test_a_mask_hides_less_than_a_picture(kind):
    hidden = repair.mask(kind)
    assert (hidden.shape, hidden.dtype) == ((28, 28, 1), bool)
    shares = {"quarter": 1 / 4, "half": 1 / 2, "stripe": 2 / 7}
    assert hidden.mean() == pytest.approx(shares[kind])


def test_filling_leaves_what_is_visible():
    x, several = pictures(3), np.stack([pictures(3, seed) for seed in (1, 2)])
    for fillings in (several[0][0], several[0], several):
        filled = repair.fill(x, fillings, HIDDEN)
        assert filled.shape == np.broadcast_shapes(fillings.shape, x.shape)
        assert np.array_equal(filled[..., ~HIDDEN], np.broadcast_to(x, filled.shape)[..., ~HIDDEN])
        assert np.array_equal(
            filled[..., HIDDEN], np.broadcast_to(fillings, filled.shape)[..., HIDDEN]
        )


@pytest.mark.parametrize("fill", ["neighbours", "search", "posterior"])
def test_no_filler_looks_into_the_hole(fill):
    """Kind: a filler that reads the hidden pixels is right about them."""
    x = pictures(5)
    other = np.where(HIDDEN, pictures(5, 9), x)
    fillers = {
        "neighbours": lambda x: repair.neighbours(x, HIDDEN, pictures(40, 3), 3),
        "search": lambda x: repair.search(linear(), x, HIDDEN, 2, 3),
        "posterior": lambda x: repair.posterior(vae(), x, HIDDEN, 2, 3),
    }
    first, second = fillers[fill](x), fillers[fill](other)
    if fill != "neighbours":
        first, second = first[..., HIDDEN], second[..., HIDDEN]
    np.testing.assert_array_equal(first, second)


def test_neighbours_are_the_nearest_by_what_is_visible():
    x, examples = pictures(6), pictures(30, 1)
    gaps = ((x[:, None] - examples[None])[..., ~HIDDEN] ** 2).sum(axis=-1)
    np.testing.assert_array_equal(
        repair.neighbours(x, HIDDEN, examples, 4).T, gaps.argsort()[:, :4]
    )


def test_search_finds_the_code_of_a_picture_that_the_generator_made():
    generator, z = linear(), RNG.standard_normal((4, 2)).astype("float32")
    x = generator.predict(z, verbose=0)
    found = repair.search(generator, x, HIDDEN, starts=2, steps=100, sigma=0.02)
    np.testing.assert_allclose(found[0], x, atol=0.03)
    assert np.array_equal(found[..., ~HIDDEN], np.stack([x, x])[..., ~HIDDEN])


def test_search_walks_down_and_puts_the_best_first():
    """Kind: fillings in the order of the starts, or starts that are not improved."""
    generator = linear(latent_dim=6)
    x = generator.predict(RNG.standard_normal((40, 6)).astype("float32"), verbose=0)
    before, after = (
        repair.hole_errors(repair.search(generator, x, HIDDEN, 4, steps, 0.1), x, HIDDEN)
        for steps in (0, 60)
    )
    assert after[0].mean() < before[0].mean() / 2
    assert before[0].mean() < before[1:].mean() / 1.5


def test_search_leaves_the_generator_as_it_is():
    generator = linear()
    before = generator.get_weights()
    repair.search(generator, pictures(2), HIDDEN, 2, 2)
    for old, new in zip(before, generator.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


def test_the_posterior_is_that_of_bayes():
    """Kind: a walk that forgets the prior, the noise or half of a step."""
    model, x = vae(), np.where(pictures(1, 5) > 0, 1, -1).astype("float32")
    axis = np.linspace(-5, 5, 201)
    grid = np.stack(np.meshgrid(axis, axis), -1).reshape(-1, 2).astype("float32")
    a = model.decoder.predict(grid, batch_size=5000, verbose=0)
    ink = x[0] > 0
    log_p = np.where(ink, -np.logaddexp(0, -a), -np.logaddexp(0, a))[:, ~HIDDEN].sum(axis=1)
    log_p -= (grid**2).sum(axis=1) / 2
    weights = np.exp(log_p - log_p.max())
    weights /= weights.sum()
    drawn = np.tanh(a / 2)[:, HIDDEN]
    mean = weights @ drawn
    spread = np.sqrt(weights @ (drawn - mean) ** 2)
    found = repair.posterior(model, x, HIDDEN, draws=400, steps=60, step_size=0.1)[:, 0, HIDDEN]
    error = 3.5 * spread.max() / np.sqrt(400) + 0.02  # and that of steps that are not tiny
    np.testing.assert_allclose(found.mean(axis=0), mean, atol=error)
    np.testing.assert_allclose(found.std(axis=0), spread, atol=error)
    assert spread.max() > 0.2


def test_equal_seeds_give_equal_fillings():
    x = pictures(3)
    for once, again, other in (
        [repair.search(linear(), x, HIDDEN, 2, 2, seed=s) for s in (0, 0, 1)],
        [repair.posterior(vae(), x, HIDDEN, 2, 2, seed=s) for s in (0, 0, 1)],
    ):
        np.testing.assert_array_equal(once, again)
        assert not np.array_equal(once, other)


@given(st.floats(0.01, 1.0), st.integers(0, 1000))
def test_psnr_counts_the_hole_alone(gap, seed):
    x = pictures(3, seed) / 2
    moved = np.where(HIDDEN, x + gap / 2, -x)  # what is visible does not count
    assert repair.hole_psnr(moved, x, HIDDEN) == pytest.approx(-20 * np.log10(gap / 4), abs=1e-4)
    np.testing.assert_allclose(repair.hole_errors(moved, x, HIDDEN), gap**2 / 4, rtol=1e-4)


def test_psnr_of_the_truth_is_infinite():
    x = pictures(2)
    assert repair.hole_psnr(x, x, HIDDEN) == np.inf


def test_diversity_is_the_distance_of_two_fillings():
    x = pictures(3) / 2
    same, apart = np.stack([x, x]), np.stack([x, x + 0.5, x + 0.25])
    np.testing.assert_allclose(repair.diversity(same, HIDDEN), 0, atol=1e-6)
    wanted = (0.5 + 0.25 + 0.25) / 3
    np.testing.assert_allclose(repair.diversity(apart, HIDDEN), wanted, rtol=1e-5)


def test_the_rank_of_one_more_draw_is_uniform():
    k, n = 4, 4000
    noise = np.random.default_rng(0).uniform(-1, 1, (k + 1, n, *SHAPE)).astype("float32")
    ranks = repair.truth_rank(noise[:k], noise[k], HIDDEN)
    shares = np.bincount(ranks, minlength=k + 1) / n
    np.testing.assert_allclose(shares, 1 / (k + 1), atol=4 * np.sqrt(0.16 / n))
    alike = repair.truth_rank(noise[:k] / 10, noise[k], HIDDEN)
    assert (alike == k).mean() > 0.99
    wild = repair.truth_rank(noise[:k], noise[k] / 10, HIDDEN)
    assert (wild == 0).mean() > 0.9


def test_ranks_at_equal_distance_are_drawn():
    """Kind: blank holes, which would all count as the nearest, or as the farthest."""
    blank = np.full((3, 3000, *SHAPE), -1.0, "float32")
    ranks = repair.truth_rank(blank, blank[0], HIDDEN)
    np.testing.assert_allclose(np.bincount(ranks) / 3000, 1 / 4, atol=0.04)


def test_a_network_that_does_not_fit_is_told():
    with pytest.raises(ValueError, match=r"\(4, 4, 1\), but got one of \(64,\) to \(28, 28, 1\)"):
        repair.search(networks.dcgan_generator(width=1), pictures(2), HIDDEN)
    with pytest.raises(TypeError, match="Bernoulli likelihood, but got <VAE"):
        repair.posterior(vae("gaussian"), pictures(2), HIDDEN)
    with pytest.raises(ValueError, match=r"decoder of codes.*\(28, 28, 1\)"):
        repair.posterior(vae(), np.full((2, 28, 28, 1), -1.0), repair.mask("half"))


def test_fillings_of_other_images_are_told():
    x = pictures(3)
    with pytest.raises(ValueError, match=r"but got \(2, 4, 4, 1\)"):
        repair.fill(x, x[:2], HIDDEN)
    with pytest.raises(ValueError, match=r"k ≥ 2, but got \(1, 3, 4, 4, 1\)"):
        repair.diversity(x[None], HIDDEN)
    with pytest.raises(ValueError, match=r"\(3, 4, 4, 1\).*but got \(2, 2, 4, 4, 1\)"):
        repair.truth_rank(np.stack([x[:2], x[:2]]), x, HIDDEN)
