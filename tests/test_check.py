"""`twotracks check`: what is found wrong with pages, and what it corrects."""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

from twotracks.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

VALUES = """\
# Values

```python exec
from __future__ import annotations

def later():
    return name


print(1)
```

- In a list:

    ```python exec
    name = "x"
    print(
        later(),
        {2, 1},
    )
    #> old
    if name:
        print("two\\nlines")  # a comment
        #>  old
        #> older
    for n in range(2):
        print(n)
        # > 1
    # > 9 is no value, because nothing is printed above
    print("not checked")
    text = '''
    #> no comment
    '''
    ```

> ```python exec expect="ZeroDivisionError"
> print(1); print(object())
> #>
> 1 / 0
> ```
"""


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "pages").mkdir()
    (tmp_path / "mkdocs.yml").write_text("site_name: Site\ndocs_dir: pages\nplugins: [twotracks]\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def write(root: Path) -> Callable[..., Path]:
    def write(name: str, text: str) -> Path:
        path = root / "pages" / name
        path.write_text(dedent(text))
        return path

    return write


def test_all_pages_below_the_folder_are_checked_and_told(
    write: Callable[..., Path], root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (root / "helper.py").write_text("NAME = 'of the project'\n")
    write("good.md", "```python exec\nfrom helper import NAME\n\nprint(NAME)\nNAME\n```\n")
    write("bad.md", "```python exec\n1 / 0\n```\n")
    write("worse.md", "```python exec resutl='text'\n1\n```\n")
    write("prose.md", "Words.\n")
    assert main(["check"]) == 1
    shown = capsys.readouterr()
    assert shown.out.splitlines() == [
        "failed  pages/bad.md",
        "right   pages/good.md",
        "right   pages/prose.md",
        "failed  pages/worse.md",
    ]
    assert "pages/bad.md:2: ZeroDivisionError: division by zero" in shown.err
    assert "pages/worse.md:1: unknown option 'resutl'" in shown.err
    assert main(["check", "pages/good.md"]) == 0
    assert not (root / ".cache").exists()


def test_a_page_that_shows_something_else_again_is_told_with_a_difference(
    write: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    write("page.md", "```python exec\nimport os\n\n1\n```\n\nPid `{python} os.getpid()`.\n")
    assert main(["run", "pages/page.md"]) == 0
    assert main(["check"]) == 1
    told = capsys.readouterr().err
    assert "pages/page.md: a fresh run gives something else than the page shows" in told
    assert "--- what the page shows\n+++ a fresh run" in told
    assert "\n-line 7, {python} os.getpid(): " in told
    assert "cell 1, line 2" in told


def test_a_page_whose_script_does_other_things_is_told(
    write: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    write("other.md", "```python exec\nprint(1)\nprint(__file__.endswith('.md'))\n```\n")
    write("fails.md", "```python exec\nassert __file__.endswith('.md')\n```\n")
    write("folder.md", "```python exec\nimport tempfile\n\nprint(tempfile.mkdtemp())\n```\n")
    write("child.md", "```python exec\nimport os\n\nprint(1)\nos.system('echo 2')\nprint(3)\n```\n")
    assert main(["check"]) == 1
    shown = capsys.readouterr()
    assert "right   pages/folder.md" in shown.out
    assert "right   pages/child.md" in shown.out
    assert "pages/other.md: as a script it does not print what the page shows" in shown.err
    assert "\n 1\n-True\n+False" in shown.err
    assert "pages/fails.md: as a script: the process ended with exit status 1" in shown.err
    assert "in fails.py" in shown.err or '"fails.py"' in shown.err


def test_values_under_prints_are_checked_and_corrected(
    write: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    path = write("page.md", VALUES)
    assert main(["check"]) == 1
    told = capsys.readouterr().err
    assert "pages/page.md:21: this is not what is printed" in told
    assert "-#> old\n+#> x {1, 2}" in told
    assert "pages/page.md:24: this is not" in told
    assert "pages/page.md:28: this is not" in told
    assert "pages/page.md:38: this is not" in told
    assert told.count("this is not what is printed") == 4
    assert path.read_text() == VALUES

    mode = path.stat().st_mode
    assert main(["check", "--update"]) == 0
    assert capsys.readouterr().out == "updated pages/page.md\n"
    right = (
        VALUES.replace("    #> old\n    if", "    #> x {1, 2}\n    if")
        .replace("        #>  old\n        #> older\n", "        #> two\n        #> lines\n")
        .replace("        # > 1\n", "        # > 0\n        # > 1\n")
        .replace("> #>\n", "> #> 1\n> #> <object object at 0x...>\n")
    )
    assert path.read_text() == right
    assert path.stat().st_mode == mode
    assert [file.name for file in path.parent.iterdir()] == ["page.md"]
    assert main(["check"]) == 0


def test_the_ends_of_lines_and_tabs_stay_when_values_are_corrected(
    write: Callable[..., Path],
) -> None:
    path = write("page.md", "")
    text = (
        "\ufeff- item\r\n\r\n\t```python exec\r\n\tprint(2)\r\n\t#> 1\r\n\t#> 1\r\n\t```\r\nend\r\n"
    )
    path.write_bytes(text.encode())
    assert main(["check", "--update"]) == 0
    assert path.read_bytes().decode() == text.replace("\t#> 1\r\n\t#> 1", "\t#> 2")


def test_a_value_that_nothing_prints_is_wrong(
    write: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    path = write("page.md", "```python exec\nx = 1\n#> 1\nprint(x)\n#> 1\n```\n")
    assert main(["check"]) == 1
    assert "pages/page.md:3: this is not" in capsys.readouterr().err
    assert main(["check", "--update"]) == 0
    assert path.read_text() == "```python exec\nx = 1\nprint(x)\n#> 1\n```\n"


def test_cells_are_linted_at_their_lines_by_the_projects_rules(
    write: Callable[..., Path], root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(
        "page.md",
        """\
        # Page

        === "Tab"

            ```python exec
            import os
            import json
            import sys
            ```

        Python `{python} sys.version_info[0]`.

        ```python exec
        def f(x):
            return json.dumps(x)


        print(f(1))
        f(1)
        ```

        ```python exec expect="NameError"
        missing
        ```

        ```python exec expect="SyntaxError"
        1 +
        ```
        """,
    )
    assert main(["check"]) == 0
    assert main(["check", "--lint"]) == 1
    told = capsys.readouterr().err.split()
    assert [word for word in told if word.startswith("pages/")] == [
        "pages/page.md:6:12:",
        "pages/page.md:23:1:",
    ]
    assert {"F401", "F821"} <= set(told)
    (root / "ruff.toml").write_text("[lint]\nselect = ['N', 'D', 'T20', 'B018']\n")
    assert main(["check", "--lint"]) == 0
    (root / "ruff.toml").write_text("broken")
    assert main(["check", "--lint"]) == 1
    assert "pages/page.md: ruff: " in capsys.readouterr().err


def test_a_project_without_pages_says_so(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check"]) == 1
    assert "there are no pages in" in capsys.readouterr().err
    assert main(["check", "pages/none.md"]) == 1


def test_each_session_is_checked_as_a_program_of_its_own(
    write: Callable[..., Path], root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (root / "area.py").write_text("def area(x):\n    return x * x\n\n\nprint('loaded')\n" * 2)
    path = write(
        "page.md",
        """\
        ```python exec
        x = 1
        ```

        ```python exec session="second" file="area.py"
        ```

        ```python exec session="second"
        print(area(3), "x" in globals())
        #> 9
        ```

        ```python exec
        print(x)
        #> 1
        ```
        """,
    )
    assert main(["check", "--lint"]) == 1
    told = capsys.readouterr().err
    assert told.count("pages/page.md:") == 1
    assert "pages/page.md:10: this is not what is printed" in told
    assert main(["check", "--update", "--lint"]) == 0
    assert "    #> 9 False" not in path.read_text()
    assert "#> 9 False\n" in path.read_text()
    path.write_text(path.read_text().replace("print(x)", "print(area(2))"))
    assert main(["check", "--lint"]) == 1
    assert "F821 Undefined name `area`" in capsys.readouterr().err


def test_a_producer_runs_once_for_a_page_and_its_script(
    write: Callable[..., Path], root: Path
) -> None:
    (root / "once.py").write_text("import time\n\nprint(time.time_ns())\n")
    page = """\
        ---
        producers: [once.py]
        ---

        ```python exec
        from twotracks.execute import produced

        print(produced("once.py"))
        ```
        """
    write("one.md", page)
    write("two.md", page)
    # The script would print another number if the producer ran again for it.
    assert main(["check"]) == 0
