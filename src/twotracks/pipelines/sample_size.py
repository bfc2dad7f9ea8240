"""How many requests, or labelled flights, it takes to see a difference."""

from __future__ import annotations

import math
from statistics import NormalDist

from twotracks.errors import TwoTracksError

LEVEL = 0.05
"""Two-sided: how often a difference is seen where there is none."""
POWER = 0.8
"""How often the difference that was asked for is seen."""


def labelled_per_arm(
    before: float, after: float, level: float = LEVEL, power: float = POWER
) -> int:
    """How many labelled requests each arm of a canary needs to see a share fall.

    n = (z_a + z_b)^2 (p1 (1 - p1) + p2 (1 - p2)) / (p1 - p2)^2, rounded up, with z_a and z_b the
    normal quantiles of 1 - level/2 and of the power. The variance is not pooled.

    Assumes that requests are independent, that both arms have as many, and that a share of n is
    about normal. With few requests it is not: summed over the binomial distributions, the power for
    .95 against .50 at the 12 that come out is .85, and for .95 against .90 at 432 it is .81. The
    quantiles are rounded to four decimals, as tables print them; without that, n can be 1 less.

    Source: Chow, Shao and Wang, Sample Size Calculations in Clinical Research (2nd ed. 2008),
    section 4.2.1.

    Args:
        before: the share of right answers of the one arm, 0 to 1.
        after: that of the other.
        level: of the test, two-sided.
        power: the probability of seeing the difference.

    Raises:
        TwoTracksError: a share or probability is not between 0 and 1, or both shares are the same.
    """
    _probabilities(before=before, after=after)
    difference = before - after
    if not difference:
        raise TwoTracksError(
            "no number of requests shows a difference of 0", where="labelled_per_arm"
        )
    variance = before * (1 - before) + after * (1 - after)
    return _at_least(_quantiles(level, power) ** 2 * variance / difference**2)


def requests_to_see(rate: float, probability: float = 0.95) -> int:
    """How many requests until one has failed, with a given probability.

    The smallest n with 1 - (1 - rate)^n at or above the probability: the geometric distribution.
    Assumes that requests fail independently.

    Args:
        rate: the share of requests that fail, above 0.
        probability: of seeing at least one failure, below 1.

    Raises:
        TwoTracksError: the rate or the probability is not inside 0 to 1.
    """
    _inside(rate=rate, probability=probability)
    return _at_least(math.log1p(-probability) / math.log1p(-rate))


def seen_within(rate: float, requests: int) -> float:
    """The probability that at least one of n requests fails: 1 - (1 - rate)^n.

    Raises:
        TwoTracksError: the rate is not from 0 to 1, or the number is below 0.
    """
    _probabilities(rate=rate)
    if requests < 0:
        raise TwoTracksError(f"{requests} requests are none", where="seen_within")
    return float(1 - (1 - rate) ** requests)


def labelled_for_mean(
    difference: float, spread: float, level: float = LEVEL, power: float = POWER
) -> int:
    """How many labelled flights show a mean paired difference, such as of two Brier scores.

    n = ((z_a + z_b) s / d)^2, rounded up. Both models score the same n flights. Assumes that
    flights are independent and that the mean of n differences is about normal; flights of one
    stormy hour are not independent, and then it takes more.

    Source: Chow, Shao and Wang (2008), section 3.1.1, for one mean, here that of the differences.

    Args:
        difference: the mean difference d, not 0.
        spread: the standard deviation s of the differences of single flights, not below 0.
        level: of the test, two-sided.
        power: the probability of seeing the difference.

    Raises:
        TwoTracksError: the difference is 0, or a number is out of its range.
    """
    if not math.isfinite(difference) or not difference:
        raise TwoTracksError(
            f"no number of flights shows a difference of {difference}", where="labelled_for_mean"
        )
    if not math.isfinite(spread) or spread < 0:
        raise TwoTracksError(f"a spread of {spread} is none", where="labelled_for_mean")
    return _at_least((_quantiles(level, power) * spread / difference) ** 2)


def _quantiles(level: float, power: float) -> float:
    """z_a + z_b, each to the four decimals of printed tables."""
    _inside(level=level, power=power)
    normal = NormalDist()
    return round(normal.inv_cdf(1 - level / 2), 4) + round(normal.inv_cdf(power), 4)


def _at_least(size: float) -> int:
    """The next whole number up, at least 1; what is whole but for the computer's rounding stays."""
    return max(1, math.ceil(round(size, 9)))


def _inside(**values: float) -> None:
    for name, value in values.items():
        if not 0 < value < 1:
            raise TwoTracksError(f"a {name} of {value} is not between 0 and 1", where="sample size")


def _probabilities(**values: float) -> None:
    for name, value in values.items():
        if not 0 <= value <= 1:
            raise TwoTracksError(f"{name} is {value}, not from 0 to 1", where="sample size")
