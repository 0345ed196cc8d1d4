"""The frozen classifier that judges samples."""

import numpy as np
import pytest

from aigc_lib import distances, scorer


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
