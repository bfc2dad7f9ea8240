"""The service computes what training saw, and answers what the model says."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from twotracks.pipelines.gates.parity import same_answers, same_features

TRAINED = pd.DataFrame({"hour": [17, 6], "temp": [50.0, np.nan], "carrier": ["B6", "UA"]})
SEEN: list[dict[str, Any]] = [
    {"hour": 17.0, "temp": 50.0, "carrier": "B6"},
    {"hour": 6.0, "temp": float("nan"), "carrier": "UA"},
]


def test_the_same_features_pass_and_missing_is_the_same_as_missing() -> None:
    verdict = same_features(SEEN, TRAINED)
    assert (verdict.decision, verdict.because) == (
        "pass",
        "3 features of 2 flights are the same",
    )
    assert same_features([SEEN[0], SEEN[1] | {"temp": None}], TRAINED).passed


@pytest.mark.parametrize(
    ("change", "because"),
    [
        ({"temp": 10.0}, "temp of flight 1 is 10 in the service and 50 in training"),
        ({"temp": 50.0 + 1e-9}, "temp of flight 1 is 50 in the service and 50 in training"),
        ({"temp": None}, "temp of flight 1 is missing in the service and 50 in training"),
        ({"carrier": "AA"}, "carrier of flight 1 is 'AA' in the service and 'B6' in training"),
        ({"hour": "17"}, "hour of flight 1 is '17' in the service and 17 in training"),
        ({"hour": 1.0, "temp": 1.0}, "hour of flight 1 is 1 in the service and 17 in training"),
    ],
)
def test_the_first_feature_that_differs_is_named(change: dict[str, Any], because: str) -> None:
    verdict = same_features([SEEN[0] | change, SEEN[1]], TRAINED)
    assert (verdict.decision, verdict.because) == ("refuse", because)


def test_what_the_service_does_not_compute_refuses() -> None:
    lacking = [{k: v for k, v in row.items() if k != "temp"} for row in SEEN]
    assert same_features(lacking, TRAINED).because == "the service computes no temp"
    assert same_features(SEEN[:1], TRAINED).decision == "refuse"
    assert same_features([], TRAINED.head(0)).decision == "refuse"


def replies(*said: float, **changed: Any) -> list[dict[str, Any]]:
    return [{"status": 200, "model": "1", "probability": p, **changed} for p in said]


def test_answers_may_differ_by_rounding_only() -> None:
    expected = np.array([0.2, 0.3])
    assert same_answers(replies(0.2, 0.3), "1", expected).passed
    assert same_answers(replies(0.2, 0.300001), "1", expected).passed
    refused = same_answers(replies(0.2, 0.301), "1", expected)
    assert refused.because == "the service says 0.301 of flight 2 where the model says 0.300"
    assert not same_answers(replies(0.2, 0.300003), "1", expected).passed


def test_another_version_or_no_answer_refuses() -> None:
    expected = np.array([0.2])
    for wrong in (replies(0.2, model="2"), replies(0.2, status=503)):
        because = same_answers(wrong, "1", expected).because
        assert because.startswith("the service does not answer with model version 1: {")
    assert same_answers([], "1", np.array([])).decision == "refuse"
    assert same_answers(replies(0.2, 0.3), "1", expected).decision == "refuse"
