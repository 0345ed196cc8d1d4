"""The table of contents, `_toc.yml`: read, and given one more chapter."""

import re

import yaml


def parts_of(toc: str) -> list[tuple[str, list[str]]]:
    """The parts of the table of contents: the name of each, and the files that it lists.

    Raises:
        ValueError: the text is no YAML, or has no such parts.
    """
    try:
        parts = yaml.safe_load(toc)["parts"]
        return [(each["caption"], [entry["file"] for entry in each["chapters"]]) for each in parts]
    except yaml.YAMLError as error:
        raise ValueError(f"_toc.yml cannot be read as YAML: {error}") from error
    except (KeyError, TypeError) as error:
        raise ValueError(
            "expected _toc.yml to have parts, each with a caption and chapters that name a file, "
            f"but one of these is missing ({error}). Put it back."
        ) from error


def with_entry(toc: str, stem: str, part: str) -> str:
    """The text of `_toc.yml` with the chapter at its place.

    Args:
        toc: the text.
        stem: the file's name without its ending, as "70-costs".
        part: the name of a new part; "" for the part that has the chapter's tens or, where none
            has, for a new one named like the chapter.

    Raises:
        ValueError: `part` is given, but the chapter's tens have a part; or the text has lines that
            are not of the usual form.
    """
    number, _, name = stem.partition("-")
    captions = {}  # number of a chapter → its part
    for caption, names in parts_of(toc):
        for file in names:
            if found := re.fullmatch(r"chapters/(\d\d)-.*", file):
                captions[found[1]] = caption
    tens = [each for each in sorted(captions) if each[0] == number[0]]
    line = f"      - file: chapters/{stem}\n"
    if part and tens:
        raise ValueError(
            f"expected no PART, since the chapters {', '.join(tens)} stand in "
            f"{captions[tens[0]]!r}, but got {part!r}. Leave PART out, or choose other tens."
        )
    lines = toc.splitlines(keepends=True)
    starts = [place for place, text in enumerate(lines) if text.startswith("  - caption:")]
    places = {
        found[1]: place
        for place, text in enumerate(lines)
        if (found := re.match(r"      - file: chapters/(\d\d)-", text))
    }
    if places.keys() != captions.keys() or not starts:
        raise ValueError(
            f"expected each part of _toc.yml to begin with '  - caption: …' and each chapter to "
            f"stand in a line like {line!r}, but it is written otherwise. Write it so again."
        )
    before = [
        place for each, place in places.items() if each < number and (each in tens or not tens)
    ]
    place = max(before) + 1 if before else min((places[each] for each in tens), default=starts[0])
    if not tens:
        caption = part or name.replace("-", " ").capitalize()
        line = f"  - caption: {caption_text(caption)}\n    chapters:\n{line}"
        place = next((start for start in starts if start >= place), len(lines))
    return "".join([*lines[:place], line, *lines[place:]])


def caption_text(caption: str) -> str:
    """A caption as YAML."""
    return yaml.safe_dump(caption, allow_unicode=True, width=10_000).removesuffix("...\n").strip()
