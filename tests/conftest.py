"""Shared by all tests. Loads no TensorFlow: the tests of the book do without it."""

from hypothesis import settings

# A busy machine is no defect: hypothesis's limit of 200 ms an example would make it one.
settings.register_profile("course", deadline=None)
settings.load_profile("course")
