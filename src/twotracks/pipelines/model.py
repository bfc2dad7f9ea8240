"""The model: one scikit-learn pipeline, how it is fitted, kept without pickle, and identified."""

from __future__ import annotations

import hashlib
import io
import json
import platform
import warnings
import zipfile
import zlib
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import numpy as np
import skops.io
from sklearn.base import BaseEstimator
from sklearn.compose import ColumnTransformer
from sklearn.exceptions import InconsistentVersionWarning
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from twotracks.errors import TwoTracksError
from twotracks.pipelines.files import read_json, write_atomically, write_json
from twotracks.pipelines.flights import CATEGORIES, NUMBERS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pandas as pd

    from twotracks.pipelines.statistics import Array

MODEL_FILE = "model.skops"
CARD_FILE = "card.json"
TRUSTED_TYPES = ("numpy.dtype",)
"""What a model file may hold beside the types that skops trusts. The service has the same list.

It stands here and not on the card: whoever changes a model can change the card beside it.
"""
CARD_FIELDS = ("sha256", "base_rate", "rows", "dataset")
"""What must be on a card for its model to be loaded."""
LOAD_ERRORS = (
    InconsistentVersionWarning,
    OSError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ImportError,
    RuntimeError,
    EOFError,
    zipfile.BadZipFile,
    zlib.error,
)
"""What a file that is no model, or one of other versions, is known to raise."""
SIGNIFICANT_DIGITS = 6
"""Enough to tell two fits apart, few enough to be the same on every processor."""


@dataclass(frozen=True)
class Model:
    """A fitted model and what has to be known about it."""

    pipeline: Pipeline
    digest: str
    """SHA-256 of its content: classes, parameters, fitted numbers. The same fit gives the same."""
    base_rate: float
    """The share of late flights among its training rows."""
    rows: int
    """How many rows it was trained on."""
    dataset: str
    """The digest of the snapshot that those rows are part of."""

    @property
    def features(self) -> tuple[str, ...]:
        """The columns that it was fitted on, in order."""
        return tuple(map(str, self.pipeline.feature_names_in_))

    def predict(self, flights: pd.DataFrame) -> Array:
        """The probability of being late for each flight, shape (n,), to six decimals.

        Rounding makes stored predictions, and all that is computed from them, the same on every
        machine.
        """
        probabilities = self.pipeline.predict_proba(flights[list(self.features)])[:, 1]
        rounded: Array = np.round(np.asarray(probabilities, dtype=np.float64), 6)
        return rounded


def fit(
    flights: pd.DataFrame,
    late: pd.Series,
    dataset: str,
    *,
    numbers: Sequence[str] = NUMBERS,
    categories: Sequence[str] = CATEGORIES,
    strength: float = 1.0,
) -> Model:
    """Fit imputation, scaling, one-hot encoding and logistic regression as one pipeline.

    Args:
        flights: n rows with the columns that `numbers` and `categories` name.
        late: the target, n booleans.
        dataset: the digest of the snapshot that the rows come from.
        numbers: the features that are numbers.
        categories: the features that are categories.
        strength: the inverse of the regularisation, scikit-learn's `C`.

    Raises:
        TwoTracksError: there are no rows, or all have the same target.
    """
    if late.nunique() < 2:  # noqa: PLR2004 - late and not late
        raise TwoTracksError(
            f"{len(late)} rows of one class only cannot train a classifier",
            fix="Train on flights of which some were late and some were not.",
        )
    scaler = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    encoder = ColumnTransformer(
        [
            ("numbers", scaler, list(numbers)),
            ("categories", OneHotEncoder(handle_unknown="ignore"), list(categories)),
        ]
    )
    pipeline = make_pipeline(encoder, LogisticRegression(C=strength, max_iter=1000))
    pipeline.fit(flights[[*numbers, *categories]], late.astype(int))
    return Model(
        pipeline, content_digest(pipeline), round(float(late.mean()), 6), len(flights), dataset
    )


