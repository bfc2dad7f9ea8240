"""What became of a scenario, in words."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.views.troubles import trouble, troubles
from twotracks.views.verdicts import ending, fared, fate, verdict

if TYPE_CHECKING:
    from twotracks.views.scenarios import Scenario

KNOWN = {one.name: one for one in troubles()}


@pytest.mark.parametrize(
    ("name", "of", "expected"),
    [
        ("failing-test", "software", "noticed, harmless"),
        ("does-not-start", "ml", "noticed in time"),
        ("labels-biased", "ml", "let through"),
        ("stale-feed", "ml", "noticed, users hurt"),
        ("july", "ml", "noticed too late"),
        ("no-change", "ml", "false alarm"),
        ("no-change", "software", "nothing to notice"),
    ],
)
def test_there_are_seven_fates(name: str, of: str, expected: str) -> None:
    assert fate(KNOWN[name], of) == expected


@pytest.mark.parametrize(
    ("name", "of", "stop", "noticed"),
    [
        ("does-not-start", "software", "deploy", True),
        ("july", "ml", "monitor_model", True),
        ("july", "software", "serve_users", False),
        ("no-change", "software", "monitor_service", False),
    ],
)
def test_an_ending_says_where_it_was_decided(
    name: str,
    of: str,
    stop: str,
    noticed: bool,  # noqa: FBT001
) -> None:
    ended = ending(KNOWN[name], of)
    assert ended.stop == stop
    assert bool(ended.said) == noticed
    assert verdict(KNOWN[name], of).startswith(ended.worth)


def saying(text: str) -> Scenario:
    one = KNOWN["does-not-start"]
    steps = tuple(
        replace(step, reason=text) if step.name == "deploy" else step
        for step in one.runs["software"].steps
    )
    return replace(one, runs={**one.runs, "software": replace(one.runs["software"], steps=steps)})


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("a is 1; b is 2", "failed: a is 1; b is 2."),
        (f"a is 1; {'b' * 200}", "failed: a is 1;\N{NO-BREAK SPACE}…"),
        ("word " * 60 + "; more", f"failed: {'word ' * 29}word …"),
    ],
)
def test_what_was_said_is_cut_between_findings(text: str, short: str) -> None:
    assert ending(saying(text), "software").said.startswith(short[:40])
    assert ending(saying(text), "software").said[-12:] == short[-12:]
    assert len(ending(saying(text), "software").said) < 180


def estimate(value: float, low: float, high: float) -> dict[str, float]:
    return {"value": value, "low": low, "high": high}


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({}, "Users asked about 3,000 flights."),
        ({"unanswered": 12}, "Users asked about 3,000 flights, and 12 were not answered."),
        ({"worse_by": estimate(0.0, 0.0, 0.0)}, "The answers were as good as without the trouble."),
        (
            {"worse_by": estimate(-0.0003, -0.0007, 0.0001)},
            "not clearly worse than without the trouble, by 0.000 (95% interval -0.001 to 0.000).",
        ),
        (
            {"worse_by": estimate(0.03, 0.02, 0.04), "hurt": True},
            "an answer was worse than without the trouble, by 0.030 (95% interval 0.020 to 0.040).",
        ),
        (
            {
                "worse_by": estimate(-0.03, -0.04, -0.02),
                "slice": "carrier MQ",
                "slice_worse_by": estimate(0.04, 0.01, 0.07),
                "hurt": True,
            },
            "an answer was worse for carrier MQ, by 0.040 (95% interval 0.010 to 0.070).",
        ),
    ],
)
def test_how_users_fared_is_told_in_figures(more: dict[str, Any], told: str) -> None:
    assert fared({"asked": 3000, "unanswered": 0, "hurt": False, **more}).endswith(told)


def test_a_trouble_without_harm_that_nobody_notices_is_nothing() -> None:
    assert ending(trouble("x", "data", hurts=False), "ml").worth.startswith("No step noticed")
