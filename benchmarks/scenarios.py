"""What it costs to send every scenario down both sides, and what taking steps over saves.

    python benchmarks/scenarios.py            # all scenarios, once
    python benchmarks/scenarios.py --quick    # the two ratios only

Seconds are of this machine, ratios of one run. The limits are 90 seconds for all scenarios on two
processors, and 3 for the ML track without HTTP.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

from twotracks import record
from twotracks.pipelines import ml
from twotracks.pipelines.lineage import Champion
from twotracks.pipelines.scenarios import SCENARIOS, scenario
from twotracks.pipelines.scenarios.produce import everything
from twotracks.pipelines.scenarios.trial import run_clean, send_down


def without_http(rounds: int = 5) -> float:
    """The ML track without the step that needs the service."""
    times = []
    for _ in range(rounds):
        with scenario("no-change"), record() as run:
            started = perf_counter()
            ml.collect_data()
            candidate = ml.train_model()
            ml.validate_model()
            ml.monitor_model(champion=Champion("1", candidate.model))
            times.append(perf_counter() - started)
        assert run.passed
    return median(times)


def taken_over(rounds: int = 3) -> tuple[float, float]:
    """One scenario of the world with the ML track: all steps run, and those that must."""
    whole: list[float] = []
    part: list[float] = []
    with TemporaryDirectory() as name:
        folder = Path(name)
        clean = run_clean("ml", folder / "clean")
        for n in range(rounds):
            with scenario("july") as world:
                for times, changed in ((whole, ()), (part, SCENARIOS["july"].changes)):
                    here = folder / f"{n}-{len(changed)}"
                    here.mkdir()
                    started = perf_counter()
                    send_down(clean, world, changed, here)
                    times.append(perf_counter() - started)
    return median(whole), median(part)


def main() -> None:
    print(f"the ML track without HTTP: {without_http():.2f} s")
    whole, part = taken_over()
    print(f"july with all steps: {whole:.2f} s, with the rest taken over: {part:.2f} s")
    print(f"ratio: {part / whole:.2f}")
    if "--quick" not in sys.argv[1:]:
        started = perf_counter()
        everything()
        seconds = perf_counter() - started
        print(f"{len(SCENARIOS)} scenarios, {os.cpu_count()} processors: {seconds:.0f} s")


if __name__ == "__main__":
    main()
