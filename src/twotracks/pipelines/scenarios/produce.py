"""Scenarios through both sides, as one text that many pages read."""

from __future__ import annotations

import json
import multiprocessing
import os
import tempfile
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twotracks.pipelines.scenarios.catalogue import SCENARIOS, find_scenario, scenario
from twotracks.pipelines.scenarios.quiet import quiet_months
from twotracks.pipelines.scenarios.sides import SIDES
from twotracks.pipelines.scenarios.trial import Clean, run_clean, send_down, unguarded

if TYPE_CHECKING:
    from collections.abc import Iterable

    from twotracks.pipelines.scenarios.sides import Side

KEPT = ("name", "kind", "title", "symptom", "by_hand")
"""What the text says of a scenario, beside its runs."""


def everything() -> str:
    """Run every scenario through both sides, and give all runs as JSON, with the false alarms."""
    with _pool() as pool:
        quiet = pool.submit(quiet_months)
        return json.dumps(
            {"scenarios": through(SCENARIOS, pool), "false_alarms": quiet.result()}, indent=1
        )


def only(name: str) -> str:
    """The same for one scenario, without the false alarms.

    Raises:
        TwoTracksError: there is no scenario of that name.
    """
    find_scenario(name)
    with _pool() as pool:
        return json.dumps({"scenarios": through([name], pool), "false_alarms": {}}, indent=1)


def _pool() -> ProcessPoolExecutor:
    """As many processes as there are processors, forked: the libraries are imported once."""
    return ProcessPoolExecutor(os.cpu_count(), mp_context=multiprocessing.get_context("fork"))


def through(names: Iterable[str], pool: ProcessPoolExecutor) -> list[dict[str, Any]]:
    """Run scenarios through both sides, the clean runs first.

    What comes out does not depend on the number of processes.
    """
    with tempfile.TemporaryDirectory(prefix="twotracks-scenarios-") as name:
        folder = Path(name).resolve()
        software, ml = pool.map(partial(_clean, folder), SIDES)
        wanted = [*names]
        # The longest first, so that no process is left alone with it at the end.
        order = sorted(wanted, key=lambda each: SCENARIOS[each].change is not None)
        found = dict(zip(order, pool.map(partial(one, software, ml, folder), order), strict=True))
        return [found[each] for each in wanted]


def _clean(folder: Path, side: Side) -> Clean:
    return run_clean(side, folder / side)


def one(software: Clean, ml: Clean, folder: Path, name: str) -> dict[str, Any]:
    """One scenario through both sides, and straight to the users, as JSON values.

    Args:
        software: the clean run of software CI/CD alone.
        ml: the clean run with the ML track.
        folder: where to work.
        name: the scenario.
    """
    chosen = find_scenario(name)
    here = folder / f"scenario-{name}"
    here.mkdir(parents=True)
    with scenario(name) as world:
        alone = send_down(software, world, chosen.changes, here / "alone")
        both = send_down(ml, world, chosen.changes, here / "both")
        straight = unguarded(alone, software, world, here / "straight")
    return {
        **{field: getattr(chosen, field) for field in KEPT},
        "expected": {"software": chosen.software, "ml": chosen.ml},
        "runs": {
            "software": alone.to_document(),
            "ml": both.to_document(),
            "none": straight.to_document(),
        },
    }
