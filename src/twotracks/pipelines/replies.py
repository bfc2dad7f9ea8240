"""What the service replied, read as what it says about each flight."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from twotracks.errors import TwoTracksError

if TYPE_CHECKING:
    from collections.abc import Mapping

OK = 200
MOST_FLIGHTS = 10_000
"""The most flights that the service takes in one request. It has the same limit."""


@dataclass(frozen=True)
class Reply:
    """What the service answered: the HTTP status, and the JSON object."""

    status: int
    body: dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """What the service said about one of many flights."""

    status: int
    """200; 422 for a flight that is wrong, 503 where there is no model to answer with."""
    probability: float | None
    """Of being late; None where the service gave none, whatever the status says."""
    model: str | None
    """The version that answered, or would have."""
    detail: str = ""
    """Why there is no probability."""
    shadow: Mapping[str, Any] | None = None
    """What the challenger said where the champion answered: `model`, and `probability` or
    `detail`."""

    @property
    def answered(self) -> bool:
        """Whether there is a probability."""
        return self.probability is not None


def as_json(what: str, value: object) -> str:
    """A value as the body of a request.

    Raises:
        TwoTracksError: it holds what JSON cannot.
    """
    try:
        return json.dumps(value, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise TwoTracksError(
            f"the {what} cannot be sent: {error}",
            where="predict",
            fix="Give strings, int(), float(), and None for NaN.",
        ) from error


def read_answers(reply: Reply, flights: int) -> tuple[Answer, ...]:
    """The answers in a reply to `/predictions`.

    Raises:
        TwoTracksError: there is not one answer for each flight.
    """
    return tuple(_answer(entry) for entry in _entries(reply, flights))


def read_features(reply: Reply, flights: int) -> tuple[dict[str, Any], ...]:
    """The feature rows in a reply to `/features`, with NaN for what was not measured.

    Raises:
        TwoTracksError: there is not one row for each flight.
    """
    rows = []
    for at, entry in enumerate(_entries(reply, flights)):
        row = entry.get("features")
        if not isinstance(row, dict):
            raise TwoTracksError(
                f"the service computes no features of flight {at}: {_said(entry)}",
                where="/features",
                fix="Give flights that the service takes.",
            )
        rows.append({name: math.nan if value is None else value for name, value in row.items()})
    return tuple(rows)


def _entries(reply: Reply, flights: int) -> list[dict[str, Any]]:
    entries = reply.body.get("answers")
    if (
        reply.status != OK
        or not isinstance(entries, list)
        or len(entries) != flights
        or not all(isinstance(entry, dict) for entry in entries)
    ):
        raise TwoTracksError(
            f"the service does not answer for each of {flights} flights: {reply.status} "
            f"{json.dumps(reply.body)[:200]}",
            fix="Look at what the release answers: it may be an older one.",
        )
    return entries


def _answer(entry: Mapping[str, Any]) -> Answer:
    """An answer that may be wrong in any way: it is there to be judged."""
    status, model, shadow = entry.get("status"), entry.get("model"), entry.get("shadow")
    probability = _number(entry.get("probability"))
    return Answer(
        status if isinstance(status, int) else 0,
        probability,
        model if isinstance(model, str) else None,
        _said(entry) if probability is None else "",
        shadow if isinstance(shadow, dict) else None,
    )


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value)


def _said(entry: Mapping[str, Any]) -> str:
    """Why there is no answer, in words."""
    if "detail" not in entry:
        return f"there is no probability in {json.dumps(entry)}"
    detail = entry["detail"]
    if isinstance(detail, str):
        return detail
    try:
        return "; ".join(f"{wrong['field']}: {wrong['problem']}" for wrong in detail)
    except (TypeError, LookupError):
        return json.dumps(detail)
