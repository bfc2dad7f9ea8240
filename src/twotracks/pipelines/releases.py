"""The releases of a workspace, and the link that says which of them serves."""

from __future__ import annotations

import tempfile
from pathlib import Path

from twotracks.errors import TwoTracksError
from twotracks.pipelines.wheels import install_wheel
from twotracks.record import NotFound


def release_folder(workspace: Path, release: str) -> Path:
    """The folder of a release.

    Raises:
        TwoTracksError: there is no such release.
    """
    releases = workspace / "releases"
    names = [path.name for path in releases.iterdir()] if releases.is_dir() else []
    if release not in names:
        raise TwoTracksError(
            f"there is no release {release!r}", where="releases", fix="Deploy it: call deploy()."
        )
    return releases / release


def unpack(wheel: Path, workspace: Path, release: str) -> None:
    """Unpack a wheel as a release. A release is there as a whole or not at all.

    Raises:
        TwoTracksError: the file is not a wheel, or the workspace cannot be written to.
    """
    releases = workspace / "releases"
    if (releases / release).is_dir():  # named after the wheel's content, so it is the same one
        return
    releases.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".unpacking-", dir=releases) as name:
        install_wheel(wheel, Path(name) / release)
        (Path(name) / release).rename(releases / release)


def current_release(workspace: Path) -> str:
    """The name of the release that serves.

    Raises:
        NotFound: nothing was deployed here.
    """
    link = workspace / "current"
    if not link.is_dir():
        raise NotFound(
            "nothing is deployed here", where=str(workspace), fix="Deploy first: call deploy()."
        )
    return link.resolve().name


def make_current(workspace: Path, release: str) -> None:
    """Switch the link `current` to a release, in one move."""
    with tempfile.TemporaryDirectory(prefix=".switching-", dir=workspace) as name:
        link = Path(name) / "current"
        link.symlink_to(Path("releases") / release)
        link.replace(workspace / "current")
