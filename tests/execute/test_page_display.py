from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import pytest

from twotracks.execute import CellFailed
from twotracks.execute.outputs import Bundle, output_from_json, output_to_json

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from twotracks.execute import PageRecord
    from twotracks.execute.pool import Pool

PNG = base64.b64encode(b"png").decode()


def a_class(*methods: str) -> str:
    """A cell that shows an object with these methods."""
    return "\n    ".join(["class A:", *methods, "def __repr__(self): return 'a'"]) + "\nA()"


@pytest.mark.parametrize(
    ("source", "data"),
    [
        ("'text'", {"text/plain": "'text'"}),
        ("object()", {"text/plain": "<object at 0x...>"}),
        (
            a_class("def _repr_html_(self): return '<b>a</b>'"),
            {"text/html": "<b>a</b>", "text/plain": "a"},
        ),
        (
            a_class("def _repr_svg_(self): return '<svg/>'"),
            {"image/svg+xml": "<svg/>", "text/plain": "a"},
        ),
        (
            a_class("def _repr_png_(self): return b'png', {'width': 3}"),
            {"image/png": PNG, "text/plain": "a"},
        ),
        (
            a_class(
                "def _repr_mimebundle_(self, include=None, exclude=None):",
                "    return {'text/plain': 'mine', 'application/json': {'a': 1}}, {}",
                "def _repr_html_(self): return None",
            ),
            {"text/plain": "mine", "application/json": {"a": 1}},
        ),
        (a_class("def _repr_html_(self): raise NotImplementedError"), {"text/plain": "a"}),
        (
            a_class("def _repr_html_(self): return 'x'").removesuffix("()"),
            {"text/plain": "__main__.A"},
        ),
        (
            "from unittest.mock import MagicMock\nMagicMock(__repr__=lambda _: 'm')",
            {"text/plain": "m"},
        ),
    ],
)
def test_an_object_shows_itself_in_all_its_forms(
    shown: Callable[..., Any], source: str, data: dict[str, Any]
) -> None:
    (output,) = shown(source)
    assert output.result
    assert output.data == data


@pytest.mark.parametrize(
    ("source", "mime", "text"),
    [
        ("import pandas as pd\npd.DataFrame({'a': [1]})", "text/html", "<table"),
        ("import pandas as pd\npd.DataFrame({'a': [1]}).style", "text/html", 'id="T_style"'),
        ("import pandas as pd\npd.Series([1])", "text/plain", "dtype: int64"),
        (
            "from sklearn.linear_model import LinearRegression\nLinearRegression()",
            "text/html",
            "sk-container-id-1",
        ),
        ("from IPython.display import Markdown\nMarkdown('*a*')", "text/markdown", "*a*"),
        ("from IPython.display import Math\nMath('x^2')", "text/latex", "x^2"),
        (
            "from IPython.display import HTML, display\ndisplay(HTML('<i>a</i>'))",
            "text/html",
            "<i>a</i>",
        ),
    ],
)
def test_the_libraries_of_this_field_show_themselves(
    shown: Callable[..., Any], source: str, mime: str, text: str
) -> None:
    (output,) = shown(source)
    assert text in output.data[mime]
    assert "text/plain" in output.data


def test_none_shows_nothing(shown: Callable[..., Any]) -> None:
    assert shown("None") == ()
    assert shown("x = 1") == ()


def test_a_formatter_takes_the_place_of_an_objects_own_html(
    shown: Callable[..., Any], tmp_path: Path
) -> None:
    (tmp_path / "mine.py").write_text("def table(df): return f'<table>{len(df)}</table>'\n")
    source = "import pandas as pd\nclass Sub(pd.DataFrame): ...\nSub({'a': [1, 2]})"
    (output,) = shown(source, formatters={"pandas.DataFrame": "mine:table"})
    assert output.data["text/html"] == "<table>2</table>"
    with pytest.raises(Exception, match="mine has no function 'tabel'") as error:
        shown(source, formatters={"pandas.DataFrame": "mine:tabel"})
    assert "did you mean 'table'?" in str(error.value)


def test_figures_are_svg_and_the_open_ones_are_shown(shown: Callable[..., Any]) -> None:
    pytest.importorskip("matplotlib")
    source = """
        import matplotlib.pyplot as plt
        figure, axes = plt.subplots()
        print("before")
        plt.show()
        print("after")
        """
    outputs = shown(source)
    assert [type(output).__name__ for output in outputs] == ["Stream", "Bundle", "Stream"]
    assert "<svg" in outputs[1].data["image/svg+xml"]
    assert shown(source) == outputs
    assert len(shown("import matplotlib.pyplot as plt\nfigure, axes = plt.subplots()\nfigure")) == 1


def test_the_functions_of_ipython_are_the_pages_wherever_they_come_from(
    shown: Callable[..., Any], tmp_path: Path
) -> None:
    (tmp_path / "mine.py").write_text("from IPython.display import display as show\n")
    source = """
        from importlib.util import find_spec
        find_spec("IPython.core.display_functions")
        import mine
        mine.show([1])
        """
    (output,) = shown(source)
    assert output == Bundle({"text/plain": "[1]"})


def test_without_ipython_an_object_shows_its_repr(run: Callable[..., PageRecord]) -> None:
    text = """
        ```python exec
        import sys
        names = {"IPython", "IPython.lib", "IPython.lib.pretty"}
        sys.modules.update(dict.fromkeys(names))
        ```

        ```python exec
        display(object)
        list(range(50))
        ```
        """
    outputs = run(text).cells[1].outputs
    assert outputs == (
        Bundle({"text/plain": repr(object)}),
        Bundle({"text/plain": repr(list(range(50)))}, result=True),
    )


def test_a_number_needs_no_ipython(shown: Callable[..., Any], pool: Pool | None) -> None:
    source = "import sys\ndisplay('IPython' in sys.modules)\n42"
    assert [output.data["text/plain"] for output in shown(source)] == [str(pool is not None), "42"]


def test_a_name_that_was_not_displayed_cannot_be_updated(shown: Callable[..., Any]) -> None:
    with pytest.raises(CellFailed, match="displayed nothing of the id 'a'"):
        shown("from IPython.display import update_display\nupdate_display(1, display_id='a')")


def test_figures_of_a_cell_that_failed_stay_with_it(run: Callable[..., PageRecord]) -> None:
    pytest.importorskip("matplotlib")
    text = """
        ```python exec expect="ZeroDivisionError"
        import matplotlib.pyplot as plt
        figure, axes = plt.subplots()
        1 / 0
        ```

        ```python exec
        "next"
        ```
        """
    first, second = run(text).cells
    assert [type(output).__name__ for output in first.outputs] == ["Raised", "Bundle"]
    assert len(second.outputs) == 1


def test_metadata_goes_to_json_and_back(shown: Callable[..., Any]) -> None:
    source = "from IPython.display import Image\nImage(b'GIF8', format='gif', width=3, alt='a')"
    (output,) = shown(source)
    assert output.metadata == {"image/gif": {"width": 3, "alt": "a"}}
    assert output_from_json(output_to_json(output)) == output
