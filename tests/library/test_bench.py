"""The benches: models of the sizes they name, complete rows, a loop that can be interrupted."""

import json
from concurrent.futures import ThreadPoolExecutor
from importlib.machinery import ModuleSpec
from itertools import count

import keras
import numpy as np
import pytest
import tensorflow as tf
from helpers import FAULTS, contents
from scipy import stats

from aigc_lib import budget, data, digits, modes, poet, recipes, results, verse, watermark
from aigc_lib.networks import mlp_decoder, mlp_encoder
from aigc_lib.vae import VAE
from bench import (
    article_program,
    blur,
    gan_vs_vae,
    judging_bounds,
    labels,
    loss_race,
    makes,
    mode_collapse,
    published,
    quatrains,
    rows,
    style,
    time_to_quality,
    vae_likelihood,
    vae_recipe,
    words,
)

LONG = (
    article_program,
    blur,
    gan_vs_vae,
    judging_bounds,
    labels,
    loss_race,
    mode_collapse,
    quatrains,
    style,
    time_to_quality,
    vae_likelihood,
    vae_recipe,
    words,
)


def sizes(gan) -> tuple[int, int]:
    return gan.generator.count_params(), gan.discriminator.count_params()


# --- models --------------------------------------------------------------------------------------


def test_the_tutorial_net_has_the_published_sizes():
    assert sizes(published.tutorial_gan()) == (2_330_944, 212_865)


def test_noise_of_the_article_is_uniform():
    z = keras.random.normal((10_000,), seed=0)
    u = np.sort(keras.ops.convert_to_numpy(published.uniform(z)))
    np.testing.assert_allclose(u, np.linspace(-1, 1, 10_000), atol=0.03)


def test_the_repaired_program_takes_a_step(images):
    gan = published.article_gan()
    assert float(gan.d_optimizer.learning_rate) == float(gan.g_optimizer.learning_rate)
    assert (gan.d_optimizer.beta_1, gan.g_optimizer.beta_1) == (0.9, 0.5)
    before = gan.generator.get_weights()[0].copy()
    gan.fit(images, batch_size=32, verbose=0)
    assert gan.sample(2, seed=0).shape == (2, 28, 28, 1)
    assert not np.array_equal(before, gan.generator.get_weights()[0])


def test_the_picture_of_the_program_has_its_rows_and_black_ink():
    """Holds off images in the wrong places, or white on black."""
    images = np.full((20, 28, 28, 1), -1.0)  # paper
    images[11] = 1.0  # second row, second column: ink
    grid = tf.io.decode_png(article_program.picture([images[:10], images[10:]])).numpy()[..., 0]
    assert grid.shape == (2 * 28, 10 * 28)
    assert (grid[28:, 28:56] == 0).all()
    assert (grid == 0).sum() == 28 * 28
    assert set(np.unique(grid)) == {0, 255}


@pytest.mark.parametrize("method", list(mode_collapse.METHODS))
def test_methods_of_a_task_differ_in_their_discriminators_only(method):
    plain, other = (mode_collapse.compiled("ring", m, seed=3) for m in ("non-saturating", method))
    for one, two in zip(plain.generator.get_weights(), other.generator.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)
    assert float(plain.d_optimizer.learning_rate) == float(other.d_optimizer.learning_rate)
    assert other.discriminator.input_shape[1] == 2 * other.packing
    real = next(iter(mode_collapse.batches("ring", 8 * other.packing, seed=0)))
    assert real.shape == (8 * other.packing, 2)
    other.train_step(real)
    assert np.isfinite(other.sample(4, seed=0)).all()


@pytest.mark.parametrize("method", mode_collapse.TESTED["stacked"])
def test_pairs_of_digits_have_the_step_sizes_of_their_task(method):
    gan = mode_collapse.compiled("stacked", method, seed=0)
    assert [float(o.learning_rate) for o in gan.optimizers] == pytest.approx([1e-3, 4e-3])
    assert gan.discriminator.input_shape == (None, 28, 28, 2 * gan.packing)
    assert gan.ema_decay == 0.99


