"""Serving: versions, skew, parity, the shadow, the canary, and files that are programs."""

from __future__ import annotations

import contextlib
import io
import pickle
import warnings
from typing import Any

import numpy as np
import sklearn
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import InconsistentVersionWarning
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from tests.pipelines.differences.bundled import cancer, champion
from twotracks.pipelines.sample_size import labelled_per_arm, requests_to_see, seen_within


def pickle_of_another_version() -> bytes:
    """A model as scikit-learn 1.0.0 would have left it."""
    model = LogisticRegression(max_iter=1000).fit(*load_iris(return_X_y=True))
    return pickle.dumps(model).replace(sklearn.__version__.encode(), b"1.0.0")


def version_stamp() -> dict[str, float]:
    """A model of another version warns, and scores all the same.

    The rows are those that it was trained on: they show that it answers, not how well.
    """
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        model = pickle.loads(pickle_of_another_version())
    return {
        "warnings": sum(note.category is InconsistentVersionWarning for note in told),
        "still scores": float(model.score(*load_iris(return_X_y=True))),
    }


def skew() -> dict[str, float]:
    """The model is the same; what it is given is computed in another way."""
    data = cancer()
    model = champion()[-1]
    millimetres = data.test.copy()
    millimetres[:, data.names.index("mean radius")] *= 10
    one_by_one = [StandardScaler().fit_transform(row[None])[0] for row in data.test]
    differ = ~np.isclose(millimetres, data.test).all(axis=0)
    return {
        "offline": data.accuracy(champion()),
        "no scaler": float(model.score(data.test, data.test_y)),
        "a scaler for each request": float(model.score(np.array(one_by_one), data.test_y)),
        "one column in another unit": float(champion().score(millimetres, data.test_y)),
        "columns that differ": int(differ.sum()),
    }


def batch_mates() -> dict[str, float]:
    """One row, scaled with benign rows and with malignant ones: the probability of benign."""
    data = cancer()
    row = data.test[1:2]

    def benign(mates: Any) -> float:
        scaled = StandardScaler().fit_transform(np.r_[row, mates[:50]])
        return float(champion()[-1].predict_proba(scaled)[0, 0])

    return {
        "among benign rows": benign(data.test[data.test_y == 0]),
        "among malignant rows": benign(data.test[data.test_y == 1]),
    }


def package_parity() -> dict[str, float]:
    """The old model with the new release's columns: another order is silent, one less is loud."""
    data = cancer()
    reordered = np.roll(data.test, -1, axis=1)
    raised = 0
    try:
        champion().predict(data.test[:, 1:])
    except ValueError:
        raised = 1
    return {
        "another order": float(champion().score(reordered, data.test_y)),
        "a column less raises": raised,
    }


def shadow() -> dict[str, float]:
    """A challenger scores every request, and the champion answers."""
    data = cancer()
    challenger = RandomForestClassifier(random_state=0).fit(data.train, data.train_y)
    log: list[Any] = []

    def answer(rows: Any) -> Any:
        log.extend(challenger.predict(rows))
        return champion().predict(rows)

    served = answer(data.test)
    disagree = int((served != log).sum())
    return {
        "requests": len(served),
        "served by the challenger": int((served != champion().predict(data.test)).sum()),
        "disagree": disagree,
        "percent": 100 * disagree / len(served),
    }


def canary_sizes() -> dict[str, float]:
    """Labelled requests an arm for a fall of accuracy, and requests until a crash is seen."""
    falls = {f"0.95 to {after}": labelled_per_arm(0.95, after) for after in (0.5, 0.9, 0.93, 0.94)}
    crash = requests_to_see(0.2)
    return falls | {"a crash in 5": crash, "seen within them": seen_within(0.2, crash)}


class Greeting:
    """An object whose pickle calls `print` when it is loaded."""

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return print, ("this ran while the model was loaded",)


class OnlyModels(pickle.Unpickler):
    """Loads what scikit-learn and numpy define. An illustration: no security boundary."""

    def find_class(self, module: str, name: str) -> Any:
        if module.split(".", maxsplit=1)[0] not in ("sklearn", "numpy", "scipy"):
            raise pickle.UnpicklingError(f"{module}.{name} is not allowed")
        return super().find_class(module, name)


def loading_runs_code() -> dict[str, Any]:
    """What a pickle prints while it is loaded, and what an allow-list makes of it."""
    harmful = pickle.dumps(Greeting())
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        pickle.loads(harmful)
    try:
        OnlyModels(io.BytesIO(harmful)).load()
    except pickle.UnpicklingError as error:
        refused = str(error)
    else:
        refused = ""
    model = OnlyModels(io.BytesIO(pickle.dumps(champion()))).load()
    return {"printed": printed.getvalue(), "refused": refused, "model": model}
