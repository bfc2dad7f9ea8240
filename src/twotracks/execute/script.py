"""A page as a Python script: its prose as comments, its cells as they are."""

from __future__ import annotations

import ast
import builtins
import re
import textwrap
from functools import lru_cache
from itertools import groupby
from typing import TYPE_CHECKING

from twotracks.execute.carried import writing
from twotracks.execute.outputs import Bundle, Stream
from twotracks.execute.parts import parts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from twotracks.execute.needs import Needs
    from twotracks.execute.outputs import CellRecord, PageRecord
    from twotracks.execute.scan import Cell, Page

WIDTH = 79

# What a notebook has and a script has not.
_DISPLAY = """\
try:
    from IPython.display import display
except ImportError:
    display = print"""
# A line that is no part of a paragraph: it stays as it is written.
_ALONE = re.compile(r"\s|[-*+]\s|\d+[.)]\s|[#|>]|<\w|</|!!!|\?\?\?|===|:::|$")
_FENCE = re.compile(r"\s*(`{3,}|~{3,})")


def script_of(
    text: str,
    page: Page,
    record: PageRecord,
    address: str = "",
    *,
    needs: Needs | None = None,
    carried: Mapping[str, str] | None = None,
) -> str:
    """The page as a script that prints what the page shows as text.

    A cell's last expression is printed if the page shows its value. A cell that expects an
    exception is wrapped, so that the script goes on, and fails if it does not happen.

    Args:
        text: The whole file.
        page: What `scan` found in it, or one session of that.
        record: What it showed.
        address: Where the page can be read.
        needs: What there is to install first. With it the script says so at its top, to people and,
            as inline script metadata, to `uv run` and `pipx run`.
        carried: The texts of files that it is to have beside it, by name.
    """
    sources = [cell.shown for cell in page.cells if parsed(cell.shown)]
    head = [f"From the page {page.path}", *([address] if address else [])]
    head += _told(needs) if needs else []
    first = sorted({name for source in sources for name in futures(source)})
    blocks = [
        "\n".join(f"# {line}".rstrip() for line in head),
        needs.block if needs else "",
        f"from __future__ import {', '.join(first)}" if first else "",
        _DISPLAY if _needs_display(sources) else "",
        writing(carried or {}),
    ]
    known: set[str] = set(vars(builtins))
    for part in parts(text, page, record):
        if isinstance(part, str):
            blocks.append(_comment(part))
        else:
            cell, shown = part
            blocks.append(_code(cell, shown, known))
            known |= names(parsed(cell.shown))
    return "\n\n".join(block for block in blocks if block) + "\n"


def _told(needs: Needs) -> list[str]:
    """What to install, for people."""
    if not needs.command:
        return ["", "It needs nothing but Python."]
    return ["", "`uv run` installs what it needs. By hand:", "", f"    {needs.command}"]


def indented(source: str) -> str:
    """Python code one level deeper; the lines of its strings stay as they are."""
    inside = {
        number
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Constant | ast.JoinedStr)
        for number in range(node.lineno + 1, (node.end_lineno or node.lineno) + 1)
    }
    return "\n".join(
        f"    {line}" if line and number not in inside else line
        for number, line in enumerate(source.split("\n"), 1)
    )


def _code(cell: Cell, shown: CellRecord, known: set[str]) -> str:
    source = cell.shown.strip("\n")
    expect = cell.options.expect
    if parsed(source) is None:  # it expects a SyntaxError, which must not be the script's
        return _expecting(f"exec({source!r})", expect, known)
    source = re.sub(r"^pass\n+|^pass$", "", without_futures(source))
    printed = "".join(
        out.text for out in shown.outputs if isinstance(out, Stream) and out.name == "stdout"
    )
    # The page shows what a cell printed on lines of its own.
    ends_line = not printed or printed.endswith("\n")
    if cell.options.result != "none" and any(
        isinstance(output, Bundle) and output.result for output in shown.outputs
    ):
        source = _printing(source, "" if ends_line else "print(); ")
    elif not ends_line:
        source += "\nprint()"
    return _expecting(source, expect, known) if expect else source


