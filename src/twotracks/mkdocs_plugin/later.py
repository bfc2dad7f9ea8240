"""Render a page before what its cells show is known, and put that in when it is.

In between, the page has the code of its cells, each between two empty elements, whose names are
marks that no other page has. That is also all that is indexed for the search: outputs are left out
of it, and take longer to parse than all the rest.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from twotracks.execute.digests import digest

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_MARK = re.compile(r"<(tt-(?:before|after|end)-[0-9a-f]{12}(?:-\d+)?)></\1>")


def stub(page: str, number: int, opening: str, code: str) -> str:
    """What stands in the place of a cell.

    Args:
        page: The page's path.
        number: The cell's place on the page.
        opening: The opening tag of its element.
        code: Its code as HTML.
    """
    before, after = (_name(kind, page, number) for kind in ("before", "after"))
    return f"{opening}{_element(before)}{code}{_element(after)}</div>"


def end_of(page: str) -> str:
    """The mark for what comes at the end of a page."""
    return _element(_name("end", page))


def fillings(page: str, cells: Mapping[int, tuple[str, str]], end: str = "") -> dict[str, str]:
    """What comes in the place of a page's marks.

    Args:
        page: The page's path.
        cells: The whole HTML of each cell and that of its code, by its place.
        end: What comes at the end of the page.
    """
    found = {_name("end", page): end}
    for number, (cell, code) in cells.items():
        inside = cell[cell.index(">") + 1 :].removesuffix("</div>")
        before, _, after = inside.partition(code) if code else (inside, "", "")
        found[_name("before", page, number)] = before
        found[_name("after", page, number)] = after
    return found


def filled(html: str, known: Mapping[str, str]) -> str:
    """A page with what comes in the place of its marks; other marks stay.

    >>> page = f"<p>!</p>{stub('a.md', 0, '<div>', '1 + 1')}"
    >>> filled(page, fillings("a.md", {0: ("<div>1 + 1<b>2</b></div>", "1 + 1")}))
    '<p>!</p><div>1 + 1<b>2</b></div>'
    """
    return _MARK.sub(lambda mark: known.get(mark[1], mark[0]), html)


def fill_site(folder: Path, known: Mapping[str, str]) -> None:
    """Fill all pages of a built site. A page may show cells of others: of all, to be printed."""
    for path in sorted(folder.rglob("*.html")):
        html = path.read_text(encoding="utf-8")
        if "<tt-" in html:
            path.write_text(filled(html, known), encoding="utf-8")


def _name(kind: str, page: str, number: int | None = None) -> str:
    return f"tt-{kind}-{digest(page)[:12]}" + ("" if number is None else f"-{number}")


def _element(name: str) -> str:
    return f"<{name}></{name}>"
