"""All scenarios through both sides, as one text that many pages read."""

from __future__ import annotations

import json
import multiprocessing
import os
import tempfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from twotracks.pipelines.scenarios.catalogue import SCENARIOS, find_scenario, scenario
from twotracks.pipelines.scenarios.sides import SIDES, Side
from twotracks.pipelines.scenarios.trial import Clean, run_clean, send_down, unguarded

KEPT = ("name", "kind", "title", "symptom", "by_hand")


def everything() -> str:
    """Run every scenario through both sides, and give all runs as JSON.

    The clean runs come first, and then one scenario a processor at a time. The text does not depend
    on how many there are.
    """
    with tempfile.TemporaryDirectory(prefix="twotracks-scenarios-") as name:
        folder = Path(name).resolve()
        context = multiprocessing.get_context("fork")  # libraries are imported once
        with ProcessPoolExecutor(os.cpu_count(), mp_context=context) as pool:
            software, ml = pool.map(_clean, SIDES, [folder / side for side in SIDES])
            names = [*SCENARIOS]
            found = pool.map(
                _one,
                names,
                [software] * len(names),
                [ml] * len(names),
                [folder / f"scenario-{name}" for name in names],
            )
            return json.dumps({"scenarios": [*found]}, indent=1)


def _clean(side: Side, folder: Path) -> Clean:
    return run_clean(side, folder)


def _one(name: str, software: Clean, ml: Clean, folder: Path) -> dict[str, Any]:
    return one(name, software, ml, folder)


def one(name: str, software: Clean, ml: Clean, folder: Path) -> dict[str, Any]:
    """One scenario through both sides, and straight to the users, as JSON values.

    Args:
        name: the scenario.
        software: the clean run of software CI/CD alone.
        ml: the clean run with the ML track.
        folder: a folder to work in, which need not be there.
    """
    chosen = find_scenario(name)
    folder.mkdir(parents=True, exist_ok=True)
    with scenario(name) as world:
        alone = send_down(software, world, chosen.changes, folder / "software")
        both = send_down(ml, world, chosen.changes, folder / "ml")
        straight = unguarded(alone, software, world, folder)
    return {
        **{field: getattr(chosen, field) for field in KEPT},
        "expected": {"software": chosen.software, "ml": chosen.ml},
        "runs": {
            "software": alone.to_document(),
            "ml": both.to_document(),
            "none": straight.to_document(),
        },
    }
