"""The product of ordinary CI/CD: the service with its model inside, like any other file.

src/flight_delay/registry/      the model as version 1, and the alias champion
tests/golden.json               what the service answered when the replies were recorded
"""

from __future__ import annotations

import shutil
import tempfile
import tomllib
from pathlib import Path

from twotracks.errors import TwoTracksError
from twotracks.pipelines.files import read_json, write_atomically, write_json
from twotracks.pipelines.git import LEFT_OUT
from twotracks.pipelines.golden import GOLDEN_FILE, as_json, record_replies
from twotracks.pipelines.model import CARD_FILE, MODEL_FILE
from twotracks.pipelines.registry import CHAMPION
from twotracks.pipelines.service import MODULE, start

VERSION = "1"
"""The version of the only model that a wheel holds."""


def product(source: Path, model_folder: Path, into: Path, golden: Path | None = None) -> Path:
    """Write the project of a service that ships with its model.

    The same source, model and golden replies give the same files. The model is copied and not
    looked at: to whoever ships it so, it is a file.

    Args:
        source: the service's project.
        model_folder: a saved model, `model.skops` and its card.
        into: the folder to write; it must not be there yet.
        golden: the golden replies to keep, as after a change of code only. Left out, they are
            recorded by starting the service from this source with this model, as after a new model.

    Returns:
        The folder, which `code_commit(source=...)` takes.

    Raises:
        TwoTracksError: a file cannot be read or written, `into` is there, or the replies are to be
            recorded and the service does not start or does not answer.
    """
    source, into = Path(source), Path(into)
    try:
        shutil.copytree(source, into, ignore=LEFT_OUT, copy_function=shutil.copyfile)
        _add_model(Path(model_folder), into / "src" / MODULE / "registry")
        kept = golden.read_bytes() if golden else None
    except (OSError, shutil.Error) as error:
        raise TwoTracksError(
            f"the product cannot be written: {error}",
            where=str(into),
            fix="Give a source and a model that can be read, and a folder that is not there yet.",
        ) from error
    write_atomically(into / GOLDEN_FILE, _record(into) if kept is None else kept)
    return into


def _add_model(model_folder: Path, registry: Path) -> None:
    folder = registry / "versions" / VERSION
    write_atomically(folder / MODEL_FILE, (model_folder / MODEL_FILE).read_bytes())
    write_json(folder / CARD_FILE, {"version": VERSION, **read_json(model_folder / CARD_FILE)})
    write_atomically(registry / "aliases" / CHAMPION, VERSION.encode("ascii"))


def _record(project: Path) -> bytes:
    """The golden replies of a project: it is started as a release, from its source."""
    with tempfile.TemporaryDirectory(prefix="twotracks-golden-") as name:
        workspace = Path(name).resolve()
        release = f"{_version(project)}-source"
        (workspace / "releases").mkdir()
        (workspace / "releases" / release).symlink_to(project.resolve() / "src")
        service = start(workspace, release)
        try:
            return as_json(record_replies(service))
        finally:
            service.stop()


def _version(project: Path) -> str:
    try:
        return str(tomllib.loads((project / "pyproject.toml").read_text())["project"]["version"])
    except (OSError, ValueError, LookupError) as error:
        raise TwoTracksError(
            f"the project's version cannot be read: {error!r}",
            where="pyproject.toml",
            fix="Give a project with a version under [project].",
        ) from error
