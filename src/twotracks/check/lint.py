"""Ruff on the cells of a page, with the project's own rules, at the page's lines."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

from twotracks.check.problem import CheckFailed
from twotracks.check.program import program_of
from twotracks.errors import TwoTracksError, require

if TYPE_CHECKING:
    from pathlib import Path

    from twotracks.execute import Page

# Rules that a page need not keep, whatever the project asks of its source.
RIGHT_ON_A_PAGE = {
    "ANN": "types are for who calls a function later; a cell is read here",
    "ARG": "an argument may be there because somebody calls it so",
    "B018": "the last expression of a cell is what it shows",
    "D": "the prose around a cell says what it is for",
    "E402": "an import stands where it is first needed",
    "F404": "so does one from __future__",
    "F811": "a later cell may define a name again, to show something",
    "I": "imports of a cell stand in the order in which they are explained",
    "INP": "a page is no module of a package",
    "PLR2004": "a number in an example is explained by the prose",
    "PT": "a cell that shows a test is none",
    "Q": "quotes are the formatter's business",
    "T20": "printing is how a cell shows something",
}
# What is no code of a cell is there for the names that it uses.
_NAMES = "F"
_FAILED = 2


def lint(text: str, page: Page, root: Path) -> list[CheckFailed]:
    """What ruff finds in the cells of a page, one problem each.

    Args:
        text: The page's file, for its indentation.
        page: What `scan` found in it.
        root: The project's folder, in which ruff looks for its rules.

    Raises:
        MissingPackages: ruff is not installed.
        TwoTracksError: ruff cannot work, such as with what its configuration says.
    """
    if not page.steps:
        return []
    require("check", "ruff")
    done = subprocess.run(
        [
            *(sys.executable, "-m", "ruff", "check", "--output-format", "json", "--no-cache"),
            *("--ignore", ",".join(RIGHT_ON_A_PAGE)),
            *("--stdin-filename", f"{page.path}.py", "-"),
        ],
        input=program_of(page, runs=False),
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
        encoding="utf-8",
    )
    if done.returncode >= _FAILED:
        raise TwoTracksError(f"ruff: {done.stderr.strip()}", where=page.path)
    margins = _margins(text, page)
    return [
        CheckFailed(
            f"{found['code'] or 'syntax'} {found['message']}",
            where=f"{page.path}:{row}:{found['location']['column'] + margins.get(row, 0)}",
        )
        for found in json.loads(done.stdout)
        if (row := found["location"]["row"]) in margins or str(found["code"]).startswith(_NAMES)
    ]


def _margins(text: str, page: Page) -> dict[int, int]:
    """How far each line of the cells is indented on the page."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return {
        number: len(lines[number - 1].rstrip()) - len(line.rstrip())
        for cell in page.cells
        if not cell.example
        for number, line in enumerate(cell.source.split("\n"), cell.line)
    }
