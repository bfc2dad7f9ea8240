"""What arriving data are asked, in this order, once they fit the schema."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twotracks.pipelines.flights import until
from twotracks.pipelines.gates.accepted import (
    categories_are_known,
    same_days_look_the_same,
    values_are_complete,
)
from twotracks.pipelines.gates.leakage import no_row_on_both_sides
from twotracks.pipelines.gates.weather import weather_is_new, weather_is_possible

if TYPE_CHECKING:
    import pandas as pd

    from twotracks.pipelines.gates.verdict import Verdict


def arrival_gates(
    rows: pd.DataFrame, accepted: pd.DataFrame | None, trained_until: tuple[int, int]
) -> tuple[Verdict, ...]:
    """The verdict of every gate on data that arrive.

    Args:
        rows: the n rows that arrived; they fit the schema.
        accepted: the rows of the last accepted snapshot, if there is one.
        trained_until: the last month and day that are trained on.
    """
    rows = rows.reset_index(drop=True)  # so that a row's label is its own
    training = until(rows, *trained_until)
    return (
        weather_is_possible(rows),
        values_are_complete(rows, accepted),
        categories_are_known(rows, accepted),
        no_row_on_both_sides(training, rows.drop(training.index)),
        weather_is_new(rows),
        same_days_look_the_same(rows, accepted),
    )
