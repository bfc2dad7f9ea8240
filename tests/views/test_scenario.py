"""A scenario on its page and for the explorer, and the text that all of them come from."""

from __future__ import annotations

import gzip
import json
import re
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.views.troubles import as_json, run, trouble, troubles
from twotracks import Run, TwoTracksError
from twotracks.views.scenario import explorer_json, happened, play_link, side, unguarded
from twotracks.views.scenarios import (
    Scenario,
    Scenarios,
    false_alarm_table,
    read_scenarios,
)
from twotracks.views.verdicts import ending, verdict

if TYPE_CHECKING:
    from twotracks.views.matrix import Row

KNOWN = {one.name: one for one in troubles()}


def test_what_the_producer_wrote_is_read_without_loss() -> None:
    found = read_scenarios(as_json(troubles()))
    assert found.scenarios == troubles()
    assert false_alarm_table(found).to_numpy().tolist() == [
        ["After the outcomes", 100, 4, "0.040 (95% interval 0.011 to 0.099)"]
    ]
    assert found["july"] == KNOWN["july"]
    assert [row.name for row in found.matrix().rows] == list(KNOWN)
    with pytest.raises(TwoTracksError, match=r"no scenario 'juli'.*\n.*'july'"):
        found["juli"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda all_: all_.pop("false_alarms"), "has no 'false_alarms'"),
        (
            lambda all_: all_["scenarios"][0].update(more=1),
            r"scenarios\[0\]: unknown member 'more'",
        ),
        (lambda all_: all_["scenarios"][0]["runs"].pop("none"), r"\[0\].runs: has no 'none'"),
        (
            lambda all_: all_["scenarios"][1]["runs"]["ml"].update(schema=9),
            r"\[1\].runs.ml: .*new",
        ),
        (lambda all_: all_["scenarios"][0]["expected"].update(ml=None), "expected.ml: must be str"),
    ],
)
def test_what_is_wrong_says_where(change: Any, message: str) -> None:
    document = json.loads(as_json(troubles()))
    change(document)
    with pytest.raises(TwoTracksError, match=message):
        read_scenarios(json.dumps(document))
    with pytest.raises(TwoTracksError, match="not JSON"):
        read_scenarios("{")


@pytest.mark.parametrize(
    ("name", "of", "begins", "ends"),
    [
        (
            "labels-shuffled",
            "software",
            "Let through: users were hurt, and no step of 8",
            "noticed.",
        ),
        (
            *(
                "labels-shuffled",
                "ml",
                "Noticed in time, and no user was hurt. validate_model() ",
            ),
            "8.2% of the rows say so.",
        ),
        (
            *(
                "july",
                "ml",
                "Noticed only after users had met it. monitor_model() passed, and raised",
            ),
            "observed 33.0%.",
        ),
        (
            "does-not-start",
            "software",
            "Noticed in time, and no user was hurt. deploy() failed:",
            "say so.",
        ),
        ("failing-test", "ml", "Noticed, although no user was to be hurt. test() refused", "so."),
        ("no-change", "ml", "A false alarm, for nothing had changed. monitor_model()", "33.0%."),
        ("no-change", "software", "No step noticed anything, and no user was hurt.", "hurt."),
    ],
)
def test_the_verdict_is_read_from_the_runs(name: str, of: str, begins: str, ends: str) -> None:
    told = verdict(KNOWN[name], of)
    assert told.startswith(begins)
    assert told.endswith(ends)


