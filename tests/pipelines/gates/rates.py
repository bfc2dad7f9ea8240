"""What a false-alarm rate may be, given how often it was tried."""

from __future__ import annotations

from scipy import stats


def most_alarms(level: float, draws: int) -> int:
    """More alarms than this happen once in a thousand times if the true rate is `level`."""
    return int(stats.binom.ppf(0.999, draws, level))
