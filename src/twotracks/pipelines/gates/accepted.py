"""Is a delivery like the snapshot that was accepted before it? Gates that compare the two.

A first delivery has nothing to be compared with: these gates then say so and pass. What they can
judge on days that both cover they judge there, because another day is another season.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from twotracks.pipelines.flights import CATEGORIES, FEATURES
from twotracks.pipelines.gates.two_samples import (
    FEWEST,
    more_missing,
    p_values,
    rejected,
    surely_above,
)
from twotracks.pipelines.gates.verdict import Verdict, verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

LEVEL = 0.01
"""The chance that one of these gates refuses a delivery where nothing but chance differs."""
COMPARED = (*FEATURES, "dest", "dep_delay", "arr_delay")
"""The columns that are compared with the accepted snapshot."""
MOST_MISSING = 0.5
"""A column with more missing values than this is refused, whatever came before: a convention."""
ALLOWANCE = 0.1
"""By how much a share of missing values may grow on new days. From month to month of 2013 that of
`pressure` moves between 5% and 20%, so less would refuse ordinary months."""
NEW_SHARE = 0.005
"""The share of rows that may have categories never seen. In 2013 the only carrier that is new
after March has at most 0.05% of a month's flights."""
NOTHING_ACCEPTED = "no snapshot was accepted before, so there is nothing to compare with"


