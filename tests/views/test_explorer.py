"""The explorer as it stands in the page, before any script."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.views.troubles import trouble, troubles
from twotracks import TwoTracksError
from twotracks.views.explorer import explorer, in_one_line
from twotracks.views.scenarios import Scenarios

if TYPE_CHECKING:
    from twotracks.views.matrix import Row

ALL = Scenarios(troubles(), {})
MATRIX = ALL.matrix()
STOP = r'<li data-step="(\w+)" data-mark="([\w ]+)"[^>]*--column:(\d+)'


def lane(html: str, side: str) -> list[tuple[str, str, str]]:
    return re.findall(STOP, html.split(f"tt-lane-{side}")[1].split("</ol>", maxsplit=1)[0])


@pytest.mark.parametrize("row", MATRIX.rows, ids=lambda row: row.name)
def test_stops_have_the_marks_of_the_matrix(row: Row) -> None:
    html = explorer(ALL, rest=row.name).markup
    for side in ("software", "ml"):
        found = {step: mark for step, mark, _ in lane(html, side)}
        assert found == dict(row.marks[side])


def test_a_step_of_both_sides_stands_in_one_column() -> None:
    html = explorer(ALL).markup
    software, ml = (
        {step: int(at) for step, _, at in lane(html, side)} for side in ("software", "ml")
    )
    assert {step: software[step] for step in software if step in ml} == {
        step: ml[step] for step in software if step in ml
    }
    assert list(software.values()) == sorted(software.values())
    assert list(ml.values()) == sorted(ml.values())
    assert len({*software.values(), *ml.values()}) == int(html.split("--columns:")[1].split('"')[0])


def test_steps_that_only_the_first_side_has_come_after_the_one_before_them() -> None:
    assert in_one_line(["a", "x", "y", "b"], ["a", "m", "b"]) == ("a", "x", "y", "m", "b")
    assert in_one_line(["x", "a"], ["a"]) == ("x", "a")


def test_it_says_in_the_page_how_one_trouble_ended() -> None:
    html = explorer(ALL).markup
    assert "<strong>Let through: users were hurt, and no step of 8 noticed.</strong>" in html
    assert 'href="july.md#ml-monitor_model"' in html
    assert "passed, and raised an alert: predicted 10.5% late, observed 33.0%." in html
    assert "Users asked about 3,000 flights, and 12 were not answered." in html


@pytest.mark.parametrize("brief", [True, False])
def test_every_trouble_is_listed_with_its_page_and_its_fates(brief: bool) -> None:  # noqa: FBT001
    html = explorer(ALL, link="what-breaks/{}.md".format, brief=brief).markup
    items = html.split("data-tt-trouble=")[1:]
    assert len(items) == len(ALL.scenarios)
    assert [item.split('"')[1] for item in items] == [row.name for row in MATRIX.rows]
    for item in items:
        name = item.split('"')[1]
        assert f'data-tt-address="what-breaks/{name}/run.json"' in item
        assert f'<a href="what-breaks/{name}.md">' in item
        assert f"Something happened: {name}." in item
        assert len(re.findall("(?:Software CI/CD alone|With the ML track): [A-Za-z]", item)) == 2
        assert ("<q>" in item) != brief


def test_words_are_escaped_and_an_unknown_trouble_is_an_error() -> None:
    odd = trouble("a&b", "data", hurts=False)
    html = explorer(Scenarios((odd,), {}), rest="a&b").markup
    assert "<odd>" not in html
    assert 'data-tt-rest="a&amp;b"' in html
    with pytest.raises(TwoTracksError, match="no scenario 'juli'"):
        explorer(ALL, rest="juli")
