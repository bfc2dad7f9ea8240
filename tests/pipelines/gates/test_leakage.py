"""Rows on both sides of the split, and features that know the answer."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from tests.pipelines.gates.rates import most_alarms
from twotracks.pipelines import flights
from twotracks.pipelines.gates.leakage import (
    no_feature_knows_the_answer,
    no_row_on_both_sides,
    out_of_fold_rate,
    single_auc,
)
from twotracks.pipelines.statistics import Bootstrap

SPRING = flights.until(flights.load(), 3, 31).reset_index(drop=True)
LATE = flights.is_late(SPRING)
TRAINING = flights.until(SPRING, 3, 15)
VALIDATION = SPRING.drop(TRAINING.index)
rng = np.random.default_rng(0)


def test_rows_that_come_again_under_another_date_are_refused() -> None:
    assert no_row_on_both_sides(TRAINING, VALIDATION).passed
    again = VALIDATION.sample(300, random_state=0).assign(month=2, day=14)
    found = no_row_on_both_sides(pd.concat([TRAINING, again]), VALIDATION)
    assert not found.passed
    assert found.because == "300 of 1,082 validation rows are training rows with another date"


def test_rows_with_missing_values_come_again_too() -> None:
    gaps = VALIDATION[VALIDATION["pressure"].isna()]
    assert len(gaps) > 30
    found = no_row_on_both_sides(pd.concat([TRAINING, gaps.assign(month=1)]), VALIDATION)
    assert found.because.startswith(f"{len(gaps)} of")


def test_few_rows_that_come_again_are_let_through() -> None:
    # P(X >= 6) = 0.0008, P(X >= 5) = 0.005 and P(X >= 4) = 0.025 for 1,082 rows at 0.001.
    for n, passed in ((4, True), (5, False)):
        again = pd.concat([TRAINING, VALIDATION.head(n).assign(month=1)])
        assert no_row_on_both_sides(again, VALIDATION).passed is passed
    assert no_row_on_both_sides(TRAINING, VALIDATION.head(0)).passed


def test_the_auc_is_scikit_learns_and_the_bound_the_bootstraps() -> None:
    late = rng.random(600) < 0.3
    for values in (rng.random(600) + late, np.round(rng.random(600) + 0.5 * late, 1)):
        ours = single_auc(late, values, level=0.025)
        theirs = Bootstrap(600).auc(late, values)
        assert ours.value == pytest.approx(roc_auc_score(late, values))
        assert ours.low == pytest.approx(theirs.low, abs=0.01)
    assert single_auc(late, -values).value == pytest.approx(ours.value)
    assert single_auc(late, late.astype(float)).low == 1


def test_delongs_bound_is_missed_as_often_as_it_says() -> None:
    from scipy import stats

    truth = float(stats.norm.cdf(1 / np.sqrt(2)))
    missed = 0
    for seed in range(300):
        draw = np.random.default_rng(seed)
        late = draw.random(300) < 0.3
        missed += single_auc(late, draw.normal(size=300) + late, level=0.05).low > truth
    assert stats.binom.ppf(0.001, 300, 0.05) <= missed <= most_alarms(0.05, 300)


def test_the_departure_delay_knows_the_answer_and_what_is_known_before_does_not() -> None:
    assert no_feature_knows_the_answer(SPRING, LATE, flights.FEATURES).passed
    assert no_feature_knows_the_answer(SPRING, LATE, [*flights.FEATURES, "dest"]).passed
    found = no_feature_knows_the_answer(SPRING, LATE, [*flights.FEATURES, "dep_delay"])
    assert not found.passed
    assert found.because.startswith("dep_delay alone has AUC 0.886 (at least 0.8")


def test_a_category_that_knows_the_answer_is_refused() -> None:
    told = pd.Series(np.where(LATE, "x", "y")).where(rng.random(len(LATE)) < 0.9, "z")
    assert not no_feature_knows_the_answer(SPRING.assign(told=told), LATE, ["told"]).passed


def test_where_values_are_missing_can_know_the_answer() -> None:
    told = pd.Series(np.where(LATE, np.nan, 1.0))
    assert not no_feature_knows_the_answer(SPRING.assign(told=told), LATE, ["told"]).passed


def test_a_category_does_not_know_its_own_rows() -> None:
    """Every row a category of its own tells nothing, out of fold; in fold it would tell all."""
    own = pd.Series([f"c{i}" for i in range(len(LATE))])
    assert single_auc(LATE.to_numpy(), out_of_fold_rate(own, LATE.to_numpy())).value < 0.6


def test_on_the_limit_the_bound_decides() -> None:
    late = rng.random(4000) < 0.3
    frame = pd.DataFrame({"x": rng.normal(size=4000) + 1.2 * late})  # a true AUC of 0.802
    assert single_auc(late, frame["x"].to_numpy()).value > 0.79
    assert no_feature_knows_the_answer(frame, pd.Series(late), ["x"]).passed
    better = frame.assign(x=frame["x"] + 0.4 * late)  # 0.871
    assert not no_feature_knows_the_answer(better, pd.Series(late), ["x"]).passed


def test_one_class_cannot_be_judged() -> None:
    found = no_feature_knows_the_answer(SPRING, LATE & False, flights.FEATURES)
    assert not found.passed
    assert found.because == "0 of 6000 flights were late, and each outcome needs 30"


def test_false_alarms_over_shuffled_outcomes() -> None:
    alarms = 0
    for seed in range(60):
        rows = SPRING.sample(600, random_state=seed)
        outcome = flights.is_late(rows)
        alarms += not no_feature_knows_the_answer(rows, outcome, flights.FEATURES).passed
    assert alarms == 0
