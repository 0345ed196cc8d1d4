"""Texts: those that are shipped, characters as numbers, windows, and models that only count.

A text becomes a row of ids, one a character (`Alphabet`); networks learn from pieces of it
(`windows`). What needs no training of a network stands here too, for comparison: counted
characters (`CountModel`) and file compressors (`nats_of_file`). All in nats a character.
"""

import bz2
import lzma
import math
import zlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from aigc_lib import _texts, checks
from aigc_lib._counts import CountModel

__all__ = [
    "AUTHORS",
    "COMPRESSORS",
    "Alphabet",
    "CountModel",
    "authors",
    "bits",
    "nats_of_file",
    "passages",
    "shakespeare",
    "windows",
]

AUTHORS = ("Shakespeare", "Milton", "Melville", "presidents")


# The shipped texts


def shakespeare() -> tuple[str, str]:
    """The first nine tenths and the last tenth of nine plays by Shakespeare, 1.1 MB in all.

    The last tenth is Julius Caesar without its first pages; the first nine tenths hold these and
    eight other plays. Titles and lists of persons are left out.

    Raises:
        ValueError, FileNotFoundError: the shipped file is damaged or missing.

    Source: Project Gutenberg; see TEXTS-LICENSE.md beside the file.
    """
    text = _texts.shipped("shakespeare.txt.xz")
    cut = len(text) * 9 // 10
    return text[:cut], text[cut:]


