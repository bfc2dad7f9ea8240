"""What an adapter talks to: it gives the record of a page, and runs the page if it must."""

from __future__ import annotations

import json
import math
import threading
import time
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from twotracks.errors import TwoTracksError
from twotracks.execute.digests import digest
from twotracks.execute.errors import ProducerFailed
from twotracks.execute.inputs import (
    World,
    declared_inputs,
    difference,
    noted_inputs,
    noted_paths,
)
from twotracks.execute.jobs import Job, base_parts, other_part, page_job, producer_job
from twotracks.execute.outputs import PageRecord
from twotracks.execute.parallel import record_all
from twotracks.execute.producers import produce
from twotracks.execute.progress import Progress
from twotracks.execute.run import Settings, run_page
from twotracks.execute.scan import Cell
from twotracks.execute.store import Entry, Store, prepare

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from twotracks.execute.frontmatter import Producer
    from twotracks.execute.inputs import Inputs
    from twotracks.execute.pool import Pool
    from twotracks.execute.scan import Page

__all__ = ["Engine", "Settings"]


class Engine:
    """Runs the pages of one build, each once, and only if nothing that is kept still holds.

    Args:
        settings: Where and how pages run.
        cache: The folder in which results outlive the process; None for none.
        store: Results of earlier builds in this process, instead of a cache of its own.
        notify: Is told, once each, of what a page uses that the cache cannot see.
        pool: Gives pages their processes; without it each starts a new Python.
        progress: Says what runs, while many pages do.

    Attributes:
        history: For each page that was asked for, why it ran; empty if it did not need to.
        seconds: How long each page took that ran.
        used: The files and folders that pages and producers used, also those that failed, from the
            project's folder.
        pool: As given.
        progress: As given.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        cache: Path | None = None,
        store: Store | None = None,
        notify: Callable[[str], None] | None = None,
        pool: Pool | None = None,
        progress: Progress | None = None,
    ) -> None:
        self.settings = settings
        self.progress = progress or Progress()
        self.history: dict[str, str] = {}
        self.seconds: dict[str, float] = {}
        self.used: set[str] = set()
        self.pool = pool
        self._store = store or Store(cache)
        if self._store.folder:
            prepare(self._store.folder)
        self._notify = notify
        self._world = World(settings.root)
        self._base = base_parts(settings)
        self._records: dict[str, PageRecord] = {}
        self._texts: dict[str, str] = {}
        # What a producer gave in this build, for pages that declare other inputs of it.
        self._made: dict[str, tuple[str, str, int]] = {}
        # Failures hold for this build only: they are raised again, but never kept.
        self._failed: dict[str, TwoTracksError] = {}
        self._told: set[str] = set()
        # One for each page and producer: it runs once, whoever asks first.
        self._locks: dict[str, threading.Lock] = {}

    def record(self, page: Page) -> PageRecord:
        """What the page showed. Runs it, and its producers, if that is not known.

        Raises:
            CellFailed: A cell or an inline value failed.
            ProducerFailed: A producer failed.
        """
        if not page.steps:
            return PageRecord(page.path)
        produced = self.produced(page)
        job = page_job(page, produced, self._base)
        key = _key(job, page)
        with self._lock_of(key):
            if key in self._failed:
                raise self._failed[key]
            kept = self._kept(job, page)
            if kept is not None:
                return kept
            try:
                self._records[key] = self._run(job, page, produced)
            except TwoTracksError as error:
                self._failed[key] = error
                raise
            return self._records[key]

    def kept(self, page: Page) -> PageRecord | None:
        """What the page showed, if it need not run for that, and none of its producers."""
        if not page.steps:
            return PageRecord(page.path)
        produced = {}
        for producer in page.producers:
            job = producer_job(page, producer, self._base)
            entry, _ = (None, "") if job.key in self._texts else self._known(job)
            if entry:
                self._texts[job.key] = str(entry.result)
            if job.key not in self._texts:
                return None
            produced[producer.name] = self._texts[job.key]
        return self._kept(page_job(page, produced, self._base), page)

    def _kept(self, job: Job, page: Page) -> PageRecord | None:
        key = _key(job, page)
        if key not in self._records:
            entry, reason = self._known(job, page)
            self.history[page.path] = "" if entry else reason
            if entry is None:
                return None
            self._records[key] = PageRecord.from_json(entry.result).moved_to(_lines(page))
        return self._records[key]

    def record_all(
        self, pages: Sequence[Page], timings: Mapping[str, float] | None = None
    ) -> list[tuple[Page, PageRecord | TwoTracksError]]:
        """What all these pages showed or why they failed, in their order.

        They run at the same time, each in a process forked from one server.

        Args:
            pages: What to run.
            timings: Seconds that pages took in an earlier run, besides what is kept: the longest
                begin first, after those that are not known.

        Raises:
            PreloadFailed: What pages are to start with cannot be imported.
        """
        return record_all(self, pages, timings or {})

    def took(self, page: Page) -> float:
        """The seconds of the newest run of the page that is kept; infinity if there is none."""
        for entry in self._store.entries("pages", page.path):
            return entry.seconds
        return math.inf

    def make(self, page: Page, producer: Producer) -> None:
        """Make what a producer of the page gives, if it is not known.

        Raises:
            ProducerFailed: It failed. That is raised again for each page that names it.
        """
        self._text(page, producer)

    def produced(self, page: Page) -> dict[str, str]:
        """The texts of the page's producers, by their names. Runs those that are not known.

        Raises:
            ProducerFailed: A producer failed.
        """
        return {producer.name: self._text(page, producer) for producer in page.producers}

    def why(self, page: Page) -> str:
        """Why the page would run now, or why it would not, in plain words. Nothing is run."""
        if not page.steps:
            return f"{page.path} has nothing to run"
        produced = {}
        for producer in page.producers:
            entry, reason = self._known(producer_job(page, producer, self._base))
            if entry is None:
                return f"{page.path} may run: its producer {producer.name} would run: {reason}"
            produced[producer.name] = str(entry.result)
        entry, reason = self._known(page_job(page, produced, self._base), page)
        if entry is None:
            return f"{page.path} would run: {reason}"
        inputs = entry.inputs
        return (
            f"{page.path} would not run: its cells, {len(inputs.files)} files, "
            f"{len(inputs.folders)} folders, {len(inputs.distributions)} packages and "
            f"{len(inputs.patterns) + len(inputs.variables) + len(inputs.tools)} declared inputs "
            "are as they were"
        )

    def _run(self, job: Job, page: Page, produced: Mapping[str, str]) -> PageRecord:
        before, started = declared_inputs(job.declared, World(self.settings.root)), time.time_ns()
        with TemporaryDirectory(prefix="twotracks-", ignore_cleanup_errors=True) as folder:
            notes = Path(folder) / "notes"
            if self.pool is not None:
                self.pool.start()  # not a part of the page's time
            begin = time.perf_counter()
            try:
                record = run_page(
                    page,
                    self.settings,
                    produced,
                    notes=notes,
                    pool=self.pool,
                    progress=self.progress,
                )
            finally:
                self.seconds[page.path] = time.perf_counter() - begin
                self._use(_text_of(notes))
            self._keep(job, record.to_json(), _text_of(notes), started, before)
        return record

    def _text(self, page: Page, producer: Producer) -> str:
        """The text of a producer, which runs once however many pages name it."""
        with self._lock_of(producer.name):
            job = producer_job(page, producer, self._base)
            where = f"{page.path}:{producer.line}"
            failed = self._failed.get(producer.name)
            if failed:
                raise ProducerFailed(failed.what, where=where, fix=failed.fix)
            if job.key not in self._texts:
                entry, _ = self._known(job)
                text = str(entry.result) if entry else self._produce(job, where)
                self._texts[job.key] = text
            return self._texts[job.key]

    def _lock_of(self, name: str) -> threading.Lock:
        return self._locks.setdefault(name, threading.Lock())

    def _produce(self, job: Job, where: str) -> str:
        before = declared_inputs(job.declared, World(self.settings.root))
        if job.name not in self._made:
            started = time.time_ns()
            with TemporaryDirectory(prefix="twotracks-", ignore_cleanup_errors=True) as folder:
                notes = Path(folder) / "notes"
                try:
                    text = produce(job.name, self.settings.root, where, notes)
                except TwoTracksError as error:
                    self._failed[job.name] = error
                    raise
                finally:
                    self._use(_text_of(notes))
                self._made[job.name] = text, _text_of(notes), started
        text, noted, started = self._made[job.name]
        self._keep(job, text, noted, started, before)
        return text

    def _known(self, job: Job, page: Page | None = None) -> tuple[Entry | None, str]:
        """The entry that still holds, or why there is none."""
        reasons = []
        for entry in self._store.entries(job.kind, job.name):
            other = reason = other_part(entry.parts, job.parts)
            if not reason and page and _shows_moved_lines(entry, page):
                reason = "it shows numbers of its lines, and they moved"
            reason = reason or difference(entry.inputs, self._world)
            if not reason:
                self._store.used(job.kind, entry)
                self.used |= entry.inputs.files.keys() | entry.inputs.folders.keys()
                self._tell(job, entry.hidden)
                return entry, ""
            reasons.append((bool(other), reason))
        # Of the run that comes nearest: the newest of the same cells and settings, if there is one.
        nearest = min(reasons, key=lambda reason: reason[0], default=(True, "no run of it is kept"))
        return None, nearest[1]

    def _keep(self, job: Job, result: Any, notes: str, started: int, before: Inputs) -> None:
        """Keep a success, unless what it used is not what it was: then it runs again."""
        now = World(self.settings.root)
        noted = noted_inputs(notes, before, now, started, self._store.folder)
        if noted is None:
            return
        inputs, hidden = noted
        if now.places.root in json.dumps(result, ensure_ascii=False):
            inputs = replace(inputs, root=now.places.root)
        self._tell(job, hidden)
        changed = difference(inputs, now)
        if not changed:
            seconds = round(self.seconds.get(job.name, 0.0), 3)
            entry = Entry(job.name, job.parts, inputs, hidden, result, seconds)
            self._store.put(job.kind, entry)

    def _use(self, notes: str) -> None:
        self.used |= {self._world.places.relative(path) for path in noted_paths(notes)}

    def _tell(self, job: Job, hidden: tuple[str, ...]) -> None:
        known = job.declared.covers_processes or job.name in self._told
        if known or not hidden or self._notify is None:
            return
        self._told.add(job.name)
        more = f" (and {len(hidden) - 1} more lines)" if len(hidden) > 1 else ""
        self._notify(
            f"{hidden[0]}{more}, and the cache cannot see what that reads. "
            "Declare it with deps or tools, in the fence or the front matter."
        )


def _key(job: Job, page: Page) -> str:
    return digest(job.key, _lines(page))


def _lines(page: Page) -> list[int]:
    return [step.line for step in page.steps]


def _text_of(notes: Path) -> str:
    return notes.read_text(encoding="utf-8") if notes.is_file() else ""


def _shows_moved_lines(entry: Entry, page: Page) -> bool:
    record = PageRecord.from_json(entry.result)
    cells = [step.line for step in page.steps if isinstance(step, Cell)]
    return record.names_lines() and (
        record.lines() != cells
        or [inline.line for inline in record.inlines] != [inline.line for inline in page.inlines]
    )
