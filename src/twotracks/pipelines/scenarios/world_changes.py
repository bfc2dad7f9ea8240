"""Troubles with the world: nobody touched the code, the data's shape or the model."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from twotracks.pipelines.flights import is_late
from twotracks.pipelines.scenarios.scenario import Scenario

if TYPE_CHECKING:
    from pathlib import Path

    from twotracks.pipelines.world import World

SEED = 0
JULY = 7
LATE_NOW = 0.05
"""The late rate after it fell."""


def _july(world: World, _: Path) -> World:
    july = world.flights[world.flights["month"] == JULY].reset_index(drop=True)
    return replace(world, live=july, late=is_late(july))


def _fewer_late(world: World, _: Path) -> World:
    """Of the late flights and of the others, draws in which few are late."""
    rng = np.random.default_rng(SEED)
    late, n = world.late.to_numpy(), len(world.live)
    wanted = round(LATE_NOW * n)
    picks = np.concatenate(
        [
            rng.choice(np.flatnonzero(late), wanted),
            rng.choice(np.flatnonzero(~late), n - wanted),
        ]
    )
    live = world.live.iloc[np.sort(picks)].reset_index(drop=True)
    return replace(world, live=live, late=is_late(live))


def _dry_is_late(world: World, _: Path) -> World:
    """The outcomes of the most humid and the driest flights change places."""
    order = world.live["humid"].fillna(world.live["humid"].median()).argsort(kind="stable")
    delay = world.live["arr_delay"].to_numpy().copy()
    delay[order] = delay[order[::-1]]
    live = world.live.assign(arr_delay=delay)
    return replace(world, live=live, late=is_late(live))


WORLD = (
    Scenario(
        name="july",
        kind="world",
        title="It is July.",
        symptom="Nobody changed anything, and it got worse.",
        change=_july,
        changes=("live", "late"),
        ml="monitor_model",
    ),
    Scenario(
        name="label-shift",
        kind="world",
        title="Far fewer flights are late than the model was trained to expect.",
        symptom="It keeps warning us of delays that do not come.",
        change=_fewer_late,
        changes=("live", "late"),
        ml="monitor_model",
        by_hand="Real flights were drawn so that few of them were late.",
    ),
    Scenario(
        name="concept-drift",
        kind="world",
        title="What used to make flights late no longer does; the flights are the same.",
        symptom="All inputs look normal, and the answers are wrong.",
        change=_dry_is_late,
        changes=("live", "late"),
        ml="monitor_model",
        by_hand="The outcomes of humid and of dry flights were exchanged.",
    ),
    Scenario(
        name="no-change",
        kind="world",
        title="Nothing changes.",
        symptom="Why should anybody be woken?",
        change=None,
    ),
)
