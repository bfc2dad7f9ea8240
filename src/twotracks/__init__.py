"""Run the pipelines your documentation speaks of, and show what they really did."""

from twotracks.errors import TwoTracksError
from twotracks.record import (
    GateRefused,
    NotFound,
    NotRun,
    RunFailed,
    artifact,
    at_end,
    evidence,
    from_run,
    record,
    step,
    verify,
)
from twotracks.run import Artifact, Run, StateChange, StepRecord

__all__ = [
    "Artifact",
    "GateRefused",
    "NotFound",
    "NotRun",
    "Run",
    "RunFailed",
    "StateChange",
    "StepRecord",
    "TwoTracksError",
    "artifact",
    "at_end",
    "evidence",
    "from_run",
    "record",
    "step",
    "verify",
]
