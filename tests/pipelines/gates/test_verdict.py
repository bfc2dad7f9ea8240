"""What a gate says of an improvement."""

from __future__ import annotations

from twotracks.pipelines.gates.verdict import better_or_worse
from twotracks.pipelines.statistics import Estimate


def test_a_fall_is_told_as_such() -> None:
    assert better_or_worse(Estimate(0.01, -0.0001, 0.02)) == ("better by 0.010", "0.000 to 0.020")
    assert better_or_worse(Estimate(-0.01, -0.02, 0.0001)) == ("worse by 0.010", "0.000 to 0.020")
    assert better_or_worse(Estimate(-0.01, -0.02, -0.005)) == ("worse by 0.010", "0.005 to 0.020")
