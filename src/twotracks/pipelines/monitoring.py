"""What is said of a model's answers once the outcome is known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twotracks.pipelines.flights import FEATURES
from twotracks.pipelines.statistics import Bootstrap, Estimate, psi, squared_error

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

PSI_LIMIT = 0.25
"""A convention (Siddiqi 2006), not a law: a feature above it has clearly moved."""


def report_on(
    month: int | list[int], scored: pd.DataFrame, training: pd.DataFrame, base_rate: float
) -> dict[str, Any]:
    """What monitoring says of a month: the evidence of `monitor_model`.

    Args:
        month: 1 to 12, or several.
        scored: n flights with the columns `FEATURES`, `late` and `probability`.
        training: the flights that the model was trained on.
        base_rate: the late rate among those.
    """
    late, probability = scored["late"].to_numpy(), scored["probability"].to_numpy()
    draws = Bootstrap(len(scored))
    loss, base_loss = squared_error(late, probability), squared_error(late, base_rate)
    better = draws.mean(base_loss - loss)
    gap = draws.mean(probability - late)
    moved = {name: round(psi(training[name], scored[name]), 6) for name in FEATURES}
    return {
        "month": month,
        "rows": len(scored),
        "late_rate": draws.mean(late).to_json(),
        "predicted_rate": round(probability.mean(), 6),
        "gap": gap.to_json(),
        "auc": draws.auc(late, probability).to_json(),
        "brier": draws.mean(loss).to_json(),
        "brier_base": round(float(base_loss.mean()), 6),
        "better_than_base": better.to_json(),
        "psi": moved,
        "alerts": _alerts(better, gap, moved),
    }


def _alerts(better: Estimate, gap: Estimate, moved: Mapping[str, float]) -> list[str]:
    """What somebody should look at, one sentence each."""
    alerts = []
    if better.high < 0:
        alerts.append("the Brier score is worse than the base rate's")
    if gap.low > 0 or gap.high < 0:
        alerts.append(f"the predicted late rate is too {'high' if gap.low > 0 else 'low'}")
    names = [name for name, value in moved.items() if value > PSI_LIMIT]
    if names:
        alerts.append(f"inputs moved (PSI above {PSI_LIMIT}): {', '.join(names)}")
    return alerts
