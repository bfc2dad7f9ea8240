"""The model that the service answers with: the registry's champion, checked and kept loaded.

The registry is a directory. `aliases/champion` is a text file that holds a version;
`versions/<version>/` holds `model.skops` and `card.json`. Whoever releases a model replaces the
alias in one move, and the next request is answered with the new model.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from flight_delay.features import FEATURES

if TYPE_CHECKING:
    from pathlib import Path

Row: TypeAlias = Mapping[str, float | str]
Predict: TypeAlias = Callable[[Row], float]
Load: TypeAlias = Callable[[bytes, Sequence[str], Sequence[str]], Predict]

# What a file that is no model, or one for other versions of the libraries, is known to raise.
LOAD_ERRORS = (
    OSError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ImportError,
    zipfile.BadZipFile,
)


class NoModelError(Exception):
    """There is no model to answer with. The message says why."""


@dataclass(frozen=True)
class Model:
    """A loaded model: its version, and the probability that it gives to a row of features."""

    version: str
    predict: Predict


def load_skops(content: bytes, trusted: Sequence[str], columns: Sequence[str]) -> Predict:
    """Load a scikit-learn pipeline from the bytes of a skops file.

    Args:
        content: the file.
        trusted: the names of the types that the file may hold beside those that skops trusts.
        columns: the order in which the pipeline wants the features.

    Returns:
        A function from a row of features to the probability that the flight is late.
    """
    import pandas as pd  # noqa: PLC0415 - seconds of imports must not delay the start
    import skops.io  # noqa: PLC0415

    pipeline = skops.io.loads(content, trusted=list(trusted))

    def predict(row: Row) -> float:
        return float(pipeline.predict_proba(pd.DataFrame([row], columns=list(columns)))[0, 1])

    return predict


class Champion:
    """The registry's champion, loaded when it is first asked for and whenever it changes."""

    def __init__(self, registry: Path, load: Load = load_skops) -> None:
        self._registry = registry
        self._load = load
        self._loaded: Model | None = None
        self._lock = threading.Lock()

    def version(self) -> str | None:
        """The version that the alias names now, loaded or not; None when there is none."""
        try:
            return (self._registry / "aliases" / "champion").read_text("utf-8").strip() or None
        except FileNotFoundError:
            return None

    def model(self) -> Model:
        """The model of the version that the alias names now, and never another one.

        Raises:
            NoModelError: there is no champion, or it cannot be loaded.
        """
        version = self.version()
        if version is None:
            raise NoModelError("no champion: the registry names no model version")
        model = self._loaded
        if model is not None and model.version == version:
            return model
        with self._lock:
            model = self._loaded
            if model is None or model.version != version:
                model = self._loaded = self._read(version)
            return model

    def _read(self, version: str) -> Model:
        # The alias becomes part of a path, so it must not lead out of the registry.
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", version):
            raise NoModelError(f"the champion {version!r} is not the name of a version")
        folder = self._registry / "versions" / version
        try:
            card = json.loads((folder / "card.json").read_bytes())
            content = (folder / "model.skops").read_bytes()
            named, digest = str(card["version"]), str(card["sha256"])
            trusted, columns = list(card["trusted"]), list(card["features"])
        except FileNotFoundError as error:
            missing = str(error.filename).rsplit("/", 1)[-1]
            raise NoModelError(f"version {version} has no {missing}") from error
        except (OSError, ValueError, LookupError, TypeError) as error:
            raise NoModelError(
                f"version {version} has a card that cannot be read: {type(error).__name__}: {error}"
            ) from error
        if named != version:
            raise NoModelError(f"version {version} has the card of version {named}")
        unknown = [name for name in columns if name not in FEATURES]
        if unknown:
            raise NoModelError(
                f"version {version} wants features that this service does not "
                f"make: {', '.join(unknown)}"
            )
        found = hashlib.sha256(content).hexdigest()
        if found != digest:
            raise NoModelError(
                f"SHA-256 mismatch: model.skops of version {version} is "
                f"{found[:12]}..., its card says {digest[:12]}..."
            )
        try:  # the bytes that were checked are the bytes that are loaded
            return Model(version, self._load(content, trusted, columns))
        except LOAD_ERRORS as error:
            first = (str(error).splitlines() or [""])[0]
            raise NoModelError(
                f"version {version} cannot be loaded: {type(error).__name__}: {first}"
            ) from error
