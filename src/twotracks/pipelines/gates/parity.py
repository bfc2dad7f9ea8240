"""Does the service compute the features that training saw, and answer as the model does?"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from twotracks.pipelines.gates.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from twotracks.pipelines.statistics import Array

TOLERANCE = 2e-6
"""Both probabilities are rounded to six decimals."""
FEATURES_GATE = "service computes training's features"
ANSWERS_GATE = "service answers as the model does"


def same_features(seen: Sequence[Mapping[str, Any]], trained: pd.DataFrame) -> Verdict:
    """Pass if the service computed exactly the features that training had for the same flights.

    Statistic: none, it is exact; a value that is missing must be missing on both sides. It finds
    training/serving skew, if it shows in the golden flights. Source: Breck et al. 2017, The ML Test
    Score, Monitor 3.

    Args:
        seen: what the service computed for each of n flights, by feature; None or NaN stands for
            what was not measured.
        trained: the n rows that training would see, a column a feature.
    """
    if len(seen) != len(trained) or trained.empty:
        because = f"the service computed features of {len(seen)} flights, not of {len(trained)}"
        return Verdict(FEATURES_GATE, "refuse", because)
    for name in trained.columns:
        if any(name not in row for row in seen):
            return Verdict(FEATURES_GATE, "refuse", f"the service computes no {name}")
        for number, (row, right) in enumerate(zip(seen, trained[name], strict=True), start=1):
            if not _same(row[name], right):
                because = (
                    f"{name} of flight {number} is {_shown(row[name])} in the service and "
                    f"{_shown(right)} in training"
                )
                return Verdict(FEATURES_GATE, "refuse", because)
    because = f"{len(trained.columns)} features of {len(trained)} flights are the same"
    return Verdict(FEATURES_GATE, "pass", because)


def _same(seen: float | str | None, right: float | str) -> bool:
    if pd.isna(seen) or pd.isna(right):
        return bool(pd.isna(seen) and pd.isna(right))
    if isinstance(right, str) or isinstance(seen, str):
        return seen == right
    return float(seen) == float(right)


def _shown(value: float | str | None) -> str:
    if pd.isna(value):
        return "missing"
    return repr(value) if isinstance(value, str) else f"{value:g}"


def same_answers(replies: Sequence[Mapping[str, Any]], version: str, expected: Array) -> Verdict:
    """Pass if the service answered every flight with this version and the model's probability.

    Statistic: none; two probabilities are the same if they differ by no more than `TOLERANCE`.
    Source: Breck et al. 2017, The ML Test Score, Monitor 3 and Infra 5.

    Args:
        replies: the n replies, each with its `status`.
        version: the version that should have answered.
        expected: what the model itself says of the n flights.
    """
    if len(replies) != len(expected) or not replies:
        because = f"there are {len(replies)} replies, not {len(expected)}"
        return Verdict(ANSWERS_GATE, "refuse", because)
    for number, (reply, right) in enumerate(zip(replies, expected, strict=True), start=1):
        if reply["status"] != HTTPStatus.OK or reply.get("model") != version:
            because = f"the service does not answer with model version {version}: {dict(reply)}"
            return Verdict(ANSWERS_GATE, "refuse", because)
        if not np.isclose(reply["probability"], right, atol=TOLERANCE, rtol=0):
            because = (
                f"the service says {reply['probability']:.3f} of flight {number} where the model "
                f"says {right:.3f}"
            )
            return Verdict(ANSWERS_GATE, "refuse", because)
    return Verdict(ANSWERS_GATE, "pass", f"{len(replies)} answers are the model's")
