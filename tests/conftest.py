"""Shared by all tests. Loads no TensorFlow: the tests of the book do without it."""

from collections import Counter

import pytest
from hypothesis import settings

# A busy machine is no defect: hypothesis's limit of 200 ms an example would make it one.
settings.register_profile("course", deadline=None)
settings.load_profile("course")

# Few tests that take minutes: sites are built, chapters run, trainings repeated in processes of
# their own. Begun last, such a file leaves one core idle until it ends.
LONG = ("test_fresh", "test_address", "test_new_chapter", "test_replicas", "test_surroundings")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let files begin in this order: the long ones, then those with the most tests."""
    tests = Counter(item.path for item in items)
    items.sort(key=lambda item: (item.path.stem not in LONG, -tests[item.path], str(item.path)))
