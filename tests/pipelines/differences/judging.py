"""Judging a candidate: intervals, pairs, slices, baselines, and what wears a test set out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.datasets import load_breast_cancer, load_diabetes, make_classification
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import StratifiedKFold, cross_val_score, train_test_split
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from tests.pipelines.differences.bundled import cancer, champion, digits, regression
from twotracks.pipelines.gates.champion import Comparison, compare_losses
from twotracks.pipelines.statistics import wilson

if TYPE_CHECKING:
    from twotracks.pipelines.statistics import Array


def forty_splits() -> dict[str, float]:
    """Nothing changes but the split, and a fixed threshold is passed or not."""
    splits = [cancer(0.2, seed) for seed in range(40)]
    n = len(splits[0].test_y)
    right = [split.accuracy(regression().fit(split.train, split.train_y)) for split in splits]
    interval = wilson(round(float(np.median(right)) * n), n)
    return {
        "n": n,
        "lowest": min(right),
        "highest": max(right),
        "fail at 0.97": sum(share < 0.97 for share in right),
        "fail at 0.95": sum(share < 0.95 for share in right),
        "low": interval.low,
        "high": interval.high,
    }


def less_regularised() -> Comparison:
    """Digits: C = 0.1 against C = 0.01, on the same 540 rows."""
    data = digits()
    losses = [
        LogisticRegression(C=c).fit(data.train / 16, data.train_y).predict(data.test / 16)
        != data.test_y
        for c in (0.1, 0.01)
    ]
    return compare_losses(*losses)


def forest_against_regression() -> Comparison:
    """Cancer: a forest of 100 trees against the regression, on the same 171 rows."""
    data = cancer()
    forest = RandomForestClassifier(random_state=0).fit(data.train, data.train_y)
    losses = [model.predict(data.test) != data.test_y for model in (forest, champion())]
    return compare_losses(*losses)


def eight_nines() -> tuple[dict[str, float], tuple[Array, Array, Array]]:
    """A better model, trained on 8 of 108 nines: better on average, worse for the nines.

    Returns:
        The figures; and of 719 test rows the true digit, and the losses of champion and candidate.
    """
    data = digits(0.4)
    nines = np.flatnonzero(data.train_y == 9)
    kept = np.setdiff1d(np.arange(len(data.train_y)), nines[8:])
    old = LogisticRegression(C=0.01).fit(data.train / 16, data.train_y)
    new = SVC(gamma=0.001, C=10).fit(data.train[kept], data.train_y[kept])
    lost = old.predict(data.test / 16) != data.test_y, new.predict(data.test) != data.test_y
    nine = data.test_y == 9
    figures = {
        "nines in training": len(nines),
        "champion": float(1 - lost[0].mean()),
        "candidate": float(1 - lost[1].mean()),
        "champion, nines": float(1 - lost[0][nine].mean()),
        "candidate, nines": float(1 - lost[1][nine].mean()),
    }
    return figures, (data.test_y, *lost)


def two_groups() -> dict[str, float]:
    """Diabetes: the error in two groups (codes 1 and 2), and how often chance does as much."""
    x, y = load_diabetes(return_X_y=True, scaled=False)
    train, test, train_y, test_y = train_test_split(x, y, test_size=0.5, random_state=0)
    error = np.abs(Ridge().fit(train, train_y).predict(test) - test_y)
    first = test[:, 1] == 1

    def gap(group: Array) -> float:
        return abs(float(error[group].mean() - error[~group].mean()))

    rng = np.random.default_rng(0)
    by_chance = [gap(rng.permutation(first)) >= gap(first) for _ in range(2000)]
    return {
        "error, code 1": float(error[first].mean()),
        "error, code 2": float(error[~first].mean()),
        "n, code 1": int(first.sum()),
        "n, code 2": int((~first).sum()),
        "p": (sum(by_chance) + 1) / 2001,
    }


def rare_class() -> dict[str, float]:
    """One row in a hundred is positive: accuracy praises the model that never says so."""
    x, y = make_classification(4000, n_features=10, weights=[0.99], flip_y=0, random_state=0)
    train, test, train_y, test_y = train_test_split(x, y, test_size=0.5, stratify=y, random_state=0)
    said = regression().fit(train, train_y).predict(test)
    return {
        "always no": float((test_y == 0).mean()),
        "regression": float((said == test_y).mean()),
        "recall": float(said[test_y == 1].mean()),
    }


def baselines() -> dict[str, float]:
    """Accuracy in five folds, from no column at all to a forest."""
    data = load_breast_cancer()
    y = 1 - data.target
    names = [*data.feature_names]
    perimeter, points = names.index("worst perimeter"), names.index("worst concave points")
    folds = StratifiedKFold(5, shuffle=True, random_state=0)

    def accuracy(model: Any, columns: Array) -> float:
        return float(cross_val_score(model, columns, y, cv=folds).mean())

    return {
        "no column": accuracy(DummyClassifier(), data.data),
        "one split": accuracy(DecisionTreeClassifier(max_depth=1), data.data[:, [perimeter]]),
        "two columns": accuracy(regression(), data.data[:, [perimeter, points]]),
        "regression": accuracy(regression(), data.data),
        "forest": accuracy(RandomForestClassifier(50, random_state=0), data.data),
    }


def best_of_many() -> dict[str, float]:
    """Models that guess: the best of many looks good on the test set that chose it."""
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 2, 400)
    guesses = rng.integers(0, 2, (2000, 400))
    right = (guesses == truth)[:, :200].mean(axis=1)
    fresh = (guesses == truth)[:, 200:].mean(axis=1)
    best = {f"best of {many}": float(right[:many].max()) for many in (1, 10, 100, 2000)}
    return best | {"the winner on fresh rows": float(fresh[right.argmax()])}


def thresholds() -> dict[str, float]:
    """One model and three thresholds: cancers missed and false alarms."""
    data = cancer()
    probability = champion().predict_proba(data.test)[:, 1]
    figures: dict[str, float] = {}
    for threshold in (0.2, 0.5, 0.9):
        alarm = probability >= threshold
        figures[f"missed at {threshold}"] = int((~alarm & (data.test_y == 1)).sum())
        figures[f"false alarms at {threshold}"] = int((alarm & (data.test_y == 0)).sum())
    return figures
