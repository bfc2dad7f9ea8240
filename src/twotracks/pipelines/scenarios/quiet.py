"""What the ML track's alarms say of months in which nothing happened."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from twotracks.pipelines.flights import is_late, until
from twotracks.pipelines.gates.drift import after_labels, before_labels
from twotracks.pipelines.gates.false_alarms import false_alarm_rate
from twotracks.pipelines.lineage import TRAINED_UNTIL
from twotracks.pipelines.ml import COLLECTED_UNTIL
from twotracks.pipelines.model import fit
from twotracks.pipelines.scenarios.scenario import calm_world

if TYPE_CHECKING:
    from twotracks.pipelines.gates.verdict import Verdict

MONTHS = 100
FLIGHTS = 2_000
"""How many flights a month has; the sample's months have as many."""


def quiet_months(months: int = MONTHS) -> dict[str, Any]:
    """Draw months that chance alone tells from the validation flights, and count the alarms.

    The flights of the validation period and the live ones are one population: real flights of the
    same fortnight. They are split at random, again and again, into a reference and a month.

    Returns:
        How many months raised an alarm before the outcomes were known, and after: each with its
        exact 95% interval.
    """
    world = calm_world()
    collected = until(world.flights, *COLLECTED_UNTIL)
    training = until(collected, *TRAINED_UNTIL)
    model = fit(training, is_late(training), "quiet months")
    validation = collected.drop(training.index)
    pool = pd.concat([validation, world.live], ignore_index=True)
    pool = pool.assign(late=is_late(pool).astype(int), probability=model.predict(pool))

    def before(reference: pd.DataFrame, live: pd.DataFrame) -> tuple[Verdict, ...]:
        return before_labels(reference, live, training, model.features)

    def after(reference: pd.DataFrame, live: pd.DataFrame) -> tuple[Verdict, ...]:
        return after_labels(reference, live, model.base_rate)

    return {
        name: false_alarm_rate(ask, pool, len(validation), FLIGHTS, draws=months).to_json()
        for name, ask in (("before_the_outcomes", before), ("after_the_outcomes", after))
    }
