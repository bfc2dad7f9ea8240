"""Compute the evidence of a run again, and trust nothing that was written down."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from twotracks.errors import TwoTracksError
from twotracks.run import JSON, freeze
from twotracks.steps import Step, describe_file

if TYPE_CHECKING:
    from twotracks.run import Run, StepRecord


def verify(run: Run, workspace: str | Path) -> tuple[str, ...]:
    """Compute every piece of evidence of a run again from what lies in its workspace.

    Returns:
        The names of the facts that hold, as `step.evidence` and `step:path`, in order.

    Raises:
        TwoTracksError: a fact does not hold, is missing, or cannot be computed again; the message
            names all of them.
    """
    folder = Path(workspace).resolve()
    held: list[str] = []
    wrong: list[str] = []
    for record in run.steps:
        if record.status not in ("passed", "refused"):
            continue
        for kept in record.artifacts:
            name = f"{record.name}:{kept.path}"
            try:
                found = describe_file(folder / kept.path, folder)
            except TwoTracksError as error:
                wrong.append(f"{name}: {error.what}")
                continue
            (held if found == kept else wrong).append(
                name
                if found == kept
                else f"{name}: the file's SHA-256 is {found.sha256[:12]}..., "
                f"recorded as {kept.sha256[:12]}..."
            )
        again, problem = _recompute(record, folder)
        if problem and not record.evidence:
            wrong.append(f"{record.name}: {problem}")
        for name, value in record.evidence.items():
            fact = f"{record.name}.{name}"
            if problem or name not in again:
                wrong.append(f"{fact}: {problem or 'it was not computed again'}")
            elif _same(again[name], value):
                held.append(fact)
            else:
                wrong.append(f"{fact}: recorded as {value!r}, found {again[name]!r}")
    if wrong:
        raise TwoTracksError(
            "evidence does not hold:\n  " + "\n  ".join(wrong),
            where=str(folder),
            fix="Run the pipeline again; do not trust this run.",
        )
    return tuple(held)


def _recompute(record: StepRecord, folder: Path) -> tuple[Mapping[str, JSON], str]:
    """The evidence of a step computed again, or why it cannot be."""
    if not record.evidence and not record.sets:
        return {}, ""
    module, _, name = record.function.partition(":")
    # Only modules that the caller imported are looked at: a run is data, and must not load code.
    found = getattr(sys.modules.get(module), name, None)
    if not isinstance(found, Step):
        return {}, f"the step {record.function} is not imported; import {module} first"
    if _declared(found) != _claimed(record):
        return {}, f"the record is not what {record.function} declares of itself"
    if found.recomputed is None:
        return {}, f"{record.function} has no @{name}.recompute function"
    try:
        again = freeze(found.recomputed(folder, record.evidence), record.name)
    except Exception as error:  # noqa: BLE001 - it is foreign code, fed with what may be forged
        return {}, f"cannot be computed again: {type(error).__name__}: {error}"
    return (again, "") if isinstance(again, Mapping) else ({}, f"@{name}.recompute gave no mapping")


def _declared(step: Step[..., object]) -> tuple[object, ...]:
    """What a step says of itself, and a record of it must say as well."""
    return step.name, step.process, step.sets, step.rests_on, step.drawing.gate


def _claimed(record: StepRecord) -> tuple[object, ...]:
    return record.name, record.process, record.sets, record.rests_on, record.gate


def _same(a: JSON, b: JSON) -> bool:
    """Equal, floats up to the last bits that another processor may round otherwise."""
    if isinstance(a, float) and isinstance(b, (int, float)):
        return math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-12)
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        return a.keys() == b.keys() and all(_same(a[key], b[key]) for key in a)
    if isinstance(a, tuple) and isinstance(b, tuple):
        return len(a) == len(b) and all(map(_same, a, b))
    return type(a) is type(b) and a == b
