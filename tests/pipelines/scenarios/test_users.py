"""The measure of harm: what it sees, what it does not, and what stands for a missing answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from twotracks import TwoTracksError, record, verify
from twotracks.pipelines.replies import Answer
from twotracks.pipelines.scenarios import scenario
from twotracks.pipelines.scenarios.users import (
    FEWEST,
    ask_all,
    keep_reference,
    measure,
    probabilities,
    roll_back,
    serve_users,
)
from twotracks.pipelines.world import current_world

if TYPE_CHECKING:
    from pathlib import Path

BASE_RATE = 0.3
N = 2_000


def answered(*, seed: int = 0, hour: int = 12) -> pd.DataFrame:
    """Flights of two carriers whose true probability is what was answered."""
    rng = np.random.default_rng(seed)
    probability = rng.uniform(0, 0.6, N)
    return pd.DataFrame(
        {
            "month": 3,
            "day": 16,
            "hour": hour,
            "minute": 0,
            "flight": np.arange(N),
            "origin": "JFK",
            "dest": "BOS",
            "carrier": np.where(np.arange(N) < N // 10, "AA", "B6"),
            "late": (rng.random(N) < probability).astype(int),
            "probability": probability,
        }
    )


def test_the_same_answers_are_not_worse() -> None:
    harm = measure(answered(), answered(), BASE_RATE)
    assert harm.worse_by.to_json() == {"value": 0.0, "low": 0.0, "high": 0.0}
    assert not harm.hurt


def test_answers_the_wrong_way_round_hurt() -> None:
    wrong = answered().assign(probability=lambda rows: 0.6 - rows["probability"])
    harm = measure(wrong, answered(), BASE_RATE)
    assert harm.hurt
    assert harm.worse_by.low > 0.05


def test_the_fall_of_the_same_flights_is_the_paired_difference_of_their_brier_scores() -> None:
    clean = answered()
    worse = clean.assign(probability=np.clip(clean["probability"] + 0.1, 0, 1))
    loss = (worse["probability"] - worse["late"]) ** 2 - (clean["probability"] - clean["late"]) ** 2
    harm = measure(worse, clean, BASE_RATE)
    assert harm.worse_by.value == pytest.approx(loss.mean())
    normal = stats.norm.interval(0.95, loss.mean(), stats.sem(loss))
    assert harm.worse_by.low == pytest.approx(normal[0], abs=0.001)
    assert harm.worse_by.high == pytest.approx(normal[1], abs=0.001)


def test_an_answer_that_does_not_come_counts_as_the_base_rate() -> None:
    silent = measure(answered().assign(probability=np.nan), answered(), BASE_RATE)
    always = measure(answered().assign(probability=BASE_RATE), answered(), BASE_RATE)
    assert silent == always
    assert silent.hurt


def test_one_carrier_can_be_hurt_where_the_average_is_not() -> None:
    clean = answered()
    few = clean["carrier"] == "AA"
    for_one = clean["probability"].where(~few, 0.0)
    for_all = for_one.where(few, clean["late"] * 0.2 + clean["probability"] * 0.8)
    harm = measure(clean.assign(probability=for_all), clean, BASE_RATE)
    assert harm.worse_by.high < 0
    assert (harm.slice, harm.hurt) == ("carrier AA", True)


def test_a_small_carrier_is_not_judged_on_its_own() -> None:
    clean = answered()
    clean.loc[: FEWEST - 2, "carrier"] = "ZZ"
    tiny = clean["carrier"] == "ZZ"
    wrong = clean.assign(probability=clean["probability"].where(~tiny, 1 - clean["late"]))
    assert "ZZ" not in measure(wrong, clean, BASE_RATE).slice


def test_other_flights_are_compared_as_two_samples() -> None:
    harm = measure(answered(seed=1, hour=13), answered(), BASE_RATE)
    assert not harm.hurt
    assert harm.slice == ""
    assert harm.worse_by.low < 0 < harm.worse_by.high


def test_two_samples_without_a_difference_seldom_look_hurt() -> None:
    """2.5 in 100 by design; with 60 draws, 6 or more would come once in 200 times."""
    hurt = [
        measure(answered(seed=seed, hour=13), answered(seed=1_000 + seed), BASE_RATE).hurt
        for seed in range(60)
    ]
    assert sum(hurt) <= stats.binom.ppf(0.995, 60, 0.025)


def test_a_service_that_does_not_run_answers_nobody(tmp_path: Path) -> None:
    with scenario("no-change"), record(workspace=tmp_path) as run:
        world = current_world()
        model = world.fit(
            world.flights.head(3_000), world.flights["arr_delay"].head(3_000) > 15, ""
        )
        keep_reference(tmp_path, world.live, world.late, model)
        serve_users(None)
        assert (
            ask_all(None, world.live.head(2))
            == (Answer(0, None, None, "the service does not run"),) * 2
        )
    served = run.step("serve_users").evidence
    assert (served["asked"], served["unanswered"], served["release"]) == (3_000, 3_000, None)
    assert "serve_users.worse_by" in verify(run, tmp_path)


def test_without_a_reference_nothing_can_be_measured(tmp_path: Path) -> None:
    with (
        scenario("no-change"),
        record(workspace=tmp_path, on_failure="keep") as run,
    ):
        serve_users(None)
    assert "nothing says what the users of the clean run got" in run.steps[0].reason


def test_probabilities_are_nan_where_no_answer_came() -> None:
    found = probabilities([Answer(200, 0.25, "1"), Answer(503, None, None, "no champion")])
    assert found[0] == 0.25
    assert np.isnan(found[1])


def test_a_rollback_to_no_release_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(TwoTracksError, match="there is no release"):
        roll_back("1.0.0-none", workspace=tmp_path)
    assert not (tmp_path / "current").is_symlink()
