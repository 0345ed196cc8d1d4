"""What a message on a chapter says: which cell it means, and how to mend it in JupyterLab."""

import json

from nbformat import NotebookNode

GEARS = "In JupyterLab: Property Inspector (the two gears at the top right) → Advanced Tools →"
ID = "JupyterLab keeps ids out of sight: open the file with a right click → Open With → Editor"


def set_cell(metadata: dict) -> str:
    """How to give a cell an entry of metadata."""
    wanted = json.dumps(metadata, ensure_ascii=False)
    return f"Click the cell. {GEARS} Cell Metadata: {wanted}"


def set_tag(tag: str) -> str:
    """How to give a cell a tag."""
    return f'Click the cell, then Property Inspector (the two gears) → Cell Tags → Add Tag "{tag}"'


def set_id(name: str) -> str:
    """How to give a cell a certain id."""
    return f'{ID}, and write "id": "{name}" in this cell.'


def where(cell: NotebookNode) -> str:
    """A cell's id and its first words, since JupyterLab does not show the id."""
    first = cell.source.strip().partition("\n")[0]
    return f"cell {cell.id!r} ({first[:40]!r})" if first else f"cell {cell.id!r} (empty)"


def code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    """The cells of code, in their order."""
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def markdown(notebook: NotebookNode) -> str:
    """The text of a chapter."""
    return "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


def tags(cell: NotebookNode) -> list[str]:
    """The tags of a cell."""
    return cell.metadata.get("tags", [])
