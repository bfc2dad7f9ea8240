"""What arriving flights must look like, checked with pandera."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandera.pandas as pa
from pandera.errors import SchemaErrors

from twotracks.record import GateRefused

if TYPE_CHECKING:
    import pandas as pd


def _number(low: float, high: float, *, missing: bool = True) -> pa.Column:
    return pa.Column("float64", pa.Check.in_range(low, high), nullable=missing)


def _whole(low: int, high: int) -> pa.Column:
    return pa.Column("int64", pa.Check.in_range(low, high))


def _text(pattern: str) -> pa.Column:
    return pa.Column("str", pa.Check.str_matches(pattern))


FLIGHTS = pa.DataFrameSchema(
    {
        "month": _whole(1, 12),
        "day": _whole(1, 31),
        "hour": _whole(0, 23),
        "minute": _whole(0, 59),
        "carrier": _text(r"^[0-9A-Z]{2}$"),
        "flight": _whole(1, 9999),
        "origin": pa.Column("str", pa.Check.isin(["EWR", "JFK", "LGA"])),
        "dest": _text(r"^[A-Z]{3}$"),
        "distance": _whole(1, 6000),
        "temp": _number(-40, 130),
        "dewp": _number(-60, 100),
        "humid": _number(0, 100),
        "wind_speed": _number(0, 120),
        "precip": _number(0, 10),
        "pressure": _number(900, 1100),
        "visib": _number(0, 20),
        "dep_delay": _whole(-120, 3000),
        "arr_delay": _whole(-180, 3000),
    },
    checks=[
        pa.Check(lambda flights: len(flights) > 0, error="there are rows"),
        pa.Check(lambda flights: not flights.duplicated().any(), error="no row is there twice"),
    ],
    strict=True,
    unique_column_names=True,
    name="flights",
)
"""Columns, types, ranges and whether a value may be missing; units are on the data card."""


def count_checks(schema: pa.DataFrameSchema = FLIGHTS) -> int:
    """How many single checks a schema makes: presence, type, missing values, and each rule."""
    columns = schema.columns.values()
    return len(schema.checks) + sum(3 + len(column.checks) for column in columns)


def check(flights: pd.DataFrame) -> int:
    """Check flights against the schema.

    Returns:
        How many checks passed; all of them.

    Raises:
        GateRefused: a check failed. The message has the first of each column, with its rows.
    """
    repeated = [*flights.columns[flights.columns.duplicated()]]
    if repeated:  # pandera cannot go on to the other checks with these
        raise GateRefused(
            f"column {repeated[0]!r} is there twice",
            where="flights",
            fix="Mend the data at its source; nothing was kept.",
        )
    try:
        FLIGHTS.validate(flights, lazy=True)
    except SchemaErrors as error:
        raise GateRefused(
            _explain(error.failure_cases),
            where="flights",
            fix="Mend the data at its source; nothing was kept.",
        ) from error
    return count_checks()


def _explain(cases: pd.DataFrame) -> str:
    """The failures, a column each: which check, on how many rows, and the first value."""
    parts = []
    for (column, rule), group in cases.groupby(["column", "check"], sort=False, dropna=False):
        if not isinstance(column, str) or rule in ("there are rows", "no row is there twice"):
            parts.append(f"the rows: not so that {rule}")
            continue
        first = group["failure_case"].iloc[0]
        name = first if rule in ("column_in_dataframe", "column_in_schema") else column
        parts.append(
            f"column {name!r}: {rule} fails on {len(group)} "
            f"{'value' if len(group) == 1 else 'values'}, the first is {first!r}"
        )
    return "; ".join(parts)
