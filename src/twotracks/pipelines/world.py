"""What the pipelines find: the code, the data, how a model is fitted, and what the users ask.

The steps take from here what their caller leaves out. Outside a `with in_world(...)` block it is
the world as it was: the service's source, the packaged flights, and July's users.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from twotracks.pipelines import flights as flight_data
from twotracks.pipelines import model as models

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pandas as pd

SERVICE_SOURCE = Path(__file__).parent / "flight_delay"
"""The project of the flight-delay service, as this package carries it."""
MONITORED_MONTH = 7
"""The month whose flights the users ask about, unless a world says otherwise."""

Fit: TypeAlias = "Callable[[pd.DataFrame, pd.Series, str], models.Model]"
"""From n flights, the target and the digest of their snapshot to a model, as `model.fit`."""


@dataclass(frozen=True, eq=False)
class World:
    """What the pipelines find. Each field can be changed without the others."""

    source: Path
    """The folder of the service's project."""
    flights: pd.DataFrame
    """What is delivered when data are collected, the columns of the data card."""
    live: pd.DataFrame
    """The n flights that users ask about, as they ask, with the outcome as it is recorded later."""
    late: pd.Series
    """Whether each of those was late in truth, n booleans, whatever was recorded."""
    fit: Fit = models.fit
    """How a model is made from training flights."""
    stored: Callable[[Path], None] | None = None
    """What becomes of a model's folder after it was saved; None leaves it alone."""
    recorded_anew: bool = False
    """Whether the golden replies were recorded anew, because replies were meant to change."""


_current: ContextVar[World | None] = ContextVar("world", default=None)


def current_world() -> World:
    """The world that the steps of this context find.

    Raises:
        TwoTracksError: the packaged flights are missing or damaged.
    """
    return _current.get() or _as_it_was()


@contextmanager
def in_world(world: World) -> Iterator[None]:
    """Let the steps of a block find this world."""
    token = _current.set(world)
    try:
        yield
    finally:
        _current.reset(token)


def _as_it_was() -> World:
    flights = flight_data.load()
    live = flights[flights["month"] == MONITORED_MONTH].reset_index(drop=True)
    return World(SERVICE_SOURCE, flights, live, flight_data.is_late(live))
