"""Accessible HTML: tables with a caption and scoped headers. Everything shown is escaped."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from twotracks.markup_text import text_of
from twotracks.views.text import for_html

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

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
    `row_classes` and `row_ids`, a class and an id for each row; `cell_classes`, a class by row and
    column; and `row_steps` and `column_steps`, the number of the step that a row or, by its name, a
    column is about, which become `data-step`. A frame with an index of its own has that as row
    headers.
    """
    attrs = frame.attrs
    shown, cut = _cut(frame)
    plain_index = isinstance(frame.index, pd.RangeIndex) and frame.index.name is None
    row_header = attrs.get("row_header")
    headers = [] if plain_index else [_text(frame.index.name) or "Row"]
    steps = {name: _step(n) for name, n in attrs.get("column_steps", {}).items()}
    head = "".join(f'<th scope="col">{for_html(name)}</th>' for name in headers) + "".join(
        f'<th scope="col"{steps.get(name, "")}>{for_html(_text(name))}</th>'
        for name in frame.columns
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
            cells.append(
                f"<{tag}{_class(css)}{steps.get(column, '')}>{for_html(_text(value))}</{tag[:2]}>"
            )
        rows.append(f"<tr{_row_attributes(attrs, position)}>{''.join(cells)}</tr>")
    caption = attrs.get("caption", f"Table of {len(frame)} rows, {len(frame.columns)} columns")
    css = "tt-table" if "caption" in attrs else "tt-table tt-plain"
    css += " tt-wide" if len(frame.columns) > WIDE else ""
    return (
        f'<table class="{css}"><caption>{for_html(caption)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
    )


def _row_attributes(attrs: Mapping[Any, Any], position: int) -> str:
    def given(name: str) -> Any:
        values = attrs.get(name, [])
        return values[position] if position < len(values) else None

    name = f' id="{for_html(given("row_ids"))}"' if given("row_ids") else ""
    return f"{name}{_class(given('row_classes') or '')}{_step(given('row_steps'))}"


def _step(number: int | None) -> str:
    return "" if number is None else f' data-step="{number}"'


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


def scrolling(markup: str, label: str) -> str:
    """What is wide scrolls in itself, and not with the text around it.

    Args:
        markup: The table or the drawing.
        label: What it is, for who hears it.
    """
    return (
        f'<div class="tt-scroll" tabindex="0" role="region" aria-label="{for_html(label)}">'
        f"{markup}</div>"
    )


def sentences(lines: Iterable[str]) -> Html:
    """Sentences as a list."""
    return Html(
        "<ul class='tt-sentences'>"
        + "".join(f"<li>{for_html(line)}</li>" for line in lines)
        + "</ul>"
    )
