"""Sending a scenario down one side: from a clean run, with what did not change taken over."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import TYPE_CHECKING

from twotracks.errors import TwoTracksError
from twotracks.pipelines import model as models
from twotracks.pipelines.control import monitor_service
from twotracks.pipelines.flights import FEATURES, is_late, until
from twotracks.pipelines.golden import GOLDEN_FILE
from twotracks.pipelines.lineage import TRAINED_UNTIL
from twotracks.pipelines.ml import monitor_model
from twotracks.pipelines.product import product
from twotracks.pipelines.releases import current_release, unpack
from twotracks.pipelines.scenarios.scenario import calm_world
from twotracks.pipelines.scenarios.sides import Part, Side, parts
from twotracks.pipelines.scenarios.users import (
    keep_reference,
    probabilities,
    roll_back,
    serve_users,
)
from twotracks.pipelines.service import Service, start
from twotracks.pipelines.software import build, code_commit
from twotracks.pipelines.world import World, in_world
from twotracks.record import record
from twotracks.run import Run

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from twotracks.run import StepRecord


@dataclass(frozen=True)
class Clean:
    """A clean run of one side, and the workspace in which it left a release and a champion."""

    side: Side
    run: Run
    workspace: Path
    model: models.Model
    golden: Path | None
    """The golden replies that were recorded with the model, where the model is in the wheel."""


def run_clean(side: Side, folder: Path) -> Clean:
    """Run a side in the calm world, from nothing.

    Args:
        side: which.
        folder: an empty folder to work in, which is kept.

    Raises:
        TwoTracksError: a step did not pass, or raised an alert: the world is not calm then.
    """
    world = calm_world()
    workspace = folder / "workspace"
    model = _fit(world)
    project = _project(side, world, folder, model, None)
    workspace.mkdir(parents=True)
    keep_reference(workspace, world.live, world.late, model)
    with in_world(world), record(workspace=workspace, on_failure="keep") as run:
        for part in parts(side, project):
            part.call()
        _serve(side)
    noticed = [step for step in run.steps if not step.passed or step.evidence.get("alerts")]
    if noticed:
        first = noticed[0]
        raise TwoTracksError(
            f"the clean run of the side {side!r} is not clean: {first.action} says "
            f"{first.reason or first.evidence['alerts']}",
            fix="Without a clean run no scenario shows anything.",
        )
    golden = project / GOLDEN_FILE if side == "software" else None
    return Clean(side, run, workspace, model, golden)


def send_down(clean: Clean, world: World, changed: Iterable[str], folder: Path) -> Run:
    """Send a world down a side, as the next run after the clean one.

    Steps at the start whose inputs the world did not change are taken over from the clean run, and
    so is what the users got where nothing new came to them.

    Args:
        clean: the clean run of that side; its workspace is copied and left as it is.
        world: what the steps find.
        changed: the fields in which this world differs from the calm one; without any, all steps
            run, so that a run without a change is a run.
        folder: an empty folder to work in.
    """
    fields = frozenset(changed)
    workspace = folder / clean.side
    shutil.copytree(clean.workspace, workspace, symlinks=True)
    project = _project(clean.side, world, folder, _fit(world, clean.model), clean)
    plan = parts(clean.side, project)
    kept = [*takewhile(lambda part: fields and part.reads.isdisjoint(fields), plan)]
    before = current_release(workspace)
    with in_world(world), record(workspace=workspace, on_failure="keep") as run:
        for part in plan[len(kept) :]:
            part.call()
        if _released(run, before) and not run.steps[-1].passed:
            roll_back(before)
        served = not fields or not fields.isdisjoint({"live", "late"}) or _new(run, clean.run)
        if served:
            _serve(clean.side)
            alerts = run.step("monitor_service").evidence.get("alerts")
            if alerts and _released(run, before) and current_release(workspace) != before:
                roll_back(before)
    steps = [*_taken_over(clean.run, kept), *run.steps]
    if not served:
        steps += _taken_over(clean.run, _watching(clean.side, run))
    return _joined(steps)


def unguarded(guarded: Run, clean: Clean, world: World, folder: Path) -> Run:
    """What the users get if the trouble goes straight to them, and nothing stands between.

    Args:
        guarded: the run of software CI/CD alone; where it let the trouble through, its users are
            those of this run too.
        clean: the clean run of software CI/CD alone.
        world: what there is.
        folder: an empty folder to work in.
    """
    served = guarded.step("serve_users")
    if not served.taken_over and not any(step.name == "roll_back" for step in guarded.steps):
        return _joined([served])
    workspace = folder / "none"
    shutil.copytree(clean.workspace, workspace, symlinks=True)
    project = _project("software", world, folder / "straight", _fit(world, clean.model), clean)
    service = _start_anyway(project, workspace)
    try:
        with in_world(world), record(workspace=workspace) as run:
            serve_users(service)
    finally:
        if service is not None:
            service.stop()
    return run


def _start_anyway(project: Path, workspace: Path) -> Service | None:
    """Start what was committed without a test; None where it does not build or start."""
    try:
        wheel = build(code_commit(project, workspace=workspace), workspace=workspace)
        unpack(wheel.path, workspace, wheel.release)
        return start(workspace, wheel.release)
    except TwoTracksError:
        return None


def _fit(world: World, otherwise: models.Model | None = None) -> models.Model:
    """What whoever trains the model gets from the data that are there.

    Where a column is gone nothing can be trained, and the model that there is stays.
    """
    training = until(world.flights, *TRAINED_UNTIL)
    if otherwise is not None and not set(FEATURES) <= set(training):
        return otherwise
    return world.fit(training, is_late(training), "trained once")


def _project(
    side: Side, world: World, folder: Path, model: models.Model, clean: Clean | None
) -> Path:
    """What is committed: the service's source, on the software side with the model inside.

    The golden replies are recorded with a new model and where the author says so, and are kept
    otherwise.
    """
    if side == "ml":
        return world.source
    saved = folder / "model"
    models.save(model, saved)
    if world.stored is not None:
        world.stored(saved)
    golden = clean.golden if clean and model.digest == clean.model.digest else None
    return product(world.source, saved, folder / "project", None if world.recorded_anew else golden)


def _serve(side: Side) -> None:
    """Let the users ask, and those who watch the service look."""
    answers = serve_users()
    monitor_service()
    if side == "ml":
        monitor_model(probabilities=probabilities(answers))


def _released(run: Run, before: str) -> bool:
    """Whether another release than before was deployed."""
    return any(
        step.name == "deploy" and step.passed and step.evidence["release"] != before
        for step in run.steps
    )


def _new(run: Run, clean: Run) -> bool:
    """Whether what answers the users is not what answered those of the clean run."""
    for name, fact in (("deploy", "release"), ("deploy_model", "digest")):
        for step in run.steps:
            new = step.name == name and step.passed
            if new and step.evidence[fact] != clean.step(name).evidence[fact]:
                return not any(other.name == "roll_back" for other in run.steps)
    return False


def _watching(side: Side, run: Run) -> list[Part]:
    """The users, and whoever watches: those whose pipeline was stopped are not reached."""
    names = ["serve_users", "monitor_service", *(["monitor_model"] if side == "ml" else [])]
    processes = {"monitor_service": "Software CI/CD", "monitor_model": "ML CI/CD"}
    stopped = {step.process for step in run.steps if not step.passed}
    return [
        Part(name, lambda: None, frozenset())
        for name in names
        if processes.get(name) not in stopped
    ]


def _taken_over(clean: Run, kept: Sequence[Part]) -> list[StepRecord]:
    return [replace(clean.step(part.name), taken_over=True) for part in kept]


def _joined(steps: Sequence[StepRecord]) -> Run:
    return Run(steps=tuple(replace(step, number=n) for n, step in enumerate(steps, start=1)))
