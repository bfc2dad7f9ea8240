"""Ask the service what it makes of flights that training knows: the golden flights."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import pandas as pd

from twotracks.pipelines.flights import NUMBERS
from twotracks.pipelines.gates.parity import TOLERANCE, same_answers, same_features

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twotracks.pipelines.gates.verdict import Verdict
    from twotracks.pipelines.lineage import Dataset
    from twotracks.pipelines.model import Model
    from twotracks.pipelines.service import Service

__all__ = ["TOLERANCE", "ask", "check_parity", "golden", "request_for", "requests_for"]

GOLDEN = 20
"""How many flights the service is asked about before its answers count."""
SEED = 0


def golden(dataset: Dataset) -> pd.DataFrame:
    """The golden flights: the first one after the training period, and others drawn once.

    Returns:
        `GOLDEN` rows, or all there are if they are fewer.
    """
    rows = dataset.validation()
    drawn = rows.iloc[1:].sample(min(GOLDEN, len(rows)) - 1, random_state=SEED)
    return pd.concat([rows.head(1), drawn])


def request_for(flight: Mapping[Any, Any] | pd.Series) -> dict[str, Any]:
    """A row of the sample as the raw fields that the service takes; columns may be missing."""
    month, day, hour, minute = (int(flight[name]) for name in ("month", "day", "hour", "minute"))
    departure = datetime(2013, month, day, hour, minute)  # noqa: DTZ001 - local, as it is asked for
    fields: dict[str, Any] = {
        "departure": departure.isoformat(),
        "carrier": flight["carrier"],
        "origin": flight["origin"],
    }
    weather = [name for name in NUMBERS if name != "hour" and name in flight]
    return fields | {
        name: None if pd.isna(flight[name]) else float(flight[name]) for name in weather
    }


def requests_for(flights: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows of the sample as requests, in order, each as `request_for` gives it."""
    columns = [
        name
        for name in ("month", "day", "hour", "minute", "carrier", "origin", *NUMBERS)
        if name in flights
    ]
    return [request_for(row) for row in flights[[*dict.fromkeys(columns)]].to_dict("records")]


def ask(service: Service, flights: pd.DataFrame) -> list[dict[str, Any]]:
    """The service's answer about each flight, asked one by one as users do, its status with it.

    What a challenger says in the shadow is no part of the answer.
    """
    replies = (service.predict(request_for(flight)) for _, flight in flights.iterrows())
    answers = [{"status": reply.status, **reply.body} for reply in replies]
    return [{k: v for k, v in answer.items() if k != "shadow"} for answer in answers]


def check_parity(
    service: Service, dataset: Dataset, model: Model, version: str
) -> tuple[dict[str, Any], tuple[Verdict, ...]]:
    """Ask about the golden flights, and compare with what training and the model say of them.

    Returns:
        The answer about the first of them, and the verdicts.
    """
    flights = golden(dataset)
    seen = service.features([request_for(flight) for _, flight in flights.iterrows()])
    replies = ask(service, flights)
    return replies[0], (
        same_features(seen, flights[list(model.features)]),
        same_answers(replies, version, model.predict(flights)),
    )
