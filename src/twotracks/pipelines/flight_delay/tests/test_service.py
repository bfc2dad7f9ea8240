"""One flight asked about over HTTP, with champions that are stubs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from flight_delay import __version__

from conftest import FLIGHT

if TYPE_CHECKING:
    from conftest import Client


def test_health_without_a_model(client: Client) -> None:
    assert client.ask("GET", "/health") == (
        200,
        {"status": "ok", "service": __version__, "model": None},
    )


def test_health_names_the_champion(client: Client) -> None:
    version = client.release(b"0.25")
    assert client.ask("GET", "/health")[1]["model"] == version


def test_prediction_says_who_gave_it(client: Client) -> None:
    version = client.release(b"0.25")
    assert client.predict() == (
        200,
        {"probability": 0.25, "service": __version__, "model": version},
    )


def test_the_next_reply_is_the_new_champions(client: Client) -> None:
    first = client.release(b"0.25")
    assert client.predict()[1]["probability"] == 0.25
    second = client.release(b"0.75")
    assert client.predict()[1]["probability"] == 0.75
    client.point("champion", first)
    assert client.predict()[1]["model"] == first != second


def test_no_champion_is_503(client: Client) -> None:
    status, body = client.predict()
    assert (status, body["model"]) == (503, None)
    assert "no champion" in body["detail"]


@pytest.mark.parametrize(
    ("content", "card", "reason"),
    [
        (b"0.25", {"sha256": "0" * 64}, "SHA-256 mismatch"),
        (b"no model", {}, "cannot be loaded"),
        (b"0.25", {"features": ["hour", "moon"]}, "features that this service does not make: moon"),
        (b"0.25", {"version": "other"}, "the card of version other"),
    ],
)
def test_a_champion_that_cannot_be_used_is_503_and_no_other_answers(
    client: Client, content: bytes, card: dict[str, object], reason: str
) -> None:
    client.release(b"0.25")
    assert client.predict()[0] == 200
    version = client.release(content, **card)
    status, body = client.predict()
    assert (status, body["model"]) == (503, version)
    assert reason in body["detail"]


@pytest.mark.parametrize("name", ["../secrets", "404"])
def test_an_alias_to_no_version_is_503(client: Client, name: str) -> None:
    client.point("champion", name)
    assert client.predict()[0] == 503


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("departure", "2013-07-01"),
        ("departure", 1372700700),
        ("departure", "2013-07-01T17:45Z"),
        ("carrier", "JetBlue"),
        ("origin", "BOS"),
        ("distance", 0),
        ("distance", "1069"),
        ("humid", 101),
        ("pressure", 29.9),
        ("temp", float("nan")),
        ("arrival", "2013-07-01T20:00"),
    ],
)
def test_a_wrong_field_is_named(client: Client, field: str, value: object) -> None:
    client.release(b"0.25")
    status, body = client.predict(**{field: value})
    assert status == 422
    assert [wrong["field"] for wrong in body["detail"]] == [field]


def test_missing_fields_are_named(client: Client) -> None:
    status, body = client.ask("POST", "/predict", "{}")
    assert status == 422
    assert [wrong["field"] for wrong in body["detail"]] == [
        "departure",
        "carrier",
        "origin",
        "distance",
    ]


def test_a_body_that_is_no_json_is_422(client: Client) -> None:
    status, body = client.ask("POST", "/predict", "{")
    assert status == 422
    assert body["detail"][0]["field"] == "body"


@pytest.mark.parametrize(
    "body",
    [b'{"carrier": "\xff"}', b"[" * 100_000, b'{"distance": ' + b"9" * 6_000 + b"}", b"[]", b"1"],
    ids=["no UTF-8", "too deep", "too long a number", "a list", "a number"],
)
def test_a_body_that_cannot_be_read_is_422(client: Client, body: bytes) -> None:
    status, answer = client.ask("POST", "/predict", body)
    assert (status, answer["service"]) == (422, __version__)
    assert [wrong["field"] for wrong in answer["detail"]] == ["body"]


@pytest.mark.parametrize(("name", "field"), [("\ud800", "body"), ("carrier", "carrier")])
def test_half_of_a_surrogate_pair_is_422(client: Client, name: str, field: str) -> None:
    status, body = client.ask("POST", "/predict", json.dumps(FLIGHT | {name: "\ud800"}))
    assert status == 422
    assert [wrong["field"] for wrong in body["detail"]] == [field]


@pytest.mark.parametrize("broken", ["no text", "a folder", "in a file"])
def test_an_alias_that_cannot_be_read_is_503_and_the_service_is_up(
    client: Client, broken: str
) -> None:
    aliases = client.registry / "aliases"
    if broken == "in a file":
        aliases.write_text("")
    elif broken == "a folder":
        (aliases / "champion").mkdir(parents=True)
    else:
        aliases.mkdir()
        (aliases / "champion").write_bytes(b"\xff")
    try:
        status, body = client.predict()
        healthy = client.ask("GET", "/health")
    finally:
        if broken == "in a file":
            aliases.unlink()
    assert (status, body["model"]) == (503, None)
    assert "the alias champion cannot be read" in body["detail"]
    status, health = healthy
    assert (status, health["status"], health["model"]) == (200, "ok", None)
    assert health["detail"] == body["detail"]


@pytest.mark.parametrize("features", [["hour"], [1], 1])
def test_a_card_that_is_put_right_is_read_again(client: Client, features: object) -> None:
    version = client.release(b"0.25")
    card = client.registry / "versions" / version / "card.json"
    right = card.read_text()
    card.write_text(json.dumps(json.loads(right) | {"features": features}))
    assert client.predict()[0] == 503
    card.write_text(right)
    assert client.predict()[0] == 200
