"""Every Python block of the documentation runs as a reader runs it, outside the engine."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from pytest_examples import CodeExample, EvalExample

import twotracks
from twotracks.check.lint import RIGHT_ON_A_PAGE, lint
from twotracks.check.prints import wrong_values
from twotracks.execute import scan
from twotracks.execute.configuration import project_of
from twotracks.execute.sessions import programs

ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / "docs").rglob("*.md"))
FILES = [*PAGES, *sorted(ROOT.glob("*.md"))]
MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(twotracks.__path__, "twotracks.")
    if "flight_delay" not in module.name
)


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
    assert sum(len(scan(path.read_text(), str(path)).cells) for path in PAGES) > 20
    assert sum(len(static_blocks(path)) for path in FILES) >= 3


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_cells_of_a_page_are_clean_and_their_values_right(path: Path) -> None:
    text = path.read_text()
    page = scan(text, str(path.relative_to(ROOT)), ROOT)
    for program in programs(page).values():
        assert not [str(problem) for problem in lint(text, program, ROOT)]
        assert wrong_values(program, project_of(path).settings) == []


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
def test_static_blocks_are_clean(path: Path, eval_example: EvalExample) -> None:
    eval_example.set_config(line_length=100, target_version="py310", ruff_ignore=[*RIGHT_ON_A_PAGE])
    for example in static_blocks(path):
        eval_example.lint_ruff(example)


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings_hold(name: str) -> None:
    if name.endswith("__main__"):
        return
    assert doctest.testmod(importlib.import_module(name)).failed == 0


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_block_copies_without_prompts(path: Path) -> None:
    fences = [token for token in MarkdownIt().parse(path.read_text()) if token.type == "fence"]
    cells = scan(path.read_text(), str(path), ROOT).cells
    for text in [*(fence.content for fence in fences), *(cell.shown for cell in cells)]:
        prompts = [line for line in text.splitlines() if line.startswith((">>> ", "... ", "$ "))]
        assert prompts == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_page_says_what_it_holds(path: Path) -> None:
    page = scan(path.read_text(), str(path), ROOT)
    assert page.title
    assert len(page.description) > 20
