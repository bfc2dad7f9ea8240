"""The two sides that a trouble goes down: which steps each has, and what decides their results."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from twotracks.pipelines.control import check_replies, check_types
from twotracks.pipelines.ml import collect_data, deploy_model, train_model, validate_model
from twotracks.pipelines.software import build, code_commit, deploy, test

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from twotracks.record import Step

Side: TypeAlias = Literal["software", "ml"]
SIDES: tuple[Side, ...] = ("software", "ml")

CODE = ("source", "recorded_anew")
TRAINING = ("flights", "fit", "stored")


@dataclass(frozen=True)
class Part:
    """One step of a side."""

    name: str
    call: Callable[[], object]
    reads: frozenset[str]
    """The fields of the world that decide its result, those that decided earlier steps included."""


def parts(side: Side, project: Path) -> tuple[Part, ...]:
    """The steps of a side until something new serves the users, in order.

    Args:
        side: `software` is software CI/CD alone, whose wheel has the model inside; `ml` is the same
            without the model, and the ML track.
        project: what is committed.
    """
    if side == "software":
        wheel = (*CODE, *TRAINING)
        return (
            Part("code_commit", lambda: code_commit(project), frozenset(wheel)),
            *(_part(each, *wheel) for each in (build, check_types, test, deploy, check_replies)),
        )
    return (
        Part("code_commit", lambda: code_commit(project), frozenset(CODE)),
        *(_part(each, *CODE) for each in (build, check_types, test, deploy)),
        _part(collect_data, *CODE, "flights"),
        *(_part(each, *CODE, *TRAINING) for each in (train_model, validate_model, deploy_model)),
    )


def _part(step: Step[[], Any] | Any, *reads: str) -> Part:
    return Part(step.name, step, frozenset(reads))
