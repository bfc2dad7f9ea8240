"""Stored predictions through every gate."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from twotracks import TwoTracksError
from twotracks.pipelines import flights, model
from twotracks.pipelines.gates.refusal import decisions, let_through
from twotracks.pipelines.gates.validation import predictions_of, score
from twotracks.pipelines.gates.verdict import Verdict
from twotracks.record import GateRefused

if TYPE_CHECKING:
    from tests.pipelines.gates.conftest import March

GATES = {
    "better than the base rate": "pass",
    "better than the champion": "pass",
    "no slice worse than the base rate": "pass",
    "no slice worse than the champion": "pass",
    "predicted rate near the observed": "pass",
    "not over-confident": "pass",
}


def predictions(n: int = 2000, *, skill: float = 1.0, bad_airport: str = "") -> pd.DataFrame:
    """Flights whose true probability is known, and a model that knows `skill` of it."""
    rng = np.random.default_rng(1)
    truth = rng.uniform(0, 0.6, n)
    origin = rng.choice(["EWR", "JFK", "LGA"], n)
    said = 0.3 + skill * (truth - 0.3)
    said = np.where(origin == bad_airport, 1 - said, said)
    return pd.DataFrame(
        {
            "late": (rng.random(n) < truth).astype(int),
            "origin": origin,
            "carrier": rng.choice(["AA", "B6"], n),
            "probability": said,
            "champion": 0.3 + 0.5 * (truth - 0.3),
        }
    )


def decided(frame: pd.DataFrame) -> dict[str, str]:
    return {**decisions(score(frame, base_rate=0.3).gates())}


def test_scored_predictions_go_through_the_gates() -> None:
    assert decided(predictions()) == GATES
    assert decided(predictions().drop(columns="champion")) == GATES
    undecided = GATES | {"better than the champion": "undecided"}
    assert decided(predictions(skill=0.5)) == undecided
    bad = decided(predictions(bad_airport="LGA"))
    assert bad["no slice worse than the base rate"] == "refuse"
    assert bad["no slice worse than the champion"] == "refuse"
    useless = decided(predictions(skill=0))
    assert useless["better than the base rate"] == "refuse"
    assert useless["not over-confident"] == "refuse"


def test_better_overall_and_worse_for_one_airport_is_refused(march: March) -> None:
    """The champion saw 60 flights; the candidate saw all, and was told that none at LGA is late."""
    few = march.training.sample(60, random_state=1)
    champion = model.fit(few, flights.is_late(few), "snapshot")
    told = flights.is_late(march.training) & (march.training["origin"] != "LGA")
    candidate = model.fit(march.training, told, "snapshot")
    found = score(predictions_of(march.unseen, candidate, champion), candidate.base_rate)
    decided = decisions(found.gates())
    assert decided["better than the champion"] == "pass"
    assert decided["no slice worse than the champion"] == "refuse"
    because = found.gates()[3].because
    assert "airport LGA worse by " in because
    assert "EWR" not in because


def test_the_champion_again_passes(march: March) -> None:
    frame = predictions_of(march.unseen.head(500), march.model, march.model)
    assert score(frame, march.model.base_rate, is_champion=True).gates()[1].passed
    assert score(frame, march.model.base_rate).gates()[1].decision == "undecided"


def test_scores_have_n_and_intervals() -> None:
    scores = score(predictions(), base_rate=0.3, airports=["SWF"]).to_json()
    assert scores["n"] == 2000
    assert sum(airport["n"] for airport in scores["airports"].values()) == 2000
    assert scores["airports"]["SWF"] == {"n": 0}
    assert scores["brier"]["low"] < scores["brier"]["value"] < scores["brier"]["high"]
    assert scores["slices"]["carrier B6"]["n"] + scores["slices"]["carrier AA"]["n"] == 2000
    assert scores["slices"]["level"] == 0.99
    assert set(scores["calibration"]) == {"gap", "slope"}
    assert scores["comparison"]["decision"] == "pass"


def test_rows_that_cannot_be_scored_are_an_error_not_a_pass() -> None:
    with pytest.raises(TwoTracksError, match="0 rows cannot be scored"):
        score(predictions().head(0), 0.3)
    with pytest.raises(TwoTracksError, match="late and flights that were not"):
        score(predictions().assign(late=0), 0.3)
    with pytest.raises(TwoTracksError, match="no probability"):
        score(predictions().assign(probability=float("nan")), 0.3)


def test_every_gate_that_does_not_pass_is_told() -> None:
    passed = Verdict("first", "pass", "it is fine")
    let_through([passed], fix="")
    with pytest.raises(GateRefused) as caught:
        let_through(
            [passed, Verdict("second", "refuse", "no"), Verdict("third", "undecided", "who knows")],
            fix="Wait.",
        )
    assert caught.value.what == "second: refused, no; third: undecided, who knows"
    assert caught.value.fix == "Wait."
