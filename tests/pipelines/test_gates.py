"""Every gate: a case that passes, one that it refuses, and one on the edge."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from twotracks import TwoTracksError
from twotracks.pipelines.gates.validation import (
    better_than_base_rate,
    better_than_champion,
    no_airport_worse,
    score,
)
from twotracks.pipelines.statistics import Estimate

GOOD, BAD = Estimate(0.02, 0.01, 0.03), Estimate(-0.02, -0.03, -0.01)
EDGE, UNSURE = Estimate(0.01, 0.0, 0.02), Estimate(0.0, -0.01, 0.01)


@pytest.mark.parametrize(
    ("improvement", "passed"), [(GOOD, True), (EDGE, False), (UNSURE, False), (BAD, False)]
)
def test_the_whole_interval_must_be_better(improvement: Estimate, passed: bool) -> None:  # noqa: FBT001
    assert better_than_base_rate(improvement).passed is passed
    assert better_than_champion(improvement).passed is passed


def test_without_a_champion_there_is_nothing_to_beat() -> None:
    assert better_than_champion(None).passed


def test_an_airport_refuses_only_beyond_its_own_interval() -> None:
    rows = {"EWR": 100, "JFK": 100}
    assert no_airport_worse({"EWR": GOOD, "JFK": UNSURE}, rows).passed
    assert no_airport_worse({"EWR": GOOD, "JFK": Estimate(-0.01, -0.02, 0.0)}, rows).passed
    refused = no_airport_worse({"EWR": GOOD, "JFK": BAD}, rows)
    assert not refused.passed
    assert refused.because == "JFK Brier score better by -0.020 (-0.030 to -0.010)"


def test_an_airport_with_too_few_rows_refuses() -> None:
    few = predictions()
    few = pd.concat([few[few["origin"] != "LGA"], few[few["origin"] == "LGA"].head(1)])
    for frame, message in ((few, "LGA has 1 rows"), (few[few["origin"] != "LGA"], "LGA has 0")):
        gate = score(frame, 0.3, ["EWR", "JFK", "LGA"]).gates()[2]
        assert not gate.passed
        assert message in gate.because
    assert score(few, 0.3).to_json()["airports"]["LGA"] == {"n": 1}


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
            "probability": said,
            "champion": 0.3 + 0.5 * (truth - 0.3),
        }
    )


def verdicts(frame: pd.DataFrame) -> list[bool]:
    return [gate.passed for gate in score(frame, base_rate=0.3).gates()]


def test_scored_predictions_go_through_the_gates() -> None:
    assert verdicts(predictions()) == [True, True, True]
    assert verdicts(predictions(skill=0)) == [False, False, True]
    assert verdicts(predictions(skill=0.5)) == [True, False, True]
    assert verdicts(predictions(bad_airport="LGA"))[2] is False


def test_a_model_compared_with_itself_is_not_promoted() -> None:
    same = predictions().assign(champion=lambda frame: frame["probability"])
    assert verdicts(same) == [True, False, True]


def test_scores_have_n_and_intervals() -> None:
    scores = score(predictions(), base_rate=0.3).to_json()
    assert scores["n"] == 2000
    assert sum(airport["n"] for airport in scores["airports"].values()) == 2000
    assert scores["brier"]["low"] < scores["brier"]["value"] < scores["brier"]["high"]


def test_rows_that_cannot_be_scored_are_an_error_not_a_pass() -> None:
    with pytest.raises(TwoTracksError, match="0 rows cannot be scored"):
        score(predictions().head(0), 0.3)
    with pytest.raises(TwoTracksError, match="late and flights that were not"):
        score(predictions().assign(late=0), 0.3)
    with pytest.raises(TwoTracksError, match="no probability"):
        score(predictions().assign(probability=float("nan")), 0.3)
