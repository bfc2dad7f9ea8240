"""Every Python block of the documentation runs as a reader runs it, outside the engine."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from markdown_it import MarkdownIt
from pytest_examples import CodeExample, EvalExample

import twotracks
from twotracks.execute import Cell, scan

if TYPE_CHECKING:
    from twotracks.execute.options import Options

ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / "docs").rglob("*.md"))
FILES = [*PAGES, *sorted(ROOT.glob("*.md"))]
# What the project's rules ask of its source, and an example need not have: types and docstrings,
# no print, no bare numbers, imports at the top and in order, and no last expression without a use.
RIGHT_ON_A_PAGE = ("ANN", "ARG", "B018", "D", "E402", "F811", "I", "PLR2004", "PT", "Q", "T20")
MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(twotracks.__path__, "twotracks.")
    if "flight_delay" not in module.name
)


def cells(path: Path) -> list[tuple[CodeExample, Options]]:
    """A page's executable cells, as the engine sees them."""
    page = scan(path.read_text(), str(path), ROOT)
    return [
        (
            CodeExample.create(
                cell.source + "\n", path=path, start_line=cell.line - 1, prefix="python"
            ),
            cell.options,
        )
        for cell in page.cells
    ]


def static_blocks(path: Path) -> list[CodeExample]:
    """The Python blocks that the build does not run."""
    found = []
    for token in MarkdownIt().parse(path.read_text()):
        words = token.info.split()
        if token.type == "fence" and words[:1] == ["python"] and "exec" not in words:
            assert token.map
            found.append(
                CodeExample.create(
                    token.content, path=path, prefix="python", start_line=token.map[0] + 1
                )
            )
    return found


def test_there_are_blocks_of_both_kinds() -> None:
    assert sum(len(cells(path)) for path in PAGES) > 20
    assert sum(len(static_blocks(path)) for path in FILES) >= 3


@pytest.mark.parametrize(
    "path", [path for path in PAGES if cells(path)], ids=lambda path: str(path.relative_to(ROOT))
)
def test_the_cells_of_a_page_run_as_one_program(
    path: Path, eval_example: EvalExample, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    sessions: dict[str, dict[str, Any]] = defaultdict(dict)
    for example, options in cells(path):
        names = sessions[options.session]
        if not options.expect:
            names |= eval_example.run(example, module_globals=dict(names))
            continue
        with pytest.raises(Exception) as error:  # noqa: PT011 - its name is compared
            exec(example.source, names)
        assert options.expect in [kind.__name__ for kind in error.type.__mro__]


@pytest.mark.parametrize(
    "example",
    [block for path in FILES for block in static_blocks(path)],
    ids=lambda example: f"{example.path.name}:{example.start_line}",
)
def test_a_static_block_runs_on_its_own(
    example: CodeExample, eval_example: EvalExample, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    (folder / "examples").symlink_to(ROOT / "examples")
    monkeypatch.chdir(folder)
    eval_example.run(example)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_blocks_are_clean(path: Path, eval_example: EvalExample) -> None:
    # A session is linted as the one program that it is; an inline value uses names as well.
    programs: dict[str, str] = defaultdict(str)
    for step in scan(path.read_text(), str(path), ROOT).steps:
        if isinstance(step, Cell):
            programs[step.options.session] += f"{step.source}\n"
        else:
            programs[""] += f"print(f'''{{ {step.text} }}''')\n"
    whole = [CodeExample.create(text, path=path, prefix="python") for text in programs.values()]
    eval_example.set_config(line_length=100, target_version="py310", ruff_ignore=[*RIGHT_ON_A_PAGE])
    for example in [*whole, *static_blocks(path)]:
        eval_example.lint_ruff(example)


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings_hold(name: str) -> None:
    if name.endswith("__main__"):
        return
    assert doctest.testmod(importlib.import_module(name)).failed == 0
