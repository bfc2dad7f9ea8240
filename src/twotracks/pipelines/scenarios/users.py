"""The users of the service: all of them ask, and how good their answers were is measured.

The measure is the improvement over the base rate: how much lower the squared error of an answer is
than that of always saying how often flights were late in training (Brier 1950). What the users of
the clean run got is kept as the reference.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from twotracks.errors import TwoTracksError
from twotracks.pipelines.files import read_json, write_json
from twotracks.pipelines.lineage import keep_predictions, predictions_path, read_predictions
from twotracks.pipelines.parity import requests_for
from twotracks.pipelines.releases import make_current, release_folder
from twotracks.pipelines.replies import Answer
from twotracks.pipelines.service import Service, current_service, running_service
from twotracks.pipelines.statistics import Array, Estimate, resamples, squared_error
from twotracks.pipelines.world import current_world
from twotracks.record import artifact, evidence, from_run, step

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

PROCESS = "Production"
WHO = ["month", "day", "hour", "minute", "flight", "origin", "dest"]
"""What tells one flight from another."""
FEWEST = 100
"""The fewest flights of a carrier or an airport that are looked at on their own."""


@dataclass(frozen=True)
class Harm:
    """How much worse the users' answers were than those of the clean run."""

    brier: Estimate
    """The Brier score of n answers; the base rate stands for an answer that did not come."""
    worse_by: Estimate
    """The fall of the improvement over the base rate, a flight."""
    slice: str
    """The carrier or airport that was hit most, beyond its own interval; empty if none was."""
    slice_worse_by: Estimate | None

    @property
    def hurt(self) -> bool:
        """Whether all users together, or those of one carrier or airport, were surely worse off."""
        return self.worse_by.low > 0 or self.slice_worse_by is not None


def ask_all(service: Service | None, live: pd.DataFrame) -> tuple[Answer, ...]:
    """Ask the service about every live flight; one that does not run answers nobody."""
    if service is None:
        return (Answer(0, None, None, "the service does not run"),) * len(live)
    return service.predict_many(requests_for(live))


def probabilities(answers: Sequence[Answer]) -> Array:
    """What was answered, shape (n,); NaN where no answer came."""
    return np.array(
        [np.nan if each.probability is None else each.probability for each in answers],
        dtype=np.float64,
    )


def measure(answered: pd.DataFrame, clean: pd.DataFrame, base_rate: float) -> Harm:
    """Compare what users got with what those of the clean run got.

    The same flights are compared one by one, others as two samples. Slices are compared only one
    by one: carriers and airports with `FEWEST` flights or more, with normal intervals whose level
    is corrected for their number (Bonferroni).

    Args:
        answered: n flights with the columns `WHO`, `carrier`, `late` (the truth) and `probability`,
            NaN where no answer came.
        clean: the same of the clean run.
        base_rate: how often flights were late in training.
    """
    loss = _loss(answered, base_rate)
    gain, before = _gain(answered, base_rate), _gain(clean, base_rate)
    draws = resamples(len(answered))
    brier = draws.mean(loss)
    if not answered[WHO].equals(clean[WHO]):
        return Harm(brier, _two_samples(before, gain), "", None)
    fall = before - gain
    name, worst = _worst_slice(clean, fall)
    return Harm(brier, draws.mean(fall), name, worst)


def _loss(answered: pd.DataFrame, base_rate: float) -> Array:
    return squared_error(
        answered["late"].to_numpy(), answered["probability"].fillna(base_rate).to_numpy()
    )


def _gain(answered: pd.DataFrame, base_rate: float) -> Array:
    late = answered["late"].to_numpy()
    gain: Array = np.asarray(squared_error(late, base_rate) - _loss(answered, base_rate))
    return gain


def _two_samples(before: Array, after: Array) -> Estimate:
    """The difference of two independent means, with its bootstrap interval."""
    one, other = resamples(len(before)), resamples(len(after), seed=1)
    differences = one.counts @ before / len(before) - other.counts @ after / len(after)
    low, high = np.quantile(differences, [0.025, 0.975])
    return Estimate(float(before.mean() - after.mean()), float(low), float(high))


