"""What ordinary monitoring says of a service: how many requests failed, and whether it is slow."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from time import perf_counter
from typing import TYPE_CHECKING, Any

from scipy.stats import binomtest

from twotracks.errors import TwoTracksError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twotracks.pipelines.service import Service

USUAL_FAILED = 0.001
"""The share of requests that may fail: 99.9% succeed, a common objective for a web service.

Source: The Site Reliability Workbook (2018), chapter 5, whose alerts are on this objective.
"""
USUAL_REJECTED = 0.01
"""The share of requests that may be wrong themselves: clients err too. A convention."""
ALPHA = 0.01
"""How often an alert may come when the true share is the usual one, at most."""
SLOW_SECONDS = 0.9
"""The Site Reliability Workbook (2018), chapter 2, has requests under 900 ms for an objective."""
PROBES = 5
PROBE = {"departure": "2013-03-31T12:00", "carrier": "B6", "origin": "JFK", "distance": 1069}
"""A flight to ask about while the clock runs."""


@dataclass(frozen=True)
class Traffic:
    """What was seen of n requests."""

    requests: int
    failed: int
    """Answered with a status of 500 or above, or not answered."""
    rejected: int
    """Answered with a status from 400 to 499: the service says that the request is wrong."""
    slow: bool

    def alerts(self) -> tuple[str, ...]:
        """What somebody should look at, one sentence each."""
        shares = (
            ("failed", self.failed, USUAL_FAILED),
            ("were rejected", self.rejected, USUAL_REJECTED),
        )
        sentences = [
            f"{count:,} of {self.requests:,} requests {what}, and {usual:.1%} is usual"
            for what, count, usual in shares
            if more_than_usual(count, self.requests, usual)
        ]
        if self.slow:
            sentences.append(f"the service takes longer than {SLOW_SECONDS:g} s to answer")
        return tuple(sentences)

    def to_json(self) -> dict[str, Any]:
        """The figures and the alerts, as evidence."""
        return {**vars(self), "alerts": list(self.alerts())}


def traffic(statuses: Mapping[int, int], *, slow: bool) -> Traffic:
    """Count requests by how they ended.

    Args:
        statuses: how many requests ended with each HTTP status; what is no status is no answer.
        slow: whether the service was slow.
    """
    rejected = sum(n for status, n in statuses.items() if HTTPStatus(400) <= status < 500)  # noqa: PLR2004
    answered = sum(n for status, n in statuses.items() if 100 <= status < 500)  # noqa: PLR2004
    requests = sum(statuses.values())
    return Traffic(requests, requests - answered, rejected, slow)


def more_than_usual(count: int, requests: int, usual: float) -> bool:
    """Whether more requests than usual ended so: the exact binomial test, one-sided.

    Assumes that requests end independently of each other; in truth failures come in bursts, which
    makes the alert come earlier and more often. Source: Clopper and Pearson 1934, Biometrika 26.

    Args:
        count: how many ended so.
        requests: out of how many.
        usual: the share that usually does, 0 to 1.

    Returns:
        Whether `count` or more would be seen with probability below `ALPHA`. False without any
        requests: there is nothing to be seen then.
    """
    if not requests:
        return False
    return bool(binomtest(count, requests, usual, alternative="greater").pvalue < ALPHA)


def is_slow(service: Service) -> bool:
    """Whether the service takes longer than `SLOW_SECONDS` to answer, as a probe sees it.

    It is asked once to be warm, and then `PROBES` times: it is slow if half of these take longer.
    No answer is slow as well.
    """
    times = []
    try:
        service.predict(PROBE)
        for _ in range(PROBES):
            started = perf_counter()
            service.predict(PROBE)
            times.append(perf_counter() - started)
    except TwoTracksError:
        return True
    return sorted(times)[len(times) // 2] > SLOW_SECONDS
