"""The rules of a chapter for what a run has stored: each gives a notebook's faults.

tests/book/test_chapters.py asks them; tools/rules.py has the rules that need no run.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from nbformat import NotebookNode

from aigc_lib.claims import VERDICT_MIME
from aigc_lib.exercises import UNTOUCHED
from tools import notebooks
from tools.advice import code_cells, set_tag, tags, where
from tools.rules import Rule

# What the website, JupyterLab and Colab show; the site's build does not warn of other types.
SHOWN = {"text/plain", "text/markdown", "text/html", "image/png", VERDICT_MIME}
MACHINE = re.compile(r"(/home/|/root/|/Users/|/tmp/|oneDNN|cuda_|absl)")
CHANCE = re.compile(r"fit\(|play\(|history|samples|_step|settle\(")  # a training, or a clock


def printed(cell: NotebookNode) -> str:
    """What a cell has printed."""
    return "".join(out.text for out in cell.outputs if out.output_type == "stream")


def run_again(path: Path) -> str:
    """The command that stores a chapter's outputs anew."""
    return f"Run it again: make run CHAPTER={path.stem.partition('-')[0]}"


def timed(path: Path, notebook: NotebookNode) -> Iterator[str]:
    """`make run` has written how long one reads it and how long it runs."""
    for entry in notebooks.ENTRIES.keys() - {*notebooks.BY_HAND}:
        try:
            notebooks.about(notebook, path.name, (entry,))
        except ValueError as error:
            yield f"metadata: {error}"


def executed(path: Path, notebook: NotebookNode) -> Iterator[str]:
    """From a fresh kernel, from the first cell to the last."""
    for place, cell in enumerate(code_cells(notebook), 1):
        if cell.execution_count != place:
            yield (
                f"{where(cell)}: its outputs are not of a run in order (number "
                f"{cell.execution_count}, expected {place}). {run_again(path)}."
            )
            return


def outputs(notebook: NotebookNode) -> Iterator[tuple[NotebookNode, NotebookNode]]:
    """Every output with its cell, in their order."""
    return ((cell, out) for cell in code_cells(notebook) for out in cell.outputs)


def no_errors(path: Path, notebook: NotebookNode) -> Iterator[str]:
    """No exception, where none is meant to be shown."""
    for cell, out in outputs(notebook):
        if out.output_type == "error" and "raises-exception" not in tags(cell):
            yield (
                f"{where(cell)}: it ends with {out.get('ename')}. Mend it; if readers are to "
                f"see the error: {set_tag('raises-exception')}"
            )


def no_machine(path: Path, notebook: NotebookNode) -> Iterator[str]:
    """No log line, and no path of the machine on which it ran."""
    for cell, out in outputs(notebook):
        text = out.get("text", "") + out.get("data", {}).get("text/plain", "")
        found = MACHINE.search(text)
        if out.get("name") == "stderr":
            yield (
                f"{where(cell)}: it writes to stderr: {text.strip()[:80]!r}. Find what warns, "
                f"mend it. {run_again(path)}."
            )
        elif found:
            yield (
                f"{where(cell)}: its output has {found[0]!r}, a path or a log line of the "
                f"machine. Do not print it. {run_again(path)}."
            )


def kinds(path: Path, notebook: NotebookNode) -> Iterator[str]:
    """Only outputs that all three places show."""
    for cell, out in outputs(notebook):
        for kind in out.get("data", {}).keys() - SHOWN:
            yield (
                f"{where(cell)}: an output of the kind {kind!r}, which some places do not "
                f"show. Show one of {', '.join(sorted(SHOWN))}."
            )


def checks_pass(path: Path, notebook: NotebookNode) -> Iterator[str]:
    """A stub is untouched, a solution is right."""
    for cell in code_cells(notebook):
        name, got = cell.id.partition("-")[0], printed(cell)
        if name == "exercise" and got != f"{UNTOUCHED}\n":
            yield (
                f"{where(cell)}: the stub prints {got[:60]!r}, expected {UNTOUCHED!r}. Let "
                f"its function return None (its body is '...'). {run_again(path)}."
            )
        if name == "solution" and got != "Right.\n":
            yield (
                f"{where(cell)}: the solution prints {got[:60]!r}, expected 'Right.'. "
                f"Mend the solution, the right number or the tolerance. {run_again(path)}."
            )


def ignored(path: Path, notebook: NotebookNode) -> Iterator[str]:
    """Only what depends on a training or a clock is not compared."""
    for cell in code_cells(notebook):
        if "nbval-ignore-output" in tags(cell) and not CHANCE.search(cell.source):
            yield (
                f"{where(cell)}: the tag 'nbval-ignore-output' is for trainings and clocks. Take "
                "it away in the Property Inspector (the two gears) → Cell Tags."
            )


AFTER: tuple[Rule, ...] = (timed, executed, no_errors, no_machine, kinds, checks_pass, ignored)
