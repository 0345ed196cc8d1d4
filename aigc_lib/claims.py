"""The article's claims and their verdicts."""

from pathlib import Path

import yaml
from IPython.display import display

from aigc_lib import assets

__all__ = ["VERDICTS", "VERDICT_MIME", "load_ledger", "load_table", "settle"]

VERDICTS = ("holds", "holds with limits", "wrong", "not a term", "cannot be found")
VERDICT_MIME = "application/vnd.aigc.verdict+json"  # what the ledger and the FAQ read
_SETTLED, _OPEN = {"verdict", "chapter", "cell"}, {"coming"}  # beside id, section and claim


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
    """The rows of the ledger, by claim id: section, claim, and verdict, chapter, cell if settled.

    A row that is not settled has `coming`, the chapter that will settle it, instead.

    Args:
        path: of a file like claims.yml; the shipped one when None.

    Raises:
        FileNotFoundError: no such file.
        ValueError: what `load_table` refuses, with ids as keys; a row with another verdict than
            `VERDICTS`, or with other fields than those above.
    """
    path = assets.path("claims.yml") if path is None else Path(path)
    ledger = {row["id"]: row for row in load_table(path, "id")}
    for claim_id, row in ledger.items():
        if row.get("verdict", "holds") not in VERDICTS:
            raise ValueError(
                f"expected one of {', '.join(VERDICTS)} as the verdict of {claim_id}, but "
                f"{path} has {row['verdict']!r}. {_mend(path)}"
            )
        fields = row.keys() - {"id", "section", "claim"}
        if not {"section", "claim"} < row.keys() or fields not in (_SETTLED, _OPEN):
            raise ValueError(
                f"expected {claim_id} to have the fields id, section, claim, and either verdict, "
                f"chapter, cell or, while it is open, coming; but {path} has {', '.join(row)}. "
                f"{_mend(path)}"
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
        finding: what was measured, in a sentence with the number, on one line.

    Raises:
        TypeError: an argument that is no text.
        ValueError: no such claim, an evidence that is none of the verdicts, a finding without
            words or of several lines.
        AssertionError: the evidence is not the verdict of the ledger, or that has none.
    """
    for name, value in {"claim_id": claim_id, "evidence": evidence, "finding": finding}.items():
        if not isinstance(value, str):
            raise TypeError(
                f"expected a text as {name}, as in settle('a-claim', 'holds' if gap < 1e-6 else "
                f"'wrong', f'a gap of {{gap:.2g}}'), but got {value!r}, a {type(value).__name__}."
            )
    if not finding.strip() or len(finding.splitlines()) > 1:
        raise ValueError(
            "expected the finding to be a sentence on one line that says what was measured, but "
            f"got {finding!r}."
        )
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
    box = (
        f"> **Verdict: {evidence}.** Claim `{claim_id}`, section {row['section']} of the "
        f"article: *{row['claim']}*\n>\n> **Measured:** {finding}"
    )
    parts = {"section": row["section"], "text": row["claim"], "finding": finding}
    verdict = {"claim": claim_id, "verdict": evidence, **parts}
    display({"text/markdown": box, VERDICT_MIME: verdict}, raw=True)
