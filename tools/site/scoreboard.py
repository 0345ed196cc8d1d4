"""The claims as scoreboards: the ledger's page, and the page that goes through the article.

Both are drawn from claims.yml and from what the settling cells stored. A verdict is a word and a
sign, and a colour besides. The rows are HTML without blank lines, which Markdown passes on as it
is; every text in it is escaped. The filters of the ledger work by _static/front.js, and without
scripts all rows are shown.
"""

import re
from collections import Counter
from html import escape
from pathlib import Path

from aigc_lib import claims
from aigc_lib.claims import chance_of_error
from tools.notebooks import CHAPTERS, read

# what stands in a stored verdict → its name in a row of the ledger
FIELDS = {"claim": "id", "verdict": "verdict", "section": "section", "text": "claim"}
OPEN = "not yet settled"  # what a page says of a claim that has no verdict
SIGNS = {"holds": "✓", "holds with limits": "±", "wrong": "✗", "not a term": "∅"}
SIGNS |= {"cannot be found": "?", OPEN: "…"}
PARTS = {  # the article's sections, in its order → what they are about
    "1.1": "What it is, and its history",
    "1.2": "Its core techniques",
    "1.3": "What it is used for",
    "1.4": "The business behind it",
    "2.1": "What it brings and what it takes",
    "2.2": "How its models are trained, step by step",
    "2.3": "From the data to a running system",
    "2.4": "The formulas",
    "2.5": "The program",
    "2.6": "What the program gives",
    "3": "Six industries",
    "4": "The recommended books, papers and tools",
    "5": "Trends and difficulties",
}
TWICE = ("2.1", "2.2", "2.3")  # the article numbers these parts twice


def stored_verdict(row: dict[str, str], chapters: Path) -> dict[str, str]:
    """The verdict that `claims.settle` left in the row's cell: claim, finding, rule and so on.

    Raises:
        ValueError: no such chapter or cell, or its stored output is not this row's verdict.
    """
    where = f"{row['id']}: cell {row['cell']!r} of {row['chapter']}"
    path = chapters / f"{row['chapter']}.ipynb"
    cells = read(path).cells if path.is_file() else []
    shown = [
        out.data[claims.VERDICT_MIME]
        for cell in cells
        if cell.id == row["cell"]
        for out in cell.get("outputs", [])
        if out.get("data", {}).get(claims.VERDICT_MIME, {}).get("claim") == row["id"]
    ]
    if len(shown) != 1:
        raise ValueError(
            f"{where} shows {len(shown)} verdicts on this claim; it needs one. "
            f"Mend the row of claims.yml or the cell, and run the chapter again."
        )
    for field, of_row in FIELDS.items():
        if shown[0].get(field) != row[of_row]:
            raise ValueError(
                f"{where} does not show {row[of_row]!r}, as claims.yml has it, but "
                f"{shown[0].get(field)!r}. Run the chapter again."
            )
    if not {"rule", "false_alarm"} <= shown[0].keys():
        raise ValueError(
            f"{where} shows no rule or no rate of false alarms. Run the chapter again."
        )
    return shown[0]


def verdict_of(row: dict[str, str]) -> str:
    """A row's verdict, or that it has none yet."""
    return row.get("verdict", OPEN)


def tally(ledger: dict[str, dict[str, str]]) -> dict[str, int]:
    """Verdict → number of claims, in the order of `SIGNS`; verdicts without a claim have 0."""
    counts = Counter(verdict_of(row) for row in ledger.values())
    return {verdict: counts[verdict] for verdict in SIGNS}


def part_of(row: dict[str, str]) -> str:
    """The part of the article in which a claim stands first: a key of `PARTS`.

    Raises:
        ValueError: its section begins with none of them.
    """
    for part in PARTS:
        if re.match(rf"{re.escape(part)}(?![\d])", row["section"]):
            return part
    raise ValueError(
        f"expected the section of {row['id']} to begin with one of {', '.join(PARTS)}, but "
        f"claims.yml has {row['section']!r}. Mend the row, or add the part in {__name__}."
    )


def as_html(text: str) -> str:
    """A text in one line that HTML shows as it is."""
    return escape(" ".join(text.split()))


def sentence(text: str) -> str:
    """A text for HTML, with a full stop at its end."""
    return as_html(text).removesuffix(".") + "."


def badge(verdict: str) -> str:
    """A verdict as a coloured word with its sign."""
    kind = verdict.replace(" ", "-")
    sign = f'<span aria-hidden="true">{SIGNS[verdict]}</span>'
    return f'<span class="verdict verdict-{kind}">{sign} {verdict}</span>'


