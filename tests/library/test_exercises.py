"""The self-check of the exercises."""

import numpy as np
import pytest

from aigc_lib.exercises import check


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (None, "Not tried yet."),
        ([None, 0.5], "Not tried yet."),
        (0.5, "Right."),
        (0.5009, "Right."),
        (0.6, "Not yet: off by 0.1, allowed is 0.001."),
        ([0.5, 0.5], "Not yet: expected shape (), got (2,)."),
        (np.nan, "Not yet: off by nan, allowed is 0.001."),
    ],
)
def test_check_of_an_exercise(capsys, answer, said):
    check(answer, 0.5, tolerance=1e-3)
    assert capsys.readouterr().out == said + "\n"


def test_check_of_integers_does_not_wrap_around(capsys):
    check(np.array([0], "uint8"), np.array([1], "uint8"), tolerance=0)
    assert "off by 1" in capsys.readouterr().out
