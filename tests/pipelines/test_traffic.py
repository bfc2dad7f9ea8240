"""What ordinary monitoring says: the counts, and when a share is more than usual."""

from __future__ import annotations

from math import comb

import numpy as np
import pytest
from scipy.stats import binom

from twotracks.pipelines.traffic import ALPHA, USUAL_FAILED, more_than_usual, traffic


def at_least(count: int, n: int, usual: float) -> float:
    """The probability of `count` or more, from the definition."""
    return 1 - sum(comb(n, k) * usual**k * (1 - usual) ** (n - k) for k in range(count))


def test_requests_are_counted_by_how_they_ended() -> None:
    seen = traffic({200: 90, 302: 1, 404: 2, 422: 3, 500: 1, 503: 2, 0: 1}, slow=False)
    assert (seen.requests, seen.failed, seen.rejected, seen.slow) == (100, 4, 5, False)


@pytest.mark.parametrize(("n", "usual"), [(20, 0.001), (1000, 0.001), (3000, 0.001), (500, 0.01)])
def test_the_alert_begins_where_the_exact_test_says(n: int, usual: float) -> None:
    edge = next(k for k in range(n) if at_least(k, n, usual) < ALPHA)
    assert not more_than_usual(edge - 1, n, usual)
    assert more_than_usual(edge, n, usual)


def test_alerts_say_what_is_more_than_usual() -> None:
    assert traffic({200: 3000}, slow=False).alerts() == ()
    assert traffic({200: 2997, 503: 3}, slow=False).alerts() == ()
    assert traffic({200: 2000, 503: 600, 0: 400}, slow=False).alerts() == (
        "1,000 of 3,000 requests failed, and 0.1% is usual",
    )
    assert traffic({422: 3000}, slow=True).alerts() == (
        "3,000 of 3,000 requests were rejected, and 1.0% is usual",
        "the service takes longer than 0.9 s to answer",
    )


def test_no_requests_raise_no_alert() -> None:
    assert traffic({}, slow=False).to_json() == {
        "requests": 0,
        "failed": 0,
        "rejected": 0,
        "slow": False,
        "alerts": [],
    }


def test_usual_months_raise_an_alert_no_more_often_than_alpha() -> None:
    months = 1000
    failed = np.random.default_rng(0).binomial(3000, USUAL_FAILED, size=months)
    alarms = sum(more_than_usual(int(count), 3000, USUAL_FAILED) for count in failed)
    assert alarms <= binom.ppf(0.999, months, ALPHA)
