"""The ML track: five steps that ship what the service answers with."""

from __future__ import annotations

import hashlib
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from twotracks.errors import TwoTracksError
from twotracks.pipelines import live
from twotracks.pipelines import model as models
from twotracks.pipelines.files import write_atomically
from twotracks.pipelines.flights import is_late, until
from twotracks.pipelines.gates.arrival import arrival_gates
from twotracks.pipelines.gates.artifact import check_artifact
from twotracks.pipelines.gates.baseline import enough_to_judge
from twotracks.pipelines.gates.leakage import no_feature_knows_the_answer
from twotracks.pipelines.gates.refusal import decisions, let_through
from twotracks.pipelines.gates.validation import Scores, predictions_of, score
from twotracks.pipelines.lineage import (
    TRAINED_UNTIL,
    Candidate,
    Champion,
    Dataset,
    Validation,
    candidate_path,
    digest_of,
    find_accepted,
    find_candidate,
    find_champion,
    find_dataset,
    keep_predictions,
    point_latest,
    predictions_path,
    read_dataset,
    read_predictions,
    snapshot_path,
)
from twotracks.pipelines.monitoring import report_on
from twotracks.pipelines.parity import check_parity
from twotracks.pipelines.registry import CHAMPION, Registry
from twotracks.pipelines.schema import check
from twotracks.pipelines.service import current_service, start
from twotracks.pipelines.world import current_world
from twotracks.record import GateRefused, artifact, evidence, from_run, step

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pandas as pd

    from twotracks.pipelines.gates.verdict import Verdict
    from twotracks.pipelines.service import Service
    from twotracks.pipelines.statistics import Array

PROCESS = "ML CI/CD"
COLLECTED_UNTIL = (3, 31)
"""The last month and day that are collected."""


@step(
    process=PROCESS,
    focus="Gather data",
    outcome="Prepare dataset",
    sets=("Data", "Collected"),
    evidence=("rows", "columns", "digest", "checks", "accepted", "gates"),
    gives="dataset",
    gate=True,
    stages=("Start: Code Commit", PROCESS, "Data Collection -> Model Training"),
    triggers=("a commit", "new data", "a schedule", "a falling metric"),
)
def collect_data(flights: pd.DataFrame | None = None, workspace: Path = from_run()) -> Dataset:
    """Take the flights up to 31 March, check them, and keep a snapshot named after its content.

    They must fit the schema, and then every gate of `gates.arrival` is asked, with the snapshot
    that was accepted last.

    Args:
        flights: flights with the columns of the data card; left out, those of the world.
        workspace: the folder to keep the snapshot in.

    Raises:
        GateRefused: the flights do not fit the schema, or a gate says no; nothing is kept.
        TwoTracksError: the packaged sample is missing or damaged.
    """
    source = current_world().flights if flights is None else flights
    checks = check(source)
    rows = until(source, *COLLECTED_UNTIL)
    if rows.empty:
        month, day = COLLECTED_UNTIL
        raise GateRefused(
            f"there are no flights up to day {day} of month {month}",
            where="flights",
            fix="Give flights from the period that is collected; nothing was kept.",
        )
    accepted = find_accepted(workspace)
    gates = _arrival_gates(rows, accepted)
    let_through(
        gates, fix="Ask whoever delivers them what changed, and mend it there; nothing was kept."
    )
    content = rows.to_csv(index=False, lineterminator="\n").encode()
    digest = hashlib.sha256(content).hexdigest()
    path = write_atomically(snapshot_path(workspace, digest), content)
    point_latest(workspace, "dataset", digest)
    artifact(path)
    evidence(
        rows=len(rows),
        columns=len(rows.columns),
        digest=digest,
        checks=checks,
        accepted=accepted.digest if accepted else None,
        gates=decisions(gates),
    )
    # Read back, so that later steps work on what is kept.
    return read_dataset(workspace, digest)


@collect_data.recompute
def _(workspace: Path, left: Mapping[str, Any]) -> dict[str, Any]:
    rows = read_dataset(workspace, left["digest"]).rows
    content = snapshot_path(workspace, left["digest"]).read_bytes()
    accepted = read_dataset(workspace, left["accepted"]) if left["accepted"] else None
    return {
        "rows": len(rows),
        "columns": len(rows.columns),
        "checks": check(rows),
        "digest": hashlib.sha256(content).hexdigest(),
        "accepted": accepted.digest if accepted else None,
        "gates": decisions(_arrival_gates(rows, accepted)),
    }


