"""What a page's code needs, how that is said, and what goes with it."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from textwrap import dedent
from typing import TYPE_CHECKING

import nbformat
import pytest

from twotracks.errors import TwoTracksError
from twotracks.execute import Engine, ScanError, Settings, scan
from twotracks.execute.carried import carried_by
from twotracks.execute.exported import notebook_of
from twotracks.execute.needs import Needs, needs_of
from twotracks.execute.script import script_of
from twotracks.execute.wheel import Wheel, wheel_of

if TYPE_CHECKING:
    from pathlib import Path

WHEEL = Wheel(
    "my-tool",
    "1.2",
    "https://example.org/docs/",
    ">=3.11",
    {"my_tool.fast": "fast", "my_tool.fast.gpu": "fast,gpu"},
)
ADDRESS = "https://example.org/docs/packages/my_tool-1.2-py3-none-any.whl"


def needs(text: str, wheel: Wheel | None = None, **carried: str) -> tuple[str, ...]:
    return needs_of(scan(dedent(text), "page.md"), carried, wheel).requirements


@pytest.mark.parametrize(
    ("code", "named"),
    [
        ("import json, os.path", []),
        ("import pandas as pd", ["pandas"]),
        ("from sklearn.linear_model import LinearRegression", ["scikit-learn"]),
        ("def later():\n    import yaml", ["pyyaml"]),
        ("import nowhere_to_be_found", []),
    ],
)
def test_the_distribution_of_each_import_is_named(code: str, named: list[str]) -> None:
    assert list(needs(f"```python exec\n{code}\n```\n")) == named


def test_the_projects_own_modules_are_its_wheel_with_the_extras_that_they_need() -> None:
    def own(*imports: str) -> str:
        (requirement,) = needs("```python exec\n" + "\n".join(imports) + "\n```\n", WHEEL)
        return requirement

    assert own("import my_tool.fast.run") == f"my-tool[fast] @ {ADDRESS}"
    assert own("from my_tool.fast import gpu, run") == f"my-tool[fast,gpu] @ {ADDRESS}"
    assert own("import my_tool.faster") == f"my-tool @ {ADDRESS}"


def test_front_matter_and_what_goes_with_the_page_count() -> None:
    page = """\
    ---
    needs: [matplotlib]
    producers: ["my_tool.fast.make:all"]
    ---

    ```python exec
    1
    ```
    """
    assert needs(page, WHEEL, **{"run.py": "import numpy"}) == (
        "matplotlib",
        f"my-tool[fast] @ {ADDRESS}",
        "numpy",
    )


def test_the_block_is_inline_script_metadata() -> None:
    block = Needs(("pandas", f"my-tool[fast] @ {ADDRESS}"), ">=3.11").block
    first, *lines, last = block.split("\n")
    assert (first, last) == ("# /// script", "# ///")
    assert tomllib.loads("\n".join(line[2:] for line in lines)) == {
        "requires-python": ">=3.11",
        "dependencies": ["pandas", f"my-tool[fast] @ {ADDRESS}"],
    }
    assert "dependencies = []" in Needs().block


def test_commands_in_text_name_the_wheel() -> None:
    text = 'Run `pip install "my-tool[fast]" x`.\n\n    pip install "my-tool"\n\n"my-tool" stays.\n'
    assert WHEEL.named(text) == (
        f'Run `pip install "my-tool[fast] @ {ADDRESS}" x`.\n\n'
        f'    pip install "my-tool @ {ADDRESS}"\n\n"my-tool" stays.\n'
    )


def project(root: Path, configuration: str, pyproject: str = "") -> Path:
    (root / "mkdocs.yml").write_text(dedent(configuration))
    if pyproject:
        (root / "pyproject.toml").write_text(dedent(pyproject))
    return root


CONFIGURED = """
site_name: Site
site_url: https://example.org/docs
plugins:
  - twotracks: {wheel: true, extras: {my_tool.fast: fast}}
"""


def test_a_projects_wheel_is_known_from_its_files(tmp_path: Path) -> None:
    declared = '[project]\nname = "my-tool"\nversion = "1.2"\nrequires-python = ">=3.11"\n'
    found = wheel_of(project(tmp_path, CONFIGURED, declared))
    assert found
    assert found.requirement(["fast"]) == f"my-tool[fast] @ {ADDRESS}"
    assert wheel_of(project(tmp_path, "site_name: Site\n")) is None


@pytest.mark.parametrize(
    ("configuration", "pyproject", "message"),
    [
        (CONFIGURED, "", "pyproject.toml: wheel: true needs the name and the version"),
        (
            CONFIGURED,
            '[project]\nname = "x"\ndynamic = ["version"]\n',
            "the version of the project",
        ),
        (
            "site_name: Site\nplugins: [{twotracks: {wheel: true}}]\n",
            '[project]\nname = "x"\nversion = "1"\n',
            "nothing says where the site is",
        ),
    ],
)
def test_a_wheel_that_nobody_can_name_is_an_error(
    tmp_path: Path, configuration: str, pyproject: str, message: str
) -> None:
    with pytest.raises(TwoTracksError, match=message):
        wheel_of(project(tmp_path, configuration, pyproject))


PAGE = """\
---
producers: [examples/make.py]
files: [data/words.txt]
---

```python exec
from pathlib import Path

from twotracks.execute import produced

print(produced("examples/make.py"), Path("data/words.txt").read_text())
```
"""
MAKE = """\
# /// script
# dependencies = []
# ///

print('''it's''' + "\\\\t")
"""


def test_files_go_with_the_script_and_the_notebook(tmp_path: Path) -> None:
    root, empty = tmp_path / "project", tmp_path / "empty"
    for folder in (root / "examples", root / "data", empty):
        folder.mkdir(parents=True)
    (root / "examples/make.py").write_text(MAKE)
    (root / "data/words.txt").write_text("no '''end'''")
    page = scan(PAGE, "docs/page.md")
    record = Engine(Settings(root)).record(page)
    carried = carried_by(page, root)
    script = script_of(PAGE, page, record, needs=Needs(), carried=carried)
    (empty / "page.py").write_text(script)
    done = subprocess.run(
        [sys.executable, "page.py"], cwd=empty, capture_output=True, text=True, check=True
    )
    assert done.stdout == "it's\\t\n no '''end'''\n"
    assert (empty / "data/words.txt").read_text() == "no '''end'''"
    assert script.count("# /// script") == 1
    notebook = nbformat.reads(
        notebook_of(PAGE, page, record, needs=Needs(), carried=carried), as_version=4
    )
    nbformat.validate(notebook)
    assert [cell.cell_type for cell in notebook.cells] == ["markdown", "code", "code"]


def test_what_is_there_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data/words.txt").write_text("theirs")
    page = scan("```python exec\nprint(open('data/words.txt').read())\n```\n", "page.md")
    record = Engine(Settings(tmp_path)).record(page)
    script = script_of("", page, record, carried={"data/words.txt": "ours"})
    (tmp_path / "page.py").write_text(script)
    done = subprocess.run(
        [sys.executable, "page.py"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout == "theirs\n"


@pytest.mark.parametrize("name", ["missing.txt", "../outside.txt"])
def test_a_file_that_cannot_go_with_the_script_is_an_error(tmp_path: Path, name: str) -> None:
    page = scan(f"---\nfiles: [{name}]\n---\n", "page.md")
    with pytest.raises(ScanError, match=r"page\.md: .*(cannot take|not in the project)"):
        carried_by(page, tmp_path)
