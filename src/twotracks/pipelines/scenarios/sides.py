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

TRAINING = ("flights", "fit", "stored")


@dataclass(frozen=True)
class Part:
    """One step of a side."""

    name: str
    call: Callable[[], object]
    reads: frozenset[str]
    """What decides its result: fields of the world, `project` for what is committed, and `release`
    for what serves."""


def parts(side: Side, project: Path) -> tuple[Part, ...]:
    """The steps of a side until something new serves the users, in order.

    Args:
        side: `software` is software CI/CD alone, whose wheel has the model inside; `ml` is the same
            without the model, and the ML track.
        project: what is committed.
    """
    commit = Part("code_commit", lambda: code_commit(project), frozenset({"project"}))
    code = (commit, *(_part(each, "project") for each in (build, check_types, test, deploy)))
    if side == "software":
        return (*code, _part(check_replies, "project"))
    # What is deployed was validated in the same run, so a new release runs training again too.
    return (
        *code,
        _part(collect_data, "flights"),
        *(_part(each, *TRAINING, "release") for each in (train_model, validate_model)),
        _part(deploy_model, *TRAINING, "release"),
    )


def _part(step: Step[[], Any] | Any, *reads: str) -> Part:
    return Part(step.name, step, frozenset(reads))
