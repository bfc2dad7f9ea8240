"""From a flight to the numbers and categories that a model sees.

The model is trained elsewhere, on columns of these names, in these units and in this order. A
change here is a change of what every model means, so it needs a new model.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flight_delay.flight import Flight

NUMBERS = (
    "hour",  # of the scheduled departure, local time, 0 to 23
    "distance",  # miles
    "temp",  # degrees Fahrenheit
    "dewp",  # degrees Fahrenheit
    "humid",  # percent
    "wind_speed",  # miles per hour
    "precip",  # inches in the hour
    "pressure",  # millibars
    "visib",  # miles
)
CATEGORIES = (
    "carrier",  # two-character IATA code
    "origin",  # EWR, JFK or LGA
)
FEATURES = NUMBERS + CATEGORIES
"""The eleven columns, in order."""


def features(flight: Flight) -> dict[str, float | str]:
    """Turn one flight into one row for the model.

    Args:
        flight: the flight as the client described it.

    Returns:
        The eleven features in the order of `FEATURES`; NaN stands for what was not measured.
    """
    row: dict[str, float | str] = {"hour": float(flight.departure.hour)}
    for name in NUMBERS[1:]:
        value = getattr(flight, name)
        row[name] = math.nan if value is None else float(value)
    for name in CATEGORIES:
        row[name] = getattr(flight, name)
    return row
