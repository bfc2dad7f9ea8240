"""Check pages: everything that can be found wrong with them, of all at once."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from twotracks.check.fresh import differences
from twotracks.check.lint import lint
from twotracks.check.prints import corrected, described, wrong_values
from twotracks.check.scripts import run_as_script
from twotracks.errors import TwoTracksError
from twotracks.execute import Engine, Page, PageRecord, Settings, scan
from twotracks.execute.parallel import each
from twotracks.execute.process import end_all
from twotracks.execute.project import label
from twotracks.execute.sessions import programs, record_of
from twotracks.execute.whole import write_whole

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


@dataclass(frozen=True)
class Checked:
    """A page, how many of its values were corrected, and what is wrong with it."""

    path: str
    corrected: int = 0
    problems: tuple[TwoTracksError, ...] = ()


@dataclass(frozen=True)
class _File:
    path: Path
    text: str
    page: Page


def check_pages(
    paths: Sequence[Path],
    settings: Settings,
    cache: Path,
    *,
    update: bool = False,
    linted: bool = False,
) -> list[Checked]:
    """Run pages afresh and as scripts, and compare. Gives what was found, in their order.

    Args:
        paths: Their files.
        settings: How pages run.
        cache: Holds what the pages show. Nothing is kept in it.
        update: Whether to correct `#> value` comments in the files.
        linted: Whether ruff is to look at the cells.

    Raises:
        PreloadFailed: What pages are to start with cannot be imported.
    """
    found: dict[str, Checked] = {}
    files: list[_File] = []
    for path in paths:
        name = label(str(path), settings.root)
        try:
            text = path.read_text(encoding="utf-8-sig")
            files.append(_File(path, text, scan(text, name)))
            found[name] = Checked(name)
        except TwoTracksError as error:
            found[name] = Checked(name, problems=(error,))
    # No cache: every page runs.
    ran = Engine(settings)
    fresh = ran.record_all([file.page for file in files])
    kept = Engine(settings, cache=cache if cache.is_dir() else None)

    def checked(place: int) -> Checked:
        file, (_, outcome) = files[place], fresh[place]
        return _checked(file, outcome, kept, ran, update=update, linted=linted)

    workers = settings.workers or os.cpu_count() or 1
    for one in each(checked, range(len(files)), workers, end_all):
        found[one.path] = one
    return list(found.values())


def _checked(
    file: _File,
    outcome: PageRecord | TwoTracksError,
    kept: Engine,
    ran: Engine,
    *,
    update: bool,
    linted: bool,
) -> Checked:
    page, settings = file.page, kept.settings
    problems: list[TwoTracksError] = []
    count = 0
    try:
        if linted:
            for one in programs(page).values():
                problems += lint(file.text, one, settings.root)
        if isinstance(outcome, TwoTracksError):
            problems.append(outcome)
        elif page.cells:
            problems += differences(kept.kept(page) or outcome, outcome)
            for session, one in programs(page).items():
                shown = record_of(outcome, page, session)
                problems += run_as_script(file.text, one, shown, settings, ran.produced(page))
            wrong = [
                values for one in programs(page).values() for values in wrong_values(one, settings)
            ]
            if update and wrong:
                raw = file.path.read_bytes().decode()
                write_whole(file.path, corrected(raw, wrong, page.path).encode())
                count = len(wrong)
            else:
                problems += [described(values, page.path) for values in wrong]
    except TwoTracksError as error:
        problems.append(error)
    return Checked(page.path, count, tuple(problems))
