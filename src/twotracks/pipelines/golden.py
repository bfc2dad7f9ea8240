"""Golden replies: what a release answered once, and the next one is to answer again."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from twotracks.errors import TwoTracksError
from twotracks.pipelines import flights
from twotracks.pipelines.lineage import TRAINED_UNTIL
from twotracks.pipelines.parity import TOLERANCE, request_for

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from twotracks.pipelines.model import Model
    from twotracks.pipelines.service import Service

GOLDEN_FILE = "tests/golden.json"
"""Where a project keeps its golden replies."""
HELD_OUT = 20
"""How many of the requests are real flights."""
SEED = 0


@dataclass(frozen=True)
class GoldenReply:
    """A request, and what was answered: the HTTP status, and the probability if there was one."""

    request: Mapping[str, Any]
    status: int
    probability: float | None

    def agrees(self, other: GoldenReply) -> bool:
        """Whether the other reply has this status, and this probability to six decimals."""
        if self.status != other.status:
            return False
        ours, theirs = self.probability, other.probability
        if ours is None or theirs is None:
            return ours is theirs
        return abs(ours - theirs) <= TOLERANCE

    def __str__(self) -> str:
        said = "" if self.probability is None else f", probability {self.probability:.3f}"
        return f"{self.status}{said}"


def golden_requests() -> tuple[dict[str, Any], ...]:
    """The requests: flights of the days after training, and two that are to be refused.

    Raises:
        TwoTracksError: the packaged sample is missing or damaged.
    """
    month, last = TRAINED_UNTIL
    rows = flights.load()
    held_out = rows[(rows["month"] == month) & (rows["day"] > last)]
    picked = np.random.default_rng(SEED).choice(len(held_out), HELD_OUT, replace=False)
    real = tuple(request_for(held_out.iloc[row]) for row in sorted(picked))
    unknown_airport = real[0] | {"origin": "BOS"}
    no_distance = {name: value for name, value in real[0].items() if name != "distance"}
    return (*real, unknown_airport, no_distance)


def replies(service: Service, requests: Iterable[Mapping[str, Any]]) -> tuple[GoldenReply, ...]:
    """Ask a service, one request after the other.

    Raises:
        TwoTracksError: it does not answer at all.
    """
    return tuple(_reply(service, request) for request in requests)


def _reply(service: Service, request: Mapping[str, Any]) -> GoldenReply:
    reply = service.predict(request)
    probability = reply.body.get("probability")
    number = float(probability) if isinstance(probability, (int, float)) else None
    return GoldenReply(request, reply.status, number)


def record_replies(service: Service) -> tuple[GoldenReply, ...]:
    """Ask the golden requests, for the replies to be kept.

    Raises:
        TwoTracksError: the service fails on one of them; a failure is nothing to keep.
    """
    recorded = replies(service, golden_requests())
    failed = [reply for reply in recorded if reply.status >= HTTPStatus.INTERNAL_SERVER_ERROR]
    if failed:
        raise TwoTracksError(
            f"the service answers {len(failed)} of {len(recorded)} golden requests with "
            f"{failed[0].status}",
            where=f"release {service.release}",
            fix="Record with a service and a model that work, or keep the replies that there are.",
        )
    return recorded


def said_by(model: Model, golden: Sequence[GoldenReply]) -> tuple[GoldenReply, ...]:
    """The golden replies as they are to be with another model: what that model itself says.

    Requests that are to be refused stay as they are.

    Args:
        model: one that takes the features of the flights.
        golden: replies that were recorded with the same service.
    """
    right = [reply for reply in golden if reply.probability is not None]
    asked = pd.DataFrame([dict(reply.request) for reply in right])
    hours = [datetime.fromisoformat(departure).hour for departure in asked["departure"]]
    measured = dict.fromkeys((name for name in flights.NUMBERS if name != "hour"), "float64")
    said = iter(model.predict(asked.astype(measured).assign(hour=hours)).tolist())
    return tuple(
        reply if reply.probability is None else replace(reply, probability=next(said))
        for reply in golden
    )


def as_json(golden: Iterable[GoldenReply]) -> bytes:
    """The content of a golden file."""
    return (json.dumps([vars(reply) for reply in golden], indent=2) + "\n").encode()


def from_json(content: bytes) -> tuple[GoldenReply, ...]:
    """Read the content of a golden file.

    Raises:
        TwoTracksError: it holds no golden replies.
    """
    try:
        return tuple(GoldenReply(**fields) for fields in json.loads(content))
    except (ValueError, TypeError) as error:
        raise TwoTracksError(
            f"cannot read the golden replies: {error}",
            where=GOLDEN_FILE,
            fix="Record them again.",
        ) from error
