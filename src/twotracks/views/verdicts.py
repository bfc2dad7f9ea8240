"""What became of a scenario on one side, in words: who noticed, and what the users got."""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import shorten
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from twotracks.views.matrix import CONTROL
from twotracks.views.noticing import (
    SERVE_USERS,
    harm,
    in_time,
    is_hurt,
    noticing,
    said,
    users_hurt,
)
from twotracks.views.tables import show
from twotracks.views.text import sentence

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twotracks.run import JSON, StepRecord
    from twotracks.views.scenarios import Scenario

Fate: TypeAlias = Literal[
    "let through",
    "nothing to notice",
    "false alarm",
    "noticed, harmless",
    "noticed too late",
    "noticed, users hurt",
    "noticed in time",
]
"""What it came to on one side."""

WORTH: dict[Fate, str] = {
    "false alarm": "A false alarm, for nothing had changed.",
    "noticed, harmless": "Noticed, although no user was to be hurt.",
    "noticed too late": "Noticed only after users had met it.",
    "noticed, users hurt": "Noticed before users were served, but they were hurt all the same.",
    "noticed in time": "Noticed in time, and no user was hurt.",
    "nothing to notice": "No step noticed anything, and no user was hurt.",
}
"""The same as a sentence, for all but what was let through."""
LONGEST_SAYING = 150
"""How much of what a step said an ending has, in characters."""


@dataclass(frozen=True)
class Ending:
    """How a side ended, in few words.

    Attributes:
        worth: Whether it was noticed and what that was worth, a sentence.
        stop: The name of the step at which it was decided: the first that noticed, or else the one
            in which users were hurt, or else the last.
        said: What that step said, shortened; empty if no step noticed.
        users: What the users got, in figures.
    """

    worth: str
    stop: str
    said: str
    users: str


def fate(scenario: Scenario, side: str) -> Fate:
    """What a scenario came to on one side.

    Raises:
        TwoTracksError: a run did not measure how the users fared.
    """
    run = scenario.runs[side]
    steps = noticing(run)
    hurt = is_hurt(scenario.runs["none"])
    if not steps:
        return "let through" if hurt else "nothing to notice"
    if scenario.name == CONTROL:
        return "false alarm"
    if not hurt:
        return "noticed, harmless"
    if not in_time(steps[0], run):
        return "noticed too late"
    return "noticed, users hurt" if users_hurt(run) else "noticed in time"


def verdict(scenario: Scenario, side: str) -> str:
    """One or two sentences: who noticed, where and what it said; or that nobody did.

    Raises:
        TwoTracksError: the run did not measure how the users fared.
    """
    steps = noticing(scenario.runs[side])
    if not steps:
        return _worth(scenario, side)
    first = steps[0]
    return f"{_worth(scenario, side)} {first.action} {_how(first)}: {sentence(said(first))}"


def ending(scenario: Scenario, side: str) -> Ending:
    """How one side of a scenario ended.

    Raises:
        TwoTracksError: a run did not measure how the users fared.
    """
    run = scenario.runs[side]
    served = [step for step in run.steps if step.name == SERVE_USERS] if users_hurt(run) else []
    first = next(iter(noticing(run)), None)
    return Ending(
        worth=_worth(scenario, side),
        stop=(first or [*run.steps, *served][-1]).name,
        said=f"{_how(first)}: {_in_short(said(first))}" if first else "",
        users=fared(harm(run)),
    )


def fared(found: Mapping[str, JSON]) -> str:
    """How users fared, in figures, from the evidence of the step that served them.

    Args:
        found: What `harm` gives.
    """
    facts: Any = found
    told = f"Users asked about {show(facts.get('asked'))} flights"
    if facts.get("unanswered"):
        told += f", and {show(facts['unanswered'])} were not answered"
    worse, of_slice = facts.get("worse_by"), facts.get("slice_worse_by")
    if not worse:
        return f"{told}."
    if not any(worse[name] for name in ("value", "low", "high")):
        return f"{told}. The answers were as good as without the trouble."
    told = f"{told}. By the Brier score, an answer was "
    if facts["hurt"] and worse["low"] <= 0 and of_slice:
        return f"{told}worse for {facts['slice']}, by {show(of_slice)}."
    clearly = "" if worse["low"] > 0 else "not clearly "
    return f"{told}{clearly}worse than without the trouble, by {show(worse)}."


def _worth(scenario: Scenario, side: str) -> str:
    what = fate(scenario, side)
    if what == "let through":
        steps = len(scenario.runs[side].steps)
        return f"Let through: users were hurt, and no step of {steps} noticed."
    return WORTH[what]


def _how(step: StepRecord) -> str:
    return "passed, and raised an alert" if step.passed else step.status


def _in_short(text: str) -> str:
    """As many of the findings in a text as an ending has room for, but one at least."""
    first, *others = text.split("; ")
    told = shorten(first, LONGEST_SAYING, placeholder=" …")
    while others and len(told) + len(others[0]) < LONGEST_SAYING:
        told += f"; {others.pop(0)}"
    if told.endswith("…"):
        return told
    return f"{told};\N{NO-BREAK SPACE}…" if others else sentence(told)
