"""Who noticed what: the marks, the counts, and the table that shows them."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest

from tests.views.troubles import STEPS, run, troubles
from twotracks import Run, TwoTracksError
from twotracks.views.matrix import LETTERS, MEANINGS, Matrix, mark, matrix
from twotracks.views.noticing import alerts, in_time, is_hurt, notices, noticing, said


@pytest.fixture(scope="module")
def laid_out() -> Matrix:
    known = troubles()
    return matrix(
        {one.name: one.runs for one in known},
        {one.name: one.kind for one in known},
    )


def test_a_step_notices_that_did_not_pass_or_raised_an_alert() -> None:
    refused = run("ml", refused="validate_model")
    assert [step.name for step in noticing(refused)] == ["validate_model"]
    assert said(noticing(refused)[0]) == "8.2% of the rows say so"
    assert not notices(refused.step("deploy_model"))  # skipped
    alerted = run("ml", alerted="monitor_model")
    (step,) = noticing(alerted)
    assert alerts(step) == (said(step),) == ("predicted 10.5% late, observed 33.0%",)
    assert not in_time(step, alerted)
    assert in_time(refused.step("validate_model"), refused)
    quiet = replace(step, evidence={**step.evidence, "alerts": []})
    assert not notices(quiet)


def test_harm_is_measured_and_never_assumed() -> None:
    assert is_hurt(run("none", hurt=True))
    assert not is_hurt(run("none"))
    with pytest.raises(TwoTracksError, match="did not measure"):
        is_hurt(Run(steps=run("software").steps[:3]))
    served = run("none").steps[0]
    unmeasured = replace(served, evidence={})
    with pytest.raises(TwoTracksError, match="did not measure"):
        matrix(
            {"x": {"software": run("software"), "ml": run("ml"), "none": Run(steps=(unmeasured,))}}
        )


def test_each_cell_has_its_mark() -> None:
    taken = run("ml", refused="validate_model", taken=5, hurt=True)
    marks = {name: mark(taken, name) for name in (*STEPS["ml"], "check_replies")}
    assert marks == {
        **dict.fromkeys(STEPS["ml"][:5], "taken over"),
        "collect_data": "passed",
        "train_model": "passed",
        "validate_model": "noticed",
        "deploy_model": "not reached",
        "serve_users": "users hurt",
        "monitor_service": "passed",
        "monitor_model": "passed",
        "check_replies": "not reached",
    }


def test_the_headline_counts_what_was_measured(laid_out: Matrix) -> None:
    found = laid_out.headline()
    assert found.hurt == (
        *("does-not-start", "labels-shuffled", "labels-biased", "stale-feed", "july"),
    )
    assert found.let_through == {
        "software": ("labels-shuffled", "labels-biased", "stale-feed", "july"),
        "ml": ("labels-biased",),
    }
    assert found.before == {
        "software": ("does-not-start",),
        "ml": ("does-not-start", "labels-shuffled", "stale-feed"),
    }
    assert found.not_spared == {"software": (), "ml": ("stale-feed",)}
    assert found.after == {"software": (), "ml": ("july",)}
    assert found.price == {"software": ("failing-test",), "ml": ("failing-test",)}
    assert found.false_alarms == {"software": (), "ml": ("monitor_model",)}
    assert found.sentence == (
        "Of 5 troubles that hurt the users of the service if nothing guards them, software CI/CD "
        "alone let 4 through, and the ML track let 1 through."
    )
    for side in ("software", "ml"):
        parts = (found.let_through[side], found.before[side], found.after[side])
        assert sorted(name for part in parts for name in part) == sorted(found.hurt)


def test_a_terminal_gets_a_letter_a_step(laid_out: Matrix) -> None:
    lines = laid_out.text().split("\n")
    row = next(line for line in lines if line.startswith("  labels-shuffled"))
    assert row.split("yes")[1].replace(" ", "") == "......X." + "=====..N" + "..."
    assert lines[2] == "code"
    assert all(len(line) < 110 for line in lines[:12])
    assert "Software CI/CD alone: 1 code_commit, 2 build" in laid_out.text()
    assert set(LETTERS) == set(MEANINGS)


def test_every_mark_of_the_table_leads_to_its_step(laid_out: Matrix) -> None:
    html = laid_out.html().markup
    links = re.findall(
        r'<a class="tt-mark-[\w-]*" href="([\w-]+)\.md#([\w-]+)">([a-z ]+)</a>', html
    )
    assert len(links) == len(laid_out.rows) * (1 + len(STEPS["software"]) + len(STEPS["ml"]))
    assert ("labels-shuffled", "ml-validate_model", "noticed") in links
    assert ("labels-shuffled", "software-serve_users", "users hurt") in links
    assert ("failing-test", "none-serve_users", "passed") in links
    assert 'href="../x/july#ml-test"' in laid_out.html("../x/{}".format).markup


def test_a_step_that_a_run_has_not_is_no_address(laid_out: Matrix) -> None:
    known = {one.name: one.runs for one in troubles()}
    longer = run("software").steps
    rolled = Run(steps=(*longer, replace(longer[3], number=9, name="roll_back")))
    known["july"] = {**known["july"], "software": rolled}
    html = matrix(known).html().markup
    assert 'href="july.md#software-roll_back">passed<' in html
    assert 'href="labels-biased.md#software">not reached<' in html
    assert "labels-biased.md#software-roll_back" not in html


def test_the_table_reads_well_aloud(laid_out: Matrix) -> None:
    html = laid_out.html().markup
    root = ET.fromstring(f"<div>{html}</div>")
    table = root.find(".//table")
    assert table is not None
    assert table[0].tag == "caption"
    columns = 2 + sum(len(steps) for steps in laid_out.steps.values())
    for body in table.findall("tbody"):
        head, *rows = body
        assert head[0].get("scope") == "rowgroup"
        assert head[0].get("colspan") == str(columns)
        for row in rows:
            assert [cell.tag for cell in row] == ["th", *["td"] * (columns - 1)]
            assert row[0].get("scope") == "row"
    groups = table.findall("./thead/tr/th[@scope='colgroup']")
    assert [g.text for g in groups] == ["Software CI/CD alone", "With the ML track"]
    assert [g.get("colspan") for g in groups] == ["8", "12"]
    assert [b[0][0].text for b in table.findall("tbody")] == ["Code", "Data", "World"]
    assert len(root.findall(".//ul/li")) == len(MEANINGS)


def test_scenarios_of_a_kind_stand_together() -> None:
    known = {one.name: one.runs for one in troubles()}
    laid_out = matrix(known, {"failing-test": "a", "july": "a", "labels-biased": "b"})
    assert [row.kind for row in laid_out.rows] == ["a", "a", *[""] * 4, "b"]
    assert [row.name for row in laid_out.rows][:2] == ["failing-test", "july"]
