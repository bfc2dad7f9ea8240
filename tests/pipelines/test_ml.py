"""The ML track's steps for real: what they leave, where they refuse, and what stays as it was."""

from __future__ import annotations

import dataclasses
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from twotracks import Run, TwoTracksError, record, verify
from twotracks.pipelines import flights, lineage, ml, parity, software
from twotracks.pipelines import model as models
from twotracks.pipelines.registry import CHAMPION, Registry
from twotracks.pipelines.world import World, current_world, in_world

if TYPE_CHECKING:
    from pathlib import Path

ML_STEPS = ["collect_data", "train_model", "validate_model", "deploy_model", "monitor_model"]


def test_the_nine_steps_pass_and_leave_what_they_rest_on(nine_steps: tuple[Run, Path]) -> None:
    run, _ = nine_steps
    assert run.passed
    assert [step.name for step in run.steps][4:] == ML_STEPS
    assert all(step.rests_on and set(step.rests_on) <= set(step.evidence) for step in run.steps)


def test_march_and_july_are_what_the_data_says(nine_steps: tuple[Run, Path]) -> None:
    """The figures that the site's story rests on, to three decimals."""
    run, _ = nine_steps
    march: Any = run.step("validate_model").evidence["scores"]
    july: Any = run.step("monitor_model").evidence
    trained = run.step("train_model").evidence["rows"]
    assert (trained, march["n"], july["rows"]) == (4918, 1082, 2000)
    assert march["late_rate"]["value"] == pytest.approx(0.240, abs=0.0005)
    assert march["predicted_rate"] == pytest.approx(0.195, abs=0.0005)
    assert march["auc"]["value"] == pytest.approx(0.658, abs=0.0005)
    assert march["brier"]["value"] == pytest.approx(0.171, abs=0.0005)
    assert march["brier_base"] == pytest.approx(0.183, abs=0.0005)
    assert july["late_rate"]["value"] == pytest.approx(0.3305, abs=0.0005)
    assert july["predicted_rate"] == pytest.approx(0.105, abs=0.0005)
    assert july["auc"]["value"] == pytest.approx(0.668, abs=0.0005)
    assert july["brier"]["value"] == pytest.approx(0.259, abs=0.0005)
    assert july["brier_base"] == pytest.approx(0.233, abs=0.0005)
    assert march["better_than_base"]["low"] > 0 > july["better_than_base"]["high"]
    assert july["alerts"][0].startswith("the Brier score is worse than the base rate's by 0.026")
    assert july["alerts"][1].startswith("the predicted late rate is too low: 0.105 where 0.331 of")
    assert any(alert.startswith("inputs moved (5 of 11 columns)") for alert in july["alerts"])


def test_every_run_leaves_the_same_evidence(nine_steps: tuple[Run, Path]) -> None:
    run, _ = nine_steps
    with record() as again:
        ml.collect_data()
        ml.train_model()
        ml.validate_model()
    for step in again.steps:
        before = run.step(step.name)
        assert step.evidence == before.evidence
        assert step.artifacts == before.artifacts


def test_evidence_holds_and_forged_evidence_does_not(nine_steps: tuple[Run, Path]) -> None:
    run, workspace = nine_steps
    facts = verify(run, workspace)
    assert {fact.split(".")[0].split(":")[0] for fact in facts} == {s.name for s in run.steps}
    forged: dict[str, dict[str, Any]] = {
        "collect_data": {"rows": 7000},
        "train_model": {"rows": 1},
        "validate_model": {"gates": {"better than the base rate": True}},
        "deploy_model": {
            "reply": {"status": 200, "probability": 0.9, "service": "1.0.0", "model": "1"}
        },
        "monitor_model": {"alerts": []},
    }
    lie = dataclasses.replace(
        run,
        steps=tuple(
            dataclasses.replace(step, evidence={**step.evidence, **forged.get(step.name, {})})
            for step in run.steps
        ),
    )
    with pytest.raises(TwoTracksError) as caught:
        verify(lie, workspace)
    for name, facts_of_step in forged.items():
        assert f"{name}.{next(iter(facts_of_step))}: recorded as" in str(caught.value)


