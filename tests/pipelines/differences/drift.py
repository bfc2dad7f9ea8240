"""Drift: which changes of the world the inputs show, and which they do not."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import StratifiedKFold, cross_val_score

from tests.pipelines.differences.bundled import cancer, champion, regression
from twotracks.pipelines.gates.two_samples import p_value
from twotracks.pipelines.statistics import psi

if TYPE_CHECKING:
    from twotracks.pipelines.statistics import Array


def psi_of(before: Array, after: Array) -> float:
    """The PSI of two arrays."""
    return psi(pd.Series(before), pd.Series(after))


def ks(before: Array, after: Array) -> float:
    """The Kolmogorov-Smirnov p-value of two arrays."""
    return p_value(pd.Series(before), pd.Series(after))


def one_column_moves(name: str) -> dict[str, float]:
    """A column moves by two standard deviations: how far, and what it does to the accuracy."""
    data = cancer()
    column = data.names.index(name)
    moved = data.test.copy()
    moved[:, column] += 2 * data.train[:, column].std()
    return {
        "psi": psi_of(data.train[:, column], moved[:, column]),
        "before": data.accuracy(champion()),
        "after": float(champion().score(moved, data.test_y)),
    }


def fewer_malignant() -> dict[str, float]:
    """Of 64 malignant tumours among the test rows 6 stay: accuracy rises and precision falls."""
    data = cancer()
    model = regression(0.01).fit(data.train, data.train_y)
    few = np.random.default_rng(0).choice(np.flatnonzero(data.test_y == 1), 6, replace=False)
    live = np.r_[np.flatnonzero(data.test_y == 0), few]
    figures: dict[str, float] = {}
    for when, rows in (("before", np.arange(len(data.test_y))), ("after", live)):
        said, truth = model.predict(data.test[rows]), data.test_y[rows]
        figures |= {
            f"accuracy {when}": float((said == truth).mean()),
            f"precision {when}": float(truth[said == 1].mean()),
        }
    p = [ks(data.train[:, c], data.test[live, c]) for c in range(30)]
    return figures | {"columns flagged": sum(value < 0.05 / 30 for value in p)}


def flipped_rule() -> tuple[Array, Array]:
    """The test rows of `cancer` with the answer of the middle half by worst area turned round.

    Returns:
        Which 171 rows were turned, and the new answers.
    """
    data = cancer()
    area = data.test[:, data.names.index("worst area")]
    low, high = np.quantile(area, [0.25, 0.75])
    middle = (area > low) & (area < high)
    return middle, np.where(middle, 1 - data.test_y, data.test_y)


def rule_changes() -> dict[str, float]:
    """The rule changes, and no input does."""
    data = cancer()
    _, answers = flipped_rule()
    before, after = data.test, data.test.copy()
    return {
        "largest psi": max(psi_of(before[:, c], after[:, c]) for c in range(30)),
        "before": data.accuracy(champion()),
        "after": float(champion().score(after, answers)),
    }


@lru_cache
def correlated(n: int = 2000) -> tuple[Array, Array]:
    """Two columns that rise together, and then against each other; each alone is as it was."""
    rng = np.random.default_rng(0)
    old = rng.multivariate_normal([0, 0], [[1, 0.9], [0.9, 1]], n)
    return old, rng.multivariate_normal([0, 0], [[1, -0.9], [-0.9, 1]], n)


def joint_drift() -> dict[str, float]:
    """Each column passes its test; a classifier tells old rows from new ones."""
    old, new = correlated()
    forest = RandomForestClassifier(20, min_samples_leaf=20, random_state=0)
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    labels = np.repeat([0, 1], len(old))
    area = cross_val_score(forest, np.r_[old, new], labels, cv=folds, scoring="roc_auc").mean()
    return {
        "psi, first": psi_of(old[:, 0], new[:, 0]),
        "psi, second": psi_of(old[:, 1], new[:, 1]),
        "p, first": ks(old[:, 0], new[:, 0]),
        "p, second": ks(old[:, 1], new[:, 1]),
        "correlation before": float(np.corrcoef(old.T)[0, 1]),
        "correlation after": float(np.corrcoef(new.T)[0, 1]),
        "auc of the classifier": float(area),
    }


def hundred_calm_days() -> dict[str, float]:
    """The cancer rows in two random halves, a hundred times: alarms where nothing changed."""
    x = load_breast_cancer().data
    rng = np.random.default_rng(0)
    p = np.empty((100, x.shape[1]))
    for day in range(100):
        order = rng.permutation(len(x))
        half = len(x) // 2
        p[day] = [ks(x[order[:half], c], x[order[half:], c]) for c in range(x.shape[1])]
    return {
        "days with an alarm": int((p < 0.05).any(axis=1).sum()),
        "columns a day": float((p < 0.05).sum(axis=1).mean()),
        "days, corrected": int((p < 0.05 / x.shape[1]).any(axis=1).sum()),
    }


def more_rows() -> dict[str, float]:
    """A shift of 0.03 standard deviations, with few rows and with many."""
    rng = np.random.default_rng(0)
    figures = {}
    for n in (200, 2_000, 20_000, 200_000):
        before, after = rng.normal(size=n), rng.normal(0.03, 1, n)
        figures[f"p, n = {n:,}"] = ks(before, after)
    few, *_, many = figures
    return {few: figures[few], many: figures[many], "psi": psi_of(before, after)}


def before_labels() -> dict[str, float]:
    """The mean confidence as an estimate of the accuracy, and the accuracy."""
    data = cancer()
    probability = champion().predict_proba(data.test)
    sure, right = probability.max(axis=1), champion().predict(data.test) == data.test_y
    hard = np.argsort(sure)[:32]
    _, answers = flipped_rule()
    return {
        "same data, said": float(sure.mean()),
        "same data, true": float(right.mean()),
        "hard cases, said": float(sure[hard].mean()),
        "hard cases, true": float(right[hard].mean()),
        "rule changed, said": float(sure.mean()),
        "rule changed, true": float((champion().predict(data.test) == answers).mean()),
    }
