"""Do the probabilities mean what they say?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import stats
from scipy.special import expit, logit

from twotracks.pipelines.gates.verdict import Verdict, verdict
from twotracks.pipelines.statistics import Array, Bootstrap, Estimate

if TYPE_CHECKING:
    from collections.abc import Mapping

TOLERANCE = 0.10
"""How far the predicted late rate may be off. It is the product's choice: the service's users are
told one of ten flights too many or too few."""
LAST_DIGIT = 1e-6
"""Predictions are kept to six decimals, so 0 and 1 stand for what is within half of this."""
ROUNDS = 50
STEEPEST = 1e3
"""A slope beyond this says that late and other flights are told apart without error."""


@dataclass(frozen=True)
class Calibration:
    """How far n probabilities are off as a whole, and how far they are spread too wide."""

    gap: Estimate
    """The mean probability less the observed rate, with its 95% interval."""
    slope: Estimate | None
    """1 if well spread, below 1 if over-confident; None if it cannot be computed."""

    def to_json(self) -> Mapping[str, Any]:
        """Both as evidence, to six decimals."""
        return {"gap": self.gap.to_json(), "slope": self.slope.to_json() if self.slope else None}


def calibrate(late: Array, probability: Array, draws: Bootstrap | None = None) -> Calibration:
    """Compare n probabilities with n outcomes.

    Raises:
        TwoTracksError: there are fewer than two rows.
    """
    gap = np.asarray(probability, dtype=np.float64) - np.asarray(late, dtype=np.float64)
    return Calibration(
        (draws or Bootstrap(len(gap))).mean(gap), calibration_slope(late, probability)
    )


def calibration_slope(late: Array, probability: Array) -> Estimate | None:
    """The slope of a logistic regression of the outcome on the logit of the probability.

    With Wald's 95% interval: it assumes that the slope's estimate is about normal, which takes some
    tens of rows of each outcome. Source: Cox 1958, Biometrika 45; Van Calster et al. 2019,
    Calibration: the Achilles heel of predictive analytics, BMC Medicine 17:230.

    Returns:
        None if there is one outcome only, the probabilities are all the same, or they tell the
        outcomes apart without error: then no slope fits best.
    """
    y = np.asarray(late, dtype=np.float64)
    said = np.clip(np.asarray(probability, dtype=np.float64), LAST_DIGIT / 2, 1 - LAST_DIGIT / 2)
    x = logit(said)
    if len(np.unique(y)) < 2 or np.ptp(x) == 0:  # noqa: PLR2004 - late and not late
        return None
    design = np.column_stack([np.ones_like(x), x])
    fitted = np.zeros(2)
    for _ in range(ROUNDS):  # Newton's method
        mean = expit(design @ fitted)
        information = (design * (mean * (1 - mean))[:, None]).T @ design
        if np.linalg.cond(information) > 1 / np.finfo(np.float64).eps:
            return None
        step = np.linalg.solve(information, design.T @ (y - mean))
        fitted = fitted + step
        if abs(fitted[1]) > STEEPEST:
            return None
        if np.abs(step).max() < LAST_DIGIT**2:
            reach = stats.norm.ppf(0.975) * np.sqrt(np.linalg.inv(information)[1, 1])
            return Estimate(float(fitted[1]), float(fitted[1] - reach), float(fitted[1] + reach))
    return None


def predicted_rate_near_observed(gap: Estimate) -> Verdict:
    """Pass unless the whole interval of predicted less observed rate lies beyond `TOLERANCE`.

    Statistic: calibration in the large, the mean probability less the observed rate, with a 95%
    bootstrap interval. It asks whether the model is clearly useless for its purpose, not whether it
    is perfect, so it refuses only what is off by more than the tolerance for sure. Source: Van
    Calster et al. 2019, BMC Medicine 17:230.
    """
    return verdict(
        "predicted rate near the observed",
        f"predicted less observed is {gap.value:.3f} (95% interval {gap.low:.3f} to "
        f"{gap.high:.3f}), and {TOLERANCE:.2f} is tolerated",
        passed=gap.low <= TOLERANCE and gap.high >= -TOLERANCE,
    )


def not_over_confident(slope: Estimate | None) -> Verdict:
    """Pass unless the whole interval of the calibration slope lies below 1.

    Statistic: see `calibration_slope`. Below 1 the probabilities are spread too wide: the model
    took chance for a rule, as one does that saw few rows. A well calibrated model is refused in
    2.5% of all cases. A slope above 1 passes: such a model is too careful. Source: Cox 1958; Van
    Calster et al. 2019.
    """
    name = "not over-confident"
    if slope is None:
        return Verdict(
            name, "refuse", "no calibration slope can be computed from these probabilities"
        )
    return verdict(
        name,
        f"the calibration slope is {slope.value:.3f} (95% interval {slope.low:.3f} to "
        f"{slope.high:.3f}), and 1 is right",
        passed=slope.high >= 1,
    )
