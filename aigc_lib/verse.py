"""Chinese quatrains, and the rules that they keep: form, rhyme, tones.

A quatrain has four lines of five or of seven characters. Lines 2 and 4 rhyme. A character's tone
is level or oblique, and in the poems of the newer style the tones at the even places of a line
follow a pattern. The rules are judged by tables from the poems themselves; where they come from
stands at each function.
"""

import heapq
from collections import Counter, defaultdict
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from aigc_lib import _texts, checks

__all__ = ["Quatrain", "keeps", "quatrains", "rhyme_classes", "rhymes", "tone"]

FIRST, LAST = "\u3400", "\u9fff"  # of the characters that can stand in a line
LIFT = 5  # classes that rhyme so many times as often as by chance are one
OTHER = {"level": "oblique", "oblique": "level"}


class Quatrain(NamedTuple):
    """A poem of four lines of five or seven traditional characters each, without marks.

    Attributes:
        author: as the source has it.
        dynasty: "Tang" (618–907) or "Song" (960–1279).
        lines: the four lines.
    """

    author: str
    dynasty: str
    lines: tuple[str, str, str, str]

    @property
    def text(self) -> str:
        """The lines, a line break between them."""
        return "\n".join(self.lines)


# The shipped poems


@cache
def _parts() -> dict[str, list[Quatrain]]:
    """All shipped poems: "Tang 7 train" → quatrains."""
    found: dict[str, list[Quatrain]] = {}
    name = author = ""
    for row in _texts.shipped("quatrains.txt.xz").splitlines():
        if row[0] == "#":
            name = row[2:]
            found[name] = []
        elif row[0] == "@":
            author = row[1:]
        else:
            n = len(row) // 4
            lines = (row[:n], row[n : 2 * n], row[2 * n : 3 * n], row[3 * n :])
            found[name].append(Quatrain(author, name.split()[0], lines))
    return found


def quatrains(part: str, characters: int = 7, dynasty: str = "Tang") -> list[Quatrain]:
    """Shipped quatrains, by author.

    Args:
        part: "train" or "test": every twentieth poem, chosen by a digest of its text. No line
            stands in both.
        characters: in a line, 5 or 7.
        dynasty: "Tang": all quatrains of 5 and of 7 characters that have no gap and come once;
            "Song": a fixed selection, as good as drawn at random, of those of 7.

    Raises:
        ValueError, TypeError: another part, or poems that are not shipped.

    Source: see TEXTS-LICENSE.md beside the file.
    """
    checks.choice(part, "the part", ("train", "test"))
    name = f"{dynasty} {checks.whole(characters, 'characters')} {part}"
    if not isinstance(dynasty, str) or name not in _parts():
        kinds = sorted({each.rpartition(" ")[0] for each in _parts()})
        raise ValueError(
            f"expected a dynasty and a number of characters among {', '.join(kinds)}, but got "
            f"{dynasty!r} and {characters}."
        )
    return list(_parts()[name])


# Tones


@cache
def _tones() -> dict[str, str]:
    """Character → tone."""
    rows = map(str.split, _texts.shipped("tones.txt.xz").splitlines())
    return {character: tone for tone, characters in rows for character in characters}


def tone(character: str) -> str | None:
    """The tone of a character: "level", "oblique", "either" (it has both), None (not known).

    From the tone patterns that the source gives for each of its poems: the tone that stands in
    at least nine tenths of a character's places, else "either".

    Raises:
        ValueError, TypeError: not one character.
    """
    return _tones().get(_one(character))


def _tones_kept(lines: Sequence[str]) -> bool | None:
    """Whether the tones at the even places follow the pattern; None where one is not known."""
    found = [[tone(each) for each in line[1::2]] for line in lines]
    if any(None in each for each in found):
        return None
    return any(
        all(
            is_tone in ("either", wanted)
            for line, begin in zip(found, (first, OTHER[first], OTHER[first], first), strict=True)
            for is_tone, wanted in zip(line, (begin, OTHER[begin], begin), strict=False)
        )
        for first in OTHER
    )


# Rhymes


@cache
def _pairs() -> Counter[tuple[str, str]]:
    """How many training poems end lines 2 and 4 on these two characters, in either order."""
    pairs: Counter[tuple[str, str]] = Counter()
    for name, poems in _parts().items():
        if name.endswith("train"):
            for _, _, (_, second, _, fourth) in poems:
                pairs[second[-1], fourth[-1]] += 1
                pairs[fourth[-1], second[-1]] += 1
    return Counter({(a, b): n for (a, b), n in pairs.items() if a != b})


