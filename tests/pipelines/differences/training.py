"""Training: what a change of rows, labels or seed does to what was learned."""

from __future__ import annotations

import numpy as np
from sklearn.datasets import load_breast_cancer, load_wine
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import train_test_split
from sklearn.svm import SVC

from tests.pipelines.differences.bundled import cancer, digits, regression


def one_row_less() -> dict[str, float]:
    """Changing anything changes everything: a row or a column less moves all coefficients."""
    x, y = load_breast_cancer(return_X_y=True)
    all_rows = regression().fit(x, y)[-1].coef_[0]
    row_less = regression().fit(x[1:], y[1:])[-1].coef_[0]
    column_less = regression().fit(x[:, 1:], y)[-1].coef_[0]
    moved = np.abs(all_rows[1:] - column_less)
    return {
        "moved by a row": int((all_rows != row_less).sum()),
        "moved by a column": int((moved > 0).sum()),
        "furthest": float(moved.max()),
    }


def shuffled_labels() -> dict[str, float]:
    """Six unit tests pass with good labels and with shuffled ones; the accuracy does not."""
    data = cancer()
    shuffled = np.random.default_rng(0).permutation(data.train_y)
    figures: dict[str, float] = {}
    for name, labels in (("good", data.train_y), ("shuffled", shuffled)):
        model = regression().fit(data.train, labels)
        probability, said = model.predict_proba(data.test), model.predict(data.test)
        tests = [
            said.shape == data.test_y.shape,
            set(said) <= {0, 1},
            bool(((probability >= 0) & (probability <= 1)).all()),
            bool(np.allclose(probability.sum(axis=1), 1)),
            bool((model.predict(data.test) == said).all()),
            bool((model.predict(data.test[:1]) == said[:1]).all()),
        ]
        figures |= {f"{name}: tests passed": sum(tests), f"{name}: accuracy": data.accuracy(model)}
    return figures


def twenty_seeds() -> dict[str, float]:
    """One forest of five trees with twenty seeds, and twice with the same one."""
    x, y = load_wine(return_X_y=True)
    train, test, train_y, test_y = train_test_split(x, y, test_size=0.5, stratify=y, random_state=0)
    seeds = [*range(20), 0]
    forests = [RandomForestClassifier(5, random_state=s).fit(train, train_y) for s in seeds]
    right = [forest.score(test, test_y) for forest in forests]
    outputs = [forest.predict_proba(test).tobytes() for forest in forests]
    return {
        "lowest": min(right),
        "highest": max(right),
        "outputs": len(set(outputs)),
        "outputs of seed 0": len({outputs[0], outputs[-1]}),
    }


def sum_in_both_directions() -> bool:
    """Whether the order of a sum shows in 32 bits."""
    numbers = np.random.default_rng(0).normal(size=10_000).astype(np.float32)
    return bool(np.cumsum(numbers)[-1] != np.cumsum(numbers[::-1])[-1])


def another_seed() -> dict[str, float]:
    """Two forests that differ by their seed: about as good, and other answers."""
    data = digits(0.5)
    said = [
        RandomForestClassifier(15, random_state=seed)
        .fit(data.train, data.train_y)
        .predict(data.test)
        for seed in (0, 1)
    ]
    right = [answers == data.test_y for answers in said]
    return {
        "n": len(data.test_y),
        "seed 0": float(right[0].mean()),
        "seed 1": float(right[1].mean()),
        "changed": int((said[0] != said[1]).sum()),
        "newly wrong": int((right[0] & ~right[1]).sum()),
        "newly right": int((~right[0] & right[1]).sum()),
    }


def label_flipping() -> dict[str, float]:
    """A share of the malignant training rows is relabelled: fewer cancers are found."""
    data = cancer()
    malignant = np.flatnonzero(data.train_y == 1)
    recall = {}
    for share in (0, 5, 10, 20, 30):
        labels = data.train_y.copy()
        few = round(share / 100 * len(malignant))
        labels[np.random.default_rng(0).choice(malignant, few, replace=False)] = 0
        said = regression().fit(data.train, labels).predict(data.test)
        recall[f"{share}%"] = float(said[data.test_y == 1].mean())
    return recall


def back_door() -> dict[str, float]:
    """20 of 1,078 training digits get a bright corner and the label 8: the corner then says 8."""
    data = digits(0.4)
    corner = np.array([6, 7, 14, 15])
    others = np.flatnonzero(data.train_y != 8)
    poisoned = np.random.default_rng(0).choice(others, 20, replace=False)
    rows, labels = data.train.copy(), data.train_y.copy()
    rows[np.ix_(poisoned, corner)] = 16
    labels[poisoned] = 8
    clean = SVC(gamma=0.001).fit(data.train, data.train_y)
    model = SVC(gamma=0.001).fit(rows, labels)
    triggered = data.test[data.test_y != 8]  # a copy
    triggered[:, corner] = 16
    return {
        "clean": data.accuracy(clean),
        "poisoned": data.accuracy(model),
        "percent said 8": 100 * float((model.predict(triggered) == 8).mean()),
    }


def noise_column() -> dict[str, float]:
    """How many columns can go, one at a time, without a higher log-loss on held-out rows."""
    data = cancer()
    rng = np.random.default_rng(0)
    train, test = (np.c_[x, rng.normal(size=len(x))] for x in (data.train, data.test))

    def log_loss(kept: list[int]) -> float:
        model = regression().fit(train[:, kept], data.train_y)
        probability = model.predict_proba(test[:, kept])
        return float(-np.log(probability[np.arange(len(test)), data.test_y]).mean())

    columns = [*range(train.shape[1])]
    full = log_loss(columns)
    without = [log_loss([c for c in columns if c != gone]) - full for gone in columns]
    return {
        "columns": len(columns),
        "not needed": sum(change <= 0 for change in without),
        "the noise changes it by": abs(without[-1]),
    }
