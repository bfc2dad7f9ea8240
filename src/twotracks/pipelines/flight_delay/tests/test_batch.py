"""Many flights in one request: each is checked and answered on its own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from flight_delay import __version__
from flight_delay.features import FEATURES

from conftest import FLIGHT

if TYPE_CHECKING:
    from conftest import Client

WRONG: list[object] = [
    FLIGHT | {"distance": "far"},
    FLIGHT | {"origin": "BOS", "humid": 101},
    FLIGHT | {"arrival": "2013-07-01T20:00"},
    FLIGHT | {"carrier": "\ud800"},
    FLIGHT | {"\ud800": 1},
    FLIGHT | {"temp": float("nan")},
    {},
]
NO_OBJECTS: list[object] = [[], None, 1, "a flight"]


def test_answers_come_in_the_order_of_the_flights(client: Client) -> None:
    version = client.release(b"0.25")
    right = {"status": 200, "probability": 0.25, "model": version}
    status, body = client.predictions([FLIGHT, {**FLIGHT, "distance": 0}, FLIGHT])
    assert (status, body["service"], body["model"]) == (200, __version__, version)
    assert [body["answers"][0], body["answers"][2]] == [right, right]
    assert body["answers"][1]["status"] == 422
    assert [wrong["field"] for wrong in body["answers"][1]["detail"]] == ["distance"]


@pytest.mark.parametrize("flight", [FLIGHT, *WRONG], ids=repr)
def test_each_answer_is_what_one_flight_alone_gets(client: Client, flight: object) -> None:
    client.release(b"0.25")
    status, alone = client.ask("POST", "/predict", json.dumps(flight))
    _, body = client.predictions([flight])
    del alone["service"]
    assert body["answers"] == [{"status": status, **alone}]


@pytest.mark.parametrize("flight", NO_OBJECTS, ids=repr)
def test_what_is_no_object_is_no_flight(client: Client, flight: object) -> None:
    client.release(b"0.25")
    _, body = client.predictions([flight, FLIGHT])
    assert [answer["status"] for answer in body["answers"]] == [422, 200]
    assert [wrong["field"] for wrong in body["answers"][0]["detail"]] == ["body"]


def test_without_a_champion_each_right_flight_is_503(client: Client) -> None:
    status, body = client.predictions([FLIGHT, {}])
    assert (status, body["model"]) == (200, None)
    assert [answer["status"] for answer in body["answers"]] == [503, 422]
    assert "no champion" in body["answers"][0]["detail"]


def test_a_flight_that_the_model_fails_on_does_not_take_the_others_with_it(client: Client) -> None:
    client.release(b"0.25 not UA")
    _, body = client.predictions([FLIGHT, FLIGHT | {"carrier": "UA"}, FLIGHT])
    assert [answer["status"] for answer in body["answers"]] == [200, 503, 200]
    assert "unknown category UA" in body["answers"][1]["detail"]


@pytest.mark.parametrize("content", [b"nan", b"1.5", b"-0.1"])
def test_what_is_no_probability_is_not_answered(client: Client, content: bytes) -> None:
    client.release(content)
    status, body = client.predict()
    assert status == 503
    assert "no probability" in body["detail"]


def test_no_flights_get_no_answers(client: Client) -> None:
    client.release(b"0.25")
    assert client.predictions([])[1]["answers"] == []


@pytest.mark.parametrize("path", ["/predictions", "/features"])
@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"flights": [1] * 10_001}, "flights"),
        ({"flights": FLIGHT}, "flights"),
        ({}, "flights"),
        ({"flights": [], "more": 1}, "more"),
        ([FLIGHT], "body"),
    ],
    ids=["too many", "no list", "nothing", "something more", "a list"],
)
def test_a_body_that_holds_no_flights_is_422(
    client: Client, path: str, body: object, field: str
) -> None:
    status, answer = client.ask("POST", path, json.dumps(body))
    assert status == 422
    assert [wrong["field"] for wrong in answer["detail"]] == [field]


def test_as_many_flights_as_are_allowed_are_answered(client: Client) -> None:
    client.release(b"0.25")
    assert len(client.predictions([FLIGHT] * 10_000)[1]["answers"]) == 10_000


def test_features_are_what_the_model_sees(client: Client) -> None:
    flights = {"flights": [FLIGHT | {"temp": 81}, {}]}
    status, body = client.ask("POST", "/features", json.dumps(flights))
    seen, wrong = body["answers"]
    assert (status, body["service"]) == (200, __version__)
    assert tuple(seen["features"]) == FEATURES
    known = {"hour": 17.0, "distance": 1069.0, "temp": 81.0, "carrier": "B6", "origin": "JFK"}
    assert seen == {"status": 200, "features": dict.fromkeys(FEATURES) | known}
    assert wrong["status"] == 422
    assert [problem["field"] for problem in wrong["detail"]][:1] == ["departure"]
