"""The model registry: a directory of numbered versions, and aliases that point at them.

    registry/versions/1/model.skops
    registry/versions/1/card.json
    registry/aliases/champion          the text "1"
    registry/former.json               the champions before this one, for a rollback

The service reads the alias at each request, so a promotion or a rollback is one rename.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from twotracks.errors import TwoTracksError, did_you_mean
from twotracks.pipelines import model as models
from twotracks.pipelines.files import read_json, write_atomically, write_json

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

CHAMPION = "champion"
CHALLENGER = "challenger"
FORMER_FILE = "former.json"


@dataclass(frozen=True)
class Registry:
    """The registry in a folder, which need not exist yet."""

    folder: Path

    def versions(self) -> tuple[str, ...]:
        """The versions there are, oldest first."""
        found = [path.name for path in (self.folder / "versions").glob("*") if path.name.isdigit()]
        return tuple(sorted(found, key=int))

    def path(self, version: str) -> Path:
        """The folder of a version.

        Raises:
            TwoTracksError: there is no such version.
        """
        if version not in self.versions():
            raise TwoTracksError(
                f"there is no model version {version!r}",
                where=str(self.folder),
                fix=did_you_mean(version, self.versions()),
            )
        return self.folder / "versions" / version

    def register(self, source: Path) -> str:
        """Copy a saved model into the registry as its next version, and give its number.

        Raises:
            TwoTracksError: the saved model cannot be read, or is not the one on its card.
        """
        models.load(source)
        version = str(int(max(self.versions(), key=int, default="0")) + 1)
        folder = self.folder / "versions" / version
        write_atomically(folder / models.MODEL_FILE, (source / models.MODEL_FILE).read_bytes())
        card = read_json(source / models.CARD_FILE)
        write_json(folder / models.CARD_FILE, {"version": version, **card})
        return version

    def load(self, version: str) -> models.Model:
        """Load a version.

        Raises:
            TwoTracksError: there is none, or its file is not the one that was registered.
        """
        return models.load(self.path(version))

    def version_of(self, alias: str) -> str | None:
        """The version that an alias points at, or None.

        Raises:
            TwoTracksError: the alias is there and cannot be read.
        """
        path = self.folder / "aliases" / alias
        try:
            return path.read_text(encoding="ascii").strip() or None
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise _broken(path, "read", error) from error

    def point(self, alias: str, version: str | None) -> None:
        """Point an alias at a version, in one atomic step; None takes the alias away.

        Raises:
            TwoTracksError: there is no such version, or the alias cannot be written.
        """
        path = self.folder / "aliases" / alias
        if version is None:
            try:
                path.unlink(missing_ok=True)
            except OSError as error:
                raise _broken(path, "taken away", error) from error
        else:
            self.path(version)
            write_atomically(path, version.encode("ascii"))

    def release(self, version: str) -> None:
        """Make a version the champion, and remember the one before it for a rollback.

        What is remembered is written first, so wherever this stops, the registry can go back.

        Raises:
            TwoTracksError: there is no such version, or the registry cannot be written.
        """
        self.path(version)
        before = self.version_of(CHAMPION)
        if before not in (None, version):
            self._remember([*self.former(), before])
        self.point(CHAMPION, version)

    def go_back(self) -> str:
        """Make the champion before this one the champion again, and give its version.

        Raises:
            TwoTracksError: there was none before, or its version is not there any more.
        """
        former = self.former()
        if not former:
            raise TwoTracksError(
                "there is no champion to go back to",
                where=str(self.folder),
                fix="Release another version: only what was champion before can come back.",
            )
        self.point(CHAMPION, former[-1])
        self._remember(former[:-1])
        return former[-1]

    def former(self) -> tuple[str, ...]:
        """The champions before this one, the last one last.

        Raises:
            TwoTracksError: the file that holds them cannot be read.
        """
        path = self.folder / FORMER_FILE
        if not path.exists():
            return ()
        former = read_json(path).get("champions")
        if not isinstance(former, list) or not all(isinstance(name, str) for name in former):
            raise TwoTracksError(
                "does not hold a list of versions", where=str(path), fix="Remove the file."
            )
        # A release or a rollback that was cut short leaves the champion itself at the end.
        champion = self.version_of(CHAMPION)
        while former and former[-1] == champion:
            former.pop()
        return tuple(former)

    def _remember(self, former: Sequence[str | None]) -> None:
        write_json(self.folder / FORMER_FILE, {"champions": list(former)})


def _broken(path: Path, what: str, error: Exception) -> TwoTracksError:
    why = error.strerror if isinstance(error, OSError) else "it is not ASCII text"
    return TwoTracksError(
        f"the alias cannot be {what}: {why}",
        where=str(path),
        fix="Remove it and deploy a model again: it is a text file that holds a version.",
    )
