"""Is there enough to judge by, and is the model worth having at all?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from twotracks.pipelines.gates.verdict import Verdict, better_or_worse, verdict

if TYPE_CHECKING:
    from twotracks.pipelines.statistics import Array, Estimate

FEWEST = 30
"""With fewer rows an interval says little: a convention, not a law."""


def enough_to_judge(late: Array) -> Verdict:
    """Pass if there are at least `FEWEST` rows, and both outcomes among them.

    Statistic: none. The other gates cannot be computed without, and a gate that cannot be computed
    must not pass.

    Args:
        late: the outcomes, n booleans or 0 and 1.
    """
    n, known = len(late), np.unique(np.asarray(late, dtype=bool))
    few = f"{n:,} flights are too few, {FEWEST} are the fewest" if n < FEWEST else ""
    one = "all flights have the same outcome" if n and len(known) == 1 else ""
    problems = " and ".join(filter(None, (few, one)))
    return verdict(
        "enough to judge", problems or f"{n:,} flights with both outcomes", passed=not problems
    )


def better_than_base_rate(improvement: Estimate, n: int) -> Verdict:
    """Pass if the whole interval of the improvement over always saying the base rate is above 0.

    Statistic: the mean difference of two Brier scores on the same rows, with a 95% bootstrap
    interval. Assumes that flights are independent; those of one hour are not quite, so the interval
    is a little too narrow. Source: a baseline is a test, Breck et al. 2017, The ML Test Score,
    Model 5; Brier 1950, Monthly Weather Review 78.

    Args:
        improvement: the base rate's Brier score less the model's, on rows neither has seen.
        n: how many rows those are; with fewer than `FEWEST` the gate refuses.
    """
    name = "better than the base rate"
    if n < FEWEST:
        return verdict(name, f"{n:,} flights are too few to judge", passed=False)
    return verdict(name, brier_better(improvement, n), passed=improvement.low > 0)


def brier_better(improvement: Estimate, n: int) -> str:
    """By how much a Brier score is better or worse, with its interval and n, in words."""
    by, interval = better_or_worse(improvement)
    return f"Brier score {by} (95% interval {interval}, n = {n:,})"
