"""Build a site beside the one that stands, and take its place when it is whole."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from mkdocs.utils import clean_directory

from twotracks.execute.digests import digest

if sys.platform != "win32":
    import fcntl

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mkdocs.config.defaults import MkDocsConfig


class Stage:
    """A folder that stands for `site_dir` while a site is built.

    MkDocs empties its `site_dir` before it has read a single page. With this, a build that fails
    leaves what stood there.

    Args:
        config: MkDocs' configuration. Its `site_dir` is another until the build has ended.
    """

    def __init__(self, config: MkDocsConfig) -> None:
        self._config = config
        self._site = Path(config.site_dir)
        begin = f".{self._site.name}.new-"
        for path in self._site.parent.glob(f"{begin}*"):
            if not _is_alive(path.name.removeprefix(begin)):  # of a build that was killed
                shutil.rmtree(path, ignore_errors=True)
        self._folder = self._site.with_name(f"{begin}{os.getpid()}")
        config.site_dir = str(self._folder)

    def publish(self) -> Path:
        """Put the site in its place, and give that. As with MkDocs, hidden files there stay."""
        self._config.site_dir = str(self._site)
        with _alone(self._site):
            clean_directory(str(self._site))
            self._site.mkdir(parents=True, exist_ok=True)
            for path in sorted(self._folder.iterdir()):
                target = self._site / path.name
                if target.is_dir():
                    shutil.rmtree(target)
                shutil.move(path, target)
        self._folder.rmdir()
        return self._site

    def discard(self) -> None:
        """Leave the site that stood as it is."""
        self._config.site_dir = str(self._site)
        shutil.rmtree(self._folder, ignore_errors=True)


def _is_alive(pid: str) -> bool:
    """Whether there is such a process, or nobody can tell."""
    if not pid.isdigit():
        return True
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


@contextmanager
def _alone(site: Path) -> Iterator[None]:
    """Let no other build put its site in the same place meanwhile."""
    if sys.platform == "win32":
        yield
        return
    name = Path(tempfile.gettempdir(), f"twotracks-site-{digest(str(site))[:16]}.lock")
    with name.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # until it is closed
        yield
