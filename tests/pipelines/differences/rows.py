"""Data that arrive: a schema and what it cannot see, silent failures, leaks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pandera.pandas as pa
from pandera.errors import SchemaErrors
from sklearn.datasets import load_digits, load_wine
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestRegressor
from sklearn.feature_selection import SelectKBest, f_classif
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_score, train_test_split
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC

from tests.pipelines.differences.bundled import cancer, champion, digits

if TYPE_CHECKING:
    from collections.abc import Callable

    from twotracks.pipelines.statistics import Array


def wine_schema(train: pd.DataFrame) -> pa.DataFrameSchema:
    """What the training rows say of rows to come: columns, types, ranges with a margin of half."""
    columns = {}
    for name in train.columns.drop("target"):
        low, high = train[name].min(), train[name].max()
        margin = (high - low) / 2
        columns[name] = pa.Column("float64", pa.Check.in_range(low - margin, high + margin))
    columns["target"] = pa.Column("int64", pa.Check.isin([0, 1, 2]))
    whole = pa.Check(lambda rows: len(rows) >= 50, error="50 rows or more")
    return pa.DataFrameSchema(columns, checks=whole, strict=True, ordered=True)


def wine_corruptions() -> dict[str, Callable[[pd.DataFrame], pd.DataFrame]]:
    """Eight ways in which a batch of wines can be wrong."""

    def swapped(rows: pd.DataFrame) -> pd.DataFrame:
        names = {"alcohol": "malic_acid", "malic_acid": "alcohol"}
        return rows.rename(columns=names)[[*rows.columns]]

    def shuffled(rows: pd.DataFrame) -> pd.DataFrame:
        return rows.assign(target=np.random.default_rng(0).permutation(rows["target"]))

    return {
        "a missing value": lambda rows: rows.assign(ash=rows["ash"].where(rows.index != 0)),
        "another unit": lambda rows: rows.assign(magnesium=rows["magnesium"] * 1000),
        "another type": lambda rows: rows.assign(hue=rows["hue"].astype("str")),
        "a column dropped": lambda rows: rows.drop(columns="proline"),
        "truncated": lambda rows: rows.head(5),
        "a new label": lambda rows: rows.assign(target=rows["target"].replace(2, 3)),
        "two columns swapped": swapped,
        "shuffled labels": shuffled,
    }


def caught_by_the_schema() -> dict[str, bool]:
    """Which of the batches the schema refuses; the first is as it should be."""
    wine = load_wine(as_frame=True).frame
    train, batch = train_test_split(wine, test_size=0.5, stratify=wine["target"], random_state=0)
    batch = batch.reset_index(drop=True)
    schema = wine_schema(train)
    caught = {}
    for name, corrupt in {"clean": pd.DataFrame.copy, **wine_corruptions()}.items():
        try:
            schema.validate(corrupt(batch), lazy=True)
        except SchemaErrors:
            caught[name] = True
        else:
            caught[name] = False
    return caught


def silent_images() -> dict[str, float]:
    """Digits that are shifted or darker: other answers, and no exception."""
    data = digits()
    model = SVC(gamma=0.001).fit(data.train, data.train_y)
    images = data.test.reshape(-1, 8, 8)

    def accuracy(changed: Array) -> float:
        return float(model.score(changed.reshape(len(changed), 64), data.test_y))

    return {
        "as they are": accuracy(images),
        "shifted by a pixel": accuracy(np.roll(images, 1, axis=2)),
        "half as bright": accuracy(images / 2),
    }


def missing_columns() -> dict[str, float]:
    """Five of 30 columns are missing: one model raises, another calls every tumour benign."""
    data = cancer()
    trees = HistGradientBoostingClassifier(max_iter=20, random_state=0).fit(
        data.train, data.train_y
    )
    rows = data.test.copy()
    names = ("radius", "perimeter", "area", "concavity", "concave points")
    rows[:, [data.names.index(f"worst {name}") for name in names]] = np.nan
    raised = 0
    try:
        champion().predict(rows)
    except ValueError:
        raised = 1
    return {"the regression raises": raised, "trees": float(trees.score(rows, data.test_y))}


def columns_chosen_before_the_split() -> dict[str, float]:
    """Noise: 20 of 5,000 columns, chosen with all rows, and inside each fold."""
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 200)
    x = rng.normal(size=(200, 5000))
    folds = StratifiedKFold(10, shuffle=True, random_state=0)
    choose = SelectKBest(f_classif, k=20)
    model = LogisticRegression()
    chosen = choose.fit_transform(x, y)
    pipeline = make_pipeline(choose, model)
    return {
        "before": float(cross_val_score(model, chosen, y, cv=folds).mean()),
        "inside": float(cross_val_score(pipeline, x, y, cv=folds).mean()),
    }


def rows_on_both_sides() -> dict[str, float]:
    """Digits with random labels, each row twice: the copies know the answer."""
    x = load_digits().data
    y = np.random.default_rng(0).integers(0, 10, len(x))

    def accuracy(rows: Array, labels: Array) -> float:
        train, test, train_y, test_y = train_test_split(rows, labels, test_size=0.3, random_state=0)
        return float(KNeighborsClassifier(1).fit(train, train_y).score(test, test_y))

    return {"twice": accuracy(np.r_[x, x], np.r_[y, y]), "once": accuracy(x, y)}


def days_split_at_random() -> dict[str, float]:
    """A random walk of 500 days: R2 with days left out at random, and with the last days."""
    walk = np.random.default_rng(0).normal(size=500).cumsum()
    day = np.arange(500)[:, None]

    def r2(train: Array, test: Array) -> float:
        forest: Any = RandomForestRegressor(random_state=0).fit(day[train], walk[train])
        return float(forest.score(day[test], walk[test]))

    return {
        "at random": r2(*train_test_split(np.arange(500), test_size=0.3, random_state=0)),
        "in time": r2(np.arange(350), np.arange(350, 500)),
    }
