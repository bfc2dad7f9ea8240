"""The tables against the page that the site grew out of, and for runs that did not pass."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from tests.conftest import rehearse
from twotracks import Run, record
from twotracks.views.tables import evidence_table, process_table, show, status_tracker

if TYPE_CHECKING:
    from twotracks.run import JSON

SEED = Path(__file__).parent / "seed"


def seed(name: str) -> pd.DataFrame:
    return pd.read_csv(SEED / name, keep_default_na=False)


def test_the_tables_of_a_passed_run_are_the_seed_pages(passed_run: Run) -> None:
    pd.testing.assert_frame_equal(passed_run.process_table(), seed("process_table.csv"))
    pd.testing.assert_frame_equal(passed_run.status_tracker(), seed("status_tracker.csv"))


def test_a_run_from_json_gives_the_same_tables(passed_run: Run) -> None:
    again = Run.from_json(passed_run.to_json())
    pd.testing.assert_frame_equal(again.process_table(), passed_run.process_table())
    pd.testing.assert_frame_equal(again.status_tracker(), passed_run.status_tracker())


def test_a_run_that_did_not_pass_says_where_it_stopped(refused_run: Run) -> None:
    table = process_table(refused_run)
    assert list(table["Outcome"])[1:4] == [
        "Failed: ValueError: broken & gone",
        "Skipped: build() failed",
        "Skipped: build() failed",
    ]
    assert table["Outcome"][6] == "Refused: not good <enough>"
    assert list(table.iloc[-1]) == [
        10,
        "End",
        "Condition",
        "Not all steps done",
        "Stopped at step 2: build()",
    ]


def test_a_table_says_which_steps_were_taken_over(refused_run: Run) -> None:
    taken = replace(refused_run.steps[0], taken_over=True)
    table = process_table(Run(refused_run.variables, (taken, *refused_run.steps[1:])))
    assert list(table.columns)[-1] == "Ran"
    assert list(table["Ran"])[:5] == ["in the clean run", "here", "", "", "here"]
    assert table["Ran"].iloc[-1] == ""
    assert "Ran" not in process_table(refused_run)


def test_states_keep_their_last_true_value(refused_run: Run) -> None:
    tracker = status_tracker(refused_run).set_index("Variable")
    assert tracker.loc["Code", "Final"] == "Committed"
    assert tracker.loc["Model", "Final"] == "Trained"
    assert tracker.loc["Data", "After Step 5"] == "Collected"


def test_only_changes_are_marked(passed_run: Run, refused_run: Run) -> None:
    marked = status_tracker(passed_run).attrs["cell_classes"]
    assert len(marked) == 9
    assert marked[0, "After Step 1"] == "tt-changed tt-software-ci-cd"
    assert marked[2, "After Step 9"] == "tt-changed tt-ml-ci-cd"
    assert set(status_tracker(refused_run).attrs["cell_classes"]) == {
        (0, "After Step 1"),
        (1, "After Step 5"),
        (2, "After Step 6"),
    }


def test_an_empty_run_has_tables() -> None:
    with record() as run:
        pass
    assert list(run.process_table().iloc[0]) == [
        1,
        "End",
        "Condition",
        "Not all steps done",
        "Nothing was run",
    ]
    assert list(run.status_tracker()) == ["Variable", "Start", "Final"]


def test_evidence_is_one_row_a_fact(passed_run: Run) -> None:
    table = evidence_table(passed_run)
    assert len(table) == 9 * 4
    assert list(table["Value"][:4]) == [
        "abababababab…",
        "0.123",
        "0.100 (95% interval -0.050 to 0.250)",
        "x, y",
    ]


def test_values_are_shown_as_people_read_them() -> None:
    values: list[JSON] = [True, None, 1234567, 0.1, "a", [], "b" * 41]
    assert [show(value) for value in values] == [
        "yes",
        "none",
        "1,234,567",
        "0.100",
        "a",
        "none",
        "b" * 41,
    ]
    assert show({"value": 1.0, "low": 0.0, "high": 2.0, "n": 1082}).endswith("n = 1,082)")


def test_the_same_run_gives_the_same_tables() -> None:
    pd.testing.assert_frame_equal(rehearse().process_table(), rehearse().process_table())


def test_a_dict_that_only_looks_like_an_estimate_is_shown_whole() -> None:
    assert show({"value": {"a": 1}, "low": 1, "high": 2}) == "value: a: 1, low: 1, high: 2"
    assert show({"value": 1.0, "low": 0.0, "high": 2.0, "more": 3}).endswith("more: 3")
