from __future__ import annotations

import json
from textwrap import dedent
from typing import TYPE_CHECKING, Any

import pytest

from twotracks.cli import main
from twotracks.execute import CellFailed, Engine, ScanError, Settings
from twotracks.execute.notebooks import Notebook, read_notebook, written

if TYPE_CHECKING:
    from pathlib import Path

R = {"language": "R", "name": "ir", "display_name": "R"}
PERCENT = """
    # ---
    # deps: [data.csv]
    # jupyter:
    #   kernelspec: {display_name: Python 3, language: python, name: python3}
    # ---

    # %% [markdown]
    # # Title

    # %%
    x = 1

    # %% tags=["raises-exception"]
    x / 0

    # %%

    # %%
    # The last.
    print(x)
    boom()
"""
LIGHT = """
    # # Title
    #
    # Text.

    x = 1


    # +
    def half():
        return x / 2

    half()
    # -

    boom()
"""


def code(source: str, *tags: str, **more: Any) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "metadata": {"tags": [*tags]} if tags else {},
        "source": source,
        "outputs": [],
        "execution_count": None,
        **more,
    }


def prose(source: str, kind: str = "markdown") -> dict[str, Any]:
    return {"cell_type": kind, "metadata": {}, "source": source}


def saved(root: Path, *cells: dict[str, Any], name: str = "one.ipynb", **more: Any) -> Notebook:
    data = {"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": [*cells], **more}
    (root / name).write_text(json.dumps(data))
    return read_notebook(root / name, f"docs/{name}")


def text(root: Path, source: str) -> Notebook:
    (root / "two.py").write_text(dedent(source).lstrip("\n"))
    return read_notebook(root / "two.py", "docs/two.py")


def failure(root: Path, notebook: Notebook) -> CellFailed:
    with pytest.raises(CellFailed) as caught:
        Engine(Settings(root)).record(notebook.page)
    return caught.value


def test_its_cells_run_and_keep_what_they_showed(tmp_path: Path) -> None:
    notebook = saved(
        tmp_path,
        prose("# Title"),
        code("x = 20\nprint('printed')\nx", id="given"),
        code("  "),
        code("from IPython.display import Markdown, display\ndisplay(Markdown('*shown*'))"),
        code("1 / 0", "raises-exception"),
        code("boom()", "skip-execution"),
        code("x * 2"),
    )
    node = notebook.executed(Engine(Settings(tmp_path)).record(notebook.page))
    assert [cell.get("execution_count") for cell in node.cells] == [None, 1, None, 2, 3, None, 4]
    assert [cell.id for cell in node.cells][:3] == ["cell-1", "given", "cell-3"]
    outputs = [output for cell in node.cells for output in cell.get("outputs", [])]
    assert [output.output_type for output in outputs] == [
        "stream",
        "execute_result",
        "display_data",
        "error",
        "execute_result",
    ]
    assert outputs[0].text == "printed\n"
    assert outputs[1].data == {"text/plain": "20"}
    assert outputs[1].execution_count == 1
    assert outputs[2].data["text/markdown"] == "*shown*"
    assert outputs[3].ename == "ZeroDivisionError"
    assert node.nbformat_minor == 5
    again = saved(tmp_path, prose("# Title"), code("x"))
    assert written(again.node) == written(saved(tmp_path, prose("# Title"), code("x")).node)


def test_a_failure_names_the_cell_and_its_line(tmp_path: Path) -> None:
    notebook = saved(
        tmp_path,
        code("def half(x):\n    return x / 0"),
        code("import inspect, warnings\nprint(inspect.getsource(half))\n\nwarnings.warn('so')"),
        code(""),
        code("print('until here')\nhalf(1)"),
    )
    error = failure(tmp_path, notebook)
    assert str(error).startswith(
        "docs/one.ipynb, cell 3, line 2: ZeroDivisionError: division by zero\n\n"
        "     1 | print('until here')\n"
        "  -> 2 | half(1)\n\n"
        "Traceback"
    )
    assert 'File "docs/one.ipynb, cell 1", line 2, in half\n    return x / 0' in str(error)
    assert "worker" not in str(error)
    node = notebook.executed(error.partial)
    assert node.cells[1].outputs[0].text == "def half(x):\n    return x / 0\n\n"
    assert "docs/one.ipynb, cell 2:4: UserWarning: so" in node.cells[1].outputs[1].text
    assert node.cells[3].outputs[0].text == "until here\n"


@pytest.mark.parametrize(
    ("source", "line"), [("x = (", 1), ("import os\nos._exit(3)", 1), ("x = 1\nx +", 2)]
)
def test_however_it_fails(tmp_path: Path, source: str, line: int) -> None:
    error = failure(tmp_path, saved(tmp_path, code("1"), code(source)))
    assert error.where == f"docs/one.ipynb, cell 2, line {line}"


