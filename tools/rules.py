"""The rules of a chapter that need no run: each gives a notebook's faults and their remedies.

`make run` asks them before it spends minutes, and tests/book/test_chapters.py asks them too.
tools/stored.py has the rules for what a run has stored.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from nbformat import NotebookNode

from tools import files, notebooks
from tools.advice import GEARS, ID, code_cells, markdown, set_cell, set_id, set_tag, tags, where
from tools.stamps import FIRST_CELL, current_slug, current_tag
from tools.toc import parts_of

Rule = Callable[[Path, NotebookNode], Iterator[str]]

LINES = 15  # of a code cell, without empty ones
ALT = 30  # an alt text has more characters
WHY = 30  # and so has the reason of an answer
TAGS = {"hide-input", "solution", "nbval-ignore-output", "raises-exception"}
OPENING = ["title", "setup", "hook", "contract"]
STILL_OLD: tuple[str, ...] = (  # numbers of chapters that do not yet open as the others do
    *("30", "31", "32", "40", "41"),
)
ANSWER = re.compile(  # plain text in the summary: not every reader renders Markdown there
    r"<details>\n<summary>([^<>$*`\n]+)</summary>\n\n\*\*(Yes|No)\.\*\* (.+?)\n\n</details>",
    re.DOTALL,
)
QUESTIONS = "questions"  # the id of their cell
QUESTION = re.compile(r"^\*\*\d\. ", re.MULTILINE)


def faults(path: Path, rules: Iterable[Rule]) -> list[str]:
    """What a chapter's file lacks by these rules, each with the chapter's name.

    Raises:
        ValueError: the file is no notebook.
    """
    notebook = notebooks.read(path)
    return [f"{path.name}, {fault}" for rule in rules for fault in rule(path, notebook)]


def metadata(path: Path, notebook: NotebookNode) -> Iterator[str]:
    """Title, and entries of the metadata that are written by hand."""
    for entry in notebooks.BY_HAND:
        try:
            notebooks.about(notebook, path.name, (entry,))
        except ValueError as error:
            yield f'metadata: {error} {GEARS} Notebook Metadata: "course": {{"{entry}": …}}'
    course = notebook.metadata.get("course", {})
    for entry, value in course.items() if isinstance(course, dict) else ():
        if entry not in notebooks.ENTRIES:
            known = ", ".join(notebooks.ENTRIES)
            yield f"metadata: course.{entry} is no entry that is used. Known are: {known}."
        elif isinstance(value, str) and "\n" in value:
            yield f"metadata: course.{entry} has several lines. Write it in one."
    said = str(course.get("description", "")) if isinstance(course, dict) else ""
    if said and not 30 < len(said) <= 200:
        yield (
            f"metadata: course.description has {len(said)} characters, expected 31 to 200. "
            f"{GEARS} Notebook Metadata."
        )


def thumbnail(path: Path, notebook: NotebookNode) -> Iterator[str]:
    """The cell whose picture the index shows is there."""
    course = notebook.metadata.get("course", {})
    shown = course.get("thumbnail") if isinstance(course, dict) else None
    if isinstance(shown, str) and shown not in {cell.id for cell in notebook.cells}:
        yield (
            f"metadata: course.thumbnail is {shown!r}, but no cell has this id. Name the cell "
            f"whose picture the index is to show. {GEARS} Notebook Metadata."
        )


def heading(path: Path, notebook: NotebookNode) -> Iterator[str]:
    """One heading '# NN · Title', and no other one of this level."""
    number = path.stem.partition("-")[0]
    first = notebook.cells[0].source.partition("\n")[0] if notebook.cells else ""
    if not first.startswith(f"# {number} · "):
        yield f"first cell: expected it to begin with '# {number} · Title', but got {first[:60]!r}."
    more = re.findall(r"^# .*", markdown(notebook), re.MULTILINE)[1:]
    for line in more:
        yield f"the heading {line!r}: a chapter has one '# …', its title. Write '## …'."


def listed(path: Path, notebook: NotebookNode) -> Iterator[str]:
    """The table of contents names the chapter."""
    try:
        parts = parts_of(files.read(path.parent.parent / "_toc.yml"))
    except ValueError as error:
        yield f"{error}"
        return
    wanted = f"{path.parent.name}/{path.stem}"
    if wanted not in {name for _, names in parts for name in names}:
        yield f"_toc.yml does not list it. Add the line '- file: {wanted}' to one of its parts."


def first_cell(path: Path, notebook: NotebookNode) -> Iterator[str]:
    """The first code is the one that fetches the library of the release, and no unpinned code."""
    root = path.parent.parent
    cells = code_cells(notebook)
    if not cells or cells[0].source != FIRST_CELL.format(
        slug=current_slug(root), tag=current_tag(root)
    ):
        yield (
            f"{where(cells[0]) if cells else 'no code cell'}: the first code must be the one that "
            "fetches the library in Colab. Copy the first code cell of another chapter as it is."
        )


def links_line(path: Path, notebook: NotebookNode) -> Iterator[str]:
    """The two links under the title lead to this notebook."""
    slug, tag = current_slug(path.parent.parent), current_tag(path.parent.parent)
    text = markdown(notebook)
    for words, address in {
        "Open in Colab": f"https://colab.research.google.com/github/{slug}/blob/{tag}",
        "Download this notebook": f"https://raw.githubusercontent.com/{slug}/{tag}",
    }.items():
        link = f"{address}/chapters/{path.name}"
        if link not in text:
            yield f"first cell: the link is missing. Write there: [{words}]({link})"


def opening(path: Path, notebook: NotebookNode) -> Iterator[str]:
    """Title with the surprise, first code, picture, contract: in this order."""
    if path.stem.partition("-")[0] in STILL_OLD:
        return
    for place, name in enumerate(OPENING):
        found = notebook.cells[place] if place < len(notebook.cells) else None
        if found is None or found.id != name:
            got = where(found) if found else "nothing"
            yield f"cell {place + 1}: expected the cell {name!r}, but got {got}. {set_id(name)}"
            return
    title, _, hook, contract = notebook.cells[:4]
    if not re.match(r"# .+\n\n\*\*[^*]+\*\*", title.source):
        yield (
            f"{where(title)}: the surprise is missing. Write below the heading, after an empty "
            "line, the sentence that surprises most, with its number: **One sentence.**"
        )
    if "hide-input" not in tags(hook):
        yield f"{where(hook)}: its code is shown before its picture. {set_tag('hide-input')}"
    for words in ("**After this chapter you can**", "**Time:**"):
        if words not in contract.source:
            yield f"{where(contract)}: expected the words {words} there. Write what they begin."


def short_cells(path: Path, notebook: NotebookNode) -> Iterator[str]:
    """A reader takes in a cell at a glance."""
    for cell in code_cells(notebook):
        lines = len([line for line in cell.source.splitlines() if line.strip()])
        if lines > LINES:
            yield (
                f"{where(cell)}: {lines} lines of code, expected at most {LINES}. Split it: in "
                "JupyterLab put the cursor where it may end, then Edit → Split Cell."
            )


def plain_markdown(path: Path, notebook: NotebookNode) -> Iterator[str]:
    """Only what the website, JupyterLab and Colab all show."""
    for cell in notebook.cells:
        if cell.cell_type != "markdown":
            continue
        found = re.findall(r"^\s*(?:```|:::)+\s*\{.*", cell.source, re.MULTILINE)
        found += re.findall(r"\{[a-z:]+\}`[^`]*`", cell.source)
        html = re.findall(r"</?([a-z]+)[ >]", cell.source)
        found += [f"<{tag}>" for tag in html if tag not in ("details", "summary")]
        for words in found:
            yield (
                f"{where(cell)}: {words!r} is shown as it stands in JupyterLab or Colab. Write it "
                "in plain Markdown; of HTML only <details> and <summary> work everywhere."
            )


def known_tags(path: Path, notebook: NotebookNode) -> Iterator[str]:
    """A misspelt tag does nothing, and nothing says so."""
    for cell in notebook.cells:
        for tag in tags(cell):
            if tag not in TAGS:
                known = ", ".join(sorted(TAGS))
                yield f"{where(cell)}: the tag {tag!r} does nothing. Known are: {known}."


def alt_texts(path: Path, notebook: NotebookNode) -> Iterator[str]:
    """Every figure says what it shows to whoever does not see it."""
    for cell in code_cells(notebook):
        stored = any("image/png" in out.get("data", {}) for out in cell.outputs)
        will_draw = cell.execution_count is None and re.search(r"(?m)^plt\.show\(", cell.source)
        alt = cell.metadata
        for name in ("mystnb", "image", "alt"):
            alt = alt.get(name, "") if isinstance(alt, dict) else ""
        if (stored or will_draw) and len(str(alt)) <= ALT:
            entry = {"mystnb": {"image": {"alt": "What the figure shows, in a sentence or two."}}}
            yield f"{where(cell)}: its figure has no alt text. {set_cell(entry)}"


def _check_of(cell: NotebookNode) -> str:
    """The self-check at a cell's end, without the name that only a solution has; or nothing."""
    _, found, rest = cell.source.partition("\ncheck(")
    return (found + rest).replace("_solution", "")


