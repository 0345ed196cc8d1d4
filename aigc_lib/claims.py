"""The article's claims and their verdicts."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from IPython.display import display

from aigc_lib import assets, checks

__all__ = [
    "VERDICTS",
    "VERDICT_MIME",
    "as_text",
    "chance_of_error",
    "false_alarms",
    "load_ledger",
    "load_table",
    "settle",
]

VERDICTS = ("holds", "holds with limits", "wrong", "not a term", "cannot be found")
VERDICT_MIME = "application/vnd.aigc.verdict+json"  # what the ledger and the FAQ read
_ALWAYS = {"id", "section", "claim", "plain"}
_SETTLED, _OPEN = {"verdict", "chapter", "cell"}, {"coming"}  # beside these

_SIGNS = str.maketrans({sign: f"&#{ord(sign)};" for sign in "&<>*_`$~\\"})


def as_text(text: str) -> str:
    """Markdown that shows a text as it is, in one line: no sign of it makes a tag, link or formula.

    An address in angle brackets, as `<https://arxiv.org/abs/1406.2661>`, becomes a link.
    """
    parts = re.split(r"(<https://[^\s<>]+>)", " ".join(text.split()))
    parts[::2] = [part.translate(_SIGNS) for part in parts[::2]]
    return re.sub(
        r"\](?=[(\[:])|\[(?=\^)|!(?=\[)", lambda sign: f"&#{ord(sign[0])};", "".join(parts)
    )


class _Loader(yaml.SafeLoader):
    """Reads YAML as usual, but refuses a row that has a field twice: YAML takes the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict:
        """The row of a node."""
        seen = set()
        for field, _ in node.value:
            if not isinstance(field.value, str) or field.value in seen:
                problem = "found a field that this row has already, or whose name is no text"
                raise yaml.constructor.ConstructorError(None, None, problem, field.start_mark)
            seen.add(field.value)
        return super().construct_mapping(node, deep)


def load_table(path: str | Path, key: str) -> list[dict[str, str]]:
    """The rows of a YAML file that is a list of rows, as claims.yml and cited_works.yml are.

    Args:
        path: of the file.
        key: the field that each row has and no two rows share, such as "id".

    Raises:
        FileNotFoundError: no such file.
        ValueError: no YAML, no row, a row of another kind, a field that stands twice or has no
            text, a row without its key, or a key that two rows share.
    """
    path = Path(path)
    try:
        rows = yaml.load(path.read_text(encoding="utf-8"), _Loader)  # a safe loader
    except FileNotFoundError as error:
        raise FileNotFoundError(
            f"{path} is missing. Look at the path, or {_restore(path)}"
        ) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} cannot be read as YAML: {error}. {_mend(path)}") from error
    if not isinstance(rows, list) or not rows:
        raise ValueError(
            f"expected {path} to have rows that begin with '- {key}: …', but got "
            f"{'nothing' if rows is None else f'{rows!r:.80}'}. {_mend(path)}"
        )
    places: dict[str, int] = {}
    for place, row in enumerate(rows, 1):
        _check_texts(row, f"row {place} of {path}", path)
        if key not in row:
            raise ValueError(
                f"row {place} of {path} has no {key!r}, only {', '.join(row)}. {_mend(path)}"
            )
        before = places.setdefault(row[key], place)
        if before != place:
            raise ValueError(
                f"rows {before} and {place} of {path} have one {key}, {row[key]!r}. Rename or "
                "delete one."
            )
    return rows


def _check_texts(row: object, here: str, path: Path) -> None:
    """Raise a ValueError unless a row has fields, each with a text."""
    if not isinstance(row, dict):
        raise ValueError(f"expected {here} to have fields, but got {row!r:.80}. {_mend(path)}")
    for field, value in row.items():
        if not isinstance(field, str) or not isinstance(value, str) or not value.strip():
            raise ValueError(
                f"expected a text for {field!r} in {here}, but got {value!r:.80}. Write one; what "
                'YAML takes for a number, a date or yes and no needs quotes, as in "1.10".'
            )


def _mend(path: Path) -> str:
    """How a broken table is mended."""
    return f"Mend it there, or {_restore(path)}"


def _restore(path: Path) -> str:
    return f"restore it with: git -C {path.parent} checkout -- {path.name}"


def load_ledger(path: str | Path | None = None) -> dict[str, dict[str, str]]:
    """The rows of the ledger, by claim id: section, claim, plain, and what settles the claim.

    `plain` says in one sentence for everyone what was found. A settled row has verdict, chapter and
    cell; one that is not settled has `coming`, the chapter that will settle it, instead.

    Args:
        path: of a file like claims.yml; the shipped one when None.

    Raises:
        FileNotFoundError: no such file.
        ValueError: what `load_table` refuses, with ids as keys; an id with other signs than
            letters, digits and `-`; a row with another verdict than `VERDICTS`, or with other
            fields than those above.
    """
    path = assets.path("claims.yml") if path is None else Path(path)
    ledger = {row["id"]: row for row in load_table(path, "id")}
    for claim_id, row in ledger.items():
        if not re.fullmatch(r"[\w-]+", claim_id):
            raise ValueError(
                f"expected an id of letters, digits and '-', but {path} has {claim_id!r}. "
                f"{_mend(path)}"
            )
        if row.get("verdict", "holds") not in VERDICTS:
            raise ValueError(
                f"expected one of {', '.join(VERDICTS)} as the verdict of {claim_id}, but "
                f"{path} has {row['verdict']!r}. {_mend(path)}"
            )
        if not row.keys() > _ALWAYS or row.keys() - _ALWAYS not in (_SETTLED, _OPEN):
            raise ValueError(
                f"expected {claim_id} to have the fields id, section, claim, plain, and verdict, "
                f"chapter, cell or, while it is open, coming; but {path} has {', '.join(row)}. "
                f"{_mend(path)}"
            )
    return ledger