def merged(pairs: Counter[tuple[str, str]], lift: float) -> list[set[str]]:
    """Classes of characters that stand in pairs with one another much more often than by chance.

    At first each character is a class. Then the two classes with the largest ratio of their pairs
    to those expected by chance become one, again and again, until the ratio falls below `lift`.

    Args:
        pairs: how often each pair occurs, both (a, b) and (b, a), a ≠ b.
        lift: the ratio at which to stop.

    Returns:
        the classes, those with the most pairs first.
    """
    links: dict[str, Counter[str]] = defaultdict(Counter)
    for (a, b), n in pairs.items():
        links[a][b] = n
    ends = {a: each.total() for a, each in links.items()}
    total = sum(ends.values())
    members = {a: {a} for a in links}

    def ratio(a: str, b: str) -> float:
        return links[a][b] * total / (ends[a] * ends[b])

    heap = [(-ratio(a, b), a, b) for a, b in pairs if a < b]
    heapq.heapify(heap)
    while heap and -heap[0][0] >= lift:
        found, a, b = heapq.heappop(heap)
        if a not in members or b not in members or found != -ratio(a, b):
            continue  # of classes that have changed since
        members[a] |= members.pop(b)
        ends[a] += ends.pop(b)
        for other, n in links.pop(b).items():
            del links[other][b]
            if other != a:
                links[a][other] += n
                links[other][a] += n
        for other in links[a]:
            low, high = sorted((a, other))
            heapq.heappush(heap, (-ratio(low, high), low, high))
    return [members[a] for a in sorted(members, key=lambda a: (-ends[a], a))]


@cache
def _classes() -> dict[str, int]:
    return {each: k for k, group in enumerate(merged(_pairs(), LIFT)) for each in group}


def rhyme_classes() -> dict[str, int]:
    """Character → number of its rhyme class, 0 for the commonest; found once, in a second.

    Characters that end lines 2 and 4 of one training poem are a pair; classes are merged as long
    as they stand in pairs at least five times as often as by chance. The large ones are those of
    the rhyme books, though no pronunciation is used.
    """
    return dict(_classes())


@cache
def _common() -> set[tuple[str, str]]:
    """The pairs that occur more often than by chance."""
    pairs, ends = _pairs(), Counter[str]()
    for (a, _), n in pairs.items():
        ends[a] += n
    total = pairs.total()
    return {(a, b) for (a, b), n in pairs.items() if n * total > ends[a] * ends[b]}


def rhymes(a: str, b: str) -> bool:
    """Whether two characters rhyme: one class, or a pair more often than by chance.

    The second takes in what poets allow themselves between neighbouring classes. A character
    does not rhyme with itself, nor with one that no training poem has at the end of line 2 or 4.

    Raises:
        ValueError, TypeError: not one character each.
    """
    classes = _classes()
    if _one(a) == _one(b) or a not in classes or b not in classes:
        return False
    return classes[a] == classes[b] or (a, b) in _common()


def _one(character: str) -> str:
    if len(_texts.text(character, "a character")) != 1:
        raise ValueError(f"expected one character, but got {character!r}.")
    return character


# All rules


def keeps(lines: Quatrain | str | Sequence[str]) -> dict[str, bool | None]:
    """Which rules a poem keeps.

    Args:
        lines: a poem, its lines, or a text with a line break between them.

    Returns:
        "form": four lines of one length, 5 or 7 Chinese characters each and nothing else;
        "rhyme": the ends of lines 2 and 4 rhyme, as in `rhymes`;
        "tones": at places 2, 4 and, of 7, 6, level and oblique alternate within a line; line 2
            has the opposite of line 1, line 3 the same as line 2, line 4 the opposite of line 3.
            A character that has both tones fits anywhere; None where a tone is not known.
        A poem without form keeps no rule.

    Raises:
        TypeError: anything but texts.
    """
    found = _lines(lines)
    if len(found) != 4 or {*map(len, found)} not in ({5}, {7}):
        return {"form": False, "rhyme": False, "tones": False}
    if not all(FIRST <= each <= LAST for each in "".join(found)):
        return {"form": False, "rhyme": False, "tones": False}
    rhyme = rhymes(found[1][-1], found[3][-1])
    return {"form": True, "rhyme": rhyme, "tones": _tones_kept(found)}


def _lines(poem: Quatrain | str | Sequence[str]) -> Sequence[str]:
    lines = poem.lines if isinstance(poem, Quatrain) else poem
    if isinstance(lines, str):
        return lines.split("\n")
    if not isinstance(lines, Sequence) or not all(isinstance(each, str) for each in lines):
        raise TypeError(f"expected a poem, its lines or its text, but got {poem!r}.")
    return lines
