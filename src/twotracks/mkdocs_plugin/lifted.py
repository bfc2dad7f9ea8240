"""Leave nothing of a page's cells but their code, for a while."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Lifted:
    """The HTML of a cell: its code, what comes before and after, and the marks for those two."""

    before: str
    code: str
    after: str
    marks: tuple[str, str]


def cell_of(number: int, html: str, code: str) -> Lifted:
    """The parts of a cell.

    Args:
        number: Its place on the page.
        html: The whole cell.
        code: The part to leave; it may not be there.
    """
    before, code, after = html.partition(code)
    return Lifted(before, code, after, (f"<!--cell {number}-->", f"<!--/cell {number}-->"))


def lifted(html: str, cells: Sequence[Lifted]) -> str:
    """The page with marks in the place of what surrounds the code of its cells.

    A cell that is not there, because somebody changed it, stays as it is.

    >>> lifted("<p>One</p><b><i>1</i>2</b>", [cell_of(0, "<b><i>1</i>2</b>", "<i>1</i>")])
    '<p>One</p><!--cell 0--><i>1</i><!--/cell 0-->'
    """
    for cell in cells:
        first, last = cell.marks
        html = html.replace(f"{cell.before}{cell.code}{cell.after}", f"{first}{cell.code}{last}", 1)
    return html


def put_back(html: str, cells: Sequence[Lifted]) -> str:
    """The page that `lifted` was given, with what has been changed since.

    >>> put_back("<p>!</p><!--cell 0-->1 + 1<!--/cell 0-->", [cell_of(0, "<b>1 + 1</b>", "1 + 1")])
    '<p>!</p><b>1 + 1</b>'
    """
    for cell in cells:
        first, last = cell.marks
        html = html.replace(first, cell.before, 1).replace(last, cell.after, 1)
    return html
