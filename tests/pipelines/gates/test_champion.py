"""Promote, refuse or undecided: no coin flip, and it says what would decide."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy import stats

from twotracks import TwoTracksError
from twotracks.pipelines import flights, model
from twotracks.pipelines.gates.champion import Comparison, better_than_champion, compare_losses
from twotracks.pipelines.statistics import Bootstrap, Estimate, squared_error

if TYPE_CHECKING:
    from tests.pipelines.gates.conftest import March

rng = np.random.default_rng(0)


def comparison(low: float, high: float, n: int = 1000, needed: int | None = 5000) -> Comparison:
    return Comparison(n, Estimate((low + high) / 2, low, high), 0, 0, needed)


@pytest.mark.parametrize(
    ("low", "high", "decision"),
    [
        (0.01, 0.03, "pass"),
        (0.0, 0.02, "undecided"),
        (-0.01, 0.01, "undecided"),
        (-0.02, 0.0, "undecided"),
        (-0.03, -0.01, "refuse"),
    ],
)
def test_the_whole_interval_decides(low: float, high: float, decision: str) -> None:
    assert better_than_champion(comparison(low, high)).decision == decision


def test_undecided_says_what_would_decide() -> None:
    verdict = better_than_champion(comparison(-0.01, 0.03))
    assert verdict.because == (
        "Brier score better by 0.010 (95% interval -0.010 to 0.030, n = 1,000); "
        "about 5,000 labelled flights would decide"
    )
    nothing = better_than_champion(comparison(-0.01, 0.01, needed=None))
    assert "no number of flights would decide" in nothing.because


def test_without_a_champion_there_is_nothing_to_beat() -> None:
    assert better_than_champion(None).passed


def test_the_champion_itself_passes() -> None:
    same = compare_losses(np.ones(100), np.ones(100))
    assert (same.decision, same.needed, same.sign_test) == ("undecided", None, 1.0)
    verdict = better_than_champion(same, is_champion=True)
    assert verdict.passed
    assert verdict.because == "it is the champion: the digests are the same"


def test_too_few_flights_refuse() -> None:
    assert better_than_champion(comparison(0.01, 0.03, n=30)).passed
    verdict = better_than_champion(comparison(0.01, 0.03, n=29))
    assert (verdict.decision, verdict.because) == ("refuse", "29 flights are too few to judge")


def test_losses_of_other_rows_cannot_be_compared() -> None:
    for lost in ([0.1], [0.1, float("nan")], [[0.1, 0.2]]):
        with pytest.raises(TwoTracksError, match="do not belong to the same rows"):
            compare_losses(np.array(lost), np.array([0.1, 0.2]))
    with pytest.raises(TwoTracksError, match="1 rows are too few"):
        compare_losses([0.1], [0.2])


def test_discordant_pairs_are_mcnemars() -> None:
    candidate = np.array([0] * 23 + [1] * 2 + [0] * 500 + [1] * 15)
    champion = np.array([1] * 23 + [0] * 2 + [0] * 500 + [1] * 15)
    found = compare_losses(candidate, champion)
    assert (found.better, found.worse, found.decision) == (23, 2, "pass")
    assert found.improvement.value == pytest.approx(21 / 540)
    assert found.sign_test == pytest.approx(stats.binomtest(2, 25).pvalue)
    assert found.sign_test < 0.001


def test_the_paired_interval_is_scipys() -> None:
    before = rng.random(600)
    after = before + rng.normal(-0.01, 0.1, 600)
    ours = compare_losses(after, before).improvement
    theirs = stats.bootstrap((before - after,), np.mean, method="percentile", rng=0)
    interval = theirs.confidence_interval
    assert (ours.low, ours.high) == pytest.approx((interval.low, interval.high), abs=0.001)


def test_with_the_rows_needed_it_is_decided_four_times_of_five() -> None:
    gain = rng.normal(0.02, 0.3, 500)
    needed = compare_losses(np.zeros(500), gain).needed
    assert needed is not None
    assert needed == math.ceil(((1.96 + 0.8416) * gain.std(ddof=1) / gain.mean()) ** 2)
    again = rng.normal(gain.mean(), gain.std(ddof=1), (2000, needed))
    z = again.mean(axis=1) / (again.std(axis=1, ddof=1) / np.sqrt(needed))
    assert np.mean(np.abs(z) > 1.96) == pytest.approx(0.8, abs=0.04)


def test_two_models_that_are_as_good_are_rarely_told_apart(march: March) -> None:
    """Candidate and champion change places at random, flight by flight."""
    sample = march.training.sample(2000, random_state=0)
    other = model.fit(sample, flights.is_late(sample), "snapshot")
    rows = march.predictions.head(1082)
    late = rows["late"].to_numpy()
    gain = squared_error(late, rows["probability"].to_numpy())
    gain = gain - squared_error(late, other.predict(march.unseen.head(1082)))
    draws, n, zero = Bootstrap(1082, draws=500), 400, np.zeros(1082)
    decided = [
        compare_losses(zero, gain * rng.choice([-1, 1], 1082), draws).decision for _ in range(n)
    ]
    for decision in ("pass", "refuse"):
        assert decided.count(decision) <= stats.binom.ppf(0.999, n, 0.025)


def test_training_again_on_a_resample_is_no_coin_flip(march: March) -> None:
    """A candidate that differs by chance alone is hardly ever promoted."""
    draws, n, promoted = Bootstrap(1082, draws=500), 16, 0
    for seed in range(n):
        rows = march.training.sample(frac=1, replace=True, random_state=seed)
        candidate = model.fit(rows, flights.is_late(rows), "snapshot")
        drawn = march.draw(np.random.default_rng(seed))
        late = drawn["late"].to_numpy()
        lost = squared_error(late, candidate.predict(march.unseen.loc[drawn.index]))
        before = squared_error(late, drawn["probability"].to_numpy())
        promoted += compare_losses(lost, before, draws).decision == "pass"
    assert promoted <= stats.binom.ppf(0.999, n, 0.025)
