"""Ask the service what it makes of flights that training knows: the golden flights."""

from __future__ import annotations

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

__all__ = ["TOLERANCE", "ask", "check_parity", "golden", "request_for"]

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


def request_for(flight: pd.Series) -> dict[str, Any]:
    """A row of the sample as the raw fields that the service takes."""
    departure = pd.Timestamp(2013, flight["month"], flight["day"], flight["hour"], flight["minute"])
    fields: dict[str, Any] = {
        "departure": departure.isoformat(),
        "carrier": flight["carrier"],
        "origin": flight["origin"],
    }
    weather = [name for name in NUMBERS if name != "hour"]
    return fields | {
        name: None if pd.isna(flight[name]) else float(flight[name]) for name in weather
    }


def ask(service: Service, flights: pd.DataFrame) -> list[dict[str, Any]]:
    """The service's answer about each flight, asked one by one as users do, its status with it."""
    replies = (service.predict(request_for(flight)) for _, flight in flights.iterrows())
    return [{"status": reply.status, **reply.body} for reply in replies]


def check_parity(
    service: Service, dataset: Dataset, model: Model, version: str
) -> tuple[dict[str, Any], tuple[Verdict, ...]]:
    """Ask about the golden flights, and compare with what training and the model say of them.

    Returns:
        The answer about the first of them, and the verdicts.
    """
    flights = golden(dataset)
    verdicts = []
    if hasattr(service, "features"):
        verdicts.append(same_features(_seen(service, flights), flights[list(model.features)]))
    replies = ask(service, flights)
    verdicts.append(same_answers(replies, version, model.predict(flights)))
    return replies[0], tuple(verdicts)


def _seen(service: Any, flights: pd.DataFrame) -> list[Mapping[str, Any]]:
    reply = service.features([request_for(flight) for _, flight in flights.iterrows()])
    return [answer.get("features", {}) for answer in reply.body["answers"]]
