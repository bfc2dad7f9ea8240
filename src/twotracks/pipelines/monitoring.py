"""What is said of a model's answers before the outcome is known, and once it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from twotracks.pipelines.flights import FEATURES
from twotracks.pipelines.gates.drift import (
    after_labels,
    before_labels,
    improvement_over,
)
from twotracks.pipelines.gates.two_samples import FEWEST
from twotracks.pipelines.statistics import DECIMALS, Array, Estimate, psi, resamples, squared_error

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

NORMAL = 1.959964
"""The 97.5% point of the normal distribution."""
WITHOUT_OUTCOMES = dict.fromkeys(
    ("late_rate", "gap", "auc", "brier", "brier_base", "better_than_base")
)


def report_on(
    live: pd.DataFrame,
    reference: pd.DataFrame,
    trained: pd.DataFrame,
    base_rate: float,
    *,
    features: Sequence[str] = FEATURES,
    misfit: str | None = None,
) -> dict[str, Any]:
    """What monitoring says of live flights: the evidence of `monitor_model`.

    Args:
        live: n flights with `month`, `day`, `FEATURES`, `features`, `late` and `probability`;
            the last two are missing where a flight's outcome is not known or it got no answer.
        reference: the flights that the model was validated on, with the same columns.
        trained: the flights that it was trained on, with the same columns but the last two.
        base_rate: the late rate among those.
        features: the columns that the model takes.
        misfit: what of the schema the flights did not fit, as they came.
    """
    answered = live[live["probability"].notna()]
    known = answered[answered["late"].notna()].astype({"late": "float64"})
    unanswered = len(live) - len(answered)
    early = before_labels(reference, live, trained, features)
    late = after_labels(reference, known, base_rate)
    alerts = [misfit] if misfit else []
    if unanswered:
        alerts.append(f"{unanswered:,} of {len(live):,} flights got no answer")
    alerts += [alarm.because for alarm in early if not alarm.passed]
    return {
        "month": months(live),
        "rows": len(live),
        "unanswered": unanswered,
        "unlabelled": len(answered) - len(known),
        "misfit": misfit,
        "predicted_rate": rounded(answered["probability"].mean()) if len(answered) else None,
        **WITHOUT_OUTCOMES,
        **(_scores(known, base_rate) if len(known) >= FEWEST else {}),
        **(_auc(known) if len(known) >= FEWEST else {}),
        "psi": {name: rounded(psi(reference[name], live[name])) for name in features},
        "before_labels": expected(answered["probability"].to_numpy(), base_rate),
        "validation": {"rows": len(reference), **_scores(reference, base_rate, seed=1)},
        "alarms": {alarm.gate: alarm.decision for alarm in (*early, *late)},
        "alerts_before_labels": alerts,
        "alerts": [*(alarm.because for alarm in late if not alarm.passed), *alerts],
    }


def expected(probability: Array, base_rate: float) -> dict[str, Any] | None:
    """What the probabilities alone say of the scores to come, before any outcome is known.

    If each is right, a flight is late with probability p. Then the late rate is expected to be the
    mean p, the Brier score the mean p (1 - p), and the improvement over always saying the base
    rate b the mean (p - b)^2. The interval holds 95% of what chance gives then. This is the idea of
    confidence-based performance estimation (NannyML, CBPE).

    It assumes that the probabilities are calibrated on these flights, so it is wrong where the
    rule between inputs and outcome changed, or the model extrapolates: it then describes a world in
    which the model is right.

    Returns:
        None if there are no probabilities.
    """
    p = probability
    if not len(p):
        return None
    of_late, of_loss = p * (1 - p), p * (1 - p) * (1 - 2 * p) ** 2
    # Improvement of a flight: (b - y)^2 - (p - y)^2, which differs by 2 (p - b) between outcomes.
    of_improvement = p * (1 - p) * (2 * (p - base_rate)) ** 2
    return {
        "late_rate": _around(p, of_late).to_json(),
        "brier": _around(p * (1 - p), of_loss).to_json(),
        "better_than_base": _around((p - base_rate) ** 2, of_improvement).to_json(),
    }


def _around(means: Array, variances: Array) -> Estimate:
    """The mean of independent values with these means and variances, and where 95% of it lies."""
    value, reach = float(means.mean()), NORMAL * float(np.sqrt(variances.sum())) / len(means)
    return Estimate(value, value - reach, value + reach)


def _scores(scored: pd.DataFrame, base_rate: float, seed: int = 0) -> dict[str, Any]:
    """How good the answers were, with 95% intervals."""
    late, probability = scored["late"].to_numpy(), scored["probability"].to_numpy()
    draws = resamples(len(scored), seed)
    return {
        "late_rate": draws.mean(late).to_json(),
        "predicted_rate": rounded(probability.mean()),
        "gap": draws.mean(probability - late).to_json(),
        "brier": draws.mean(squared_error(late, probability)).to_json(),
        "brier_base": rounded(squared_error(late, base_rate).mean()),
        "better_than_base": draws.mean(improvement_over(scored, base_rate)).to_json(),
    }


def _auc(scored: pd.DataFrame) -> dict[str, Any]:
    """How well the answers rank; None where all outcomes are the same."""
    late, probability = scored["late"].to_numpy(), scored["probability"].to_numpy()
    if late.min() == late.max():
        return {"auc": None}
    return {"auc": resamples(len(scored)).auc(late, probability).to_json()}


def months(rows: pd.DataFrame) -> int | list[int]:
    """The month of the rows, or their months where they are not of one."""
    found = sorted({int(month) for month in rows["month"].dropna()})
    return found[0] if len(found) == 1 else found


def rounded(value: float) -> float:
    """To the decimals of evidence."""
    return round(float(value), DECIMALS)
