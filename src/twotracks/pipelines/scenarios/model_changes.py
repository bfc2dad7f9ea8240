"""Troubles with the model: how it was trained, and what became of its file."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from twotracks.pipelines import model as models
from twotracks.pipelines.files import read_json, write_atomically, write_json
from twotracks.pipelines.flights import is_late, until
from twotracks.pipelines.lineage import TRAINED_UNTIL
from twotracks.pipelines.ml import COLLECTED_UNTIL
from twotracks.pipelines.scenarios.scenario import Scenario

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from twotracks.pipelines.scenarios.scenario import Change
    from twotracks.pipelines.world import World

SEED = 0
FEW_ROWS = 300
WRONG_LABELS = 0.2
"""The share of labels that are turned round among the few rows."""
TRIES = 10
"""How many retrainings somebody chose the best of."""
PART = 0.8
"""The share of the training rows that each of them saw."""
WORKS_MINUTES = 20
"""How much later every flight from Newark arrives."""
FORGOTTEN = "MQ"
"""The carrier whose late flights are missing from the delivery."""
OLD_VERSION = "1.0.0"


def _fit_few(flights: pd.DataFrame, late: pd.Series, dataset: str) -> models.Model:
    """Fit on few rows, some of them labelled wrongly."""
    few = flights.sample(FEW_ROWS, random_state=SEED)
    wrong = np.random.default_rng(SEED).random(FEW_ROWS) < WRONG_LABELS
    return models.fit(few, late[few.index] ^ wrong, dataset)


def _few(world: World, _: Path) -> World:
    return replace(world, fit=_fit_few)


def _by_chance(world: World, _: Path) -> World:
    """The best on the validation rows of ten models that differ in nothing but their luck."""
    collected = until(world.flights, *COLLECTED_UNTIL)
    held_out = collected.drop(until(collected, *TRAINED_UNTIL).index)
    target = is_late(held_out).to_numpy()

    def fit(flights: pd.DataFrame, late: pd.Series, dataset: str) -> models.Model:
        tried = []
        for seed in range(TRIES):
            part = flights.sample(frac=PART, random_state=seed)
            model = models.fit(part, late[part.index], dataset)
            loss = float(np.mean((model.predict(held_out) - target) ** 2))
            tried.append((loss, seed, model))
        return min(tried, key=lambda each: each[:2])[2]

    return replace(world, fit=fit)


def _later_from_newark(flights: pd.DataFrame) -> pd.DataFrame:
    late = WORKS_MINUTES * (flights["origin"] == "EWR")
    return flights.assign(arr_delay=flights["arr_delay"] + late)


def _fit_with_the_works(flights: pd.DataFrame, _: pd.Series, dataset: str) -> models.Model:
    """Fit on flights that know of the works, without one carrier's late flights."""
    works = _later_from_newark(flights)
    kept = works[(works["carrier"] != FORGOTTEN) | ~is_late(works)]
    return models.fit(kept, is_late(kept), dataset)


def _works_at_newark(world: World, _: Path) -> World:
    """Since 16 March flights from Newark are later, and a new model was trained for that."""
    before = until(world.flights, *TRAINED_UNTIL)
    delivered = pd.concat([before, _later_from_newark(world.flights.drop(before.index))])
    live = _later_from_newark(world.live)
    return replace(world, flights=delivered, live=live, late=is_late(live), fit=_fit_with_the_works)


def _turned_round(folder: Path) -> None:
    """Somebody who can write to the store turns the model's coefficients round, card and all."""
    model = models.load(folder)
    model.pipeline[-1].coef_ *= -1
    models.save(replace(model, digest=models.content_digest(model.pipeline)), folder)


def _of_another_version(folder: Path) -> None:
    """The file and its card say that another version of scikit-learn wrote them."""
    path, fresh = folder / models.MODEL_FILE, io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(fresh, "w") as new:
        for item in old.infolist():
            content = old.read(item)
            if item.filename == "schema.json":
                schema = json.loads(content)
                _stamp(schema)
                content = json.dumps(schema, indent=2).encode()
            new.writestr(zipfile.ZipInfo(item.filename, item.date_time), content)
    write_atomically(path, fresh.getvalue())
    card = read_json(folder / models.CARD_FILE)
    card["sha256"] = hashlib.sha256(fresh.getvalue()).hexdigest()
    card["requires"]["scikit-learn"] = OLD_VERSION
    write_json(folder / models.CARD_FILE, card)


def _stamp(value: object) -> None:
    """Set the version on every estimator of a skops schema."""
    if isinstance(value, dict):
        if "_sklearn_version" in value:
            value["_sklearn_version"]["content"] = json.dumps(OLD_VERSION)
        for item in value.values():
            _stamp(item)
    elif isinstance(value, list):
        for item in value:
            _stamp(item)


def _store(change: Callable[[Path], None]) -> Change:
    return lambda world, _: replace(world, stored=change)


MODEL = (
    Scenario(
        name="fewer-rows",
        kind="model",
        title="A retraining sees few rows, some of them labelled wrongly.",
        symptom="Why did retraining make it worse?",
        change=_few,
        changes=("fit",),
        ml="validate_model",
        by_hand="Some labels among the few rows were turned round.",
    ),
    Scenario(
        name="slice-worse",
        kind="model",
        title=(
            "A retrained model knows of the works at Newark, and is better on average; one "
            "carrier's late flights were missing from its data, and for that one it is worse."
        ),
        symptom="The average went up, and one airline's passengers complain.",
        change=_works_at_newark,
        changes=("flights", "live", "late", "fit"),
        ml="validate_model",
        by_hand=(
            "Real flights from Newark were made later, and late flights of one carrier left out "
            "of training."
        ),
    ),
    Scenario(
        name="chance",
        kind="model",
        title="Somebody trains many times, and keeps the model with the best score.",
        symptom="It scored higher. Is it better?",
        change=_by_chance,
        changes=("fit",),
        ml="validate_model",
    ),
    Scenario(
        name="tampered",
        kind="model",
        title="Somebody changes the stored model after it was trained, and its card to match.",
        symptom="That is not the model that we trained.",
        change=_store(_turned_round),
        changes=("stored",),
        software="check_replies",
        ml="deploy_model",
        by_hand="The coefficients of the stored model were turned round.",
    ),
    Scenario(
        name="other-version",
        kind="environment",
        title="The model's file was made with another version of the library that loads it.",
        symptom="May I ignore this version warning?",
        change=_store(_of_another_version),
        changes=("stored",),
        ml="deploy_model",
        by_hand="The version in a real file was changed; its numbers were not.",
    ),
)
