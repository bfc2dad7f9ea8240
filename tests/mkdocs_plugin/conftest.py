from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass, field
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

QUIET = {"NO_MKDOCS_2_WARNING": "1"}
BY_HAND = """
site_name: Site
theme: {name: mkdocs}
plugins: []
markdown_extensions:
  - twotracks.mkdocs_plugin.inline
  - pymdownx.superfences:
      custom_fences:
        - name: python
          class: python
          validator: !!python/name:twotracks.mkdocs_plugin.fence.validator
          format: !!python/name:twotracks.mkdocs_plugin.fence.formatter
"""
PLAIN = """
site_name: Site
theme: {name: mkdocs}
plugins: [twotracks]
markdown_extensions: [admonition, attr_list, md_in_html, tables]
"""


@dataclass(frozen=True)
class Built:
    """How a build ended."""

    status: int
    log: str


@dataclass(frozen=True)
class Site:
    """A small MkDocs project."""

    root: Path
    environment: dict[str, str] = field(default_factory=lambda: {**os.environ, **QUIET})

    def write(self, **files: str) -> None:
        """Write pages, by their name without `.md`."""
        for name, text in files.items():
            path = self.root / "docs" / f"{name}.md"
            path.write_text(dedent(text).lstrip("\n"), encoding="utf-8")

    def configure(self, text: str) -> None:
        (self.root / "mkdocs.yml").write_text(dedent(text), encoding="utf-8")

    def configure_by_hand(self) -> None:
        """The fence and the values without the plugin."""
        self.configure(BY_HAND)

    def build(self) -> Built:
        done = subprocess.run(
            [sys.executable, "-m", "mkdocs", "build", "--strict"],
            cwd=self.root,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        return Built(done.returncode, done.stdout + done.stderr)

    def html(self, name: str = "index") -> str:
        folder = self.root / "site" / ("" if name == "index" else name)
        return (folder / "index.html").read_text(encoding="utf-8")


@pytest.fixture
def site(tmp_path: Path) -> Site:
    root = tmp_path / "project"  # what pages tell the tests lies beside it
    (root / "docs").mkdir(parents=True)
    made = Site(root)
    made.configure(PLAIN)
    return made
