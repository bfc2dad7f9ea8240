"""Build a site beside the one that stands, and take its place when it is whole."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from mkdocs.utils import clean_directory

if TYPE_CHECKING:
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
        self._folder = self._site.with_name(f".{self._site.name}.new")
        config.site_dir = str(self._folder)

    def publish(self) -> Path:
        """Put the site in its place, and give that. As with MkDocs, hidden files there stay."""
        self._config.site_dir = str(self._site)
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