def exercises(path: Path, notebook: NotebookNode) -> Iterator[str]:
    """Three stubs or more, each with a folded solution that must pass the same check."""
    cells = {cell.id: cell for cell in code_cells(notebook)}
    stubs = [name for name in cells if name.startswith("exercise-")]
    if len(stubs) < 3:
        yield (
            f"{len(stubs)} exercises, expected 3 or more. A stub is a code cell with the id "
            f"'exercise-1', 'exercise-2', … that ends with check(…). {ID}."
        )
    for name in stubs:
        pair = name.replace("exercise", "solution")
        if not _check_of(cells[name]):
            yield (
                f"{where(cells[name])}: no line begins with check(. End the stub with "
                "check(f(…), the right number, tolerance=…)."
            )
        if pair not in cells:
            yield f"{where(cells[name])}: no solution. Add a code cell behind it. {set_id(pair)}"
            continue
        for tag in {"solution", "hide-input"} - set(tags(cells[pair])):
            yield f"{where(cells[pair])}: the tag is missing. {set_tag(tag)}"
        if _check_of(cells[name]) != _check_of(cells[pair]):
            yield (
                f"{where(cells[pair])}: its check is not that of {name!r}. Copy the stub's "
                "check(…) and put _solution behind the function's name."
            )
    for name in cells:
        if name.startswith("solution-") and name.replace("solution", "exercise") not in cells:
            yield f"{where(cells[name])}: a solution of nothing. Add {set_id(name)}"


