"""The ML track: five steps that ship what the service answers with."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from twotracks.errors import TwoTracksError
from twotracks.pipelines import flights as flight_data
from twotracks.pipelines import model as models
from twotracks.pipelines.files import write_atomically
from twotracks.pipelines.flights import FEATURES, NUMBERS, is_late, until
from twotracks.pipelines.gates import Scores, score
from twotracks.pipelines.registry import CHAMPION, Registry
from twotracks.pipelines.schema import check
from twotracks.pipelines.releases import current_release
from twotracks.pipelines.service import current_service, start
from twotracks.pipelines.statistics import Bootstrap, Estimate, psi, squared_error
from twotracks.record import GateRefused, NotFound, artifact, evidence, from_run, step

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from twotracks.pipelines.service import Service

PROCESS = "ML CI/CD"
COLLECTED_UNTIL = (3, 31)
"""The last month and day that are collected."""
TRAINED_UNTIL = (3, 15)
"""The last month and day that are trained on; later rows validate."""
MONITORED_MONTH = 7
PSI_LIMIT = 0.25
"""A convention (Siddiqi 2006), not a law: a feature above it has clearly moved."""


@dataclass(frozen=True)
class Dataset:
    """A snapshot of flights, named after its content."""

    rows: pd.DataFrame
    digest: str

    def training(self) -> pd.DataFrame:
        """The rows up to `TRAINED_UNTIL`."""
        return until(self.rows, *TRAINED_UNTIL)

    def validation(self) -> pd.DataFrame:
        """The rows that training does not see."""
        return self.rows.drop(self.training().index)


@dataclass(frozen=True)
class Candidate:
    """A trained model in a folder of the workspace."""

    model: models.Model
    folder: Path


@dataclass(frozen=True)
class Validation:
    """A candidate that every gate let through."""

    candidate: Candidate
    scores: Scores
    dataset: Dataset


@dataclass(frozen=True)
class Champion:
    """The version that answers."""

    version: str
    model: models.Model


# Where things lie in the workspace.


def _snapshot(workspace: Path, digest: str) -> Path:
    return workspace / "data" / f"{digest[:16]}.csv"


def _candidate(workspace: Path, digest: str) -> Path:
    return workspace / "models" / digest[:16]


def _predictions(workspace: Path, name: str) -> Path:
    return workspace / "predictions" / f"{name}.csv"


def _pointer(workspace: Path, kind: str) -> Path:
    return workspace / "latest" / kind


def _latest(workspace: Path, kind: str) -> str:
    try:
        return _pointer(workspace, kind).read_text(encoding="ascii").strip()
    except FileNotFoundError:
        raise NotFound(
            f"the workspace has no {kind}",
            where=str(workspace),
            fix="Run the step that makes it first.",
        ) from None


def read_dataset(workspace: Path, digest: str) -> Dataset:
    """Read a snapshot of the workspace.

    Raises:
        TwoTracksError: it is missing, or its content is not the one that it is named after.
    """
    path = _snapshot(workspace, digest)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise TwoTracksError(
            f"cannot read the snapshot: {error.strerror}",
            where=str(path),
            fix="Collect the data again.",
        ) from error
    if hashlib.sha256(content).hexdigest() != digest:
        raise TwoTracksError(
            "the snapshot is not what was collected", where=str(path), fix="Collect the data again."
        )
    return Dataset(pd.read_csv(io.BytesIO(content)), digest)


def find_dataset(workspace: Path) -> Dataset:
    """The snapshot that was collected last; `NotFound` if there is none."""
    return read_dataset(workspace, _latest(workspace, "dataset"))


def find_candidate(workspace: Path) -> Candidate:
    """The model that was trained last; `NotFound` if there is none."""
    folder = _candidate(workspace, _latest(workspace, "candidate"))
    return Candidate(models.load(folder), folder)


def find_champion(workspace: Path) -> Champion | None:
    """The champion in the workspace's registry, or None."""
    registry = Registry(workspace / "registry")
    version = registry.version_of(CHAMPION)
    return Champion(version, registry.load(version)) if version else None


@step(
    process=PROCESS,
    focus="Gather data",
    outcome="Prepare dataset",
    sets=("Data", "Collected"),
    evidence=("rows", "columns", "digest", "checks"),
    gives="dataset",
    gate=True,
    stages=("Start: Code Commit", PROCESS, "Data Collection -> Model Training"),
    triggers=("a commit", "new data", "a schedule", "a falling metric"),
)
def collect_data(flights: pd.DataFrame | None = None, workspace: Path = from_run()) -> Dataset:
    """Take the flights up to 31 March, check them, and keep a snapshot named after its content.

    Args:
        flights: flights with the columns of the data card; left out, the packaged sample.
        workspace: the folder to keep the snapshot in.

    Raises:
        GateRefused: the flights do not fit the schema; nothing is kept.
        TwoTracksError: the packaged sample is missing or damaged.
    """
    source = flight_data.load() if flights is None else flights
    checks = check(source)
    rows = until(source, *COLLECTED_UNTIL)
    content = rows.to_csv(index=False, lineterminator="\n").encode()
    digest = hashlib.sha256(content).hexdigest()
    path = write_atomically(_snapshot(workspace, digest), content)
    write_atomically(_pointer(workspace, "dataset"), digest.encode())
    artifact(path)
    evidence(rows=len(rows), columns=len(rows.columns), digest=digest, checks=checks)
    # Read back, so that later steps work on what is kept.
    return read_dataset(workspace, digest)