@pytest.fixture
def clock(monkeypatch):
    """At each look a second has passed."""
    monkeypatch.setattr(budget, "perf_counter", count().__next__)
    monkeypatch.setattr(budget, "process_time", count().__next__)


def small_vae() -> VAE:
    vae = VAE(mlp_encoder(2, 8), mlp_decoder(2, 8))
    vae.compile("adam")
    return vae


def test_the_vae_is_trained_for_its_budget(monkeypatch, clock):
    monkeypatch.setitem(vae_likelihood.MODELS, "small", small_vae)
    images = np.random.default_rng(0).uniform(0, 1, (256, 28, 28, 1)).astype("float32")
    _, training = vae_likelihood.trained("small", 5, images)
    assert training["seconds"] == 5
    assert training["epochs"] == 5 * 128 / 256
    assert training["images_per_second"] == 128


def test_the_recipe_as_written_draws_nothing():
    x = np.zeros((4, 28, 28, 1), "float32")
    for name, differs in {
        "recipe": False,
        "autoencoder": False,
        "VAE": True,
        "noise": True,
    }.items():
        model = vae_recipe.Model(name, seed=0)
        first, second = (np.asarray(model.terms(x)[0]) for _ in range(2))
        assert np.any(first != second) == differs, name


def test_no_pixel_of_the_recipes_past_sees_itself_or_what_follows():
    model, rng = vae_recipe.Model("past", seed=0), np.random.default_rng(0)
    kernel, bias = model.past.get_weights()
    kernel = vae_recipe.Past()(rng.normal(size=kernel.shape).astype("float32"))
    model.past.set_weights([kernel, bias])
    x = np.zeros((2, 784), "float32")
    x[1, 300] = 1
    logits = np.asarray(model.past(x))
    np.testing.assert_array_equal(logits[0, :301], logits[1, :301])
    assert np.all(logits[0, 301:] != logits[1, 301:])


# --- the stored rows -----------------------------------------------------------------------------


@pytest.mark.parametrize("bench", LONG, ids=lambda bench: bench.__name__)
def test_stored_rows_are_those_that_the_bench_wants(bench):
    stored = results.rows(bench.__name__.removeprefix("bench."))
    names = [tuple(row[column] for column in bench.KEY) for row in stored]
    assert len(set(names)) == len(names)
    if bench is vae_likelihood:  # of the twelve those that chapter 32 shows
        assert set(names) < set(bench.WANTED)
    else:
        assert set(names) == set(bench.WANTED)


def test_tables_have_a_line_for_each_group_of_rows():
    lines = {
        article_program: 1 + len(article_program.WANTED),
        blur: 1 + len(blur.WANTED),
        gan_vs_vae: 1 + len(digits.bounds()["floor"]),
        judging_bounds: 1 + len(digits.bounds()["floor"]),
        labels: 1 + len({name[:4] for name in labels.WANTED}),
        loss_race: 1 + len(loss_race.SETTINGS),
        mode_collapse: 1 + sum(len(methods) for methods in mode_collapse.TESTED.values()),
        quatrains: 1 + len(quatrains.WANTED),
        style: 3
        + len({name[:3] for name in style.WANTED})
        + 28
        + 5
        + 5
        + 4
        + 4
        + 6 * 8
        + 4 * 3
        + 6,
        time_to_quality: 1 + len(time_to_quality.WANTED),
        vae_likelihood: 1 + 6 + 2 + len(vae_likelihood.PUBLISHED),
        vae_recipe: 1 + len(vae_recipe.MODELS),
        words: 1 + len({name[:-1] for name in words.WANTED}) + 4 + 3 * 5,
    }
    for bench, wanted in lines.items():
        table = bench.table(results.rows(bench.__name__.removeprefix("bench.")))
        assert len(table.splitlines()) == wanted, table


