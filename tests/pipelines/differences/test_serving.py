from __future__ import annotations

import pickle
import warnings

import pandas as pd
import pytest
from sklearn.exceptions import InconsistentVersionWarning

from tests.pipelines.differences import serving
from tests.pipelines.differences.bundled import cancer
from tests.pipelines.differences.figures import check
from twotracks.pipelines.gates.parity import same_features


def test_row_4_a_model_of_another_version_warns_and_still_scores() -> None:
    check("4", serving.version_stamp(), {"warnings": "1", "still scores": "0.973"})


def test_row_4_a_gate_makes_the_warning_an_error() -> None:
    left = serving.pickle_of_another_version()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(InconsistentVersionWarning, match=r"1\.0\.0"):
            pickle.loads(left)


def test_row_19_skew_is_silent_and_recomputing_finds_it() -> None:
    listed = {
        "offline": "0.959",
        "no scaler": "0.374",
        "a scaler for each request": "0.626",
        "one column in another unit": "0.386",
        "columns that differ": "1",
    }
    check("19", serving.skew(), listed)


def test_row_19_the_parity_gate_names_the_column() -> None:
    trained = pd.DataFrame(cancer().test[:20], columns=[*cancer().names])
    served = trained.assign(**{"mean radius": trained["mean radius"] * 10})
    names = cancer().names
    assert same_features(
        [dict(zip(names, row, strict=True)) for row in trained.to_numpy()], trained
    ).passed
    said = same_features([dict(zip(names, row, strict=True)) for row in served.to_numpy()], trained)
    assert said.decision == "refuse"
    assert said.because.startswith("mean radius of flight 1")


def test_row_20_an_answer_must_not_depend_on_its_batch() -> None:
    listed = {"among benign rows": "0.004", "among malignant rows": "1.000"}
    check("20", serving.batch_mates(), listed)


def test_row_21_another_order_is_silent_and_a_column_less_is_loud() -> None:
    listed = {"another order": "0.626", "a column less raises": "1"}
    check("21", serving.package_parity(), listed)


def test_row_23_a_shadow_shows_where_two_models_disagree() -> None:
    listed = {
        "requests": "171",
        "served by the challenger": "0",
        "disagree": "10",
        "percent": "5.8",
    }
    check("23", serving.shadow(), listed)


def test_row_24_a_quality_drop_needs_thousands_of_labels() -> None:
    listed = {
        "0.95 to 0.5": "12",
        "0.95 to 0.9": "432",
        "0.95 to 0.93": "2210",
        "0.95 to 0.94": "8156",
        "a crash in 5": "14",
        "seen within them": "0.956",
    }
    check("24", serving.canary_sizes(), listed)


def test_row_41_loading_a_model_can_run_code() -> None:
    found = serving.loading_runs_code()
    assert found["printed"] == "this ran while the model was loaded\n"
    assert found["refused"] == "builtins.print is not allowed"
    assert cancer().accuracy(found["model"]) > 0.9
