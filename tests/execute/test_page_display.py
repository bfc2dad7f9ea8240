from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

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
        """
    outputs = shown(source)
    assert [type(output).__name__ for output in outputs] == ["Stream", "Bundle"]
    assert "<svg" in outputs[1].data["image/svg+xml"]
    assert shown(source) == outputs
    assert len(shown("import matplotlib.pyplot as plt\nfigure, axes = plt.subplots()\nfigure")) == 1
