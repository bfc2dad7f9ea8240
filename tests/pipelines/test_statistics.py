"""The figures against scikit-learn and scipy, and their intervals against what they promise."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from sklearn.metrics import brier_score_loss, roc_auc_score

from twotracks import TwoTracksError
from twotracks.pipelines.statistics import Bootstrap, psi, squared_error, wilson

rng = np.random.default_rng(0)


@given(st.integers(2, 60), st.integers(0, 1000), st.booleans())
def test_auc_is_scikit_learns_ties_included(n: int, seed: int, ties: bool) -> None:  # noqa: FBT001
    random = np.random.default_rng(seed)
    late = random.random(n) < 0.4
    late[0], late[1] = True, False
    said = np.round(random.random(n), 1 if ties else 6)
    assert Bootstrap(n, draws=200).auc(late, said).value == pytest.approx(roc_auc_score(late, said))


def test_the_brier_score_is_scikit_learns() -> None:
    late, said = rng.random(500) < 0.3, rng.random(500)
    assert squared_error(late, said).mean() == pytest.approx(brier_score_loss(late, said))


def test_the_interval_of_a_mean_is_scipys() -> None:
    values = rng.normal(size=800)
    ours = Bootstrap(800).mean(values)
    theirs = stats.bootstrap((values,), np.mean, method="percentile", rng=0).confidence_interval
    assert ours.value == pytest.approx(values.mean())
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=0.006)


def test_the_interval_of_the_auc_is_scipys() -> None:
    late = rng.random(400) < 0.3
    said = rng.random(400) + 0.3 * late
    ours = Bootstrap(400).auc(late, said)
    theirs = stats.bootstrap(
        (late, said),
        roc_auc_score,
        paired=True,
        vectorized=False,
        n_resamples=1500,
        method="percentile",
        rng=0,
    ).confidence_interval
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=0.006)


def test_an_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    truth, inside = 0.3, 0
    for seed in range(200):
        sample = np.random.default_rng(seed).random(300) < truth
        interval = Bootstrap(300, draws=500).mean(sample)
        inside += interval.low <= truth <= interval.high
    # With 95% coverage, fewer than 181 of 200 happens once in a thousand times.
    assert inside >= stats.binom.ppf(0.001, 200, 0.95)


def test_what_has_no_interval_says_so() -> None:
    with pytest.raises(TwoTracksError, match="1 rows are too few"):
        Bootstrap(1)
    with pytest.raises(TwoTracksError, match="late and flights that were not"):
        Bootstrap(3).auc(np.array([True] * 3), np.array([0.1, 0.2, 0.3]))


def test_psi_of_the_same_rows_is_zero_and_grows_with_the_shift() -> None:
    before = pd.Series(rng.normal(size=5000))
    shifts = [psi(before, before + shift) for shift in (0, 0.2, 0.5, 1, 2)]
    assert shifts[0] == 0
    assert shifts == sorted(shifts)


def test_psi_by_hand() -> None:
    before = pd.Series(["a"] * 6 + ["b"] * 4)
    after = pd.Series(["a"] * 3 + ["b"] * 7)
    expected = (0.3 - 0.6) * np.log(0.3 / 0.6) + (0.7 - 0.4) * np.log(0.7 / 0.4)
    assert psi(before, after) == pytest.approx(expected)


def test_psi_sees_missing_values_and_new_categories() -> None:
    numbers = pd.Series(rng.normal(size=1000))
    assert psi(numbers, numbers.where(numbers > 0)) > 1
    assert psi(pd.Series(["a"] * 100), pd.Series(["a"] * 80 + ["b"] * 20)) > 0.25
    with pytest.raises(TwoTracksError, match="no rows"):
        psi(numbers, numbers.head(0))


def test_psi_of_two_draws_from_one_month_is_small() -> None:
    draws = [np.random.default_rng(seed).normal(size=2000) for seed in range(2)]
    assert psi(pd.Series(draws[0]), pd.Series(draws[1])) < 0.03


@given(st.integers(1, 500), st.floats(0, 1), st.sampled_from([0.8, 0.95, 0.995]))
def test_the_interval_of_a_share_is_wilsons_formula(n: int, share: float, level: float) -> None:
    count = round(share * n)
    found, z = wilson(count, n, level), stats.norm.ppf((1 + level) / 2)
    middle = (count + z**2 / 2) / (n + z**2)
    reach = z / (n + z**2) * np.sqrt(count * (n - count) / n + z**2 / 4)
    assert found.value == count / n
    assert (found.low, found.high) == pytest.approx((middle - reach, middle + reach), abs=1e-9)


def test_a_share_of_nothing_has_no_interval() -> None:
    for count, n in ((0, 0), (3, 2), (-1, 2)):
        with pytest.raises(TwoTracksError, match="are no share"):
            wilson(count, n)
