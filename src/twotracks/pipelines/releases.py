"""The releases of a workspace, and the link that says which of them serves."""

from __future__ import annotations

import hashlib
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
    found = releases.iterdir() if releases.is_dir() else ()
    if release not in [path.name for path in found if path.is_dir()]:
        raise TwoTracksError(
            f"there is no release {release!r}", where="releases", fix="Deploy it: call deploy()."
        )
    return releases / release


def unpack(wheel: Path, workspace: Path, release: str) -> None:
    """Unpack a wheel as a release. A release is there as a whole or not at all.

    One that is there and holds what the wheel holds stays. One that does not is replaced: nothing
    may run from it then.

    Raises:
        TwoTracksError: the file is not a wheel, or the workspace cannot be written to.
    """
    releases = workspace / "releases"
    folder = releases / release
    try:
        releases.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".unpacking-", dir=releases) as name:
            fresh = Path(name) / release
            install_wheel(wheel, fresh)
            if folder.exists() or folder.is_symlink():
                if _content(folder) == _content(fresh):
                    return
                folder.rename(Path(name) / "changed")
            fresh.rename(folder)
    except OSError as error:
        raise TwoTracksError(
            f"the wheel cannot be unpacked: {error.strerror}",
            where=str(releases),
            fix="See that it is a folder that you may write to.",
        ) from error


def changed_files(wheel: Path, workspace: Path, release: str) -> tuple[str, ...]:
    """The files that a release holds otherwise than its wheel does, or one of the two does not.

    A release that is not there holds nothing.

    Raises:
        TwoTracksError: the file is not a wheel.
    """
    with tempfile.TemporaryDirectory(prefix="twotracks-release-") as name:
        fresh = Path(name) / release
        install_wheel(wheel, fresh)
        true = _content(fresh)
    found = _content(workspace / "releases" / release)
    return tuple(sorted(path for path in true | found if true.get(path) != found.get(path)))


def check_release(wheel: Path, workspace: Path, release: str) -> None:
    """See that a release holds what its wheel holds, and nothing else.

    Raises:
        TwoTracksError: it does not, or the file is not a wheel.
    """
    changed = changed_files(wheel, workspace, release)
    if changed:
        raise TwoTracksError(
            f"the release is not what its wheel holds: {', '.join(changed)}",
            where=f"release {release}",
            fix="It was changed after it was unpacked. Deploy it again: call deploy().",
        )


def _content(folder: Path) -> dict[str, str]:
    """What each path below a folder holds; folders themselves do not count."""
    if folder.is_symlink() or not folder.is_dir():
        return {}
    return {
        path.relative_to(folder).as_posix(): _digest(path)
        for path in folder.rglob("*")
        if path.is_symlink() or not path.is_dir()
    }


def _digest(path: Path) -> str:
    """SHA-256 of a file; another text for what no wheel holds, and for what cannot be read."""
    if path.is_symlink() or not path.is_file():
        return "not a file"
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return "not readable"


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
    """Switch the link `current` to a release, in one move.

    Raises:
        TwoTracksError: `current` is a folder, or the workspace cannot be written to.
    """
    current = workspace / "current"
    try:
        with tempfile.TemporaryDirectory(prefix=".switching-", dir=workspace) as name:
            link = Path(name) / "current"
            link.symlink_to(Path("releases") / release)
            link.replace(current)
    except OSError as error:
        raise TwoTracksError(
            f"the link cannot be switched: {error.strerror}",
            where=str(current),
            fix="See that it is a link or is not there, and that you may write to its folder.",
        ) from error
