from __future__ import annotations

import pytest
from sklearn.datasets import load_wine

from tests.pipelines.differences import rows
from tests.pipelines.differences.figures import check


def test_row_15_a_schema_catches_seven_of_eight_corruptions() -> None:
    caught = rows.caught_by_the_schema()
    assert not caught.pop("clean")
    assert len(caught) == 8
    assert [name for name, found in caught.items() if not found] == ["shuffled labels"]


@pytest.mark.parametrize("name", rows.wine_corruptions())
def test_row_15_each_corruption_changes_the_batch(name: str) -> None:
    batch = load_wine(as_frame=True).frame
    assert not rows.wine_corruptions()[name](batch).equals(batch)


def test_row_16_shifted_images_raise_nothing() -> None:
    listed = {"as they are": "0.993", "shifted by a pixel": "0.528", "half as bright": "0.911"}
    check("16 images", rows.silent_images(), listed)


def test_row_16_missing_columns_stop_one_model_and_not_the_other() -> None:
    listed = {"the regression raises": "1", "trees": "0.626"}
    check("16 missing", rows.missing_columns(), listed)


def test_row_17_columns_chosen_before_the_split_make_noise_look_good() -> None:
    listed = {"before": "0.785", "inside": "0.545"}
    check("17 columns", rows.columns_chosen_before_the_split(), listed)


def test_row_17_rows_on_both_sides_know_the_answer() -> None:
    check("17 twice", rows.rows_on_both_sides(), {"twice": "0.757", "once": "0.109"})


def test_row_17_a_random_split_looks_into_the_future() -> None:
    check("17 time", rows.days_split_at_random(), {"at random": "0.986", "in time": "-0.774"})
