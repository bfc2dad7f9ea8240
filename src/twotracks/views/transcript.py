"""A run told in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twotracks.views.tables import facts, show

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twotracks.run import JSON, Run, StepRecord

TOLD_FACTS = 3
"""How many facts a sentence holds; the evidence table has the rest."""


def transcript(run: Run) -> tuple[str, ...]:
    """Tell a run: how it began, a sentence or two for each step, and how it ended."""
    start = ", ".join(f"{name} was {state!r}" for name, state in run.variables.items())
    processes = "process" if len(run.processes) == 1 else "processes"
    steps = "step" if len(run.steps) == 1 else "steps"
    lines = [
        f"The run has {len(run.steps)} {steps} in {len(run.processes)} {processes}.",
        f"At the start {start}.",
    ]
    lines += [_tell(run, step) for step in run.steps]
    end = ", ".join(f"{name} is {run.state(name)!r}" for name in run.variables)
    verdict = "All steps are done" if run.passed else "Not all steps are done"
    lines.append(f"{verdict}. At the end {end}.")
    return tuple(lines)


def _tell(run: Run, step: StepRecord) -> str:
    head = f"Step {step.number}, {step.action}, belongs to {step.process}."
    if step.status == "skipped":
        return f"{head} It was skipped, because {step.reason}."
    if step.status != "passed":
        verb = "failed" if step.status == "failed" else "refused"
        return f"{head} It {verb}: {step.reason}.".replace("..", ".")
    told = f"{head} It passed: {step.intended[:1].lower()}{step.intended[1:]}."
    if step.change:
        before = run.state(step.change.variable, step.number - 1)
        told += f" {step.change.variable} went from {before!r} to {step.change.state!r}."
    told_facts = "; ".join(_short_facts(step.evidence))
    return f"{told} Its evidence: {told_facts}.".replace("….", "…") if told_facts else told


def _short_facts(evidence: Mapping[str, JSON]) -> list[str]:
    """The first facts that fit in a sentence, in words; lists do not."""
    leaves = [leaf for name, value in evidence.items() for leaf in facts(name, value)]
    short = [(path, value) for path, value in leaves if not isinstance(value, tuple)]
    return [
        f"{path.replace('_', ' ').replace('.', ' ')} {show(value)}"
        for path, value in short[:TOLD_FACTS]
    ]
