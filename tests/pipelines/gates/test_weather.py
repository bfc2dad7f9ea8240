"""Weather that cannot be, or that was there before."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tests.pipelines.gates.rates import most_alarms
from twotracks.pipelines import flights
from twotracks.pipelines.gates.weather import WEATHER, weather_is_new, weather_is_possible

SAMPLE = flights.load()
SPRING = flights.until(SAMPLE, 3, 31)


def in_celsius(rows: pd.DataFrame, column: str) -> pd.DataFrame:
    return rows.assign(**{column: (rows[column] - 32) / 1.8})


def test_the_weather_of_the_whole_year_is_possible_and_new() -> None:
    possible, new = weather_is_possible(SAMPLE), weather_is_new(SAMPLE)
    assert possible.passed
    assert possible.because.startswith("dewp is above temp in 0 of 13,")
    assert new.passed
    assert " 0 of 13,031 hours" in new.because


def test_a_temperature_in_celsius_is_refused_in_every_month() -> None:
    for _, rows in SAMPLE.groupby("month"):
        assert not weather_is_possible(in_celsius(rows, "temp")).passed


def test_a_dew_point_in_celsius_is_possible() -> None:
    """It is lower, which breaks no law: another gate has to see it."""
    assert weather_is_possible(in_celsius(SPRING, "dewp")).passed


def test_a_few_wrong_hours_are_let_through_and_one_more_is_not() -> None:
    hours = SPRING.drop_duplicates(["month", "day", "hour", "origin"]).dropna(subset=["temp"])
    hours = hours.head(1000)

    def wrong(n: int) -> pd.DataFrame:
        return hours.assign(dewp=np.where(np.arange(1000) < n, hours["temp"] + 5, hours["dewp"]))

    # P(X >= 5) = 0.0036 and P(X >= 4) = 0.019 for 1,000 hours at 0.001.
    assert weather_is_possible(wrong(4)).passed
    assert not weather_is_possible(wrong(5)).passed
    rounded = hours.assign(dewp=hours["temp"] + 0.05)
    assert weather_is_possible(rounded).passed


def repeated_from_february(rows: pd.DataFrame) -> pd.DataFrame:
    """March's flights with February's weather of the same day and hour."""
    key = ["origin", "day", "hour"]
    old = SAMPLE[SAMPLE["month"] == 2].groupby(key)[list(WEATHER)].first().reset_index()
    joined = rows[key].merge(old, on=key, how="left")
    return rows.assign(**{name: joined[name].to_numpy() for name in WEATHER})


def test_last_months_weather_is_refused() -> None:
    march = SPRING[SPRING["month"] == 3]
    stopped = pd.concat([SPRING[SPRING["month"] < 3], repeated_from_february(march)])
    found = weather_is_new(stopped)
    assert not found.passed
    assert "temp, dewp, humid" in found.because
    assert weather_is_new(repeated_from_february(march)).passed, "February is not there to compare"
    assert not weather_is_new(repeated_from_february(march), SPRING).passed


def test_a_frozen_feed_is_refused() -> None:
    day = SPRING[(SPRING["month"] == 3) & (SPRING["day"] == 1)]
    frozen = pd.concat([day, *(day.assign(day=n) for n in range(2, 4))])
    assert not weather_is_new(frozen).passed


@pytest.mark.parametrize("gate", [weather_is_possible, weather_is_new])
def test_without_hours_enough_there_is_no_pass(gate: object) -> None:
    for rows in (SPRING.head(5), SPRING.assign(temp=np.nan)):
        found = gate(rows)  # type: ignore[operator]
        assert not found.passed
        assert "30 are the fewest to judge by" in found.because
    assert not weather_is_new(SPRING.assign(month=np.nan)).passed


def test_false_alarms_over_draws_of_the_year() -> None:
    rng = np.random.default_rng(0)
    alarms = 0
    for _ in range(60):
        rows = SAMPLE.iloc[rng.permutation(len(SAMPLE))[:2000]]
        alarms += not (weather_is_possible(rows).passed and weather_is_new(rows).passed)
    assert alarms <= most_alarms(0.02, 60)