def in_celsius(d: pd.DataFrame) -> pd.DataFrame:
    return d.assign(temp=((d["temp"] - 32) / 1.8).round(2))


def test_arriving_data_are_asked_more_than_the_schema(tmp_path: Path) -> None:
    with record(workspace=tmp_path, on_failure="keep") as run:
        ml.collect_data(in_celsius(flights.load()))
    assert run.steps[0].status == "refused"
    assert "the weather is possible: refused, dewp is above temp in 3,191" in run.steps[0].reason
    assert not (tmp_path / "data").exists()


def test_a_delivery_is_compared_with_the_one_before_and_that_verifies(tmp_path: Path) -> None:
    rows = flights.load()
    with record(workspace=tmp_path) as first:
        ml.collect_data(rows)
    with record(workspace=tmp_path) as second:
        ml.collect_data(rows.drop(index=rows.index[0]))
    with record(workspace=tmp_path, on_failure="keep") as third:
        ml.collect_data(rows.assign(dewp=(rows["dewp"] - 32) / 1.8))
    before, after = (run.steps[0].evidence for run in (first, second))
    assert before["accepted"] is None
    assert after["accepted"] == before["digest"]
    assert "days seen before look the same: refused" in third.steps[0].reason
    assert lineage.find_dataset(tmp_path).digest == after["digest"]
    for run in (first, second):
        assert "collect_data.gates" in verify(run, tmp_path)


def test_the_champions_snapshot_is_what_deliveries_are_compared_with(
    nine_steps: tuple[Run, Path],
) -> None:
    run, workspace = nine_steps
    accepted = lineage.find_accepted(workspace)
    assert accepted is not None
    assert accepted.digest == run.step("collect_data").evidence["digest"]


def run_with(frame: pd.DataFrame) -> Run:
    with record(on_failure="keep") as run:
        ml.collect_data(frame)
        ml.train_model()
        ml.validate_model()
    return run


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda d: d.drop(columns="temp"), "column 'temp': column_in_dataframe fails"),
        (lambda d: d.assign(temp=d["temp"].astype(str)), "column 'temp': dtype('float64') fails"),
        (lambda d: d.assign(distance=d["distance"] * 1000), "column 'distance': in_range(1, 6000)"),
        (lambda d: d.assign(origin="BOS"), "isin(['EWR', 'JFK', 'LGA']) fails on 24000 values"),
        (lambda d: d.assign(carrier=None), "column 'carrier'"),
        (lambda d: d.assign(surprise=1), "column 'surprise': column_in_schema fails"),
        (lambda d: d.head(0), "there are rows"),
    ],
)
def test_data_that_does_not_fit_is_refused_and_not_kept(
    tmp_path: Path, damage: Any, message: str
) -> None:
    with record(workspace=tmp_path, on_failure="keep") as run:
        ml.collect_data(damage(flights.load()))
        ml.train_model()
    assert [step.status for step in run.steps] == ["refused", "skipped"]
    assert message in run.steps[0].reason
    assert not (tmp_path / "data").exists()
    assert run.state("Data") == "Raw data"


def test_a_model_that_is_no_better_than_the_base_rate_is_refused() -> None:
    rows = flights.load()
    shuffled = rows.assign(arr_delay=np.random.default_rng(0).permutation(rows["arr_delay"]))
    run = run_with(shuffled)
    assert run.step("validate_model").status == "refused"
    assert "better than the base rate: refused, Brier score worse by" in run.steps[2].reason
    assert run.state("Model") == "Trained"


def test_a_model_that_is_worse_for_one_airport_is_refused() -> None:
    rows = flights.load()
    late_march = (rows["month"] == 3) & (rows["day"] > 15) & (rows["origin"] == "JFK")
    # From mid-March on JFK's delays are turned round, so the model is wrong there.
    turned = rows.assign(arr_delay=rows["arr_delay"].mask(late_march, 30 - rows["arr_delay"]))
    run = run_with(turned)
    assert run.step("validate_model").status == "refused"
    assert "no slice worse than the base rate: refused, airport JFK" in run.steps[2].reason


