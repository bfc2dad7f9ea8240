"""Live flights as monitoring takes them, also those that do not fit the schema."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype

from twotracks.pipelines.flights import FEATURES, is_late
from twotracks.pipelines.schema import check
from twotracks.record import GateRefused

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twotracks.pipelines.model import Model
    from twotracks.pipelines.statistics import Array

OUTCOME = "arr_delay"


def misfit(flights: pd.DataFrame) -> str | None:
    """What of the schema flights do not fit, or None: they are scored all the same.

    Two users may ask about one flight, so a row that is there twice is no trouble here.
    """
    try:
        check(flights.drop_duplicates())
    except GateRefused as refused:
        return f"live flights do not fit the schema: {refused.what}"
    return None


def inputs(flights: pd.DataFrame, like: pd.DataFrame, features: Sequence[str]) -> pd.DataFrame:
    """The columns that monitoring looks at, each of the type that it has in `like`.

    A column that is missing, and a value that is no number where one belongs, becomes a missing
    value: the model answers with what is left, as the service would have to.
    """
    there = flights.loc[:, ~flights.columns.duplicated()]
    names = list(dict.fromkeys(("month", "day", *FEATURES, *features)))
    return pd.DataFrame(
        {name: _as(there.get(name), like[name], flights.index) for name in names},
        index=flights.index,
    )


def _as(values: pd.Series | None, like: pd.Series, index: pd.Index) -> pd.Series:
    if values is None:
        values = pd.Series(np.nan, index=index)
    if not is_numeric_dtype(like):
        return values.astype("str")
    numbers = pd.to_numeric(values, errors="coerce").astype("float64")
    return numbers.where(np.isfinite(numbers))


def outcomes(flights: pd.DataFrame) -> pd.Series:
    """1.0 for a late flight, 0.0 for another, missing where the outcome is not known."""
    if OUTCOME not in flights:
        return pd.Series(np.nan, index=flights.index)
    delays = flights.loc[:, ~flights.columns.duplicated()][OUTCOME]
    delays = pd.to_numeric(delays, errors="coerce")
    late = is_late(pd.DataFrame({OUTCOME: delays})).astype("float64")
    return late.where(delays.notna())


def answers(model: Model, rows: pd.DataFrame) -> Array:
    """What a model says of n flights as `inputs` gives them; an unknown category is one of none."""
    text = [name for name in model.features if not is_numeric_dtype(rows[name])]
    return model.predict(rows.assign(**{name: rows[name].fillna("") for name in text}))
