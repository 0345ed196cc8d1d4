"""The report card of digits: the whole measurement, and pairs of digits in their modes."""

import numpy as np
import pytest

from aigc_lib import checks, data, digits, distances, metrics, scorer


@pytest.mark.slow  # it trains a network on 10 000 images
def test_measuring_training_images_gives_the_stored_floor():
    (images, _), _ = data.load_mnist()
    found = digits.measure(data.to_signed(images[: digits.JUDGED]))
    floor = digits.bounds()["floor"]
    assert list(found) == list(floor)
    for name, value in floor.items():
        assert found[name] == pytest.approx(value, rel=0.02, abs=0.01), name


def test_the_table_has_floor_and_ceiling_and_one_line_a_metric():
    values = dict.fromkeys(digits.bounds()["floor"], 0.0) | {"FD-LeNet": 12.5}
    lines = digits.table({"mine": values}).splitlines()
    assert lines[0].split() == ["floor", "mine", "noise"]
    assert lines[1].split()[2] == "12.5"
    assert len(lines) == 1 + len(values)


@pytest.mark.parametrize(
    ("spoil", "part"),
    [
        (lambda x: (x + 1) / 2, r"data\.rescale"),
        (lambda x: x[..., 0], "shape"),
        (lambda x: x[:64], "more than 64 images"),
        (lambda x: x * np.nan, "NaN"),
        (lambda x: x * 2, r"\[-1, 1\]"),
    ],
)
def test_bad_images_are_told(test_set, spoil, part):
    with pytest.raises(ValueError, match=part):
        digits.measure(spoil(test_set[0][:100]))


def test_real_pairs_are_counted_by_their_labels():
    _, (x_test, y_test) = data.load_mnist()
    images = data.to_signed(x_test[:1000])
    pairs = np.concatenate([images[:500], images[500:]], axis=-1)
    counts = digits.pair_counts(pairs)
    truth = np.bincount(10 * y_test[:500].astype(int) + y_test[500:1000], minlength=100)
    assert np.abs(counts - truth).sum() <= 20  # the classifier is wrong on 0.6 % of the digits
    assert counts.sum() >= 490


def test_a_pair_is_good_only_if_both_of_its_digits_are_clear():
    (x_train, _), _ = data.load_mnist()
    images = data.to_signed(x_train[:2000])
    clear, blurred = images[:1], images.mean(axis=0, keepdims=True)  # confidence 1.00 and 0.23
    for pair, good in (((clear, clear), 1), ((clear, blurred), 0), ((blurred, clear), 0)):
        assert digits.pair_counts(np.concatenate(pair, axis=-1)).sum() == good


def test_pairs_of_another_shape_or_with_nan_are_refused():
    grey = np.full((4, 28, 28, 2), -0.5, "float32")
    with pytest.raises(ValueError, match=r"28, 28, 2\), but got \(4, 28, 28, 1\)"):
        digits.pair_counts(grey[..., :1])
    with pytest.raises(ValueError, match="NaN"):
        digits.pair_counts(np.full((4, 28, 28, 2), np.nan, "float32"))


def test_an_array_is_checked_once_on_its_way_to_the_report(test_set, monkeypatch):
    looked_at, finite = [], checks.finite
    monkeypatch.setattr(checks, "finite", lambda x: (looked_at.append(x), finite(x))[1])
    digits.reference()
    looked_at.clear()
    digits.measure(test_set[0][:200])
    shapes = [x.shape for x in looked_at]
    assert shapes.count((200, 28, 28, 1)) == 1  # the images
    assert shapes.count((200, scorer.FEATURES)) == 1  # what the classifier sees in them
    assert len(shapes) == 3  # and the features of the test images


def test_too_few_features_are_told_also_at_a_glance(test_set):
    with pytest.raises(ValueError, match="at least 65 samples"):
        digits.glance(scorer.judge(test_set[0][:64]))


@pytest.fixture
def small(monkeypatch) -> tuple[scorer.Judgement, scorer.Judgement, np.ndarray]:
    """A reference of random features in the place of MNIST's, and a judgement beside it."""
    rng = np.random.default_rng(0)

    def judged(n: int, classes: int) -> scorer.Judgement:
        probabilities = rng.dirichlet(np.full(scorer.CLASSES, 0.3), size=n)
        probabilities[:, classes:] *= 1e-3
        probabilities /= probabilities.sum(axis=1, keepdims=True)
        return scorer.Judgement(rng.normal(size=(n, scorer.FEATURES)), probabilities)

    test, seen, train = judged(90, 10), judged(80, 4), rng.normal(size=(100, scorer.FEATURES))
    shares = metrics.histogram(test.labels, scorer.CLASSES)
    monkeypatch.setattr(digits, "reference", lambda: (test, train, shares))
    monkeypatch.setattr(scorer, "judge_checked", lambda images: seen)
    monkeypatch.setattr(digits, "_synthetic_accuracy", lambda images, labels: 0.5)
    return test, seen, train


def test_the_card_holds_each_measure_of_the_real_and_the_generated(small):
    """Holds off exchanged arguments, the wrong reference, another border of "confident"."""
    test, seen, train = small
    real, here = (metrics.histogram(each.labels, scorer.CLASSES) for each in (test, seen))
    wanted = {
        "FD-LeNet": distances.frechet_distance(test.features, seen.features),
        "score": metrics.classifier_score(seen.probabilities),
        "confident": np.mean(seen.probabilities.max(axis=1) > 0.5),
        "TV": metrics.total_variation(real, here),
        "missing": metrics.missing_classes(real, here),
        "KID": distances.kernel_distance(test.features, seen.features),
        **distances.neighbourhoods(test.features, seen.features)._asdict(),
        "synthetic": 0.5,
        "memorised": distances.memorisation_ratio(seen.features, train, test.features),
    }
    assert wanted["missing"] == 6
    assert 0 < wanted["confident"] < 1
    got = digits.measure(np.linspace(-1, 1, 80 * 784, dtype="float32").reshape(80, 28, 28, 1))
    assert list(got) == list(wanted)
    assert got == pytest.approx(wanted, rel=1e-9)
    first = {name: wanted[name] for name in list(wanted)[:5]}
    assert digits.glance(seen) == pytest.approx(first, rel=1e-9)


def test_floor_and_ceiling_stand_under_their_names():
    """Holds off ends that are exchanged: every set of images would look perfect or worthless."""
    ends = digits.bounds()
    for line in digits.table({}).splitlines()[1:]:
        name, floor, noise = line.split()
        assert float(floor) == pytest.approx(ends["floor"][name], rel=1e-3, abs=1e-6)
        assert float(noise) == pytest.approx(ends["ceiling"][name], rel=1e-3, abs=1e-6)


def test_an_image_is_confident_above_one_half(monkeypatch):
    """Holds off another border, such as 0.9, below which most doubtful digits lie."""
    features = np.random.default_rng(0).normal(size=(100, scorer.FEATURES))
    best = np.repeat([0.3, 0.49, 0.51, 0.89], [10, 20, 30, 40])
    probabilities = np.repeat((1 - best[:, None]) / 9, scorer.CLASSES, axis=1)
    probabilities[np.arange(100), np.arange(100) % 10] = best
    seen = scorer.Judgement(features, probabilities)
    monkeypatch.setattr(digits, "reference", lambda: (seen, features, np.full(10, 0.1)))
    assert digits.glance(seen)["confident"] == pytest.approx(0.7)
