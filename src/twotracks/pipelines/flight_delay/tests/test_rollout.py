"""A challenger beside the champion: it scores in the shadow, or answers a share of the requests."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from flight_delay.rollout import place

from conftest import FLIGHT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conftest import Client

FLIGHTS = [FLIGHT | {"distance": 200 + at} for at in range(400)]


def pair(client: Client, challenger: bytes = b"0.75") -> tuple[str, str]:
    champion, other = client.release(b"0.25"), client.register(challenger)
    client.point("challenger", other)
    return champion, other


def open_canary(client: Client, challenger: object, share: object) -> None:
    text = json.dumps({"challenger": challenger, "share": share})
    (client.registry / "rollout.json").write_text(text)


def answered_by(client: Client, flights: Sequence[object] = FLIGHTS) -> list[str]:
    return [answer["model"] for answer in client.predictions(flights)[1]["answers"]]


def test_in_the_shadow_the_champion_answers_and_the_challenger_scores(client: Client) -> None:
    champion, challenger = pair(client)
    status, body = client.predict()
    assert (status, body["probability"], body["model"]) == (200, 0.25, champion)
    assert body["shadow"] == {"probability": 0.75, "model": challenger}
    [answer] = client.predictions([FLIGHT])[1]["answers"]
    assert answer["shadow"] == body["shadow"]


def test_health_says_what_is_tried(client: Client) -> None:
    _, challenger = pair(client)
    assert client.health()["rollout"] == {"challenger": challenger, "share": 0.0}
    open_canary(client, challenger, 0.1)
    assert client.health()["rollout"] == {"challenger": challenger, "share": 0.1}


@pytest.mark.parametrize("content", [b"no model", b"nan", b"0.75 not B6"])
@pytest.mark.parametrize("share", [0, 1])
def test_a_challenger_that_has_no_answer_does_no_harm(
    client: Client, content: bytes, share: int
) -> None:
    champion, challenger = pair(client, content)
    open_canary(client, challenger, share)
    status, body = client.predict()
    assert (status, body["probability"], body["model"]) == (200, 0.25, champion)
    assert body["shadow"]["model"] == challenger
    assert "cannot" in body["shadow"]["detail"]
    assert answered_by(client, [FLIGHT]) == [champion]


@pytest.mark.parametrize("name", ["404", "../secrets"])
def test_a_challenger_that_is_not_there_does_no_harm(client: Client, name: str) -> None:
    champion, _ = pair(client)
    client.point("challenger", name)
    body = client.predict()[1]
    assert (body["model"], body["shadow"]["model"]) == (champion, name)


def test_a_challenger_alias_that_cannot_be_read_does_no_harm(client: Client) -> None:
    champion, _ = pair(client)
    (client.registry / "aliases" / "challenger").write_bytes(b"\xff")
    assert client.predict()[1]["model"] == champion
    assert "challenger cannot be read" in client.health()["rollout"]["detail"]


def test_a_challenger_does_not_stand_in_for_a_champion(client: Client) -> None:
    pair(client)
    client.point("champion", "404")
    assert client.predict()[0] == 503


def test_a_challenger_that_became_the_champion_is_tried_no_more(client: Client) -> None:
    _, challenger = pair(client)
    client.point("champion", challenger)
    assert "shadow" not in client.predict()[1]
    assert "rollout" not in client.health()


def test_a_canary_answers_its_share_and_always_the_same_requests(client: Client) -> None:
    champion, challenger = pair(client)
    open_canary(client, challenger, 0.25)
    first = answered_by(client)
    assert first == answered_by(client)
    # 400 requests, a share of 0.25: within 4.5 standard deviations of 100.
    assert 61 <= first.count(challenger) <= 139
    assert set(first) == {champion, challenger}
    one_by_one = [client.predict(**flight)[1] for flight in FLIGHTS[:40]]
    assert [body["model"] for body in one_by_one] == first[:40]
    assert all(("shadow" in body) == (body["model"] == champion) for body in one_by_one)


def test_a_larger_canary_holds_the_smaller_one(client: Client) -> None:
    _, challenger = pair(client)
    arms = []
    for share in (0.1, 0.5, 1.0):
        open_canary(client, challenger, share)
        arms.append({at for at, model in enumerate(answered_by(client)) if model == challenger})
    assert arms[0] < arms[1] < arms[2] == set(range(len(FLIGHTS)))


def test_the_place_of_a_request_is_the_same_everywhere() -> None:
    # printf '{"a":1,"b":"x"}' | sha256sum, and of that the first 16 digits.
    assert place({"b": "x", "a": 1}) == 0xECF9E98EC0641E23 / 2**64
    assert place({"a": 1, "b": "x"}) == place({"b": "x", "a": 1})


def test_a_share_for_another_version_is_of_no_effect(client: Client) -> None:
    champion, _ = pair(client)
    open_canary(client, "404", 1)
    assert set(answered_by(client)) == {champion}


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"\xff",
        b"[]",
        b"1",
        b"{}",
        b"[" * 100_000,
        *(
            b'{"challenger": "1", "share": %s}' % share
            for share in (b"2", b"-0.1", b"NaN", b"true", b'"0.5"', b"null", b"9" * 400)
        ),
    ],
    ids=lambda text: str(text[:40]),
)
def test_a_broken_rollout_file_does_not_stop_the_champion(client: Client, text: bytes) -> None:
    champion, challenger = pair(client)
    (client.registry / "rollout.json").write_bytes(text)
    body = client.predict()[1]
    assert (body["model"], body["shadow"]["model"]) == (champion, challenger)
    health = client.health()
    assert (health["status"], health["model"]) == ("ok", champion)
    assert "rollout.json cannot be read" in health["rollout"]["detail"]


def test_a_rollout_file_that_is_a_folder_does_not_stop_the_champion(client: Client) -> None:
    champion = client.release(b"0.25")
    (client.registry / "rollout.json").mkdir()
    try:
        assert client.predict()[1]["model"] == champion
        assert "rollout.json cannot be read" in client.health()["rollout"]["detail"]
    finally:
        (client.registry / "rollout.json").rmdir()