def test_the_same_model_again_passes_and_releases_nothing_new(tmp_path: Path) -> None:
    with record(workspace=tmp_path, on_failure="keep") as first:
        software.code_commit()
        software.build()
        software.deploy()
        ml.collect_data()
        ml.train_model()
        ml.validate_model()
        ml.deploy_model()
    registry = Registry(tmp_path / "registry")
    assert first.passed
    assert registry.version_of(CHAMPION) == "1"
    with record(workspace=tmp_path, on_failure="keep") as second:
        ml.collect_data()
        ml.train_model()
        ml.validate_model()
        ml.deploy_model()
    assert second.passed
    # Nothing new is released: it is proved that the service still answers with this version.
    assert registry.versions() == ("1",)
    assert second.step("deploy_model").evidence == first.step("deploy_model").evidence
    # What an earlier run left is found, and the service starts again from it.
    with record(workspace=tmp_path) as third:
        report = ml.monitor_model(month=4)
    assert third.passed
    assert report["rows"] == 2000


def test_a_service_that_computes_a_feature_otherwise_is_noticed(tmp_path: Path) -> None:
    with record(workspace=tmp_path, on_failure="keep") as run:
        software.code_commit()
        software.build()
        service = software.deploy()

        class Celsius:
            """The same service behind somebody who sends another unit."""

            release = service.release

            def predict(self, flight: dict[str, Any]) -> Any:
                return service.predict(self.changed(flight))

            def features(self, flights: list[dict[str, Any]]) -> Any:
                return service.features([self.changed(flight) for flight in flights])

            def changed(self, flight: dict[str, Any]) -> dict[str, Any]:
                return {**flight, "temp": (flight["temp"] - 32) / 1.8}

        ml.collect_data()
        ml.train_model()
        ml.validate_model()
        ml.deploy_model(service=Celsius())  # type: ignore[arg-type]
    assert run.step("deploy_model").status == "refused"
    reason = run.step("deploy_model").reason
    assert "temp of flight 1 is 1.7 in the service and 35.06 in training" in reason
    assert "where the model says 0.207" in reason
    assert Registry(tmp_path / "registry").version_of(CHAMPION) is None
    assert run.state("Model") == "Validated"


def test_a_tampered_candidate_is_not_deployed(tmp_path: Path) -> None:
    with record(workspace=tmp_path, on_failure="keep") as run:
        software.code_commit()
        software.build()
        software.deploy()
        ml.collect_data()
        candidate = ml.train_model()
        ml.validate_model()
        (candidate.folder / "model.skops").write_bytes(b"something else")
        ml.deploy_model()
    assert run.step("deploy_model").status == "refused"
    assert "file fits its card: refused, the file's SHA-256 is" in run.step("deploy_model").reason
    assert Registry(tmp_path / "registry").versions() == ()


def test_without_a_service_the_model_is_validated_and_not_deployed() -> None:
    with record(on_failure="keep") as run:
        ml.collect_data()
        ml.train_model()
        ml.validate_model()
        ml.deploy_model()
        ml.monitor_model()
    assert [step.status for step in run.steps][3:] == ["failed", "skipped"]
    assert run.state("Model") == "Validated"


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda d: d[d["month"] == 7], "there are no flights up to day 31 of month 3"),
        (lambda d: pd.concat([d, d.head(1)]), "no row is there twice"),
        (lambda d: pd.concat([d, d[["hour"]]], axis=1), "column 'hour' is there twice"),
    ],
)
def test_data_that_is_empty_or_repeated_is_refused(damage: Any, message: str) -> None:
    with record(on_failure="keep") as run:
        ml.collect_data(damage(flights.load()))
    assert run.steps[0].status == "refused"
    assert message in run.steps[0].reason


