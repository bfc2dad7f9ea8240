"""What the demonstrations share: scikit-learn's bundled data, split once, and one model."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.datasets import load_breast_cancer, load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

if TYPE_CHECKING:
    from twotracks.pipelines.statistics import Array


@dataclass(frozen=True)
class Split:
    """Rows to train on and rows that no model has seen."""

    names: tuple[str, ...]
    train: Array
    train_y: Array
    test: Array
    test_y: Array

    def accuracy(self, model: Any) -> float:
        """The share of test rows that a fitted model gets right."""
        return float(np.mean(model.predict(self.test) == self.test_y))


@lru_cache
def cancer(test_size: float = 0.3, seed: int = 0) -> Split:
    """569 tumours, 30 columns; 1 is malignant (scikit-learn has it as 0)."""
    data = load_breast_cancer()
    split = _split(data.data, data.target, tuple(data.feature_names), test_size, seed)
    # Recoded after the split: which rows stratification draws depends on the order of the labels.
    return replace(split, train_y=1 - split.train_y, test_y=1 - split.test_y)


@lru_cache
def digits(test_size: float = 0.3, seed: int = 0) -> Split:
    """1,797 handwritten digits of 8 x 8 pixels, 0 to 16."""
    data = load_digits()
    return _split(data.data, data.target, tuple(data.feature_names), test_size, seed)


def _split(x: Array, y: Array, names: tuple[str, ...], test_size: float, seed: int) -> Split:
    train, test, train_y, test_y = train_test_split(
        x, y, test_size=test_size, stratify=y, random_state=seed
    )
    for array in (train, test, train_y, test_y):
        array.setflags(write=False)  # a demonstration that changes rows must copy them
    return Split(names, train, train_y, test, test_y)


def regression(c: float = 1.0) -> Pipeline:
    """A logistic regression on standardised columns."""
    return make_pipeline(StandardScaler(), LogisticRegression(C=c))


@lru_cache
def champion() -> Pipeline:
    """The regression, fitted to the training rows of `cancer`."""
    data = cancer()
    return regression().fit(data.train, data.train_y)
