"""A page as a script: what it says, and that it does what the page did."""

from __future__ import annotations

import ast
import subprocess
import sys
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

from twotracks.execute import Engine, PageRecord, Settings, scan
from twotracks.execute.outputs import CellRecord
from twotracks.execute.script import script_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def script(tmp_path: Path) -> Callable[..., str]:
    """The script of a page's text, which must be Python."""

    def script(text: str, address: str = "") -> str:
        text = dedent(text)
        page = scan(text, "docs/page.md")
        made = script_of(text, page, Engine(Settings(tmp_path)).record(page), address)
        ast.parse(made)
        return made

    return script


def printed(script: str, folder: Path, status: int = 0) -> str:
    (folder / "page.py").write_text(script)
    done = subprocess.run(
        [sys.executable, "page.py"], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == status, done.stderr
    return done.stdout


def test_prose_becomes_comments_and_cells_stay(script: Callable[..., str]) -> None:
    page = """\
    ---
    title: Left out
    ---

    # A heading

    A paragraph that is long enough that it has to be wrapped, because it does not fit on
    one line. `{python} n:.1f` is a value, and `{python} "a"` another; `{python}` is none.

    - `{python} n:.1f` in
      a list

    ```python exec
    n = 2
    n
    ```

    ````markdown
    ```python exec
    not, run
    `{python} n:.1f`
    ```
    ````

    The end.
    """
    page = page.replace(
        "    # A heading", "    ```python exec\n    n = 1.25\n    ```\n\n    # A heading"
    )
    page = page.replace("    n = 2\n    n\n", "    n * 2\n")
    assert script(page, "https://example.org/page/") == dedent("""\
    # From the page docs/page.md
    # https://example.org/page/

    n = 1.25

    # # A heading
    #
    # A paragraph that is long enough that it has to be wrapped, because it does
    # not fit on one line. 1.2 is a value, and a another; `{python}` is none.
    #
    # - 1.2 in
    #   a list

    print(n * 2)

    # ````markdown
    # ```python exec
    # not, run
    # `{python} n:.1f`
    # ```
    # ````
    #
    # The end.
    """)


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ("1 + 1", "2\n"),
        ("x = 1", ""),
        ("None", ""),
        ("[].append(1)", ""),
        ("a = 1; a  # a comment", "1\n"),
        ("1, 2", "(1, 2)\n"),
        ("*[1, 2], 3", "(1, 2, 3)\n"),
        ("(\n    1\n    + 2\n)", "3\n"),
        ('"ü" * 2', "üü\n"),
        ('"""two\nlines"""', "two\nlines\n"),
        ("sum(n for n in range(3))", "3\n"),
        ("(n for n in 'ab').__next__()", "a\n"),
        ("print('printed', end='')", "printed\n"),
        ("print('printed', end='')\n5", "printed\n5\n"),
        ("if True:\n    1", ""),
        ("display(1, 2)", "1 2\n"),
        ("def display(x): print('own', x)\ndisplay(1)", "own 1\n"),
    ],
)
def test_a_last_expression_is_printed_if_the_page_shows_it(
    cell: str, shown: str, script: Callable[..., str], tmp_path: Path
) -> None:
    made = script(f"```python exec\n{cell}\n```\n")
    if "own" not in cell and "display" in cell:
        assert "from IPython.display import display" in made
        made = made.replace("from IPython.display", "from nowhere")
    assert printed(made, tmp_path) == shown


def test_what_is_not_shown_is_not_printed_but_runs(
    script: Callable[..., str], tmp_path: Path
) -> None:
    text = '```python exec source="none" result="none"\nx = 3\nx\n```\n\n```python exec\nx\n```\n'
    assert printed(script(text), tmp_path) == "3\n"


def test_expected_exceptions_do_not_end_the_script(
    script: Callable[..., str], tmp_path: Path
) -> None:
    text = """\
    ```python exec
    class Odd(ValueError):
        pass
    ```

    ```python exec expect="Odd"
    text = '''
    kept as it is'''
    raise Odd(text)
    ```

    ```python exec expect="JSONDecodeError"
    import json as j

    j.loads("{")
    ```

    ```python exec expect="json.decoder.JSONDecodeError"
    j.loads("{")
    ```

    ```python exec expect="SyntaxError"
    1 +
    ```

    ```python exec expect="SystemExit"
    raise SystemExit(3)
    ```

    ```python exec
    text
    ```
    """
    made = script(text)
    assert "except Odd as" in made
    lines = printed(made, tmp_path).splitlines()
    names = [line.partition(":")[0] for line in lines if ": " in line]
    assert names == ["Odd", *["JSONDecodeError"] * 2, "SyntaxError", "SystemExit"]
    assert lines[-1] == "kept as it is"
    for done in ("raise Odd(text)", 'j.loads("{")', "raise SystemExit(3)"):
        printed(made.replace(done, "pass", 1), tmp_path, status=1)


def test_another_exception_than_the_expected_one_ends_the_script(
    script: Callable[..., str], tmp_path: Path
) -> None:
    for name in ("ZeroDivisionError", "JSONDecodeError"):
        cell = "1 / 0" if name[0] == "Z" else 'import json\njson.loads("{")'
        made = script(f'```python exec expect="{name}"\n{cell}\n```\n')
        printed(made.replace(cell.rsplit("\n", 1)[-1], "[][0]"), tmp_path, status=1)


def test_imports_from_the_future_come_first(script: Callable[..., str], tmp_path: Path) -> None:
    text = """\
    ```python exec
    display(1)
    ```

    ```python exec
    from __future__ import annotations

    def f(x: NotThere): ...
    ```

    ```python exec
    from __future__ import division; 3
    ```
    """
    made = script(text)
    assert made.index("from __future__ import annotations, division") < made.index("try:")
    assert printed(made, tmp_path) == "1\n3\n"


def test_cells_in_lists_tabs_and_quotes_are_found(
    script: Callable[..., str], tmp_path: Path
) -> None:
    text = """\
    === "Tab"

        Words.

        ```python exec
        a = 1
        ```

    - item

    \t~~~python exec
    \ta + 1
    \t~~~

    > ```python exec
    > a + 2
    > ```
    > Quoted.
    """
    made = script(text)
    assert printed(made, tmp_path) == "2\n3\n"
    assert "~~~" not in made
    assert "```" not in made
    assert made.endswith("# > Quoted.\n")


def test_a_value_is_put_where_it_stands_and_nowhere_else(script: Callable[..., str]) -> None:
    text = (
        "`{python} 1` and `{python} 2` and `{python} 1`, `{python} 0\nor 3`. ``{python} 1``\n"
        "\nSome `code that\nis` wrapped, `` `{python} 1` `` gives `{python} 1`, \\`{python} 1`.\n"
    )
    assert script(text).endswith(
        "# 1 and 2 and 1, 3. ``{python} 1``\n#\n"
        "# Some `code that is` wrapped, `` `{python} 1` `` gives 1, \\`{python} 1`.\n"
    )


def test_a_record_of_another_page_is_refused() -> None:
    page = scan("```python exec\n1\n```\n", "a.md")
    other = PageRecord("a.md", (CellRecord("1", 2), CellRecord("2", 6)))
    with pytest.raises(ValueError, match="longer"):
        script_of("```python exec\n1\n```\n", page, other)
