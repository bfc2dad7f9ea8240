"""A figure of small panels over one axis of names, as an SVG that stands in a page.

Lines differ by dash and by marker, marks by shape, so that nothing rests on colour. Nothing is
measured with a font, so the same data give the same bytes on every machine.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from twotracks.errors import TwoTracksError
from twotracks.views.html import Html
from twotracks.views.text import for_html

if TYPE_CHECKING:
    from collections.abc import Sequence

Look: TypeAlias = Literal["ink", "software", "ml"]
"""How a line is drawn: full with circles, dashed with squares, dotted with triangles."""

WIDTH, LEFT, RIGHT = 500, 46, 112
"""Of the drawing, its scale on the left and its labels on the right."""
HEIGHT, LANE, HEAD, GAP = 140, 24, 26, 18
"""Of a panel's lines, of one lane, of a panel's title, and between panels."""
LETTERS = 13
FLAT = 1e-9
"""Values no further apart than this have no scale of their own."""
SMALLEST, WIDEST = 350, 620
"""Pixels: below the first the figure scrolls, so that its letters stay above 9 pixels."""

STYLE = """
.tt-plot{font-family:Inter,"Helvetica Neue",Arial,sans-serif;font-size:13px;
--c:var(--tt-ink,#1f2328)}
.tt-plot text{fill:var(--tt-ink,#1f2328)}.tt-plot .tt-title{font-weight:600}
.tt-plot .tt-end{text-anchor:end}.tt-plot .tt-mid{text-anchor:middle}
.tt-plot .tt-grid{stroke:var(--tt-rule,#d0d7de);fill:none}
.tt-plot .tt-zero{stroke:var(--tt-line,#6b7280);fill:none;stroke-width:1.5}
.tt-plot .tt-software{--c:var(--tt-software,#0b5cad)}.tt-plot .tt-ml{--c:var(--tt-ml,#a8480a)}
.tt-plot .tt-line{stroke:var(--c);fill:none;stroke-width:2}
.tt-plot .tt-software .tt-line{stroke-dasharray:6 4}
.tt-plot .tt-ml .tt-line{stroke-dasharray:2 3}
.tt-plot .tt-band{fill:var(--c);opacity:.14}
.tt-plot .tt-dot{fill:var(--c)}.tt-plot .tt-series text{fill:var(--c)}
.tt-plot .tt-open{fill:none;stroke:var(--tt-ink,#1f2328);stroke-width:1.8}
.tt-plot .tt-full{fill:var(--tt-ink,#1f2328)}.tt-plot .tt-none{fill:var(--tt-line,#6b7280)}
@media (prefers-color-scheme:dark){svg.tt-plot:root{background:#1c2128;--tt-ink:#e6edf3;
--tt-line:#9aa4af;--tt-rule:#444c56;--tt-software:#7ab7f5;--tt-ml:#f0a468}}
""".replace("\n", "")
"""Colours by meaning, from the page's palette; the second value serves a file of its own."""

SHAPES = ("triangle", "cross", "diamond", "square")
"""The marks of lanes, given to kinds of mark in the order of the legend."""


@dataclass(frozen=True)
class Line:
    """One line of a panel, with the interval of each value where there is one."""

    label: str
    look: Look
    values: tuple[float, ...]
    intervals: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True)
class Lines:
    """A panel of lines over one scale."""

    title: str
    lines: tuple[Line, ...]
    form: str = "z.3f"
    """How its numbers are written, as `format` takes it; `z` writes no minus before a zero."""


@dataclass(frozen=True)
class Lanes:
    """A panel of lanes: each has a mark, or none, at every name of the axis."""

    title: str
    kinds: tuple[str, ...]
    """The kinds of mark, at most as many as `SHAPES`, in the order of the legend."""
    lanes: dict[str, tuple[str | None, ...]]


def figure(
    name: str, title: str, axis: Sequence[str], panels: Sequence[Lines | Lanes], told: str = ""
) -> Html:
    """Draw panels below each other over the same axis.

    Args:
        name: made part of the ids, so that two figures of a page do not clash.
        title: a short name of the figure.
        axis: n names, left to right, such as the months; the first three letters are drawn.
        panels: from the top.
        told: what there is to see, in words, before the figures that are told of every line.

    Returns:
        An SVG with a title and a description in words.

    Raises:
        TwoTracksError: there are fewer than two names, a panel has no lines, a line has not n
            values or intervals, a value is no finite number, or a lane has a mark of an unknown
            kind.
    """
    if len(axis) < 2:  # noqa: PLR2004 - a line needs two points
        raise TwoTracksError(f"{len(axis)} names make no axis")
    parts, top = [], 0
    for panel in panels:
        _check(panel, len(axis))
        drawn, height = _lines(panel, axis) if isinstance(panel, Lines) else _lanes(panel, axis)
        parts.append(f'<g transform="translate(0 {top})">{drawn}</g>')
        top += height + GAP
    words = " ".join(filter(None, [told, *(_told(panel, axis) for panel in panels)]))
    return Html(
        f'<svg xmlns="http://www.w3.org/2000/svg" class="tt-plot" role="img" '
        f'viewBox="0 0 {WIDTH} {top - GAP}" '
        f'aria-labelledby="{name}-title {name}-desc" style="display:block;width:100%;'
        f'min-width:{SMALLEST}px;max-width:{WIDEST}px;height:auto">'
        f'<title id="{name}-title">{for_html(title)}</title>'
        f'<desc id="{name}-desc">{for_html(words)}</desc><style>{STYLE}</style>'
        f"{''.join(parts)}</svg>"
    )


def _check(panel: Lines | Lanes, n: int) -> None:
    if isinstance(panel, Lines):
        if not panel.lines:
            raise TwoTracksError("there are no lines", where=panel.title)
        for line in panel.lines:
            numbers = [*line.values, *(end for pair in line.intervals for end in pair)]
            if len(line.values) != n or len(line.intervals) not in (0, n):
                raise TwoTracksError(f"line {line.label!r} needs {n} values", where=panel.title)
            if not all(map(math.isfinite, numbers)):
                raise TwoTracksError(f"line {line.label!r} has a gap", where=panel.title)
        return
    if len(panel.kinds) > len(SHAPES):
        raise TwoTracksError(f"there are {len(SHAPES)} shapes of marks", where=panel.title)
    for label, marks in panel.lanes.items():
        unknown = {*marks} - {*panel.kinds, None}
        if len(marks) != n or unknown:
            raise TwoTracksError(
                f"lane {label!r} needs {n} marks of {', '.join(panel.kinds)}", where=panel.title
            )


def _x(position: int, n: int) -> float:
    """The middle of a name's column."""
    return LEFT + (WIDTH - LEFT - RIGHT) * (position + 0.5) / n


def _title(text: str) -> str:
    return f'<text class="tt-title" x="0" y="{LETTERS}">{for_html(text)}</text>'


def _names(axis: Sequence[str], y: float) -> str:
    return "".join(
        f'<text class="tt-mid" x="{_x(i, len(axis)):.1f}" y="{y}">{for_html(name[:3])}</text>'
        for i, name in enumerate(axis)
    )


def _scale(values: Sequence[float]) -> list[float]:
    """Round numbers around all values, about five of them."""
    low, high = min(values), max(values)
    rough = (high - low if high - low > FLAT else 1) / 4
    ten = 10 ** math.floor(math.log10(rough))
    step = next(ten * nice for nice in (1, 2, 5, 10) if ten * nice >= rough)
    first = math.floor(low / step)
    last = max(math.ceil(high / step), first + 1)
    return [step * number for number in range(first, last + 1)]


def _lines(panel: Lines, axis: Sequence[str]) -> tuple[str, int]:
    """The panel's markup and its height."""
    everything = [end for line in panel.lines for pair in line.intervals for end in pair]
    ticks = _scale([*everything, *(value for line in panel.lines for value in line.values)])

    def y(value: float) -> float:
        return HEAD + HEIGHT * (ticks[-1] - value) / (ticks[-1] - ticks[0])

    parts = [_title(panel.title)]
    for tick in ticks:
        css = "tt-zero" if tick == 0 else "tt-grid"
        parts.append(f'<path class="{css}" d="M{LEFT} {y(tick):.1f}H{WIDTH - RIGHT}"/>')
        label = for_html(format(tick, panel.form))
        parts.append(f'<text class="tt-end" x="{LEFT - 6}" y="{y(tick) + 4:.1f}">{label}</text>')
    ends = _spread([y(line.values[-1]) for line in panel.lines])
    for line, end in zip(panel.lines, ends, strict=True):
        points = [(_x(i, len(axis)), y(value)) for i, value in enumerate(line.values)]
        lows = [(_x(i, len(axis)), y(low)) for i, (low, _) in enumerate(line.intervals)]
        highs = [(_x(i, len(axis)), y(high)) for i, (_, high) in enumerate(line.intervals)]
        band = [*lows, *reversed(highs)]
        parts.append(
            f'<g class="tt-series tt-{line.look}">'
            + (f'<path class="tt-band" d="{_path(band)}Z"/>' if band else "")
            + f'<path class="tt-line" d="{_path(points)}"/>'
            + "".join(_dot(line.look, x, at) for x, at in points)
            + f'<text x="{WIDTH - RIGHT + 4}" y="{end + 4:.1f}">{for_html(line.label)}</text></g>'
        )
    bottom = HEAD + HEIGHT + 20
    parts.append(_names(axis, bottom))
    return "".join(parts), bottom + 4


def _spread(wanted: Sequence[float]) -> list[float]:
    """Heights near those wanted, a line of text apart from each other."""
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    placed = dict.fromkeys(order, 0.0)
    last = -math.inf
    for i in order:
        last = max(wanted[i], last + LETTERS + 2)
        placed[i] = last
    return [placed[i] for i in range(len(wanted))]


def _path(points: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)


def _dot(look: Look, x: float, y: float) -> str:
    shapes = {"ink": "circle", "software": "square", "ml": "triangle"}
    return _shape(shapes[look], x, y, "tt-dot")


def _shape(shape: str, x: float, y: float, css: str) -> str:
    """A mark of about eight pixels around a point."""
    if shape == "circle":
        return f'<circle class="{css}" cx="{x:.1f}" cy="{y:.1f}" r="3.5"/>'
    outline = {
        "square": "m-3.5 -3.5h7v7h-7z",
        "triangle": "m0 -5l5 8.5h-10z",
        "diamond": "m0 -5.5l5.5 5.5l-5.5 5.5l-5.5 -5.5z",
        "cross": "m-4.5 -4.5l9 9m0 -9l-9 9",
        "point": "m-1.5 -1.5h3v3h-3z",
    }[shape]
    return f'<path class="{css}" d="M{x:.1f} {y:.1f}{outline}"/>'


def _mark(panel: Lanes, kind: str | None, x: float, y: float) -> str:
    if kind is None:
        return _shape("point", x, y, "tt-none")
    shape = SHAPES[panel.kinds.index(kind)]
    return _shape(shape, x, y, "tt-full" if shape == "triangle" else "tt-open")


def _lanes(panel: Lanes, axis: Sequence[str]) -> tuple[str, int]:
    """The panel's markup and its height."""
    parts = [_title(panel.title)]
    y = float(HEAD)
    for label, marks in panel.lanes.items():
        y += LANE / 2
        parts.append(f'<path class="tt-grid" d="M{LEFT} {y}H{WIDTH - RIGHT}"/>')
        parts += [_mark(panel, kind, _x(i, len(axis)), y) for i, kind in enumerate(marks)]
        parts.append(f'<text x="{WIDTH - RIGHT + 4}" y="{y + 4}">{for_html(label)}</text>')
        y += LANE / 2
    parts.append(_names(axis, y + 14))
    width = (WIDTH - LEFT) / len(SHAPES)
    for i, kind in enumerate(panel.kinds):
        x = LEFT + 10 + i * width
        parts.append(_mark(panel, kind, x, y + 36))
        parts.append(f'<text x="{x + 12}" y="{y + 40}">{for_html(kind)}</text>')
    return "".join(parts), int(y) + 46


def _told(panel: Lines | Lanes, axis: Sequence[str]) -> str:
    """A panel in words, from its data."""
    if isinstance(panel, Lines):
        told = [_told_line(line, axis, panel.form) for line in panel.lines]
    else:
        told = [_told_lane(label, marks, axis) for label, marks in panel.lanes.items()]
    return f"{panel.title}. {' '.join(told)}"


def _told_line(line: Line, axis: Sequence[str], form: str) -> str:
    ends = []
    for word, value in (("lowest", min(line.values)), ("highest", max(line.values))):
        ends.append(f"{word} in {axis[line.values.index(value)]}, {format(value, form)}")
    return f"{line.label}: {'; '.join(ends)}."


def _told_lane(label: str, marks: Sequence[str | None], axis: Sequence[str]) -> str:
    kinds = [kind for kind in dict.fromkeys(marks) if kind]
    told = [
        f"{kind} in " + ", ".join(n for n, mark in zip(axis, marks, strict=True) if mark == kind)
        for kind in kinds
    ]
    return f"{label}: {'; '.join(told) or 'none'}."