def _worst_slice(flights: pd.DataFrame, fall: Array) -> tuple[str, Estimate | None]:
    parts = {
        f"{column} {value}": fall[(flights[column] == value).to_numpy()]
        for column in ("origin", "carrier")
        for value in sorted(set(flights[column]))
    }
    parts = {name: part for name, part in parts.items() if len(part) >= FEWEST}
    wide = NormalDist().inv_cdf(1 - 0.025 / max(len(parts), 1))
    found = {}
    for name, part in parts.items():
        half = wide * float(part.std(ddof=1)) / np.sqrt(len(part))
        value = float(part.mean())
        found[name] = Estimate(value, value - half, value + half)
    hit = {name: estimate for name, estimate in found.items() if estimate.low > 0}
    if not hit:
        return "", None
    name = max(hit, key=lambda each: hit[each].value)
    return name, hit[name]


@step(
    process=PROCESS,
    focus="Answer the users",
    outcome="The users have their answers",
    evidence=("asked", "unanswered", "release", "answers", "brier", "worse_by", "hurt"),
    gives="answers",
    stages=(PROCESS,),
)
def serve_users(
    service: Service | None = from_run(current_service), workspace: Path = from_run()
) -> tuple[Answer, ...]:
    """Answer all that the users ask, over HTTP, and measure how good the answers were.

    Args:
        service: what answers; None is a service that does not run.
        workspace: where the answers are kept. The first that are kept there are the reference.

    Raises:
        TwoTracksError: there are no users, or the service does not answer at all.
    """
    world = current_world()
    answers = ask_all(service, world.live)
    answered = pd.DataFrame(
        {
            **{name: world.live[name].to_numpy() for name in [*WHO, "carrier"]},
            "late": world.late.to_numpy().astype(int),
            "probability": probabilities(answers),
        }
    )
    digest = keep_predictions(workspace, answered)
    artifact(predictions_path(workspace, digest))
    if not _reference(workspace).exists():
        raise TwoTracksError(
            "nothing says what the users of the clean run got",
            where=str(workspace),
            fix="Call keep_reference() after the clean run.",
        )
    evidence(release=service.release if service else None, **_facts(workspace, digest))
    return answers


@serve_users.recompute
def _(workspace: Path, left: Mapping[str, Any]) -> dict[str, Any]:
    return {"release": left["release"], **_facts(workspace, left["answers"])}


def _facts(workspace: Path, digest: str) -> dict[str, Any]:
    answered = read_predictions(workspace, digest)
    kept = read_json(_reference(workspace))
    harm = measure(answered, read_predictions(workspace, kept["answers"]), kept["base_rate"])
    slice_worse_by = harm.slice_worse_by
    return {
        "asked": len(answered),
        "unanswered": int(answered["probability"].isna().sum()),
        "answers": digest,
        "brier": harm.brier.to_json(),
        "worse_by": harm.worse_by.to_json(),
        "slice": harm.slice or None,
        "slice_worse_by": slice_worse_by.to_json() if slice_worse_by else None,
        "hurt": harm.hurt,
    }


def _reference(workspace: Path) -> Path:
    return workspace / "users" / "reference.json"


def keep_reference(workspace: Path, flights: pd.DataFrame, late: pd.Series, model: Any) -> None:
    """Keep what a model says of the users' flights as what later answers are measured against."""
    answered = pd.DataFrame(
        {
            **{name: flights[name].to_numpy() for name in [*WHO, "carrier"]},
            "late": late.to_numpy().astype(int),
            "probability": model.predict(flights),
        }
    )
    digest = keep_predictions(workspace, answered)
    write_json(_reference(workspace), {"answers": digest, "base_rate": model.base_rate})


@step(
    process=PROCESS,
    focus="Undo the release",
    outcome="The last good release serves again",
    evidence=("serves",),
    gives="service",
    stages=(PROCESS,),
)
def roll_back(release: str, workspace: Path = from_run()) -> Service:
    """Put an earlier release back in charge, and stop the one that serves.

    Raises:
        TwoTracksError: there is no such release, or it does not start.
    """
    release_folder(workspace, release)
    running = running_service(workspace)
    make_current(workspace, release)
    service = current_service(workspace)
    if running is not None:
        running.stop()
    evidence(serves=service.release)
    return service


@roll_back.recompute
def _(workspace: Path, left: Mapping[str, Any]) -> dict[str, Any]:
    release_folder(workspace, left["serves"])
    return {"serves": left["serves"]}
