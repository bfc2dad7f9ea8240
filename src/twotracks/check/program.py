"""A page as one Python program whose lines are those of the page, so that messages fit it."""

from __future__ import annotations

import ast
import builtins
from typing import TYPE_CHECKING

from twotracks.execute.scan import Cell
from twotracks.execute.script import futures, indented, names, parsed, without_futures

if TYPE_CHECKING:
    from twotracks.execute.scan import Inline, Page


def program_of(page: Page, *, runs: bool) -> str:
    """The cells and the inline values of a page, each on its lines, and blank lines elsewhere.

    What is no Python, because a `SyntaxError` is expected of it, is left out.

    Args:
        page: What `scan` found.
        runs: Whether the program is to run to its end: then what a cell expects is caught. Without
            it, the program is for somebody who reads it.
    """
    lines: dict[int, list[str]] = {}
    cells = page.cells
    first: list[str] = []
    steps: list[Cell | Inline] = [*cells, *page.inlines]
    for step in steps:
        if not isinstance(step, Cell):
            quotes = "'''" if '"' in step.text else '"""'
            lines.setdefault(step.line, []).append(f"f{quotes}{{ {step.text}}}{quotes}")
            continue
        source = step.source
        tree = parsed(source)
        if tree is None:
            continue
        if step.example:  # elsewhere, and longer than its fence
            lines[step.line] = [_on_one_line(step, tree, runs=runs)]
            continue
        if runs:
            first += futures(source)
            source = without_futures(source)
        end = step.line + source.count("\n") + 1
        if runs and step.options.expect:
            # The lines of its fence are free; that it raises the right one is known elsewhere.
            lines[step.line - 1] = ["try:"]
            lines[end] = ["except BaseException: pass"]
            source = indented(source)
        for number, line in enumerate(source.split("\n"), step.line):
            lines[number] = [line]
    if first:
        lines[1] = [f"from __future__ import {', '.join(first)}", *lines.get(1, [])]
    last = max(lines, default=0)
    return "\n".join("; ".join(lines.get(number, [])) for number in range(1, last + 1)) + "\n"


def _on_one_line(cell: Cell, tree: ast.Module, *, runs: bool) -> str:
    """What runs a cell, or stands for the names that it binds."""
    if not runs:
        bound = names(tree)
        binding = [f"{' = '.join(sorted(bound))} = None"] if bound else []
        return "; ".join([*sorted(_used(tree) - bound), *binding])
    # With the name of its own file, so that what it prints is not taken for the page's.
    path = cell.example.path if cell.example else ""
    call = f"exec(compile({cell.source!r}, {path!r}, 'exec'), globals())"
    if not cell.options.expect:
        return call
    caught = f"try:\n    {call}\nexcept BaseException: pass"
    return f"exec({caught!r})"


def _used(tree: ast.Module) -> set[str]:
    """The names that code takes from elsewhere, or binds in a way that `names` does not see."""
    inside = {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    loaded = {
        node.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    }
    return loaded - inside - vars(builtins).keys()
