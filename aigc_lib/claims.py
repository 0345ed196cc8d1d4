"""The article's claims and their verdicts."""

import re
from pathlib import Path

import yaml
from IPython.display import display

from aigc_lib import assets

__all__ = ["VERDICTS", "VERDICT_MIME", "as_text", "load_ledger", "settle"]

VERDICTS = ("holds", "holds with limits", "wrong", "not a term", "cannot be found")
VERDICT_MIME = "application/vnd.aigc.verdict+json"  # what the ledger and the FAQ read

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


def load_ledger(path: Path | None = None) -> dict[str, dict[str, str]]:
    """The rows of the ledger, by claim id: section, claim, and verdict, chapter, cell if settled.

    A row that is not settled has `coming`, the chapter that will settle it, instead.

    Args:
        path: of a file like claims.yml; the shipped one when None.

    Raises:
        ValueError: a row with another verdict than `VERDICTS`, an id that stands twice or has other
            signs than letters, digits and `-`, or a field that is no text.
    """
    path = path or assets.path("claims.yml")
    rows = yaml.safe_load(path.read_text(encoding="utf-8"))
    ledger = {row["id"]: row for row in rows}
    if len(ledger) < len(rows):
        raise ValueError(f"{path.name} has {len(rows)} rows but only {len(ledger)} ids.")
    for row in rows:
        if not re.fullmatch(r"[\w-]+", str(row["id"])):
            raise ValueError(
                f"expected an id of letters, digits and '-', but {path.name} has {row['id']!r}."
            )
        for field, value in row.items():
            if not isinstance(value, str):
                raise ValueError(
                    f"expected a text as {field} of {row['id']}, but {path.name} has {value!r}. "
                    f"Put it in quotes."
                )
        if row.get("verdict", "holds") not in VERDICTS:
            raise ValueError(
                f"expected one of {', '.join(VERDICTS)} as the verdict of {row['id']}, but "
                f"{path.name} has {row['verdict']!r}."
            )
    return ledger


def settle(claim_id: str, evidence: str, finding: str) -> None:
    """Show the verdict on a claim of the article, unless the evidence and the ledger disagree.

    The output has two forms: Markdown for the reader, and `VERDICT_MIME` with claim, verdict,
    section, text and finding for whatever reads the notebook.

    Args:
        claim_id: a row of claims.yml.
        evidence: the verdict that this cell's numbers give, one of `VERDICTS`; computed, as in
            `"holds" if gap < 1e-6 else "wrong"`, so that other numbers would give another one.
        finding: what was measured, in a sentence with the number; a text, not Markdown.

    Raises:
        ValueError: no such claim, or an evidence that is none of the verdicts.
        AssertionError: the evidence is not the verdict of the ledger, or that has none.
    """
    ledger = load_ledger()
    if claim_id not in ledger:
        raise ValueError(f"expected a claim of claims.yml, but got {claim_id!r}.")
    if evidence not in VERDICTS:
        raise ValueError(f"expected one of {', '.join(VERDICTS)}, but got {evidence!r}.")
    row = ledger[claim_id]
    if evidence != row.get("verdict"):
        raise AssertionError(
            f"{claim_id}: the evidence says {evidence!r}, but the ledger says "
            f"{row.get('verdict', 'not settled')!r}. Look at the numbers first, then mend the "
            f"one that is wrong."
        )
    box = (
        f"> **Verdict: {evidence}.** Claim `{claim_id}`, section {as_text(row['section'])} of the "
        f"article: *{as_text(row['claim'])}*\n>\n> **Measured:** {as_text(finding)}"
    )
    parts = {"section": row["section"], "text": row["claim"], "finding": finding}
    verdict = {"claim": claim_id, "verdict": evidence, **parts}
    display({"text/markdown": box, VERDICT_MIME: verdict}, raw=True)
