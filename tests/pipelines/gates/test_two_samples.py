"""The tests of two samples against scipy, and how often they reject where nothing is true."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from tests.pipelines.gates.rates import most_alarms
from twotracks.pipelines.gates.two_samples import (
    clopper_pearson,
    difference_of_shares,
    more_missing,
    p_value,
    rejected,
    surely_above,
)

rng = np.random.default_rng(0)


def test_numbers_are_compared_as_scipy_does_without_the_missing_ones() -> None:
    old, new = rng.normal(size=300), rng.normal(0.2, size=200)
    theirs = stats.ks_2samp(old, new, method="asymp").pvalue
    ours = p_value(pd.Series([*old, np.nan]), pd.Series([np.nan, *new]))
    assert ours == pytest.approx(theirs)


def test_categories_are_compared_as_scipy_does() -> None:
    old, new = (pd.Series(["a"] * n + ["b"] * m) for n, m in ((60, 40), (90, 110)))
    theirs = stats.chi2_contingency([[60, 40], [90, 110]], correction=False).pvalue
    assert p_value(old, new) == pytest.approx(theirs)


def test_rare_categories_count_as_one() -> None:
    old = pd.Series(["a"] * 90 + ["b"] * 10)
    rare = pd.Series(["a"] * 88 + ["c", "d", "e", "f"] + ["b"] * 8)
    # b has 18 rows in all, 9 on each side; c to f have 4 together.
    theirs = stats.chi2_contingency([[90, 10, 0], [88, 8, 4]], correction=False).pvalue
    assert p_value(old, rare) == pytest.approx(theirs)
    assert p_value(old.replace("b", "a"), old.replace("b", "a")) == 1


def test_too_few_values_have_no_p_value() -> None:
    many = pd.Series(rng.normal(size=100))
    assert np.isnan(p_value(many, many.head(29)))
    assert not np.isnan(p_value(many, many.head(30)))
    assert np.isnan(p_value(many, many * np.nan))


@pytest.mark.parametrize(("before", "after"), [((10, 100), (30, 100)), ((0, 50), (0, 50))])
def test_missing_values_are_fishers_test(before: tuple[int, int], after: tuple[int, int]) -> None:
    old, new = (pd.Series([np.nan] * k + [1.0] * (n - k)) for k, n in (before, after))
    (k, n), (late, m) = before, after
    theirs = stats.fisher_exact(
        np.array([[late, m - late], [k, n - k]]), alternative="greater"
    ).pvalue
    assert more_missing(old, new) == pytest.approx(theirs)


def test_holm_goes_on_only_as_long_as_it_rejects() -> None:
    values = {"a": 0.01, "b": 0.02, "c": 0.3, "d": 0.016}
    # 0.05 / 4 = 0.0125, then 0.05 / 3 = 0.0167, then 0.025, then 0.05.
    assert rejected(values, 0.05) == ["a", "d", "b"]
    assert rejected({**values, "a": 0.013}, 0.05) == []
    assert rejected({"a": 0.05, "gone": float("nan")}, 0.05) == ["a"]
    assert rejected({}, 0.05) == []


def test_holm_is_at_its_level_over_many_columns() -> None:
    alarms = sum(bool(rejected(dict(enumerate(rng.random(20))), 0.05)) for _ in range(400))  # type: ignore[arg-type]
    assert 0 < alarms <= most_alarms(0.05, 400)


def test_a_share_is_surely_above_as_scipys_binomial_test_says() -> None:
    for count in range(12):
        theirs = stats.binomtest(count, 1000, 0.002, alternative="greater").pvalue <= 0.01
        assert surely_above(count, 1000, 0.002, 0.01) is bool(theirs)
        low = stats.beta.ppf(0.01, count, 1000 - count + 1) if count else 0
        assert surely_above(count, 1000, 0.002, 0.01) is bool(low >= 0.002)
    assert not surely_above(0, 0, 0.1, 0.01)
    assert not surely_above(10, 10, 1.0, 0.01)


def test_clopper_pearson_by_hand() -> None:
    low, high = clopper_pearson(0, 100)
    assert low == 0
    assert high == pytest.approx(1 - 0.025 ** (1 / 100))


def test_newcombes_interval_is_the_published_one() -> None:
    """56 of 70 and 48 of 80: 0.0524 to 0.3339 (Newcombe 1998, table II, a, method 10)."""
    found = difference_of_shares((48, 80), (56, 70), 0.05)
    assert found.value == pytest.approx(0.2)
    assert (found.low, found.high) == pytest.approx((0.0524, 0.3339), abs=0.00005)