def _arrival_gates(rows: pd.DataFrame, accepted: Dataset | None) -> tuple[Verdict, ...]:
    return arrival_gates(rows, accepted.rows if accepted else None, TRAINED_UNTIL)


@step(
    process=PROCESS,
    focus="Train model",
    outcome="Create model artifact",
    sets=("Model", "Trained"),
    evidence=("rows", "parameters", "digest"),
    gives="candidate",
    stages=("Data Collection -> Model Training",),
)
def train_model(
    dataset: Dataset = from_run(find_dataset), workspace: Path = from_run()
) -> Candidate:
    """Fit the model on the flights up to 15 March and keep it without pickle.

    Raises:
        TwoTracksError: the training rows are of one class only.
    """
    training, world = dataset.training(), current_world()
    model = world.fit(training, is_late(training), dataset.digest)
    folder = candidate_path(workspace, model.digest)
    artifact(models.save(model, folder))
    if world.stored is not None:
        world.stored(folder)
    point_latest(workspace, "candidate", model.digest)
    evidence(rows=model.rows, parameters=_parameters(model), digest=model.digest)
    return Candidate(model, folder)


@train_model.recompute
def _(workspace: Path, left: Mapping[str, Any]) -> dict[str, Any]:
    model = models.load(candidate_path(workspace, left["digest"]))
    return {
        # As on its card: how a world fits a model, and on which of the rows, is its own business.
        "rows": model.rows,
        "parameters": _parameters(model),
        "digest": model.digest,
    }


def _parameters(model: models.Model) -> dict[str, Any]:
    """How the classifier was set, and how many numbers it learned."""
    classifier = model.pipeline[-1]
    return {
        "model": type(classifier).__name__,
        "C": float(classifier.C),
        "max_iter": int(classifier.max_iter),
        "coefficients": int(classifier.coef_.size),
    }


@step(
    process=PROCESS,
    focus="Evaluate model",
    outcome="Check model quality",
    sets=("Model", "Validated"),
    evidence=("candidate", "dataset", "champion", "predictions", "scores", "gates"),
    gives="validation",
    gate=True,
    stages=("Model Validation -> Deployment",),
)
def validate_model(
    candidate: Candidate = from_run(find_candidate),
    dataset: Dataset = from_run(find_dataset),
    champion: Champion | None = from_run(find_champion),
    workspace: Path = from_run(),
) -> Validation:
    """Score the flights that training did not see, and ask every gate.

    Raises:
        GateRefused: a gate says no or does not know; the message has its figures.
    """
    rows = dataset.validation()
    let_through(
        [enough_to_judge(is_late(rows).to_numpy())],
        fix="The champion stays. Collect flights up to a later day.",
    )
    predictions = predictions_of(rows, candidate.model, champion.model if champion else None)
    digest = keep_predictions(workspace, predictions)
    artifact(predictions_path(workspace, digest))
    scores = _score(predictions, candidate, dataset, champion)
    verdicts = _verdicts(scores, candidate, dataset)
    evidence(
        candidate=candidate.model.digest,
        dataset=dataset.digest,
        champion=champion.version if champion else None,
        predictions=digest,
        scores=scores.to_json(),
        gates=decisions(verdicts),
    )
    let_through(verdicts, fix=_way_out(verdicts))
    return Validation(candidate, scores, dataset)


def _score(
    predictions: pd.DataFrame, candidate: Candidate, dataset: Dataset, champion: Champion | None
) -> Scores:
    return score(
        predictions,
        candidate.model.base_rate,
        sorted(set(dataset.training()["origin"])),
        is_champion=champion is not None and champion.model.digest == candidate.model.digest,
    )


def _verdicts(scores: Scores, candidate: Candidate, dataset: Dataset) -> tuple[Verdict, ...]:
    training = dataset.training()
    leak = no_feature_knows_the_answer(training, is_late(training), candidate.model.features)
    return (*scores.gates(), leak)


