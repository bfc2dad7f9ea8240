"""Troubles that nobody ran: runs of both sides whose steps only say how they ended."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from twotracks import Run, StateChange, StepRecord
from twotracks.views.scenarios import Scenario

if TYPE_CHECKING:
    from collections.abc import Mapping

SOFTWARE = ("code_commit", "build", "check_types", "test", "deploy")
USERS = ("serve_users", "monitor_service")
STEPS = {
    "software": (*SOFTWARE, "check_replies", *USERS),
    "ml": (
        *SOFTWARE,
        *("collect_data", "train_model", "validate_model", "deploy_model"),
        *(*USERS, "monitor_model"),
    ),
    "none": ("serve_users",),
}
PROCESSES = {"serve_users": "Users", "monitor_service": "Monitoring", "monitor_model": "Monitoring"}
SETS = {
    "code_commit": ("Code", "Committed"),
    "build": ("Code", "Built"),
    "test": ("Code", "Tested"),
    "deploy": ("Code", "Deployed"),
    "collect_data": ("Data", "Collected"),
    "train_model": ("Model", "Trained"),
    "validate_model": ("Model", "Validated"),
    "deploy_model": ("Model", "Deployed"),
    "monitor_model": ("Model", "Monitored"),
}
GATES = ("test", "validate_model")
DIGEST = "0123456789abcdef" * 4


def run(
    side: str, *, refused: str = "", alerted: str = "", hurt: bool = False, taken: int = 0
) -> Run:
    """A run in which one step refused or failed, another raised an alert, or users were hurt."""
    steps: list[StepRecord] = []
    for number, name in enumerate(STEPS[side], start=1):
        steps.append(_step(number, name, alerted=name == alerted, hurt=hurt))
        if number <= taken:
            steps[-1] = replace(steps[-1], taken_over=True)
        stopped = next((step for step in steps if not step.passed), None)
        if name == refused:
            status: Any = "refused" if name in GATES else "failed"
            steps[-1] = replace(steps[-1], status=status, reason="8.2% of the rows say so")
        elif stopped and name not in PROCESSES:
            reason = f"{stopped.action} was {stopped.status}"
            steps[-1] = replace(steps[-1], status="skipped", reason=reason, evidence={})
    return Run(steps=tuple(steps))


def _step(number: int, name: str, *, alerted: bool, hurt: bool) -> StepRecord:
    evidence: dict[str, Any] = {"digest": DIGEST, "rows": 1082, "share": 0.123456789}
    if alerted:
        evidence["alerts"] = ["predicted 10.5% late, observed 33.0%"]
    if name == "serve_users":
        low = 0.0041 if hurt else -0.0011
        evidence |= {
            "asked": 3000,
            "unanswered": 12 if hurt else 0,
            "brier": {"value": 0.1713, "low": 0.1611, "high": 0.1815},
            "worse_by": {"value": low + 0.002, "low": low, "high": low + 0.004},
            "hurt": hurt,
        }
    is_ml = name in STEPS["ml"][5:9]
    return StepRecord(
        number,
        name,
        PROCESSES.get(name, "ML CI/CD" if is_ml else "Software CI/CD"),
        "Look at it",
        "It is as it should be",
        "passed",
        StateChange(*SETS[name]) if name in SETS else None,
        ("digest",) if name in SETS else (),
        evidence,
        gate=name in GATES,
        seconds=0.25,
    )


def trouble(name: str, kind: str, *, hurts: bool, **notices: Mapping[str, Any]) -> Scenario:
    """A trouble: whether it hurts when nothing guards, and how each side ended."""
    return Scenario(
        name,
        kind,
        title=f"Something happened: {name}",
        symptom="It looks wrong & <odd>",
        by_hand="one cell of a table" if kind == "data" else "",
        expected={"software": "", "ml": "validate_model"},
        runs={
            "software": run("software", **notices.get("software", {"hurt": hurts})),
            "ml": run("ml", **notices.get("ml", {"hurt": hurts})),
            "none": run("none", hurt=hurts),
        },
    )


def troubles() -> tuple[Scenario, ...]:
    """One of each fate."""
    test: dict[str, Any] = {"refused": "test"}
    return (
        trouble("failing-test", "code", hurts=False, software=test, ml=test),
        trouble("does-not-start", "code", hurts=True, software={"refused": "deploy"}, ml=test),
        trouble(
            "labels-shuffled",
            "data",
            hurts=True,
            ml={"refused": "validate_model", "taken": 5},
        ),
        trouble("labels-biased", "data", hurts=True),
        trouble(
            "stale-feed",
            "data",
            hurts=True,
            ml={"refused": "collect_data", "hurt": True},
        ),
        trouble(
            "july",
            "world",
            hurts=True,
            software={"hurt": True},
            ml={"alerted": "monitor_model", "hurt": True},
        ),
        trouble("no-change", "world", hurts=False, ml={"alerted": "monitor_model"}),
    )


def as_json(scenarios: tuple[Scenario, ...]) -> str:
    """The text that the producer of the scenarios would give."""
    return json.dumps(
        {
            "scenarios": [
                {
                    **{
                        key: getattr(one, key)
                        for key in ("name", "kind", "title", "symptom", "by_hand")
                    },
                    "expected": dict(one.expected),
                    "runs": {side: run.to_document() for side, run in one.runs.items()},
                }
                for one in scenarios
            ],
            "false_alarms": {
                "after_the_outcomes": {
                    "alarms": 4,
                    "draws": 100,
                    "value": 0.04,
                    "low": 0.011,
                    "high": 0.099,
                }
            },
        }
    )
