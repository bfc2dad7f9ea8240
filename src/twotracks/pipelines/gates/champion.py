"""Is the candidate better than the model that answers now, or do we not know?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import stats

from twotracks.errors import TwoTracksError
from twotracks.pipelines.gates.baseline import FEWEST, brier_better
from twotracks.pipelines.gates.verdict import Decision, Verdict
from twotracks.pipelines.sample_size import labelled_for_mean
from twotracks.pipelines.statistics import Array, Bootstrap, Estimate

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Comparison:
    """A candidate and a champion on the same n rows."""

    n: int
    improvement: Estimate
    """The champion's mean loss less the candidate's, with its paired 95% interval."""
    better: int
    """Rows on which the candidate's loss is lower."""
    worse: int
    """Rows on which it is higher. With losses of 0 and 1 these are McNemar's discordant pairs."""
    needed: int | None
    """How many rows would decide in 80% of cases, if the difference is what it seems; None if it
    seems to be 0."""

    @property
    def decision(self) -> Decision:
        """Pass if the whole interval is better, refuse if it is worse, undecided otherwise."""
        if self.improvement.low > 0:
            return "pass"
        return "refuse" if self.improvement.high < 0 else "undecided"

    @property
    def sign_test(self) -> float:
        """How likely so uneven a split of `better` and `worse` is, if either is as likely.

        The exact two-sided binomial test. With losses of 0 and 1 it is McNemar's test without an
        approximation (McNemar 1947, Psychometrika 12). It counts rows and not how much they differ,
        so for probabilities it answers another question than the interval does.
        """
        if self.better + self.worse == 0:
            return 1.0
        return float(stats.binomtest(self.better, self.better + self.worse).pvalue)

    def to_json(self) -> dict[str, Any]:
        """What the interval does not say."""
        return {
            "decision": self.decision,
            "rows_better": self.better,
            "rows_worse": self.worse,
            "sign_test": round(self.sign_test, 6),
            "needed": self.needed,
        }


def compare_losses(
    candidate: Array | Sequence[float],
    champion: Array | Sequence[float],
    draws: Bootstrap | None = None,
) -> Comparison:
    """Compare two models by what each lost on the same rows.

    Args:
        candidate: the candidate's loss on each of n rows: a squared error, or 0 and 1.
        champion: the champion's on the same rows, in the same order.
        draws: resamples of n rows, where there are some already.

    Raises:
        TwoTracksError: the two are not of one length, are fewer than two, or hold a NaN.
    """
    lost, lost_before = (np.asarray(a, dtype=np.float64) for a in (candidate, champion))
    if lost.shape != lost_before.shape or not np.isfinite([lost, lost_before]).all():
        raise TwoTracksError(
            "the losses of the two models do not belong to the same rows",
            where=f"{lost.size} and {lost_before.size} losses",
            fix="Give one finite number a row for each model, in the same order.",
        )
    gain = lost_before - lost
    return Comparison(
        n=len(gain),
        improvement=(draws or Bootstrap(len(gain))).mean(gain),
        better=int((gain > 0).sum()),
        worse=int((gain < 0).sum()),
        needed=_needed(gain),
    )


def _needed(gain: Array) -> int | None:
    """The rows that would decide. It takes the difference seen for the true one."""
    mean = float(gain.mean())
    return labelled_for_mean(mean, float(gain.std(ddof=1))) if mean else None


def better_than_champion(comparison: Comparison | None, *, is_champion: bool = False) -> Verdict:
    """Pass if the whole paired interval is better, refuse if it is worse, else stay undecided.

    Statistic: the mean difference of two Brier scores on the same rows, with a 95% bootstrap
    interval. Pairing takes out what makes a flight hard for both. Assumes that rows are independent
    and that nothing was tried on them before (a test set wears out). Without a difference it passes
    in 2.5% of all comparisons. Source: Breck et al. 2017, The ML Test Score, Model 6 and Infra 4;
    Efron and Tibshirani 1993, chapter 13.

    Args:
        comparison: on rows that neither has seen; None if there is no champion.
        is_champion: whether the candidate has the champion's own digest. There is nothing to
            decide then, and nothing to release.
    """
    name = "better than the champion"
    if comparison is None:
        return Verdict(name, "pass", "there is no champion yet")
    if is_champion:
        return Verdict(name, "pass", "it is the champion: the digests are the same")
    if comparison.n < FEWEST:
        return Verdict(name, "refuse", f"{comparison.n} flights are too few to judge")
    because = brier_better(comparison.improvement, comparison.n)
    if comparison.decision == "undecided":
        because = f"{because}; {_what_would_decide(comparison)}"
    return Verdict(name, comparison.decision, because)


def _what_would_decide(comparison: Comparison) -> str:
    if comparison.needed is None:
        return "no number of flights would decide, as no difference was seen"
    return f"about {comparison.needed:,} labelled flights would decide"
