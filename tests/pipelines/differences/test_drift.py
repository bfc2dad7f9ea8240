from __future__ import annotations

from tests.pipelines.differences import drift
from tests.pipelines.differences.figures import check


def test_row_28_a_column_moves_and_nothing_is_lost() -> None:
    listed = {"psi": "4.71", "before": "0.959", "after": "0.959"}
    check("28 smoothness", drift.one_column_moves("mean smoothness"), listed)


def test_row_28_another_moves_and_something_is() -> None:
    listed = {"psi": "7.54", "before": "0.959", "after": "0.930"}
    check("28 error", drift.one_column_moves("radius error"), listed)


def test_row_29_accuracy_rises_and_precision_falls() -> None:
    listed = {
        "accuracy before": "0.942",
        "precision before": "0.966",
        "accuracy after": "0.973",
        "precision after": "0.714",
        "columns flagged": "14",
    }
    check("29", drift.fewer_malignant(), listed)


def test_row_30_the_rule_changes_and_no_input_does() -> None:
    check("30", drift.rule_changes(), {"largest psi": "0.000", "before": "0.959", "after": "0.544"})


def test_row_31_drift_hides_between_columns() -> None:
    listed = {
        "psi, first": "0.008",
        "psi, second": "0.012",
        "p, first": "0.48",
        "p, second": "0.90",
        "correlation before": "0.90",
        "correlation after": "-0.90",
        "auc of the classifier": "0.94",
    }
    check("31", drift.joint_drift(), listed)


def test_row_32_thirty_tests_a_day_find_something_where_nothing_is() -> None:
    listed = {"days with an alarm": "47", "columns a day": "1.4", "days, corrected": "2"}
    check("32 days", drift.hundred_calm_days(), listed)


def test_row_32_with_many_rows_every_shift_is_significant() -> None:
    listed = {"p, n = 200": "0.37", "p, n = 200,000": "3e-12", "psi": "0.0009"}
    check("32 rows", drift.more_rows(), listed)


def test_row_33_confidence_is_no_accuracy_once_the_rule_changed() -> None:
    listed = {
        "same data, said": "0.961",
        "same data, true": "0.959",
        "hard cases, said": "0.807",
        "hard cases, true": "0.781",
        "rule changed, said": "0.961",
        "rule changed, true": "0.544",
    }
    check("33", drift.before_labels(), listed)