def false_alarms(
    rule: Callable[[Any], bool],
    draw: Callable[[np.random.Generator], Any],
    runs: int = 2000,
    seed: int = 0,
) -> float:
    """How often a rule finds an effect in data that have none: its false-alarm rate, simulated.

    For example, with "differ" a rule that compares two groups of five seeds:
    `false_alarms(differ, lambda rng: rng.standard_normal((2, 5)))`.

    Args:
        rule: data → whether it finds an effect; the function that is also given the measurements.
        draw: generator of random numbers → data of the measurements' form, without the effect.
        runs: how many data are drawn; the standard error of the rate is at most 0.5 / √runs.
        seed: of the generator.

    Returns:
        Share of the runs in which the rule finds an effect.

    Raises:
        TypeError: no functions, or a rule that does not answer with True or False.
        ValueError: runs below 1, a negative seed.
    """
    for name, function in {"rule": rule, "draw": draw}.items():
        if not callable(function):
            raise TypeError(f"expected a function as {name}, but got {function!r:.80}.")
    rng = np.random.default_rng(checks.whole(seed, "seed", least=0))
    found = [rule(draw(rng)) for _ in range(checks.whole(runs, "runs"))]
    for answer in found:
        if not isinstance(answer, bool | np.bool_):
            raise TypeError(f"expected True or False of the rule, but got {answer!r:.80}.")
    return float(np.mean(found))


def settle(
    claim_id: str, evidence: str, finding: str, rule: str, false_alarm: float | None
) -> None:
    """Show the verdict on a claim of the article, unless the evidence and the ledger disagree.

    The output has two forms: Markdown for the reader, and `VERDICT_MIME` with claim, verdict,
    section, text, finding, rule and false_alarm for whatever reads the notebook.

    Args:
        claim_id: a row of claims.yml.
        evidence: the verdict that this cell's numbers give, one of `VERDICTS`; computed, as in
            `"holds" if gap < 1e-6 else "wrong"`, so that other numbers would give another one.
        finding: what was measured, in a sentence with the number and, where chance enters, its
            interval; on one line, no Markdown.
        rule: which numbers give which verdict, fixed before they are measured; likewise a text.
        false_alarm: in 0 … 1, how often the rule would speak of an effect if there were none, as
            `false_alarms` simulates it. None where there is nothing to draw anew: a proof, a
            closed form, a count, a single measurement.

    Raises:
        TypeError: an argument of another kind.
        ValueError: no such claim, an evidence that is none of the verdicts, a finding or a rule
            without words or of several lines, a rate outside 0 … 1.
        AssertionError: the evidence is not the verdict of the ledger, or that has none.
    """
    texts = {"claim_id": claim_id, "evidence": evidence, "finding": finding, "rule": rule}
    for name, value in texts.items():
        if not isinstance(value, str):
            raise TypeError(
                f"expected a text as {name}, as in settle('a-claim', 'holds' if gap < 1e-6 else "
                f"'wrong', f'a gap of {{gap:.2g}}', 'holds if below 1e-6', None), but got "
                f"{value!r}, a {type(value).__name__}."
            )
    for name in ("finding", "rule"):
        if not texts[name].strip() or len(texts[name].splitlines()) > 1:
            raise ValueError(
                f"expected the {name} to be a sentence on one line, but got {texts[name]!r}."
            )
    if false_alarm is not None:
        false_alarm = checks.number(false_alarm, "false_alarm", least=0, most=1)
    ledger = load_ledger()
    if claim_id not in ledger:
        raise ValueError(
            f"expected a claim of claims.yml, {', '.join(ledger)}, but got {claim_id!r}."
        )
    if evidence not in VERDICTS:
        raise ValueError(f"expected one of {', '.join(VERDICTS)}, but got {evidence!r}.")
    row = ledger[claim_id]
    if evidence != row.get("verdict"):
        raise AssertionError(
            f"{claim_id}: the evidence says {evidence!r}, but the ledger says "
            f"{row.get('verdict', 'not settled')!r}. Look at the numbers first, then mend the "
            f"one that is wrong."
        )
    lines = [
        f"**Verdict: {evidence}.** Claim `{claim_id}`, section {as_text(row['section'])} of the "
        f"article: *{as_text(row['claim'])}*",
        f"**Rule, fixed before the numbers:** {as_text(rule)}",
        f"**Measured:** {as_text(finding)}",
        f"**False alarms:** {chance_of_error(false_alarm)}",
    ]
    box = "\n>\n".join(f"> {line}" for line in lines)
    verdict = {"claim": claim_id, "verdict": evidence, "section": row["section"]}
    verdict |= {"text": row["claim"], "finding": finding, "rule": rule}
    data = {"text/markdown": box, VERDICT_MIME: {**verdict, "false_alarm": false_alarm}}
    display(data, raw=True)


def chance_of_error(false_alarm: float | None) -> str:
    """A verdict's rate of false alarms in words; None means that none was simulated."""
    if false_alarm is None:
        return "not simulated: a proof, a count or a single measurement."
    return f"{false_alarm:.1%} of simulated cases without any effect."
