"""Tables: what a reader sees, what a screen reader says, and what is refused."""

from html.parser import HTMLParser

import numpy as np
import pytest

from aigc_lib import tables

HEAD = ["model", "distance", "classes"]
ROWS = [["GAN", 1.23456, 10], ["a VAE & co", np.float32(12.5), np.int64(7)]]


class Cells(HTMLParser):
    """The tags of a table with their attributes, and the text of each cell."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags, self.texts = [], []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        if data.strip():
            self.texts.append(data)


def test_each_entry_stands_under_its_head():
    table = tables.Table(HEAD, ROWS, caption="two models")
    found = Cells(table._repr_html_())
    wanted = ["two models", *HEAD, "GAN", "1.23", "10", "a VAE & co", "12.5", "7"]
    assert found.texts == wanted
    assert repr(table).split() == " ".join(wanted).split()
    scopes = [attrs["scope"] for tag, attrs in found.tags if tag == "th"]
    assert scopes == 3 * ["col"] + 2 * ["row"]
    assert found.tags[0][1]["aria-label"] == "two models"
    assert not any({"style", "align"} & attrs.keys() for _, attrs in found.tags)


def test_columns_of_the_text_are_flush():
    first, *others = repr(tables.Table(HEAD, ROWS)).splitlines()
    assert {len(line) for line in (first, *others)} == {len(first)}
    assert [line.index(word) for line, word in zip(others, ("GAN", "a VAE"), strict=True)] == [0, 0]


@pytest.mark.parametrize(
    ("value", "kind", "said"),
    [
        (0.000123456, "", "0.000123"),
        (123456.7, "", "123457"),
        (-2500.4, "", "-2500"),
        (1e7, "", "1e+07"),
        (1234567, "", "1234567"),
        (np.int32(60_000), "{:,}", "60,000"),
        (0.256, "{:.0%}", "26%"),
        (True, "", "True"),
        (float("nan"), "", "nan"),
        ("0.10", "{:.3f}", "0.10"),
        (None, "{:.3f}", "–"),
        (np.array(0.5), "{:.2f}", "0.50"),
    ],
)
def test_how_an_entry_is_written(value, kind, said):
    table = tables.Table(["what", "value"], [["a", value]], ["", kind])
    assert table.rows == [["a", said]]
    assert said in table._repr_html_()


def test_a_tensor_is_a_number():
    import keras

    one = keras.ops.convert_to_tensor(0.25)
    assert tables.Table(["what", "value"], [["a", one]]).rows == [["a", "0.25"]]


def test_signs_of_html_are_shown_as_they_are():
    html = tables.Table(["<b>", "x"], [["<i>&", 1]], caption='a "b" <c>')._repr_html_()
    assert "<b>" not in html
    assert "<i>" not in html
    assert Cells(html).texts == ['a "b" <c>', "<b>", "x", "<i>&", "1"]


@pytest.mark.parametrize(
    ("arguments", "error", "said"),
    [
        (([], []), ValueError, "0 columns and 0 rows"),
        ((HEAD, []), ValueError, "3 columns and 0 rows"),
        ((HEAD, [["GAN", 1.0]]), ValueError, "row 1 has 2"),
        ((HEAD, ROWS, ["", "{:.1f}"]), ValueError, "got 2"),
        ((HEAD, ROWS, ["", "{:.1q}", ""]), ValueError, r"\{:.1q\}"),
        ((HEAD, [["GAN", [1, 2], 3]]), ValueError, r"\[1, 2\]"),
        ((HEAD, [["GAN", {}, 3]]), ValueError, r"\{\}"),
        ((["a", "", "c"], ROWS), ValueError, r"\['a', '', 'c'\]"),
        (("abc", ROWS), TypeError, "'abc'"),
        ((HEAD, ["abc"]), TypeError, "row 1 .*'abc'"),
        ((["a", 2, "c"], ROWS), TypeError, "got 2"),
        ((HEAD, ROWS, "{:.1f}"), TypeError, "formats"),
        ((HEAD, ROWS, (), None), TypeError, "caption .*None"),
    ],
)
def test_what_makes_no_table_is_refused(arguments, error, said):
    with pytest.raises(error, match=said) as raised:
        tables.show(*arguments)
    assert "expected" in str(raised.value)


def test_columns_of_words_are_marked():
    """Words are read from the left, numbers compared from the right."""
    head = ["row", "words", "numbers", "intervals", "mixed"]
    rows = [["a", "differs", -1.5, "+0.1 … 0.3", None], ["b", "2 of 5", "nan", "−0.2 ± 0.1", "no"]]
    tags = Cells(tables.Table(head, rows)._repr_html_()).tags
    marked = [attrs.get("class") for tag, attrs in tags if tag in ("th", "td")]
    columns = ["text", "text", None, None, "text"]
    assert marked[:5] == columns
    assert marked[6:10] == columns[1:]