def place_of(row: dict[str, str]) -> str:
    """The section of a claim, and a link to the cell that settles it or what will."""
    said = f"Section {as_html(row['section'])} of the article. "
    if "verdict" not in row:
        return f"{said}Coming: {sentence(row['coming'])}"
    number = row["chapter"].split("-")[0]
    address = f"{row['chapter']}.html#cell-id={row['cell']}"
    return f'{said}The test: <a href="{address}">chapter {number}</a>.'


def why(row: dict[str, str], chapters: Path) -> str:
    """What was measured, by which rule, and how often that errs: folded. "" for an open claim."""
    if "verdict" not in row:
        return ""
    stored = stored_verdict(row, chapters)
    return (
        f"<details><summary>Why: the numbers and the rule</summary><p><strong>Measured:</strong> "
        f"{sentence(stored['finding'])}</p><p><strong>Rule, fixed before the numbers:</strong> "
        f"{sentence(stored['rule'])}</p><p><strong>False alarms:</strong> "
        f"{chance_of_error(stored['false_alarm'])}</p></details>"
    )


def score(row: dict[str, str], chapters: Path) -> str:
    """One claim as an item of a list: what the article says, the verdict, why."""
    verdict, part = verdict_of(row), part_of(row).split(".")[0]
    return (
        f'<li class="score" id="{row["id"]}" data-verdict="{verdict}" data-part="{part}">'
        f"<p>{badge(verdict)} <em>The article:</em> {sentence(row['claim'])}</p>"
        f'<p class="score-{"plain" if "verdict" in row else "open"}">{sentence(row["plain"])}</p>'
        f'<p class="score-place">{place_of(row)}</p>{why(row, chapters)}</li>'
    )


def scores(rows: list[dict[str, str]], chapters: Path) -> str:
    """A list of claims."""
    items = "\n".join(score(row, chapters) for row in rows)
    return f'<ul class="scores">\n{items}\n</ul>'


def tally_as_html(ledger: dict[str, dict[str, str]]) -> str:
    """How many claims have each verdict, as a list of badges."""
    items = (
        f'<li data-tally="{verdict}"><strong>{n}</strong> {badge(verdict)}</li>'
        for verdict, n in tally(ledger).items()
        if n
    )
    return f'<ul class="tally">{"".join(items)}</ul>'


def filters(ledger: dict[str, dict[str, str]]) -> str:
    """Two rows of buttons, which front.js shows and brings to life."""
    sections = Counter(part_of(row).split(".")[0] for row in ledger.values())
    sections = dict(sorted(sections.items()))
    groups = {"verdict": {v: n for v, n in tally(ledger).items() if n}, "part": sections}
    names = {"verdict": "By verdict", "part": "By section of the article"}
    lines = ['<div class="filters" data-filters hidden>']
    for kind, values in groups.items():
        lines += [f'<div role="group" aria-label="{names[kind]}"><span>{names[kind]}</span>']
        buttons = {"": ("all", len(ledger)), **{value: (value, n) for value, n in values.items()}}
        for value, (text, n) in buttons.items():
            sign = f'<span aria-hidden="true">{SIGNS[value]}</span> ' if value in SIGNS else ""
            pressed = "false" if value else "true"
            lines += [
                f'<button type="button" data-{kind}="{value}" aria-pressed="{pressed}">'
                f"{sign}{text} ({n})</button>"
            ]
        lines += ["</div>"]
    return "\n".join([*lines, '<p role="status" data-shown></p>', "</div>"])


def ledger_as_markdown(ledger: dict[str, dict[str, str]], chapters: Path = CHAPTERS) -> str:
    """The whole ledger: counts, filters, settled claims, open ones."""
    settled = [row for row in ledger.values() if "verdict" in row]
    pending = [row for row in ledger.values() if "verdict" not in row]
    parts = [f"**{len(ledger)} claims, {len(settled)} settled:**", tally_as_html(ledger)]
    parts += [filters(ledger), "## Settled", scores(settled, chapters)]
    return "\n\n".join([*parts, "## Not yet settled", scores(pending, chapters)])


def article_as_markdown(ledger: dict[str, dict[str, str]], chapters: Path = CHAPTERS) -> str:
    """The article, part by part, with the claims of each: once, where they stand first."""
    parts = [tally_as_html(ledger)]
    for part, about in PARTS.items():
        rows = [row for row in ledger.values() if part_of(row) == part]
        both = " (both)" if part in TWICE else ""
        parts += [f"## {part}{both} · {about}", scores(rows, chapters)]
    return "\n\n".join(parts)
