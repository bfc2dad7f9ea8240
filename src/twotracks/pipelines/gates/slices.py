"""Is the candidate worse for somebody: for one airport, or for one carrier?"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import stdtrit

from twotracks.pipelines.gates.baseline import FEWEST
from twotracks.pipelines.gates.verdict import Verdict, better_or_worse
from twotracks.pipelines.statistics import DECIMALS, Array, Estimate

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

LEVEL = 0.95
"""How sure all intervals of one gate are together."""


@dataclass(frozen=True)
class Slice:
    """The rows of one airport, carrier or other group, and how much better the answers are there.

    The intervals are those of `slice_level`, not of 95%: they hold for all slices together.
    """

    by: str
    name: str
    n: int
    base: Estimate | None
    """The base rate's loss less the candidate's; None where there are too few rows to judge."""
    champion: Estimate | None
    """The champion's loss less the candidate's; None also where there is no champion."""

    @property
    def label(self) -> str:
        return f"{self.by} {self.name}"

    def to_json(self) -> dict[str, Any]:
        """n, and for each comparison the value and the ends of its interval."""
        found = {"base": self.base, "champion": self.champion}
        return {"n": self.n} | {
            against: [*estimate.to_json().values()]
            for against, estimate in found.items()
            if estimate
        }


def slices_of(
    labels: Mapping[str, Array],
    base: Array,
    champion: Array | None = None,
    must: Mapping[str, Sequence[str]] | None = None,
) -> tuple[Slice, ...]:
    """Cut n rows into slices, and give each its intervals.

    Args:
        labels: what to cut by, such as `{"airport": ..., "carrier": ...}`, n labels each.
        base: by how much the candidate is better than the base rate on each row.
        champion: by how much it is better than the champion on each row.
        must: slices that are listed even if they have no rows.
    """
    must = must or {}
    cut = [
        (by, str(name), np.asarray(column) == name)
        for by, column in labels.items()
        for name in sorted({*column, *must.get(by, ())})
    ]
    level = slice_level(sum(bool(rows.sum() >= FEWEST) for _, _, rows in cut))

    def estimate(values: Array | None, rows: Array) -> Estimate | None:
        return None if values is None or rows.sum() < FEWEST else mean_of(values[rows], level)

    return tuple(
        Slice(by, name, int(rows.sum()), estimate(base, rows), estimate(champion, rows))
        for by, name, rows in cut
    )


def slice_level(judged: int) -> float:
    """The level of one interval, so that `judged` of them hold together with `LEVEL`.

    Bonferroni's correction: it holds however the slices overlap, and is a little too careful.
    """
    return 1 - (1 - LEVEL) / max(judged, 1)


def mean_of(values: Array, level: float = LEVEL) -> Estimate:
    """A mean with Student's t interval (Student 1908, Biometrika 6).

    At such levels a bootstrap of 2,000 draws would rest on its last few draws. Assumes that the
    mean of 30 values or more is about normal.
    """
    n, mean = len(values), float(np.mean(values))
    error = float(np.std(values, ddof=1)) / math.sqrt(n)
    reach = float(stdtrit(n - 1, (1 + level) / 2)) * error
    return Estimate(mean, mean - reach, mean + reach)


def no_slice_worse_than_base_rate(
    slices: Sequence[Slice], must: Sequence[str] = ("airport",)
) -> Verdict:
    """Pass unless a slice's whole interval of the improvement over the base rate is below 0.

    Statistic: the mean difference of two losses in each slice, with intervals that hold for all
    slices together with 95%. A slice has few rows, so an interval that holds 0 does not refuse:
    that is the price. Source: Breck et al. 2017, The ML Test Score, Model 6; Dunn 1961, JASA 56.

    Args:
        slices: those of the validation rows.
        must: what must be judged in every slice: one with too few rows refuses. Elsewhere, such a
            slice is listed and does not refuse.
    """
    few = [s for s in slices if s.base is None]
    lacking = [s for s in few if s.by in must]
    name = "no slice worse than the base rate"
    if lacking:
        return Verdict(name, "refuse", f"{_counts(lacking)}: {FEWEST} are the fewest to judge")
    verdict = _no_slice_worse(name, {s: s.base for s in slices if s.base})
    listed = f"; too few to judge: {_counts(few)}" if few else ""
    return Verdict(name, verdict.decision, verdict.because + listed)


def no_slice_worse_than_champion(slices: Sequence[Slice]) -> Verdict:
    """Pass unless a slice's whole interval of the improvement over the champion is below 0.

    Statistic, assumptions and source: as for `no_slice_worse_than_base_rate`. A candidate that is
    better overall and clearly worse for one airport or carrier does not pass.
    """
    name = "no slice worse than the champion"
    found = {s: s.champion for s in slices if s.champion}
    if not found:
        return Verdict(name, "pass", "there is no champion yet")
    return _no_slice_worse(name, found)


def _no_slice_worse(name: str, found: Mapping[Slice, Estimate]) -> Verdict:
    if not found:
        return Verdict(name, "refuse", f"no slice has {FEWEST} rows")
    worse = [_told(one, estimate) for one, estimate in found.items() if estimate.high < 0]
    if worse:
        return Verdict(name, "refuse", ", ".join(worse))
    return Verdict(name, "pass", f"of {len(found)} slices none is clearly worse")


def _told(one: Slice, improvement: Estimate) -> str:
    by, interval = better_or_worse(improvement)
    return f"{one.label} {by} ({interval}, n = {one.n:,})"


def _counts(slices: Sequence[Slice]) -> str:
    return ", ".join(f"{s.label} has {s.n}" for s in slices)


def slices_to_json(slices: Sequence[Slice]) -> dict[str, Any]:
    """The level of the intervals, and each slice by its label."""
    level = slice_level(sum(s.base is not None for s in slices))
    return {"level": round(level, DECIMALS), **{s.label: s.to_json() for s in slices}}
