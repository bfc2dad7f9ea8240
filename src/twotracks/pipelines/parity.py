"""Does the service answer what the model says?"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from twotracks.pipelines.flights import NUMBERS
from twotracks.record import GateRefused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twotracks.pipelines.lineage import Dataset
    from twotracks.pipelines.service import Service

TOLERANCE = 2e-6
"""Both probabilities are rounded to six decimals."""


def asked(dataset: Dataset) -> pd.DataFrame:
    """The flight that the service is asked about: the first one after the training period."""
    return dataset.validation().head(1)


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


def ask(service: Service, dataset: Dataset) -> dict[str, Any]:
    """The service's answer about one flight, its status with it."""
    reply = service.predict(request_for(asked(dataset).iloc[0]))
    return {"status": reply.status, **reply.body}


def check_reply(reply: Mapping[str, Any], version: str, expected: float) -> None:
    """Raise GateRefused unless the reply is this version's, and says what the model says."""
    if reply["status"] != HTTPStatus.OK or reply.get("model") != version:
        raise GateRefused(
            f"the service does not answer with model version {version}: {reply}",
            fix="The alias is back where it was. Look at the reason in the reply.",
        )
    if not np.isclose(reply["probability"], expected, atol=TOLERANCE, rtol=0):
        raise GateRefused(
            f"the service says {reply['probability']:.3f} where the model says {expected:.3f}",
            fix="The service computes a feature otherwise than training did.",
        )
