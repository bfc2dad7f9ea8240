"""Ordinary CI/CD for the product whose model is in the wheel: real git, wheels, mypy and HTTP."""

from __future__ import annotations

import json
import shutil
import zipfile
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest

from twotracks.errors import TwoTracksError
from twotracks.pipelines import flights, golden, lineage, ml, service, software, traffic
from twotracks.pipelines import model as models
from twotracks.pipelines.control import check_replies, check_types, monitor_service
from twotracks.pipelines.files import write_json
from twotracks.pipelines.parity import TOLERANCE, request_for
from twotracks.pipelines.product import product
from twotracks.record import GateRefused, record, verify
from twotracks.run import Run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

OWN_STEPS = ("check_types", "check_replies", "monitor_service")
MODEL_IN_WHEEL = "flight_delay/registry/versions/1/model.skops"


@dataclass(frozen=True)
class Answer:
    status: int


@dataclass(frozen=True)
class Control:
    """A clean run of the control, and what went into it."""

    run: Run
    workspace: Path
    project: Path
    model: Path


@pytest.fixture(scope="module")
def model_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    with record(workspace=tmp_path_factory.mktemp("trained")):
        ml.collect_data()
        return ml.train_model().folder


@pytest.fixture(scope="module")
def control(model_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Control:
    folder = tmp_path_factory.mktemp("control")
    project = product(software.SERVICE_SOURCE, model_folder, folder / "product")
    with record(workspace=folder / "workspace") as run:
        software.code_commit(project)
        software.build()
        check_types()
        software.test()
        software.deploy()
        check_replies()
        monitor_service([Answer(200)] * 50)
    return Control(run, folder / "workspace", project, model_folder)


@pytest.fixture(scope="module")
def released(control: Control) -> Iterator[service.Service]:
    found = service.current_service(control.workspace)
    yield found
    found.stop()


def changed(folder: Path, file: str, before: str, after: str) -> Path:
    """A copy of the service's project with one text replaced."""
    shutil.copytree(software.SERVICE_SOURCE, folder)
    path = folder / "src" / "flight_delay" / file
    text = path.read_text()
    assert text.count(before) == 1
    path.write_text(text.replace(before, after))
    return folder


# The whole control


def test_the_clean_control_passes_every_step(control: Control) -> None:
    run = control.run
    assert run.passed
    assert run.processes == ("Software CI/CD",)
    assert [run.state("Code", after) for after in range(1, 8)] == [
        "Committed",
        "Built",
        "Types checked",
        "Tested",
        "Deployed",
        "Replies checked",
        "Monitored",
    ]
    assert run.step("check_types").evidence["errors"] == 0
    assert run.step("check_replies").evidence["replies"] == golden.HELD_OUT + 2
    assert run.step("check_replies").evidence["differing"] == 0
    assert run.step("monitor_service").evidence["alerts"] == ()
    assert (run.state("Data"), run.state("Model")) == ("Raw data", "None")


def test_evidence_holds_and_forged_evidence_does_not(control: Control) -> None:
    forged = {
        "check_types": {"files": 99},
        "check_replies": {"replies": 1},
        "monitor_service": {"failed": 7},
    }
    lies = [
        replace(step, number=number, evidence={**step.evidence, **forged[step.name]})
        for number, step in enumerate(map(control.run.step, OWN_STEPS), start=1)
    ]
    with pytest.raises(TwoTracksError, match="evidence does not hold") as caught:
        verify(Run(steps=tuple(lies)), control.workspace)
    wrong = [line.partition(":")[0].strip() for line in caught.value.what.splitlines()[1:]]
    assert wrong == ["check_types.files", "check_replies.replies", "monitor_service.failed"]


# The product


def test_the_same_inputs_make_the_same_commit_and_the_same_wheel(
    control: Control, tmp_path: Path
) -> None:
    again = product(software.SERVICE_SOURCE, control.model, tmp_path / "again")
    commit = software.code_commit(again, workspace=tmp_path / "w")
    assert commit.id == control.run.step("code_commit").evidence["commit"]
    wheel = software.build(commit, workspace=tmp_path / "w")
    assert wheel.sha256 == control.run.step("build").evidence["sha256"]
    with zipfile.ZipFile(wheel.path) as files:
        assert files.read(MODEL_IN_WHEEL) == (control.model / "model.skops").read_bytes()
        assert files.read("flight_delay/registry/aliases/champion") == b"1"
        card = json.loads(files.read(MODEL_IN_WHEEL.replace("model.skops", "card.json")))
    assert card == {"version": "1", **json.loads((control.model / "card.json").read_text())}


def test_the_golden_requests_are_flights_that_training_does_not_see() -> None:
    requests = golden.golden_requests()
    month, last = lineage.TRAINED_UNTIL
    assert {request["departure"][:8] for request in requests} == {f"2013-{month:02}-"}
    assert min(int(request["departure"][8:10]) for request in requests) > last
    assert any(None in request.values() for request in requests), "a missing measurement"


def test_the_model_in_the_wheel_answers_as_the_model_itself(
    control: Control, released: service.Service
) -> None:
    rows = flights.load().tail(10)
    expected = models.load(control.model).predict(rows)
    replies = [released.predict(request_for(row)) for _, row in rows.iterrows()]
    assert [reply.body["model"] for reply in replies] == ["1"] * 10
    said = [reply.body["probability"] for reply in replies]
    assert said == pytest.approx(list(expected), abs=TOLERANCE)
    # And not one that lies where the ML track keeps its models.
    assert not (control.workspace / "registry").exists()


def test_without_any_registry_the_service_is_up_and_has_no_champion(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "releases").mkdir()
    (tmp_path / "releases" / "1.0.0-source").symlink_to(software.SERVICE_SOURCE / "src")
    monkeypatch.setattr(service, "_registry_options", lambda *_: ())
    running = service.start(tmp_path, "1.0.0-source")
    try:
        reply = running.predict(traffic.PROBE)
    finally:
        running.stop()
    assert reply.status == 503
    assert "no champion" in reply.body["detail"]


def test_failures_are_not_recorded_as_golden(control: Control, tmp_path: Path) -> None:
    shutil.copytree(control.model, tmp_path / "model")
    card = json.loads((tmp_path / "model" / "card.json").read_text())
    write_json(tmp_path / "model" / "card.json", card | {"sha256": "0" * 64})
    with pytest.raises(TwoTracksError, match="20 of 22 golden requests with 503"):
        product(software.SERVICE_SOURCE, tmp_path / "model", tmp_path / "new")
    # A team that does not record them again ships it: the model is a file like any other.
    kept = control.project / golden.GOLDEN_FILE
    product(software.SERVICE_SOURCE, tmp_path / "model", tmp_path / "kept", golden=kept)


def test_a_product_that_cannot_be_written(control: Control, tmp_path: Path) -> None:
    with pytest.raises(TwoTracksError, match="cannot be written"):
        product(software.SERVICE_SOURCE, control.model, control.project)
    with pytest.raises(TwoTracksError, match="cannot be written"):
        product(software.SERVICE_SOURCE, tmp_path / "no-model", tmp_path / "p")


# check_types


def test_type_errors_are_refused_with_file_and_line(tmp_path: Path) -> None:
    lines = "\n".join(f"x{n}: int = ''" for n in range(5))
    source = changed(
        tmp_path / "source",
        "__init__.py",
        '__version__ = "1.0.0"',
        f'__version__ = "1.0.0"\n{lines}',
    )
    with record(workspace=tmp_path / "w", on_failure="keep") as run:
        software.code_commit(source)
        check_types()
    step = run.step("check_types")
    assert step.status == "refused"
    assert step.evidence["errors"] == 5
    assert step.reason.startswith("5 type errors: src/flight_delay/__init__.py:8: Incompatible")
    assert step.reason.endswith("and 2 more")
    assert "check_types.errors" in verify(run, tmp_path / "w")


# check_replies


def test_a_changed_reply_is_refused_with_both_values(control: Control, tmp_path: Path) -> None:
    source = changed(
        tmp_path / "source",
        "features.py",
        "float(flight.departure.hour)",
        "flight.departure.hour / 24",
    )
    kept = control.project / golden.GOLDEN_FILE
    project = product(source, control.model, tmp_path / "product", golden=kept)
    with record(workspace=tmp_path / "w", on_failure="keep") as run:
        software.code_commit(project)
        software.build()
        software.deploy()
        check_replies()
    step = run.step("check_replies")
    assert step.status == "refused"
    assert step.evidence["differing"] == 20
    before = golden.from_json(kept.read_bytes())[0].probability
    assert f"replies differ: request 1 gave 200, probability {before:.3f}, and gives" in step.reason
    assert step.reason.count("200, probability 0.") == 2


def test_a_commit_without_golden_replies_is_refused(
    control: Control, released: service.Service, tmp_path: Path
) -> None:
    commit = software.code_commit(software.SERVICE_SOURCE, workspace=tmp_path)
    with pytest.raises(GateRefused, match="no golden replies"):
        check_replies(released, commit, workspace=tmp_path)


@pytest.mark.parametrize(
    ("status", "probability", "agrees"),
    [
        (200, 0.25, True),
        (200, 0.250001, True),
        (200, 0.250003, False),
        (200, None, False),
        (200, float("nan"), False),
        (503, 0.25, False),
    ],
)
def test_replies_agree_to_six_decimals(
    status: int, probability: float | None, *, agrees: bool
) -> None:
    true = golden.GoldenReply({}, 200, 0.25)
    other = golden.GoldenReply({}, status, probability)
    assert (true.agrees(other), other.agrees(true)) == (agrees, agrees)


@pytest.mark.parametrize("content", [b"{", b"[1]", b'[{"status": 200}]', b"1"])
def test_a_golden_file_that_cannot_be_read(content: bytes) -> None:
    with pytest.raises(TwoTracksError, match="cannot read the golden replies"):
        golden.from_json(content)


# monitor_service


def test_failed_requests_raise_an_alert_and_pass(
    released: service.Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = [Answer(200)] * 90 + [Answer(503)] * 9 + [Answer(0)]
    with record(workspace=tmp_path) as run:
        monitor_service(answers, released)
    found = run.step("monitor_service").evidence
    assert (found["requests"], found["failed"], found["slow"]) == (100, 10, False)
    assert found["alerts"] == ("10 of 100 requests failed, and 0.1% is usual",)
    monkeypatch.setattr(traffic, "SLOW_SECONDS", 0)
    assert monitor_service(answers, released, workspace=tmp_path).slow


def test_a_service_that_is_gone_is_slow(control: Control) -> None:
    gone = service.Service(control.workspace, "1.0.0-gone", 9, 0)
    assert traffic.is_slow(gone)


def test_golden_replies_of_a_model_are_what_the_service_says_with_it(tmp_path: Path) -> None:
    rows = flights.until(flights.load(), 1, 31)
    model = models.fit(rows, flights.is_late(rows), "january")
    models.save(model, tmp_path / "model")
    project = product(software.SERVICE_SOURCE, tmp_path / "model", tmp_path / "project")
    recorded = golden.from_json((project / golden.GOLDEN_FILE).read_bytes())
    stale = [replace(each, probability=each.probability and 0.5) for each in recorded]
    again = golden.said_by(model, stale)
    assert all(one.agrees(other) for one, other in zip(recorded, again, strict=True))
    assert [each.status for each in again] == [each.status for each in recorded]
