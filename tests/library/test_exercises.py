"""The self-check of the exercises."""

from fractions import Fraction

import keras
import numpy as np
import pytest
import tensorflow as tf

from aigc_lib.exercises import UNTOUCHED, check


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (None, UNTOUCHED),
        ([None, 0.5], UNTOUCHED),
        (0.5, "Right."),
        (0.5009, "Right."),
        (0.6, "Not yet: off by 0.1, allowed is 0.001."),
        ([0.5, 0.5], "Not yet: expected shape (), got (2,)."),
        (np.nan, "Not yet: off by nan, allowed is 0.001."),
        (np.inf, "Not yet: off by inf, allowed is 0.001."),
    ],
)
def test_check_of_an_exercise(capsys, answer, said):
    """A sentence other than those that the chapters have stored."""
    check(answer, 0.5, tolerance=1e-3)
    assert capsys.readouterr().out == said + "\n"


def test_check_of_integers_does_not_wrap_around(capsys):
    """0 - 1 in eight bits without a sign, which is 255."""
    check(np.array([0], "uint8"), np.array([1], "uint8"), tolerance=0)
    assert "off by 1" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("answer", "expected", "right"),
    [
        (1000.5, 1000.0, False),  # half a thousandth of it away
        (1000.0005, 1000.0, True),
        (0.0, 0.0005, True),  # all of it away
        (2e-4, 1e-6, True),
        (0.0015, 0.0, False),
        ([1000.0, 1.002], [1000.0, 1.0], False),
    ],
)
def test_the_tolerance_is_absolute(capsys, answer, expected, right):
    """A tolerance that grows with the expected number, or shrinks."""
    check(answer, expected, tolerance=1e-3)
    assert capsys.readouterr().out.startswith("Right." if right else "Not yet: off by")


def test_a_tolerance_of_zero_asks_for_equal_numbers(capsys):
    """A tolerance that is replaced where it is 0."""
    check([1.0, 2.0], [1, 2], tolerance=0)
    check(np.nextafter(1, 2), 1, tolerance=0)
    assert capsys.readouterr().out.startswith("Right.\nNot yet: off by 2.22e-16")


@pytest.mark.parametrize(
    ("tolerance", "error"),
    [
        (np.inf, ValueError),
        (np.nan, ValueError),
        (-1e-6, ValueError),
        ("0.1", TypeError),
        (None, TypeError),
        (True, TypeError),
        (1j, TypeError),
        ([0.1], TypeError),
    ],
)
@pytest.mark.parametrize("answer", [None, 0.5])
def test_a_tolerance_that_says_nothing_is_the_authors_error(capsys, tolerance, error, answer):
    """A tolerance that lets every answer through, or none, even before an answer is there."""
    with pytest.raises(error, match="tolerance"):
        check(answer, 0.5, tolerance)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("tolerance", [np.float32(1e-3), np.array(1e-3), tf.constant(1e-3), 1])
def test_a_tolerance_may_be_a_number_of_any_library(capsys, tolerance):
    """Numbers refused because they are not Python's own."""
    check(0.5, 0.5, tolerance)
    assert capsys.readouterr().out == "Right.\n"


@pytest.mark.parametrize(
    ("expected", "error"),
    [
        (None, TypeError),
        ([None, 1], TypeError),
        ("0.5", TypeError),
        (["a", 1], TypeError),
        (1j, TypeError),
        ({}, TypeError),
        ([], ValueError),
        ([[]], ValueError),
        ([1, [2, 3]], ValueError),
        (np.nan, ValueError),
        ([np.nan, 1], ValueError),
    ],
)
def test_an_expected_answer_that_none_can_fit_is_the_authors_error(capsys, expected, error):
    """An exercise that calls every answer right, such as an empty one, or none."""
    for answer in (None, expected):
        with pytest.raises(error, match="as the right answer, but got"):
            check(answer, expected)
    assert capsys.readouterr().out == ""


NO_NUMBERS = {
    "a text": "abc",
    "a number as text": "0.5",
    "texts": ["0.5", "0.5"],
    "rows of several lengths": [1, [2, 3]],
    "a truth value": True,
    "a complex number": 0.5 + 0j,
    "a function": len,
    "a dict": {"a": 0.5},
    "a set": {0.5},
    "a day": np.datetime64("2026-11-24"),
    "a tensor of no values": keras.KerasTensor((3,)),
    "an object": object(),
    "a number too large for a float": 10**400,
}


@pytest.mark.parametrize("name", NO_NUMBERS)
def test_an_answer_that_is_no_number_is_told_so(capsys, name):
    """A reader's slip that is answered by an error from inside, or that counts as right."""
    check(NO_NUMBERS[name], 0.5)
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("Not yet: expected a number, got ")


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (np.nan, 0),
        ([0, np.nan], [0, 0]),
        ([0, np.inf], [0, 0]),
        (-np.inf, np.inf),
        ([np.inf, 2e7], [np.inf, 1]),
        ([], 1),
        ([], [1]),
        ([1], 1),
        (1, [1]),
        ([1, 1], [1]),
        (np.zeros((0, 2)), np.zeros((1, 2))),
        ([True, False], [1, 0.5]),
    ],
)
def test_an_answer_that_is_not_right_is_not_called_right(capsys, answer, expected):
    """NaN, infinity or an empty answer that passes because no comparison with it fails."""
    check(answer, expected, tolerance=1e6)
    check(answer, expected)
    assert [line[:9] for line in capsys.readouterr().out.splitlines()] == ["Not yet: "] * 2


def test_nan_anywhere_is_said(capsys):
    """A difference taken over the other numbers alone."""
    check([0.5, np.nan, 0.5], [0.5, 0.5, 0.7])
    assert capsys.readouterr().out == "Not yet: off by nan, allowed is 1e-06.\n"


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (tf.constant([1.0, 2.0]), [1, 2]),
        ([tf.constant(1.0), 2], [1, 2]),
        (tf.Variable(0.5), 0.5),
        (keras.Variable([1.0, 2.0]), [1, 2]),
        ([keras.Variable(1.0), 2], [1, 2]),
        (np.float16(0.5), 0.5),
        (Fraction(1, 2), 0.5),
        (10**30, 1e30),
        ((1, 2), [1, 2]),
        ([True, False], [1, 0]),
        ([1, 0], [True, False]),
        ([-20, 10.0, True, False], [-20, 10, True, False]),
        ([np.inf, 1], [np.inf, 1]),
        (0.5, tf.constant(0.5)),
    ],
)
def test_numbers_of_any_library_are_right(capsys, answer, expected):
    """Right answers refused because of the library that they come from."""
    check(answer, expected)
    said = capsys.readouterr()
    assert (said.out, said.err) == ("Right.\n", "")


@pytest.mark.parametrize("answer", [(None, 1), np.array([None, 1]), [[None], [None]], [None, [1]]])
def test_a_stub_deeper_inside_is_not_tried(capsys, answer):
    """An untouched stub in an array, answered by an error from inside."""
    check(answer, [1, 1])
    assert capsys.readouterr().out == f"{UNTOUCHED}\n"
