"""Are two samples of rows alike? The tests that the gates on data and the drift alarms share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype
from scipy import stats

from twotracks.pipelines.statistics import Estimate, wilson

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from twotracks.pipelines.statistics import Array

FEWEST = 30
"""With fewer values in a sample nothing is said of it: a convention, not a law."""
LEAST_EXPECTED = 5
"""The fewest rows that a cell of a chi-square test may be expected to hold (Cochran 1954)."""


def p_value(before: pd.Series, after: pd.Series) -> float:
    """How likely two samples of one column differ this much by chance alone.

    Numbers: the two-sample Kolmogorov-Smirnov test with its asymptotic distribution. Categories:
    the chi-square test of homogeneity; those of which fewer than `LEAST_EXPECTED` rows are
    expected on a side are counted as one (Cochran 1954, Biometrics 10). Missing values are left
    out: `more_missing` looks at those.

    Assumes that the rows are exchangeable. Flights of one hour share their weather, so between
    different days they are not, and the value is then too small. Ties make it too large.

    Returns:
        The p-value; NaN if either sample has fewer than `FEWEST` values.
    """
    old, new = before.dropna(), after.dropna()
    if min(len(old), len(new)) < FEWEST:
        return float("nan")
    if is_numeric_dtype(old) and is_numeric_dtype(new):
        return float(stats.ks_2samp(old.to_numpy(), new.to_numpy(), method="asymp").pvalue)
    table = _counts(old, new)
    if table.shape[1] == 1:  # one category alone leaves nothing to differ
        return 1.0
    return float(stats.chi2_contingency(table, correction=False).pvalue)


def _counts(old: pd.Series, new: pd.Series) -> Array:
    """Rows by sample and category, shape (2, categories), the rare ones counted as one."""
    counts = pd.concat([sample.astype(str).value_counts() for sample in (old, new)], axis=1).fillna(
        0
    )
    table = counts.sort_index().to_numpy(dtype=np.float64).T
    share = min(len(old), len(new)) / (len(old) + len(new))
    rare = table.sum(axis=0) * share < LEAST_EXPECTED
    if not rare.any():
        return table
    pooled: Array = np.column_stack([table[:, ~rare], table[:, rare].sum(axis=1)])
    return pooled


def p_values(before: pd.DataFrame, after: pd.DataFrame, columns: Iterable[str]) -> dict[str, float]:
    """The p-value of each column."""
    return {name: p_value(before[name], after[name]) for name in columns}


def more_missing(before: pd.Series, after: pd.Series) -> float:
    """The p-value of a larger share of missing values in `after`: Fisher's exact test, one-sided.

    Given how many are missing in both, their number in `after` is hypergeometric if the rows are
    exchangeable (Fisher 1934, Statistical Methods for Research Workers, section 21.02).
    """
    missing = int(after.isna().sum())
    total = missing + int(before.isna().sum())
    if not missing:
        return 1.0
    rows = len(before) + len(after)
    return float(stats.hypergeom.sf(missing - 1, rows, total, len(after)))


def rejected(p_values: Mapping[str, float], level: float) -> list[str]:
    """The hypotheses that Holm's method rejects, smallest p-value first.

    The chance of one rejection or more where nothing is true is at most `level`, however the
    tests depend on each other (Holm 1979, Scandinavian Journal of Statistics 6). A NaN is not a
    test and is not counted.
    """
    ordered = sorted((value, name) for name, value in p_values.items() if not np.isnan(value))
    names: list[str] = []
    for rank, (value, name) in enumerate(ordered):
        if value > level / (len(ordered) - rank):
            break
        names.append(name)
    return names


def surely_above(count: int, n: int, limit: float, level: float) -> bool:
    """Whether a share is above a limit by more than chance: the one-sided binomial test.

    The same as: the lower end of the Clopper-Pearson interval lies above the limit (Clopper and
    Pearson 1934, Biometrika 26). Assumes n independent cases.
    """
    return n > 0 and float(stats.binom.sf(count - 1, n, limit)) <= level


def clopper_pearson(count: int, n: int, level: float = 0.95) -> tuple[float, float]:
    """The exact interval of a share of n independent cases (Clopper and Pearson 1934)."""
    interval = stats.binomtest(count, n).proportion_ci(level, method="exact")
    return float(interval.low), float(interval.high)


def difference_of_shares(before: tuple[int, int], after: tuple[int, int], level: float) -> Estimate:
    """How much larger a share has become, with its interval at 1 - `level`.

    Args:
        before: how many, of how many rows.
        after: the same later.
        level: the share of such intervals that miss the true difference.

    Returns:
        Newcombe's interval from two Wilson intervals (1998, Statistics in Medicine 17, method 10).
        Assumes independent rows.
    """
    old, new = (wilson(*part, 1 - level) for part in (before, after))
    change = new.value - old.value
    return Estimate(
        change,
        change - float(np.hypot(new.value - new.low, old.high - old.value)),
        change + float(np.hypot(new.high - new.value, old.value - old.low)),
    )
