"""What it costs to record a step, against calling the same function bare.

    python benchmarks/recording.py

An empty step shows the cost itself; a real one shows what it is worth beside the step's work. Both
ways run in turn, in one process; the figures are medians.
"""

from __future__ import annotations

import gc
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import TYPE_CHECKING

from twotracks import evidence, record, step
from twotracks.pipelines import flights, ml

if TYPE_CHECKING:
    from collections.abc import Callable


@step(process="Benchmark", focus="Nothing", outcome="Done", sets=("Code", "Run"), evidence=("n",))
def empty() -> None:
    evidence(n=1)


def bare() -> None:
    """What `empty` does, without evidence to leave."""


def seconds(work: Callable[[], object], calls: int) -> float:
    gc.collect()
    started = perf_counter()
    for _ in range(calls):
        work()
    return (perf_counter() - started) / calls


def cost_of_an_empty_step(rounds: int = 15, calls: int = 200) -> tuple[float, float]:
    recorded, called = [], []
    for _ in range(rounds):
        with record():
            recorded.append(seconds(empty, calls))
        called.append(seconds(bare, calls))
    return median(recorded), median(called)


def cost_of_a_real_step(rounds: int = 9) -> tuple[float, float]:
    rows = flights.load()
    recorded, called = [], []
    for _ in range(rounds):
        with record():
            recorded.append(seconds(lambda: ml.collect_data(rows), 1))
        with TemporaryDirectory() as folder:
            called.append(seconds(lambda: ml.collect_data(rows, workspace=Path(folder)), 1))
    return median(recorded), median(called)


def nine_steps() -> dict[str, float]:
    from twotracks.pipelines import software  # noqa: PLC0415 - not part of the figures above

    with record() as run:
        software.code_commit()
        software.build()
        software.test()
        software.deploy()
        ml.collect_data()
        ml.train_model()
        ml.validate_model()
        ml.deploy_model()
        ml.monitor_model()
    return {step.action: step.seconds for step in run.steps}


if __name__ == "__main__":
    recorded, called = cost_of_an_empty_step()
    print(f"an empty step: {recorded * 1e6:.1f} µs recorded, {called * 1e6:.2f} µs bare,")
    print(f"  so recording costs {(recorded - called) * 1e6:.1f} µs a step")
    recorded, called = cost_of_a_real_step()
    print(f"collect_data(): {recorded * 1e3:.1f} ms recorded, {called * 1e3:.1f} ms outside a run,")
    print(f"  ratio {recorded / called:.3f}")
    times = nine_steps()
    for action, taken in times.items():
        print(f"  {action:<18}{taken:6.2f} s")
    print(f"  {'all nine':<18}{sum(times.values()):6.2f} s")
