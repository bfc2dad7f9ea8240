"""Find the cells, the inline values and the producers of a page: text in, `Page` out.

Nothing else is read than the example files that cells name.

The grammar of a fence is that of pymdownx.superfences, because that is what puts the outputs into
the page; whoever does so compares what it saw with what was found here, and fails on a difference.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from twotracks.execute.declared import Declared, together
from twotracks.execute.errors import ScanError
from twotracks.execute.examples import Example, read_example, without_marks
from twotracks.execute.frontmatter import FrontMatter, Producer, front_matter
from twotracks.execute.options import LANGUAGES, Options, parse_options, read_attributes, read_pairs

if TYPE_CHECKING:
    from collections.abc import Iterator

TAB = 4

_OPTION = r"""[ \t]*[A-Za-z]\w*(?:=(?:"[^"\n]*"|'[^'\n]*'))?(?=[ \t]|$)"""
_OPENING = re.compile(
    r"(?P<fence>~{3,}|`{3,})"
    r"(?:[ \t]*\.?(?P<language>[\w#.+-]+)(?=[ \t]|$))?"
    r"(?:[ \t]*\{(?P<attributes>.*)\}|"
    rf"(?P<options>(?:{_OPTION})+)|"
    r"(?P<other>[ \t]*\S.*))?"
    r"[ \t]*$"
)
_INLINE = re.compile(r"\{python\}\s+(?P<text>\S.*)", re.DOTALL)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
# What ends a run of text in which backticks pair up: a list item, a heading, a row of a table.
_BLOCK_START = re.compile(r"\s*(?:[-*+]|\d+[.)]|#{1,6}|\|)(?:\s|$)|\s*\|")


@dataclass(frozen=True)
class Cell:
    """One executable block.

    Attributes:
        source: The code, as the fence hands it over: unindented.
        line: The page's line below the line that opens its fence, from 1: where the code begins, if
            it stands in the page. In a notebook, the number of the cell.
        options: What its fence says.
        example: Where the code stands that comes from an example file, or is a notebook's.
    """

    source: str
    line: int
    options: Options
    example: Example | None = None

    @property
    def written(self) -> str:
        """What stands in the fence."""
        return "" if self.example else self.source

    @property
    def shown(self) -> str:
        """The code as readers see it: without the marks of an example file's regions."""
        return without_marks(self.source) if self.example else self.source


@dataclass(frozen=True)
class Inline:
    """One inline value: an f-string's replacement field without the braces."""

    text: str
    line: int


@dataclass(frozen=True)
class Page:
    """What there is to run on a page, in the page's order.

    Attributes:
        path: How messages name the file.
        steps: Cells and inline values.
        producers: What the front matter names.
        given: What the front matter declares; it holds for the producers too.
        needs: Packages that it says a reader has to install.
        files: Files of the project that the page's script takes with it.
        title: Its title, if it says one.
        description: What it says that the page holds.
        downloads: Whether its code is a program to take away.
    """

    path: str
    steps: tuple[Cell | Inline, ...] = ()
    producers: tuple[Producer, ...] = ()
    given: Declared = field(default_factory=Declared)
    needs: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    title: str = ""
    description: str = ""
    downloads: bool = True

    @classmethod
    def of(cls, path: str, steps: tuple[Cell | Inline, ...], front: FrontMatter) -> Page:
        """A page with what its front matter says."""
        return cls(
            path,
            steps,
            front.producers,
            front.declared,
            front.needs,
            front.files,
            front.title,
            front.description,
            front.downloads,
        )

    @property
    def declared(self) -> Declared:
        """What the page depends on and nobody can see, of the front matter and of all cells."""
        return together([self.given, *(cell.options.declared for cell in self.cells)])

    @property
    def cells(self) -> tuple[Cell, ...]:
        return tuple(step for step in self.steps if isinstance(step, Cell))

    @property
    def inlines(self) -> tuple[Inline, ...]:
        return tuple(step for step in self.steps if isinstance(step, Inline))


def scan(text: str, path: str, root: Path | None = None) -> Page:
    """Find what there is to run in a page.

    Args:
        text: The whole file, front matter included.
        path: How messages name the file, such as `docs/page.md`.
        root: The project's folder, from which cells name example files; the working folder if None.

    Raises:
        ScanError: An unknown option, an empty or unclosed cell, an id that is used twice, an
            inline value in the front matter, an example file that is not there.
    """
    lines = _normalised(text)
    front = front_matter("\n".join(lines), path)
    start = front.lines
    for number, line in enumerate(lines[:start], 1):
        if any(inline_text(content) for content, _ in _code_spans(line)):
            raise ScanError(
                "an inline value cannot work in the front matter",
                where=f"{path}:{number}",
                fix="Write it in the text of the page.",
            )
    fences = list(_fences(lines, start, path, root or Path.cwd()))
    _check_ids([fence.cell for fence in fences if fence.cell], path)
    inside = {number for fence in fences for number in range(fence.first, fence.last + 1)}
    inlines = _inlines(
        [
            "" if number <= start or number in inside else line
            for number, line in enumerate(lines, 1)
        ]
    )
    steps: list[Cell | Inline] = [*(fence.cell for fence in fences if fence.cell), *inlines]
    # Stable: inline values of one line keep their order.
    return Page.of(path, tuple(sorted(steps, key=lambda step: step.line)), front)


def inline_text(content: str) -> str | None:
    """The expression of an inline value, from what stands between its backticks.

    >>> inline_text("{python} total:.2f")
    'total:.2f'
    """
    match = _INLINE.fullmatch(content.strip())
    # A value may be wrapped over two lines of a paragraph, and indented there.
    return re.sub(r"[ \t]*\n[ \t]*", " ", match["text"]) if match else None


def code_span(text: str, start: int) -> tuple[str, int] | None:
    """The code span whose backticks begin at `start`: its content and where it ends, or None."""
    opening = re.compile("`+").match(text, start)
    if opening is None:
        return None
    for closing in re.compile("`+").finditer(text, opening.end()):
        if len(closing[0]) == len(opening[0]):
            return text[opening.end() : closing.start()], closing.end()
    return None


def _normalised(text: str) -> list[str]:
    """The lines as Python-Markdown hands them on: no tabs, and nothing on a blank line."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return [line.expandtabs(TAB) if line.strip() else "" for line in lines]


@dataclass(frozen=True)
class _Fence:
    first: int
    last: int
    cell: Cell | None


def _fences(lines: list[str], start: int, path: str, root: Path) -> Iterator[_Fence]:
    """All closed fences, by the rules of superfences.

    An opening without its end is text to superfences; to an author of a cell it is a mistake.
    """
    index = start
    while index < len(lines):
        prefix = lines[index][: len(lines[index]) - len(lines[index].lstrip("> "))]
        opening = _OPENING.fullmatch(lines[index], len(prefix))
        options = _cell_options(opening, f"{path}:{index + 1}") if opening else None
        if opening is None or opening["other"]:
            index += 1
            continue
        end, problem = _end_of_fence(lines, index, prefix, opening["fence"])
        if problem and options:
            raise ScanError(f"the cell {problem}", where=f"{path}:{index + 1}")
        if not problem:
            source = "\n".join(line[len(prefix) :] for line in lines[index + 1 : end])
            cell = _cell(source, index + 2, options, path, root) if options else None
            yield _Fence(index + 1, end + 1, cell)
        index = end + 1


def _cell(source: str, line: int, options: Options, path: str, root: Path) -> Cell:
    where = f"{path}:{line - 1}"
    if not options.file:
        if not source.strip():
            raise ScanError("the cell is empty", where=where)
        return Cell(source, line, options)
    if source.strip():
        raise ScanError(
            f"the cell has code of its own and takes that of {options.file}",
            where=where,
            fix="Leave the fence empty, or take the option file away.",
        )
    code, example = read_example(options.file, options.region, root, where)
    return Cell(code, line, options, example)


def _end_of_fence(lines: list[str], index: int, prefix: str, fence: str) -> tuple[int, str]:
    """The index of the closing line; or of where superfences gives up, and why."""
    quotes = prefix.count(">")
    blank_before = False
    for number in range(index + 1, len(lines)):
        line = lines[number]
        width = len(line) - len(line.lstrip("> "))
        before, content = line[: min(width, len(prefix))], line[min(width, len(prefix)) :]
        depth = before.count(">")
        if not line.strip() or (quotes and not content):
            blank_before = True
            continue
        if depth > quotes or (blank_before and depth < quotes):
            return number, f"leaves its quotation at line {number + 1}"
        if len(before) < len(prefix):
            return number, f"is indented less at line {number + 1} than where it begins"
        if re.fullmatch(rf"{fence}[ \t]*", content):
            return number, ""
        blank_before = False
    return len(lines) - 1, f"is never closed: {fence} is missing"


def _cell_options(opening: re.Match[str], where: str) -> Options | None:
    """The options of a fence that is to be executed, or None for any other fence."""
    language = opening["language"]
    if opening["other"]:
        if language in LANGUAGES and re.search(r"(?<![\w-])exec(?![\w-])", opening["other"]):
            raise ScanError(
                f"cannot read the options {opening['other'].strip()!r}",
                where=where,
                fix='Write them as name="value", with quotes, separated by spaces.',
            )
        return None
    if opening["attributes"] is not None:
        classes, pairs = read_attributes(opening["attributes"])
        language = language or next(iter(classes), None)
    else:
        pairs = read_pairs(opening["options"] or "")
    return parse_options(language or "", pairs, where) if "exec" in dict(pairs) else None


def _check_ids(cells: list[Cell], path: str) -> None:
    seen: dict[str, int] = {}
    for cell in cells:
        name, line = cell.options.id, cell.line - 1
        if name and name in seen:
            raise ScanError(
                f"id={name!r} is used twice", where=f"{path}:{line}", fix=f"First at {seen[name]}."
            )
        seen[name] = line


def _inlines(lines: list[str]) -> Iterator[Inline]:
    """The inline values in the lines that are no fences (those are empty here)."""
    text = _COMMENT.sub(lambda comment: re.sub(r"[^\n]", " ", comment[0]), "\n".join(lines))
    run: list[str] = []
    first = 1
    for number, line in enumerate([*text.split("\n"), ""], 1):
        if run and (not line.strip() or _BLOCK_START.match(line)):
            yield from _inlines_of_run("\n".join(run), first)
            run = []
        if line.strip():
            first = first if run else number
            run.append(line)


def _inlines_of_run(text: str, first: int) -> Iterator[Inline]:
    for content, position in _code_spans(text):
        expression = inline_text(content)
        if expression:
            yield Inline(expression, first + text.count("\n", 0, position))


def _code_spans(text: str) -> Iterator[tuple[str, int]]:
    """Each span between single backticks, and where it begins."""
    position = 0
    while (position := text.find("`", position)) >= 0:
        escapes = len(text[:position]) - len(text[:position].rstrip("\\"))
        span = None if escapes % 2 else code_span(text, position)
        if span is None:
            position += 1 if escapes % 2 else len(_ticks(text, position))
            continue
        content, end = span
        if len(_ticks(text, position)) == 1:
            yield content, position
        position = end


def _ticks(text: str, position: int) -> str:
    return text[position : position + len(text[position:]) - len(text[position:].lstrip("`"))]
