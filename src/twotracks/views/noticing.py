"""Who noticed a trouble, and whether it hurt the users: read from a run, never asserted."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from twotracks.errors import TwoTracksError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from twotracks.run import JSON, Run, StepRecord

Sides: TypeAlias = "Mapping[str, Run]"
"""The runs of one trouble: `software`, `ml` and `none`."""

SERVE_USERS = "serve_users"
"""The step in which users meet what was released. Its evidence says whether they were hurt."""


def alerts(step: StepRecord) -> tuple[str, ...]:
    """The sentences with which a step that passed raised an alarm."""
    found = step.evidence.get("alerts", ())
    return tuple(map(str, found)) if isinstance(found, tuple) else ()


def notices(step: StepRecord) -> bool:
    """Whether a step noticed a trouble: it refused or failed, or it passed with an alert."""
    return step.status in ("refused", "failed") or (step.passed and bool(alerts(step)))


def noticing(run: Run) -> tuple[StepRecord, ...]:
    """The steps that noticed, in order."""
    return tuple(step for step in run.steps if notices(step))


def in_time(step: StepRecord, run: Run) -> bool:
    """Whether a step comes before the users meet what was released."""
    served = [other.number for other in run.steps if other.name == SERVE_USERS]
    return not served or step.number < served[0]


def said(step: StepRecord) -> str:
    """What a step that noticed said."""
    return step.reason or "; ".join(alerts(step))


def harm(run: Run) -> Mapping[str, JSON]:
    """The evidence of how the users fared.

    Raises:
        TwoTracksError: the run did not measure it.
    """
    served = [step for step in run.steps if step.name == SERVE_USERS]
    if not served or not isinstance(served[-1].evidence.get("hurt"), bool):
        raise TwoTracksError(
            "the run did not measure whether users were hurt",
            where=f"{SERVE_USERS}()",
            fix="Let the step leave the evidence `hurt`.",
        )
    return served[-1].evidence


def is_hurt(run: Run) -> bool:
    """Whether the users were hurt in a run.

    Raises:
        TwoTracksError: the run did not measure it.
    """
    return bool(harm(run)["hurt"])


def users_hurt(run: Run) -> bool:
    """Whether users were served in a run, and hurt."""
    return any(step.name == SERVE_USERS and step.evidence.get("hurt") is True for step in run.steps)


def steps_of(runs: Sequence[Run]) -> tuple[str, ...]:
    """The names of the steps of several runs, in the order of the longest."""
    longest_first = sorted(runs, key=lambda run: -len(run.steps))
    return tuple(dict.fromkeys(step.name for run in longest_first for step in run.steps))