def test_the_mark_of_a_poem_is_counted_as_the_library_counts():
    size = len(poet.alphabet())
    read = poet.rows(verse.quatrains("test")[:20])[:, 3:-1]
    table = watermark.greens(size, quatrains.MARK_KEY)
    codes, green = quatrains.pairs(read, table)
    for row, code, is_green in zip(read, codes, green, strict=True):
        counted = row != poet.alphabet().encode(poet.BREAK)[0]
        found = watermark.counts(row, size, quatrains.MARK_KEY, counted=counted)
        once = np.unique(code[code >= 0], return_index=True)[1]
        assert (is_green[code >= 0][once].sum(), len(once)) == found
    assert quatrains.share_found(codes, np.zeros_like(green), 3) == 0
    assert quatrains.share_found(codes, np.ones_like(green), 3) == 1


@pytest.mark.parametrize("share", [0.0, 0.25, 1.0])
def test_so_many_characters_of_poems_are_changed_and_no_break(share):
    read = poet.rows(verse.quatrains("test"))[:, 3:-1]
    found = quatrains.changed(read, share, seed=0)
    end = poet.alphabet().encode(poet.BREAK)[0]
    np.testing.assert_array_equal(found == end, read == end)
    # A common character may be drawn in its own place.
    assert (found != read)[read != end].mean() == pytest.approx(share, abs=0.01)


def test_both_sides_of_the_comparison_have_one_size():
    gan, vae = recipes.digit_gan(), recipes.digit_vae(37)
    assert sum(sizes(gan)) == 162_386
    assert vae.encoder.count_params() + vae.decoder.count_params() == 162_057


def test_scores_of_mode_collapse_follow_from_the_counts():
    for row in results.rows("mode_collapse"):
        assert row["seconds"] == pytest.approx(mode_collapse.SECONDS[row["task"]], rel=0.05)
        if not row["diverged"]:
            shares = mode_collapse.mode_shares(row["task"])
            score = modes.mode_score(np.array(row["counts"]), mode_collapse.DRAWN, shares)
            assert score == pytest.approx((row["modes"], row["high_quality"], row["reverse_kl"]))


def test_likelihoods_belong_to_the_networks_as_they_are():
    for row in results.rows("vae_likelihood"):
        model = vae_likelihood.MODELS[row["model"]]()
        weights = model.encoder.count_params() + model.decoder.count_params()
        assert row["parameters"] == weights, row["model"]
        assert row["budget"] <= row["seconds"] < row["budget"] + 1
        assert row["elbo"] < row["bound_100"]
        assert row["bound_100_first_1000"] < row["bound_5000_first_1000"]


def test_three_minutes_and_ten_reach_what_the_course_promises():
    stored = {(row["model"], row["budget"]): row for row in results.rows("vae_likelihood")}
    row = stored["convolutional, ELBO", 180]
    assert row["elbo"] >= -96
    assert row["bound_5000_first_1000"] >= -88.5
    # Burda et al. 2015, one stochastic layer; theirs is the mean over all test images
    row = stored["convolutional, ELBO", 600]
    assert row["bound_5000_first_1000"] >= -86.76
    assert row["bound_100"] >= -86.76


def test_soft_images_have_the_sharpness_of_the_level():
    x = data.to_signed(data.load_mnist()[1][0][:200])
    for some in (x, blur.blurred(x, 0.75)):
        assert blur.sharpness(blur.soft(some)) == pytest.approx(blur.LEVEL, rel=0.01)
    softer = blur.blurred(x, 3)
    assert blur.soft(softer) is softer


def test_blocks_are_means_of_squares():
    x = np.random.default_rng(0).uniform(-1, 1, (3, 28, 28, 1))
    found = blur.blocks(x)
    assert found.shape == (3, 49)
    assert found[1, 9] == pytest.approx(x[1, 4:8, 8:12].mean())


def test_the_controls_of_blur_are_what_their_names_say():
    real = blur.images("real")
    assert all(blur.images(*name).shape == real.shape for name in blur.WANTED)
    for kept in (10, 1000):
        assert len(np.unique(blur.images(f"{kept} images"), axis=0)) == kept
    glued = blur.images("glued")
    np.testing.assert_array_equal(glued[3000:], real[3000:])
    np.testing.assert_array_equal(glued[:, :14], real[:, :14])
    assert (glued[:3000, 14:] != real[:3000, 14:]).any(axis=(1, 2, 3)).mean() > 0.99
    assert blur.sharpness(blur.images("blur 0.75")) < blur.sharpness(real) / 2


