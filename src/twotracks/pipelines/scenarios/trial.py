"""Sending a scenario down one side: from a clean run, with what did not change taken over."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from twotracks.errors import TwoTracksError
from twotracks.pipelines import model as models
from twotracks.pipelines.control import monitor_service
from twotracks.pipelines.flights import FEATURES, is_late, until
from twotracks.pipelines.golden import GOLDEN_FILE, as_json, from_json, said_by
from twotracks.pipelines.lineage import TRAINED_UNTIL
from twotracks.pipelines.ml import monitor_model
from twotracks.pipelines.product import product
from twotracks.pipelines.releases import current_release, unpack
from twotracks.pipelines.scenarios.scenario import calm_world, project_content
from twotracks.pipelines.scenarios.sides import parts
from twotracks.pipelines.scenarios.users import (
    keep_reference,
    probabilities,
    roll_back,
    serve_users,
)
from twotracks.pipelines.service import Service, start
from twotracks.pipelines.software import build, code_commit
from twotracks.pipelines.world import SERVICE_SOURCE, World, in_world
from twotracks.record import record
from twotracks.run import Run

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from twotracks.pipelines.scenarios.sides import Side
    from twotracks.run import StepRecord


MODEL = "model"
"""The folder beside the project in which whoever trained the model saved it."""


@dataclass(frozen=True)
class Clean:
    """A clean run of one side, and the workspace in which it left a release and a champion."""

    side: Side
    run: Run
    workspace: Path
    model: models.Model
    project: Path
    """What was committed; on the software side with the model and its golden replies."""


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
    project = _project(side, world, folder)
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
    return Clean(side, run, workspace, model, project)


def send_down(clean: Clean, world: World, changed: Iterable[str], folder: Path) -> Run:
    """Send a world down a side, as the next run after the clean one.

    A step whose inputs are those of the clean run is taken over from it, and so is what the users
    got where nothing new came to them.

    Args:
        clean: the clean run of that side; its workspace is copied and left as it is.
        world: what the steps find.
        changed: the fields in which this world differs from the calm one; without any, all steps
            run, so that a run without a change is a run.
        folder: an empty folder to work in.
    """
    fields = set(changed)
    workspace = folder / clean.side
    shutil.copytree(clean.workspace, workspace, symlinks=True)
    project = _project(clean.side, world, folder, clean)
    if project_content(project) != project_content(clean.project):
        fields.add("project")
    before = current_release(workspace)
    kept: list[str] = []
    with in_world(world), record(workspace=workspace, on_failure="keep") as run:
        for part in parts(clean.side, project):
            if _released(run, before):
                fields.add("release")
            if changed and part.reads.isdisjoint(fields):
                kept.append(part.name)
            else:
                part.call()
        if _released(run, before) and not run.steps[-1].passed:
            roll_back(before)
        served = not changed or not fields.isdisjoint({"live", "late"}) or _new(run, clean.run)
        if served:
            _serve(clean.side)
            alerts = run.step("monitor_service").evidence.get("alerts")
            if alerts and _released(run, before) and current_release(workspace) != before:
                roll_back(before)
    if not served:
        kept += _watching(clean.side, run)
    return _joined(run, clean.run, kept)


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
        return Run(steps=(replace(served, number=1),))
    workspace = folder / "none"
    shutil.copytree(clean.workspace, workspace, symlinks=True)
    project = _project("software", world, folder / "straight", clean)
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


def _project(side: Side, world: World, folder: Path, clean: Clean | None = None) -> Path:
    """What is committed: the service's source, on the software side with the model inside.

    The golden replies are those of a new model where there is one, are recorded anew where the
    author says so, and are kept otherwise.
    """
    if side == "ml":
        return world.source
    model = _fit(world, clean.model if clean else None)
    saved = folder / MODEL
    same = clean is not None and model.digest == clean.model.digest
    if clean is not None and same:  # the file itself: a model saved twice need not be the same file
        shutil.copytree(clean.project.parent / MODEL, saved)
    else:
        models.save(model, saved)
    if world.stored is not None:
        world.stored(saved)
    golden = _golden(world, folder, clean, model) if clean is not None else None
    return product(world.source, saved, folder / "project", golden)


def _golden(world: World, folder: Path, clean: Clean, model: models.Model) -> Path | None:
    """The golden replies to commit; None where the service that is committed is to record them."""
    kept = clean.project / GOLDEN_FILE
    if model.digest == clean.model.digest:
        return None if world.recorded_anew else kept
    if world.source != SERVICE_SOURCE:
        return None
    recorded = folder / "golden.json"
    recorded.write_bytes(as_json(said_by(model, from_json(kept.read_bytes()))))
    return recorded


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


def _watching(side: Side, run: Run) -> list[str]:
    """The users, and whoever watches: those whose pipeline was stopped are not reached."""
    stopped = {step.process for step in run.steps if not step.passed}
    names = ["serve_users"]
    if "Software CI/CD" not in stopped:
        names.append("monitor_service")
    if side == "ml" and "ML CI/CD" not in stopped:
        names.append("monitor_model")
    return names


def _joined(run: Run, clean: Run, kept: Sequence[str]) -> Run:
    """The steps that ran and those that were taken over, in the order of the clean run.

    What the clean run has not stands after the step that it followed.
    """
    order = [step.name for step in clean.steps]
    place = -1.0
    found: list[tuple[float, StepRecord]] = [
        (order.index(name), replace(clean.step(name), taken_over=True)) for name in kept
    ]
    for step in run.steps:
        place = order.index(step.name) if step.name in order else place + 0.5
        found.append((place, step))
    steps = [step for _, step in sorted(found, key=lambda each: each[0])]
    return Run(steps=tuple(replace(step, number=n) for n, step in enumerate(steps, start=1)))