def shared_days(
    rows: pd.DataFrame, accepted: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """The rows and the accepted rows of the days that both have, and the rows of new days."""
    old, new = (part["month"] * 100 + part["day"] for part in (accepted, rows))
    seen = new.isin(old)
    return rows[seen], accepted[old.isin(new)], rows[~seen]


def values_are_complete(
    rows: pd.DataFrame,
    accepted: pd.DataFrame | None,
    columns: Iterable[str] = COMPARED,
    level: float = LEVEL,
) -> Verdict:
    """Refuse a burst of missing values, which a schema that allows missing values lets through.

    Statistic, by column: on the days that both samples have, Fisher's exact test, one-sided, with
    Holm's correction for the number of columns (`two_samples`); it assumes that the rows of the
    same days are exchangeable. On new days, a share that is above the accepted one plus
    `ALLOWANCE` by a one-sided binomial test at `level` over the number of columns; weather is
    missing by the hour, so rows are not independent, and the allowance is what makes up for it.
    In any delivery, a share above `MOST_MISSING`.

    Args:
        rows: the n rows that arrived.
        accepted: the rows of the last accepted snapshot, if there is one.
        columns: those to look at; all are in both.
        level: the family-wise level of the first two parts.
    """
    name = "values are as complete as before"
    columns = [*columns]
    if len(rows) < FEWEST:
        return _too_few(name, len(rows))
    empty = [
        f"{column} is missing in {rows[column].isna().mean():.1%} of {len(rows):,} rows"
        for column in columns
        if rows[column].isna().mean() > MOST_MISSING
    ]
    if empty or accepted is None:
        return verdict(name, listed(empty) or NOTHING_ACCEPTED, passed=not empty)
    again, before, fresh = shared_days(rows, accepted)
    tests = {column: more_missing(before[column], again[column]) for column in columns}
    found = [
        f"{column} is missing in {again[column].isna().mean():.1%} of {len(again):,} rows, "
        f"and was in {before[column].isna().mean():.1%} of {len(before):,} of the same days"
        for column in rejected(tests, level)
    ]
    found += [
        f"{column} is missing in {fresh[column].isna().mean():.1%} of {len(fresh):,} rows of new "
        f"days, and was in {accepted[column].isna().mean():.1%} of {len(accepted):,}"
        for column in columns
        if surely_above(
            int(fresh[column].isna().sum()),
            len(fresh),
            min(1.0, float(accepted[column].isna().mean()) + ALLOWANCE),
            level / len(columns),
        )
    ]
    because = listed(found) or "no column has more missing values than chance explains"
    return verdict(name, because, passed=not found)


def categories_are_known(
    rows: pd.DataFrame,
    accepted: pd.DataFrame | None,
    columns: Iterable[str] = CATEGORIES,
    level: float = LEVEL,
) -> Verdict:
    """Refuse categories that the accepted rows never had and that are more than a few.

    A one-hot encoder that ignores unknown categories answers for them as for nobody, without an
    error. A new carrier with three flights is ordinary; a new code on every tenth flight is not.

    Statistic, by column: the share of rows with a new category; refused if it is above the share
    that may be new by a one-sided binomial test at `level` over the number of columns (Bonferroni).
    That share is `NEW_SHARE`, and what a sample as small as the accepted one does not show although
    it was there: the share of categories seen once (Good 1953, Biometrika 40). Assumes independent
    rows.
    """
    name = "categories are known"
    if accepted is None:
        return verdict(name, NOTHING_ACCEPTED, passed=True)
    if len(rows) < FEWEST:
        return _too_few(name, len(rows))
    columns = [*columns]
    found = []
    for column in columns:
        values = rows[column].dropna()
        seen = accepted[column].value_counts()
        new = values[~values.isin(seen.index)]
        limit = NEW_SHARE + float((seen == 1).sum()) / max(1, len(accepted))
        if surely_above(len(new), len(rows), min(1.0, limit), level / len(columns)):
            found.append(
                f"{column} has {', '.join(sorted(map(str, new.unique()))[:5])} "
                f"in {len(new):,} of {len(rows):,} rows ({len(new) / len(rows):.1%})"
            )
    because = "; ".join(found) or "no column has more new ones than a few"
    return verdict(name, because, passed=not found)


def same_days_look_the_same(
    rows: pd.DataFrame,
    accepted: pd.DataFrame | None,
    columns: Iterable[str] = COMPARED,
    level: float = LEVEL,
) -> Verdict:
    """Refuse a delivery that tells of days already known otherwise than before.

    Statistic, by column: on the days that both cover, the Kolmogorov-Smirnov test for numbers and
    the chi-square test for categories, with Holm's correction for the number of columns
    (`two_samples`). Days that only one of the two has are not compared: another day is another
    season, and that is what monitoring is for.

    Assumes that the two are draws from the same days. Two deliveries of the same rows differ less
    than that, so for them it refuses even more rarely than `level`.
    """
    name = "days seen before look the same"
    if accepted is None:
        return verdict(name, NOTHING_ACCEPTED, passed=True)
    columns = [*columns]
    again, before, _ = shared_days(rows, accepted)
    if again.empty:
        return verdict(name, "the two have no day in common", passed=True)
    if min(len(again), len(before)) < FEWEST:
        return _too_few(name, min(len(again), len(before)))
    tests = p_values(before, again, columns)
    unclear = [column for column, value in tests.items() if pd.isna(value)]
    if unclear:
        because = f"{', '.join(unclear)}: fewer than {FEWEST} values, the fewest to compare"
        return verdict(name, because, passed=False)
    found = [
        f"{column} ({change(before[column], again[column])}, {_p(tests[column])})"
        for column in rejected(tests, level)
    ]
    days = len(again.drop_duplicates(["month", "day"]))
    what = f"{len(found)} of {len(columns)} columns differ" if found else "no column differs"
    because = (
        f"on {days} days that were seen before, {len(before):,} rows then and {len(again):,} now, "
        f"{what}{': ' if found else ''}{listed(found)}"
    )
    return verdict(name, because, passed=not found)


def change(before: pd.Series, after: pd.Series) -> str:
    """How the mean changed, or the category whose share changed most, for a sentence."""
    if pd.api.types.is_numeric_dtype(before):
        return f"mean {before.mean():.4g} before, {after.mean():.4g} now"
    was, now = (values.value_counts(normalize=True) for values in (before, after))
    moved = now.sub(was, fill_value=0).abs().idxmax()
    return f"{moved} {was.get(moved, 0):.1%} before, {now.get(moved, 0):.1%} now"


def _p(value: float) -> str:
    return "p < 0.001" if value < 0.001 else f"p = {value:.3f}"  # noqa: PLR2004 - three decimals


def listed(found: Sequence[str], most: int = 3) -> str:
    """The first few, and how many more there are."""
    more = len(found) - most
    return "; ".join([*found[:most], *([f"and {more} more"] if more > 0 else [])])


def _too_few(name: str, n: int) -> Verdict:
    return verdict(name, f"{n} rows, and {FEWEST} are the fewest to judge by", passed=False)
