"""Ten random edits: each time, a build with the cache gives the bytes of one without."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.execute.edits import Project, prepare
from tests.mkdocs_plugin.test_site_cache import ended, started

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_a_cached_build_equals_a_fresh_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prepare(monkeypatch)
    project = Project(tmp_path / "project")
    ran, done = 0, []
    for number, edit in enumerate(project.steps(seed=6, count=10)):
        done.append(edit)
        kept, fresh = tmp_path / "kept", tmp_path / "fresh"
        empty = str(tmp_path / f"cache-{number}")
        builds = [
            (started(project.root, kept), kept),
            (started(project.root, fresh, TWOTRACKS_CACHE=empty), fresh),
        ]
        (site, some), (other, every) = [ended(*build) for build in builds]
        assert site == other, done
        assert every == 3
        ran += some
    assert 3 < ran < 20, (ran, done)  # the edits did something, and the cache too
