"""The real service, as its operator and its clients see it."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from twotracks.errors import TwoTracksError
from twotracks.pipelines import service as services
from twotracks.pipelines.files import read_json
from twotracks.pipelines.service import Service, current_service, start
from twotracks.pipelines.software import build, code_commit, deploy
from twotracks.record import record

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FLIGHT = {
    "departure": "2013-07-01T17:45",
    "carrier": "B6",
    "origin": "JFK",
    "distance": 1069,
    "temp": 81.0,
    "dewp": 69.1,
    "humid": 67.2,
    "wind_speed": 12.7,
    "precip": None,
    "pressure": 1008.4,
    "visib": 9.0,
}
COLUMNS = [
    "hour",
    "distance",
    "temp",
    "dewp",
    "humid",
    "wind_speed",
    "precip",
    "pressure",
    "visib",
    "carrier",
    "origin",
]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    workspace = tmp_path_factory.mktemp("service")
    with record(workspace=workspace):
        code_commit()
        build()
        yield deploy()
    left = services.running_service(workspace)  # by a test that ended the one of the run
    if left:
        left.stop()


@pytest.fixture(scope="module")
def models() -> dict[str, bytes]:
    """Two small models: one that says 0.25 of every flight, one that says 0.75."""
    import numpy as np
    import pandas as pd
    import skops.io
    from sklearn.compose import ColumnTransformer
    from sklearn.dummy import DummyClassifier
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder

    rows = pd.DataFrame([dict.fromkeys(COLUMNS[:9], 1.0) | {"carrier": "B6", "origin": "JFK"}] * 4)

    def fitted(late: int) -> bytes:
        prepare = ColumnTransformer(
            [
                ("numbers", SimpleImputer(), COLUMNS[:9]),
                ("categories", OneHotEncoder(handle_unknown="ignore"), COLUMNS[9:]),
            ]
        )
        pipeline = make_pipeline(prepare, DummyClassifier(strategy="prior"))
        return bytes(skops.io.dumps(pipeline.fit(rows, np.arange(4) < late)))

    return {"1": fitted(1), "2": fitted(3)}


@pytest.fixture
def service(running: Service) -> Service:
    """The running service, without a champion."""
    (running.workspace / "registry" / "aliases" / "champion").unlink(missing_ok=True)
    return current_service(running.workspace)


def register(
    service: Service, version: str, content: bytes, digest: str = "", **card: object
) -> None:
    folder = service.workspace / "registry" / "versions" / version
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.skops").write_bytes(content)
    (folder / "card.json").write_text(
        json.dumps(
            {
                "version": version,
                "sha256": digest or hashlib.sha256(content).hexdigest(),
                "features": COLUMNS,
            }
            | card
        )
    )


def promote(service: Service, version: str) -> None:
    aliases = service.workspace / "registry" / "aliases"
    aliases.mkdir(parents=True, exist_ok=True)
    (aliases / "next").write_text(version)
    (aliases / "next").replace(aliases / "champion")


def wait_until_gone(pid: int) -> None:
    give_up = time.monotonic() + 5
    while time.monotonic() < give_up:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.02)
    pytest.fail(f"process {pid} is still there")


def test_health(service: Service) -> None:
    reply = service.health()
    assert (reply.status, reply.body) == (200, {"status": "ok", "service": "1.0.0", "model": None})
    assert service.url == f"http://127.0.0.1:{service.port}"
    assert str(service.port) not in repr(service)


def test_without_a_model_predictions_are_503(service: Service) -> None:
    reply = service.predict(FLIGHT)
    assert reply.status == 503
    assert "no champion" in reply.body["detail"]


@pytest.mark.parametrize(
    ("field", "value"),
    [("departure", "yesterday"), ("origin", "BOS"), ("distance", -1), ("visib", 1e6), ("gate", 7)],
)
def test_wrong_field_is_named(service: Service, field: str, value: object) -> None:
    reply = service.predict(FLIGHT | {field: value})
    assert reply.status == 422
    assert [wrong["field"] for wrong in reply.body["detail"]] == [field]


def test_champion_answers_and_the_next_reply_is_the_next_champions(
    service: Service, models: dict[str, bytes]
) -> None:
    for version, content in models.items():
        register(service, version, content)
    for version, probability in (("1", 0.25), ("2", 0.75), ("1", 0.25)):
        promote(service, version)
        assert service.health().body["model"] == version
        reply = service.predict(FLIGHT)
        assert (reply.status, reply.body) == (
            200,
            {"probability": probability, "service": "1.0.0", "model": version},
        )


def test_champion_that_is_not_what_its_card_says_is_refused(
    service: Service, models: dict[str, bytes]
) -> None:
    register(service, "1", models["1"])
    register(service, "3", models["2"], digest="0" * 64)
    promote(service, "1")
    assert service.predict(FLIGHT).status == 200
    promote(service, "3")
    reply = service.predict(FLIGHT)
    assert (reply.status, reply.body["model"]) == (503, "3")
    assert "SHA-256 mismatch" in reply.body["detail"]


def test_champion_that_is_no_model_is_refused(service: Service) -> None:
    register(service, "4", b"no zip file")
    promote(service, "4")
    reply = service.predict(FLIGHT)
    assert reply.status == 503
    assert "cannot be loaded" in reply.body["detail"]


def test_what_json_cannot_hold_is_not_sent(service: Service) -> None:
    with pytest.raises(TwoTracksError, match="cannot be sent"):
        service.predict(FLIGHT | {"temp": float("nan")})


def test_proxies_are_not_asked(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert service.health().status == 200


def test_current_service_is_the_one_that_runs(service: Service) -> None:
    assert current_service(service.workspace).port == service.port


def test_a_service_beside_the_current_one_does_not_disturb_it(service: Service) -> None:
    before = (service.workspace / "running.json").read_bytes()
    other = start(service.workspace, service.release)
    assert other.port != service.port
    other.stop()
    other.stop()
    assert not other.answers()
    with pytest.raises(TwoTracksError, match="does not answer /health"):
        other.health()
    assert (service.workspace / "running.json").read_bytes() == before
    assert service.answers()


def test_a_service_that_died_is_started_again_from_the_current_release(service: Service) -> None:
    pid = read_json(service.workspace / "running.json")["pid"]
    os.kill(pid, signal.SIGKILL)
    again = current_service(service.workspace)
    assert again.answers()
    assert again.release == service.release
    assert current_service(service.workspace).port == again.port


def test_a_service_ends_with_the_process_that_started_it(running: Service) -> None:
    program = f"""
