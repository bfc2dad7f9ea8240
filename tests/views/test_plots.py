"""A figure that can be read without colour, without a mouse and without seeing it."""

from __future__ import annotations

import math
import re
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twotracks import TwoTracksError
from twotracks.views import plots
from twotracks.views.plots import Lanes, Line, Lines, figure

SVG = "{http://www.w3.org/2000/svg}"
AXIS = ("April", "May", "June")
UP = Line("up", "ink", (0.1, 0.2, 0.4), ((0.0, 0.2), (0.1, 0.3), (0.3, 0.5)))
DOWN = Line("down", "software", (0.3, 0.2, 0.1))
FLAT = Line("flat", "ml", (0.1, 0.1, 0.1))
RATES = Lines("Late", (UP, DOWN, FLAT), ".0%")
MARKS = Lanes("Retrained", ("promoted", "refused"), {"always": ("refused", None, "promoted")})


def drawn(*panels: Lines | Lanes) -> ET.Element:
    return ET.fromstring(figure("year", "The year", AXIS, panels, "Three months.").markup)


def numbers(path: str) -> list[float]:
    return [float(number) for number in re.findall(r"-?\d+(?:\.\d+)?", path)]


def test_it_is_an_image_with_a_title_and_a_description() -> None:
    root = drawn(RATES, MARKS)
    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == "year-title year-desc"
    title, told = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert title is not None
    assert told is not None
    assert (title.get("id"), title.text) == ("year-title", "The year")
    assert told.get("id") == "year-desc"
    assert told.text == (
        "Three months. Late. up: lowest in April, 10%; highest in June, 40%. "
        "down: lowest in June, 10%; highest in April, 30%. "
        "flat: lowest in April, 10%; highest in April, 10%. "
        "Retrained. always: refused in April; promoted in June."
    )


def test_a_lane_without_marks_is_told_so() -> None:
    lanes = Lanes("Retrained", ("promoted",), {"never": (None, None, None)})
    assert drawn(lanes).findtext(f"{SVG}desc", "").endswith("never: none.")


def test_lines_differ_by_marker_and_dash_and_have_their_names_beside_them() -> None:
    root = drawn(RATES)
    series = [g for g in root.iter(f"{SVG}g") if "tt-series" in (g.get("class") or "")]
    assert [g.findtext(f"{SVG}text") for g in series] == ["up", "down", "flat"]
    markers = [
        next(
            shape.tag + re.sub(r"^M[\d. ]+", "", shape.get("d", ""))
            for shape in g
            if shape.get("class") == "tt-dot"
        )
        for g in series
    ]
    assert len(set(markers)) == 3
    dashes = re.findall(r"\.tt-(software|ml) \.tt-line\{stroke-dasharray:([\d ]+)\}", plots.STYLE)
    assert len({dash for _, dash in dashes}) == 2


def test_marks_differ_by_shape() -> None:
    root = drawn(MARKS)
    shapes = [
        re.sub(r"^M[\d. ]+", "", mark.get("d", ""))
        for mark in root.iter(f"{SVG}path")
        if mark.get("class") in ("tt-open", "tt-full", "tt-none")
    ]
    assert len(set(shapes[:3])) == 3
    assert shapes[3:] == [shapes[2], shapes[0]]  # The legend: promoted, refused.


def test_points_are_where_the_scale_says() -> None:
    root = drawn(Lines("Late", (DOWN,), ".0%"))
    grid: dict[float, None] = {}
    for path in root.iter(f"{SVG}path"):
        if path.get("class") in ("tt-grid", "tt-zero"):
            grid[numbers(path.get("d", ""))[1]] = None
    labels = [t for t in root.iter(f"{SVG}text") if t.get("class") == "tt-end"]
    scale = dict(zip((float((t.text or "").rstrip("%")) / 100 for t in labels), grid, strict=True))
    line = next(p for p in root.iter(f"{SVG}path") if p.get("class") == "tt-line")
    heights = numbers(line.get("d", ""))[1::2]
    assert heights == [scale[value] for value in DOWN.values]


