"""All scenarios, and the block in which one of them is so."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from twotracks.errors import TwoTracksError, did_you_mean
from twotracks.pipelines.scenarios.code_changes import CODE
from twotracks.pipelines.scenarios.data_changes import DATA
from twotracks.pipelines.scenarios.model_changes import MODEL
from twotracks.pipelines.scenarios.scenario import Scenario, calm_world
from twotracks.pipelines.scenarios.world_changes import WORLD
from twotracks.pipelines.world import World, in_world

if TYPE_CHECKING:
    from collections.abc import Iterator

SCENARIOS = {each.name: each for each in (*CODE, *DATA, *MODEL, *WORLD)}
"""By name, in the order in which they are shown."""


def find_scenario(name: str) -> Scenario:
    """A scenario by its name.

    Raises:
        TwoTracksError: there is none of that name.
    """
    if name not in SCENARIOS:
        raise TwoTracksError(
            f"there is no scenario {name!r}",
            fix=f"{did_you_mean(name, SCENARIOS)}; `twotracks scenarios` says what each is",
        )
    return SCENARIOS[name]


@contextmanager
def scenario(name: str) -> Iterator[World]:
    """Let the steps of a block find the calm world with one thing changed.

    Args:
        name: one of `SCENARIOS`; `no-change` changes nothing.

    Yields:
        The changed world. Its files are gone at the end of the block.

    Raises:
        TwoTracksError: there is no scenario of that name, or it did not change what it says, and
            that only.
    """
    chosen = find_scenario(name)
    with tempfile.TemporaryDirectory(prefix="twotracks-scenario-") as folder:
        world = chosen.apply(calm_world(), Path(folder).resolve())
        with in_world(world):
            yield world