def _way_out(verdicts: Iterable[Verdict]) -> str:
    if any(verdict.decision == "refuse" for verdict in verdicts):
        return "The champion stays. Look at the scores before you train again."
    return "The champion stays. Run the candidate in shadow until there are labels enough."


@validate_model.recompute
def _(workspace: Path, left: Mapping[str, Any]) -> dict[str, Any]:
    if not left:  # it was refused before there was anything to score
        return {}
    folder = candidate_path(workspace, left["candidate"])
    candidate = Candidate(models.load(folder), folder)
    dataset = read_dataset(workspace, left["dataset"])
    version = left["champion"]
    champion = Champion(version, _registry(workspace).load(version)) if version else None
    predictions = predictions_of(
        dataset.validation(), candidate.model, champion.model if champion else None
    )
    scores = _score(predictions, candidate, dataset, champion)
    return {
        "candidate": candidate.model.digest,
        "dataset": dataset.digest,
        "champion": version,
        "predictions": digest_of(predictions),
        "scores": scores.to_json(),
        "gates": decisions(_verdicts(scores, candidate, dataset)),
    }


def _registry(workspace: Path) -> Registry:
    return Registry(workspace / "registry")


@step(
    process=PROCESS,
    focus="Deploy model",
    outcome="Release model to production",
    sets=("Model", "Deployed"),
    evidence=("version", "digest", "dataset", "release", "reply", "gates"),
    gives="champion",
    gate=True,
    stages=("Model Validation -> Deployment",),
)
def deploy_model(
    validation: Validation = from_run(),
    service: Service = from_run(current_service),
    workspace: Path = from_run(),
) -> Champion:
    """Register the model, make it the champion, and see the service answer with it.

    Before, the stored model must be what training left, made with the versions that are installed.
    Afterwards, the service must compute the golden flights' features as training did, and answer
    with this version and with the model's own probabilities. If not, the alias goes back to where
    it was. If the candidate is the champion, nothing new is registered, and only this is proved.

    Raises:
        GateRefused: the stored model is not what was trained or does not fit what is installed, or
            the service computes or answers otherwise.
        TwoTracksError: the registry cannot be read, or the service does not answer.
    """
    candidate, dataset = validation.candidate, validation.dataset
    model = candidate.model
    stored = check_artifact(candidate.folder, model)
    let_through(stored, fix="Nothing was registered. Train the model again.")
    registry = _registry(workspace)
    before = registry.version_of(CHAMPION)
    is_champion = before is not None and registry.load(before).digest == model.digest
    version = before if before and is_champion else registry.register(candidate.folder)
    registry.release(version)
    try:
        reply, answered = check_parity(service, dataset, model, version)
        let_through(answered, fix="The alias is back where it was. Look at the service's features.")
    except BaseException:  # an interrupt too must not leave an unproved version in charge
        registry.point(CHAMPION, before)
        raise
    artifact(registry.path(version) / models.MODEL_FILE)
    evidence(
        version=version,
        digest=model.digest,
        dataset=dataset.digest,
        release=service.release,
        reply=reply,
        gates=decisions((*stored, *answered)),
    )
    return Champion(version, model)


@deploy_model.recompute
def _(workspace: Path, left: Mapping[str, Any]) -> dict[str, Any]:
    if not left:  # it was refused before the service had answered
        return {}
    model = _registry(workspace).load(left["version"])
    stored = check_artifact(candidate_path(workspace, left["digest"]), model)
    dataset = read_dataset(workspace, left["dataset"])
    # The alias may have moved on, and a service may be running: both are left as they are.
    with TemporaryDirectory(prefix="twotracks-") as name:
        aside = Path(name)
        (aside / "releases").symlink_to(workspace / "releases")
        (aside / "registry").mkdir()
        (aside / "registry" / "versions").symlink_to(workspace / "registry" / "versions")
        _registry(aside).point(CHAMPION, left["version"])
        service = start(aside, left["release"])
        try:
            reply, answered = check_parity(service, dataset, model, left["version"])
        finally:
            service.stop()
    return {
        "version": reply.get("model"),
        "digest": model.digest,
        "dataset": dataset.digest,
        "release": service.release,
        "reply": reply,
        "gates": decisions((*stored, *answered)),
    }


