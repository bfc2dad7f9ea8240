"""Whether a candidate may go to production: gates on the answers it gave to held-out rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from twotracks.errors import TwoTracksError
from twotracks.pipelines.gates.verdict import Verdict, verdict
from twotracks.pipelines.statistics import Array, Bootstrap, Estimate, squared_error

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd


FEWEST = 30
"""With fewer rows an interval from resampling says little: a convention, not a law."""


def better_than_base_rate(improvement: Estimate) -> Verdict:
    """Pass if the whole interval of the improvement over always saying the base rate is above 0.

    Args:
        improvement: the base rate's Brier score less the model's, on rows neither has seen.
    """
    return verdict("better than the base rate", _interval(improvement), passed=improvement.low > 0)


def better_than_champion(improvement: Estimate | None) -> Verdict:
    """Pass if there is no champion, or the whole paired interval of the improvement is above 0.

    Args:
        improvement: the champion's Brier score less the model's, on the same rows.
    """
    if improvement is None:
        return verdict("better than the champion", "there is no champion yet", passed=True)
    return verdict("better than the champion", _interval(improvement), passed=improvement.low > 0)


def no_airport_worse(improvements: Mapping[str, Estimate], rows: Mapping[str, int]) -> Verdict:
    """Pass unless the whole interval of an airport's improvement over the base rate is below 0.

    A slice has few rows, so an interval that holds 0 does not refuse: that is the price. An airport
    with fewer than `FEWEST` rows cannot be judged, and then the gate refuses.
    """
    name = "no airport worse than the base rate"
    few = [f"{airport} has {n}" for airport, n in rows.items() if airport not in improvements]
    if few:
        return verdict(
            name, f"{', '.join(few)} rows, and {FEWEST} are too few to judge", passed=False
        )
    worse = [name for name, improvement in improvements.items() if improvement.high < 0]
    because = ", ".join(f"{name} {_interval(improvements[name])}" for name in worse)
    return verdict(name, because or "no airport's interval is below 0", passed=not worse)


def _interval(improvement: Estimate) -> str:
    return (
        f"Brier score better by {improvement.value:.3f} "
        f"({improvement.low:.3f} to {improvement.high:.3f})"
    )


@dataclass(frozen=True)
class Scores:
    """How good a model's answers were for n flights."""

    n: int
    late_rate: Estimate
    predicted_rate: float
    auc: Estimate
    brier: Estimate
    brier_base: float
    better_than_base: Estimate
    better_than_champion: Estimate | None
    airports: Mapping[str, Estimate]
    """By airport with rows enough, the improvement over the base rate."""
    airport_rows: Mapping[str, int]

    def gates(self) -> tuple[Verdict, ...]:
        """The verdict of every gate, in the order in which they are asked."""
        return (
            better_than_base_rate(self.better_than_base),
            better_than_champion(self.better_than_champion),
            no_airport_worse(self.airports, self.airport_rows),
        )

    def to_json(self) -> dict[str, Any]:
        """The scores as evidence, to six decimals."""
        champion = self.better_than_champion
        return {
            "n": self.n,
            "late_rate": self.late_rate.to_json(),
            "predicted_rate": round(self.predicted_rate, 6),
            "auc": self.auc.to_json(),
            "brier": self.brier.to_json(),
            "brier_base": round(self.brier_base, 6),
            "better_than_base": self.better_than_base.to_json(),
            "better_than_champion": champion.to_json() if champion else None,
            "airports": {
                name: {"n": n, **(self.airports[name].to_json() if name in self.airports else {})}
                for name, n in self.airport_rows.items()
            },
        }


def score(predictions: pd.DataFrame, base_rate: float, airports: Sequence[str] = ()) -> Scores:
    """Score stored predictions.

    Args:
        predictions: n rows with the columns `late`, `origin`, `probability`, and `champion` where
            there is one: what the current champion says of the same flights.
        base_rate: the late rate of the training rows, which needs no model to say.
        airports: those that must be judged, beside those that the predictions have.

    Raises:
        TwoTracksError: there are fewer than two rows, only one outcome, or a prediction that is no
            probability.
    """
    if len(predictions) < 2:  # noqa: PLR2004 - one row has no spread
        raise TwoTracksError(
            f"{len(predictions)} rows cannot be scored",
            fix="Validate on flights after the training period.",
        )
    late = predictions["late"].to_numpy(dtype=bool)
    probability = predictions["probability"].to_numpy(dtype=np.float64)
    if not ((probability >= 0) & (probability <= 1)).all():
        raise TwoTracksError(
            "a prediction is no probability", fix="Look at the model: it must say 0 to 1."
        )
    draws = Bootstrap(len(predictions))
    loss = squared_error(late, probability)
    base_loss = squared_error(late, base_rate)
    champion = None
    if "champion" in predictions:
        champion = draws.mean(squared_error(late, predictions["champion"].to_numpy()) - loss)
    estimates, airport_rows = _by_airport(
        predictions["origin"].to_numpy(), base_loss - loss, airports
    )
    return Scores(
        n=len(predictions),
        late_rate=draws.mean(late),
        predicted_rate=float(probability.mean()),
        auc=draws.auc(late, probability),
        brier=draws.mean(loss),
        brier_base=float(base_loss.mean()),
        better_than_base=draws.mean(base_loss - loss),
        better_than_champion=champion,
        airports=estimates,
        airport_rows=airport_rows,
    )


def _by_airport(
    origin: Array, improvement: Array, expected: Sequence[str]
) -> tuple[dict[str, Estimate], dict[str, int]]:
    """The improvement at each airport that has rows enough, and the rows of all."""
    estimates, rows = {}, {}
    for name in sorted({*origin, *expected}):
        part = improvement[origin == name]
        rows[str(name)] = len(part)
        if len(part) >= FEWEST:
            estimates[str(name)] = Bootstrap(len(part)).mean(part)
    return estimates, rows
