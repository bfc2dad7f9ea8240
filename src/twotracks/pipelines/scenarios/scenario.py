"""What a scenario is: one named change to one world, and nothing else."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

import pandas as pd

from twotracks.errors import TwoTracksError
from twotracks.pipelines import flights as flight_data
from twotracks.pipelines.git import LEFT_OUT
from twotracks.pipelines.world import SERVICE_SOURCE, World

if TYPE_CHECKING:
    from collections.abc import Callable

    Change: TypeAlias = Callable[[World, Path], World]

Kind: TypeAlias = Literal["code", "data", "model", "environment", "world"]


@dataclass(frozen=True)
class Scenario:
    """One named, deterministic change."""

    name: str
    kind: Kind
    """What was changed, for the reader: the code, the data, the model, its environment, or the
    world outside."""
    title: str
    """What happened, one sentence."""
    symptom: str
    """What the person would write who notices first."""
    change: Change | None
    """From the calm world, and an empty folder for files, to the changed one; None is the control
    in which nothing changes."""
    changes: tuple[str, ...] = ()
    """The fields of the world that it changes, and the only ones."""
    software: str = ""
    """The step of software CI/CD alone that must notice; empty if none does."""
    ml: str = ""
    """The step that must notice where the ML track runs too; empty if none does."""
    by_hand: str = ""
    """What of it was made by hand; empty where the data are as they were recorded."""

    def apply(self, world: World, folder: Path) -> World:
        """The changed world.

        Args:
            world: the world to change; it is left as it is.
            folder: an empty folder for files of the changed world.

        Raises:
            TwoTracksError: nothing changed, or something that the scenario does not name.
        """
        if self.change is None:
            return world
        changed = self.change(world, folder)
        found = differences(world, changed)
        where = f"scenario {self.name}"
        missing = [name for name in self.changes if name not in found]
        if missing or not found:
            raise TwoTracksError(
                f"it did not change the {' and the '.join(missing) or 'world'}",
                where=where,
                fix="A trouble that is not there proves nothing. Look at what it edits.",
            )
        others = [name for name in found if name not in self.changes]
        if others:
            raise TwoTracksError(
                f"it changed the {' and the '.join(others)} too",
                where=where,
                fix="Change one thing, or name it in `changes`.",
            )
        return changed


def calm_world() -> World:
    """The world in which nothing changed since the champion was validated.

    The packaged sample is delivered again as it was, and the users ask about other real flights of
    the fortnight that validates.

    Raises:
        TwoTracksError: the packaged flights are missing or damaged.
    """
    live = flight_data.load_live()
    return World(SERVICE_SOURCE, flight_data.load(), live, flight_data.is_late(live))


def differences(one: World, other: World) -> tuple[str, ...]:
    """The names of the fields in which two worlds differ, in order."""
    return tuple(
        field.name
        for field in fields(World)
        if not _same(getattr(one, field.name), getattr(other, field.name))
    )


def _same(one: object, other: object) -> bool:
    if isinstance(one, pd.DataFrame) and isinstance(other, pd.DataFrame):
        return one.equals(other)
    if isinstance(one, pd.Series) and isinstance(other, pd.Series):
        return one.equals(other)
    if isinstance(one, Path) and isinstance(other, Path):
        return project_content(one) == project_content(other)
    return one == other


def project_content(folder: Path) -> dict[str, str]:
    """The files of a project that a commit would hold, each with its digest."""
    found: dict[str, str] = {}
    for path in sorted(folder.iterdir()):
        if LEFT_OUT(str(folder), [path.name]):
            continue
        if path.is_dir():
            found |= {f"{path.name}/{name}": text for name, text in project_content(path).items()}
        else:
            found[path.name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found
