"""A candidate's answers to flights that nobody trained on, and what the gates say of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from twotracks.errors import TwoTracksError
from twotracks.pipelines.flights import is_late
from twotracks.pipelines.gates.baseline import better_than_base_rate
from twotracks.pipelines.gates.calibration import (
    Calibration,
    calibrate,
    not_over_confident,
    predicted_rate_near_observed,
)
from twotracks.pipelines.gates.champion import Comparison, better_than_champion, compare_losses
from twotracks.pipelines.gates.slices import (
    LEVEL,
    Slice,
    mean_of,
    no_slice_worse_than_base_rate,
    no_slice_worse_than_champion,
    slices_of,
    slices_to_json,
)
from twotracks.pipelines.statistics import Bootstrap, Estimate, squared_error

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from twotracks.pipelines.gates.verdict import Verdict
    from twotracks.pipelines.model import Model
    from twotracks.pipelines.statistics import Array

SLICED_BY = {"airport": "origin", "carrier": "carrier"}
"""What the answers are judged by, and the column that says it."""


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
    comparison: Comparison | None
    """With the champion on the same flights."""
    airports: Mapping[str, tuple[int, Estimate | None]]
    """By airport the flights, and if they are enough the improvement over the base rate."""
    slices: tuple[Slice, ...]
    calibration: Calibration
    is_champion: bool = False

    @property
    def better_than_champion(self) -> Estimate | None:
        return self.comparison.improvement if self.comparison else None

    def gates(self) -> tuple[Verdict, ...]:
        """The verdict of every gate, in the order in which they are asked."""
        return (
            better_than_base_rate(self.better_than_base, self.n),
            better_than_champion(self.comparison, is_champion=self.is_champion),
            no_slice_worse_than_base_rate(self.slices),
            no_slice_worse_than_champion(self.slices),
            predicted_rate_near_observed(self.calibration.gap),
            not_over_confident(self.calibration.slope),
        )

    def to_json(self) -> dict[str, Any]:
        """The scores as evidence, to six decimals."""
        comparison = self.comparison
        return {
            "n": self.n,
            "late_rate": self.late_rate.to_json(),
            "predicted_rate": round(self.predicted_rate, 6),
            "auc": self.auc.to_json(),
            "brier": self.brier.to_json(),
            "brier_base": round(self.brier_base, 6),
            "better_than_base": self.better_than_base.to_json(),
            "better_than_champion": comparison.improvement.to_json() if comparison else None,
            "comparison": comparison.to_json() if comparison else None,
            "airports": {
                name: {"n": n, **(estimate.to_json() if estimate else {})}
                for name, (n, estimate) in self.airports.items()
            },
            "slices": slices_to_json(self.slices),
            "calibration": self.calibration.to_json(),
        }


def predictions_of(
    flights: pd.DataFrame, candidate: Model, champion: Model | None = None
) -> pd.DataFrame:
    """What a candidate, and the champion if there is one, say of n flights whose outcome is known.

    Returns:
        n rows with the columns that `score` takes.
    """
    predictions = flights[["origin", "carrier"]].assign(
        late=is_late(flights).astype(int), probability=candidate.predict(flights)
    )
    if champion is not None:
        predictions["champion"] = champion.predict(flights)
    return predictions


def score(
    predictions: pd.DataFrame,
    base_rate: float,
    airports: Sequence[str] = (),
    *,
    is_champion: bool = False,
) -> Scores:
    """Score stored predictions.

    Args:
        predictions: n rows with the columns `late`, `origin`, `carrier`, `probability`, and
            `champion` where there is one: what the current champion says of the same flights.
        base_rate: the late rate of the training rows, which needs no model to say.
        airports: those that must be judged, beside those that the predictions have.
        is_champion: whether the model that is scored is the champion itself.

    Raises:
        TwoTracksError: there are fewer than two rows, only one outcome, or a prediction that is no
            probability.
    """
    late, probability = _checked(predictions)
    draws = Bootstrap(len(late))
    loss, base_loss = squared_error(late, probability), squared_error(late, base_rate)
    comparison = gain = None
    if "champion" in predictions:
        champion_loss = squared_error(late, predictions["champion"].to_numpy())
        comparison = compare_losses(loss, champion_loss, draws)
        gain = champion_loss - loss
    slices = slices_of(
        {by: predictions[column].to_numpy() for by, column in SLICED_BY.items()},
        base_loss - loss,
        gain,
        must={"airport": airports},
    )
    origin = predictions["origin"].to_numpy()
    return Scores(
        n=len(late),
        late_rate=draws.mean(late),
        predicted_rate=float(probability.mean()),
        auc=draws.auc(late, probability),
        brier=draws.mean(loss),
        brier_base=float(base_loss.mean()),
        better_than_base=draws.mean(base_loss - loss),
        comparison=comparison,
        airports={
            s.name: (s.n, mean_of((base_loss - loss)[origin == s.name], LEVEL) if s.base else None)
            for s in slices
            if s.by == "airport"
        },
        slices=slices,
        calibration=calibrate(late, probability, draws),
        is_champion=is_champion,
    )


def _checked(predictions: pd.DataFrame) -> tuple[Array, Array]:
    """The outcomes and the probabilities, if they can be scored."""
    if len(predictions) < 2:  # noqa: PLR2004 - one row has no spread
        raise TwoTracksError(
            f"{len(predictions)} rows cannot be scored",
            fix="Validate on flights after the training period.",
        )
    probability = predictions["probability"].to_numpy(dtype=np.float64)
    if not ((probability >= 0) & (probability <= 1)).all():
        raise TwoTracksError(
            "a prediction is no probability", fix="Look at the model: it must say 0 to 1."
        )
    return predictions["late"].to_numpy(dtype=bool), probability