# --- the loop ------------------------------------------------------------------------------------

KEY, WANTED = ("net", "seed"), [("a", 0), ("a", 1), ("b", 0), ("b", 1)]


class Fake:
    """A bench whose rows cost nothing; it notes what it is asked for."""

    def __init__(self, folder):
        self.file, self.path = folder / "fake.py", folder / "fake.json"
        self.file.write_text('"""A fake. `make nothing`."""\n')
        self.asked, self.breaks_before, self.training = [], None, None

    def measure(self, left):
        for net, seed in left:
            if (net, seed) == self.breaks_before:
                raise KeyboardInterrupt
            self.asked.append((net, seed))
            yield {"net": net, "seed": seed, "score": len(self.asked)}

    def run(self, *argv, measure=None):
        self.asked = []
        argv = ["--results", str(self.path), *argv]
        measure, table = measure or self.measure, lambda found: f"{len(found)} rows"
        rows.run(str(self.file), KEY, WANTED, measure, table, self.training, argv)

    def stored(self) -> dict:
        _, found = results._read(self.path, self.path.read_bytes())
        return {(row["net"], row["seed"]): row for row in found}


@pytest.fixture
def fake(tmp_path):
    return Fake(tmp_path)


def test_an_interrupted_bench_goes_on_where_it_was(fake, capsys):
    fake.breaks_before = ("b", 0)
    with pytest.raises(KeyboardInterrupt):
        fake.run()
    assert list(fake.stored()) == WANTED[:2]
    fake.breaks_before = None
    fake.run()
    assert fake.asked == WANTED[2:]
    assert list(fake.stored()) == WANTED
    fake.run()
    assert fake.asked == []
    out, err = capsys.readouterr()
    assert out.splitlines()[-1] == "4 rows"
    assert err == ""  # all made alike


def test_finished_rows_may_come_in_any_order(fake):
    fake.run(measure=lambda left: reversed(list(fake.measure(left))))
    assert list(fake.stored()) == WANTED


def test_rows_of_another_make_are_told_kept_and_made_anew_on_demand(fake, capsys):
    fake.run("--only", "net=a")
    fake.file.write_text('"""A fake."""\nWIDTH = 3\n')
    capsys.readouterr()
    fake.run()
    told = capsys.readouterr().err
    assert f"WARNING: 2 of 2 rows in {fake.path} were not made as rows are today" in told
    assert told.count("code") == 1  # one line for the one make
    assert "They are kept; --remake" in told
    assert fake.asked == WANTED[2:]
    codes = [row["made"]["code"] for row in fake.stored().values()]
    assert codes[0] == codes[1] != codes[2] == codes[3]

    fake.run("--remake", "--only", "net=a", "seed=1")
    assert fake.asked == [("a", 1)]
    fake.run("--remake")
    assert fake.asked == [("a", 0)]
    assert "made anew" in capsys.readouterr().err
    content = json.loads(fake.path.read_text())
    assert [make["code"] for make in content["makes"]] == [makes.code_digest(fake.file)]
    fake.run("--remake")
    assert fake.asked == []


@pytest.mark.parametrize("field", ["processor", "tensorflow", "keras", "numpy", "python"])
def test_other_versions_and_processors_are_told(fake, field, monkeypatch, capsys):
    now = makes.today(fake.file)
    monkeypatch.setattr(rows, "today", lambda bench: now | {field: "another"})
    fake.run()
    monkeypatch.setattr(rows, "today", lambda bench: now)
    fake.run()
    assert f"4 of {now['date']}: {field} another, today {now[field]}" in capsys.readouterr().err


def test_another_day_is_no_other_make(fake, monkeypatch, capsys):
    now = makes.today(fake.file)
    monkeypatch.setattr(rows, "today", lambda bench: now | {"date": "2020-01-01"})
    fake.run("--only", "net=a")
    monkeypatch.setattr(rows, "today", lambda bench: now)
    fake.run()
    assert capsys.readouterr().err == ""
    assert {row["made"]["date"] for row in fake.stored().values()} == {"2020-01-01", now["date"]}


