"""Counting the alarms of a check where nothing has changed."""

from __future__ import annotations

import pandas as pd
import pytest

from twotracks import TwoTracksError
from twotracks.pipelines.gates.false_alarms import false_alarm_rate, rate_of
from twotracks.pipelines.gates.verdict import Verdict, verdict

POOL = pd.DataFrame({"x": range(100)})


def test_each_draw_is_a_split_without_a_row_on_both_sides() -> None:
    seen = []

    def look(before: pd.DataFrame, after: pd.DataFrame) -> tuple[Verdict, ...]:
        seen.append((tuple(before["x"]), tuple(after["x"])))
        return (verdict("even", "", passed=before["x"].iloc[0] % 2 == 0),)

    rate = false_alarm_rate(look, POOL, 30, 20, draws=40)
    assert all(len(a) == 30 and len(b) == 20 and not {*a} & {*b} for a, b in seen)
    assert len(set(seen)) == 40
    assert rate.alarms == sum(a[0] % 2 for a, _ in seen)
    assert rate.low < rate.value < rate.high
    assert false_alarm_rate(look, POOL, 30, 20, draws=40) == rate


def test_no_alarm_in_a_hundred_is_not_a_rate_of_zero() -> None:
    assert rate_of(0, 100).to_json() == {
        "alarms": 0,
        "draws": 100,
        "value": 0.0,
        "low": 0.0,
        "high": pytest.approx(0.036217),
    }


def test_a_pool_that_is_too_small_says_so() -> None:
    with pytest.raises(TwoTracksError, match="60 \\+ 50 rows cannot be drawn from 100"):
        false_alarm_rate(lambda _a, _b: (), POOL, 60, 50)
