"""A page as plain Markdown: its prose with its values, its cells as code, and what they showed."""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING

from twotracks.execute.cut import gap, notice
from twotracks.execute.outputs import Bundle, Stream
from twotracks.execute.parts import parts
from twotracks.execute.scan import TAB
from twotracks.execute.terminal import plain
from twotracks.markup_text import text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from twotracks.execute.outputs import CellRecord, Output, PageRecord
    from twotracks.execute.scan import Cell, Page


_TABLE = re.compile(r"(?:<div>\s*<style.*?</style>\s*)?<table", re.DOTALL)
_PREFIX = re.compile(r"^[> ]*")


def markdown_of(
    text: str,
    page: Page,
    record: PageRecord,
    *,
    prose: Callable[[str], str] = str,
) -> str:
    """The page as Markdown that any reader of it understands.

    Of the front matter the title and the description stay. A cell is a block of code without its
    options, and what it showed is a block of text under it. What a page hides or leaves out is left
    out here, too.

    Args:
        text: The whole file.
        page: What `scan` found in it.
        record: What it showed.
        prose: Is given each piece of prose, and gives it as it is to be.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").expandtabs(TAB).split("\n")
    blocks: list[str] = []
    for piece in parts(text, page, record):
        if isinstance(piece, str):
            blocks.append(prose(piece))
        else:
            # Where a cell stands in an admonition or a quotation, so do its blocks.
            (prefix,) = _PREFIX.findall(lines[piece[0].line - 2])
            blocks += [
                textwrap.indent(block, prefix, lambda _: True) for block in cell_blocks(*piece)
            ]
    return document(page, blocks)


def document(page: Page, blocks: Iterable[str]) -> str:
    """Blocks of Markdown as one file, below the page's title and its description."""
    told = {"title": page.title, "description": page.description}
    head = "\n".join(f"{key}: {_scalar(value)}" for key, value in told.items() if value)
    all_blocks = [f"---\n{head}\n---" if head else "", *blocks]
    return "\n\n".join(block.strip("\n") for block in all_blocks if block.strip()) + "\n"


def cell_blocks(cell: Cell, shown: CellRecord) -> list[str]:
    """The blocks of one cell: its code, if the page shows it, and what it showed."""
    code = [] if cell.options.source == "none" else [fenced(cell.shown, "python")]
    outputs = () if cell.options.result == "none" else shown.outputs
    texts = [text for output in outputs if (text := _output(cell, output))]
    return [*texts, *code] if cell.options.source == "below" else [*code, *texts]


def output_text(output: Output) -> str:
    """What was shown, as text; nothing if it has no such form.

    Markup without text is an image or the like: what it is named is in its title.
    """
    if isinstance(output, Stream):
        return plain(output.text) if output.name == "stdout" else ""
    if isinstance(output, Bundle):
        return plain(str(output.data.get("text/plain", "")))
    return f"{output.name}: {output.text}" if output.text else output.name


def _output(cell: Cell, output: Output) -> str:
    """An output as Markdown: what is Markdown already stays so."""
    if isinstance(output, Bundle) and "text/markdown" in output.data:
        return str(output.data["text/markdown"])
    text = output_text(output)
    markup = str(output.data.get("text/html", "")) if isinstance(output, Bundle) else ""
    if _TABLE.match(markup):  # whole, where the text of a large table is cut
        text = text_of(markup)
    if isinstance(output, Stream) and cell.options.result in ("markdown", "html"):
        return text
    left_out = gap(text)
    if left_out:
        begin, end = left_out
        text = f"{text[:begin]}\n{notice(text[begin:end])}\n{text[end:]}"
    return fenced(text, "text") if text.strip() else ""


def fenced(text: str, language: str) -> str:
    """A block of text, between more backticks than it has."""
    longest = max(map(len, re.findall(r"`{3,}", text)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}{language}\n{text.strip(chr(10))}\n{fence}"


def _scalar(text: str) -> str:
    """A value in YAML, in quotes where it would be read as something else."""
    if re.search(r": |^[\W_]| #|\s$|:$", text):
        escaped = text.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    return text