def test_a_band_goes_through_the_ends_of_the_intervals() -> None:
    root = drawn(Lines("Late", (UP,)))
    band = next(p for p in root.iter(f"{SVG}path") if p.get("class") == "tt-band")
    heights = numbers(band.get("d", ""))[1::2]
    assert len(heights) == 6
    line = next(p for p in root.iter(f"{SVG}path") if p.get("class") == "tt-line")
    middle = numbers(line.get("d", ""))[1::2]
    for low, value, high in zip(heights[:3], middle, heights[:2:-1], strict=True):
        assert low > value > high  # Downwards in an SVG.


@given(st.lists(st.floats(-1e6, 1e6), min_size=3, max_size=3))
def test_whatever_is_drawn_stays_inside(values: list[float]) -> None:
    root = drawn(Lines("Late", (Line("any", "ink", tuple(values)),)))
    *_, width, height = numbers(root.get("viewBox", ""))
    line = next(p for p in root.iter(f"{SVG}path") if p.get("class") == "tt-line")
    at = numbers(line.get("d", ""))
    assert all(plots.LEFT <= x <= width for x in at[::2])
    assert all(0 <= y <= height for y in at[1::2])


def test_names_at_the_end_of_lines_do_not_lie_on_each_other() -> None:
    root = drawn(Lines("Late", (FLAT, Line("same", "ink", FLAT.values))))
    heights = [
        float(g.find(f"{SVG}text").get("y", ""))  # type: ignore[union-attr]
        for g in root.iter(f"{SVG}g")
        if "tt-series" in (g.get("class") or "")
    ]
    assert abs(heights[0] - heights[1]) >= plots.LETTERS


def test_letters_stay_above_nine_pixels() -> None:
    assert plots.LETTERS * plots.SMALLEST / plots.WIDTH > 9
    assert f"font-size:{plots.LETTERS}px" in plots.STYLE
    assert f"min-width:{plots.SMALLEST}px" in drawn(RATES).get("style", "")


def test_no_colour_stands_outside_the_palette() -> None:
    markup = figure("year", "The year", AXIS, [RATES, MARKS]).markup
    body = markup.replace(plots.STYLE, "")
    assert not re.search(r"#[0-9a-f]{3}", body)
    light = plots.STYLE.split("@media")[0]
    assert all(f"var(--tt-{name},#" in light for name in ("ink", "line", "rule", "software", "ml"))
    assert not re.search(r"(?<!,)#[0-9a-f]{3}", light)


def test_the_same_data_give_the_same_bytes_and_text_is_escaped() -> None:
    lines = Lines("a <b> & c", (Line("x & y", "ink", (1.0, 2.0, 3.0)),))
    first = figure("year", "<The year>", AXIS, [lines]).markup
    assert first == figure("year", "<The year>", AXIS, [lines]).markup
    assert "&lt;The year&gt;" in first
    assert "x &amp; y" in first


@pytest.mark.parametrize(
    ("panel", "message"),
    [
        (Lines("Late", (Line("short", "ink", (1.0,)),)), "line 'short' needs 3 values"),
        (Lines("Late", (Line("gap", "ink", (1.0, math.nan, 2.0)),)), "line 'gap' has a gap"),
        (Lines("L", (Line("i", "ink", (1.0, 2.0, 3.0), ((0.0, 1.0),)),)), "line 'i' needs 3"),
        (Lanes("L", ("a",), {"x": ("a", "b", None)}), "lane 'x' needs 3 marks of a"),
        (Lanes("L", ("a",), {"x": ("a",)}), "lane 'x' needs 3 marks of a"),
        (Lanes("L", tuple("abcde"), {}), "there are 4 shapes"),
        (Lines("Late", ()), "no lines"),
    ],
)
def test_what_cannot_be_drawn_is_an_error(panel: Lines | Lanes, message: str) -> None:
    with pytest.raises(TwoTracksError, match=message):
        figure("year", "The year", AXIS, [panel])


def test_a_figure_needs_an_axis() -> None:
    with pytest.raises(TwoTracksError, match="1 names make no axis"):
        figure("year", "The year", AXIS[:1], [])
