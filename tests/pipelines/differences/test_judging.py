from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.pipelines.differences import judging
from tests.pipelines.differences.figures import check
from twotracks.pipelines.gates.slices import no_slice_worse_than_champion, slices_of

if TYPE_CHECKING:
    from twotracks.pipelines.gates.champion import Comparison


def points(comparison: Comparison) -> dict[str, float]:
    improvement = comparison.improvement
    return {
        "points": 100 * improvement.value,
        "low": 100 * improvement.low,
        "high": 100 * improvement.high,
        "rows worse": comparison.worse,
        "rows better": comparison.better,
    }


def test_row_7_a_fixed_threshold_fails_where_nothing_changed() -> None:
    listed = {
        "n": "114",
        "lowest": "0.947",
        "highest": "1.000",
        "fail at 0.97": "6",
        "fail at 0.95": "1",
        "low": "0.938",
        "high": "0.995",
    }
    check("7", judging.forty_splits(), listed)


def test_row_8_a_clear_difference_is_promoted() -> None:
    found = judging.less_regularised()
    listed = {"points": "3.9", "low": "2.2", "high": "5.7", "rows worse": "2", "rows better": "23"}
    check("8 digits", points(found), listed)
    assert found.decision == "pass"


def test_row_8_a_small_one_stays_undecided() -> None:
    found = judging.forest_against_regression()
    listed = {"points": "-0.6", "low": "-2.9", "high": "1.8", "rows worse": "3", "rows better": "2"}
    check("8 cancer", points(found), listed)
    assert found.decision == "undecided"


def test_row_11_better_on_average_and_worse_for_the_nines() -> None:
    figures, (digit, old, new) = judging.eight_nines()
    listed = {
        "nines in training": "108",
        "champion": "0.903",
        "candidate": "0.953",
        "champion, nines": "0.875",
        "candidate, nines": "0.569",
    }
    check("11", figures, listed)
    better = old.astype(float) - new
    said = no_slice_worse_than_champion(slices_of({"digit": digit}, better, better))
    assert said.decision == "refuse"
    assert said.because.startswith("digit 9")


def test_row_12_a_gap_between_two_groups_has_a_p_value() -> None:
    listed = {
        "error, code 1": "48.3",
        "error, code 2": "39.9",
        "n, code 1": "128",
        "n, code 2": "93",
        "p": "0.057",
    }
    check("12", judging.two_groups(), listed)


def test_row_13_accuracy_praises_the_model_that_never_says_yes() -> None:
    listed = {"always no": "0.990", "regression": "0.991", "recall": "0.10"}
    check("13", judging.rare_class(), listed)


def test_row_14_a_baseline_is_a_test() -> None:
    listed = {
        "no column": "0.627",
        "one split": "0.903",
        "two columns": "0.940",
        "regression": "0.979",
        "forest": "0.960",
    }
    found = judging.baselines()
    check("14", found, listed)
    assert found["regression"] > found["forest"]


def test_row_18_a_test_set_wears_out() -> None:
    listed = {
        "best of 1": "0.49",
        "best of 10": "0.53",
        "best of 100": "0.58",
        "best of 2000": "0.615",
        "the winner on fresh rows": "0.53",
    }
    check("18", judging.best_of_many(), listed)


@pytest.mark.parametrize("threshold", [0.2, 0.5, 0.9])
def test_row_38_a_threshold_is_part_of_the_model(threshold: float) -> None:
    found = {k: v for k, v in judging.thresholds().items() if k.endswith(str(threshold))}
    missed, alarms = {0.2: ("2", "7"), 0.5: ("3", "4"), 0.9: ("10", "0")}[threshold]
    listed = {f"missed at {threshold}": missed, f"false alarms at {threshold}": alarms}
    check("38", found, listed)


def test_the_control_a_pure_function_gives_the_same_verdict_on_any_split() -> None:
    verdicts = {(212 - 32) * 5 / 9 == 100.0 for _ in np.arange(40)}
    assert verdicts == {True}