def content_digest(estimator: BaseEstimator) -> str:
    """SHA-256 of what an estimator is, whatever file it is kept in."""
    text = json.dumps(_content(estimator), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _content(value: object) -> Any:  # noqa: PLR0911 - one line a kind of value
    """A JSON value that says what an estimator or one of its parts holds."""
    if isinstance(value, BaseEstimator):
        kept = {name: item for name, item in vars(value).items() if not name.startswith("_")}
        return {"class": type(value).__qualname__, **{k: _content(v) for k, v in kept.items()}}
    if isinstance(value, np.ndarray):
        return [list(value.shape), [_content(item) for item in value.ravel().tolist()]]
    if isinstance(value, np.generic):
        return _content(value.item())
    if isinstance(value, float):
        return f"{value:.{SIGNIFICANT_DIGITS}g}"
    if isinstance(value, dict):
        return {str(key): _content(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_content(item) for item in value]
    if value is None or isinstance(value, (bool, int, str)):
        return value
    return str(value)


def save(model: Model, folder: Path) -> Path:
    """Keep a model in a folder, without pickle: `model.skops` and the card beside it.

    Returns:
        The path of `model.skops`. The same model gives the same bytes.
    """
    content = _reproducible(skops.io.dumps(model.pipeline))
    card = {
        "digest": model.digest,
        "sha256": hashlib.sha256(content).hexdigest(),
        "base_rate": model.base_rate,
        "rows": model.rows,
        "dataset": model.dataset,
        "features": list(model.features),
        "python": platform.python_version(),
        "requires": {name: version(name) for name in ("numpy", "pandas", "scikit-learn", "skops")},
    }
    write_json(folder / CARD_FILE, card)
    return write_atomically(folder / MODEL_FILE, content)


def load(folder: Path) -> Model:
    """Read a model that `save` kept, and check that it is the one on its card.

    Raises:
        TwoTracksError: a file or a field of the card is missing, the file's SHA-256 is not the
            card's, it holds other types than `TRUSTED_TYPES`, or is no model of the installed
            version of scikit-learn.
    """
    card = _read_card(folder / CARD_FILE)
    path = folder / MODEL_FILE
    try:
        content = path.read_bytes()
    except OSError as error:
        raise TwoTracksError(
            f"cannot read the model: {error.strerror}",
            where=str(path),
            fix="Train the model again.",
        ) from error
    found = hashlib.sha256(content).hexdigest()
    if found != card["sha256"]:
        raise TwoTracksError(
            f"the file's SHA-256 is {found[:12]}..., the card says {str(card['sha256'])[:12]}...",
            where=str(path),
            fix="Do not load it: somebody changed it. Train the model again.",
        )
    pipeline = _read_pipeline(content, path)
    return Model(
        pipeline, content_digest(pipeline), card["base_rate"], card["rows"], card["dataset"]
    )


def _read_card(path: Path) -> dict[str, Any]:
    """A card on which nothing is missing that is needed."""
    card = read_json(path)
    missing = [name for name in CARD_FIELDS if name not in card]
    if missing:
        raise TwoTracksError(
            f"the card has no {', '.join(missing)}", where=str(path), fix="Train the model again."
        )
    return card


def _read_pipeline(content: bytes, path: Path) -> Pipeline:
    """Load a pipeline that holds nothing but scikit-learn's types and those that are trusted."""
    try:
        others = sorted({*skops.io.get_untrusted_types(data=content)} - {*TRUSTED_TYPES})
        if not others:
            with warnings.catch_warnings():
                warnings.simplefilter("error", InconsistentVersionWarning)
                pipeline = skops.io.loads(content, trusted=list(TRUSTED_TYPES))
    except LOAD_ERRORS as error:
        raise TwoTracksError(
            f"cannot load the model: {error}",
            where=str(path),
            fix="Train it again with the versions that are installed.",
        ) from error
    if others:
        raise TwoTracksError(
            f"the file needs types that are not trusted: {', '.join(others)}",
            where=str(path),
            fix="Do not load it: train() does not make such a file. Train the model again.",
        )
    if not isinstance(pipeline, Pipeline):
        raise TwoTracksError(
            f"the file holds a {type(pipeline).__name__}, not a scikit-learn pipeline",
            where=str(path),
            fix="Train the model again.",
        )
    return pipeline


def _reproducible(content: bytes) -> bytes:
    """The same skops file with nothing in it that changes from one saving to the next.

    skops names arrays and marks shared objects by their addresses, and its zip file holds the time
    (0.16). Numbering the addresses in order of appearance keeps what they say.
    """
    numbers: dict[str, str] = {}

    def renamed(value: Any) -> Any:
        if isinstance(value, list):
            return [renamed(item) for item in value]
        if not isinstance(value, dict):
            return value
        changed = {key: renamed(item) for key, item in value.items()}
        if "__id__" in changed:
            changed["__id__"] = int(numbers.setdefault(f"id {value['__id__']}", f"{len(numbers)}"))
        if isinstance(changed.get("file"), str):
            changed["file"] = numbers.setdefault(value["file"], f"{len(numbers)}.npy")
        return changed

    fresh = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(fresh, "w") as new:
        schema = renamed(json.loads(old.read("schema.json")))
        for name in sorted(old.namelist(), key=lambda name: numbers.get(name, "")):
            if name != "schema.json":
                _add(new, numbers[name], old.read(name))
        _add(new, "schema.json", json.dumps(schema, indent=2).encode())
    return fresh.getvalue()


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), content)