def _printing(source: str, before: str) -> str:
    """The code with its last expression printed."""
    last = ast.parse(source).body[-1]
    begin, end = _span(source, last)
    value = source[begin:end]
    call = ast.parse(f"print({value})", mode="eval").body
    if isinstance(call, ast.Call) and (
        len(call.args) != 1 or isinstance(call.args[0], ast.Starred)
    ):
        value = f"({value})"  # a tuple without its parentheses
    return f"{source[:begin]}{before}print({value}){source[end:]}"


def _expecting(source: str, name: str, known: set[str]) -> str:
    """Code that must raise an exception of this name, which the script may know or not."""
    if name in known:
        caught = [f"except {name} as _error:"]
    else:
        full = "{kind.__module__}.{kind.__qualname__}"
        names = f'f"{full}"' if "." in name else "kind.__name__"
        caught = [
            "except BaseException as _error:",
            f'    if "{name}" not in [{names} for kind in type(_error).__mro__]:',
            "        raise",
        ]
    return "\n".join(
        [
            "try:",
            indented(source),
            *caught,
            '    print(f"{type(_error).__name__}: {_error}")',
            "else:",
            f'    raise AssertionError("expected {name}, and nothing was raised")',
        ]
    )


@lru_cache(maxsize=256)
def parsed(source: str) -> ast.Module | None:
    """The code's tree, or None if it is no Python."""
    try:
        return ast.parse(source)
    except SyntaxError:
        return None


def _span(source: str, node: ast.stmt) -> tuple[int, int]:
    """Where a statement begins and ends, in characters; `ast` counts lines and bytes."""
    lines = source.split("\n")

    def place(line: int, column: int) -> int:
        before = sum(len(text) + 1 for text in lines[: line - 1])
        return before + len(lines[line - 1].encode()[:column].decode())

    end_line, end_column = node.end_lineno or node.lineno, node.end_col_offset or 0
    return place(node.lineno, node.col_offset), place(end_line, end_column)


def futures(source: str) -> list[str]:
    """What Python code imports from `__future__`, which must come first in a file."""
    return [alias.name for node in _future_imports(source) for alias in node.names]


def without_futures(source: str) -> str:
    """The code with `pass` in the place of its imports from `__future__`."""
    for node in reversed(_future_imports(source)):
        begin, end = _span(source, node)
        source = f"{source[:begin]}pass{source[end:]}"
    return source


def _future_imports(source: str) -> list[ast.ImportFrom]:
    tree = parsed(source)
    nodes = [node for node in tree.body if isinstance(node, ast.ImportFrom)] if tree else []
    return [node for node in nodes if node.module == "__future__"]


def names(tree: ast.Module | None) -> set[str]:
    """What the imports, classes, functions and assignments of a cell bind."""
    found = set()
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, ast.alias):
            found.add(node.asname or node.name.split(".")[0])
        elif isinstance(node, ast.ClassDef | ast.FunctionDef):
            found.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
    return found


def _needs_display(sources: Iterable[str]) -> bool:
    trees = [tree for source in sources if (tree := parsed(source))]
    used = any(
        isinstance(node, ast.Name) and node.id == "display"
        for tree in trees
        for node in ast.walk(tree)
    )
    return used and not any("display" in names(tree) for tree in trees)


def _comment(prose: str) -> str:
    """Prose as comments, its paragraphs filled to the width."""
    lines: list[str] = []
    for alone, group in groupby(_kinds(prose), key=lambda line: line[0]):
        texts = [text for _, text in group]
        lines += (
            texts
            if alone
            else textwrap.wrap(
                " ".join(texts), WIDTH - 2, break_long_words=False, break_on_hyphens=False
            )
        )
    return "\n".join(f"# {line}".rstrip() for line in lines)


def _kinds(prose: str) -> Iterator[tuple[bool, str]]:
    """Each line, and whether it stays as it is written."""
    fence = ""
    for line in prose.split("\n"):
        mark = _FENCE.match(line)
        yield bool(fence or mark or _ALONE.match(line)), line
        if not fence:
            fence = mark[1] if mark else ""
        elif line.strip() == fence:
            fence = ""
