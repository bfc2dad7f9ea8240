"""A page as its programs: the cells of one session, in order, are one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from twotracks.execute.scan import Cell

if TYPE_CHECKING:
    from twotracks.execute.outputs import PageRecord
    from twotracks.execute.scan import Page


def programs(page: Page) -> dict[str, Page]:
    r"""The page once for each session, with the steps of that one only; the page's own has no name.

    Inline values are the page's own.

    >>> from twotracks.execute.scan import scan
    >>> text = '```python exec session="b"\n1\n```\n`{python} 2`'
    >>> {name: len(one.steps) for name, one in programs(scan(text, "page.md")).items()}
    {'': 1, 'b': 1}
    """
    names = {cell.options.session for cell in page.cells}
    if page.inlines:
        names.add("")
    return {
        name: replace(page, steps=tuple(s for s in page.steps if _session(s) == name))
        for name in sorted(names)
    }


def record_of(record: PageRecord, page: Page, session: str) -> PageRecord:
    """What the cells of one session showed, and all inline values.

    Args:
        record: What the whole page showed.
        page: The whole page.
        session: The session's name.
    """
    pairs = zip(page.cells, record.cells, strict=True)
    return replace(record, cells=tuple(shown for cell, shown in pairs if _session(cell) == session))


def _session(step: object) -> str:
    return step.options.session if isinstance(step, Cell) else ""