def test_without_later_flights_there_is_nothing_to_validate() -> None:
    run = run_with(flights.until(flights.load(), 1, 31))
    assert run.step("validate_model").status == "refused"
    assert "enough to judge: refused, 0 flights are too few" in run.steps[2].reason


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda d: d.assign(arr_delay=d["arr_delay"].where(d.index % 2 == 0)), "'arr_delay'"),
        (lambda d: d.drop(columns="temp"), "column 'temp': column_in_dataframe fails"),
        (lambda d: d.assign(hour=d["hour"].astype(str)), "column 'hour': dtype('int64') fails"),
        (lambda d: d.drop(columns=["month", "arr_delay"]), "column 'month'"),
    ],
)
def test_live_flights_that_do_not_fit_are_an_alert_and_are_scored(
    nine_steps: tuple[Run, Path], damage: Any, message: str
) -> None:
    _, workspace = nine_steps
    calm = flights.load_live().head(400)
    with record(workspace=workspace) as run:
        report = ml.monitor_model(flights=damage(calm))
    assert report["rows"] == 400
    assert report["predicted_rate"] is not None
    assert report["misfit"] in report["alerts_before_labels"]
    assert message in report["misfit"]
    assert "monitor_model.alerts" in verify(run, workspace)


def test_what_the_service_answered_is_what_is_judged(nine_steps: tuple[Run, Path]) -> None:
    _, workspace = nine_steps
    calm = flights.load_live().head(400)
    said = np.where(np.arange(400) < 40, np.nan, 0.9)
    with record(workspace=workspace) as run:
        report = ml.monitor_model(flights=calm, probabilities=said)
    assert (report["rows"], report["unanswered"], report["predicted_rate"]) == (400, 40, 0.9)
    assert "40 of 400 flights got no answer" in report["alerts"]
    assert run.step("monitor_model").evidence["answers"] == "the service's"
    assert "monitor_model.predictions" in verify(run, workspace)
    champion = lineage.find_champion(workspace)
    with pytest.raises(TwoTracksError, match="3 answers for 400 flights"):
        ml.monitor_model(champion, calm, probabilities=said[:3], workspace=workspace)


def test_two_users_may_ask_about_one_flight(nine_steps: tuple[Run, Path]) -> None:
    _, workspace = nine_steps
    with record(workspace=workspace):
        report = ml.monitor_model(flights=pd.concat([flights.load_live().head(40)] * 2))
    assert report["misfit"] is None


def test_a_run_still_verifies_after_later_ones_in_its_workspace(tmp_path: Path) -> None:
    def both() -> Run:
        with record(workspace=tmp_path, on_failure="keep") as run:
            software.code_commit()
            software.build()
            software.deploy()
            ml.collect_data()
            ml.train_model()
            ml.validate_model()
            ml.deploy_model()
            ml.monitor_model()
        return run

    first, second = both(), both()
    assert first.passed
    assert second.passed
    Registry(tmp_path / "registry").point(CHAMPION, None)
    for run in (first, second):
        assert "validate_model.scores" in verify(run, tmp_path)


def test_predictions_that_the_model_did_not_make_do_not_verify(tmp_path: Path) -> None:
    with record(workspace=tmp_path) as run:
        ml.collect_data()
        ml.train_model()
        ml.validate_model()
    kept = run.step("validate_model")
    perfect = lineage.read_predictions(tmp_path, str(kept.evidence["predictions"]))
    perfect = perfect.assign(probability=perfect["late"] * 0.9 + 0.05)
    digest = lineage.keep_predictions(tmp_path, perfect)
    forged = dataclasses.replace(
        kept, artifacts=(), evidence={**kept.evidence, "predictions": digest}
    )
    with pytest.raises(TwoTracksError, match=r"validate_model\.predictions: recorded as"):
        verify(dataclasses.replace(run, steps=(*run.steps[:2], forged)), tmp_path)


def test_a_month_without_flights_says_so(nine_steps: tuple[Run, Path]) -> None:
    _, workspace = nine_steps
    champion = lineage.find_champion(workspace)
    with pytest.raises(TwoTracksError, match="there are no flights in month 13"):
        ml.monitor_model(champion=champion, month=13, workspace=workspace)


