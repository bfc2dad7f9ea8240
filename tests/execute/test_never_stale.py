"""Whatever is edited, a run through the cache equals a fresh one, and what is as it was is kept."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from twotracks.execute import Engine, Settings, scan
from twotracks.execute.pool import Pool

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PAGES = {
    "docs/files.md": """
```python exec
def read(name):
    try:
        return open(name).read()
    except OSError as error:
        return type(error).__name__

print(CELL, read("data/a.csv"), read("maybe.txt"))
```
`{python} read("data/b.csv")`
""",
    "docs/modules.md": """
```python exec
import importlib

def value(name):
    try:
        return importlib.import_module(name).VALUE
    except ImportError:
        return "missing"

CELL, value("helper"), value("extra")
```
""",
    "docs/declared.md": """---
env: [TT_FLAVOUR]
---
```python exec deps="maybe.txt"
import os, subprocess
print(CELL, sorted(os.listdir("data")), os.environ.get("TT_FLAVOUR"))
print(subprocess.run(["cat", "maybe.txt"], capture_output=True, text=True).stdout)
```
""",
}
FILES = ("data/a.csv", "data/b.csv", "data/c.csv", "maybe.txt", "helper.py", "extra.py")
# What each page uses, besides its text.
USES = {
    "docs/files.md": {"data/a.csv", "data/b.csv", "maybe.txt"},
    "docs/modules.md": {"helper.py", "extra.py"},
    "docs/declared.md": {"TT_FLAVOUR", "maybe.txt", "the names in data"},
}

values = st.integers(0, 2)
edits = st.one_of(
    st.tuples(st.sampled_from(FILES), st.none() | values),
    st.tuples(st.just("TT_FLAVOUR"), st.none() | values),
    st.tuples(st.sampled_from(sorted(PAGES)), values),  # another cell
    st.tuples(st.just("prose"), values),  # lines before the cells
    st.tuples(st.just("unrelated.txt"), values),
)


class Project:
    """The project, and what the pages should see of it."""

    def __init__(self, root: Path, pool: Pool) -> None:
        self.root, self.pool = root, pool
        self.state: dict[str, int | None] = {}
        self.cells = dict.fromkeys(PAGES, 0)
        self.prose = 0

    def edit(self, name: str, value: int | None) -> None:
        if name in PAGES:
            self.cells[name] = value or 0
        elif name == "prose":
            self.prose = value or 0
        else:
            self.state[name] = value
            self._write(name, value)

    def _write(self, name: str, value: int | None) -> None:
        path = self.root / name
        if name == "TT_FLAVOUR":
            os.environ.pop(name, None) if value is None else os.environ.update({name: str(value)})
        elif value is None:
            path.unlink(missing_ok=True)
        else:
            path.parent.mkdir(exist_ok=True)
            path.write_text(f"VALUE = {value}\n" if name.endswith(".py") else f"{value}")

    def page(self, path: str) -> str:
        text = PAGES[path].replace("CELL", str(self.cells[path]))
        head, mark, rest = text.partition("```")
        return f"{head}{self._prose()}{mark}{rest}"

    def _prose(self) -> str:
        return "\nMore prose.\n\n" * self.prose

    def used(self, path: str) -> tuple[object, ...]:
        """What the page uses: if this is the same, the page must not run."""
        names = sorted(name for name in self.state if name.startswith("data/"))
        there = [name for name in names if self.state[name] is not None]
        seen = {name: self.state.get(name) for name in USES[path]} | (
            {"the names in data": there} if "the names in data" in USES[path] else {}
        )
        return self.cells[path], str(sorted(seen.items()))

    def check(self, before: dict[str, tuple[object, ...]]) -> None:
        """Compare the cache with a fresh run of every page."""
        settings = Settings(self.root)
        kept = Engine(settings, cache=self.root / ".cache", pool=self.pool)
        fresh = Engine(settings, pool=self.pool)
        for path in PAGES:
            page = scan(self.page(path), path)
            assert kept.record(page).to_json() == fresh.record(page).to_json(), path
            if before.get(path) == self.used(path):
                assert kept.history[path] == "", path
            before[path] = self.used(path)


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pool]:
    root = tmp_path_factory.mktemp("project").resolve()
    with pytest.MonkeyPatch.context() as patched:
        # Python's own byte code tells two sources apart by their seconds and their size only.
        patched.setenv("PYTHONDONTWRITEBYTECODE", "1")
        patched.setenv("TT_FLAVOUR", "")
        with Pool(root) as pool:
            yield pool


@settings(
    max_examples=20,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(st.lists(edits, min_size=1, max_size=8))
def test_a_cached_run_equals_a_fresh_one(pool: Pool, found: list[tuple[str, int | None]]) -> None:
    project = Project(pool.root, pool)
    for name in (*FILES, "unrelated.txt", "TT_FLAVOUR"):
        project.edit(name, 0 if name == "data/c.csv" else None)
    before: dict[str, tuple[object, ...]] = {}
    project.check(before)
    for name, value in found:
        project.edit(name, value)
        project.check(before)
