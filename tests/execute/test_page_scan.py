from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

from twotracks.execute import Page, ScanError, scan
from twotracks.execute.examples import Example, without_marks

if TYPE_CHECKING:
    from pathlib import Path


def read(text: str) -> Page:
    return scan(dedent(text).lstrip("\n"), "docs/page.md")


def test_cells_and_values_come_in_the_order_of_the_page_with_their_lines() -> None:
    page = read("""
        # Title `{python} before`

        ```python exec
        a = 1
        b = 2
        ```

        Now `{python} a + b:.2f`
        and `{python} a`.
        """)
    assert [(step.line, getattr(step, "text", "cell")) for step in page.steps] == [
        (1, "before"),
        (4, "cell"),
        (8, "a + b:.2f"),
        (9, "a"),
    ]
    assert page.cells[0].source == "a = 1\nb = 2"


@pytest.mark.parametrize(
    "text",
    [
        "```python exec\nif x:\n    y\n```",
        '~~~~ python exec="on"\nif x:\n    y\n~~~~',
        '`````{.python exec="on"}\nif x:\n    y\n`````',
        "```py exec title='a b'\nif x:\n    y\n```   ",
        '=== "Tab"\n\n    ```python exec\n    if x:\n        y\n    ```',
        "!!! note\n\n\t```python exec\n\tif x:\n\t    y\n\t```",
        "- a\n    - b\n\n        ```python exec\n        if x:\n            y\n        ```",
        "````python exec\nif x:\n    y\n````",
        "```python exec hide\nif x:\n    y\n```",
        "```{.python exec hide}\nif x:\n    y\n```",
        "> ```python exec\n> if x:\n>     y\n> ```",
        "```python exec\r\nif x:\r\n    y\r\n```\r\n",
        "---\ntitle: x\n---\n```python exec\nif x:\n    y\n```",
    ],
)
def test_a_cell_is_found_wherever_superfences_finds_one(text: str) -> None:
    assert [cell.source for cell in scan(text, "p.md").cells] == ["if x:\n    y"]


@pytest.mark.parametrize(
    "text",
    [
        "````markdown\n```python exec\n1/0\n```\n````",
        "````markdown\n```\n```python exec\n1/0\n```\n````",
        "~~~\n```python exec\n1/0\n```\n~~~",
        "```python\nexec = 1\n```",
        "```bash\npython exec\n```",
        "Write ```python exec``` or `{python}` or `` `{python} x` ``.",
        r"A tick \`{python} x` that is escaped.",
        "<!-- `{python} x` -->",
        "```text\n`{python} x`\n```",
    ],
)
def test_what_is_only_shown_is_not_run(text: str) -> None:
    assert scan(text, "p.md").steps == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('```python exec resut="text"\nx\n```', "docs/page.md:1: unknown option 'resut'"),
        ('```python exec resut="text"\nx\n```', "did you mean 'result'?"),
        ('\n```python exec result="txt"\nx\n```', "docs/page.md:2: unknown value 'txt'"),
        ("```python exec result=text\nx\n```", "docs/page.md:1: cannot read the options"),
        ("```python exec title\nx\n```", "option 'title' needs a value"),
        ('```python exec id="a b"\nx\n```', "'a b' cannot be the 'id'"),
        ('```python exec="maybe"\nx\n```', "unknown value 'maybe' of option 'exec'"),
        ('```python exec hide source="none"\nx\n```', "a hidden cell shows nothing"),
        ('```python exec region="a"\nx\n```', "docs/page.md:1: a region needs the file"),
        ('```python exec timeout="0.0"\nx\n```', "'0.0' cannot be the 'timeout'"),
        ('```python exec collapse source="tabbed"\nx\n```', "cannot be collapsed"),
        ('```python exec sesion="a"\nx\n```', "did you mean 'session'?"),
        ('```python exec html="1"\nx\n```', 'Write result="html".'),
        ("```bash exec\nls\n```", "only Python can be executed, not 'bash'"),
        ("```python exec\n\n  \n```", "docs/page.md:1: the cell is empty"),
        ("x\n\n```python exec\nx = 1\n", "docs/page.md:3: the cell is never closed"),
        ("- a\n\n    ```python exec\n  x = 1\n    ```\n", "indented less at line 4"),
        (
            '```python exec id="a"\nx\n```\n```python exec id="a"\nx\n```',
            "docs/page.md:4: id='a' is used twice",
        ),
        ("---\ntitle: '`{python} x`'\n---\n", "docs/page.md:2: an inline value cannot work"),
        ("---\nproducers: examples/a.py\n---\n", "docs/page.md:2: producers is a list"),
    ],
)
def test_what_cannot_be_meant_is_an_error_with_its_line(text: str, message: str) -> None:
    with pytest.raises(ScanError) as error:
        scan(text, "docs/page.md")
    assert message in str(error.value)


