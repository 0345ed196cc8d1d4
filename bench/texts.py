"""Training texts made smaller: fewer blocks of them, or no stop words."""

import re

import numpy as np
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

BLOCK = 4096  # characters


def some_blocks(text: str, of_16: int) -> str:
    """So many of each 16 blocks: less text, but from all parts of it.

    The ends of two blocks that were not neighbours stand side by side.
    """
    blocks = (text[start : start + BLOCK] for start in range(0, len(text), BLOCK))
    return "".join(block for place, block in enumerate(blocks) if place % 16 < of_16)


def survives(text: str) -> np.ndarray:
    """Which characters stay when stop words go, each with the space behind it: (n,) of bool.

    A word is a run of letters, digits or underscores, its case ignored; the list is
    scikit-learn's, with 318 words.
    """
    stays = np.ones(len(text), bool)
    for word in re.finditer(r"(\w+) ?", text):
        if word[1].lower() in ENGLISH_STOP_WORDS:
            stays[slice(*word.span())] = False
    return stays


def without_stop_words(text: str) -> str:
    """The characters that `survives` leaves."""
    return "".join(c for c, stays in zip(text, survives(text), strict=True) if stays)


def stop_share(text: str) -> float:
    """The share of stop words among the words; 0 where there are none."""
    words = re.findall(r"\w+", text)
    return sum(word.lower() in ENGLISH_STOP_WORDS for word in words) / max(len(words), 1)
