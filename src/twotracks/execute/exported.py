"""A page as an executed notebook, for whoever wants to go on from it in Jupyter."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

from twotracks.errors import require
from twotracks.execute.nbformat_outputs import to_nbformat
from twotracks.execute.parts import parts

if TYPE_CHECKING:
    from twotracks.execute.outputs import CellRecord, PageRecord
    from twotracks.execute.scan import Cell, Page

_METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def notebook_of(text: str, page: Page, record: PageRecord) -> str:
    """The page as an executed notebook, in the form 4.5 of nbformat.

    Prose, with its inline values, becomes Markdown cells; cells keep their outputs.

    Args:
        text: The whole file.
        page: What `scan` found in it, or one session of that.
        record: What it showed.

    Raises:
        MissingPackages: nbformat is not installed.
    """
    nbformat = _nbformat()
    cells: list[Any] = []
    count = 0
    for number, part in enumerate(parts(text, page, record), 1):
        if isinstance(part, str):
            # What stands between two cells of a tab or an admonition is indented as they are.
            prose = textwrap.dedent(part)
            cells.append(nbformat.v4.new_markdown_cell(prose, id=f"prose-{number}"))
        else:
            count += 1
            cells.append(_code_cell(*part, count, number))
    notebook = nbformat.v4.new_notebook(cells=cells, metadata=_METADATA)
    nbformat.validate(notebook)
    return str(nbformat.writes(notebook)) + "\n"


def _code_cell(cell: Cell, shown: CellRecord, count: int, number: int) -> Any:
    return _nbformat().v4.new_code_cell(
        cell.shown,
        id=f"cell-{number}",
        execution_count=count,
        # So that a run of the whole notebook goes on after it.
        metadata={"tags": ["raises-exception"]} if cell.options.expect else {},
        outputs=[to_nbformat(output, count) for output in shown.outputs],
    )


def _nbformat() -> Any:
    require("engine", "nbformat")
    import nbformat  # noqa: PLC0415 - slow, and only who wants notebooks needs it

    return nbformat