@collect_data.recompute
def _(workspace: Path, left: Mapping[str, Any]) -> dict[str, Any]:
    rows = read_dataset(workspace, left["digest"]).rows
    content = _snapshot(workspace, left["digest"]).read_bytes()
    return {
        "rows": len(rows),
        "columns": len(rows.columns),
        "checks": check(rows),
        "digest": hashlib.sha256(content).hexdigest(),
    }


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
    training = dataset.training()
    model = models.fit(training, is_late(training), dataset.digest)
    folder = _candidate(workspace, model.digest)
    artifact(models.save(model, folder))
    write_atomically(_pointer(workspace, "candidate"), model.digest.encode())
    evidence(rows=model.rows, parameters=_parameters(model), digest=model.digest)
    return Candidate(model, folder)


@train_model.recompute
def _(workspace: Path, left: Mapping[str, Any]) -> dict[str, Any]:
    model = models.load(_candidate(workspace, left["digest"]))
    return {
        "rows": len(read_dataset(workspace, model.dataset).training()),
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
    evidence=("scores", "gates"),
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
        GateRefused: a gate says no; the message has its figures.
        TwoTracksError: there is nothing to score.
    """
    rows = dataset.validation()
    predictions = pd.DataFrame(
        {
            "late": is_late(rows).astype(int),
            "origin": rows["origin"],
            "probability": candidate.model.predict(rows),
        }
    )
    if champion is not None:
        predictions["champion"] = champion.model.predict(rows)
    path = _write_predictions(workspace, "validation", predictions)
    artifact(path)
    scores = score(predictions, candidate.model.base_rate)
    evidence(scores=scores.to_json(), gates={g.name: g.passed for g in scores.gates()})
    refusals = [gate for gate in scores.gates() if not gate.passed]
    if refusals:
        raise GateRefused(
            "; ".join(f"not {g.name}: {g.because}" for g in refusals),
            fix="The champion stays. Look at the scores before you train again.",
        )
    return Validation(candidate, scores, dataset)


@validate_model.recompute
def _(workspace: Path, left: Mapping[str, Any]) -> dict[str, Any]:
    del left
    predictions = pd.read_csv(_predictions(workspace, "validation"))
    scores = score(predictions, find_candidate(workspace).model.base_rate)
    return {"scores": scores.to_json(), "gates": {g.name: g.passed for g in scores.gates()}}


def _write_predictions(workspace: Path, name: str, predictions: pd.DataFrame) -> Path:
    content = predictions.to_csv(index=False, lineterminator="\n").encode()
    return write_atomically(_predictions(workspace, name), content)


@step(
    process=PROCESS,
    focus="Deploy model",
    outcome="Release model to production",
    sets=("Model", "Deployed"),
    evidence=("version", "digest", "reply"),
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

    The service must answer a real request with this version, and with the probability that the
    model itself gives. If not, the alias goes back to where it was.

    Raises:
        GateRefused: the service answers with another version or another probability.
        TwoTracksError: the model's file is not the one that was validated.
    """
    registry = Registry(workspace / "registry")
    before = registry.version_of(CHAMPION)
    version = registry.register(validation.candidate.folder)
    registry.point(CHAMPION, version)
    try:
        reply = _ask(service, validation.dataset)
        expected = validation.candidate.model.predict(_asked(validation.dataset))[0]
        _check_reply(reply, version, float(expected))
    except TwoTracksError:
        registry.point(CHAMPION, before)
        raise
    artifact(registry.path(version) / models.MODEL_FILE)
    evidence(version=version, digest=validation.candidate.model.digest, reply=reply)
    return Champion(version, validation.candidate.model)


@deploy_model.recompute
def _(workspace: Path, left: Mapping[str, Any]) -> dict[str, Any]:
    model = Registry(workspace / "registry").load(left["version"])
    # A process of its own, so that a service that is running is not disturbed.
    service = start(workspace, current_release(workspace))
    try:
        reply = _ask(service, read_dataset(workspace, model.dataset))
    finally:
        service.stop()
    return {"version": reply.get("model"), "digest": model.digest, "reply": reply}


def _asked(dataset: Dataset) -> pd.DataFrame:
    """The flight that the service is asked about: the first one after the training period."""
    return dataset.validation().head(1)


def request_for(flight: pd.Series) -> dict[str, Any]:
    """A row of the sample as the raw fields that the service takes."""
    departure = pd.Timestamp(2013, flight["month"], flight["day"], flight["hour"], flight["minute"])
    fields: dict[str, Any] = {
        "departure": departure.isoformat(),
        "carrier": flight["carrier"],
        "origin": flight["origin"],
    }
    weather = [name for name in NUMBERS if name != "hour"]
    return fields | {
        name: None if pd.isna(flight[name]) else float(flight[name]) for name in weather
    }


def _ask(service: Service, dataset: Dataset) -> dict[str, Any]:
    """The service's answer about one flight, its status with it."""
    reply = service.predict(request_for(_asked(dataset).iloc[0]))
    body = dict(reply.body)
    if isinstance(body.get("probability"), float):
        body["probability"] = round(body["probability"], 6)
    return {"status": reply.status, **body}


def _check_reply(reply: Mapping[str, Any], version: str, expected: float) -> None:
    if reply.get("model") != version:
        raise GateRefused(
            f"the service does not answer with model version {version}: {reply}",
            fix="The alias is back where it was. Look at the reason in the reply.",
        )
    if not np.isclose(reply["probability"], expected, atol=2e-6, rtol=0):
        raise GateRefused(
            f"the service says {reply['probability']:.3f} where the model says {expected:.3f}",
            fix="The service computes a feature otherwise than training did.",
        )


@step(
    process=PROCESS,
    focus="Monitor performance",
    outcome="Detect model drift",
    sets=("Model", "Monitored"),
    evidence=(
        "month",
        "rows",
        "late_rate",
        "predicted_rate",
        "gap",
        "auc",
        "brier",
        "brier_base",
        "better_than_base",
        "psi",
        "alerts",
    ),
    gives="report",
    back_to="collect_data",
    stages=("Production Model & Monitoring",),
)
def monitor_model(
    champion: Champion | None = from_run(find_champion),
    flights: pd.DataFrame | None = None,
    month: int = MONITORED_MONTH,
    workspace: Path = from_run(),
) -> dict[str, Any]:
    """Score a later month's flights, compare them with training, and raise what alerts there are.

    Args:
        champion: the model that answered.
        flights: flights whose outcome is known; left out, the packaged sample.
        month: which month of them to look at, 1 to 12.
        workspace: holds the snapshot that the champion was trained on.

    Raises:
        TwoTracksError: there is no champion, or that month has no flights.
    """
    if champion is None:
        raise TwoTracksError("there is no champion to monitor", fix="Deploy a model first.")
    source = flight_data.load() if flights is None else flights
    rows = source[source["month"] == month]
    if rows.empty:
        raise TwoTracksError(
            f"there are no flights in month {month}",
            fix="Give a month of the flights that were passed, 1 to 12.",
        )
    scored = rows[list(FEATURES)].assign(
        late=is_late(rows).astype(int), probability=champion.model.predict(rows)
    )
    artifact(_write_predictions(workspace, f"month-{month:02d}", scored))
    report = _report(month, scored, champion.model, workspace)
    evidence(**report)
    return report


@monitor_model.recompute
def _(workspace: Path, left: Mapping[str, Any]) -> dict[str, Any]:
    champion = find_champion(workspace)
    if champion is None:
        raise NotFound("the registry has no champion", where=str(workspace))
    scored = pd.read_csv(_predictions(workspace, f"month-{left['month']:02d}"))
    return _report(left["month"], scored, champion.model, workspace)


def _report(
    month: int, scored: pd.DataFrame, model: models.Model, workspace: Path
) -> dict[str, Any]:
    """What monitoring says of n scored flights: the evidence of `monitor_model`."""
    late, probability = scored["late"].to_numpy(), scored["probability"].to_numpy()
    draws = Bootstrap(len(scored))
    loss, base_loss = squared_error(late, probability), squared_error(late, model.base_rate)
    better = draws.mean(base_loss - loss)
    gap = draws.mean(probability - late)
    training = read_dataset(workspace, model.dataset).training()
    moved = {name: round(psi(training[name], scored[name]), 6) for name in FEATURES}
    return {
        "month": month,
        "rows": len(scored),
        "late_rate": draws.mean(late).to_json(),
        "predicted_rate": round(probability.mean(), 6),
        "gap": gap.to_json(),
        "auc": draws.auc(late, probability).to_json(),
        "brier": draws.mean(loss).to_json(),
        "brier_base": round(float(base_loss.mean()), 6),
        "better_than_base": better.to_json(),
        "psi": moved,
        "alerts": _alerts(better, gap, moved),
    }


def _alerts(better: Estimate, gap: Estimate, moved: Mapping[str, float]) -> list[str]:
    """What somebody should look at, one sentence each."""
    alerts = []
    if better.high < 0:
        alerts.append("the Brier score is worse than the base rate's")
    if gap.low > 0 or gap.high < 0:
        alerts.append(f"the predicted late rate is too {'high' if gap.low > 0 else 'low'}")
    names = [name for name, value in moved.items() if value > PSI_LIMIT]
    if names:
        alerts.append(f"inputs moved (PSI above {PSI_LIMIT}): {', '.join(names)}")
    return alerts