def test_rows_of_one_training_are_made_together(fake):
    fake.training = lambda name: name[0]
    fake.breaks_before = ("b", 1)
    with pytest.raises(KeyboardInterrupt):
        fake.run()
    fake.breaks_before = None
    fake.run()
    assert fake.asked == WANTED[2:]


def test_rows_that_another_run_stores_meanwhile_stay(fake):
    def measure(left):
        first, *others = fake.measure(left)
        yield first
        fake.run("--only", "net=b")
        yield from others

    fake.run("--only", "net=a", measure=measure)
    assert list(fake.stored()) == WANTED


def test_rows_made_anew_are_not_taken_from_the_file_again(fake):
    fake.run()
    old = fake.stored()
    fake.file.write_text('"""A fake."""\nWIDTH = 3\n')
    fake.breaks_before = ("b", 1)
    with pytest.raises(KeyboardInterrupt):
        fake.run("--remake")
    assert list(fake.stored()) == WANTED[:3]
    assert all(row != old[name] for name, row in fake.stored().items())


def test_two_runs_that_store_at_once_lose_no_row(fake):
    """Each store takes long enough that the other begins within it."""
    names = [("a", seed) for seed in range(4)], [("b", seed) for seed in range(4)]

    def run(some):
        def measure(left):
            for net, seed in left:
                yield {"net": net, "seed": seed, "score": 1, "long": ["…" * 1000] * 100}

        argv = ["--results", str(fake.path)]
        rows.run(str(fake.file), KEY, some, measure, lambda found: "", None, argv)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(run, names))
    assert set(fake.stored()) == {*names[0], *names[1]}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_write_that_breaks_leaves_the_old_rows(fake, fault):
    """Stored rows lost to a full disk or an interruption: hours of measuring."""
    fake.run("--only", "net=a")
    before, (error, block) = contents(fake.path.parent), FAULTS[fault]
    _, rows_there = results._read(fake.path, fake.path.read_bytes())
    with block(), pytest.raises(error) as caught:
        rows.store(fake.path, KEY, rows_there[:1])
    assert contents(fake.path.parent) == before
    assert str(fake.path) in "\n".join(caught.value.__notes__)
    fake.run()
    assert fake.asked == WANTED[2:]


def test_a_bench_does_not_go_on_from_rows_that_were_changed(fake):
    """Rows changed by hand that a bench would store again, under a digest that fits them."""
    fake.run("--only", "net=a")
    changed = fake.path.read_text().replace('"score": 2', '"score": 3')
    fake.path.write_text(changed)
    with pytest.raises(ValueError, match="not as it was measured"):
        fake.run()
    assert (fake.asked, fake.path.read_text()) == ([], changed)


def test_rows_that_do_not_fit_are_refused_and_the_file_stays(fake):
    fake.run("--only", "net=a")
    before = fake.path.read_bytes()
    bad = {
        "expected a number": lambda left: [{"net": "b", "seed": 0, "score": "nine"}],
        "expected a row of": lambda left: [{"net": "c", "seed": 0, "score": 1}],
        "got none for": lambda left: [],
    }
    for said, measure in bad.items():
        with pytest.raises(ValueError, match=said):
            fake.run(measure=measure)
        assert fake.path.read_bytes() == before


def test_numbers_of_numpy_are_stored(fake):
    def measure(left):
        for net, seed in left:
            yield {"net": net, "seed": np.int64(seed), "x": np.float32(0.5), "y": np.arange(2)}

    fake.run(measure=measure)
    row = fake.stored()["b", 1]
    assert [row[name] for name in ("net", "seed", "x", "y")] == ["b", 1, 0.5, [0, 1]]


def test_a_damaged_file_stops_the_bench_before_it_works(fake):
    fake.run()
    fake.path.write_bytes(fake.path.read_bytes()[:-30])
    with pytest.raises(ValueError, match="damaged or half-written"):
        fake.run()
    assert fake.asked == []


