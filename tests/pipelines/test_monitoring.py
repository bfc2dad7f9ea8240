"""What monitoring says before the outcome is known, beside what it says after."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tests.pipelines.gates.rates import most_alarms
from twotracks.pipelines.flights import load_live
from twotracks.pipelines.monitoring import expected, months, report_on

BASE = 0.2


def test_what_calibrated_probabilities_expect_comes_about() -> None:
    """Outcomes drawn from the probabilities fall outside the intervals 1 time in 20."""
    rng = np.random.default_rng(0)
    p = rng.uniform(0.02, 0.6, 1000)
    said = expected(p, BASE)
    assert said is not None
    missed = dict.fromkeys(said, 0)
    for _ in range(300):
        late = rng.random(1000) < p
        came = {
            "late_rate": late.mean(),
            "brier": ((p - late) ** 2).mean(),
            "better_than_base": ((BASE - late) ** 2 - (p - late) ** 2).mean(),
        }
        for name, value in came.items():
            missed[name] += not said[name]["low"] <= value <= said[name]["high"]
    for name, count in missed.items():
        assert 2 < count <= most_alarms(0.05, 300), name


def test_no_probabilities_expect_nothing() -> None:
    assert expected(np.array([]), BASE) is None


def test_months_of_rows() -> None:
    assert months(pd.DataFrame({"month": [7, 7]})) == 7
    assert months(pd.DataFrame({"month": [7.0, 4.0, np.nan]})) == [4, 7]


def scored(n: int = 200) -> pd.DataFrame:
    rows = load_live().head(n)
    late = (rows["arr_delay"] > 15).astype(float)
    return rows.assign(late=late, probability=0.2 + 0.1 * (np.arange(n) % 2))


@pytest.mark.parametrize(
    ("late", "auc"), [(lambda d: d["late"] * np.nan, None), (lambda d: d["late"] * 0, None)]
)
def test_without_outcomes_or_of_one_class_only_there_is_a_report(late: object, auc: None) -> None:
    rows = scored()
    report = report_on(rows.assign(late=late(rows)), rows, rows, BASE)  # type: ignore[operator]
    assert report["auc"] is auc
    assert report["before_labels"] is not None
    unknown = report["unlabelled"] == 200
    assert (report["brier"] is None) is unknown
    assert any("flights have an outcome" in alert for alert in report["alerts"]) is unknown


def test_only_answered_flights_with_an_outcome_are_scored() -> None:
    rows = scored()
    gaps = rows.assign(
        late=rows["late"].where(np.arange(200) >= 50),
        probability=rows["probability"].where(np.arange(200) < 150),
    )
    report = report_on(gaps, rows, rows, BASE)
    assert (report["rows"], report["unanswered"], report["unlabelled"]) == (200, 50, 50)
    assert report["late_rate"]["value"] == pytest.approx(rows["late"][50:150].mean())
    assert "50 of 200 flights got no answer" in report["alerts_before_labels"]
    assert (
        report["alerts_before_labels"] == report["alerts"][-len(report["alerts_before_labels"]) :]
    )
