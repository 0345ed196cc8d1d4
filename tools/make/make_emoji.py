"""Make emoji.npz: 1636 emoji in two drawing styles, with their names in English and Chinese.

Get the three packages (`npm pack emoji-datasource-google@16.0.0`,
`npm pack emoji-datasource-twitter@16.0.0`, `npm pack emojibase-data@17.0.0`, 143 MB); their SHA-256
digests are checked. Then, in ten seconds:

    python -m tools.make.make_emoji emoji-datasource-google-16.0.0.tgz \\
        emoji-datasource-twitter-16.0.0.tgz emojibase-data-17.0.0.tgz
"""

import hashlib
import io
import json
import re
import sys
import tarfile
from typing import Any

import numpy as np
from PIL import Image
from scipy.sparse.csgraph import connected_components

from tools import files
from tools.make.make_texts import opened
from tools.make.sums import ASSETS, record

DIGESTS = (
    "fb5fd131b362aab7a55542d2a147a79708cce0a8b1c1bbacd470172708b5c438",
    "f64a530c63bca463bd8317fdc4615ce63a53a0c65018e4ce2d848aaba7a28877",
    "d01d0e2ca4e22cb402679532155342c71e2e871f25c32223c013b8b166ebdf5a",
)
TARGET = ASSETS / "emoji.npz"
SIDE = 20
STEP = SIDE + 2  # every picture of the sheet has a border of one transparent pixel
LEFT_OUT = {"Flags", "Component"}  # the second: patches of skin, five of them
TEST = 400
LARGEST = 6  # family in the test: else the 30 pictures of parents with children fill much of it
NEAR = 0.005  # mean squared difference of pixels in 0 … 1: from 23 dB on two are near-copies
WHO = {"man", "woman", "men", "women", "person", "people", "boy", "girl", "facing", "right"}


def chosen(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The emoji that both styles have, without flags, in Unicode's order."""
    kept = (each for each in entries if each["has_img_google"] and each["has_img_twitter"])
    kept = (each for each in kept if each["category"] not in LEFT_OUT)
    return sorted(kept, key=lambda each: each["sort_order"])


def cut(sheet: Image.Image, entries: list[dict[str, Any]]) -> np.ndarray:
    """Each emoji's picture, composed on white: uint8, (n, 20, 20, 3)."""
    white = Image.new("RGBA", sheet.size, "white")
    pixels = np.asarray(Image.alpha_composite(white, sheet.convert("RGBA")))[..., :3]
    corners = [(1 + STEP * each["sheet_y"], 1 + STEP * each["sheet_x"]) for each in entries]
    return np.stack([pixels[y : y + SIDE, x : x + SIDE] for y, x in corners])


def labels(data: list[dict[str, Any]], entries: list[dict[str, Any]]) -> list[str]:
    """The name of each emoji; U+FE0F, "show it in colour", is in one package's codes alone."""
    found = {each["hexcode"].replace("-FE0F", ""): each["label"] for each in data}
    return [found[each["unified"].replace("-FE0F", "")] for each in entries]


def what(name: str) -> str:
    """A name without who does it: "woman running: facing right" → "running"."""
    words = re.findall(r"[\w’#*]+", name.lower())
    return " ".join(word for word in words if word not in WHO) or name


def near(pictures: np.ndarray) -> np.ndarray:
    """Which pictures are near-copies of which, mirrored or not: bool, (n, n)."""

    def gaps(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return ((x**2).sum(axis=1)[:, None] + (y**2).sum(axis=1) - 2 * x @ y.T) / x.shape[1]

    x, mirrored = (p.reshape(len(p), -1) / 255 for p in (pictures, pictures[:, :, ::-1]))
    return np.minimum(gaps(x, x), gaps(x, mirrored)) < NEAR


def families(names: list[str], *styles: np.ndarray) -> np.ndarray:
    """A number for each emoji, equal for those that have to stay on one side of the cut."""
    kinds = np.unique([what(name) for name in names], return_inverse=True)[1]
    kin = kinds[:, None] == kinds
    for pictures in styles:
        kin |= near(pictures)
    return connected_components(kin)[1]


def test_rows(names: list[str], family: np.ndarray, n: int) -> np.ndarray:
    """Whole families, none large, with n members in all, in the order of a digest: bool, (n,)."""
    order = sorted(
        np.flatnonzero(np.bincount(family) <= LARGEST),
        key=lambda each: hashlib.sha256(names[np.argmax(family == each)].encode()).hexdigest(),
    )
    chosen = np.zeros(len(names), bool)
    for each in order:
        members = family == each
        if chosen.sum() + members.sum() <= n:
            chosen |= members
    return chosen


def indexed(pictures: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(the colours that occur, uint8 (k, 3); the place of each pixel's colour among them)."""
    colours, places = np.unique(pictures.reshape(-1, 3), axis=0, return_inverse=True)
    if len(colours) > 256:
        raise ValueError(f"expected at most 256 colours, as in the sheets, but got {len(colours)}.")
    return colours, places.reshape(pictures.shape[:-1]).astype("uint8")


def content(archive: tarfile.TarFile, name: str) -> bytes:
    """A file of the package."""
    return archive.extractfile(f"package/{name}").read()


if __name__ == "__main__":
    if len(sys.argv) != 1 + len(DIGESTS):
        sys.exit(__doc__)
    google, twitter, base = map(opened, sys.argv[1:], DIGESTS)
    entries = chosen(json.loads(content(google, "emoji.json")))
    styles = {}
    for style, archive, folder in (("noto", google, "google"), ("twemoji", twitter, "twitter")):
        sheet = Image.open(io.BytesIO(content(archive, f"img/{folder}/sheets-256/{SIDE}.png")))
        styles[style] = cut(sheet, entries)
    names, chinese = (
        labels(json.loads(content(base, f"{language}/data.json")), entries)
        for language in ("en", "zh")
    )
    family = families(names, *styles.values())
    arrays = {"test": test_rows(names, family, TEST)}
    for style, pictures in styles.items():
        arrays[f"{style}_colours"], arrays[style] = indexed(pictures)
    arrays |= {"names": np.array(names), "chinese": np.array(chinese)}
    arrays["groups"] = np.array([each["category"] for each in entries])
    with files.replacing(TARGET) as part:
        np.savez_compressed(part, **arrays)
    print(f"{len(names)} emoji, {family.max() + 1} families, {arrays['test'].sum()} for the test")
    print(f"{TARGET}: {TARGET.stat().st_size} bytes, SHA-256 {record(TARGET)}")
