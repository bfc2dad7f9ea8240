"""Worse for somebody: refused beyond the corrected interval, and not by chance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from twotracks.pipelines.gates.slices import (
    Slice,
    mean_of,
    no_slice_worse_than_base_rate,
    no_slice_worse_than_champion,
    slice_level,
    slices_of,
    slices_to_json,
)
from twotracks.pipelines.statistics import Estimate

if TYPE_CHECKING:
    from tests.pipelines.gates.conftest import March

rng = np.random.default_rng(0)
GOOD, UNSURE = Estimate(0.02, 0.01, 0.03), Estimate(0.0, -0.01, 0.01)
EDGE, BAD = Estimate(-0.01, -0.02, 0.0), Estimate(-0.02, -0.03, -0.01)


def airports(**found: Estimate) -> list[Slice]:
    return [Slice("airport", name, 100, GOOD, e) for name, e in found.items()]


def test_a_slice_refuses_only_beyond_its_own_interval() -> None:
    assert no_slice_worse_than_champion(airports(EWR=GOOD, JFK=UNSURE)).passed
    assert no_slice_worse_than_champion(airports(EWR=GOOD, JFK=EDGE)).passed
    refused = no_slice_worse_than_champion(airports(EWR=GOOD, JFK=BAD))
    assert refused.decision == "refuse"
    assert refused.because == "airport JFK worse by 0.020 (0.010 to 0.030, n = 100)"
    worse = [Slice("carrier", "B6", 50, BAD, None)]
    assert no_slice_worse_than_base_rate(worse).decision == "refuse"


def test_without_a_champion_there_is_none_to_be_worse_than() -> None:
    assert no_slice_worse_than_champion([Slice("airport", "JFK", 100, GOOD, None)]).passed


def test_an_airport_must_be_judged_and_a_carrier_need_not() -> None:
    labels = {"airport": np.array(["EWR"] * 60), "carrier": np.array(["B6"] * 31 + ["HA"] * 29)}
    gain = rng.normal(0.1, 0.01, 60)
    passed = no_slice_worse_than_base_rate(slices_of(labels, gain))
    assert passed.passed
    assert passed.because.endswith("; too few to judge: carrier HA has 29")
    lacking = slices_of(labels, gain, must={"airport": ["EWR", "JFK"]})
    refused = no_slice_worse_than_base_rate(lacking)
    assert refused.decision == "refuse"
    assert refused.because == "airport JFK has 0: 30 are the fewest to judge"


def test_slices_without_rows_enough_refuse() -> None:
    few = slices_of({"carrier": np.array(["B6"] * 29)}, np.ones(29))
    assert no_slice_worse_than_base_rate(few).because.startswith("no slice has 30 rows")
    assert no_slice_worse_than_base_rate(few).decision == "refuse"
    assert no_slice_worse_than_base_rate([]).decision == "refuse"


def test_intervals_are_students_at_bonferronis_level() -> None:
    values = rng.normal(size=90)
    names = np.array(["a", "b", "c"]).repeat(30)
    assert slice_level(3) == pytest.approx(1 - 0.05 / 3)
    for found, part in zip(slices_of({"by": names}, values), np.split(values, 3), strict=True):
        low, high = stats.t.interval(1 - 0.05 / 3, 29, part.mean(), stats.sem(part))
        assert found.base is not None
        assert (found.base.low, found.base.high) == pytest.approx((low, high))
    assert mean_of(values).low == pytest.approx(
        stats.t.interval(0.95, 89, values.mean(), stats.sem(values))[0]
    )


def test_the_evidence_has_each_slice_with_its_n() -> None:
    names = np.array(["a"] * 30 + ["b"] * 5)
    found = slices_to_json(slices_of({"carrier": names}, np.arange(35.0), np.zeros(35)))
    assert found["level"] == 0.95
    assert found["carrier b"] == {"n": 5}
    assert found["carrier a"]["champion"] == [0.0, 0.0, 0.0]
    assert found["carrier a"]["base"][0] == 14.5


def test_somebody_refuses_by_chance_as_often_as_it_says(march: March) -> None:
    """Centred in every slice, no slice is worse, and no more than 2.5% of the draws say so."""
    gain = pd.Series(march.gain)
    for _ in range(20):
        for column in ("origin", "carrier"):
            gain = gain - gain.groupby(march.predictions[column]).transform("mean")
    values, n, refused = gain.to_numpy(), 200, 0
    for _ in range(n):
        pick = rng.integers(0, len(values), 1082)
        rows = march.predictions.iloc[pick]
        labels = {"airport": rows["origin"].to_numpy(), "carrier": rows["carrier"].to_numpy()}
        verdict = no_slice_worse_than_base_rate(slices_of(labels, values[pick]))
        refused += not verdict.passed
    assert refused <= stats.binom.ppf(0.999, n, 0.025)
