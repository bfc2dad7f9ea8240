"""Probabilities that mean what they say pass; those of a model that saw few rows do not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy import stats
from scipy.special import expit, logit
from sklearn.linear_model import LogisticRegression

from twotracks.pipelines import flights, model
from twotracks.pipelines.gates.calibration import (
    calibrate,
    calibration_slope,
    not_over_confident,
    predicted_rate_near_observed,
)
from twotracks.pipelines.statistics import Estimate

if TYPE_CHECKING:
    from tests.pipelines.gates.conftest import March

rng = np.random.default_rng(0)


@pytest.mark.parametrize(
    ("low", "high", "passed"),
    [
        (-0.01, 0.01, True),
        (0.02, 0.08, True),
        (0.10, 0.20, True),
        (0.11, 0.20, False),
        (-0.20, -0.10, True),
        (-0.20, -0.11, False),
        (-0.30, 0.30, True),
    ],
)
def test_only_what_is_surely_beyond_the_tolerance_refuses(
    low: float,
    high: float,
    passed: bool,  # noqa: FBT001
) -> None:
    assert predicted_rate_near_observed(Estimate(0, low, high)).passed is passed


@pytest.mark.parametrize(
    ("low", "high", "passed"),
    [(0.8, 1.1, True), (0.8, 1.0, True), (0.7, 0.99, False), (2, 3, True)],
)
def test_only_a_slope_that_is_surely_below_1_refuses(low: float, high: float, passed: bool) -> None:  # noqa: FBT001
    assert not_over_confident(Estimate((low + high) / 2, low, high)).passed is passed


def test_the_slope_is_scikit_learns_and_the_interval_is_walds() -> None:
    said = rng.uniform(0.05, 0.9, 3000)
    late = rng.random(3000) < expit(0.3 + 0.7 * logit(said))
    ours = calibration_slope(late, said)
    assert ours is not None
    theirs = LogisticRegression(C=1e12, tol=1e-10).fit(logit(said)[:, None], late)
    assert ours.value == pytest.approx(theirs.coef_[0, 0], abs=1e-4)
    assert ours.low < 0.7 < ours.high
    picks = rng.integers(0, 3000, (300, 3000))
    again = [calibration_slope(late[p], said[p]) for p in picks]
    spread = np.std([estimate.value for estimate in again if estimate])
    assert (ours.high - ours.low) / 2 == pytest.approx(1.96 * spread, rel=0.15)


@pytest.mark.parametrize(
    ("late", "said"),
    [
        ([0] * 40, np.linspace(0.1, 0.9, 40)),
        ([0, 1] * 20, [0.3] * 40),
        ([0] * 20 + [1] * 20, np.linspace(0.1, 0.9, 40)),
        ([0, 1] * 20, [0.0, 1.0] * 20),
    ],
    ids=["one class", "one probability", "told apart without error", "sure and right"],
)
def test_without_a_slope_the_gate_refuses(late: list[int], said: list[float]) -> None:
    slope = calibration_slope(np.array(late), np.array(said))
    assert slope is None
    assert not_over_confident(slope).decision == "refuse"


def test_certainty_that_is_wrong_is_over_confident() -> None:
    said = np.array([0.0, 1.0] * 50)
    late = np.where(np.arange(100) % 10 == 0, 1 - said, said)
    assert not not_over_confident(calibration_slope(late, said)).passed


def test_a_calibrated_model_is_rarely_refused(march: March) -> None:
    """The outcomes are drawn from the model's own probabilities: it is right by construction."""
    said, n = march.predictions["probability"].to_numpy()[:1082], 400
    slopes = [calibration_slope(rng.random(1082) < said, said) for _ in range(n)]
    refused = sum(not not_over_confident(slope).passed for slope in slopes)
    assert refused <= stats.binom.ppf(0.999, n, 0.025)


def test_march_passes_and_july_and_a_model_of_few_rows_do_not(march: March) -> None:
    sample = march.predictions.head(1082)
    clean = calibrate(sample["late"].to_numpy(), sample["probability"].to_numpy())
    assert predicted_rate_near_observed(clean.gap).passed
    assert not_over_confident(clean.slope).passed
    july = flights.load().query("month == 7")
    summer = calibrate(flights.is_late(july).to_numpy(), march.model.predict(july))
    assert not predicted_rate_near_observed(summer.gap).passed
    few = march.training.sample(200, random_state=0)
    fitted = model.fit(few, flights.is_late(few), "snapshot")
    said = fitted.predict(march.unseen.head(1082))
    assert not not_over_confident(calibration_slope(sample["late"].to_numpy(), said)).passed
