"""What a gate says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

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
