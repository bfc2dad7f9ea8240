"""What the ML track's steps hand to each other, and where it lies in the workspace.

data/<digest>.csv              a snapshot
models/<digest>/               a trained model with its card
predictions/<digest>.csv       scored flights
latest/dataset, candidate      which of them was made last
registry/                      versions and the alias `champion`
"""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from twotracks.errors import TwoTracksError
from twotracks.pipelines import model as models
from twotracks.pipelines.files import read_json, write_atomically
from twotracks.pipelines.flights import until
from twotracks.pipelines.model import CARD_FILE
from twotracks.pipelines.registry import CHAMPION, Registry
from twotracks.record import NotFound

if TYPE_CHECKING:
    from pathlib import Path

    from twotracks.pipelines.gates.validation import Scores

TRAINED_UNTIL = (3, 15)
"""The last month and day that are trained on; later rows validate."""


@dataclass(frozen=True)
class Dataset:
    """A snapshot of flights, named after its content."""

    rows: pd.DataFrame
    digest: str

    def training(self) -> pd.DataFrame:
        """The rows up to `TRAINED_UNTIL`."""
        return until(self.rows, *TRAINED_UNTIL)

    def validation(self) -> pd.DataFrame:
        """The rows that training does not see."""
        return self.rows.drop(self.training().index)


@dataclass(frozen=True)
class Candidate:
    """A trained model in a folder of the workspace."""

    model: models.Model
    folder: Path


@dataclass(frozen=True)
class Validation:
    """A candidate that every gate let through."""

    candidate: Candidate
    scores: Scores
    dataset: Dataset


@dataclass(frozen=True)
class Champion:
    """The version that answers."""

    version: str
    model: models.Model


def snapshot_path(workspace: Path, digest: str) -> Path:
    """Where a snapshot lies."""
    return workspace / "data" / f"{digest[:16]}.csv"


def candidate_path(workspace: Path, digest: str) -> Path:
    """The folder of a trained model."""
    return workspace / "models" / digest[:16]


def predictions_path(workspace: Path, digest: str) -> Path:
    """Where stored predictions lie."""
    return workspace / "predictions" / f"{digest[:16]}.csv"


def keep_predictions(workspace: Path, predictions: pd.DataFrame) -> str:
    """Store predictions, and give the digest that they are named after."""
    content, digest = _as_csv(predictions)
    write_atomically(predictions_path(workspace, digest), content)
    return digest


def digest_of(predictions: pd.DataFrame) -> str:
    """The digest that these predictions would be named after."""
    return _as_csv(predictions)[1]


def _as_csv(frame: pd.DataFrame) -> tuple[bytes, str]:
    content = frame.to_csv(index=False, lineterminator="\n").encode()
    return content, hashlib.sha256(content).hexdigest()


def read_predictions(workspace: Path, digest: str) -> pd.DataFrame:
    """Read stored predictions.

    Raises:
        TwoTracksError: they are missing, or not what they are named after.
    """
    content = _read(predictions_path(workspace, digest), digest)
    return pd.read_csv(io.BytesIO(content))


def _pointer_path(workspace: Path, kind: str) -> Path:
    return workspace / "latest" / kind


def point_latest(workspace: Path, kind: str, digest: str) -> None:
    """Remember the dataset or the candidate that was made last."""
    write_atomically(_pointer_path(workspace, kind), digest.encode("ascii"))


def _latest(workspace: Path, kind: str) -> str:
    try:
        return _pointer_path(workspace, kind).read_text(encoding="ascii").strip()
    except FileNotFoundError:
        raise NotFound(
            f"the workspace has no {kind}",
            where=str(workspace),
            fix="Run the step that makes it first.",
        ) from None


def read_dataset(workspace: Path, digest: str) -> Dataset:
    """Read a snapshot of the workspace.

    Raises:
        TwoTracksError: it is missing, or its content is not the one that it is named after.
    """
    content = _read(snapshot_path(workspace, digest), digest)
    return Dataset(pd.read_csv(io.BytesIO(content)), digest)


def _read(path: Path, digest: str) -> bytes:
    """The content of a file that is named after its digest."""
    try:
        content = path.read_bytes()
    except (OSError, ValueError) as error:
        raise TwoTracksError(
            f"cannot read it: {error}", where=str(path), fix="Run the step that keeps it again."
        ) from error
    if hashlib.sha256(content).hexdigest() != digest:
        raise TwoTracksError(
            "the content is not the one that the file is named after",
            where=str(path),
            fix="Run the step that keeps it again.",
        )
    return content


def find_dataset(workspace: Path) -> Dataset:
    """The snapshot that was collected last; `NotFound` if there is none."""
    return read_dataset(workspace, _latest(workspace, "dataset"))


def find_accepted(workspace: Path) -> Dataset | None:
    """The snapshot that was accepted last: the champion's, else the last collected, else None.

    The champion's comes first because the answers of today rest on it.
    """
    registry = Registry(workspace / "registry")
    version = registry.version_of(CHAMPION)
    if version:
        # The card is enough: a model that cannot be loaded is not this question's business.
        return read_dataset(workspace, read_json(registry.path(version) / CARD_FILE)["dataset"])
    try:
        return find_dataset(workspace)
    except NotFound:
        return None


def find_candidate(workspace: Path) -> Candidate:
    """The model that was trained last; `NotFound` if there is none.

    Raises:
        TwoTracksError: it cannot be loaded, or its content is not what training recorded.
    """
    digest = _latest(workspace, "candidate")
    folder = candidate_path(workspace, digest)
    model = models.load(folder)
    if model.digest != digest:
        raise TwoTracksError(
            f"its content is {model.digest[:12]}..., trained was {digest[:12]}...",
            where=str(folder),
            fix="Do not use it: somebody changed it. Train the model again.",
        )
    return Candidate(model, folder)


def find_champion(workspace: Path) -> Champion | None:
    """The champion in the workspace's registry, or None."""
    registry = Registry(workspace / "registry")
    version = registry.version_of(CHAMPION)
    return Champion(version, registry.load(version)) if version else None
