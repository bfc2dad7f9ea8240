from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

from twotracks.execute import Engine, Settings, scan
from twotracks.execute.pool import Pool

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from twotracks.execute import PageRecord


@pytest.fixture(params=["forked", "new"])
def pool(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Pool | None]:
    """Both ways to give a page a process: the tests of pages hold for each."""
    with Pool(tmp_path) as pool:
        yield pool if request.param == "forked" else None


@pytest.fixture
def run(tmp_path: Path, pool: Pool | None) -> Callable[..., PageRecord]:
    """Run a page's text in an empty project."""

    def run(text: str, path: str = "docs/page.md", **settings: object) -> PageRecord:
        engine = Engine(Settings(tmp_path, **settings), pool=pool)  # type: ignore[arg-type]
        return engine.record(scan(dedent(text), path, tmp_path))

    return run


@pytest.fixture
def shown(run: Callable[..., PageRecord]) -> Callable[..., object]:
    """Run one cell and give its outputs."""

    def shown(source: str, options: str = "", **settings: object) -> object:
        record = run(f"```python exec {options}\n{dedent(source).strip()}\n```\n", **settings)
        return record.cells[0].outputs

    return shown
