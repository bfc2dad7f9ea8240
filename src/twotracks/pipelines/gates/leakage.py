"""Does training know what it should not? Rows on both sides of the split, and telling features."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype
from scipy import stats

from twotracks.pipelines.gates.two_samples import FEWEST, surely_above
from twotracks.pipelines.gates.verdict import Verdict, verdict
from twotracks.pipelines.statistics import Estimate

if TYPE_CHECKING:
    from collections.abc import Iterable

    from twotracks.pipelines.statistics import Array

LEVEL = 0.01
AUC_LIMIT = 0.8
"""A single feature above this is taken for a leak.

Hosmer, Lemeshow and Sturdivant (2013, Applied Logistic Regression, chapter 5) call a whole model's
0.8 excellent. On the sample the best single feature known before departure has 0.58; the departure
delay, which is known only after, has 0.89.
"""
STRADDLING_SHARE = 0.001
"""The share of validation rows that may also be training rows. In the sample none are."""
FOLDS = 5


def no_row_on_both_sides(
    training: pd.DataFrame, validation: pd.DataFrame, level: float = LEVEL
) -> Verdict:
    """Refuse rows that are validated on and, but for their date, were trained on.

    A model is then asked what it was told. Exact copies are the schema's business; these have
    another date, so that they are on the other side of the split.

    Statistic: the share of validation rows that equal a training row in every column but `month`
    and `day`; refused if it is above `STRADDLING_SHARE` by a one-sided binomial test. Assumes
    independent rows. Source: Kapoor and Narayanan 2023, Patterns 4, leakage type L1.4.
    """
    name = "no row is on both sides of the split"
    columns = [column for column in validation if column not in ("month", "day")]
    # Hashed, because missing values must count as equal.
    known = pd.util.hash_pandas_object(training[columns], index=False)
    twice = int(pd.util.hash_pandas_object(validation[columns], index=False).isin(known).sum())
    n = len(validation)
    because = f"{twice:,} of {n:,} validation rows are training rows with another date"
    return verdict(name, because, passed=not surely_above(twice, n, STRADDLING_SHARE, level))


def no_feature_knows_the_answer(
    rows: pd.DataFrame, late: pd.Series, features: Iterable[str], level: float = LEVEL
) -> Verdict:
    """Refuse a feature that alone tells late flights from others better than is credible.

    Statistic, by feature: the area under the ROC curve of its values (numbers), or of the late
    rate of its category in the other folds (categories; out of fold, because a category's own rows
    would know their own answer). A feature with missing values is also judged by where they are.
    AUC and 1 - AUC count alike. Refused if the lower end of a one-sided interval is above
    `AUC_LIMIT`, at `level` over the number of features (Bonferroni). The interval is DeLong,
    DeLong and Clarke-Pearson's (1988, Biometrics 44), which assumes independent rows.

    It cannot see a leak that several features share out between them.

    Args:
        rows: n flights with the columns that `features` names.
        late: the target, n booleans.
        features: the columns that a model is to use.
        level: the family-wise level.
    """
    name = "no feature knows the answer"
    features = [*features]
    target = late.to_numpy(dtype=bool)
    if min(target.sum(), (~target).sum()) < FEWEST:
        because = (
            f"{target.sum()} of {len(target)} flights were late, and each outcome needs {FEWEST}"
        )
        return verdict(name, because, passed=False)
    found, best = [], Estimate(0.5, 0.5, 0.5)
    best_name = ""
    for feature in features:
        area = _strongest(rows[feature], target, level / max(1, len(features)))
        if area.low > AUC_LIMIT:
            found.append(f"{feature} alone has AUC {_text(area)}")
        if area.value > best.value:
            best, best_name = area, feature
    if found:
        because = f"{'; '.join(found)}; above {AUC_LIMIT} a feature is taken for a leak"
        return verdict(name, because, passed=False)
    strongest = (
        f"the strongest is {best_name}, AUC {_text(best)}" if best_name else "none is strong"
    )
    return verdict(name, f"of {len(features)} features {strongest}", passed=True)


def _text(area: Estimate) -> str:
    return f"{area.value:.3f} (at least {area.low:.3f})"


def _strongest(values: pd.Series, late: Array, level: float) -> Estimate:
    """The largest AUC that one feature has, turned so that it is 0.5 or more."""
    if not is_numeric_dtype(values):
        return single_auc(late, out_of_fold_rate(values, late), level)
    numbers = values.to_numpy(dtype=np.float64)
    there = ~np.isnan(numbers)
    areas = [] if there.all() else [single_auc(late, (~there).astype(np.float64), level)]
    if min(late[there].sum(), (~late[there]).sum()) >= FEWEST:
        areas.append(single_auc(late[there], numbers[there], level))
    return max(areas, key=lambda area: area.value, default=Estimate(0.5, 0.5, 0.5))


def single_auc(late: Array, values: Array, level: float = LEVEL) -> Estimate:
    """The AUC of n values, or 1 - AUC if that is larger, with its one-sided lower end.

    Mid-ranks count ties half, so it is Mann and Whitney's statistic; the variance is DeLong's,
    computed from ranks (Sun and Xu 2014, IEEE Signal Processing Letters 21).
    """
    positives, negatives = values[late], values[~late]
    m, n = len(positives), len(negatives)
    ranks = stats.rankdata(values)
    # For each late flight the share of others below it, and the other way round.
    above = (ranks[late] - stats.rankdata(positives)) / n
    below = 1 - (ranks[~late] - stats.rankdata(negatives)) / m
    area = float(above.mean())
    spread = float(np.sqrt(above.var(ddof=1) / m + below.var(ddof=1) / n))
    area = max(area, 1 - area)
    reach = float(stats.norm.isf(level)) * spread
    return Estimate(area, area - reach, min(1.0, area + reach))


def out_of_fold_rate(values: pd.Series, late: Array) -> Array:
    """For each of n rows the late rate of its category among the rows of the other folds.

    A category that the other folds do not have gets their late rate over all. Row i is in fold
    i modulo `FOLDS`. The rate is drawn towards the mean by one row, so that ties are broken by
    how many rows stand behind a rate.
    """
    categories = values.astype(object).where(values.notna(), "missing").astype(str)
    codes = pd.factorize(categories)[0]
    fold = np.arange(len(codes)) % FOLDS
    rates = np.empty(len(codes))
    for part in range(FOLDS):
        out = fold != part
        overall = late[out].mean()
        rows = np.bincount(codes[out], minlength=codes.max() + 1)
        hits = np.bincount(codes[out], weights=late[out], minlength=codes.max() + 1)
        rates[~out] = ((hits + overall) / (rows + 1))[codes[~out]]
    return rates
