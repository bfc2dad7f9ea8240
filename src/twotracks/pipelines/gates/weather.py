"""Can this be the weather of these hours? Gates that look at several columns at once.

Flights of one airport and hour share their weather, so what is counted is hours, not flights.
"""

from __future__ import annotations

import pandas as pd

from twotracks.pipelines.gates.two_samples import FEWEST, surely_above
from twotracks.pipelines.gates.verdict import Verdict, verdict

LEVEL = 0.01
"""The chance of refusing hours of which exactly the tolerated share is wrong."""
WEATHER = ("temp", "dewp", "humid", "wind_speed", "precip", "pressure", "visib")
HOUR = ("month", "day", "hour", "origin")
ROUNDING = 0.1
"""Degrees Fahrenheit by which rounding may lift a dew point above the temperature."""
IMPOSSIBLE_SHARE = 0.001
"""The share of hours that may break the law. Of the 19,323 hours of 2013 with flights, none do."""
REPEATED_SHARE = 0.01
"""The share of hours that may repeat an earlier day. Of those 19,323 hours, none do."""


def weather_is_possible(rows: pd.DataFrame, level: float = LEVEL) -> Verdict:
    """Refuse weather whose dew point is above its temperature.

    Air cannot hold more water than saturates it, so the dew point is never above the temperature
    (World Meteorological Organization, Guide to Instruments and Methods of Observation, No. 8,
    chapter 4). A temperature in Celsius beside a dew point in Fahrenheit breaks this, although each
    lies in its range. A dew point in Celsius does not: that is left to the comparison with earlier
    data.

    Statistic: the share of hours that break the law by more than `ROUNDING`; refused if it is
    above `IMPOSSIBLE_SHARE` by a one-sided binomial test. Assumes independent hours; bad ones come
    in spells, so a single spell may be refused.

    Args:
        rows: flights with the columns `HOUR`, `temp` and `dewp`.
        level: of the test.
    """
    name = "the weather is possible"
    hours = rows.dropna(subset=["temp", "dewp"]).drop_duplicates([*HOUR, "temp", "dewp"])
    n = len(hours)
    if n < FEWEST:
        because = f"{n} hours have temp and dewp, and {FEWEST} are the fewest to judge by"
        return verdict(name, because, passed=False)
    wrong = int((hours["dewp"] > hours["temp"] + ROUNDING).sum())
    because = f"dewp is above temp in {wrong:,} of {n:,} hours ({wrong / n:.1%})"
    return verdict(name, because, passed=not surely_above(wrong, n, IMPOSSIBLE_SHARE, level))


def weather_is_new(
    rows: pd.DataFrame, earlier: pd.DataFrame | None = None, level: float = LEVEL
) -> Verdict:
    """Refuse weather that repeats, to the last digit, what an earlier day had.

    A feed that stopped and sends last month again, or yesterday, passes every check on ranges and
    shares. But seven readings with their decimals do not come twice at one airport and hour of the
    day.

    Statistic: the share of hours whose `WEATHER` equals that of an earlier day at the same airport
    and hour; refused if it is above `REPEATED_SHARE` by a one-sided binomial test. Assumes
    independent hours. The limit is this project's; `REPEATED_SHARE` says what chance gives.

    Args:
        rows: flights with the columns `HOUR` and `WEATHER`, of one year.
        earlier: older flights to look for repeats in, beside `rows` themselves.
        level: of the test.
    """
    name = "the weather is new"
    hours = _hours(rows)
    n = len(hours)
    if n < FEWEST:
        because = f"{n} hours have weather, and {FEWEST} are the fewest to judge by"
        return verdict(name, because, passed=False)
    known = hours if earlier is None else pd.concat([hours, _hours(earlier)])
    first = known.groupby(["origin", "hour", *WEATHER], dropna=False)["date"].transform("min")
    repeated = int((first < known["date"]).to_numpy()[:n].sum())
    because = (
        f"{', '.join(WEATHER)} equal those of an earlier day at the same airport and hour "
        f"in {repeated:,} of {n:,} hours ({repeated / n:.1%})"
    )
    return verdict(name, because, passed=not surely_above(repeated, n, REPEATED_SHARE, level))


def _hours(rows: pd.DataFrame) -> pd.DataFrame:
    """One row an airport and hour that has weather, with its `date`, which sorts as days do."""
    observed = rows.dropna(subset=["month", "day", "temp"])
    dated = observed.assign(date=observed["month"] * 100 + observed["day"])
    return dated[["date", "hour", "origin", *WEATHER]].drop_duplicates(["date", "hour", "origin"])
