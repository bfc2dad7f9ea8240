"""What a long build is doing: one line that is rewritten on a terminal, plain lines elsewhere."""

from __future__ import annotations

import re
import shutil
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from twotracks.execute.scan import Page

# Seconds: a build that takes less says nothing; then a terminal hears this often.
PATIENCE, TICK = 0.5, 0.2
# Where lines stay, as in a log of CI.
SELDOM = 15.0
_STEP = re.compile(r'\{"step": (\d+)\}\n$')


@dataclass
class _Running:
    page: Page
    results: Path
    since: float
    step: int = 0

    def place(self) -> str:
        """The page and what it is at; the worker writes down each step as it begins it."""
        try:
            with self.results.open("rb") as file:
                file.seek(0, 2)
                file.seek(max(0, file.tell() - 32))
                found = _STEP.search(file.read().decode(errors="replace"))
        except FileNotFoundError:
            found = None
        if found:
            self.step = min(int(found[1]), len(self.page.steps) - 1)
        return f"{self.page.path}:{self.page.steps[self.step].line}"


class Progress:
    """Says what runs, for as long as it runs.

    Args:
        write: Takes one line, at a time when something should be said; None for silence.
        end: Is called after the last line, if there was one.
        every: Seconds between two lines.
        first: Seconds before the first.
    """

    def __init__(
        self,
        write: Callable[[str], None] | None = None,
        *,
        end: Callable[[], None] | None = None,
        every: float = SELDOM,
        first: float = SELDOM,
    ) -> None:
        self._write = write
        self._end = end
        self._every = every
        self._first = first
        self._lock = threading.Lock()
        self._running: dict[int, _Running] = {}
        self._done = 0
        self._total = 0
        self._begin = time.monotonic()

    @contextmanager
    def of(self, total: int) -> Iterator[None]:
        """Speak while this many pages are looked at."""
        self._total, self._done, self._begin = total, 0, time.monotonic()
        if self._write is None:
            yield
            return
        over = threading.Event()
        speaker = threading.Thread(target=self._speak, args=(over, self._write), daemon=True)
        speaker.start()
        try:
            yield
        finally:
            over.set()
            speaker.join()

    @contextmanager
    def page(self, page: Page, results: Path) -> Iterator[None]:
        """A page runs, and writes its results to this file."""
        key = threading.get_ident()
        with self._lock:
            self._running[key] = _Running(page, results, time.monotonic())
        try:
            yield
        finally:
            with self._lock:
                del self._running[key]

    def done(self) -> None:
        """A page has run, or did not need to."""
        with self._lock:
            self._done += 1

    def line(self) -> str:
        """How many pages are done, what runs and for how long."""
        now = time.monotonic()
        with self._lock:
            done, running = self._done, list(self._running.values())
        places = [f"{one.place()} ({now - one.since:.0f} s)" for one in running]
        so_far = f"{done} of {self._total} pages, {now - self._begin:.0f} s"
        return ": ".join([so_far, ", ".join(places)]) if places else so_far

    def _speak(self, over: threading.Event, write: Callable[[str], None]) -> None:
        if over.wait(self._first):
            return
        write(self.line())
        while not over.wait(self._every):
            write(self.line())
        if self._end:
            self._end()


def progress_to(stream: TextIO, say: Callable[[str], None]) -> Progress:
    """A progress for this stream: a line that comes and goes on a terminal, else seldom lines.

    Args:
        stream: Where whoever waits is looking.
        say: Writes a line that stays, if it is no terminal.
    """
    if not stream.isatty():
        return Progress(say)

    def write(line: str) -> None:
        width = shutil.get_terminal_size().columns - 1
        stream.write(f"\r\x1b[2K{line[:width]}")
        stream.flush()

    return Progress(write, end=lambda: write(""), every=TICK, first=PATIENCE)
