"""Is there enough to judge by, and is the model worth having?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy import stats

from twotracks.pipelines.gates.baseline import FEWEST, better_than_base_rate, enough_to_judge
from twotracks.pipelines.statistics import Bootstrap, Estimate

if TYPE_CHECKING:
    from tests.pipelines.gates.conftest import March


@pytest.mark.parametrize(
    ("improvement", "passed"),
    [
        (Estimate(0.02, 0.01, 0.03), True),
        (Estimate(0.01, 0.0, 0.02), False),
        (Estimate(0.0, -0.01, 0.01), False),
        (Estimate(-0.02, -0.03, -0.01), False),
    ],
)
def test_the_whole_interval_must_be_better(improvement: Estimate, passed: bool) -> None:  # noqa: FBT001
    assert better_than_base_rate(improvement, 1000).passed is passed


def test_too_few_flights_refuse() -> None:
    good = Estimate(0.02, 0.01, 0.03)
    assert better_than_base_rate(good, FEWEST).passed
    refused = better_than_base_rate(good, FEWEST - 1)
    assert refused.decision == "refuse"
    assert refused.because == "29 flights are too few to judge"


@pytest.mark.parametrize(
    ("late", "because"),
    [
        ([True, False] * 15, "30 flights with both outcomes"),
        ([True, False] * 14, "28 flights are too few, 30 are the fewest"),
        ([False] * 100, "all flights have the same outcome"),
        ([True], "1 flights are too few, 30 are the fewest and all flights have the same outcome"),
        ([], "0 flights are too few, 30 are the fewest"),
    ],
)
def test_enough_to_judge(late: list[bool], because: str) -> None:
    verdict = enough_to_judge(np.array(late, dtype=bool))
    assert verdict.because == because
    assert verdict.passed is ("both outcomes" in because)


def test_a_model_without_skill_rarely_passes(march: March) -> None:
    """Each flight's gain gets a random sign, so that there is none to find."""
    rng, draws, n = np.random.default_rng(0), Bootstrap(1082, draws=500), 400
    gain = march.gain[:1082]
    passed = sum(
        better_than_base_rate(draws.mean(gain * rng.choice([-1, 1], 1082)), 1082).passed
        for _ in range(n)
    )
    assert passed <= stats.binom.ppf(0.999, n, 0.025)


def test_the_clean_model_passes_on_other_flights_of_the_same_days(march: March) -> None:
    rng, draws = np.random.default_rng(0), Bootstrap(1082)
    picks = [rng.choice(len(march.gain), 1082, replace=False) for _ in range(100)]
    passed = sum(better_than_base_rate(draws.mean(march.gain[p]), 1082).passed for p in picks)
    assert passed >= 97
