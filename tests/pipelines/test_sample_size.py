"""The sizes against published figures, against exact sums, and against simulation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy import stats

from twotracks import TwoTracksError
from twotracks.pipelines.sample_size import (
    labelled_for_mean,
    labelled_per_arm,
    requests_to_see,
    seen_within,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from twotracks.pipelines.statistics import Array

Z = stats.norm.ppf(0.975)


def seen(right: Array, other: Array, n: int) -> Array:
    """Whether the test of two shares, its variance not pooled, sees a difference."""
    p, q = right / n, other / n
    spread = np.sqrt((p * (1 - p) + q * (1 - q)) / n)
    result: Array = np.abs(p - q) > Z * spread
    return result


@pytest.mark.parametrize(("after", "n"), [(0.5, 12), (0.9, 432), (0.93, 2_210), (0.94, 8_156)])
def test_the_sizes_that_the_note_has(after: float, n: int) -> None:
    assert labelled_per_arm(0.95, after) == labelled_per_arm(after, 0.95) == n


@pytest.mark.parametrize(("after", "power"), [(0.5, 0.847), (0.9, 0.808)])
def test_the_power_is_as_exact_sums_say(after: float, power: float) -> None:
    n = labelled_per_arm(0.95, after)
    k = np.arange(n + 1)
    chances = np.outer(stats.binom.pmf(k, n, 0.95), stats.binom.pmf(k, n, after))
    assert (chances * seen(k[:, None], k[None, :], n)).sum() == pytest.approx(power, abs=0.001)


@pytest.mark.parametrize(
    ("before", "after", "promised"), [(0.95, 0.94, 0.8), (0.95, 0.93, 0.8), (0.95, 0.95, 0.05)]
)
def test_simulated_canaries_see_it_as_often_as_promised(
    before: float, after: float, promised: float
) -> None:
    n = labelled_per_arm(0.95, min(after, 0.94))
    rng, draws = np.random.default_rng(0), 4_000
    found = seen(rng.binomial(n, before, draws), rng.binomial(n, after, draws), n).sum()
    low, high = stats.binom.interval(0.999, draws, promised)
    assert low <= found <= high


def test_crashes_show_soon() -> None:
    assert requests_to_see(0.2, 0.95) == 14
    assert seen_within(0.2, 14) == pytest.approx(0.956, abs=0.0005)
    assert seen_within(0.2, 13) < 0.95 < seen_within(0.2, 14)
    assert seen_within(0.0, 100) == 0.0


def test_half_of_the_requests_fail_at_once() -> None:
    assert requests_to_see(0.5, 0.5) == 1
    assert requests_to_see(0.5, 0.75) == 2


def test_crashes_show_as_often_as_simulated() -> None:
    rng, draws = np.random.default_rng(1), 4_000
    found = (rng.random((draws, 14)) < 0.2).any(axis=1).sum()
    low, high = stats.binom.interval(0.999, draws, seen_within(0.2, 14))
    assert low <= found <= high


def test_a_mean_difference_is_seen_as_often_as_promised() -> None:
    difference, spread = 0.01, 0.12
    n = labelled_for_mean(difference, spread)
    assert n == 1_131  # ((1.96 + 0.8416) 0.12 / 0.01)^2 = 1130.2
    rng, draws = np.random.default_rng(2), 4_000
    means = rng.normal(difference, spread / np.sqrt(n), draws)
    found = (np.abs(means) > Z * spread / np.sqrt(n)).sum()
    low, high = stats.binom.interval(0.999, draws, 0.8)
    assert low <= found <= high


def test_half_the_difference_needs_four_times_as_many() -> None:
    assert labelled_for_mean(0.005, 0.12) == pytest.approx(4 * labelled_for_mean(0.01, 0.12), abs=4)
    assert labelled_for_mean(-0.01, 0.12) == labelled_for_mean(0.01, 0.12)


@pytest.mark.parametrize(
    ("ask", "what"),
    [
        (lambda: labelled_per_arm(0.9, 0.9), "a difference of 0"),
        (lambda: labelled_per_arm(1.1, 0.9), "before is 1.1"),
        (lambda: labelled_per_arm(0.9, float("nan")), "after is nan"),
        (lambda: labelled_per_arm(0.9, 0.8, power=1), "power of 1"),
        (lambda: labelled_per_arm(0.9, 0.8, level=0), "level of 0"),
        (lambda: labelled_for_mean(0, 1), "a difference of 0"),
        (lambda: labelled_for_mean(float("nan"), 1), "a difference of nan"),
        (lambda: labelled_for_mean(1, -1), "a spread of -1"),
        (lambda: requests_to_see(0), "rate of 0"),
        (lambda: requests_to_see(0.2, 1), "probability of 1"),
        (lambda: seen_within(0.2, -1), "-1 requests"),
        (lambda: seen_within(2, 1), "rate is 2"),
    ],
)
def test_what_has_no_answer_is_said(ask: Callable[[], object], what: str) -> None:
    with pytest.raises(TwoTracksError, match=what):
        ask()
