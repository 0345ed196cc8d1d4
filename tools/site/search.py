"""Sphinx extension: a search that finds Chinese terms beside English words.

Sphinx splits a text where signs or spaces stand, so that all of a Chinese phrase is one word to it,
and two characters of it are not found. Here a run of Chinese characters is in the index as a whole
and by its single characters and pairs: a search for one or two characters finds these, one for
three or more finds the runs that hold them. tools/site/search.js does the same to what a reader
types, and shows the passage with the words in it.
`_config.yml` names this extension, and `html_search_language` the language.
"""

import json
import re
from itertools import pairwise
from pathlib import Path

from sphinx.search.en import SearchEnglish

HAN = "々〇㐀-䶿一-鿿豈-\ufaff\U00020000-\U0003ffff"  # the inside of a class of characters
WORDS = re.compile(rf"[{HAN}]+|(?:(?![{HAN}])\w)+")
IN_PAGE = Path(__file__).with_suffix(".js")


class SearchEnglishChinese(SearchEnglish):
    """English words by their stems, Chinese ones as runs, pairs and single characters."""

    lang = "en-zh"
    language_name = "English and Chinese"
    js_splitter_code = f"const HAN = {json.dumps(HAN)};\n{IN_PAGE.read_text('utf-8')}"

    def split(self, input: str) -> list[str]:
        """The words of a text that the index holds."""
        found = []
        for word in WORDS.findall(input):
            found.append(word)
            if re.match(f"[{HAN}]", word):
                found += [*word, *map("".join, pairwise(word))]
        return found

    def stem(self, word: str) -> str:
        """A word's stem; of one or two letters the word itself, as in the page ("JS", not "J")."""
        return word.lower() if len(word) < 3 else super().stem(word)


def setup(app) -> dict[str, bool]:
    """Tell Sphinx."""
    app.add_search_language(SearchEnglishChinese)
    return {"parallel_read_safe": True}
