"""What is read out of the service's replies, right ones and wrong ones."""

from __future__ import annotations

import math
from typing import Any

import pytest

from twotracks import TwoTracksError
from twotracks.pipelines.replies import Answer, Reply, as_json, read_answers, read_features


def reply(*entries: object, status: int = 200) -> Reply:
    return Reply(status, {"answers": list(entries), "service": "1.0.0"})


def test_a_probability_is_an_answer() -> None:
    shadow = {"model": "2", "probability": 0.5}
    entry = {"status": 200, "probability": 0.25, "model": "1"}
    assert read_answers(reply(entry, entry | {"shadow": shadow}), 2) == (
        Answer(200, 0.25, "1"),
        Answer(200, 0.25, "1", "", shadow),
    )
    assert Answer(200, 0.0, "1").answered


@pytest.mark.parametrize(
    ("entry", "status", "detail"),
    [
        ({"status": 503, "detail": "no champion", "model": None}, 503, "no champion"),
        ({"status": 422, "detail": [{"field": "a", "problem": "b"}] * 2}, 422, "a: b; a: b"),
        ({"status": 422, "detail": [1]}, 422, "[1]"),
        ({"status": 200, "p": 0.25}, 200, 'no probability in {"status": 200, "p": 0.25}'),
        ({"status": 200, "probability": "0.25", "detail": 1}, 200, "1"),
        ({"status": 200, "probability": True}, 200, "no probability in"),
        ({}, 0, "no probability in {}"),
    ],
)
def test_no_probability_is_no_answer(entry: dict[str, Any], status: int, detail: str) -> None:
    (answer,) = read_answers(reply(entry), 1)
    assert (answer.status, answer.probability, answer.answered) == (status, None, False)
    assert detail in answer.detail


@pytest.mark.parametrize(
    "wrong",
    [
        reply({}, {}),
        reply(),
        reply(1),
        reply({}, status=422),
        Reply(200, {"answers": "1"}),
        Reply(404, {"detail": "Not Found"}),
    ],
    ids=repr,
)
def test_one_answer_a_flight_or_none(wrong: Reply) -> None:
    for read in (read_answers, read_features):
        with pytest.raises(TwoTracksError, match="does not answer for each of 1 flights"):
            read(wrong, 1)


def test_features_have_nan_where_json_has_null() -> None:
    (row,) = read_features(reply({"status": 200, "features": {"a": 1, "b": None}}), 1)
    assert row["a"] == 1
    assert math.isnan(row["b"])


def test_features_of_a_wrong_flight_are_named() -> None:
    right = {"status": 200, "features": {}}
    wrong = {"status": 422, "detail": [{"field": "distance", "problem": "too far"}]}
    with pytest.raises(TwoTracksError, match="no features of flight 1: distance: too far"):
        read_features(reply(right, wrong), 2)


def test_what_json_cannot_hold_is_named() -> None:
    with pytest.raises(TwoTracksError, match="the flights cannot be sent"):
        as_json("flights", [math.nan])
