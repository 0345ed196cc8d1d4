"""Results as tables: with heads that a screen reader says, and as aligned plain text beside it."""

import re
from collections.abc import Sequence
from html import escape
from numbers import Integral
from typing import Any

from IPython.display import display

__all__ = ["Table", "show"]

NUMBER, LARGE = "{:.3g}", "{:.0f}"  # three significant digits; no power of ten from 1000 on
NUMERIC = re.compile(r"[-+−–±(]?[\d.]|–$|nan|[-−]?inf")  # how an entry begins that is a number


class Table:
    """A table that a notebook shows as HTML, and a terminal as text; arguments as in `show`."""

    def __init__(
        self,
        head: Sequence[str],
        rows: Sequence[Sequence],
        formats: Sequence[str] = (),
        caption: str = "",
    ) -> None:
        self.head, self.caption = _texts(head, "head"), _text(caption, "caption")
        rows = [list(_sequence(row, f"row {place}")) for place, row in enumerate(rows, 1)]
        if not all(name.strip() for name in self.head):
            raise ValueError(
                f"expected a name for each column, which a screen reader says, but got {self.head}."
            )
        if not self.head or not rows:
            raise ValueError(
                f"expected at least one column and one row, but got {len(self.head)} columns and "
                f"{len(rows)} rows. Give each column a name and each row a list."
            )
        for place, row in enumerate(rows, 1):
            if len(row) != len(self.head):
                raise ValueError(
                    f"expected {len(self.head)} entries in each row, one for each of {self.head}, "
                    f"but row {place} has {len(row)}: {row}. Put None where there is nothing."
                )
        kinds = _texts(formats, "formats") or [""] * len(self.head)
        if len(kinds) != len(self.head):
            raise ValueError(
                f"expected {len(self.head)} formats, one for each of {self.head}, or none, but "
                f'got {len(kinds)}: {kinds}. Put "" where the usual one will do.'
            )
        self.rows = [[_cell(*each) for each in zip(row, kinds, strict=True)] for row in rows]

    def __repr__(self) -> str:
        """The table as text: the first column flush left, the others flush right."""
        lines = [self.head, *self.rows]
        wide = [max(map(len, column)) for column in zip(*lines, strict=True)]
        texts = [self.caption] if self.caption else []
        for first, *others in lines:
            cells = [first.ljust(wide[0])]
            cells += [cell.rjust(width) for cell, width in zip(others, wide[1:], strict=True)]
            texts.append("  ".join(cells).rstrip())
        return "\n".join(texts)

    def _repr_html_(self) -> str:
        """The table as HTML: heads of columns and of rows, in a box that scrolls by itself."""
        columns = zip(*self.rows, strict=True)
        kinds = ["" if all(map(NUMERIC.match, column)) else ' class="text"' for column in columns]
        caption = f"<caption>{escape(self.caption)}</caption>" if self.caption else ""
        heads = zip(kinds, map(escape, self.head), strict=True)
        head = "".join(f'<th scope="col"{kind}>{name}</th>' for kind, name in heads)
        body = ""
        for first, *others in self.rows:
            cells = zip(kinds[1:], map(escape, others), strict=True)
            body += f'<tr><th scope="row">{escape(first)}</th>'
            body += "".join(f"<td{kind}>{cell}</td>" for kind, cell in cells) + "</tr>\n"
        return (
            f'<div class="course-table" tabindex="0" role="region" '
            f'aria-label="{escape(self.caption or f"Table: {self.head[0]}")}">\n<table>{caption}\n'
            f"<thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody></table></div>"
        )


def show(
    head: Sequence[str], rows: Sequence[Sequence], formats: Sequence[str] = (), caption: str = ""
) -> None:
    """Show results as a table.

    Args:
        head: the columns' names.
        rows: one list a row, as long as the head; its first entry says what the row is. Texts
            stay as they are, numbers get three significant digits, None is shown as a dash.
        formats: how each column's numbers are written, as "{:.1f}" or "{:+.0%}"; "" for three
            significant digits. None for all.
        caption: what the table shows.

    Raises:
        ValueError: no column or row, a row or `formats` of another length than the head, or a
            format that does not fit its value.
        TypeError: a text in place of a list, or a name, format or caption that is no text.
    """
    display(Table(head, rows, formats, caption))


def _cell(value: Any, kind: str) -> str:
    """An entry as text."""
    if value is None:
        return "–"
    if isinstance(value, str):
        return value
    if hasattr(value, "numpy"):  # a tensor, or a variable of Keras
        value = value.numpy()
    if isinstance(value, Integral) and not kind:  # True and False too
        return str(value)
    try:
        kind = kind or (LARGE if 1000 <= abs(value) < 1e6 else NUMBER)
        return kind.format(value)
    except (ValueError, TypeError, IndexError, KeyError) as error:
        raise ValueError(
            f"expected a value that the format {kind or NUMBER!r} can write, but got {value!r} "
            f'({error}). Use another format, as "{{:.2f}}", or make it a text.'
        ) from error


def _sequence(values: Sequence, what: str) -> Sequence:
    """A list of any kind, or a TypeError: a text would fall into letters."""
    if isinstance(values, (str, bytes, dict)) or not hasattr(values, "__len__"):
        raise TypeError(f"expected a list as the {what} of a table, but got {values!r:.80}.")
    return values


def _texts(values: Sequence[str], what: str) -> list[str]:
    """A list of texts."""
    return [_text(value, f"entry of the {what}") for value in _sequence(values, what)]


def _text(value: str, what: str) -> str:
    """A text, or a TypeError."""
    if not isinstance(value, str):
        raise TypeError(f"expected a text as the {what} of a table, but got {value!r:.80}.")
    return value