def questions(path: Path, notebook: NotebookNode) -> Iterator[str]:
    """Three to five questions, each answer with its reason."""
    cell = next((cell for cell in notebook.cells if cell.id == QUESTIONS), None)
    if cell is None:
        yield f"no cell 'questions'. Add it, in Markdown, before the exercises. {set_id(QUESTIONS)}"
        return
    place = where(cell)
    if not cell.source.startswith("## Questions\n"):
        yield f"{place}: expected it to begin with '## Questions'."
    asked = QUESTION.split(cell.source)[1:]
    if not 3 <= len(asked) <= 5:
        yield f"{place}: {len(asked)} questions, expected 3 to 5, each beginning with '**1. '."
    first = set()
    for number, question in enumerate(asked, 1):
        answers = ANSWER.findall(question)
        verdicts = [verdict for _, verdict, _ in answers]
        boxes = question.count("<details>")
        if len(answers) != boxes:
            yield (
                f"{place}: question {number} has {boxes} answers, {len(answers)} of them of the "
                "form <details>⏎<summary>plain text</summary>⏎⏎**Yes.** why⏎⏎</details>, "
                "with **Yes.** or **No.** and no formula in the summary."
            )
        elif boxes < 3:
            yield f"{place}: question {number} has {boxes} answers, expected 3 or more."
        elif verdicts.count("Yes") != 1:
            right = verdicts.count("Yes")
            yield f"{place}: question {number} has {right} right answers (**Yes.**), expected 1."
        else:
            first.add(verdicts.index("Yes"))
        for said, _, why in answers:
            if len(why) <= WHY:
                yield f"{place}: question {number}, answer {said[:30]!r}: {why!r} is no reason."
    if len(first) == 1 and len(asked) > 1:
        yield f"{place}: the right answer always stands at the same place. Move one."


BEFORE: tuple[Rule, ...] = (
    *(
        metadata,
        thumbnail,
        heading,
        listed,
        first_cell,
        links_line,
        opening,
        short_cells,
        plain_markdown,
    ),
    *(known_tags, alt_texts, exercises, questions),
)
