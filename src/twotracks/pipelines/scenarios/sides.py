"""The two sides that a trouble goes down, step by step, from one clean run each."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from twotracks.errors import TwoTracksError
from twotracks.pipelines import model as models
from twotracks.pipelines.control import check_replies, check_types, monitor_service
from twotracks.pipelines.flights import FEATURES, is_late, until
from twotracks.pipelines.golden import GOLDEN_FILE
from twotracks.pipelines.lineage import TRAINED_UNTIL
from twotracks.pipelines.ml import (
    COLLECTED_UNTIL,
    collect_data,
    deploy_model,
    monitor_model,
    train_model,
    validate_model,
)
from twotracks.pipelines.product import product
from twotracks.pipelines.releases import current_release, make_current, unpack
from twotracks.pipelines.scenarios.users import (
    PROCESS,
    keep_reference,
    probabilities,
    serve_users,
)
from twotracks.pipelines.service import current_service, running_service, start
from twotracks.pipelines.software import build, code_commit, deploy, test
from twotracks.pipelines.world import World, in_world
from twotracks.record import evidence, from_run, record, step
from twotracks.run import Run, StepRecord

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Side: TypeAlias = Literal["software", "ml"]


@dataclass(frozen=True)
class Clean:
    """A clean run of one side, and the workspace in which it left a release and a champion."""

    side: Side
    run: Run
    workspace: Path
    project: Path
    """What was committed."""


@dataclass(frozen=True)
class Part:
    """One step of a side: how it is called, and the fields of the world that decide its result."""

    call: Callable[[Any], object]
    """Called with the answers of the users, for those who look at them."""
    name: str
    reads: frozenset[str]


def _part(call: Callable[[], object] | Any, *reads: str) -> Part:
    return Part(lambda _: call(), call.name, frozenset(reads))


def parts(side: Side, project: Path) -> tuple[Part, ...]:
    """The steps of a side until the users are served, in order.

    Args:
        side: which.
        project: what is committed.
    """
    commit = Part(
        lambda _: code_commit(project), "code_commit", frozenset({"source", "recorded_anew"})
    )
    code = ("source", "recorded_anew")
    if side == "software":
        made = (*code, "flights", "fit", "stored")  # the model is in the wheel
        commit = replace(commit, reads=frozenset(made))
        return (
            commit,
            *(_part(each, *made) for each in (build, check_types, test, deploy, check_replies)),
        )
    return (
        replace(commit, reads=frozenset({"source"})),
        *(_part(each, "source") for each in (build, check_types, test, deploy)),
        _part(collect_data, "source", "flights"),
        *(_part(each, "source", "flights", "fit") for each in (train_model, validate_model)),
        _part(deploy_model, "source", "flights", "fit", "stored"),
    )
