"""The project's own wheel, built while its pages run and put into the site."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from twotracks.errors import TwoTracksError, require

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from twotracks.execute.wheel import Wheel

SECONDS = 120.0
_DATE = "315532800"
"""1980, the first year that a zip file knows, unless SOURCE_DATE_EPOCH says another."""


class WheelBuild:
    """A wheel that is being built, in the environment that builds the site, without downloads.

    Args:
        wheel: What it is to be.
        root: The folder of `pyproject.toml`.
    """

    def __init__(self, wheel: Wheel, root: Path) -> None:
        self._wheel = wheel
        with_one = ThreadPoolExecutor(1)
        self._built = with_one.submit(_build, wheel, root)
        with_one.shutdown(wait=False)

    def write(self, site: Path) -> None:
        """Put it into a site.

        Raises:
            TwoTracksError: The project does not build, or gives another file.
        """
        data = self._built.result()
        path = site / self._wheel.uri
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def _build(wheel: Wheel, root: Path) -> bytes:
    require("docs", "build")
    # Slow, and only a site that publishes its wheel needs it.
    from build import BuildBackendException, BuildException, ProjectBuilder  # noqa: PLC0415

    said: list[str] = []

    def run(
        cmd: Sequence[str],
        cwd: str | None = None,
        extra_environ: Mapping[str, str] | None = None,
    ) -> None:
        done = subprocess.run(
            cmd,
            cwd=cwd,
            env={"SOURCE_DATE_EPOCH": _DATE, **os.environ, **(extra_environ or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=SECONDS,
        )
        said.extend(done.stdout.strip().splitlines()[-20:])
        done.check_returncode()

    with TemporaryDirectory(prefix="twotracks-", ignore_cleanup_errors=True) as folder:
        try:
            path = Path(ProjectBuilder(root, sys.executable, run).build("wheel", folder))
        except (BuildException, BuildBackendException, subprocess.TimeoutExpired) as error:
            raise TwoTracksError(
                f"wheel: true, and the project does not build: {said[-1] if said else error}",
                where="pyproject.toml",
                fix="Build it by hand: python -m build --wheel --no-isolation\n  "
                + "\n  ".join(said),
            ) from error
        if path.name != wheel.file:
            raise TwoTracksError(
                f"wheel: true, and the project builds {path.name} where pages name {wheel.file}",
                where="pyproject.toml",
                fix="Publish pure Python under a version as `pip` writes it, or leave it out.",
            )
        return path.read_bytes()
