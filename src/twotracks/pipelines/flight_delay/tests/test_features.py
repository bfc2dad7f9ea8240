"""The eleven features: their order, their units and what stands for a missing measurement."""

from __future__ import annotations

import math
from importlib.metadata import version

import flight_delay
import pytest
from flight_delay.features import CATEGORIES, FEATURES, NUMBERS, features
from flight_delay.flight import Flight

FLIGHT = {
    "departure": "2013-07-01T17:45",
    "carrier": "B6",
    "origin": "JFK",
    "distance": 1069,
    "temp": 81.0,
    "dewp": 69.1,
    "humid": 67.2,
    "wind_speed": 12.7,
    "precip": 0.02,
    "pressure": 1008.4,
    "visib": 9.0,
}


def test_columns_are_nine_numbers_and_two_categories() -> None:
    assert FEATURES == (
        "hour",
        "distance",
        "temp",
        "dewp",
        "humid",
        "wind_speed",
        "precip",
        "pressure",
        "visib",
        "carrier",
        "origin",
    )
    assert (len(NUMBERS), len(CATEGORIES)) == (9, 2)


def test_row_has_the_columns_in_order_and_the_values_unchanged() -> None:
    row = features(Flight.model_validate(FLIGHT))
    assert tuple(row) == FEATURES
    assert row == {"hour": 17.0, **{k: v for k, v in FLIGHT.items() if k != "departure"}}


@pytest.mark.parametrize(
    ("departure", "hour"),
    [("2013-01-01T00:05", 0), ("2013-03-31T05:59:59", 5), ("2013-12-31 23:00", 23)],
)
def test_hour_is_the_hour_of_the_scheduled_departure(departure: str, hour: int) -> None:
    assert features(Flight.model_validate(FLIGHT | {"departure": departure}))["hour"] == hour


@pytest.mark.parametrize("left_out", [True, False])
def test_a_missing_measurement_is_nan_not_zero(*, left_out: bool) -> None:
    raw = {**FLIGHT, "precip": None}
    if left_out:
        del raw["precip"]
    row = features(Flight.model_validate(raw))
    assert isinstance(row["precip"], float)
    assert math.isnan(row["precip"])


def test_the_package_is_the_version_that_it_says() -> None:
    assert version("flight-delay") == flight_delay.__version__