def test_text_has_lines_of_its_own(tmp_path: Path) -> None:
    notebook = text(tmp_path, PERCENT)
    assert [cell.line for cell in notebook.page.cells] == [11, 14, 19]
    assert notebook.page.declared.deps == ("data.csv",)
    error = failure(tmp_path, notebook)
    assert str(error).startswith("docs/two.py:21: NameError")
    assert "-> 21 | boom()" in str(error)
    node = notebook.executed(error.partial)
    assert [cell.cell_type for cell in node.cells] == ["markdown", "code", "code", "code", "code"]
    assert [cell.id for cell in node.cells] == ["cell-2", "cell-3", "cell-4", "cell-5", "cell-6"]
    assert failure(tmp_path, text(tmp_path, LIGHT)).where == "docs/two.py:15"


@pytest.mark.parametrize(
    "line", ["%matplotlib inline", "%%time", "!ls -l", "files = !ls", "x = %pwd", "print?"]
)
def test_what_only_ipython_knows_is_an_error(tmp_path: Path, line: str) -> None:
    with pytest.raises(ScanError, match="is for IPython") as caught:
        saved(tmp_path, code("1"), code(f"# First.\n{line}\ny = 1"))
    assert caught.value.where == "docs/one.ipynb, cell 2, line 2"
    with pytest.raises(ScanError, match="is for IPython") as caught:
        # In text, a magic is a comment.
        text(tmp_path, f"# %%\nx = 1\n\n# %%\ny = 1\n{'# ' if line[0] == '%' else ''}{line}\n")
    assert caught.value.where == "docs/two.py:6"


def test_python_is_no_magic(tmp_path: Path) -> None:
    notebook = saved(tmp_path, code("a = 7 % 4\nb = '%d?' % 3\n'''\n%time\n!ls\n'''\na != b"))
    assert len(notebook.page.cells) == 1


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "it is no notebook: "),
        ("[]", "it is no notebook in format 4"),
        ('{"nbformat": 3, "worksheets": []}', "it is no notebook in format 4"),
        ('{"nbformat": 4, "metadata": {}}', "it is no valid notebook"),
        ('{"nbformat": 4, "metadata": {}, "cells": [1]}', "it is no valid notebook"),
        ('{"nbformat": 4, "metadata": {}, "cells": [{"cell_type": "code"}]}', "no valid notebook"),
        (
            json.dumps({"nbformat": 4, "cells": [], "metadata": {"kernelspec": R}}),
            "only Python can be executed, not 'R'",
        ),
    ],
)
def test_what_is_no_notebook_is_an_error(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "x.ipynb").write_text(content)
    with pytest.raises(ScanError, match=message) as caught:
        read_notebook(tmp_path / "x.ipynb", "docs/x.ipynb")
    assert caught.value.where == "docs/x.ipynb"


def test_it_runs_again_when_what_it_used_has_changed(tmp_path: Path) -> None:
    def engine() -> Engine:
        return Engine(Settings(tmp_path), cache=tmp_path / ".cache")

    def notebook(last: str = "open('data.csv').read()", about: str = "Text") -> Notebook:
        front = prose("---\ndeps: ['*.txt']\n---", "raw")
        return saved(tmp_path, front, prose(about), code("x = 1"), code(last))

    (tmp_path / "data.csv").write_text("1")
    first = notebook()
    assert len(first.node.cells) == 3  # without its front matter
    engine().record(first.page)
    assert "would not run" in engine().why(notebook(about="Other text").page)
    assert "its cells changed" in engine().why(notebook("2").page)
    (tmp_path / "note.txt").write_text("declared")
    assert "+note.txt" in engine().why(notebook().page)
    (tmp_path / "note.txt").unlink()
    (tmp_path / "data.csv").write_text("2")
    assert "would run: data.csv" in engine().why(notebook().page)


def test_the_command_line_runs_notebooks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mkdocs.yml").write_text("site_name: Site\n")
    saved(tmp_path, code("1"))
    text(tmp_path, "x = 1\n")
    assert main(["run", "one.ipynb", "two.py"]) == 0
    assert capsys.readouterr().out.count("ran  ") == 2
    saved(tmp_path, code("1 / 0"))
    assert main(["run", "one.ipynb"]) == 1
    assert "one.ipynb, cell 1, line 1: ZeroDivisionError" in capsys.readouterr().err
    assert main(["check", "one.ipynb"]) == 1
    assert "only Markdown pages can be checked" in capsys.readouterr().err
