"""Code that a cell takes from an example file: the whole file, or a region of it.

A region begins after a line with `[start:NAME]` in a comment and ends before one with `[end:NAME]`,
as in pymdownx.snippets: `# --8<-- [start:NAME]`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from textwrap import dedent
from typing import TYPE_CHECKING

from twotracks.errors import did_you_mean
from twotracks.execute.errors import ScanError

if TYPE_CHECKING:
    from pathlib import Path

# https://packaging.python.org/en/latest/specifications/inline-script-metadata/
_BLOCK = re.compile(r"(?m)^# /// script$\n(?:^#(?: .*)?$\n)*?^# ///$\n*")
_MARK = re.compile(r"^\s*#.*\[(?P<which>start|end):(?P<name>[A-Za-z][\w-]*)\]\s*$")


@dataclass(frozen=True)
class Example:
    """Where the code of a cell stands, if lines of the page do not tell.

    Attributes:
        path: The file, from the project's folder.
        line: The line of the first line of the code.
        cell: The number of the cell in a notebook, in which each has lines of its own.
    """

    path: str
    line: int
    cell: int = 0

    @property
    def name(self) -> str:
        """How frames and messages name the file."""
        return f"{self.path}, cell {self.cell}" if self.cell else self.path

    def at(self, line: int) -> str:
        """How messages name one of its lines."""
        return f"{self.name}, line {line}" if self.cell else f"{self.name}:{line}"


def read_example(name: str, region: str, root: Path, where: str) -> tuple[str, Example]:
    """The code of a file or of one region in it, and where it stands.

    Args:
        name: The file, from `root`.
        region: The region's name, or nothing for the whole file.
        root: The project's folder.
        where: The fence that names it.

    Raises:
        ScanError: There is no such file or region, it is empty, or it cannot be read.
    """
    path = root / name
    if not path.resolve().is_relative_to(root.resolve()):
        raise ScanError(f"the file {name!r} is not in the project", where=where)
    if not path.is_file():
        folder = path.parent if path.parent.is_dir() else root
        near = [file.relative_to(root).as_posix() for file in sorted(folder.rglob("*.py"))]
        raise ScanError(f"there is no file {name!r}", where=where, fix=did_you_mean(name, near))
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ScanError(f"cannot read {name!r}: {error}", where=where) from error
    first, last = _region(lines, name, region, where) if region else (0, len(lines))
    source = dedent("\n".join(lines[first:last])).rstrip("\n")
    if not without_marks(source).strip():
        raise ScanError(f"there is no code in {name}{f', {region}' if region else ''}", where=where)
    return source, Example(name, first + 1)


def without_block(source: str) -> str:
    """Code without inline script metadata, which says what a script needs and stands in it once."""
    return _BLOCK.sub("", source)


def without_marks(source: str) -> str:
    """The code as a page shows it: without the lines at which regions begin and end.

    Nor with what it needs as a script of its own: that of the page says it for all of its cells.
    """
    source = without_block(source)
    return "\n".join(line for line in source.split("\n") if not _MARK.match(line)).strip("\n")


def _region(lines: list[str], name: str, region: str, where: str) -> tuple[int, int]:
    marks = [(number, mark) for number, line in enumerate(lines) if (mark := _MARK.match(line))]
    starts = [number for number, mark in marks if mark.group("which", "name") == ("start", region)]
    if not starts:
        known = sorted({mark["name"] for _, mark in marks})
        raise ScanError(
            f"{name} has no region {region!r}", where=where, fix=did_you_mean(region, known)
        )
    if len(starts) > 1:
        raise ScanError(
            f"{name} has two regions {region!r}, at lines {starts[0] + 1} and {starts[1] + 1}",
            where=where,
        )
    for number, mark in marks:
        if number > starts[0] and mark.group("which", "name") == ("end", region):
            return starts[0] + 1, number
    raise ScanError(
        f"the region {region!r} of {name} has no end",
        where=where,
        fix=f"Write # --8<-- [end:{region}] after its last line.",
    )
