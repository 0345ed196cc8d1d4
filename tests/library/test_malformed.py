"""Every public function under what users really pass: malformed input is told, never taken.

The functions, their right arguments and what is wrong with others: malformed.py.
"""

import ast
import re
import reprlib
from functools import cache
from pathlib import Path
from types import TracebackType

import malformed
import matplotlib.pyplot as plt
import numpy as np
import pytest

import aigc_lib

LIBRARY = Path(aigc_lib.__file__).parent


@cache
def raising(path: Path) -> set[int]:
    """The lines of a module on which a `raise` stands, all lines of each."""
    found = (node for node in ast.walk(ast.parse(path.read_text("utf-8"))))
    raises = [node for node in found if isinstance(node, ast.Raise)]
    return {line for node in raises for line in range(node.lineno, node.end_lineno + 1)}


def raised_by_the_library(trace: TracebackType) -> bool:
    """Whether the error comes from a `raise` of aigc_lib, and not out of NumPy or TensorFlow."""
    while trace.tb_next:
        trace = trace.tb_next
    path = Path(trace.tb_frame.f_code.co_filename)
    return path.parent == LIBRARY and trace.tb_lineno in raising(path)


def traces(value) -> set[str]:
    """Texts of which one must stand in a message about this value."""
    said = {repr(value), str(value), reprlib.repr(value), f"{type(value).__name__} of dtype"}
    said |= {f"got {type(value).__name__}"}
    if isinstance(value, dict):
        said |= {*map(repr, value), str(sorted(map(str, value)))}
    if isinstance(value, np.ma.MaskedArray):
        return said | {"a masked one"}
    if isinstance(value, np.ndarray):
        said |= {str(value.shape), str(len(value)), str(value.dtype)}
        if value.size and value.dtype.kind in "biuf":
            said |= {f"{part:g}" for part in (value.min(), value.max(), value.sum())}
            said |= {"NaN", "nan", "inf"} if not np.isfinite(value).all() else set()
        if value.size == 0:
            said |= {"no data"}
    if isinstance(value, float):
        said |= {"()"}
    return said


@pytest.mark.parametrize(("path", "argument", "kind"), malformed.cases())
def test_malformed_input_is_told(path, argument, kind):
    """Holds off values that are taken silently, and errors that come from deep inside."""
    _, spoilt = malformed.CALLS[path][argument]
    bad = spoilt[kind]
    if not isinstance(bad, malformed.Bad):
        bad = malformed.Bad(bad)
    with pytest.raises((ValueError, TypeError)) as error:
        malformed.call(path, **malformed.good(path) | {argument: bad.value})
    assert raised_by_the_library(error.tb), error.getrepr(style="short")
    wanted, _, came = str(error.value).partition("but ")
    assert "expected" in wanted
    texts = {bad.said} if bad.said else traces(bad.value)
    assert any(re.search(rf"(?<!\w){re.escape(text)}", came) for text in texts), error.value


@pytest.mark.parametrize("path", sorted(malformed.CALLS.keys() - malformed.TRAINING))
def test_the_right_arguments_are_taken(path):
    """Holds off a table whose errors are those of another argument."""
    malformed.call(path, **malformed.good(path))
    plt.close("all")


def test_no_public_function_is_missing():
    """Holds off a new function that nobody has tried to break."""
    elsewhere = {path for path in malformed.public() if path.split(".")[0] in malformed.ELSEWHERE}
    assert malformed.public() == malformed.CALLS.keys() | malformed.EXEMPT.keys() | elsewhere
    assert not malformed.CALLS.keys() & (malformed.EXEMPT.keys() | elsewhere)
    for path, arguments in malformed.CALLS.items():
        assert any(spoilt for _, spoilt in arguments.values()), path


def test_there_are_many_cases():
    """Holds off a table that has lost its kinds."""
    cases = malformed.cases()
    assert len(cases) >= 200
    assert len({kind for *_, kind in cases}) >= 20
