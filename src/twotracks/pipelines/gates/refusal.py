"""What a step does with the verdicts of its gates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twotracks.record import GateRefused

if TYPE_CHECKING:
    from collections.abc import Iterable

    from twotracks.pipelines.gates.verdict import Decision, Verdict

_SAID = {"refuse": "refused", "undecided": "undecided"}


def decisions(verdicts: Iterable[Verdict]) -> dict[str, Decision]:
    """What each gate decided, by its name: the evidence `gates`."""
    return {verdict.gate: verdict.decision for verdict in verdicts}


def let_through(verdicts: Iterable[Verdict], fix: str) -> None:
    """Go on only if every gate passed.

    Raises:
        GateRefused: a gate refuses or is undecided. The message has each of them with its figures.
    """
    against = [verdict for verdict in verdicts if not verdict.passed]
    if against:
        raise GateRefused(
            "; ".join(f"{v.gate}: {_SAID[v.decision]}, {v.because}" for v in against), fix=fix
        )
