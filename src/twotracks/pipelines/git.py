"""A git repository whose commits have the same ids on every machine."""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

from twotracks.errors import TwoTracksError
from twotracks.pipelines.processes import last_lines

if TYPE_CHECKING:
    from pathlib import Path

COMMIT_TIME = 1_356_998_400
"""When every commit is made: 2013-01-01T00:00:00Z, in seconds since 1970."""
NAME, EMAIL = "Two Tracks", "two-tracks@example.org"

# What a machine's or a user's git would otherwise put into a commit, or do beside it. Files for
# attributes and excludes are read from the user's folder even without the user's configuration.
SETTINGS = {
    "commit.gpgSign": "false",
    "core.attributesFile": os.devnull,
    "core.autocrlf": "false",
    "core.excludesFile": os.devnull,
    "core.fileMode": "false",
    "core.hooksPath": os.devnull,
    "gc.auto": "0",
    "maintenance.auto": "false",
    "safe.directory": "*",
}

LEFT_OUT = shutil.ignore_patterns(
    ".git",
    "__pycache__",
    "*.pyc",
    ".*_cache",
    "*.egg-info",
    "dist",
    "build",
    ".venv",
    ".uuid",
    ".DS_Store",
)
"""What tools leave in a source folder, which must not change the commit."""


@dataclass(frozen=True)
class Repository:
    """The repository of a folder, which need not be there yet."""

    folder: Path

    def head(self) -> str | None:
        """The commit that `main` is at; None where there is no repository or no commit."""
        if not (self.folder / ".git").is_dir():
            return None
        return self._git("rev-parse", "--verify", "--quiet", "HEAD", wrong=(1,)).strip() or None

    def replace_files(self, source: Path) -> None:
        """Make the folder hold what `source` holds, and the repository's history.

        Raises:
            TwoTracksError: one of the two folders lies in the other, the source cannot be read, or
                the folder cannot be written to.
        """
        self._apart_from(source)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            for old in self.folder.iterdir():
                if not old.is_dir() or old.is_symlink():
                    old.unlink()
                elif old.name != ".git":
                    shutil.rmtree(old)
            shutil.copytree(
                source,
                self.folder,
                symlinks=True,
                ignore=LEFT_OUT,
                dirs_exist_ok=True,
                copy_function=shutil.copyfile,
            )
        except (OSError, shutil.Error) as error:
            raise TwoTracksError(
                f"the source cannot be copied: {error}",
                where=str(source),
                fix="See that it can be read, and the workspace written to.",
            ) from error

    def _apart_from(self, source: Path) -> None:
        """Refuse a copy into itself, and one whose source is deleted first."""
        here, there = self.folder.resolve(), source.resolve()
        if here.is_relative_to(there):
            raise TwoTracksError(
                f"the source holds the folder that it is copied to: {here}",
                where=str(source),
                fix="Give a workspace that is not in the source folder.",
            )
        if there.is_relative_to(here):
            raise TwoTracksError(
                f"the source lies in the folder that it is copied to: {here}",
                where=str(source),
                fix="Give a source outside of it, or that folder itself to commit it as it is.",
            )

    def commit_all(self, message: str) -> str:
        """Commit all that the folder holds, and give the commit's id.

        With nothing new to commit the last commit stands.

        Raises:
            TwoTracksError: the folder is empty, or git fails or is not there.
        """
        if not (self.folder / ".git").is_dir():
            _run(
                "init",
                "--quiet",
                "--template=",
                "--initial-branch=main",
                "--object-format=sha1",
                str(self.folder),
            )
        self._git("add", "--all")
        if self._git("status", "--porcelain"):
            self._git("commit", "--quiet", "--no-verify", "--message", message)
        commit = self.head()
        if commit is None:
            raise TwoTracksError(
                "there is nothing to commit",
                where=str(self.folder),
                fix="Give a source folder with files that git does not ignore.",
            )
        return commit

    def resolve(self, commit: str) -> str:
        """The full id of a commit.

        Raises:
            TwoTracksError: there is no such commit.
        """
        # Anything else could be an option, or the name of a branch, which moves.
        if not re.fullmatch("[0-9a-f]{7,40}", str(commit)):
            raise TwoTracksError(f"{commit!r} is not the id of a commit", where=str(self.folder))
        return self._git("rev-parse", "--verify", f"{commit}^{{commit}}").strip()

    def files(self, commit: str) -> list[str]:
        """The paths of a commit's files, sorted."""
        listed = self._git("ls-tree", "-r", "-z", "--name-only", self.resolve(commit))
        return sorted(name for name in listed.split("\0") if name)

    def read(self, commit: str, path: str) -> bytes:
        """The content of a file of a commit.

        Raises:
            TwoTracksError: there is no such commit, or no such file in it.
        """
        return _run(*self._here(), "cat-file", "blob", f"{self.resolve(commit)}:{path}")

    def export(self, commit: str, target: Path) -> None:
        """Write a commit's files, and nothing that only lies in the folder, into `target`."""
        archive = _run(*self._here(), "archive", "--format=zip", self.resolve(commit))
        with zipfile.ZipFile(io.BytesIO(archive)) as files:
            files.extractall(target)

    def _here(self) -> tuple[str, ...]:
        # Named, so that git does not go up and find a repository that the workspace lies in.
        return f"--git-dir={self.folder / '.git'}", f"--work-tree={self.folder}"

    def _git(self, *arguments: str, wrong: tuple[int, ...] = ()) -> str:
        return _run(*self._here(), *arguments, wrong=wrong).decode("utf-8", "surrogateescape")


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    when = f"{COMMIT_TIME} +0000"
    return kept | {
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "LC_ALL": "C",
        "GIT_AUTHOR_NAME": NAME,
        "GIT_AUTHOR_EMAIL": EMAIL,
        "GIT_AUTHOR_DATE": when,
        "GIT_COMMITTER_NAME": NAME,
        "GIT_COMMITTER_EMAIL": EMAIL,
        "GIT_COMMITTER_DATE": when,
    }


def _run(*arguments: str, wrong: tuple[int, ...] = ()) -> bytes:
    """Run git and give what it prints; nothing if it ends with a status in `wrong`."""
    settings = [part for name, value in SETTINGS.items() for part in ("-c", f"{name}={value}")]
    try:
        done = subprocess.run(
            ["git", *settings, *arguments],
            env=_environment(),
            check=False,
            stdin=subprocess.DEVNULL,
            capture_output=True,
        )
    except OSError as error:
        raise TwoTracksError(
            f"git cannot be started: {error.strerror}",
            fix="Install git 2.32 or later and see that it is on the PATH.",
        ) from error
    if done.returncode and done.returncode not in wrong:
        said = last_lines(done.stderr.decode("utf-8", "replace")) or ["it did not say why"]
        command = next(word for word in arguments if not word.startswith("--"))
        raise TwoTracksError(f"git {command} failed: {said[-1]}", fix="\n  ".join(said))
    return done.stdout
