"""Building and unpacking wheels, without downloading anything."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from build import BuildBackendException, BuildException, ProjectBuilder, check_dependency
from installer import install
from installer.destinations import SchemeDictionaryDestination
from installer.exceptions import InstallerError
from installer.sources import WheelFile

from twotracks.errors import TwoTracksError
from twotracks.pipelines.git import COMMIT_TIME
from twotracks.pipelines.processes import clean_environment, last_lines, run_to_end

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

BUILD_SECONDS = 120


def build_wheel(project: Path, into: Path) -> Path:
    """Build a project's wheel with its own backend, in the environment that runs this.

    Args:
        project: the folder of `pyproject.toml`; the backend may write there.
        into: the folder for the wheel.

    Returns:
        The wheel. Its bytes depend on the project, the backend's version and zlib only.

    Raises:
        TwoTracksError: the backend is not installed, or the project does not build.
    """
    said: list[str] = []

    def runner(
        cmd: Sequence[str], cwd: str | None = None, extra_environ: Mapping[str, str] | None = None
    ) -> None:
        env = clean_environment() | {"SOURCE_DATE_EPOCH": str(COMMIT_TIME), **(extra_environ or {})}
        status, output = run_to_end(cmd, cwd=Path(cwd or project), env=env, seconds=BUILD_SECONDS)
        said.extend(last_lines(output.replace(f"{project}/", "")))
        if status:
            raise subprocess.CalledProcessError(status, cmd)

    try:
        builder = ProjectBuilder(project, sys.executable, runner)
        # Isolated builds would download these.
        missing = [
            need for need in sorted(builder.build_system_requires) if any(check_dependency(need))
        ]
        if missing:
            raise TwoTracksError(
                f"the build needs {', '.join(missing)}, which is not installed",
                where="pyproject.toml",
                fix=f"Run: python -m pip install '{missing[0]}'",
            )
        return Path(builder.build("wheel", into))
    except (BuildException, BuildBackendException) as error:
        lines = said or [str(error).replace(f"{project}/", "").replace(str(project), "it")]
        raise TwoTracksError(
            f"the source does not build: {lines[-1]}",
            where="pyproject.toml",
            fix="The build backend said:\n  " + "\n  ".join(lines),
        ) from error


def install_wheel(wheel: Path, target: Path) -> None:
    """Unpack a wheel into a folder from which Python can import it.

    Raises:
        TwoTracksError: the file is not a wheel, or the folder cannot be written to.
    """
    schemes = ("purelib", "platlib", "headers", "scripts", "data")
    destination = SchemeDictionaryDestination(
        dict.fromkeys(schemes, str(target)), sys.executable, "posix"
    )
    try:
        with WheelFile.open(wheel) as source:
            source.validate_record()
            install(source=source, destination=destination, additional_metadata={})
    except (InstallerError, ValueError, LookupError, zipfile.BadZipFile, OSError) as error:
        raise TwoTracksError(
            f"the wheel cannot be installed: {error}", where=wheel.name, fix="Build it again."
        ) from error