def authors() -> dict[str, tuple[str, str]]:
    """240 000 characters of each of four authors: name → (first four fifths, last fifth).

    All four have one alphabet, and no marks of an edition: lines are joined; names of speakers,
    stage directions, headings, numbers, double quotation marks and brackets are left out; each
    dash is " - ". Shakespeare's plays are others than those of `shakespeare`.

    Raises:
        ValueError, FileNotFoundError: the shipped file is damaged or missing.

    Source: see TEXTS-LICENSE.md beside the file.
    """
    texts = _texts.shipped("authors.txt.xz").splitlines()
    cuts = [len(text) * 4 // 5 for text in texts]
    pieces = [(text[:cut], text[cut:]) for text, cut in zip(texts, cuts, strict=True)]
    return dict(zip(AUTHORS, pieces, strict=True))


def passages(part: str, length: int = 100) -> tuple[list[str], np.ndarray]:
    """Passages of the four authors, cut one after the other, as many of each.

    Args:
        part: "train", from the first four fifths of each text, or "test", from the last fifth.
        length: characters of a passage.

    Returns:
        passages, by author; labels int32, the place of each one's author in `AUTHORS`.

    Raises:
        ValueError, TypeError: another part, or passages longer than the part.
    """
    place = ("train", "test").index(checks.choice(part, "the part", ("train", "test")))
    texts = [pieces[place] for pieces in authors().values()]
    most = min(map(len, texts))
    each = most // checks.whole(length, "length", most=most)
    cut = [text[i * length : (i + 1) * length] for text in texts for i in range(each)]
    return cut, np.repeat(np.arange(len(texts), dtype="int32"), each)


# Characters as numbers


@dataclass(frozen=True)
class Alphabet:
    """Characters ↔ ids: a character's id is its place in `characters`.

    Args:
        characters: all of them, each once.
        unknown: one of them, which stands for every character that is not among them; None:
            such a character is an error.

    Raises:
        ValueError, TypeError: no character, one that comes twice, an unknown that is not one of
            them.
    """

    characters: str
    unknown: str | None = None

    def __post_init__(self) -> None:
        twice = [
            each for each, n in Counter(_texts.text(self.characters, "characters")).items() if n > 1
        ]
        if not self.characters or twice:
            raise ValueError(
                f"expected at least one character, each once, but got {self.characters[:90]!r}"
                f"{f' with {twice[0]!r} twice' if twice else ''}. Alphabet.of(text) finds them."
            )
        if self.unknown is not None and (
            not isinstance(self.unknown, str)
            or len(self.unknown) != 1
            or self.unknown not in self.characters
        ):
            raise ValueError(
                "expected one of the characters to stand for unknown ones, or None, but got "
                f"{self.unknown!r}. Add it to the characters."
            )

    @classmethod
    def of(cls, text: str, size: int | None = None, unknown: str | None = None) -> "Alphabet":
        """The characters of a text, in the order of their code points.

        Args:
            text: where they come from.
            size: how many to take, the most frequent ones and `unknown`; None: all.
            unknown: as in the class; it need not stand in the text.

        Raises:
            ValueError, TypeError: an empty text, or a size below one.
        """
        counts = Counter(_texts.text(text, "the text"))
        if unknown is not None:
            counts.pop(unknown, None)
        most = None if size is None else checks.whole(size, "size") - (unknown is not None)
        # of equally frequent ones the lower code point: the order must not hang on the text's
        frequent = sorted(counts, key=lambda each: (-counts[each], each))[:most]
        return cls("".join(sorted([*frequent, *([] if unknown is None else unknown)])), unknown)

    def __len__(self) -> int:
        return len(self.characters)

    def encode(self, text: str) -> np.ndarray:
        """Ids of the characters of a text, int32, shape (n,).

        Raises:
            ValueError: a character that is not in the alphabet, unless one stands for it.
        """
        known, codes = _codes(self.characters), _codes(_texts.text(text, "the text"))
        order = np.argsort(known)
        ids = order[np.searchsorted(known, codes, sorter=order).clip(max=len(known) - 1)]
        outside = known[ids] != codes
        if self.unknown is not None:
            ids[outside] = self.characters.index(self.unknown)
        elif outside.any():
            place = int(outside.argmax())
            raise ValueError(
                f"expected characters among {self.characters[:90]!r}, but got {text[place]!r} at "
                f"place {place}, in {text[max(place - 10, 0) : place + 10]!r}. Replace it, or give "
                "the alphabet a character that stands for unknown ones."
            )
        return ids.astype("int32")

    def decode(self, ids: ArrayLike) -> str:
        """The text of a row of ids.

        Raises:
            ValueError: not one row of whole numbers from 0 to len(self) - 1.
        """
        return "".join(map(self.characters.__getitem__, _texts.ids(ids, len(self)).tolist()))


def _codes(text: str) -> np.ndarray:
    """The code points of a text."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4")


def windows(ids: ArrayLike, length: int, step: int | None = None) -> np.ndarray:
    """Pieces of a row of ids, each `length` characters and the one after.

    `w[:, :-1]` is what a network reads, `w[:, 1:]` what it has to foretell.

    Args:
        ids: whole numbers, shape (m,).
        length: characters that a network reads at once.
        step: from the start of a piece to that of the next; None: `length`.

    Returns:
        int32, shape (n, length + 1); what is left at the end is left out.

    Raises:
        ValueError, TypeError: fewer than length + 1 ids, or another shape.
    """
    ids = _texts.ids(ids)
    checks.whole(length, "length")
    step = length if step is None else checks.whole(step, "step")
    if len(ids) <= length:
        raise ValueError(
            f"expected more than {length} ids for pieces of that length, but got {len(ids)}. "
            "Choose a smaller length."
        )
    return np.lib.stride_tricks.sliding_window_view(ids, length + 1)[::step].astype("int32")


# Judges that need no training


def bits(nats: ArrayLike) -> np.ndarray:
    """Nats → bits: one nat is 1 / ln 2 ≈ 1.44 bits.

    Raises:
        ValueError: no array of numbers.
    """
    return checks.array(nats) / math.log(2)


COMPRESSORS: dict[str, Callable[[bytes], bytes]] = {
    "xz": lambda content: lzma.compress(content, preset=6 | lzma.PRESET_EXTREME),
    "bz2": bz2.compress,
    "gz": lambda content: zlib.compress(content, level=9),
}


def nats_of_file(text: str, compressor: str = "xz", primed_by: str = "") -> float:
    """Nats a character that a file compressor needs for a text, as UTF-8.

    Args:
        text: what is compressed.
        compressor: a name in `COMPRESSORS`. "xz" remembers 8 MiB, "gz" 32 kB; "bz2" sorts blocks
            of 0.9 MB.
        primed_by: a text that the compressor has seen before. Counted is by how much its file
            grows when `text` is appended; not for "bz2", which sorts both texts together, so that
            the first of them becomes shorter too and the growth says too little.

    Raises:
        ValueError, TypeError: an empty text, another compressor, "bz2" with `primed_by`.
    """
    if not _texts.text(text, "the text"):
        raise ValueError("expected a text of at least one character, but got ''.")
    compress = COMPRESSORS[checks.choice(compressor, "the compressor", COMPRESSORS)]
    before = _texts.text(primed_by, "primed_by").encode()
    if before and compressor == "bz2":
        raise ValueError(
            "expected no primed_by for 'bz2', which would make that text shorter too, but got "
            f"one of {len(primed_by)} characters. Take 'xz'."
        )
    grown = len(compress(before + text.encode())) - (len(compress(before)) if before else 0)
    return 8 * grown * math.log(2) / len(text)
