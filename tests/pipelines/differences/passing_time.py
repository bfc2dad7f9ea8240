"""As time goes by: retraining, rolling back, feedback, policies, age."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from sklearn.linear_model import LogisticRegression

from tests.pipelines.differences.bundled import cancer, champion, regression

if TYPE_CHECKING:
    from collections.abc import Callable

    from twotracks.pipelines.statistics import Array


def rule(rng: np.random.Generator, n: int, angle: float, noise: float = 0.0) -> tuple[Array, Array]:
    """n rows of two columns; the answer depends on a direction, which can turn.

    Args:
        rng: the random numbers.
        n: how many rows.
        angle: of the direction, in radians.
        noise: the share of answers that are turned round.
    """
    x = rng.normal(size=(n, 2))
    y = x @ [np.cos(angle), np.sin(angle)] > 0
    return x, (y ^ (rng.random(n) < noise) if noise else y).astype(int)


def retrained_on_worse_rows() -> dict[str, float]:
    """Retraining on few rows, and on rows with wrong labels."""
    data = cancer()
    rng = np.random.default_rng(0)
    few = rng.choice(len(data.train_y), 24, replace=False)
    wrong = rng.choice(len(data.train_y), int(0.35 * len(data.train_y)), replace=False)
    labels = data.train_y.copy()
    labels[wrong] = 1 - labels[wrong]
    return {
        "champion": data.accuracy(champion()),
        "24 rows": data.accuracy(regression().fit(data.train[few], data.train_y[few])),
        "35% wrong": data.accuracy(regression().fit(data.train, labels)),
    }


def roll_back() -> dict[str, float]:
    """The rule has turned by one radian: today's model, the one before, and a new one."""
    rng = np.random.default_rng(0)
    first, second = (LogisticRegression().fit(*rule(rng, 1000, angle)) for angle in (0, 0.4))
    now = rule(rng, 2000, 1.0)
    third = LogisticRegression().fit(*rule(rng, 1000, 1.0))
    return {
        "now": float(second.score(*now)),
        "rolled back": float(first.score(*now)),
        "rolled forward": float(third.score(*now)),
    }


def greedy_shop() -> dict[str, float]:
    """Two items that are liked equally often; the one that looks better is shown, 40 days."""
    rng = np.random.default_rng(0)
    shown = np.array([1, 1])
    clicks = rng.binomial(shown, 0.5)
    for _ in range(40):
        item = int(np.argmax(clicks / shown))
        clicks[item] += rng.binomial(10, 0.5)
        shown[item] += 10
    return {"shown more": int(shown.max()), "shown less": int(shown.min())}


def thirty_days(retrain: Callable[[int, float], bool]) -> dict[str, float]:
    """Thirty days on which the rule turns by 0.045 radians each, with a policy.

    Args:
        retrain: says from the day (1 to 29) and yesterday's accuracy whether to train on
            yesterday's rows.
    """
    rng = np.random.default_rng(0)
    yesterday = rule(rng, 500, 0, 0.1)
    model = LogisticRegression().fit(*yesterday)
    accuracy: list[float] = []
    retrained = 0
    for day in range(30):
        if day and retrain(day, accuracy[-1]):
            model = LogisticRegression().fit(*yesterday)
            retrained += 1
        yesterday = rule(rng, 500, 0.045 * day, 0.1)
        accuracy.append(float(model.score(*yesterday)))
    return {
        "retrained": retrained,
        "mean": float(np.mean(accuracy)),
        "lowest": min(accuracy),
    }


def policies() -> dict[str, float]:
    """Never, weekly, on a fall below 0.85, and daily."""
    found = {
        "never": thirty_days(lambda _day, _accuracy: False),
        "weekly": thirty_days(lambda day, _accuracy: day % 7 == 0),
        "below 0.85": thirty_days(lambda _day, accuracy: accuracy < 0.85),
        "daily": thirty_days(lambda _day, _accuracy: True),
    }
    figures = {f"{name}: mean": run["mean"] for name, run in found.items()}
    figures |= {f"{name}: retrained": run["retrained"] for name, run in found.items()}
    return figures | {"never: lowest": found["never"]["lowest"]}


def ageing() -> dict[str, float]:
    """One model, older each time it is asked, while the rule turns by 0.09 radians a step."""
    rng = np.random.default_rng(0)
    model = LogisticRegression().fit(*rule(rng, 1000, 0, 0.1))
    return {
        f"age {age}": float(model.score(*rule(rng, 2000, 0.09 * age, 0.1)))
        for age in range(0, 11, 2)
    }
