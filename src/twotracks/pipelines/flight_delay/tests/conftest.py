"""The service over HTTP, with models that are stubs: what scikit-learn does is tested elsewhere."""

from __future__ import annotations

import hashlib
import http.client
import itertools
import json
import shutil
import socket
import threading
from typing import TYPE_CHECKING, Any

import pytest
from flight_delay.app import create_app
from flight_delay.champion import Champion
from flight_delay.features import FEATURES
from flight_delay.server import Server

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from flight_delay.champion import Predict, Row

FLIGHT = {"departure": "2013-07-01T17:45", "carrier": "B6", "origin": "JFK", "distance": 1069}


def load_stub(content: bytes, columns: Sequence[str]) -> Predict:
    """A model file of these tests holds the one probability that its model gives.

    `0.25 not UA` fails on the rows of a carrier, as an encoder does that never saw it.
    """
    text, _, unknown = content.decode().partition(" not ")
    probability = float(text)

    def predict(rows: Sequence[Row]) -> Sequence[float]:
        if any(list(row) != list(columns) for row in rows):
            raise ValueError("other columns")
        if any(row["carrier"] == unknown for row in rows):
            raise ValueError(f"unknown category {unknown}")
        return [probability] * len(rows)

    return predict


class Client:
    """Talks to the running service, and releases models to its registry."""

    def __init__(self, port: int, registry: Path) -> None:
        self.port = port
        self.registry = registry
        self.numbers = itertools.count(1)

    def ask(
        self, method: str, path: str, body: str | bytes | None = None
    ) -> tuple[int, dict[str, Any]]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(method, path, body, {"Content-Type": "application/json"})
            response = connection.getresponse()
            return response.status, json.loads(response.read())
        finally:
            connection.close()

    def predict(self, **changes: object) -> tuple[int, dict[str, Any]]:
        return self.ask("POST", "/predict", json.dumps(FLIGHT | changes))

    def health(self) -> dict[str, Any]:
        return self.ask("GET", "/health")[1]

    def predictions(self, flights: Sequence[object]) -> tuple[int, dict[str, Any]]:
        return self.ask("POST", "/predictions", json.dumps({"flights": flights}))

    def release(self, content: bytes, **card: object) -> str:
        """Write a model and its card, make it the champion, and give its version."""
        version = self.register(content, **card)
        self.point("champion", version)
        return version

    def register(self, content: bytes, **card: object) -> str:
        version = str(next(self.numbers))
        folder = self.registry / "versions" / version
        folder.mkdir(parents=True)
        (folder / "model.skops").write_bytes(content)
        true = {
            "version": version,
            "sha256": hashlib.sha256(content).hexdigest(),
            "features": list(FEATURES),
        }
        (folder / "card.json").write_text(json.dumps(true | card))
        return version

    def point(self, alias: str, version: str) -> None:
        (self.registry / "aliases").mkdir(exist_ok=True)
        (self.registry / "aliases" / alias).write_text(version)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    registry = tmp_path_factory.mktemp("registry")
    listening = threading.Event()
    server = Server(create_app(Champion(registry, load_stub)), listening.set)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        assert listening.wait(10)
        yield Client(listener.getsockname()[1], registry)
        server.should_exit = True
        thread.join(10)


@pytest.fixture
def client(running: Client) -> Client:
    """The service without a champion, and with nothing tried beside it."""
    shutil.rmtree(running.registry / "aliases", ignore_errors=True)
    (running.registry / "rollout.json").unlink(missing_ok=True)
    return running
