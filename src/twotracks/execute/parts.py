"""A page as its prose and its cells in turn, with the inline values put into the prose."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeAlias

from twotracks.execute.frontmatter import front_matter
from twotracks.execute.outputs import CellRecord
from twotracks.execute.scan import TAB, Cell, Page, code_span, inline_text

if TYPE_CHECKING:
    from twotracks.execute.outputs import PageRecord

# Prose is Markdown; a cell comes with what it showed.
Part: TypeAlias = str | tuple[Cell, CellRecord]

_TICKS = re.compile("`+")
_OPENING = re.compile(r"[> ]*(?P<fence>`{3,}|~{3,})")


def parts(text: str, page: Page, record: PageRecord) -> list[Part]:
    """What a page consists of, in its order, without the front matter and empty prose.

    Args:
        text: The whole file.
        page: What `scan` found in it.
        record: What it showed.
    """
    # As the scanner reads lines.
    text = text.replace("\r\n", "\n").replace("\r", "\n").expandtabs(TAB)
    start = front_matter(text, page.path).lines
    lines = [line if line.strip() else "" for line in text.split("\n")]
    cells = page.cells
    found: list[Part] = []
    for cell, shown in zip(cells, record.cells, strict=True):
        opening = cell.line - 1
        found += [_prose(lines, start, opening - 1, record), (cell, shown)]
        start = _end(lines, opening)
    found.append(_prose(lines, start, len(lines), record))
    return [part for part in found if part]


def _end(lines: list[str], opening: int) -> int:
    """The number of the line that closes the fence which opens at a line, both from 1."""
    fence = _OPENING.match(lines[opening - 1])
    for number in range(opening + 1, len(lines) + 1):
        if fence and lines[number - 1].lstrip("> ").rstrip() == fence["fence"]:
            return number
    return len(lines)


def _prose(lines: list[str], start: int, end: int, record: PageRecord) -> str:
    """The lines after the first `start` and up to `end`, with their values."""
    text = "\n".join(lines[start:end])
    values = [inline for inline in record.inlines if start < inline.line <= end]
    # From the last to the first: a value may have other lines than its expression.
    for inline in reversed(values):
        text = _with_value(text, inline.line - start, inline.text, inline.value)
    return text.strip("\n")


def _with_value(text: str, line: int, expression: str, value: str) -> str:
    """Put a value in the place of the last span on a line that has its expression."""
    begin = sum(len(before) + 1 for before in text.split("\n")[: line - 1])
    end = len(text) if "\n" not in text[begin:] else text.index("\n", begin)
    # From the beginning of the paragraph, because backticks pair up.
    position = text.rfind("\n\n", 0, begin) + 1
    place = None
    while tick := _TICKS.search(text, position, end):
        span = None if _is_escaped(text, tick.start()) else code_span(text, tick.start())
        if (
            span
            and begin <= tick.start()
            and len(tick[0]) == 1
            and inline_text(span[0]) == expression
        ):
            place = tick.start(), span[1]
        position = span[1] if span else tick.end()
    return text[: place[0]] + value + text[place[1] :] if place else text


def _is_escaped(text: str, position: int) -> bool:
    before = text[:position]
    return (len(before) - len(before.rstrip("\\"))) % 2 == 1
