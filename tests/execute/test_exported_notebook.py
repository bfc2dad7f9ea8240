"""A page as an executed notebook, read and run by Jupyter's own tools."""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING, Any

import nbformat
import pytest
from nbclient import NotebookClient

from twotracks.execute import Engine, Settings, scan
from twotracks.execute.exported import notebook_of

if TYPE_CHECKING:
    from pathlib import Path

PAGE = dedent("""\
    ---
    title: Left out
    ---

    # A page

    It has `{python} 1 + 2` cells.

    ```python exec source="none"
    import sys

    print("out")
    _ = sys.stderr.write("err")
    display("shown")
    {"a": 1}
    ```

    ??? info "More"

        Words.

        ```python exec expect="ZeroDivisionError"
        1 / 0
        ```

        More words.

    ```python exec
    class Table:
        def _repr_html_(self):
            return "<b>table</b>"

    Table()
    ```
    """)


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> str:
    page = scan(PAGE, "docs/page.md")
    return notebook_of(PAGE, page, Engine(Settings(tmp_path_factory.mktemp("root"))).record(page))


@pytest.fixture
def notebook(text: str) -> Any:
    found = nbformat.reads(text, as_version=4)
    nbformat.validate(found)
    return found


def test_prose_and_cells_keep_their_order(notebook: Any) -> None:
    assert [(cell.cell_type, cell.source.split("\n")[0]) for cell in notebook.cells] == [
        ("markdown", "# A page"),
        ("code", "import sys"),
        ("markdown", '??? info "More"'),
        ("code", "1 / 0"),
        ("markdown", "More words."),
        ("code", "class Table:"),
    ]
    assert "It has 3 cells." in notebook.cells[0].source
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    assert notebook.metadata.kernelspec.name == "python3"


def test_outputs_are_what_the_page_showed(notebook: Any) -> None:
    first, second, third = [c for c in notebook.cells if c.cell_type == "code"]
    assert [cell.execution_count for cell in (first, second, third)] == [1, 2, 3]
    assert [output.output_type for output in first.outputs] == [
        *("stream", "stream", "display_data", "execute_result"),
    ]
    assert (first.outputs[0].name, first.outputs[0].text) == ("stdout", "out\n")
    assert (first.outputs[1].name, first.outputs[1].text) == ("stderr", "err")
    assert first.outputs[2].data["text/plain"] == "'shown'"
    assert first.outputs[3].execution_count == 1
    assert (second.outputs[0].ename, second.outputs[0].evalue) == (
        "ZeroDivisionError",
        "division by zero",
    )
    assert third.outputs[0].data["text/html"] == "<b>table</b>"


def test_it_runs_in_jupyter_to_its_end(notebook: Any, tmp_path: Path) -> None:
    ran = NotebookClient(notebook, resources={"metadata": {"path": str(tmp_path)}}).execute()
    assert [cell.outputs[-1].output_type for cell in ran.cells if cell.cell_type == "code"] == [
        *("execute_result", "error", "execute_result"),
    ]


def test_the_same_page_gives_the_same_bytes(text: str, tmp_path: Path) -> None:
    page = scan(PAGE, "docs/page.md")
    again = notebook_of(PAGE, page, Engine(Settings(tmp_path)).record(page))
    assert again.encode() == text.encode()