def test_the_request_is_the_raw_flight() -> None:
    row = flights.load().iloc[0]
    request = parity.request_for(row)
    assert set(request) == {
        "departure",
        "carrier",
        "origin",
        "distance",
        "temp",
        "dewp",
        "humid",
        "wind_speed",
        "precip",
        "pressure",
        "visib",
    }
    assert pd.Timestamp(request["departure"]).hour == row["hour"]
    assert parity.request_for(row.where(row.index != "temp"))["temp"] is None


def run_in(world: World, workspace: Path) -> Run:
    with in_world(world), record(workspace=workspace, on_failure="keep") as run:
        ml.collect_data()
        ml.train_model()
        ml.validate_model()
    return run


def test_a_model_that_uses_what_is_known_afterwards_is_refused(tmp_path: Path) -> None:
    leaking = partial(models.fit, numbers=(*flights.NUMBERS, "dep_delay"))
    run = run_in(dataclasses.replace(current_world(), fit=leaking), tmp_path)
    step = run.step("validate_model")
    gates: Any = step.evidence["gates"]
    assert [name for name, decision in gates.items() if decision != "pass"] == [
        "no feature knows the answer"
    ]
    assert "no feature knows the answer: refused, dep_delay alone has AUC" in step.reason


def test_a_model_of_few_rows_is_refused_as_over_confident(tmp_path: Path) -> None:
    def few(rows: pd.DataFrame, late: pd.Series, dataset: str) -> models.Model:
        return models.fit(rows.head(500), late.head(500), dataset)

    run = run_in(dataclasses.replace(current_world(), fit=few), tmp_path)
    assert run.step("validate_model").status == "refused"
    assert "not over-confident: refused, the calibration slope is" in run.steps[2].reason
    assert "validate_model.gates" in verify(run, tmp_path)


def test_undecided_leaves_the_champion_and_says_what_would_decide(tmp_path: Path) -> None:
    with record(workspace=tmp_path):
        ml.collect_data()
        candidate = ml.train_model()
        Registry(tmp_path / "registry").release(
            Registry(tmp_path / "registry").register(candidate.folder)
        )
    weaker = partial(models.fit, strength=0.3)
    run = run_in(dataclasses.replace(current_world(), fit=weaker), tmp_path)
    step = run.step("validate_model")
    gates: Any = step.evidence["gates"]
    assert step.status == "refused"
    assert gates["better than the champion"] == "undecided"
    assert "better than the champion: undecided, Brier score worse by" in step.reason
    assert "labelled flights would decide" in step.reason
    assert Registry(tmp_path / "registry").version_of(CHAMPION) == "1"
    assert "validate_model.scores" in verify(run, tmp_path)


def test_one_outcome_only_cannot_be_judged_and_refuses(tmp_path: Path) -> None:
    rows = flights.until(flights.load(), 3, 31)
    later = (rows["month"] == 3) & (rows["day"] > 15)
    on_time = lineage.Dataset(rows.assign(arr_delay=rows["arr_delay"].mask(later, 0)), "snapshot")
    with record(workspace=tmp_path, on_failure="keep") as run:
        ml.train_model(dataset=on_time)
        ml.validate_model(dataset=on_time)
    assert run.step("validate_model").status == "refused"
    assert run.steps[1].reason == "enough to judge: refused, all flights have the same outcome"


def test_a_stored_model_that_was_changed_is_not_released_nor_found(tmp_path: Path) -> None:
    """Both the file and its card are those of another model."""

    def swap(folder: Path) -> None:
        rows = flights.until(flights.load(), 1, 31)
        models.save(models.fit(rows, flights.is_late(rows), "snapshot"), folder)

    run = run_in(dataclasses.replace(current_world(), stored=swap), tmp_path)
    assert run.step("train_model").passed
    with pytest.raises(TwoTracksError, match=r"its content is .*, trained was"):
        lineage.find_candidate(tmp_path)
