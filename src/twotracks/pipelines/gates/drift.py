"""Alarms over live flights, before their outcome is known and after.

The reference is what the champion was validated on: flights that it was not trained on, and what
it said of them. Every alarm is a verdict; one that does not pass is an alert.

All alarms of a report share one false-alarm rate, `FAMILY`: each is asked at `LEVEL`, so that of
the reports on live flights that are like the reference, no more than `FAMILY` raise one
(Bonferroni). It assumes that the rows of both are exchangeable. The hourly weather that flights
share breaks this over real months, where inputs therefore "move" more often than the level says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from pandas.api.types import is_numeric_dtype

from twotracks.pipelines.gates.accepted import categories_are_known, change, listed
from twotracks.pipelines.gates.two_samples import (
    FEWEST,
    difference_of_shares,
    more_missing,
    p_value,
    p_values,
    rejected,
)
from twotracks.pipelines.gates.verdict import Verdict, verdict
from twotracks.pipelines.gates.weather import weather_is_new, weather_is_possible
from twotracks.pipelines.statistics import Array, Estimate, resamples, squared_error

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

FAMILY = 0.05
"""The chance that a report raises an alarm where nothing has changed."""
ALARMS = 10
"""How many alarms there are: six before the outcome is known, and four after."""
LEVEL = FAMILY / ALARMS


def before_labels(
    reference: pd.DataFrame, live: pd.DataFrame, trained: pd.DataFrame, features: Sequence[str]
) -> tuple[Verdict, ...]:
    """The six alarms that need no outcome.

    They cannot see a change of the rule between inputs and outcome (concept drift), nor a change of
    the late rate that leaves the inputs as they were.

    Args:
        reference: validation flights, with `features` and `probability`.
        live: live flights with the same, and the columns of the weather gates.
        trained: the flights that the model was trained on, with the same columns.
        features: the columns that the model takes.
    """
    categories = [name for name in features if not is_numeric_dtype(trained[name])]
    return (
        weather_is_possible(live, LEVEL),
        weather_is_new(live, trained, LEVEL),
        categories_are_known(live, trained, categories, LEVEL),
        values_stay_complete(reference, live, features),
        inputs_stay(reference, live, features),
        answers_stay(reference, live),
    )


def after_labels(
    reference: pd.DataFrame, live: pd.DataFrame, base_rate: float
) -> tuple[Verdict, ...]:
    """The four alarms that need the outcome, or one that says that there are too few outcomes.

    Args:
        reference: validation flights, with `late` and `probability`.
        live: the same of live flights; all their outcomes are known.
        base_rate: the late rate among the flights that the model was trained on.
    """
    n = min(len(live), len(reference))
    if n < FEWEST:
        because = f"{n} flights have an outcome and an answer, and {FEWEST} are the fewest to judge"
        return (verdict("outcomes are known", because, passed=False),)
    return (
        not_worse_than_base_rate(live, base_rate),
        gap_stays(reference, live),
        improvement_stays(reference, live, base_rate),
        late_rate_stays(reference, live),
    )


def values_stay_complete(
    reference: pd.DataFrame, live: pd.DataFrame, features: Sequence[str]
) -> Verdict:
    """Alarm if a column has more missing values than at validation.

    Statistic: Fisher's exact test by column, one-sided, with Holm's correction (`two_samples`).
    """
    tests = {name: more_missing(reference[name], live[name]) for name in features}
    found = [
        f"{name} is missing in {live[name].isna().mean():.1%} of {len(live):,} flights, and was in "
        f"{reference[name].isna().mean():.1%} of {len(reference):,} at validation"
        for name in rejected(tests, LEVEL)
    ]
    because = listed(found) or "no column has more missing values than chance explains"
    return verdict("values are as complete as at validation", because, passed=not found)


def inputs_stay(reference: pd.DataFrame, live: pd.DataFrame, features: Sequence[str]) -> Verdict:
    """Alarm if the distribution of an input is not the one at validation (covariate shift).

    Statistic, by column: the Kolmogorov-Smirnov test for numbers and the chi-square test for
    categories, with Holm's correction for the number of columns (`two_samples`). With many rows it
    finds shifts that do not matter: it is a reason to look, and the PSI says how far. It does not
    see columns that change together, each staying as it was.
    """
    name = "inputs are as at validation"
    tests = p_values(reference, live, features)
    unclear = [column for column, value in tests.items() if np.isnan(value)]
    found = rejected(tests, LEVEL)
    if not found and not unclear:
        return verdict(name, f"none of {len(tests)} columns moved", passed=True)
    parts = [f"{column} ({change(reference[column], live[column])})" for column in found]
    parts += [f"{column} has fewer than {FEWEST} values" for column in unclear]
    head = f"moved ({len(found)} of {len(tests)} columns)" if found else "cannot be compared"
    return verdict(name, f"inputs {head}: {listed(parts)}", passed=False)


def answers_stay(reference: pd.DataFrame, live: pd.DataFrame) -> Verdict:
    """Alarm if the distribution of the probabilities is not the one at validation.

    Statistic: the Kolmogorov-Smirnov test (`two_samples.p_value`).
    """
    name = "answers are as at validation"
    value = p_value(reference["probability"], live["probability"])
    if np.isnan(value):
        because = f"there are fewer than {FEWEST} answers, the fewest to compare"
        return verdict(name, because, passed=False)
    means = (
        f"their mean was {reference['probability'].mean():.3f} at validation, "
        f"and is {live['probability'].mean():.3f}"
    )
    moved = value <= LEVEL
    because = f"the answers {'moved' if moved else 'stayed'}: {means}"
    return verdict(name, because, passed=not moved)


def not_worse_than_base_rate(live: pd.DataFrame, base_rate: float) -> Verdict:
    """Alarm if always saying the base rate would have been better.

    Statistic: the percentile interval at 1 - `LEVEL` of the mean improvement, from resampled
    flights (`statistics.Bootstrap`); an alarm if the whole of it is below 0.
    """
    improvement = improvement_over(live, base_rate)
    found = interval(resampled(improvement), improvement.mean())
    worse = found.high < 0
    figures = f"{-found.value:.3f} ({-found.high:.3f} to {-found.low:.3f}, n = {len(live):,})"
    because = f"the Brier score is {'' if worse else 'not surely '}worse than the base rate's"
    return verdict("no worse than the base rate", f"{because} by {figures}", passed=not worse)


def improvement_stays(reference: pd.DataFrame, live: pd.DataFrame, base_rate: float) -> Verdict:
    """Alarm if the model's improvement over the base rate is smaller than at validation.

    Statistic: the percentile interval at 1 - `LEVEL` of the difference between two means, each
    sample resampled by itself (Efron and Tibshirani 1993, An Introduction to the Bootstrap, chapter
    8); an alarm if the whole of it is below 0.
    """
    was, now = (improvement_over(part, base_rate) for part in (reference, live))
    found = interval(resampled(now) - resampled(was, seed=1), now.mean() - was.mean())
    fell = found.high < 0
    because = (
        f"the improvement over the base rate {'fell' if fell else 'did not fall'}: "
        f"{was.mean():.3f} at validation, {now.mean():.3f} now, "
        f"a change of {found.value:.3f} ({found.low:.3f} to {found.high:.3f})"
    )
    return verdict("as much better than the base rate as at validation", because, passed=not fell)


def gap_stays(reference: pd.DataFrame, live: pd.DataFrame) -> Verdict:
    """Alarm if predicted and observed late rate are further apart than they were at validation.

    Statistic: the percentile interval at 1 - `LEVEL` of the difference between the two gaps, each
    sample resampled by itself; an alarm if it does not hold 0 and the gap is the larger one. A gap
    that was there at validation already is not news, so it raises none.
    """
    was, now = ((part["probability"] - part["late"]).to_numpy() for part in (reference, live))
    found = interval(resampled(now) - resampled(was, seed=1), now.mean() - was.mean())
    grew = abs(now.mean()) > abs(was.mean()) and (found.low > 0 or found.high < 0)
    direction = "high" if now.mean() > 0 else "low"
    head = f"the predicted late rate is too {direction}" if grew else "the gap did not grow"
    (said, late), (said_then, late_then) = (
        (part["probability"].mean(), part["late"].mean()) for part in (live, reference)
    )
    because = (
        f"{head}: {said:.3f} where {late:.3f} of {len(live):,} were late; "
        f"at validation {said_then:.3f} where {late_then:.3f} of {len(reference):,} were"
    )
    return verdict(
        "predicted and observed late rate are no further apart than at validation",
        because,
        passed=not grew,
    )


def late_rate_stays(reference: pd.DataFrame, live: pd.DataFrame) -> Verdict:
    """Alarm if the late rate is not the one at validation (label shift).

    Statistic: Newcombe's interval of the difference of two shares at 1 - `LEVEL`
    (`two_samples.difference_of_shares`); an alarm if it does not hold 0.
    """
    (was, before), (now, after) = (
        (int(part["late"].sum()), len(part)) for part in (reference, live)
    )
    found = difference_of_shares((was, before), (now, after), LEVEL)
    moved = found.low > 0 or found.high < 0
    because = (
        f"the late rate {'moved' if moved else 'did not move'}: "
        f"{was / before:.3f} of {before:,} at validation, {now / after:.3f} of {after:,} now, "
        f"a change of {found.value:.3f} ({found.low:.3f} to {found.high:.3f})"
    )
    return verdict("the late rate is as at validation", because, passed=not moved)


def improvement_over(scored: pd.DataFrame, base_rate: float) -> Array:
    """For each of n flights, how much smaller the model's squared error is than the base rate's."""
    late, probability = scored["late"].to_numpy(), scored["probability"].to_numpy()
    return squared_error(late, base_rate) - squared_error(late, probability)


def resampled(values: Array, seed: int = 0) -> Array:
    """The means of resamples of n values, shape (draws,)."""
    means: Array = resamples(len(values), seed).counts @ values / len(values)
    return means


def interval(means: Array, value: float, level: float = LEVEL) -> Estimate:
    """The percentile interval at 1 - `level`."""
    low, high = np.quantile(means, [level / 2, 1 - level / 2])
    return Estimate(float(value), float(low), float(high))
