"""What a page's prints give, against the `#> value` comments that stand under them.

pytest-examples runs the page, as one program in a process of its own, and notes what each `print`
was given. A comment is what it checks; a print without one is nobody's business.
"""

from __future__ import annotations

import ast
import builtins
import io
import json
import re
import sys
import tokenize
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from twotracks.check.problem import CheckFailed, unified
from twotracks.check.program import program_of
from twotracks.errors import require
from twotracks.execute.display import normalised
from twotracks.execute.process import run_python
from twotracks.execute.script import parsed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twotracks.execute import Page, Settings
    from twotracks.execute.scan import Cell

# The second is what ruff's formatter makes of the first.
_MARK = re.compile(r"\s*(?P<mark>#>|# >)")

# The lines of a page on which prints stand, and what they printed, in the order of the run.
Printed = list[tuple[int, str]]


@dataclass(frozen=True)
class Values:
    """The comments under one print.

    Attributes:
        first: The page's line of the first of them.
        comments: As they stand in the cell.
        right: As they should.
    """

    first: int
    comments: tuple[str, ...]
    right: tuple[str, ...]


def wrong_values(page: Page, settings: Settings) -> list[Values]:
    """The comments of a page that do not say what is printed.

    Raises:
        CheckFailed: The page did not run to its end.
        MissingPackages: pytest-examples is not installed.
    """
    if not any(_comments(cell) for cell in page.cells):
        return []
    require("check", "pytest_examples")
    printed = _printed(page, settings)
    found = [values for cell in page.cells for values in _values(cell, printed)]
    return [values for values in found if values.comments != values.right]


def described(values: Values, path: str) -> CheckFailed:
    """Wrong comments as a message."""
    return CheckFailed(
        "this is not what is printed",
        where=f"{path}:{values.first}",
        fix="Correct it, or let `twotracks check --update` do so.",
        details=unified(values.comments, values.right, ("what the page says", "what is printed")),
    )


def corrected(raw: str, wrong: list[Values], path: str) -> str:
    """The text of a page with the right comments; nothing else changes.

    Args:
        raw: The file as it is, with its own line ends.
        wrong: What `wrong_values` gave.
        path: How messages name the page.

    Raises:
        CheckFailed: A comment is not where the cell is.
    """
    pieces = re.split(r"(\r\n|\r|\n)", raw)
    lines, ends = pieces[::2], [*pieces[1::2], ""]
    for values in sorted(wrong, key=lambda values: -values.first):
        begin = values.first - 1
        end = begin + len(values.comments)
        for line, comment in zip(lines[begin:end], values.comments, strict=True):
            if not line.rstrip().endswith(comment):
                raise CheckFailed(
                    "cannot correct a value that stands elsewhere", where=f"{path}:{values.first}"
                )
        # What the fence is indented with, or quoted.
        prefix = lines[begin].rstrip().removesuffix(values.comments[0])
        lines[begin:end] = [prefix + comment for comment in values.right]
        ends[begin:end] = [ends[begin]] * len(values.right)
    return "".join(line + end for line, end in zip(lines, ends, strict=True))


def _comments(cell: Cell) -> list[tuple[int, str, list[str]]]:
    """The comments of a cell that look like values and stand together.

    Of each such group the line in the cell, what each of its lines begins with, and its lines.
    """
    found: list[tuple[int, str, list[str]]] = []
    if cell.example or parsed(cell.source) is None:
        return found
    for token in tokenize.generate_tokens(io.StringIO(cell.source).readline):
        mark = _MARK.match(token.line) if token.type == tokenize.COMMENT else None
        if mark is None:
            continue
        line, number = token.line.rstrip(), token.start[0]
        first, begin, lines = found[-1] if found else (0, "", [])
        if first + len(lines) == number and begin == mark[0]:
            lines.append(line)
        else:
            found.append((number, mark[0], [line]))
    return found


def _values(cell: Cell, printed: Printed) -> Iterator[Values]:
    groups = _comments(cell)
    # A print is found by its first line, and its value stands under its last.
    ends = {
        node.lineno: node.end_lineno
        for node in ast.walk(ast.parse(cell.source) if groups else ast.Module([], []))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "print"
    }
    for first, begin, lines in groups:
        if begin.endswith("# >") and first - 1 not in ends.values():
            continue  # words that happen to look like the formatter's mark
        right = [
            f"{begin} {line}".rstrip()
            for place, text in printed
            if ends.get(place - cell.line + 1) == first - 1
            for line in text.split("\n")
        ]
        yield Values(cell.line + first - 1, tuple(lines), tuple(right))


def _printed(page: Page, settings: Settings) -> Printed:
    """What the page prints, and where, from a process of its own."""
    with TemporaryDirectory(prefix="twotracks-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        program, result = folder / "page.py", folder / "printed.json"
        program.write_text(program_of(page, runs=True), encoding="utf-8")
        ended = run_python(
            ["-m", "twotracks.check.prints", str(program), str(result)],
            root=settings.root,
            folder=folder,
            timeout=settings.timeout,
            memory=settings.memory,
            environment={},
        )
        if ended.status != 0:
            raise CheckFailed(
                f"its values cannot be checked: {ended.why(settings.timeout)}",
                where=page.path,
                details=ended.last_words().replace(str(program), page.path),
            )
        found: Printed = [tuple(pair) for pair in json.loads(result.read_text(encoding="utf-8"))]
        return found


def main(program: Path, result: Path) -> None:
    """Run a program, and write what its prints were given."""
    from pytest_examples import CodeExample  # noqa: PLC0415 - for this process only
    from pytest_examples.config import ExamplesConfig  # noqa: PLC0415
    from pytest_examples.run_code import run_code  # noqa: PLC0415

    vars(builtins)["display"] = lambda *_: None
    noted, _ = run_code(
        example=CodeExample.create(program.read_text(encoding="utf-8"), path=program),
        python_file=program,
        loader=None,
        config=ExamplesConfig(),
        enable_print_mock=True,
        print_callback=None,
        include_print=None,
        module_globals=None,
        call=None,
    )
    printed = [(one.line_no, normalised(str(one))) for one in noted.print_statements()]
    result.write_text(json.dumps(printed), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
