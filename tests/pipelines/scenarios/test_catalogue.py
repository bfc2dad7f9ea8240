"""Every scenario changes what it says, and only that; what is no scenario is told."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import pytest

from twotracks import TwoTracksError, record
from twotracks.pipelines import ml
from twotracks.pipelines.flights import is_late
from twotracks.pipelines.scenarios import SCENARIOS, Scenario, calm_world, scenario
from twotracks.pipelines.scenarios.code_changes import edit
from twotracks.pipelines.scenarios.scenario import differences
from twotracks.pipelines.world import SERVICE_SOURCE, World, current_world


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_scenario_changes_what_it_says_and_only_that(name: str) -> None:
    with scenario(name) as world:
        assert current_world() is world
        assert differences(calm_world(), world) == tuple(
            field for field in World.__dataclass_fields__ if field in SCENARIOS[name].changes
        )
    assert current_world() is not world


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_scenario_is_the_same_every_time(name: str) -> None:
    with scenario(name) as one, scenario(name) as other:
        # Functions that were made anew are the same change all the same.
        assert set(differences(one, other)) <= {"fit", "stored"}


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_scenario_tells_what_happened_in_plain_sentences(name: str) -> None:
    told = SCENARIOS[name]
    for text in (told.title, told.symptom):
        assert text[-1] in ".?!"
        assert text[0].isupper()


def test_there_is_a_scenario_of_every_kind() -> None:
    kinds = [each.kind for each in SCENARIOS.values()]
    assert {kind: kinds.count(kind) for kind in kinds} == {
        "code": 5,
        "data": 9,
        "model": 4,
        "environment": 1,
        "world": 4,
    }


def test_an_unknown_scenario_is_answered_with_near_names() -> None:
    with pytest.raises(TwoTracksError, match=r"(?s)no scenario 'jully'.*did you mean 'july'"):
        scenario("jully").__enter__()


def _apply(change: Scenario, world: World) -> World:
    with tempfile.TemporaryDirectory() as folder:
        return change.apply(world, Path(folder))


def test_a_scenario_that_changes_nothing_is_an_error() -> None:
    idle = replace(SCENARIOS["july"], change=lambda world, _: world)
    with pytest.raises(TwoTracksError, match=r"scenario july: it did not change the live and the"):
        _apply(idle, calm_world())


def test_a_scenario_that_changes_a_copy_only_is_an_error() -> None:
    idle = replace(
        SCENARIOS["july"], change=lambda world, _: replace(world, live=world.live.copy())
    )
    with pytest.raises(TwoTracksError, match="did not change"):
        _apply(idle, calm_world())


def test_a_scenario_that_changes_more_than_it_says_is_an_error() -> None:
    july = SCENARIOS["july"]
    greedy = replace(july, change=SCENARIOS["slice-worse"].change)
    with pytest.raises(TwoTracksError, match="it changed the flights and the fit too"):
        _apply(greedy, calm_world())


def test_an_edit_of_a_text_that_is_not_there_is_an_error() -> None:
    change = edit(("src/flight_delay/app.py", "no such text", ""))
    with (
        tempfile.TemporaryDirectory() as folder,
        pytest.raises(TwoTracksError, match=r"app\.py: the text 'no such text' is there 0 times"),
    ):
        change(calm_world(), Path(folder))


def test_the_source_itself_is_left_as_it_is() -> None:
    before = calm_world()
    with scenario("syntax-error") as world:
        assert world.source != SERVICE_SOURCE
    assert not differences(before, calm_world())
    assert not world.source.exists()


def test_the_steps_find_the_changed_world() -> None:
    with scenario("july"), record(on_failure="keep") as run:
        ml.collect_data()
        ml.train_model()
        ml.validate_model()
    assert run.passed
    with scenario("labels-shuffled"), record(on_failure="keep") as run:
        ml.collect_data()
        ml.train_model()
        ml.validate_model()
    assert [step.status for step in run.steps] == ["passed", "passed", "refused"]


def test_the_truth_stays_where_only_the_record_is_wrong() -> None:
    with scenario("labels-biased") as world:
        recorded = is_late(world.live)
    assert (world.late & ~recorded).sum() > 50
    assert not (recorded & ~world.late).any()
    assert set(world.live.loc[world.late & ~recorded, "carrier"]) == {"UA"}
