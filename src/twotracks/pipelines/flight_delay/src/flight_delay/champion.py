"""The models that the registry names, checked and kept loaded: the champion and the challenger.

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
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, TypeAlias

from flight_delay.features import FEATURES

if TYPE_CHECKING:
    from pathlib import Path

Row: TypeAlias = Mapping[str, float | str]
Predict: TypeAlias = Callable[[Sequence[Row]], Sequence[float]]
"""From n rows of features to n probabilities."""
Load: TypeAlias = Callable[[bytes, Sequence[str]], Predict]

TRUSTED_TYPES = ("numpy.dtype",)
"""What a model file may hold beside the types that skops trusts.

It stands here and not on the card: whoever changes a model can change the card beside it.
"""

# What a file that is no model, or one for other versions of the libraries, is known to raise.
LOAD_ERRORS = (
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


class NoModelError(Exception):
    """There is no model to answer with. The message says why."""


@dataclass(frozen=True)
class Model:
    """A loaded model: its version and card, and the probabilities it gives to rows of features."""

    version: str
    card: bytes
    predict: Predict


def load_skops(content: bytes, columns: Sequence[str]) -> Predict:
    """Load a scikit-learn pipeline from the bytes of a skops file.

    Args:
        content: the file.
        columns: the order in which the pipeline wants the features.

    Returns:
        A function from n rows of features to the n probabilities that the flights are late.
    """
    import pandas as pd  # noqa: PLC0415 - seconds of imports must not delay the start
    import skops.io  # noqa: PLC0415

    pipeline = skops.io.loads(content, trusted=list(TRUSTED_TYPES))

    def predict(rows: Sequence[Row]) -> Sequence[float]:
        table = pd.DataFrame(rows, columns=list(columns))
        return [float(probability) for probability in pipeline.predict_proba(table)[:, 1]]

    return predict


class Named:
    """The model that an alias names, loaded when it is first asked for and whenever it changes."""

    alias: ClassVar[str]

    def __init__(self, registry: Path, load: Load = load_skops) -> None:
        self.registry = registry
        self.load = load
        self._loaded: Model | None = None
        self._lock = threading.Lock()

    def version(self) -> str | None:
        """The version that the alias names now, loaded or not; None when there is none.

        Raises:
            NoModelError: the alias is there and cannot be read.
        """
        try:
            return (self.registry / "aliases" / self.alias).read_text("utf-8").strip() or None
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise NoModelError(
                f"the alias {self.alias} cannot be read: {type(error).__name__}"
            ) from error

    def model(self) -> Model:
        """The model of the version that the alias names now, and never another one.

        It is loaded again when its card has changed.

        Raises:
            NoModelError: the alias names none, or it cannot be loaded.
        """
        version = self.version()
        if version is None:
            raise NoModelError(f"no {self.alias}: the registry names no model version")
        # The alias becomes part of a path, so it must not lead out of the registry.
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", version):
            raise NoModelError(f"the {self.alias} {version!r} is not the name of a version")
        card = self._file(version, "card.json")
        model = self._loaded
        if model is not None and (model.version, model.card) == (version, card):
            return model
        with self._lock:
            model = self._loaded
            if model is None or (model.version, model.card) != (version, card):
                model = self._loaded = self._read(version, card)
            return model

    def _file(self, version: str, name: str) -> bytes:
        try:
            return (self.registry / "versions" / version / name).read_bytes()
        except FileNotFoundError as error:
            raise NoModelError(f"version {version} has no {name}") from error
        except OSError as error:
            raise NoModelError(
                f"version {version} has a {name} that cannot be read: {error.strerror}"
            ) from error

    def _read(self, version: str, text: bytes) -> Model:
        try:
            card = json.loads(text)
            named, digest = str(card["version"]), str(card["sha256"])
            columns = [str(name) for name in card["features"]]
        except (ValueError, LookupError, TypeError, RecursionError) as error:
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
        content = self._file(version, "model.skops")
        found = hashlib.sha256(content).hexdigest()
        if found != digest:
            raise NoModelError(
                f"SHA-256 mismatch: model.skops of version {version} is "
                f"{found[:12]}..., its card says {digest[:12]}..."
            )
        try:  # the bytes that were checked are the bytes that are loaded
            return Model(version, text, self.load(content, columns))
        except LOAD_ERRORS as error:
            first = (str(error).splitlines() or [""])[0]
            raise NoModelError(
                f"version {version} cannot be loaded: {type(error).__name__}: {first}"
            ) from error


class Champion(Named):
    """The model that answers."""

    alias = "champion"


class Challenger(Named):
    """The model that is tried beside the champion, where there is one."""

    alias = "challenger"
