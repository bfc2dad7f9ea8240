"""Run many pages at the same time, and stop all at once when that is called for."""

from __future__ import annotations

import os
import threading
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from twotracks.errors import TwoTracksError
from twotracks.execute.pool import Pool, PoolClosed, PreloadFailed
from twotracks.execute.process import end_all

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from twotracks.execute.engine import Engine
    from twotracks.execute.outputs import PageRecord
    from twotracks.execute.scan import Page

A = TypeVar("A")
B = TypeVar("B")


def record_all(
    engine: Engine, pages: Sequence[Page], timings: Mapping[str, float]
) -> list[tuple[Page, PageRecord | TwoTracksError]]:
    """`Engine.record_all`: with the engine's pool, or with one for these pages only."""
    with engine.progress.of(len(pages)):
        if engine.pool is not None:
            return _record_all(engine, engine.pool, pages, timings)
        with Pool(engine.settings.root, engine.settings.preload) as pool:
            engine.pool = pool
            try:
                return _record_all(engine, pool, pages, timings)
            finally:
                engine.pool = None


class Background:
    """`record_all` in a thread of its own, while the builder does something else.

    `Engine.record` waits for a page that is running.

    Args:
        engine: Runs the pages.
        pages: Which.
        timings: As `record_all` takes them.
    """

    def __init__(self, engine: Engine, pages: Sequence[Page], timings: Mapping[str, float]) -> None:
        self._outcomes: list[tuple[Page, PageRecord | TwoTracksError]] = []
        self._problem: BaseException | None = None

        def run() -> None:
            try:
                self._outcomes = record_all(engine, pages, timings)
            except BaseException as problem:  # noqa: BLE001 - raised again, where it is waited for
                self._problem = problem

        self._thread = threading.Thread(target=run, daemon=True)
        self._thread.start()

    def outcomes(self) -> list[tuple[Page, PageRecord | TwoTracksError]]:
        """What `record_all` gives, or raises; waits for it."""
        self.join()
        if self._problem is not None:
            raise self._problem
        return self._outcomes

    def join(self) -> None:
        """Wait for the end."""
        self._thread.join()


def _record_all(
    engine: Engine, pool: Pool, pages: Sequence[Page], timings: Mapping[str, float]
) -> list[tuple[Page, PageRecord | TwoTracksError]]:
    def run(place: int) -> None:
        try:
            found[place] = engine.record(pages[place])
        except (PreloadFailed, PoolClosed):  # no page's fault
            raise
        except TwoTracksError as error:
            found[place] = error
        finally:
            engine.progress.done()

    def stop() -> None:
        pool.close()
        end_all()

    found: dict[int, PageRecord | TwoTracksError] = {}
    missing: list[int] = []
    for place, page in enumerate(pages):
        kept = engine.kept(page)
        if kept is not None:
            found[place] = kept
            engine.progress.done()
            continue
        if not missing:
            pool.begin()  # it imports while the other pages are looked up
        missing.append(place)

    def make(name: str) -> None:
        with suppress(TwoTracksError):  # each page that names it will say so
            engine.make(*makers[name])

    # What many pages wait for comes first, and the pages that wait for it last.
    makers = {
        producer.name: (pages[place], producer)
        for place in missing
        for producer in pages[place].producers
    }
    seconds = {place: timings.get(pages[place].path) for place in missing}
    took = {place: engine.took(pages[place]) if s is None else s for place, s in seconds.items()}
    order = sorted(missing, key=lambda place: (bool(pages[place].producers), -took[place]))
    work: list[Callable[[], None]] = [
        *(partial(make, name) for name in makers),
        *(partial(run, place) for place in order),
    ]
    each(lambda do: do(), work, engine.settings.workers or os.cpu_count() or 1, stop)
    return [(page, found[place]) for place, page in enumerate(pages)]


def each(
    work: Callable[[A], B], items: Sequence[A], workers: int, stop: Callable[[], None]
) -> list[B]:
    """What `work` gives for each item, in the items' order.

    Args:
        work: Called in a thread for each item, the first item first; it waits for a process.
        items: What to call it with.
        workers: How many threads.
        stop: Ends the processes. It is called until no thread waits any more, when one has raised
            or this one is interrupted.
    """
    if not items:
        return []
    with ThreadPoolExecutor(max(1, min(workers, len(items)))) as executor:
        futures = [executor.submit(work, item) for item in items]
        try:
            for future in wait(futures, return_when=FIRST_EXCEPTION).done:
                future.result()
        except BaseException:
            executor.shutdown(wait=False, cancel_futures=True)
            stop()
            # `wait` never counts what was cancelled before it began.
            while running := [future for future in futures if not future.done()]:
                wait(running, timeout=0.05)
                stop()
            raise
    return [future.result() for future in futures]
