"""The flights that left New York in 2013: the sample, its data card, and the target.

The sample's rows are in `flights.csv.gz`; other flights of the fortnight after the training period
are in `live.csv.gz`; what both are is in `card.json`. `make.py` makes all three.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from twotracks.errors import TwoTracksError

FOLDER = Path(__file__).parent
ROWS_FILE = FOLDER / "flights.csv.gz"
LIVE_FILE = FOLDER / "live.csv.gz"
CARD_FILE = FOLDER / "card.json"

NUMBERS = ("hour", "distance", "temp", "dewp", "humid", "wind_speed", "precip", "pressure", "visib")
"""The nine features that are numbers; their units are on the data card."""
CATEGORIES = ("carrier", "origin")
"""The two features that are categories."""
FEATURES = (*NUMBERS, *CATEGORIES)
LATE_MINUTES = 15
"""A flight is late when it arrived more than this many minutes after schedule."""


@dataclass(frozen=True)
class Column:
    """One column of the sample."""

    name: str
    unit: str
    meaning: str


@dataclass(frozen=True)
class DataCard:
    """What the sample is, where it comes from and how it was made."""

    title: str
    source: str
    licence: str
    method: str
    seed: int
    rows: int
    left_out: int
    """Flights without an arrival delay (cancelled or diverted), left out before sampling."""
    caution: str
    sha256: str
    """Of the uncompressed rows."""
    live_method: str
    """How the live flights were drawn."""
    live_rows: int
    live_sha256: str
    """Of the uncompressed live rows."""
    columns: tuple[Column, ...]

    def to_json(self) -> dict[str, Any]:
        """The card as it stands in `card.json`."""
        return {**vars(self), "columns": [vars(column) for column in self.columns]}


def load_card(path: Path = CARD_FILE) -> DataCard:
    """Read a data card.

    Raises:
        TwoTracksError: the file is missing or is not a data card.
    """
    try:
        fields = json.loads(path.read_text(encoding="utf-8"))
        return DataCard(**{**fields, "columns": tuple(Column(**c) for c in fields["columns"])})
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise TwoTracksError(
            f"cannot read the data card: {error}", where=str(path), fix=_REINSTALL
        ) from error


def load(path: Path = ROWS_FILE, card: DataCard | None = None) -> pd.DataFrame:
    """Read the sample and check it against its card.

    Returns:
        One row a flight, the columns of the card, missing weather as NaN; a fresh frame each time.

    Raises:
        TwoTracksError: the file is missing or damaged, or its rows are not those of the card.
    """
    return _read(path, (card or load_card()).sha256)


def load_live() -> pd.DataFrame:
    """Read the live flights: others than those of the sample, from the fortnight that validates.

    What a service is asked about when nothing has changed since its model was validated.

    Returns:
        One row a flight, the columns of the card.

    Raises:
        TwoTracksError: the file is missing or damaged, or its rows are not those of the card.
    """
    return _read(LIVE_FILE, load_card().live_sha256)


def _read(path: Path, expected: str) -> pd.DataFrame:
    try:
        text = gzip.decompress(path.read_bytes())
    except (OSError, EOFError, zlib.error) as error:
        raise TwoTracksError(
            f"cannot read the flights: {error}", where=str(path), fix=_REINSTALL
        ) from error
    digest = hashlib.sha256(text).hexdigest()
    if digest != expected:
        raise TwoTracksError(
            f"the rows have SHA-256 {digest[:12]}..., the data card says {expected[:12]}...",
            where=str(path),
            fix=_REINSTALL,
        )
    return pd.read_csv(io.BytesIO(text))


def is_late(flights: pd.DataFrame) -> pd.Series:
    """The target: True where a flight arrived more than `LATE_MINUTES` minutes late."""
    return flights["arr_delay"] > LATE_MINUTES


def until(flights: pd.DataFrame, month: int, day: int) -> pd.DataFrame:
    """The flights up to and including a day of 2013."""
    return flights[
        (flights["month"] < month) | ((flights["month"] == month) & (flights["day"] <= day))
    ]


_REINSTALL = (
    "Install the package again, or make the sample again with "
    "`python -m twotracks.pipelines.flights.make --write`."
)
