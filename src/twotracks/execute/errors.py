"""What can go wrong between a page's text and its outputs. Each says where, in the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twotracks.errors import TwoTracksError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twotracks.execute.outputs import PageRecord


class ScanError(TwoTracksError):
    """The page says something that cannot be meant: an unknown option, an empty cell."""


class ProducerFailed(TwoTracksError):
    """A producer that a page names is not there, failed, or gave no text."""


class CellFailed(TwoTracksError):
    """A cell or an inline value did not do what the page says it does.

    Attributes:
        line: The line of the file, from 1.
        step: The page's line of the cell or value.
        details: The lines around it and the traceback.
        partial: What the page had shown until then.
    """

    def __init__(
        self,
        what: str,
        *,
        where: str,
        line: int,
        step: int,
        details: str = "",
        partial: PageRecord,
    ) -> None:
        super().__init__(what, where=where)
        self.line = line
        self.step = step
        self.details = details
        self.partial = partial

    def __str__(self) -> str:
        return f"{super().__str__()}\n\n{self.details}" if self.details else super().__str__()


def excerpt(lines: Sequence[str], first: int, line: int, around: int = 3) -> str:
    """The lines around one line, with an arrow at it.

    Args:
        lines: A cell's lines.
        first: The number of the first of them in the page.
        line: The number of the line that the arrow points to.
        around: How many lines to show before and after it.

    >>> print(excerpt(["a = 1", "b = 0", "a / b"], 39, 41, around=1))
         40 | b = 0
      -> 41 | a / b
    """
    width = len(str(first + len(lines)))
    shown = []
    for number, text in enumerate(lines, first):
        if abs(number - line) <= around:
            arrow = "->" if number == line else "  "
            shown.append(f"  {arrow} {number:>{width}} | {text}".rstrip())
    return "\n".join(shown)
