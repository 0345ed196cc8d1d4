"""The frozen classifier, and the whole measurement of digits with it."""

import numpy as np
import pytest

from aigc_lib import data, distances, metrics, scorer


@pytest.fixture(scope="module")
def test_set():
    images, labels = data.load_mnist()[1]
    return data.to_signed(images), labels


@pytest.fixture(scope="module")
def judged(test_set):
    return scorer.judge(test_set[0])


def test_the_scorer_is_right_as_often_as_promised(test_set, judged):
    assert np.mean(judged.labels == test_set[1]) >= 0.993


def test_a_judgement_has_the_promised_shapes(judged):
    assert judged.features.shape == (10_000, scorer.FEATURES)
    assert judged.probabilities.shape == (10_000, scorer.CLASSES)
    np.testing.assert_allclose(judged.probabilities.sum(axis=1), 1)
    np.testing.assert_array_equal(judged.confidence, judged.probabilities.max(axis=1))


def test_the_scorer_stays_as_shipped():
    assert scorer.load_scorer().trainable_variables == []


def test_two_halves_of_the_test_set_meet_the_expectations(judged):
    order = np.random.default_rng(0).permutation(10_000)
    first, second = judged.features[order[:5000]], judged.features[order[5000:]]
    found = distances.neighbourhoods(first, second)
    assert found.density == pytest.approx(1, abs=0.05)
    assert found.coverage == pytest.approx(1 - 2**-5, abs=0.02)
    far = judged.features[order[:5000]] * 1.2
    assert distances.frechet_distance(first, second) < distances.frechet_distance(first, far) / 20
    assert (
        abs(distances.kernel_distance(first, second)) < distances.kernel_distance(first, far) / 20
    )


def test_measuring_training_images_gives_the_stored_floor():
    (images, _), _ = data.load_mnist()
    found = metrics.measure(data.to_signed(images[: metrics.JUDGED]))
    floor = metrics.bounds()["floor"]
    assert list(found) == list(floor)
    for name, value in floor.items():
        assert found[name] == pytest.approx(value, rel=0.02, abs=0.01), name


def test_the_table_has_floor_and_ceiling_and_one_line_a_metric():
    values = dict.fromkeys(metrics.bounds()["floor"], 0.0) | {"FD-LeNet": 12.5}
    lines = metrics.table({"mine": values}).splitlines()
    assert lines[0].split() == ["floor", "mine", "noise"]
    assert lines[1].split()[2] == "12.5"
    assert len(lines) == 1 + len(values)


@pytest.mark.parametrize(
    ("spoil", "part"),
    [
        (lambda x: (x + 1) / 2, r"2 \* images - 1"),
        (lambda x: x[..., 0], "shape"),
        (lambda x: x[:64], "more than 64 images"),
        (lambda x: x * np.nan, "NaN"),
        (lambda x: x * 2, r"\[-1, 1\]"),
    ],
)
def test_bad_images_are_told(test_set, spoil, part):
    with pytest.raises(ValueError, match=part):
        metrics.measure(spoil(test_set[0][:100]))
