"""A model rolled out and back: each change shows in the next reply of the real service."""

from __future__ import annotations

import math
import shutil
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from twotracks import TwoTracksError
from twotracks.pipelines import flights as flight_data
from twotracks.pipelines import model as models
from twotracks.pipelines import rollout
from twotracks.pipelines.parity import ask, request_for
from twotracks.pipelines.registry import CHAMPION, Registry
from twotracks.pipelines.releases import current_release
from twotracks.pipelines.replies import MOST_FLIGHTS
from twotracks.pipelines.rollout import Rollout
from twotracks.pipelines.service import Service, start

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from twotracks import Run


@pytest.fixture(scope="module")
def july() -> pd.DataFrame:
    flights = flight_data.load()
    return flights[flights["month"] == 7]


@pytest.fixture(scope="module")
def asked(july: pd.DataFrame) -> list[dict[str, Any]]:
    return [request_for(flight) for _, flight in july.iterrows()]


@pytest.fixture(scope="module")
def running(
    nine_steps: tuple[Run, Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    """The service of the nine steps, on a copy of their registry with a second version."""
    workspace = tmp_path_factory.mktemp("rollout")
    for name in ("releases", "registry"):
        shutil.copytree(nine_steps[1] / name, workspace / name, symlinks=True)
    summer = flight_data.until(flight_data.load(), 6, 15)
    second = models.fit(summer, flight_data.is_late(summer), "0" * 64)
    models.save(second, workspace / "second")
    Registry(workspace / "registry").register(workspace / "second")
    service = start(workspace, current_release(nine_steps[1]))
    yield service
    service.stop()


@pytest.fixture
def registry(running: Service) -> Registry:
    """Version 1 is the champion, version 2 is there, and nothing was ever rolled out."""
    registry = Registry(running.workspace / "registry")
    rollout.stop(registry)
    (registry.folder / "former.json").unlink(missing_ok=True)
    registry.point(CHAMPION, "1")
    return registry


def test_many_answers_are_what_the_model_says_and_what_each_alone_gets(
    running: Service, registry: Registry, july: pd.DataFrame, asked: list[dict[str, Any]]
) -> None:
    running.predict(asked[0])  # loads the model
    many = asked + asked[: 3_000 - len(asked)]
    began = time.monotonic()
    answers = running.predict_many(many)
    assert time.monotonic() - began < 3  # alone it takes about 0.2 s
    said = [answer.probability for answer in answers[: len(asked)]]
    np.testing.assert_allclose(
        np.array(said, dtype=float), registry.load("1").predict(july), atol=1e-6, rtol=0
    )
    for flight, answer in list(zip(asked, answers, strict=False))[:50]:
        alone = running.predict(flight)
        assert (alone.status, alone.body["probability"]) == (200, answer.probability)
        assert answer.model == alone.body["model"] == "1"


def test_a_wrong_flight_among_many(
    running: Service, registry: Registry, asked: list[dict[str, Any]]
) -> None:
    assert registry.version_of(CHAMPION) == "1"
    answers = running.predict_many([asked[0], asked[1] | {"distance": -1}, asked[2]])
    assert [answer.status for answer in answers] == [200, 422, 200]
    assert answers[1].detail.startswith("distance: ")


def test_the_service_computes_the_features_of_training(
    running: Service, july: pd.DataFrame, asked: list[dict[str, Any]]
) -> None:
    rows = pd.DataFrame(running.features(asked))
    expected = july[list(flight_data.FEATURES)].reset_index(drop=True)
    pd.testing.assert_frame_equal(rows, expected, check_dtype=False)


def test_more_flights_than_are_taken_are_an_error(
    running: Service, asked: list[dict[str, Any]]
) -> None:
    assert len(running.predict_many(asked[:1] * MOST_FLIGHTS)) == MOST_FLIGHTS
    with pytest.raises(TwoTracksError, match=f"{MOST_FLIGHTS} items"):
        running.predict_many(asked[:1] * (MOST_FLIGHTS + 1))
    with pytest.raises(TwoTracksError, match="flights cannot be sent"):
        running.features([asked[0] | {"temp": math.nan}])


def test_each_change_shows_in_the_next_reply(
    running: Service, registry: Registry, asked: list[dict[str, Any]]
) -> None:
    hour = pd.Timestamp(asked[0]["departure"]).hour
    row = pd.DataFrame([asked[0] | {"hour": hour}])
    said = {version: float(registry.load(version).predict(row)[0]) for version in "12"}
    assert abs(said["1"] - said["2"]) > 0.001

    def next_reply() -> tuple[str, str | None]:
        """The version that answers, and the one in the shadow; each says what its model says."""
        body = running.predict(asked[0]).body
        shadow = body.get("shadow")
        for seen in (body, shadow) if shadow else (body,):
            assert seen["probability"] == pytest.approx(said[seen["model"]], abs=2e-6)
        return body["model"], shadow["model"] if shadow else None

    assert next_reply() == ("1", None)
    assert rollout.shadow(registry, "2") == Rollout("1", "2")
    assert next_reply() == ("1", "2")
    assert rollout.open_canary(registry, 1.0) == Rollout("1", "2", 1.0)
    assert next_reply() == ("2", None)
    assert rollout.open_canary(registry, 0.0) == Rollout("1", "2")
    assert next_reply() == ("1", "2")
    assert rollout.promote(registry) == Rollout("2", former=("1",))
    assert next_reply() == ("2", None)
    assert rollout.roll_back(registry) == Rollout("1")
    assert next_reply() == ("1", None)
    rollout.shadow(registry, "2")
    assert rollout.stop(registry) == rollout.stop(registry) == Rollout("1")
    assert next_reply() == ("1", None)


def test_a_canary_has_its_share_and_the_service_agrees_with_the_registry(
    running: Service, registry: Registry, asked: list[dict[str, Any]]
) -> None:
    rollout.shadow(registry, "2")
    rollout.open_canary(registry, 0.1)
    assert running.health().body["rollout"] == {"challenger": "2", "share": 0.1}
    answers = running.predict_many(asked)
    by = [answer.model for answer in answers]
    # 2,000 requests, a share of 0.1: within 4.5 standard deviations of 200.
    assert 140 <= by.count("2") <= 260
    assert all((answer.shadow is None) == (answer.model == "2") for answer in answers)
    assert [answer.model for answer in running.predict_many(asked)] == by


def test_a_rollback_stops_what_is_tried(registry: Registry) -> None:
    rollout.shadow(registry, "2")
    rollout.promote(registry)
    rollout.shadow(registry, "1")
    rollout.open_canary(registry, 0.5)
    assert rollout.roll_back(registry) == Rollout("1")


def test_what_is_in_the_shadow_is_no_evidence_of_the_champion(
    running: Service, registry: Registry, july: pd.DataFrame
) -> None:
    alone = ask(running, july.head(3))
    rollout.shadow(registry, "2")
    assert ask(running, july.head(3)) == alone


def test_the_share_of_one_challenger_is_not_that_of_the_next(registry: Registry) -> None:
    rollout.shadow(registry, "2")
    rollout.open_canary(registry, 1)
    assert rollout.shadow(registry, "2") == Rollout("1", "2", 0.0)


@pytest.mark.parametrize("share", [-0.1, 1.1, math.nan, True, "0.5", None])
def test_a_share_is_from_0_to_1(registry: Registry, share: Any) -> None:
    rollout.shadow(registry, "2")
    with pytest.raises(TwoTracksError, match="no share of the requests"):
        rollout.open_canary(registry, share)
    assert rollout.read(registry) == Rollout("1", "2")


def test_without_a_challenger_there_is_nothing_to_roll_out(registry: Registry) -> None:
    for act in (rollout.promote, lambda registry: rollout.open_canary(registry, 0.1)):
        with pytest.raises(TwoTracksError, match="no challenger"):
            act(registry)
    with pytest.raises(TwoTracksError, match="no champion to go back to"):
        rollout.roll_back(registry)
    assert rollout.read(registry) == Rollout("1")


def test_only_another_version_that_is_there_can_be_tried(registry: Registry) -> None:
    with pytest.raises(TwoTracksError, match="version 1 is the champion"):
        rollout.shadow(registry, "1")
    with pytest.raises(TwoTracksError, match="no model version '9'"):
        rollout.shadow(registry, "9")
    registry.point(CHAMPION, None)
    with pytest.raises(TwoTracksError, match="no champion to answer"):
        rollout.shadow(registry, "2")


def test_a_broken_rollout_file_is_named_and_can_be_stopped(
    running: Service, registry: Registry, asked: list[dict[str, Any]]
) -> None:
    rollout.shadow(registry, "2")
    (registry.folder / "rollout.json").write_text('{"share": 2}')
    with pytest.raises(TwoTracksError, match=r"rollout\.json: the share is not a number"):
        rollout.read(registry)
    assert "cannot be read" in running.check().body["rollout"]["detail"]
    assert running.predict(asked[0]).body["model"] == "1"
    assert rollout.stop(registry) == Rollout("1")
    assert "rollout" not in running.health().body