@step(
    process=PROCESS,
    focus="Monitor performance",
    outcome="Detect model drift",
    sets=("Model", "Monitored"),
    evidence=(
        "version",
        "predictions",
        "answers",
        "month",
        "rows",
        "unanswered",
        "unlabelled",
        "misfit",
        "late_rate",
        "predicted_rate",
        "gap",
        "auc",
        "brier",
        "brier_base",
        "better_than_base",
        "psi",
        "before_labels",
        "validation",
        "alarms",
        "alerts_before_labels",
        "alerts",
    ),
    gives="report",
    back_to="collect_data",
    stages=("Production Model & Monitoring",),
)
def monitor_model(
    champion: Champion | None = from_run(find_champion),
    flights: pd.DataFrame | None = None,
    month: int | None = None,
    probabilities: Array | None = None,
    workspace: Path = from_run(),
) -> dict[str, Any]:
    """Compare live flights with those that the champion was validated on, and raise alerts.

    Flights that do not fit the schema are an alert, and what can be scored of them is scored.

    Args:
        champion: the model that answered.
        flights: live flights, with their outcome where it is known; left out, those that the users
            asked about, or all that were delivered if a month is given.
        month: which month of them to look at, 1 to 12; left out, all of them.
        probabilities: what the service really answered, one number a flight looked at, NaN where
            it did not; left out, the champion is asked again.
        workspace: holds the snapshot that the champion was trained on.

    Raises:
        TwoTracksError: there is no champion, that month has no flights, or there is not one answer
            a flight.
    """
    if champion is None:
        raise TwoTracksError("there is no champion to monitor", fix="Deploy a model first.")
    if flights is None:
        world = current_world()
        flights = world.live if month is None else world.flights
    rows = flights if month is None else _of_month(flights, month)
    if rows.empty:
        raise TwoTracksError(
            "there are no flights" if month is None else f"there are no flights in month {month}",
            fix="Give a month of the flights that were passed, 1 to 12.",
        )
    model, snapshot = champion.model, read_dataset(workspace, champion.model.dataset)
    seen = live.inputs(rows, snapshot.rows, model.features)
    said = live.answers(model, seen) if probabilities is None else _one_each(probabilities, rows)
    digest = keep_predictions(workspace, seen.assign(late=live.outcomes(rows), probability=said))
    artifact(predictions_path(workspace, digest))
    report = _report(read_predictions(workspace, digest), model, snapshot, live.misfit(rows))
    evidence(
        version=champion.version,
        predictions=digest,
        answers="the champion's" if probabilities is None else "the service's",
        **report,
    )
    return report


@monitor_model.recompute
def _(workspace: Path, left: Mapping[str, Any]) -> dict[str, Any]:
    model = _registry(workspace).load(left["version"])
    snapshot = read_dataset(workspace, model.dataset)
    scored = read_predictions(workspace, left["predictions"])
    # What the service once answered cannot be asked again; what its flights were is kept.
    if left["answers"] == "the champion's":
        seen = live.inputs(scored, snapshot.rows, model.features)
        scored = scored.assign(probability=live.answers(model, seen))
    return {
        "version": left["version"],
        "predictions": digest_of(scored),
        "answers": left["answers"],
        **_report(scored, model, snapshot, left["misfit"]),
    }


def _of_month(flights: pd.DataFrame, month: int) -> pd.DataFrame:
    if "month" not in flights:
        raise TwoTracksError("the flights have no month", fix="Leave the month out.")
    return flights[flights["month"] == month]


def _one_each(probabilities: Array, rows: pd.DataFrame) -> Array:
    if len(probabilities) != len(rows):
        raise TwoTracksError(
            f"{len(probabilities)} answers for {len(rows)} flights",
            fix="Give one a flight, NaN where there was none.",
        )
    return probabilities.astype("float64").round(6)


def _report(
    scored: pd.DataFrame, model: models.Model, snapshot: Dataset, misfit: str | None
) -> dict[str, Any]:
    """The report on flights as they were kept, against the champion's own validation."""
    seen = live.inputs(scored, snapshot.rows, model.features)
    rows = snapshot.validation()
    reference = rows.assign(late=is_late(rows).astype(float), probability=model.predict(rows))
    return report_on(
        seen.assign(late=scored["late"], probability=scored["probability"]),
        reference,
        snapshot.training(),
        model.base_rate,
        features=model.features,
        misfit=misfit,
    )
