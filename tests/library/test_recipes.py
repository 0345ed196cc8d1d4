"""The shared settings: sizes, step sizes, seeds."""

from functools import partial

import numpy as np
import pytest
from helpers import flat

from aigc_lib import penalties, recipes, style_recipes, text

# the recipes that take a seed, small ones of texts
SEEDED = {
    "digit_cyclegan": style_recipes.digit_cyclegan,
    "digit_gan": recipes.digit_gan,
    "digit_vae": recipes.digit_vae,
    "emoji_cyclegan": style_recipes.emoji_cyclegan,
    "point_gan": recipes.point_gan,
    "published_gpt": partial(recipes.published_gpt, 5),
    "small_gpt": partial(recipes.small_gpt, 5),
    "small_masked": partial(recipes.small_masked, 5, 8),
    "style_gan": style_recipes.style_gan,
}


def rates(model) -> list[float]:
    return [float(optimizer.learning_rate) for optimizer in model.optimizers]


def sizes(*networks) -> list[int]:
    return [network.count_params() for network in networks]


def test_the_gan_for_digits_has_the_settings_that_were_searched():
    gan = recipes.digit_gan()
    assert sum(sizes(gan.generator, gan.discriminator)) == 162_386
    assert rates(gan) == pytest.approx([2e-3, 8e-3])
    assert all((adam.beta_1, adam.beta_2) == (0.0, 0.99) for adam in gan.optimizers)
    assert (gan.ema_decay, gan.loss_name, gan.penalties) == (0.995, "non-saturating", ())


def test_half_the_step_sizes_are_the_default_of_compile():
    gan = recipes.digit_gan(0.5, width=24)
    assert gan.generator.count_params() > 162_386 / 2
    ours = rates(gan)
    gan.compile()
    assert rates(gan) == pytest.approx(ours)


def test_the_vae_for_digits():
    vae = recipes.digit_vae()
    assert sum(sizes(vae.encoder, vae.decoder)) == 871_617
    assert (rates(vae), vae.draws, vae.latent_dim) == (pytest.approx([1e-2]), 1, 32)
    small = recipes.digit_vae(37, factor=0.25, draws=5)
    assert sum(sizes(small.encoder, small.decoder)) == 162_057
    assert (rates(small), small.draws) == (pytest.approx([2.5e-3]), 5)


def test_the_gan_for_points():
    gan = recipes.point_gan(g_rate=3e-2)
    assert sizes(gan.generator, gan.discriminator) == [33_666, 33_537]
    assert rates(gan) == pytest.approx([1e-3, 3e-2])
    assert all((adam.beta_1, adam.beta_2) == (0.5, 0.99) for adam in gan.optimizers)
    assert (gan.ema_decay, gan.steps_per_execution) == (0.999, 50)


def test_the_gan_for_points_takes_losses_packs_and_small_discriminators():
    assert recipes.point_gan(packing=4).discriminator.input_shape == (None, 8)
    assert recipes.point_gan(loss="dual").discriminator.output_shape == (None, 2)
    assert recipes.point_gan(width=8, depth=1).discriminator.count_params() == 3 * 8 + 9
    pull = penalties.r1(0.05)
    gan = recipes.point_gan(loss="relativistic", penalty=pull, ema_decay=0.0)
    assert (gan.loss_name, gan.penalties, gan.ema_decay) == ("relativistic", (pull,), 0.0)


@pytest.mark.parametrize("name", SEEDED)
def test_equal_seeds_give_equal_models(name):
    recipe = SEEDED[name]
    one, same, other = (flat(recipe(seed=seed).weights) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one, other)


def test_one_seed_gives_one_generator_whatever_judges_it():
    plain = recipes.point_gan(3).generator.get_weights()
    for options in ({"loss": "dual"}, {"packing": 2}, {"width": 8, "depth": 1}):
        other = recipes.point_gan(3, **options).generator.get_weights()
        np.testing.assert_array_equal(flat(plain), flat(other))


@pytest.mark.parametrize("name", SEEDED)
def test_a_recipe_hands_its_seed_to_the_model(name):
    """Holds off trainings that draw the same noise whatever seed the bench names."""
    recipe = SEEDED[name]
    assert (recipe(seed=3).seed, recipe().seed) == (3, 0)


def test_the_gpts_have_the_sizes_that_were_measured():
    """nanoGPT's README: four blocks, four heads, width 128, windows of 64."""
    published = recipes.published_gpt(66)
    attentions = published.attention(np.arange(64))
    assert [each.shape for each in attentions] == [(4, 64, 64)] * 4
    assert published.network.get_layer("norm").output.shape[-1] == 128
    assert recipes.small_gpt(66).network.count_params() == 420_992


def test_the_authors_reader_has_read():
    """Holds off weights that were stored for another alphabet, or in another order."""
    alphabet, reader = recipes.author_alphabet(), recipes.author_gpt()
    for _, unread in text.authors().values():
        assert reader.nats(alphabet.encode(unread[:2000])).mean() < 2 < np.log(len(alphabet))


def test_a_classifier_of_texts_trains_the_weights_of_its_network():
    network = recipes.small_gpt(5, 8, width=8).network
    ids = np.arange(24).reshape(4, 6) % 5
    assert recipes.text_vectors(network)(ids).shape == (4, 2 * 8)
    model, before = recipes.text_classifier(network, 3, steps=4), flat(network.weights[:1])
    assert model(ids).shape == (4, 3)
    model.fit(ids, np.array([0, 1, 2, 0]), verbose=0)
    assert not np.array_equal(flat(network.weights[:1]), before)


def test_the_cyclegans_have_the_settings_that_were_searched():
    emoji, digits = style_recipes.emoji_cyclegan(noise=0.1), style_recipes.digit_cyclegan(factor=2)
    assert sizes(emoji.to_b, emoji.discriminator_a) == [65_780, 40_873]
    assert sizes(digits.to_b, digits.discriminator_a) == [56_097, 19_617]
    assert rates(emoji) == pytest.approx([1e-3, 2e-3])
    assert rates(digits) == pytest.approx([2e-3, 2e-3])
    assert (emoji.cycle_weight, emoji.identity_weight, emoji.noise) == (1.5, 0, 0.1)
    assert (digits.cycle_weight, digits.identity_weight, digits.noise) == (5, 2.5, 0)


def test_the_gan_with_styles():
    gan, plain = style_recipes.style_gan(), style_recipes.style_gan(mapping=0, factor=0.5)
    assert sizes(gan.generator, plain.generator) == [52_823, 36_183]
    assert rates(gan) == pytest.approx([2e-3, 5e-3])
    assert rates(plain) == pytest.approx([1e-3, 2.5e-3])