@pytest.mark.parametrize("only", ["a", "width=3"])
def test_a_wrong_choice_is_told(fake, only, capsys):
    with pytest.raises(SystemExit):
        fake.run("--only", only)
    assert "expected --only COLUMN=VALUE" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["gone/fake.json", "."])
def test_a_place_where_no_row_can_be_stored_is_told_before_the_work(fake, name, capsys):
    """Hours of measuring that end with rows that cannot be stored."""
    fake.path = fake.path.parent / name
    with pytest.raises(SystemExit):
        fake.run()
    assert f"but got {fake.path}" in capsys.readouterr().err
    assert fake.asked == []


# --- makes, numbers, tables ----------------------------------------------------------------------


def test_the_digest_sees_statements_and_imports_but_no_comments(tmp_path):
    file = tmp_path / "fake.py"

    def digest(text: str) -> str:
        file.write_text(text)
        return makes.code_digest(file)

    plain = digest('"""Doc."""\ndef f(x):\n    """Doc."""\n    return x + 1\n')
    assert plain == digest("# why\ndef f(x):\n\n    return (x + 1)\n")
    assert plain != digest("def f(x):\n    return x + 2\n")
    assert plain != digest("from aigc_lib import losses\ndef f(x):\n    return x + 1\n")
    storing = "def f(x):\n    from bench.rows import run\n    return x + 1\n"
    assert digest(storing) == digest(storing.replace("    return", "\n    return"))


def test_the_digest_reaches_the_modules_behind_modules(tmp_path, monkeypatch):
    (tmp_path / "aigc_lib").mkdir()
    here = ModuleSpec("aigc_lib", None, is_package=True)
    here.submodule_search_locations = [str(tmp_path / "aigc_lib")]
    monkeypatch.setattr(makes, "find_spec", lambda package: here)
    file, near, far = (tmp_path / name for name in ("b.py", "aigc_lib/near.py", "aigc_lib/far.py"))
    file.write_text("def f():\n    from aigc_lib import near\n")
    near.write_text("import aigc_lib.far\n")
    far.write_text("from aigc_lib.near import x\n")  # a circle ends
    before = makes.code_digest(file)
    far.write_text("from aigc_lib.near import x\ny = 1\n")
    assert makes.code_digest(file) != before


def test_intervals_are_students_and_welchs():
    a, b = [1.0, 2.0, 4.0], [0.0, 1.0, 1.5, 0.5]
    half = stats.t.ppf(0.975, 2) * np.std(a, ddof=1) / 3**0.5
    assert rows.interval(a) == pytest.approx((np.mean(a) - half, np.mean(a) + half))
    welch = stats.ttest_ind(a, b, equal_var=False).confidence_interval(0.9)
    assert rows.interval(a, b, confidence=0.9) == pytest.approx(tuple(welch))
    assert rows.interval([2, 2], [1, 1, 1]) == (1, 1)
    assert np.isnan(rows.interval([1.0])).all()


@pytest.mark.parametrize(
    ("values", "second"),
    [
        ([2.0, 1.8, 1.7, 1.5], 40 * 2**0.5),  # halfway between 40 and 80 s on the log scale
        ([1.5, 1.4], 10),  # below from the start
        ([2.0, 1.8, 1.61], None),
        ([2.0, 1.8, 1.6], None),  # as good is not better
        ([1.7, 1.5, 1.7, 1.5], 10 * 2**0.5),  # it may rise again: the first time counts
        ([], None),
    ],
)
def test_a_crossing_is_interpolated_on_log_seconds(values, second):
    curve = [(10 * 2**i, value) for i, value in enumerate(values)]
    assert rows.crossing(curve[::-1], 1.6) == (second and pytest.approx(second))


def test_means_and_tables_as_text():
    assert rows.mean_sd([1, 2, 3]) == "2 ± 1"
    assert rows.mean_sd([0.5], ".2f") == "0.50"
    assert rows.mean_sd([]) == "–"
    assert rows.aligned(("", "x"), [("long", 1), ("b", "1.25")]) == (
        "         x\nlong     1\nb     1.25"
    )
