"""Render a page before what its cells show is known, and put that in when it is.

In between, the page has the code of its cells, each between two marks. That is also all that is
indexed for the search: outputs are left out of it, and take longer to parse than all the rest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def stub(number: int, code: str) -> str:
    """What stands in the place of a cell, with the attribute that `check_marks` reads.

    Args:
        number: The cell's place on the page.
        code: Its code as HTML.
    """
    first, last = _marks(number)
    return f'{first[:-3]} data-tt-cell="{number}"-->{code}{last}'


def completed(html: str, cells: Mapping[int, tuple[str, str]]) -> str:
    """The page with its cells, given by their places: the whole HTML of each, and that of its code.

    >>> completed("<p>!</p><!--cell 0-->1 + 1<!--/cell 0-->", {0: ("<b>1 + 1</b>", "1 + 1")})
    '<p>!</p><b>1 + 1</b>'
    """
    for number, (cell, code) in cells.items():
        first, last = _marks(number)
        before, _, after = cell.partition(code) if code else (cell, "", "")
        html = html.replace(first, before, 1).replace(last, after, 1)
    return html


def _marks(number: int) -> tuple[str, str]:
    return f"<!--cell {number}-->", f"<!--/cell {number}-->"
