from __future__ import annotations

from tests.pipelines.differences import training
from tests.pipelines.differences.figures import check


def test_row_5_one_row_less_moves_every_coefficient() -> None:
    listed = {"moved by a row": "30", "moved by a column": "29", "furthest": "0.09"}
    check("5", training.one_row_less(), listed)


def test_row_6_unit_tests_pass_with_shuffled_labels() -> None:
    listed = {
        "good: tests passed": "6",
        "good: accuracy": "0.959",
        "shuffled: tests passed": "6",
        "shuffled: accuracy": "0.544",
    }
    check("6", training.shuffled_labels(), listed)


def test_row_9_a_seed_is_a_choice() -> None:
    listed = {"lowest": "0.854", "highest": "0.989", "outputs": "20", "outputs of seed 0": "1"}
    check("9", training.twenty_seeds(), listed)
    assert training.sum_in_both_directions()


def test_row_10_the_same_score_and_other_answers() -> None:
    listed = {
        "n": "899",
        "seed 0": "0.950",
        "seed 1": "0.935",
        "changed": "66",
        "newly wrong": "34",
        "newly right": "21",
    }
    check("10", training.another_seed(), listed)


def test_row_40_columns_that_nobody_needs() -> None:
    listed = {"columns": "31", "not needed": "9", "the noise changes it by": "0.00002"}
    check("40", training.noise_column(), listed)


def test_row_42_poisoned_labels_find_fewer_cancers() -> None:
    listed = {"0%": "0.953", "5%": "0.906", "10%": "0.844", "20%": "0.781", "30%": "0.672"}
    check("42 labels", training.label_flipping(), listed)


def test_row_42_a_back_door_leaves_the_accuracy_as_it_was() -> None:
    listed = {"clean": "0.993", "poisoned": "0.994", "percent said 8": "89"}
    check("42 door", training.back_door(), listed)
