"""What a gate says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from twotracks.pipelines.statistics import Estimate

Decision: TypeAlias = Literal["pass", "refuse", "undecided"]


@dataclass(frozen=True)
class Verdict:
    """The verdict of one gate. Only `pass` lets a pipeline go on."""

    gate: str
    """The gate's name, for a sentence: `better than the base rate`."""
    decision: Decision
    because: str
    """The figures behind the decision, in words."""

    @property
    def passed(self) -> bool:
        return self.decision == "pass"


def verdict(gate: str, because: str, *, passed: bool) -> Verdict:
    """The verdict of a gate that knows no third answer."""
    return Verdict(gate, "pass" if passed else "refuse", because)


def better_or_worse(improvement: Estimate) -> tuple[str, str]:
    """An improvement in words: `better by 0.010`, or `worse by 0.010`, and its interval."""
    value, low, high = improvement.value, improvement.low, improvement.high
    word = "better"
    if value < 0:
        word, value, low, high = "worse", -value, -high, -low
    return f"{word} by {_shown(value)}", f"{_shown(low)} to {_shown(high)}"


def _shown(number: float) -> str:
    return f"{number:.3f}".replace("-0.000", "0.000")
