"""Accessible HTML: tables with a caption and scoped headers. Everything shown is escaped."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from twotracks.reading import text_of
from twotracks.views.text import for_html

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST_ROWS = 60
"""A longer table is cut in the middle, with a row that says so, unless it has a caption."""
WIDE = 8
"""A table of more columns is set closer."""


@dataclass(frozen=True, repr=False)
class Html:
    """Markup that displays itself, in a page and in a notebook.

    Attributes:
        markup: The HTML.
        text: What a terminal shows; the text of the markup if nothing is given.
    """

    markup: str
    text: str = ""

    def __repr__(self) -> str:
        return self.text or text_of(self.markup)

    def _repr_html_(self) -> str:
        return self.markup


def table(frame: pd.DataFrame) -> str:
    """A frame as a table that a screen reader can read out.

    `frame.attrs` may hold `caption`; `row_header`, the column whose cells head their rows;
    `row_classes` and `row_ids`, a class and an id for each row; and `cell_classes`, a class by row
    and column. A frame with an index of its own has that as row headers.
    """
    attrs = frame.attrs
    shown, cut = _cut(frame)
    plain_index = isinstance(frame.index, pd.RangeIndex) and frame.index.name is None
    row_header = attrs.get("row_header")
    headers = [] if plain_index else [_text(frame.index.name) or "Row"]
    head = "".join(
        f'<th scope="col">{for_html(name)}</th>' for name in (*headers, *map(_text, frame.columns))
    )
    rows = []
    for position, (label, values) in zip(shown, _rows(frame, shown), strict=True):
        if position == cut:
            rows.append(
                f'<tr><td colspan="{len(headers) + len(frame.columns)}">'
                f"… {len(frame) - len(shown)} rows more …</td></tr>"
            )
        cells = [] if plain_index else [f'<th scope="row">{for_html(_text(label))}</th>']
        for column, value in zip(frame.columns, values, strict=True):
            tag = 'th scope="row"' if column == row_header else "td"
            css = attrs.get("cell_classes", {}).get((position, column), "")
            number = isinstance(value, (int, float)) and not isinstance(value, bool)
            css = " ".join(filter(None, [css, "tt-number" if number else ""]))
            cells.append(f"<{tag}{_class(css)}>{for_html(_text(value))}</{tag[:2]}>")
        row_classes = attrs.get("row_classes", [])
        css = row_classes[position] if position < len(row_classes) else ""
        ids = attrs.get("row_ids", [])
        name = ids[position] if position < len(ids) else ""
        name = f' id="{for_html(name)}"' if name else ""
        rows.append(f"<tr{name}{_class(css)}>{''.join(cells)}</tr>")
    caption = attrs.get("caption", f"Table of {len(frame)} rows, {len(frame.columns)} columns")
    css = "tt-table" if "caption" in attrs else "tt-table tt-plain"
    css += " tt-wide" if len(frame.columns) > WIDE else ""
    return (
        f'<table class="{css}"><caption>{for_html(caption)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
    )


def _cut(frame: pd.DataFrame) -> tuple[list[int], int]:
    """The positions of the rows to show, and the first one after the cut (-1 if there is none)."""
    if len(frame) <= MOST_ROWS or "caption" in frame.attrs:
        return [*range(len(frame))], -1
    half = MOST_ROWS // 2
    return [*range(half), *range(len(frame) - half, len(frame))], len(frame) - half


def _rows(frame: pd.DataFrame, shown: list[int]) -> Iterable[tuple[object, tuple[object, ...]]]:
    part = frame.iloc[shown]
    return zip(part.index, part.itertuples(index=False, name=None), strict=True)


def _text(value: object) -> str:
    """A label or a value as text: at most three decimals, and nothing for a missing value."""
    if isinstance(value, tuple):
        return " / ".join(map(_text, value))
    if isinstance(value, float):
        return "" if math.isnan(value) else f"{value:.3f}".rstrip("0").rstrip(".")
    return "" if value is None or value is pd.NA or value is pd.NaT else str(value)


def _class(names: str) -> str:
    return f' class="{for_html(names)}"' if names else ""


def sentences(lines: Iterable[str]) -> Html:
    """Sentences as a list."""
    return Html(
        "<ul class='tt-sentences'>"
        + "".join(f"<li>{for_html(line)}</li>" for line in lines)
        + "</ul>"
    )
