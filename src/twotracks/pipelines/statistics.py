"""The figures that the ML track's gates and alerts rest on, each with its interval."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from scipy import stats

from twotracks.errors import TwoTracksError

if TYPE_CHECKING:
    import pandas as pd

Array: TypeAlias = "np.ndarray[Any, np.dtype[Any]]"

DRAWS = 2_000
SEED = 0
DECIMALS = 6


@dataclass(frozen=True)
class Estimate:
    """A figure, and the 95% interval around it."""

    value: float
    low: float
    high: float

    def to_json(self) -> dict[str, float]:
        """The three numbers, to six decimals."""
        return {name: round(number, DECIMALS) for name, number in vars(self).items()}


class Bootstrap:
    """Percentile intervals from one set of resamples of n rows.

    Every figure of the same rows uses the same resamples, so differences are paired. Source:
    Efron and Tibshirani, An Introduction to the Bootstrap (1993), chapter 13.

    Args:
        n: the number of rows, at least 2.
        draws: the number of resamples.
        seed: of the random numbers.

    Raises:
        TwoTracksError: there are fewer than two rows.
    """

    def __init__(self, n: int, draws: int = DRAWS, seed: int = SEED) -> None:
        if n < 2:  # noqa: PLR2004 - one row has no spread
            raise TwoTracksError(f"{n} rows are too few for an interval")
        self.n = n
        rng = np.random.default_rng(seed)
        picks = rng.integers(0, n, size=(draws, n))
        rows = np.arange(draws)[:, None] * n
        counts = np.bincount((picks + rows).ravel(), minlength=draws * n)
        # How often each row is in each resample, shape (draws, n).
        self.counts: Array = counts.reshape(draws, n).astype(np.float64)

    def mean(self, values: Array) -> Estimate:
        """The mean of n values."""
        return estimate(float(np.mean(values)), self.means(values))

    def means(self, values: Array) -> Array:
        """The mean of n values in each resample, shape (draws,)."""
        resampled: Array = self.counts @ np.asarray(values, dtype=np.float64) / self.n
        return resampled

    def auc(self, late: Array, probability: Array) -> Estimate:
        """The area under the ROC curve: how often a late flight got the higher probability.

        Ties count half (Hanley and McNeil 1982, Radiology 143).

        Raises:
            TwoTracksError: all n rows have the same outcome.
        """
        was_late, said = np.asarray(late, dtype=bool), np.asarray(probability)
        if was_late.all() or not was_late.any():
            raise TwoTracksError("the AUC needs flights that were late and flights that were not")
        others = np.flatnonzero(~was_late)
        others = others[np.argsort(said[others], kind="stable")]
        # For each late flight, how many others got less, and how many no more.
        less = np.searchsorted(said[others], said[was_late], "left")
        no_more = np.searchsorted(said[others], said[was_late], "right")

        def area(weights: Array) -> Array:
            """Shape (draws, n) of weights to shape (draws,)."""
            late_weight = weights[:, was_late]
            below = np.zeros((len(weights), len(others) + 1))
            np.cumsum(weights[:, others], axis=1, out=below[:, 1:])
            pairs = late_weight.sum(axis=1) * below[:, -1]
            won = np.einsum("ij,ij->i", late_weight, below[:, less] + below[:, no_more]) / 2
            areas: Array = won[pairs > 0] / pairs[pairs > 0]
            return areas

        return estimate(float(area(np.ones((1, self.n)))[0]), area(self.counts))


def estimate(value: float, resampled: Array) -> Estimate:
    """A figure with the interval that holds 95% of its resampled values."""
    low, high = np.quantile(resampled, [0.025, 0.975])
    return Estimate(value, float(low), float(high))


def wilson(count: int, n: int, level: float = 0.95) -> Estimate:
    """A share of n rows with its score interval (Wilson 1927, JASA 22).

    Assumes that the rows are independent. Unlike the interval of the mean it does not shrink to
    nothing where none or all of the rows count.

    Args:
        count: how many rows count, 0 to n.
        n: how many there are, at least 1.
        level: how often such an interval holds the true share.

    Raises:
        TwoTracksError: there are no rows, or more count than there are.
    """
    if not 0 <= count <= n or n == 0:
        raise TwoTracksError(f"{count} of {n} rows are no share", where="wilson")
    interval = stats.binomtest(count, n).proportion_ci(level, method="wilson")
    return Estimate(count / n, float(interval.low), float(interval.high))


@lru_cache(maxsize=4)
def resamples(n: int, seed: int = SEED) -> Bootstrap:
    """The resamples of n rows; those of the last few sizes are kept, for they take long to draw."""
    return Bootstrap(n, seed=seed)


def squared_error(late: Array, probability: Array | float) -> Array:
    """The n parts whose mean is the Brier score (Brier 1950, Monthly Weather Review 78)."""
    parts: Array = (np.asarray(probability) - np.asarray(late, dtype=np.float64)) ** 2
    return parts


def psi(before: pd.Series, after: pd.Series, bins: int = 10) -> float:
    """The population stability index of one column (Siddiqi 2006, Credit Risk Scorecards, ch. 6).

    Numbers are cut at the deciles of `before`; categories and missing values are bins of their
    own. An empty bin counts as half a row, so that the logarithm exists.

    Raises:
        TwoTracksError: one of the two has no rows.
    """
    if before.empty or after.empty:
        raise TwoTracksError("the PSI of no rows is not defined", where=str(before.name))
    old, new = _binned(before, after, bins)
    labels = sorted(set(old) | set(new))
    shares = []
    for values in (old, new):
        counts = np.array([values.count(label) for label in labels], dtype=np.float64)
        shares.append(np.maximum(counts, 0.5) / len(values))
    return float(np.sum((shares[1] - shares[0]) * np.log(shares[1] / shares[0])))


def _binned(before: pd.Series, after: pd.Series, bins: int) -> tuple[list[str], list[str]]:
    if before.dtype.kind not in "iuf":
        return [*before.fillna("missing").astype(str)], [*after.fillna("missing").astype(str)]
    inner = np.unique(np.nanquantile(before, np.linspace(0, 1, bins + 1)[1:-1]))

    def bin_of(column: pd.Series) -> list[str]:
        numbers = np.searchsorted(inner, column.to_numpy(dtype=np.float64), side="right")
        return [*np.where(column.isna(), "missing", numbers.astype(str))]

    return bin_of(before), bin_of(after)
