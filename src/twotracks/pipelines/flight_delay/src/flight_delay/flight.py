"""A flight as a client describes it: raw fields, in the units of the 2013 New York data."""

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, NaiveDatetime


def _with_a_time(value: object) -> object:
    # pydantic would take a bare date for midnight, and a number for seconds since 1970.
    if not isinstance(value, str) or ":" not in value:
        raise ValueError("give the local date and time, such as 2013-07-01T17:45")
    return value


Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
"""A JSON number: no text that looks like one, no true or false, no NaN."""


class Flight(BaseModel):
    """One flight and the weather at its origin in the hour of departure.

    A weather field that was not measured is null or left out. The ranges are wider than what was
    ever measured in New York, and narrow enough to notice another unit or a broken sensor.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    departure: Annotated[NaiveDatetime, BeforeValidator(_with_a_time)]
    """Scheduled departure, ISO 8601 in local time, without an offset."""
    carrier: Annotated[str, Field(pattern=r"^[A-Z0-9]{2}$")]
    """The airline's two-character IATA code."""
    origin: Literal["EWR", "JFK", "LGA"]
    distance: Annotated[Number, Field(gt=0, le=12_000)]
    """Miles."""
    temp: Annotated[Number, Field(ge=-60, le=130)] | None = None
    """Degrees Fahrenheit."""
    dewp: Annotated[Number, Field(ge=-80, le=100)] | None = None
    """Dew point, degrees Fahrenheit."""
    humid: Annotated[Number, Field(ge=0, le=100)] | None = None
    """Relative humidity, percent."""
    wind_speed: Annotated[Number, Field(ge=0, le=200)] | None = None
    """Miles per hour."""
    precip: Annotated[Number, Field(ge=0, le=15)] | None = None
    """Inches in the hour."""
    pressure: Annotated[Number, Field(ge=850, le=1100)] | None = None
    """Sea level pressure, millibars."""
    visib: Annotated[Number, Field(ge=0, le=100)] | None = None
    """Visibility, miles."""
