"""The service as its operator sees it: start it, find it, ask it, stop it."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from twotracks.errors import TwoTracksError
from twotracks.pipelines.files import read_json, write_json
from twotracks.pipelines.processes import clean_environment, last_lines
from twotracks.pipelines.releases import current_release, release_folder
from twotracks.pipelines.replies import Answer, Reply, as_json, read_answers, read_features
from twotracks.record import at_end

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["Answer", "Reply", "Service", "current_service", "running_service", "start"]

MODULE = "flight_delay"
HEALTH = "/health"
START_SECONDS = 30.0
HEALTH_SECONDS = 10.0
PREDICT_SECONDS = 30.0
"""The first prediction waits for scikit-learn to be imported."""
MANY_SECONDS = 60.0
STOP_SECONDS = 5.0

_children: dict[int, subprocess.Popen[bytes]] = {}
"""The services that this process started and has not stopped."""


class Service:
    """A running service. What it shows of itself does not change from run to run."""

    def __init__(self, workspace: Path, release: str, port: int, pid: int) -> None:
        self.workspace = workspace
        self.release = release
        self.version = release.rsplit("-", 1)[0]
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self._pid = pid
        self._child = _children.get(pid)

    def __repr__(self) -> str:
        return f"Service(release={self.release!r})"

    def health(self) -> Reply:
        """Ask how the service is.

        Raises:
            TwoTracksError: it does not answer.
        """
        return self._ask("GET", HEALTH, HEALTH_SECONDS)

    def check(self) -> Reply:
        """Ask how the service is, and see that it is well and of this version.

        Raises:
            TwoTracksError: it does not answer, is not well, or is of another version.
        """
        reply = self.health()
        if (reply.status, reply.body.get("status"), reply.body.get("service")) != (
            http.HTTPStatus.OK,
            "ok",
            self.version,
        ):
            raise TwoTracksError(
                f"the service answers {HEALTH} with {reply.status} {json.dumps(reply.body)}, not "
                f"200, ok and version {self.version}",
                where=f"release {self.release}",
                fix=_log_end(self.workspace, self.release),
            )
        return reply

    def answers(self) -> bool:
        """Whether the service runs, is well and is of this version."""
        if self._child is not None and self._child.poll() is not None:
            return False
        with contextlib.suppress(TwoTracksError):
            return bool(self.check())
        return False

    def predict(self, flight: Mapping[str, Any]) -> Reply:
        """Ask how likely a flight is to be late.

        Args:
            flight: the raw fields, such as `{"departure": "2013-07-01T17:45", "carrier": "B6",
                "origin": "JFK", "distance": 1069, "temp": 81.0}`; a measurement may be None.

        Raises:
            TwoTracksError: it does not answer, or the flight holds what JSON cannot.
        """
        return self._ask("POST", "/predict", PREDICT_SECONDS, as_json("flight", dict(flight)))

    def predict_many(self, flights: Sequence[Mapping[str, Any]]) -> tuple[Answer, ...]:
        """Ask about up to `MOST_FLIGHTS` in one request: an answer for each, in their order.

        Raises:
            TwoTracksError: it does not answer for each flight, or one holds what JSON cannot.
        """
        return read_answers(self._ask_many("/predictions", flights), len(flights))

    def features(self, flights: Sequence[Mapping[str, Any]]) -> tuple[dict[str, Any], ...]:
        """Ask what a model sees of up to `MOST_FLIGHTS`: a row of features for each.

        A row has the service's columns in its order; NaN stands for what was not measured.

        Raises:
            TwoTracksError: it does not answer, or computes no features of one of the flights.
        """
        return read_features(self._ask_many("/features", flights), len(flights))

    def stop(self) -> None:
        """Stop the service and wait until it is gone. A service that is gone already is fine."""
        child = self._child
        if child is not None:
            _end(child)
        elif self.answers():
            # Another process started it. That it still answers shows that the id is still its own.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._pid, signal.SIGTERM)
            give_up = time.monotonic() + STOP_SECONDS
            while self.answers() and time.monotonic() < give_up:
                time.sleep(0.01)
        if _state(self.workspace).get("pid") == self._pid:
            (self.workspace / "running.json").unlink(missing_ok=True)

    def save(self) -> None:
        """Make this the service that `running_service` finds."""
        write_json(
            self.workspace / "running.json",
            {"pid": self._pid, "port": self.port, "release": self.release},
        )

    def _ask_many(self, path: str, flights: Sequence[Mapping[str, Any]]) -> Reply:
        body = as_json("flights", {"flights": [dict(flight) for flight in flights]})
        return self._ask("POST", path, MANY_SECONDS, body)

    def _ask(self, method: str, path: str, seconds: float, body: str | None = None) -> Reply:
        # Not urllib, which would send this through the proxy of the machine.
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=seconds)
        try:
            connection.request(method, path, body, {"Content-Type": "application/json"})
            response = connection.getresponse()
            answer = json.loads(response.read())
        except (OSError, OverflowError, http.client.HTTPException, ValueError) as error:
            raise TwoTracksError(
                f"the service does not answer {path}: {type(error).__name__}",
                where=f"release {self.release}",
                fix=_log_end(self.workspace, self.release),
            ) from error
        finally:
            connection.close()
        if not isinstance(answer, dict):
            raise TwoTracksError(
                f"the service answers {path} with no JSON object", where=f"release {self.release}"
            )
        return Reply(response.status, answer)


def start(workspace: Path, release: str, port: int = 0) -> Service:
    """Start the service from a release, in a process of its own, and see it healthy.

    A release that carries a registry of its own answers with that one, and any other with the
    workspace's. The process ends with this one, however this one ends: its standard input is a
    pipe of ours.

    Args:
        workspace: the folder that holds the releases and the model registry.
        release: the name of the release.
        port: the port to listen on; 0 takes a free one.

    Raises:
        TwoTracksError: there is no such release, or the service does not start, does not answer
            or says it is another version; its process is gone then.
    """
    workspace = workspace.resolve()  # the service runs elsewhere
    folder = release_folder(workspace, release)
    with _open_log(workspace, release) as output:
        said_before = output.tell()
        child = subprocess.Popen(
            [
                sys.executable,
                "-P",
                "-m",
                MODULE,
                *_registry_options(workspace, folder),
                "--port",
                str(port),
                "--stop-with-stdin",
            ],
            cwd=folder,
            env=clean_environment(folder),
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    _children[child.pid] = child
    try:
        port = _wait_for_port(child, workspace, release, said_before)
        service = Service(workspace, release, port, child.pid)
        service.check()
    except BaseException:
        _end(child)
        raise
    return service


def _registry_options(workspace: Path, release: Path) -> tuple[str, ...]:
    packaged = (release / MODULE / "registry").is_dir()
    return () if packaged else ("--registry", str(workspace / "registry"))


def running_service(workspace: Path) -> Service | None:
    """The service that was deployed here, if its process still answers as what it was."""
    state = _state(workspace)
    try:
        service = Service(workspace, str(state["release"]), int(state["port"]), int(state["pid"]))
    except (LookupError, TypeError, ValueError):
        return None
    return service if service.answers() else None


def current_service(workspace: Path) -> Service:
    """The service of the current release: the one that runs, or else one that is started now.

    One that is started in a run is stopped at the end of that run.

    Raises:
        NotFound: nothing was deployed here.
        TwoTracksError: the service does not start.
    """
    workspace = Path(workspace)
    release = current_release(workspace)
    service = running_service(workspace)
    if service is None or service.release != release:
        service = start(workspace, release)
        at_end(service.stop)
        service.save()
    return service


def _state(workspace: Path) -> dict[str, Any]:
    """What `save` left; nothing where it left nothing, or nothing that can be read."""
    with contextlib.suppress(TwoTracksError):
        return read_json(workspace / "running.json")
    return {}


def _log(workspace: Path, release: str) -> Path:
    return workspace / "logs" / f"{release}.log"


def _open_log(workspace: Path, release: str) -> BinaryIO:
    """The log of a release, to write at its end."""
    log = _log(workspace, release)
    try:
        log.parent.mkdir(exist_ok=True)
        return log.open("ab")
    except OSError as error:
        raise TwoTracksError(
            f"the log cannot be written: {error.strerror}",
            where=str(log),
            fix=f"See that {log.parent} is a folder that you may write to.",
        ) from error


def _log_end(workspace: Path, release: str) -> str:
    try:
        text = _log(workspace, release).read_text("utf-8", "replace")
    except (OSError, ValueError):
        return "It has no log. Deploy it again: call deploy()."
    text = text.replace(f"{workspace}/", "")
    return "The end of its log:\n  " + "\n  ".join(last_lines(text) or ["(empty)"])


def _wait_for_port(
    child: subprocess.Popen[bytes], workspace: Path, release: str, said_before: int
) -> int:
    """Wait for the line in which the service says where it listens."""
    give_up = time.monotonic() + START_SECONDS
    while True:
        ended = child.poll() is not None  # asked first: what it said last must not be missed
        said = _log(workspace, release).read_bytes()[said_before:]
        for line in said.splitlines(keepends=True):
            if line.startswith(b'{"port": ') and line.endswith(b"\n"):
                return int(json.loads(line)["port"])
        if ended or time.monotonic() > give_up:
            lines = last_lines(said.decode("utf-8", "replace").replace(f"{workspace}/", ""))
            why = (
                (lines[-1] if lines else f"exit status {child.returncode}")
                if ended
                else (f"it did not listen within {START_SECONDS:g} s")
            )
            raise TwoTracksError(
                f"the service did not start: {why}",
                where=f"release {release}",
                fix="The end of its log:\n  " + "\n  ".join(lines or ["(empty)"]),
            )
        time.sleep(0.005)


def _end(child: subprocess.Popen[bytes]) -> None:
    """End a service's process group, first politely, and leave no zombie."""
    for kind in (signal.SIGTERM, signal.SIGKILL):
        if child.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, kind)
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(STOP_SECONDS)
    if child.stdin is not None:
        child.stdin.close()
    _children.pop(child.pid, None)
