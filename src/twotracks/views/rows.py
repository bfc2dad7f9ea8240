"""Rows of the tables of a page, to lead a reader to: each has been looked up in its table."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from twotracks.errors import TwoTracksError, did_you_mean

if TYPE_CHECKING:
    import pandas as pd

    from twotracks.run import Run
    from twotracks.views.matrix import Matrix


@dataclass(frozen=True)
class Row:
    """A row of a table on the page, or any other element that has an id.

    `of_step`, `of_table` and `of_matrix` look the row up. A cell with an id puts that and a dash
    before the ids in what it shows: name it as `cell`.
    """

    address: str
    """The id of the element."""
    label: str
    """What a link to it says."""

    def __post_init__(self) -> None:
        if not re.fullmatch(r"\S+", self.address):
            raise TwoTracksError(f"{self.address!r} is not the id of an element", where=self.label)

    @classmethod
    def of_step(cls, run: Run, name: str, *, cell: str = "") -> Row:
        """The row of a step in the process table of a run; the first, if it was called again.

        Raises:
            TwoTracksError: the run has no step of that name.
        """
        run.step(name)
        step = next(step for step in run.steps if step.name == name)
        return cls(_within(cell, name), f"Row {step.number}: {step.action}")

    @classmethod
    def of_state(cls, run: Run, variable: str, *, cell: str = "") -> Row:
        """The row of a state variable in the status tracker of a player.

        Raises:
            TwoTracksError: the run has no such variable.
        """
        run.state(variable)
        return cls(_within(cell, f"state-{as_id(variable)}"), f"Row {variable}")

    @classmethod
    def of_table(cls, frame: pd.DataFrame, header: object, *, cell: str = "") -> Row:
        """The row that a cell heads in a table whose rows have ids: see `addressed`.

        Raises:
            TwoTracksError: the table has no such row, or its rows have no ids.
        """
        caption = frame.attrs.get("caption", "")
        headers = _headers(frame)
        if str(header) not in headers:
            raise TwoTracksError(
                f"no row {str(header)!r}",
                where=f"table {caption!r}",
                fix=did_you_mean(str(header), headers),
            )
        ids = frame.attrs.get("row_ids", [])
        place = headers.index(str(header))
        if place >= len(ids) or not ids[place]:
            raise TwoTracksError(
                "its rows have no ids",
                where=f"table {caption!r}",
                fix="Show the table as addressed(table).",
            )
        return cls(_within(cell, ids[place]), f"Row {header}")

    @classmethod
    def of_matrix(cls, matrix: Matrix, name: str, *, cell: str = "") -> Row:
        """The row of a scenario in the matrix.

        Raises:
            TwoTracksError: the matrix has no such scenario.
        """
        rows = {row.name: row for row in matrix.rows}
        if name not in rows:
            raise TwoTracksError(f"no scenario {name!r}", fix=did_you_mean(name, rows))
        return cls(_within(cell, name), f"Row {rows[name].label}")


def addressed(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame, with an id for each row, made of what heads it.

    Raises:
        TwoTracksError: two rows have the same id.
    """
    ids = [as_id(header) for header in _headers(frame)]
    twice = sorted({name for name in ids if ids.count(name) > 1})
    if twice:
        raise TwoTracksError(
            f"two rows have the id {twice[0]!r}",
            where=f"table {frame.attrs.get('caption', '')!r}",
            fix="Let what heads a row tell it from the others.",
        )
    shown = frame.copy()
    shown.attrs = {**frame.attrs, "row_ids": ids}
    return shown


def as_id(text: str) -> str:
    """Text as part of an address.

    >>> as_id("After the outcomes")
    'after-the-outcomes'
    """
    return re.sub(r"[^\w]+", "-", text.lower()).strip("-")


def _headers(frame: pd.DataFrame) -> list[str]:
    """What heads the rows: the column that the table names, or the index."""
    column = frame.attrs.get("row_header")
    return [*map(str, frame.index if column is None else frame[column])]


def _within(cell: str, name: str) -> str:
    return f"{cell}-{name}" if cell else name