def test_rows_have_the_names_of_their_steps() -> None:
    html = side(KNOWN["labels-shuffled"], "ml").markup
    rows = re.findall(r'<tr id="(\w+)" class="([\w -]+)" data-step', html)
    steps = KNOWN["labels-shuffled"].runs["ml"].steps
    assert [name for name, _ in rows] == [s.name for s in steps]
    assert [name for name, css in rows if "tt-noticed" in css] == ["validate_model"]
    ids = re.findall(r' id="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    assert '<p id="serve_users"' in unguarded(KNOWN["july"]).markup


def test_a_step_that_was_called_twice_has_one_address() -> None:
    steps = run("software").steps
    twice = Run(steps=(*steps, replace(steps[3], number=len(steps) + 1)))
    scenario = replace(KNOWN["july"], runs={**KNOWN["july"].runs, "software": twice})
    assert side(scenario, "software").markup.count('<tr id="test"') == 1


def test_the_parts_of_a_page_show_what_was_left() -> None:
    html = side(KNOWN["july"], "ml").markup
    assert "Detect" not in html
    assert "It is as it should be, with an alert: predicted 10.5% late, observed 33.0%" in html
    assert html.count('class="tt-flow"') == 1
    captions = re.findall("<caption>([^<:]*)", html)
    assert captions == ["Process table", "Status tracker"]
    assert "in the clean run" in side(KNOWN["labels-shuffled"], "ml").markup
    quiet = side(KNOWN["labels-shuffled"], "software").markup
    assert 'class="tt-verdict tt-verdict-let"' in quiet


def test_what_happened_is_told_in_whole_sentences() -> None:
    assert happened(KNOWN["labels-biased"]).endswith(" Made by hand: one cell of a table.")
    assert happened(KNOWN["july"]).endswith(". Nothing here is made by hand.")


def test_how_the_users_fare_is_told() -> None:
    hurt = unguarded(KNOWN["july"]).markup
    assert (
        "<strong>The users are hurt</strong>: 3,000 flights were asked about, and 12 were" in hurt
    )
    assert "lost 0.006 (95% interval 0.004 to 0.008)" in hurt
    assert "not clearly hurt" in unguarded(KNOWN["no-change"]).markup


def size(text: str) -> int:
    return len(gzip.compress(text.encode(), mtime=0))


@pytest.mark.parametrize("name", KNOWN)
def test_the_explorers_file_is_small_and_the_same_each_time(name: str) -> None:
    text = explorer_json(KNOWN[name])
    assert text == explorer_json(KNOWN[name])
    assert size(text) <= 6_000
    assert "seconds" not in text
    found = json.loads(text)
    assert list(found["runs"]) == ["software", "ml", "none"]
    for side_name, steps in ((s, r["steps"]) for s, r in found["runs"].items()):
        assert [step["name"] for step in steps] == [
            step.name for step in KNOWN[name].runs[side_name].steps
        ]
    first = found["runs"]["none"]["steps"][0]["evidence"]
    assert first["digest"] == "0123456789ab"
    assert first["share"] == 0.1235


def test_the_explorers_file_says_what_the_page_says() -> None:
    found = json.loads(explorer_json(KNOWN["july"]))
    assert found["verdicts"]["ml"] == verdict(KNOWN["july"], "ml")
    noticed = [step["name"] for step in found["runs"]["ml"]["steps"] if step.get("notices")]
    assert noticed == ["monitor_model"]
    assert found["endings"]["ml"] == asdict(ending(KNOWN["july"], "ml"))


@pytest.mark.parametrize("row", Scenarios(troubles(), {}).matrix().rows, ids=lambda row: row.name)
def test_the_explorers_file_has_the_marks_of_the_matrix(row: Row) -> None:
    found = json.loads(explorer_json(KNOWN[row.name]))
    for of in ("software", "ml"):
        marks = {step["name"]: step["mark"] for step in found["runs"][of]["steps"]}
        reached = {name: mark for name, mark in row.marks[of].items() if name in marks}
        assert marks == reached
        assert {row.marks[of][name] for name in {*row.marks[of]} - {*marks}} <= {"not reached"}


def test_a_page_leads_to_the_explorer() -> None:
    assert 'href="index.md#trouble=july"' in play_link(KNOWN["july"]).markup


def with_evidence(**more: Any) -> Scenario:
    one = trouble("x", "data", hurts=False)
    served = one.runs["none"].steps[0]
    run = Run(steps=(replace(served, evidence={**served.evidence, **more}),))
    return replace(one, runs={**one.runs, "none": run})


def test_long_lists_are_cut_and_what_is_too_large_is_an_error() -> None:
    cut = json.loads(explorer_json(with_evidence(months=[*range(20)])))
    shown = cut["runs"]["none"]["steps"][0]["evidence"]["months"]
    assert shown == [*range(12), "and 8 more"]
    noise = "".join(chr(33 + (i * i * 7919) % 9001) for i in range(20_000))
    with pytest.raises(TwoTracksError, match=r"x: .* bytes are more than the 6,000"):
        explorer_json(with_evidence(noise=noise))


def test_scenarios_are_a_value() -> None:
    assert Scenarios(troubles(), {}) == Scenarios(troubles(), {})
