"""How often does a check refuse where nothing has changed?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from twotracks.errors import TwoTracksError
from twotracks.pipelines.gates.two_samples import clopper_pearson

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from twotracks.pipelines.gates.verdict import Verdict


@dataclass(frozen=True)
class AlarmRate:
    """How many of n draws without a change raised an alarm, with the exact 95% interval."""

    alarms: int
    draws: int
    low: float
    high: float

    @property
    def value(self) -> float:
        return self.alarms / self.draws

    def to_json(self) -> dict[str, Any]:
        """The counts, the share and its interval, to six decimals."""
        return {
            "alarms": self.alarms,
            "draws": self.draws,
            "value": round(self.value, 6),
            "low": round(self.low, 6),
            "high": round(self.high, 6),
        }


def rate_of(alarms: int, draws: int) -> AlarmRate:
    """The rate, with the interval of Clopper and Pearson (1934, Biometrika 26)."""
    return AlarmRate(alarms, draws, *clopper_pearson(alarms, draws))


def false_alarm_rate(
    ask: Callable[[pd.DataFrame, pd.DataFrame], tuple[Verdict, ...]],
    pool: pd.DataFrame,
    before: int,
    after: int,
    *,
    draws: int = 100,
    seed: int = 0,
) -> AlarmRate:
    """Split rows that nothing but chance tells apart, again and again, and count the alarms.

    Assumes that the rows of the pool are exchangeable, and makes it so by drawing at random. Real
    months are not: the flights of an hour share their weather, so a real quiet month raises more
    alarms than this says.

    Args:
        ask: from the rows before and the rows after to verdicts; one that does not pass is an
            alarm.
        pool: at least `before` + `after` rows without a change among them.
        before: how many rows to draw as the reference.
        after: how many others to draw as what came later.
        draws: how many times.
        seed: of the random numbers.

    Raises:
        TwoTracksError: the pool is too small.
    """
    if len(pool) < before + after:
        raise TwoTracksError(
            f"{before} + {after} rows cannot be drawn from {len(pool)}",
            fix="Give a larger pool, or draw fewer.",
        )
    rng = np.random.default_rng(seed)
    alarms = 0
    for _ in range(draws):
        order = rng.permutation(len(pool))[: before + after]
        verdicts = ask(pool.iloc[order[:before]], pool.iloc[order[before:]])
        alarms += any(not verdict.passed for verdict in verdicts)
    return rate_of(alarms, draws)
