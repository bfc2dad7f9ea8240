"""Whatever is edited, a run through the cache equals a fresh one, and what is as it was is kept."""

from __future__ import annotations

import os
from collections import deque
from contextlib import nullcontext
from typing import TYPE_CHECKING

import pytest
from tests.execute.edits import PAGES, Project, prepare

from twotracks import cli
from twotracks.execute import Engine, Settings, parallel, scan
from twotracks.execute.pool import Pool
from twotracks.execute.store import KEPT

if TYPE_CHECKING:
    from pathlib import Path

    from twotracks.errors import TwoTracksError
    from twotracks.execute import Page, PageRecord

# For a longer search: EDITS=5000 SEED=7 python -m pytest tests/execute/test_never_stale.py
EDITS = int(os.environ.get("EDITS", "200"))
SEED = int(os.environ.get("SEED", "0"))
WALKS = 4


@pytest.mark.parametrize("walk", range(WALKS))
def test_a_cached_run_equals_a_fresh_one(
    tmp_path: Path,
    walk: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Through `twotracks run`, whose pages are forked from one server instead of one a run."""
    prepare(monkeypatch)
    root = tmp_path / "project"
    project, settings = Project(root, producer=walk % 2 == 0), Settings(root)
    monkeypatch.chdir(root)
    seen: dict[str, deque[str]] = {path: deque(maxlen=KEPT) for path in PAGES}
    fresh: dict[str, list[tuple[Page, PageRecord | TwoTracksError]]] = {}
    done = ["at first"]

    def check(pool: Pool) -> None:
        assert cli.main(["run", *PAGES]) == 0, done
        said = capsys.readouterr().out.splitlines()
        pages = [scan((root / path).read_text(), path) for path in PAGES]
        state = project.everything()
        if state not in fresh:
            fresh[state] = Engine(settings, pool=pool).record_all(pages)
        kept = Engine(settings, cache=root / ".cache/twotracks", pool=pool)
        for line, page, (_, record) in zip(said, pages, fresh[state], strict=True):
            path = page.path
            assert kept.record(page) == record, (path, done)
            assert kept.history[path] == "", (path, done)
            used = project.used(path)
            if used in seen[path]:
                assert line.startswith("cached"), (line, done)
                seen[path].remove(used)
            seen[path].append(used)

    with Pool(root) as pool:
        monkeypatch.setattr(parallel, "Pool", lambda *_: nullcontext(pool))
        check(pool)
        for edit in project.steps(SEED + walk, EDITS // WALKS):
            done.append(edit)
            check(pool)
