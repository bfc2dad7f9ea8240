"""What an adapter talks to: it gives the record of a page, and runs the page if it must."""

from __future__ import annotations

import hashlib
import sys
from typing import TYPE_CHECKING

from twotracks.errors import TwoTracksError
from twotracks.execute.errors import ProducerFailed
from twotracks.execute.producers import produce
from twotracks.execute.run import Settings, run_page
from twotracks.execute.scan import Cell
from twotracks.execute.store import Store, digest

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from twotracks.execute.frontmatter import Producer
    from twotracks.execute.outputs import PageRecord
    from twotracks.execute.scan import Page

__all__ = ["Engine", "Settings", "fingerprint"]


class Engine:
    """Runs the pages of one build, each once.

    Args:
        settings: Where and how pages run.
        stamp: Stands for everything besides the page that its outputs depend on; another stamp
            runs every page again.
        records: Records of earlier builds.
        texts: Producers' texts of earlier builds.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        stamp: str = "",
        records: Store[PageRecord] | None = None,
        texts: Store[str] | None = None,
    ) -> None:
        self.settings = settings
        self._stamp = stamp
        self._records = records or Store()
        self._texts = texts or Store()
        # Failures hold for this build only: they are raised again, but never kept.
        self._failed: dict[str, TwoTracksError] = {}

    def record(self, page: Page) -> PageRecord:
        """What the page showed. Runs it, and its producers, if that is not known.

        Raises:
            CellFailed: A cell or an inline value failed.
            ProducerFailed: A producer failed.
        """
        produced = {producer.name: self._text(page, producer) for producer in page.producers}
        key = self._key(page, produced)
        known = self._records.get(key)
        if known and (not known.names_lines() or known.lines() == [c.line for c in page.cells]):
            return known
        if key in self._failed:
            raise self._failed[key]
        try:
            record = run_page(page, self.settings, produced)
        except TwoTracksError as error:
            self._failed[key] = error
            raise
        self._records.put(key, record)
        return record

    def _text(self, page: Page, producer: Producer) -> str:
        """The text of a producer, which runs once however many pages name it."""
        where = f"{page.path}:{producer.line}"
        key = digest(producer.name, self._base(), _contents(self.settings.root / producer.name))
        if key in self._failed:
            failed = self._failed[key]
            raise ProducerFailed(failed.what, where=where, fix=failed.fix)
        text = self._texts.get(key)
        if text is None:
            try:
                text = produce(producer.name, self.settings.root, where)
            except TwoTracksError as error:
                self._failed[key] = error
                raise
            self._texts.put(key, text)
        return text

    def _base(self) -> list[str]:
        return [str(self.settings.root), self._stamp, sys.version]

    def _key(self, page: Page, produced: dict[str, str]) -> str:
        """Everything that a page's outputs depend on, as far as it is known here."""
        steps = [
            [step.source, step.options.expect] if isinstance(step, Cell) else [step.text]
            for step in page.steps
        ]
        return digest(
            page.path,
            steps,
            produced,
            dict(self.settings.formatters),
            self.settings.timeout,
            self._base(),
        )


def _contents(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def fingerprint(folders: Iterable[Path]) -> str:
    """Stands for the files below some folders: their names, sizes and times of change.

    Byte code and hidden files do not count: running a page writes them.
    """
    files = []
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            parts = path.relative_to(folder).parts
            hidden = any(part.startswith(".") or part == "__pycache__" for part in parts)
            if path.is_file() and not hidden:
                status = path.stat()
                files.append([str(path), status.st_size, status.st_mtime_ns])
    return digest(files)