import os
from pathlib import Path
from twotracks.pipelines.service import start
service = start(Path({str(running.workspace)!r}), {running.release!r})
print(service._pid, flush=True)
os._exit(1)  # no clean-up of any kind
"""
    done = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True)
    assert done.returncode == 1
    wait_until_gone(int(done.stdout))


def test_a_service_of_another_process_can_be_found_and_stopped(running: Service) -> None:
    program = f"""
from pathlib import Path
from twotracks.pipelines.service import current_service
service = current_service(Path({str(running.workspace)!r}))
print(service.port, flush=True)
input()
"""
    left = services.running_service(running.workspace)
    if left:
        left.stop()
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout
        port = int(other.stdout.readline())
        found = services.running_service(running.workspace)
        assert found
        assert found.port == port
        found.stop()
        assert not found.answers()
        other.communicate(b"\n")


def test_no_release_of_that_name(running: Service) -> None:
    with pytest.raises(TwoTracksError, match="no release 'nothing'"):
        start(running.workspace, "nothing")


def test_what_is_in_the_way_of_a_log_is_named(tmp_path: Path) -> None:
    (tmp_path / "releases" / "1-a").mkdir(parents=True)
    (tmp_path / "logs").write_text("")
    with pytest.raises(TwoTracksError, match=r"1-a\.log: the log cannot be written") as caught:
        start(tmp_path, "1-a")
    assert "logs is a folder" in caught.value.fix


@pytest.mark.parametrize("port", [1, 10**9])
def test_a_state_file_of_a_release_that_is_not_there(tmp_path: Path, port: int) -> None:
    state = {"pid": 10**9, "port": port, "release": "9-f"}
    (tmp_path / "running.json").write_text(json.dumps(state))
    assert services.running_service(tmp_path) is None
    with pytest.raises(TwoTracksError, match="does not answer /health") as caught:
        Service(tmp_path, "9-f", port, 10**9).health()
    assert "no log" in caught.value.fix


def test_model_file_that_needs_other_types_is_refused(service: Service) -> None:
    import skops.io

    register(service, "5", skops.io.dumps([print]), trusted=["builtins.print"])
    promote(service, "5")
    reply = service.predict(FLIGHT)
    assert (reply.status, reply.body["model"]) == (503, "5")
    assert "cannot be loaded: UntrustedTypesFoundException" in reply.body["detail"]


def test_alias_that_is_no_text(service: Service) -> None:
    (service.workspace / "registry" / "aliases").mkdir(parents=True, exist_ok=True)
    (service.workspace / "registry" / "aliases" / "champion").write_bytes(b"\xff")
    assert service.check().body["model"] is None
    assert service.predict(FLIGHT).status == 503
