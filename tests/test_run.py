"""A run as a value: what it refuses to be, and its way to JSON and back."""

from __future__ import annotations

import json
import pickle
from importlib.resources import files
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twotracks import Artifact, Run, StateChange, StepRecord, TwoTracksError

SCHEMA = json.loads((files("twotracks") / "run.schema.json").read_text())

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.text()
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@st.composite
def step_records(draw: st.DrawFn, number: int) -> StepRecord:
    status: Any = draw(st.sampled_from(["passed", "failed", "refused", "skipped"]))
    evidence = draw(st.dictionaries(st.text(), json_values, max_size=3))
    sets = draw(st.none() | st.builds(StateChange, st.sampled_from(["Code", "Data"]), st.text()))
    if sets and not evidence:
        evidence = {"fact": 1}
    return StepRecord(
        number,
        draw(st.text()),
        draw(st.text()),
        draw(st.text()),
        draw(st.text()),
        status,
        sets,
        tuple(evidence) if sets else (),
        evidence,
        tuple(
            draw(
                st.lists(
                    st.builds(Artifact, st.text(), st.just("0" * 64), st.integers(0, 9)), max_size=2
                )
            )
        ),
        "" if status == "passed" else draw(st.text(min_size=1)),
        tuple(draw(st.lists(st.text(), max_size=2))),
        tuple(draw(st.lists(st.text(), max_size=2))),
        draw(st.text()),
        status == "refused" or draw(st.booleans()),
        draw(st.text()),
        draw(st.floats(0, 10)),
        status == "passed" and draw(st.booleans()),
    )


@st.composite
def runs(draw: st.DrawFn) -> Run:
    steps = tuple(draw(step_records(n + 1)) for n in range(draw(st.integers(0, 4))))
    return Run({"Code": draw(st.text()), "Data": draw(st.text())}, steps)


@given(runs())
def test_json_loses_nothing_and_fits_the_schema(run: Run) -> None:
    text = run.to_json()
    again = Run.from_json(text)
    assert again == run
    assert [step.seconds for step in again.steps] == [step.seconds for step in run.steps]
    assert again.to_json() == text
    jsonschema.validate(json.loads(text), SCHEMA)


def one_step(**changes: Any) -> StepRecord:
    fields: dict[str, Any] = {
        "number": 1,
        "name": "build",
        "process": "P",
        "focus": "F",
        "intended": "O",
        "status": "passed",
    }
    return StepRecord(**fields | changes)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"status": "done"}, "'done' is not a status"),
        ({"reason": "why"}, "a reason when, and only when"),
        ({"status": "failed"}, "a reason when, and only when"),
        ({"status": "refused", "reason": "x"}, "only a gate can refuse"),
        ({"sets": StateChange("Code", "Built")}, "declares no evidence"),
        ({"rests_on": ("size",)}, "left no evidence of size"),
        ({"evidence": {"a": object()}}, "not a JSON value"),
        ({"status": "failed", "reason": "x", "taken_over": True}, "passed can be taken over"),
    ],
)
def test_a_step_cannot_be_wrong(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(TwoTracksError, match=message):
        one_step(**changes)


def test_a_run_cannot_be_wrong() -> None:
    with pytest.raises(TwoTracksError, match="step 2 stands where step 1 should"):
        Run(steps=(one_step(number=2),))
    with pytest.raises(TwoTracksError, match="unknown state variable"):
        Run(steps=(one_step(sets=StateChange("Cdoe", "x"), rests_on=("a",), evidence={"a": 1}),))
    with pytest.raises(TwoTracksError, match="SHA-256"):
        Artifact("a", "xyz", 1)


def test_a_step_and_a_state_are_found_or_named() -> None:
    run = Run(steps=(one_step(),))
    assert run.step("build").action == "build()"
    with pytest.raises(TwoTracksError, match=r"no step 'biuld'.*\n.*'build'"):
        run.step("biuld")
    with pytest.raises(TwoTracksError, match="steps 1 to 1, and no 2"):
        run.state("Code", 2)


def document(**changes: Any) -> dict[str, Any]:
    whole: dict[str, Any] = json.loads(Run(steps=(one_step(),)).to_json())
    return whole | changes


def test_only_a_step_that_was_taken_over_says_so() -> None:
    assert "taken_over" not in document()["steps"][0]
    assert not Run.from_document(document()).steps[0].taken_over
    taken = json.loads(Run(steps=(one_step(taken_over=True),)).to_json())
    assert taken["steps"][0]["taken_over"] is True
    assert Run.from_document(taken).steps[0].taken_over
    assert Run.from_document(taken) != Run.from_document(document())


@pytest.mark.parametrize("text", ["[" * 100_000, None, 5, b"\xff"])
def test_what_is_no_json_is_an_error_of_ours(text: Any) -> None:
    with pytest.raises(TwoTracksError):
        Run.from_json(text)


@pytest.mark.parametrize("seconds", ["NaN", "Infinity", "-1", "1" + "0" * 400])
def test_times_are_finite(seconds: str) -> None:
    text = Run(steps=(one_step(),)).to_json().replace('"seconds": 0.0', f'"seconds": {seconds}')
    with pytest.raises(TwoTracksError):
        Run.from_json(text)


def test_what_could_not_be_read_back_is_not_kept() -> None:
    for changes in ({"process": None}, {"evidence": {"n": 10**5000}}, {"stages": (1,)}):
        with pytest.raises(TwoTracksError):
            one_step(**changes)
    for variables in ({"Code": None}, ["Code"], {1: "x"}):
        with pytest.raises(TwoTracksError, match="state variables must be"):
            Run(variables)  # type: ignore[arg-type]


def test_a_newer_schema_is_refused_with_what_to_do() -> None:
    with pytest.raises(TwoTracksError, match=r"schema 2 is newer.*\n.*Update twotracks"):
        Run.from_json(json.dumps(document(schema=2)))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("{", "run: not JSON"),
        ("[]", "run: must be an object"),
        (document(schema="1"), "run.schema: must be int, not str"),
        (document(schema=0), "there is no schema 0"),
        (document(extra=1), "run: unknown member 'extra'"),
        (document(variables=[{"name": "A", "start": "x"}, {"name": "A", "start": "y"}]), "twice"),
        (document(variables=[{"name": "A"}]), r"run.variables\[0\]: has no 'start'"),
        (document(steps=[{"number": 1}]), "has no .sets."),
        (
            document(steps=[document()["steps"][0] | {"number": True}]),
            "number: must be int, not bool",
        ),
        (document(steps=[document()["steps"][0] | {"rests_on": [1]}]), "list of strings"),
        (document(steps=[document()["steps"][0] | {"taken_over": 1}]), "taken_over: must be bool"),
        (document(steps=[document()["steps"][0] | {"status": "failed"}]), "a reason when"),
        (
            document(steps=[document()["steps"][0] | {"sets": {"variable": "Code", "state": "B"}}]),
            "declares no evidence",
        ),
    ],
)
def test_a_damaged_run_says_where(change: Any, message: str) -> None:
    text = change if isinstance(change, str) else json.dumps(change)
    with pytest.raises(TwoTracksError, match=message):
        Run.from_json(text)


def test_a_run_goes_to_another_process(passed_run: Run) -> None:
    assert pickle.loads(pickle.dumps(passed_run)) == passed_run
