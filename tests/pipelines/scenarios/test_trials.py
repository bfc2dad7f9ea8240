"""Every scenario through both sides, for real: who notices, and what its users got."""

from __future__ import annotations

from typing import Any

import pytest

from twotracks.pipelines.scenarios import SCENARIOS
from twotracks.pipelines.scenarios.produce import everything
from twotracks.views.noticing import harm, is_hurt, noticing
from twotracks.views.scenario import MOST_BYTES, explorer_json
from twotracks.views.scenarios import Scenarios, read_scenarios

SIDES = ("software", "ml")


@pytest.fixture(scope="module")
def known() -> Scenarios:
    return read_scenarios(everything())


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("name", SCENARIOS)
def test_the_step_that_must_notice_does_and_those_before_it_pass(
    known: Scenarios, name: str, side: str
) -> None:
    found = known[name]
    noticed = noticing(found.runs[side])
    assert (noticed[0].name if noticed else "") == found.expected[side]
    steps = found.runs[side].steps
    before = steps[: noticed[0].number - 1] if noticed else steps
    assert all(step.passed and not step.evidence.get("alerts") for step in before)


@pytest.mark.parametrize("side", SIDES)
def test_without_a_change_all_steps_run_and_nothing_notices(known: Scenarios, side: str) -> None:
    run = known["no-change"].runs[side]
    assert run.passed
    assert not noticing(run)
    assert not any(step.taken_over for step in run.steps)
    assert not is_hurt(run)
    assert harm(run)["worse_by"] == {"value": 0.0, "low": 0.0, "high": 0.0}


@pytest.mark.parametrize("name", SCENARIOS)
def test_who_stops_a_trouble_in_time_keeps_it_from_the_users(known: Scenarios, name: str) -> None:
    """What is noticed before the users are served does not reach them, unless it is theirs."""
    theirs = {"live", "late"} & {*SCENARIOS[name].changes}
    for side in SIDES:
        run = known[name].runs[side]
        stopped = [step for step in noticing(run) if not step.passed]
        if stopped and not theirs:
            assert not is_hurt(run)


def test_most_troubles_hurt_and_software_alone_lets_most_of_those_through(
    known: Scenarios,
) -> None:
    headline = known.matrix().headline()
    assert len(headline.hurt) == 19
    assert headline.let_through["ml"] == ("labels-biased",)
    assert len(headline.let_through["software"]) == 14
    assert set(headline.price["ml"]) == {"duplicates-straddle", "chance", "other-version"}
    assert not headline.price["software"]
    assert not any(headline.false_alarms.values())


def test_harmless_troubles_are_measured_to_be_so(known: Scenarios) -> None:
    harmless = {each.name for each in known.scenarios if not is_hurt(each.runs["none"])}
    assert harmless == {"duplicates-straddle", "chance", "other-version", "no-change"}


def test_taken_over_is_only_what_comes_before_the_change(known: Scenarios) -> None:
    def here(name: str, side: str) -> list[str]:
        return [s.name for s in known[name].runs[side].steps if not s.taken_over]

    assert here("july", "software") == ["serve_users", "monitor_service"]
    assert here("july", "ml") == ["serve_users", "monitor_service", "monitor_model"]
    assert here("chance", "ml")[:2] == ["train_model", "validate_model"]
    assert here("syntax-error", "software")[0] == "code_commit"


def test_a_release_that_must_not_serve_is_rolled_back(known: Scenarios) -> None:
    for name, side in (("wrong-reply", "software"), ("unit-skew", "ml"), ("wrong-reply", "ml")):
        run = known[name].runs[side]
        clean = known["no-change"].runs[side]
        assert run.step("roll_back").evidence["serves"] == clean.step("deploy").evidence["release"]
        assert run.step("deploy").evidence["release"] != clean.step("deploy").evidence["release"]


def test_quiet_months_raise_no_more_alarms_than_they_may(known: Scenarios) -> None:
    """At most 5 in 100 by design; 12 or more would come once in 200 times."""
    for rate in known.false_alarms.values():
        counts: Any = rate
        assert counts["draws"] == 100
        assert counts["alarms"] <= 11


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_file_for_the_explorer_is_small(known: Scenarios, name: str) -> None:
    assert explorer_json(known[name])  # raises above the limit
    assert MOST_BYTES == 6_000
