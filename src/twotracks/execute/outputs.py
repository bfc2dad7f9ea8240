"""What a page showed when it ran: plain frozen records that go to JSON and back."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True)
class Stream:
    """Text that was printed."""

    name: Literal["stdout", "stderr"]
    text: str


@dataclass(frozen=True)
class Bundle:
    """One object in all the forms it has, by MIME type. Binary forms are base64.

    `result` says that it was the value of the cell's last expression, not a `display()`.
    `metadata` is what the object says of its forms, by MIME type: an image's width.
    """

    data: Mapping[str, Any]
    result: bool = False
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Raised:
    """An exception that the cell said to expect."""

    name: str
    text: str


Output: TypeAlias = Stream | Bundle | Raised

_KINDS: dict[str, type[Stream | Bundle | Raised]] = {
    "stream": Stream,
    "bundle": Bundle,
    "raised": Raised,
}


def output_to_json(output: Output) -> dict[str, Any]:
    """An output as plain data, with its kind."""
    return {"kind": type(output).__name__.lower(), **vars(output)}


def output_from_json(data: Mapping[str, Any]) -> Output:
    """The output that `output_to_json` was given."""
    fields = {key: value for key, value in data.items() if key != "kind"}
    return _KINDS[data["kind"]](**fields)


@dataclass(frozen=True)
class CellRecord:
    """A cell's source, the page's line of its first line, and what it showed."""

    source: str
    line: int
    outputs: tuple[Output, ...] = ()


@dataclass(frozen=True)
class InlineRecord:
    """An inline value: its expression with the format, its line, and its text."""

    text: str
    line: int
    value: str


@dataclass(frozen=True)
class PublishedFile:
    """A file that the page puts into the site beside itself."""

    name: str
    text: str


@dataclass(frozen=True)
class PageRecord:
    """Everything that one run of a page gave, in the order of the page."""

    path: str
    cells: tuple[CellRecord, ...] = ()
    inlines: tuple[InlineRecord, ...] = ()
    files: tuple[PublishedFile, ...] = ()

    def names_lines(self) -> bool:
        """Whether an output may name a line of the page, so that it moves with it.

        A warning, a traceback and a log do, with the file's name; code does that asks for it.
        """
        name = self.path.rpartition("/")[2]
        return (
            any("lineno" in cell.source for cell in self.cells)
            or any(name in inline.value for inline in self.inlines)
            or any(name in file.text for file in self.files)
            or any(
                name in str(output_to_json(output))
                for cell in self.cells
                for output in cell.outputs
            )
        )

    def moved_to(self, lines: Sequence[int]) -> PageRecord:
        """The record with other lines of its steps, in the order of the page."""
        steps: list[CellRecord | InlineRecord] = [*self.cells, *self.inlines]
        steps.sort(key=lambda step: step.line)
        moved = [replace(step, line=line) for step, line in zip(steps, lines, strict=True)]
        return replace(
            self,
            cells=tuple(step for step in moved if isinstance(step, CellRecord)),
            inlines=tuple(step for step in moved if isinstance(step, InlineRecord)),
        )

    def lines(self) -> list[int]:
        """The lines of the cells."""
        return [cell.line for cell in self.cells]

    def to_json(self) -> dict[str, Any]:
        """The record as plain data."""
        return {
            "path": self.path,
            "cells": [
                {
                    "source": cell.source,
                    "line": cell.line,
                    "outputs": [output_to_json(output) for output in cell.outputs],
                }
                for cell in self.cells
            ],
            "inlines": [asdict(inline) for inline in self.inlines],
            "files": [asdict(file) for file in self.files],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> PageRecord:
        """The record that `to_json` was called on."""
        return cls(
            data["path"],
            tuple(
                CellRecord(
                    cell["source"],
                    cell["line"],
                    tuple(output_from_json(output) for output in cell["outputs"]),
                )
                for cell in data["cells"]
            ),
            tuple(InlineRecord(**inline) for inline in data["inlines"]),
            tuple(PublishedFile(**file) for file in data["files"]),
        )
