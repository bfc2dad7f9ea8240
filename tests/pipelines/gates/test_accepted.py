"""A delivery beside the one that was accepted before it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tests.pipelines.gates.rates import most_alarms
from twotracks.pipelines import flights
from twotracks.pipelines.gates.accepted import (
    categories_are_known,
    listed,
    same_days_look_the_same,
    values_are_complete,
)
from twotracks.pipelines.gates.false_alarms import false_alarm_rate

SAMPLE = flights.load()
SPRING = flights.until(SAMPLE, 3, 31)
MARCH = SAMPLE[SAMPLE["month"] == 3]
GATES = [values_are_complete, categories_are_known, same_days_look_the_same]
rng = np.random.default_rng(0)


@pytest.mark.parametrize("gate", GATES)
def test_the_same_again_and_a_first_delivery_pass(gate: object) -> None:
    assert gate(SPRING, SPRING).passed  # type: ignore[operator]
    first = gate(SPRING, None)  # type: ignore[operator]
    assert first.passed
    assert "nothing to compare with" in first.because


@pytest.mark.parametrize("gate", GATES)
def test_too_few_rows_are_not_let_through(gate: object) -> None:
    found = gate(MARCH.head(29), MARCH)  # type: ignore[operator]
    assert not found.passed
    assert "29 rows, and 30 are the fewest to judge by" in found.because


@pytest.mark.parametrize("gate", GATES)
def test_every_later_month_of_the_year_passes(gate: object) -> None:
    """New days are another season, and that must not be refused."""
    for month in range(3, 13):
        before, now = flights.until(SAMPLE, month - 1, 31), flights.until(SAMPLE, month, 31)
        assert gate(now, before).passed, month  # type: ignore[operator]


def with_missing(rows: pd.DataFrame, column: str, share: float) -> pd.DataFrame:
    lost = np.random.default_rng(1).random(len(rows)) < share
    return rows.assign(**{column: rows[column].mask(lost)})


def test_a_burst_of_missing_values_is_refused() -> None:
    found = values_are_complete(with_missing(SPRING, "temp", 0.05), SPRING)
    assert not found.passed
    assert found.because.startswith("temp is missing in 5.1% of 6,000 rows, and was in 0.1%")
    assert values_are_complete(with_missing(SPRING, "temp", 0.001), SPRING).passed


def test_a_burst_on_new_days_is_refused_beyond_the_allowance() -> None:
    old, new = SPRING[SPRING["month"] < 3], SPRING[SPRING["month"] == 3]
    for share, passed in ((0.05, True), (0.2, False)):
        delivered = pd.concat([old, with_missing(new, "humid", share)])
        found = values_are_complete(delivered, old)
        assert found.passed is passed, found.because
    assert "humid is missing in 19.1%" in found.because
    assert "rows of new days" in found.because


def test_a_column_that_is_mostly_missing_is_refused_in_a_first_delivery_too() -> None:
    assert values_are_complete(with_missing(SPRING, "visib", 0.45), None).passed
    assert not values_are_complete(with_missing(SPRING, "visib", 0.55), None).passed


def test_a_code_that_nobody_knows_is_refused_and_a_few_flights_are_not() -> None:
    def with_new(n: int) -> pd.DataFrame:
        carrier = SPRING["carrier"].where(np.arange(len(SPRING)) >= n, "ZZ")
        return SPRING.assign(carrier=carrier)

    found = categories_are_known(with_new(600), SPRING)
    assert not found.passed
    assert found.because == "carrier has ZZ in 600 of 6,000 rows (10.0%)"
    # 30 of 6,000 is the limit itself; the binomial test at 0.01 / 2 refuses from 46 on.
    assert categories_are_known(with_new(45), SPRING).passed
    assert not categories_are_known(with_new(46), SPRING).passed


def test_another_unit_on_the_same_days_is_refused() -> None:
    for column in ("temp", "dewp", "wind_speed", "distance", "arr_delay"):
        found = same_days_look_the_same(SPRING.assign(**{column: SPRING[column] * 0.6}), SPRING)
        assert not found.passed
        assert f"{column} (mean" in found.because
    found = same_days_look_the_same(SPRING.assign(carrier="UA"), SPRING)
    assert "carrier (UA" in found.because


def test_another_sample_of_the_same_days_passes() -> None:
    late = MARCH[MARCH["day"] > 15]
    found = same_days_look_the_same(flights.load_live(), late)
    assert found.passed
    assert found.because.startswith("on 16 days that were seen before, 1,082 rows then and 3,000")


def test_days_that_only_one_has_are_not_compared() -> None:
    july = SAMPLE[SAMPLE["month"] == 7]
    assert same_days_look_the_same(july, SPRING).because == "the two have no day in common"
    assert same_days_look_the_same(pd.concat([SPRING, july]), SPRING).passed


def test_a_column_without_values_cannot_be_compared() -> None:
    found = same_days_look_the_same(SPRING.assign(temp=np.nan), SPRING)
    assert not found.passed
    assert "temp: fewer than 30 values" in found.because


def test_only_the_first_few_are_listed() -> None:
    assert listed(["a", "b", "c", "d"]) == "a; b; c; and 1 more"
    assert listed(["a"]) == "a"


@pytest.mark.parametrize(
    ("gate", "level"),
    [(values_are_complete, 0.01), (categories_are_known, 0.01), (same_days_look_the_same, 0.01)],
)
def test_false_alarms_over_splits_of_one_month(gate: object, level: float) -> None:
    rate = false_alarm_rate(
        lambda before, after: (gate(after, before),),  # type: ignore[operator]
        MARCH,
        500,
        500,
        draws=200,
    )
    assert rate.alarms <= most_alarms(level, 200), rate


def test_a_small_snapshot_cannot_have_seen_every_carrier() -> None:
    """Each split of 300 rows misses a rare carrier or two, and that is no change."""
    rate = false_alarm_rate(
        lambda before, after: (categories_are_known(after, before),), MARCH, 300, 300, draws=200
    )
    assert rate.alarms <= most_alarms(0.01, 200), rate
