"""Quatrains on the page, with the rules as marks that need no Chinese.

○ stands over a level tone, ● over an oblique one, ◐ over a character that has both, ? over one
whose tone is not known; only at the places that the rule looks at. A tone against the pattern is
followed by ×. The ends of lines 2 and 4 stand in brackets: 【 】 if they rhyme, 〔 〕 if not.
"""

from collections.abc import Sequence
from html import escape

from IPython.display import display

from aigc_lib import verse

__all__ = ["Scroll", "marks", "show"]

MARKS = {"level": "○", "oblique": "●", "either": "◐", None: "?"}
BRACKETS = {True: ("【", "】"), False: ("〔", "〕")}
KEPT, BROKEN = "#0072B2", "#D55E00"  # as in plots.COLOURS: read on either ground
BOX = "display: inline-block; margin: 0.5rem 2rem 0.5rem 0; vertical-align: top"
LINE = "font-size: 1.4rem; line-height: 2; white-space: nowrap; letter-spacing: 0.15em"


def marks(lines: Sequence[str]) -> list[list[tuple[str, bool]]]:
    """At places 2, 4, 6 of each of four lines: the mark of the tone, and whether it fits.

    Of the two patterns, the first line beginning level or oblique, the one that more tones fit.

    Raises:
        ValueError: not four lines.
    """
    if len(lines) != 4:
        raise ValueError(f"expected the four lines of a poem, but got {len(lines)}.")
    found = [[verse.tone(each) for each in line[1::2]] for line in lines]

    def fits(first: str) -> list[list[bool]]:
        other = verse.OTHER[first]
        pattern = [
            [(begin, verse.OTHER[begin])[i % 2] for i in range(len(tones))]
            for begin, tones in zip((first, other, other, first), found, strict=True)
        ]
        return [
            [tone in (wanted, "either") for tone, wanted in zip(*pair, strict=True)]
            for pair in zip(found, pattern, strict=True)
        ]

    best = max(map(fits, verse.OTHER), key=lambda each: sum(map(sum, each)))
    return [
        [(MARKS[tone], fit) for tone, fit in zip(*pair, strict=True)]
        for pair in zip(found, best, strict=True)
    ]


class Scroll:
    """A poem that a notebook shows as HTML, and a terminal as text; arguments as in `show`."""

    def __init__(self, poem: str | Sequence[str] | verse.Quatrain, title: str = "") -> None:
        self.kept = verse.keeps(poem)
        if isinstance(poem, verse.Quatrain):
            poem = poem.lines
        self.lines = poem.split("\n") if isinstance(poem, str) else list(poem)
        self.title = title
        self.marks = marks(self.lines) if self.kept["form"] else None

    @property
    def gloss(self) -> str:
        """What was checked, in words."""
        if self.marks is None:
            return "form ✗: not four lines of 5 or 7 characters"
        against = sum(not fit for line in self.marks for _, fit in line)
        tones = "tones ✓" if against == 0 else f"tones ✗ ({against} against the pattern)"
        return f"form ✓ · rhyme {'✓' if self.kept['rhyme'] else '✗'} · {tones}"

    def __repr__(self) -> str:
        """Each line, and its marks behind it, as East Asian characters have no one width."""
        said = [self.title] if self.title else []
        for i, line in enumerate(self.lines):
            if self.marks is None:
                said.append(line)
                continue
            if i in (1, 3):
                left, right = BRACKETS[bool(self.kept["rhyme"])]
                line = f"{line[:-1]}{left}{line[-1]}{right}"
            said.append(f"{line}  {' '.join(m + '×' * (not fit) for m, fit in self.marks[i])}")
        return "\n".join([*said, self.gloss])

    def _repr_html_(self) -> str:
        """Characters with their marks above, the rhyme in colour and underlined."""
        rows = "".join(
            f'<div style="{LINE}">{self._line(i)}</div>\n' for i in range(len(self.lines))
        )
        title = f"<div><strong>{escape(self.title)}</strong></div>\n" if self.title else ""
        return (
            f'<div style="{BOX}">\n{title}<div lang="zh-Hant">\n{rows}</div>\n'
            f"<div>{escape(self.gloss)}</div></div>"
        )

    def _line(self, i: int) -> str:
        """One line as HTML."""
        said = []
        for place, character in enumerate(self.lines[i]):
            character = escape(character)
            if self.marks is not None and place == len(self.lines[i]) - 1 and i in (1, 3):
                colour, kind = (KEPT, "solid") if self.kept["rhyme"] else (BROKEN, "wavy")
                said.append(f'<span style="{_underlined(colour, kind)}">{character}</span>')
            elif self.marks is not None and place % 2 and place // 2 < len(self.marks[i]):
                mark, fit = self.marks[i][place // 2]
                above = f"<rt>{mark}</rt>" if fit else f"<rt>{mark}×</rt>"
                said.append(f"<ruby>{character}{above}</ruby>")
            else:
                said.append(character)
        return "".join(said)


def _underlined(colour: str, kind: str) -> str:
    return f"color: {colour}; font-weight: bold; text-decoration: underline {kind}"


def show(poem: str | Sequence[str] | verse.Quatrain, title: str = "") -> None:
    """Show a poem with its rules marked.

    Args:
        poem: as `verse.keeps` takes it; one without form is shown without marks.
        title: what stands above it.

    Raises:
        TypeError: anything but texts.
    """
    display(Scroll(poem, title))
