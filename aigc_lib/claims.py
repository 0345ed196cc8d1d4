"""The article's claims and their verdicts, and the self-checks of the exercises."""

from pathlib import Path

import numpy as np
import yaml
from IPython.display import Markdown, display
from numpy.typing import ArrayLike

LEDGER = Path(__file__).parent / "claims.yml"
VERDICTS = ("holds", "holds with limits", "wrong", "not a term", "cannot be found")


def load_ledger(path: Path = LEDGER) -> dict[str, dict[str, str]]:
    """The rows of the ledger, by claim id: section, claim, and verdict, chapter, cell if settled.

    A row that is not settled has `coming`, the chapter that will settle it, instead.

    Raises:
        ValueError: a row with another verdict than `VERDICTS`, or an id that stands twice.
    """
    rows = yaml.safe_load(path.read_text(encoding="utf-8"))
    ledger = {row["id"]: row for row in rows}
    if len(ledger) < len(rows):
        raise ValueError(f"{path.name} has {len(rows)} rows but only {len(ledger)} ids.")
    for row in rows:
        if row.get("verdict", "holds") not in VERDICTS:
            raise ValueError(
                f"expected one of {', '.join(VERDICTS)} as the verdict of {row['id']}, but "
                f"{path.name} has {row['verdict']!r}."
            )
    return ledger


def settle(claim_id: str, evidence: str, finding: str) -> None:
    """Show the verdict on a claim of the article, unless the evidence and the ledger disagree.

    Args:
        claim_id: a row of claims.yml.
        evidence: the verdict that this cell's numbers give, one of `VERDICTS`; computed, as in
            `"holds" if gap < 1e-6 else "wrong"`, so that other numbers would give another one.
        finding: what was measured, in a sentence with the number.

    Raises:
        ValueError: no such claim, or an evidence that is none of the verdicts.
        AssertionError: the evidence is not the verdict of the ledger, or that has none.
    """
    ledger = load_ledger()
    if claim_id not in ledger:
        raise ValueError(f"expected a claim of {LEDGER.name}, but got {claim_id!r}.")
    if evidence not in VERDICTS:
        raise ValueError(f"expected one of {', '.join(VERDICTS)}, but got {evidence!r}.")
    row = ledger[claim_id]
    if evidence != row.get("verdict"):
        raise AssertionError(
            f"{claim_id}: the evidence says {evidence!r}, but the ledger says "
            f"{row.get('verdict', 'not settled')!r}. Look at the numbers first, then mend the "
            f"one that is wrong."
        )
    display(
        Markdown(
            f"> **Verdict: {evidence}.** Claim `{claim_id}`, section {row['section']} of the "
            f"article: *{row['claim']}*\n>\n> **Measured:** {finding}"
        )
    )


def check(answer: ArrayLike | None, expected: ArrayLike, tolerance: float = 1e-6) -> None:
    """Print whether an exercise's answer is right; an untouched stub gives None.

    Args:
        answer: the reader's number, list or array; None, alone or in the list, while nothing
            has been tried.
        expected: the right one.
        tolerance: largest absolute difference that is still right.
    """
    parts = answer if isinstance(answer, list) else [answer]
    if any(part is None for part in parts):
        print("Not tried yet.")
        return
    answer, expected = np.asarray(answer), np.asarray(expected)
    if answer.shape != expected.shape:
        print(f"Not yet: expected shape {expected.shape}, got {answer.shape}.")
    elif not np.allclose(answer, expected, rtol=0, atol=tolerance):
        error = np.abs(answer.astype(float) - expected.astype(float)).max()
        print(f"Not yet: off by {error:.3g}, allowed is {tolerance:g}.")
    else:
        print("Right.")
