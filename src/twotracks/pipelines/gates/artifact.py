"""Is the stored model the one that was trained, and does it fit what is installed here?"""

from __future__ import annotations

import hashlib
import json
import zipfile
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from twotracks.errors import TwoTracksError
from twotracks.pipelines import model as models
from twotracks.pipelines.files import read_json
from twotracks.pipelines.gates.verdict import Verdict, verdict

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from twotracks.pipelines.model import Model

FIT = "file fits its card"
VERSIONS = "made with the installed versions"
TRAINED = "content is what was trained"


def check_artifact(folder: Path, trained: Model) -> tuple[Verdict, ...]:
    """Ask the three gates of a stored model, each only if those before it pass.

    The order matters: a file that is not what its card says is not opened, and one of other
    versions is not loaded.

    Args:
        folder: holds `model.skops` and `card.json`.
        trained: the model as training left it, which whoever changed the folder cannot change.
    """
    verdicts: list[Verdict] = []
    for verdict_of in _gates(folder, trained):
        verdicts.append(verdict_of)
        if not verdict_of.passed:
            break
    return tuple(verdicts)


def _gates(folder: Path, trained: Model) -> Iterator[Verdict]:
    yield file_fits_its_card(folder)
    yield made_with_installed_versions(folder)
    yield content_is_what_was_trained(folder, trained)


def file_fits_its_card(folder: Path) -> Verdict:
    """Pass if the SHA-256 of the model's file is the one on its card.

    Statistic: none, it is exact. It finds damage, and a change by somebody who forgot the card;
    who changes both is found by `content_is_what_was_trained`.
    """
    try:
        expected = str(read_json(folder / models.CARD_FILE).get("sha256"))
        found = hashlib.sha256((folder / models.MODEL_FILE).read_bytes()).hexdigest()
    except TwoTracksError as error:
        return Verdict(FIT, "refuse", f"the card cannot be read: {error.what}")
    except OSError as error:
        return Verdict(FIT, "refuse", f"the file cannot be read: {error.strerror}")
    return verdict(
        FIT,
        f"the file's SHA-256 is {found[:12]}..., the card says {expected[:12]}...",
        passed=found == expected,
    )


def made_with_installed_versions(folder: Path) -> Verdict:
    """Pass if the versions on the card and in the file are those that are installed here.

    Statistic: none, it is exact. scikit-learn does not promise that a model of another version
    loads, or answers the same. Source: the section on model persistence of its user guide. The file
    is read and not loaded.
    """
    try:
        wanted = [*read_json(folder / models.CARD_FILE).get("requires", {}).items()]
        wanted += [("scikit-learn", found) for found in sorted(_versions_in(folder))]
    except (TwoTracksError, AttributeError, *models.LOAD_ERRORS) as error:
        return Verdict(VERSIONS, "refuse", f"the versions cannot be read: {error}")
    if not wanted:
        return Verdict(VERSIONS, "refuse", "neither the card nor the file names any")
    others = [
        f"{name} {found}, and {_installed(name)} is installed"
        for name, found in dict.fromkeys(wanted)
        if found != _installed(name)
    ]
    same = ", ".join(f"{name} {found}" for name, found in dict.fromkeys(wanted))
    return verdict(VERSIONS, f"it was made with {', '.join(others) or same}", passed=not others)


def _installed(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "no version"


def _versions_in(folder: Path) -> set[str]:
    """The versions of scikit-learn that a model's file names, without loading it."""
    with zipfile.ZipFile(folder / models.MODEL_FILE) as archive:
        schema = json.loads(archive.read("schema.json"))
    return {json.loads(node["content"]) for node in _nodes(schema, "_sklearn_version")}


def _nodes(value: object, name: str) -> Iterator[dict[str, Any]]:
    """What stands under a name, anywhere in a JSON value."""
    if isinstance(value, dict):
        if isinstance(value.get(name), dict):
            yield value[name]
        value = [*value.values()]
    if isinstance(value, list):
        for item in value:
            yield from _nodes(item, name)


def content_is_what_was_trained(folder: Path, trained: Model) -> Verdict:
    """Pass if the content of the file, and what the card says of it, are what training left.

    Statistic: none, it is exact, to the six significant digits of `model.content_digest`. The
    digest is compared with the one that training recorded elsewhere, so that it does not help to
    change the card as well. The file is loaded for it, without pickle and with trusted types only.
    """
    try:
        found = models.load(folder)
        features = tuple(read_json(folder / models.CARD_FILE).get("features", ()))
    except TwoTracksError as error:
        return Verdict(TRAINED, "refuse", error.what)
    if found.digest != trained.digest:
        because = f"its content is {found.digest[:12]}..., trained was {trained.digest[:12]}..."
        return Verdict(TRAINED, "refuse", because)
    told = {
        "base_rate": (found.base_rate, trained.base_rate),
        "rows": (found.rows, trained.rows),
        "dataset": (found.dataset, trained.dataset),
        "features": (features, trained.features),
    }
    changed = [f"{name} {card} for {was}" for name, (card, was) in told.items() if card != was]
    because = f"the card says {', '.join(changed)}" if changed else f"{found.digest[:12]}..."
    return verdict(TRAINED, because, passed=not changed)