def test_the_front_matter_names_producers() -> None:
    page = read("""
        ---
        title: x
        producers:
          - examples/run.py
          - "package.module:function"
        ---
        """)
    assert [(p.name, p.line) for p in page.producers] == [
        ("examples/run.py", 4),
        ("package.module:function", 5),
    ]


def test_a_rule_at_the_top_is_no_front_matter() -> None:
    page = read("---\n\n- a: b: c\n\n---\n\n`{python} 1`\n")
    assert [inline.line for inline in page.inlines] == [7]


def test_a_value_may_be_wrapped_and_may_hold_a_pipe() -> None:
    page = read("It is `{python} a +\n    b` here.\n\n| `{python} a|b` | c |\n")
    assert [inline.text for inline in page.inlines] == ["a + b", "a|b"]


def test_an_option_may_stand_alone() -> None:
    options = read("```python exec hide\nx\n```\n").cells[0].options
    assert (options.source, options.result) == ("none", "none")
    assert read("```python exec collapse\nx\n```\n").cells[0].options.collapse == "code"
    given = 'session="b-1" timeout="2.5" source="tabbed" result="markdown"'
    options = read(f"```python exec {given}\nx\n```\n").cells[0].options
    assert (options.session, options.timeout) == ("b-1", 2.5)
    assert (options.source, options.result) == ("tabbed", "markdown")


EXAMPLE = """import math


def area(radius):
    # --8<-- [start:formula]
    square = radius**2
    return math.pi * square
    # --8<-- [end:formula]


# --8<-- [start:use]
area(2)
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "examples").mkdir()
    (tmp_path / "examples/area.py").write_text(EXAMPLE)
    (tmp_path / "examples/empty.py").write_text("\n")
    return tmp_path


def test_a_cell_may_come_from_an_example_file(root: Path) -> None:
    text = (
        '```python exec file="examples/area.py"\n```\n\n'
        '- in a list\n\n    ```python exec file="examples/area.py" region="formula"\n    ```\n'
    )
    whole, region = scan(text, "docs/page.md", root).cells
    assert whole.source == EXAMPLE.rstrip("\n")
    assert whole.example == Example("examples/area.py", 1)
    assert region.source == "square = radius**2\nreturn math.pi * square"
    assert region.example == Example("examples/area.py", 6)
    assert region.line == 7
    assert "start:" not in without_marks(whole.source)
    assert without_marks(whole.source).count("\n") == EXAMPLE.rstrip().count("\n") - 3


@pytest.mark.parametrize(
    ("options", "body", "message"),
    [
        ('file="examples/aera.py"', "", "docs/page.md:1: there is no file 'examples/aera.py'"),
        ('file="examples/aera.py"', "", "did you mean 'examples/area.py'?"),
        ('file="example/area.py"', "", "did you mean 'examples/area.py'?"),
        ('file="../x.py"', "", "is not in the project"),
        ('file="examples/area.txt"', "", "cannot be the 'file' of a cell"),
        ('file="examples/empty.py"', "", "there is no code in examples/empty.py"),
        ('file="examples/area.py"', "x\n", "has code of its own"),
        ('file="examples/area.py" region="formla"', "", "did you mean 'formula'?"),
        ('file="examples/area.py" region="use"', "", "the region 'use' of examples/area.py has no"),
    ],
)
def test_an_example_that_is_not_there_is_an_error(
    root: Path, options: str, body: str, message: str
) -> None:
    with pytest.raises(ScanError) as error:
        scan(f"```python exec {options}\n{body}```\n", "docs/page.md", root)
    assert message in str(error.value)
