"""A page as an executed notebook, for whoever wants to go on from it in Jupyter.

A notebook is plain JSON. nbformat's own functions check each piece of it by its schema, which takes
longer than the rest of a page's build; here the tests do that.
"""

from __future__ import annotations

import json
import textwrap
from typing import TYPE_CHECKING, Any

from twotracks.execute.carried import writing
from twotracks.execute.nbformat_outputs import to_nbformat
from twotracks.execute.parts import parts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twotracks.execute.needs import Needs
    from twotracks.execute.outputs import CellRecord, PageRecord
    from twotracks.execute.scan import Cell, Page

_NOTEBOOK = {
    "nbformat": 4,
    "nbformat_minor": 5,
    "metadata": {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    },
}


def notebook_of(
    text: str,
    page: Page,
    record: PageRecord,
    address: str = "",
    *,
    needs: Needs | None = None,
    carried: Mapping[str, str] | None = None,
) -> str:
    """The page as an executed notebook, in the form 4.5 of nbformat.

    Prose, with its inline values, becomes Markdown cells; cells keep their outputs.

    Args:
        text: The whole file.
        page: What `scan` found in it, or one session of that.
        record: What it showed.
        address: Where the page can be read.
        needs: What there is to install first. With it the notebook begins with a cell that says so.
        carried: The texts of files that it is to have beside it, by name.
    """
    cells = [needs_cell(needs, page.path, address)] if needs else []
    cells += [_plain_cell(writing(carried))] if carried else []
    count = 0
    for number, part in enumerate(parts(text, page, record), 1):
        if isinstance(part, str):
            cells.append(_markdown_cell(part, number))
        else:
            count += 1
            cells.append(_code_cell(*part, count, number))
    notebook = {**_NOTEBOOK, "cells": cells}
    return json.dumps(notebook, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def needs_cell(needs: Needs, path: str, address: str = "") -> dict[str, Any]:
    """A Markdown cell that says where a notebook is from and what there is to install.

    Args:
        needs: What that is.
        path: The page's file.
        address: Where the page can be read.
    """
    begin = f"From the page [{path}]({address})." if address else f"From the page {path}."
    how = (
        f"Install what it needs:\n\n```sh\n{needs.command}\n```"
        if needs.command
        else "It needs nothing but Python."
    )
    return {
        "cell_type": "markdown",
        "id": "needs",
        # For programs; the cell is for people.
        "metadata": {
            "dependencies": list(needs.requirements),
            **({"requires-python": needs.python} if needs.python else {}),
        },
        "source": f"{begin} {how}",
    }


def _plain_cell(source: str) -> dict[str, Any]:
    """A cell that shows nothing."""
    return {
        "cell_type": "code",
        "id": "files",
        "execution_count": None,
        "metadata": {},
        "source": source,
        "outputs": [],
    }


def _markdown_cell(prose: str, number: int) -> dict[str, Any]:
    return {
        "cell_type": "markdown",
        "id": f"prose-{number}",
        "metadata": {},
        # What stands between two cells of a tab or an admonition is indented as they are.
        "source": textwrap.dedent(prose),
    }


def _code_cell(cell: Cell, shown: CellRecord, count: int, number: int) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "id": f"cell-{number}",
        "execution_count": count,
        # So that a run of the whole notebook goes on after it.
        "metadata": {"tags": ["raises-exception"]} if cell.options.expect else {},
        "source": cell.shown,
        "outputs": [to_nbformat(output, count) for output in shown.outputs],
    }
