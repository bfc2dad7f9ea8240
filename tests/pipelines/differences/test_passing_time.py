from __future__ import annotations

from tests.pipelines.differences import passing_time
from tests.pipelines.differences.figures import check


def test_row_26_a_retrained_model_can_be_worse() -> None:
    listed = {"champion": "0.959", "24 rows": "0.912", "35% wrong": "0.883"}
    check("26", passing_time.retrained_on_worse_rows(), listed)


def test_row_27_rolling_back_does_not_bring_back_the_world() -> None:
    listed = {"now": "0.806", "rolled back": "0.682", "rolled forward": "0.996"}
    check("27", passing_time.roll_back(), listed)


def test_row_34_what_is_not_shown_is_not_learned() -> None:
    check("34", passing_time.greedy_shop(), {"shown more": "402", "shown less": "2"})


def test_row_35_retraining_is_a_policy_with_a_price() -> None:
    listed = {
        "never: mean": "0.747",
        "weekly: mean": "0.876",
        "below 0.85: mean": "0.890",
        "daily: mean": "0.904",
        "never: retrained": "0",
        "weekly: retrained": "4",
        "below 0.85: retrained": "3",
        "daily: retrained": "29",
        "never: lowest": "0.570",
    }
    found = passing_time.policies()
    check("35", found, listed)
    assert found["never: mean"] < found["weekly: mean"] < found["daily: mean"]


def test_row_36_a_model_ages_without_a_commit() -> None:
    listed = dict(
        zip(
            (f"age {age}" for age in range(0, 11, 2)),
            ("0.909", "0.880", "0.840", "0.787", "0.726", "0.678"),
            strict=True,
        )
    )
    found = passing_time.ageing()
    check("36", found, listed)
    assert [*found.values()] == sorted(found.values(), reverse=True)
