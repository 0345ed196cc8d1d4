"""The benches: models of the sizes they name, and stored rows that are complete."""

import json

import gan_vs_vae
import keras
import mode_collapse
import numpy as np
import pytest
import time_to_quality

from aigc_lib import metrics, modes


def sizes(gan) -> tuple[int, int]:
    return gan.generator.count_params(), gan.discriminator.count_params()


def test_the_tutorial_net_has_the_published_sizes():
    assert sizes(time_to_quality.tutorial_gan()) == (2_330_944, 212_865)


def test_noise_of_the_article_is_uniform():
    z = keras.random.normal((10_000,), seed=0)
    u = np.sort(keras.ops.convert_to_numpy(time_to_quality.uniform(z)))
    np.testing.assert_allclose(u, np.linspace(-1, 1, 10_000), atol=0.03)


def test_the_repaired_program_takes_a_step(images):
    gan = time_to_quality.article_gan()
    assert float(gan.d_optimizer.learning_rate) == float(gan.g_optimizer.learning_rate)
    assert (gan.d_optimizer.beta_1, gan.g_optimizer.beta_1) == (0.9, 0.5)
    before = gan.generator.get_weights()[0].copy()
    gan.fit(images, batch_size=32, verbose=0)
    assert gan.sample(2, seed=0).shape == (2, 28, 28, 1)
    assert not np.array_equal(before, gan.generator.get_weights()[0])


def test_both_sides_of_the_comparison_have_one_size():
    assert sum(sizes(time_to_quality.course_gan())) == 162_386
    vae = gan_vs_vae.conv_encoder(hidden=37), gan_vs_vae.conv_decoder(hidden=37)
    assert sum(net.count_params() for net in vae) == 162_057


def test_all_rows_of_the_comparison_are_stored():
    rows = json.loads(gan_vs_vae.RESULTS.read_text())
    found = {(r["model"], r["factor"], r["seed"]) for r in rows}
    assert found == set(gan_vs_vae.WANTED)
    assert len(found) == len(rows)
    table = gan_vs_vae.table(rows).splitlines()
    assert len(table) == 1 + len(metrics.bounds()["floor"])


def test_all_rows_of_quality_against_time_are_stored():
    rows = json.loads(time_to_quality.RESULTS.read_text())
    wanted = [(n, s) for n, stops in time_to_quality.SECONDS.items() for s in stops]
    assert sorted((r["model"], r["seconds"]) for r in rows) == sorted(wanted)
    assert len(time_to_quality.table(rows).splitlines()) == 1 + len(rows)


def test_all_runs_of_mode_collapse_are_stored_and_their_scores_follow_from_the_counts():
    rows = json.loads(mode_collapse.RESULTS.read_text())
    assert [(r["task"], r["method"], r["seed"]) for r in rows] == mode_collapse.WANTED
    for row in rows:
        assert row["seconds"] == pytest.approx(mode_collapse.SECONDS[row["task"]], rel=0.05)
        if not row["diverged"]:
            shares = mode_collapse.mode_shares(row["task"])
            score = modes.mode_score(np.array(row["counts"]), mode_collapse.DRAWN, shares)
            assert score == pytest.approx((row["modes"], row["high_quality"], row["reverse_kl"]))
    table = mode_collapse.table(rows).splitlines()
    assert len(table) == 1 + sum(len(methods) for methods in mode_collapse.TESTED.values())


@pytest.mark.parametrize("method", list(mode_collapse.METHODS))
def test_methods_of_a_task_differ_in_their_judges_only(method):
    plain, other = (mode_collapse.compiled("ring", m, seed=3) for m in ("non-saturating", method))
    for one, two in zip(plain.generator.get_weights(), other.generator.get_weights(), strict=True):
        assert one.shape == two.shape
    assert float(plain.d_optimizer.learning_rate) == float(other.d_optimizer.learning_rate)
    assert other.discriminator.input_shape[1] == 2 * other.packing
    real = next(iter(mode_collapse.batches("ring", 8 * other.packing, seed=0)))
    assert real.shape == (8 * other.packing, 2)
    other.train_step(real)
    assert np.isfinite(other.sample(4, seed=0)).all()
