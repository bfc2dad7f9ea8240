"""Whatever becomes of a cache, a build with it gives the bytes that a fresh build gives."""

from __future__ import annotations

import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.execute.edits import CONFIGURATION
from tests.execute.test_pool import left, nothing_left
from tests.mkdocs_plugin.conftest import QUIET

if TYPE_CHECKING:
    from collections.abc import Callable

FILES = {
    "mkdocs.yml": CONFIGURATION,
    "theme/main.html": "{{ page.content }}",
    "helper.py": "VALUE = 1\n",
    "make.py": "import time\ntime.sleep(0.05)\nprint('made of', open('data/b.csv').read())\n",
    "data/a.csv": "1,2\n",
    "data/b.csv": "3,4\n",
    "docs/index.md": """
```python exec
import helper
import importlib.util
importlib.util.find_spec("extra") is None
```

Its own module: `{python} helper.VALUE`.
""",
    "docs/files.md": """
```python exec
import os
print(open("data/a.csv").read(), sorted(os.listdir("data")))
try:
    print(open("maybe.txt").read())
except OSError as error:
    print(type(error).__name__)
```
""",
    "docs/produced.md": """---
producers: [make.py]
---
```python exec
from twotracks.execute import produced
produced("make.py")
```
""",
}
# The sitemap and the pages carry a date.
ENVIRONMENT = {**QUIET, "SOURCE_DATE_EPOCH": "1577836800"}
DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "cut short": lambda data: data[: len(data) // 2],
    "emptied": lambda _: b"",
    "one bit": lambda data: data[:-9] + bytes([data[-9] ^ 1]) + data[-8:],
    "other numbers": lambda data: data.replace(b"3,4", b"3,5").replace(b"1,2", b"7,7"),
}


def project(root: Path) -> Path:
    for name, text in FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def started(root: Path, target: Path, **variables: str) -> subprocess.Popen[str]:
    """A build that is running."""
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "-d", str(target)]
    return running(root, command, **variables)


def running(root: Path, command: list[str], **variables: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command,
        cwd=root,
        env={**os.environ, **ENVIRONMENT, **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def built(root: Path, target: Path) -> tuple[dict[str, bytes], int]:
    """The files of a site, and how many pages ran for it."""
    return ended(started(root, target), target)


def ended(build: subprocess.Popen[str], target: Path) -> tuple[dict[str, bytes], int]:
    log, _ = build.communicate(timeout=60)
    assert build.returncode == 0, log
    ran = re.search(r"(\d+) pages? ran and", log)
    assert ran, log
    return tree(target), int(ran[1])


def tree(folder: Path) -> dict[str, bytes]:
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project that has been built once: `project` with its cache, and `site`."""
    folder = tmp_path_factory.mktemp("fresh")
    _, ran = built(project(folder / "project"), folder / "site")
    assert ran == 3
    return folder


@pytest.fixture(scope="module")
def reference(fresh: Path) -> dict[str, bytes]:
    found = tree(fresh / "site")
    assert b"made of 3,4" in found["produced/index.html"]
    return found


@pytest.fixture
def root(fresh: Path, tmp_path: Path) -> Path:
    """A copy of the project, elsewhere, with the cache of the first."""
    return Path(shutil.copytree(fresh / "project", tmp_path / "copy"))


def entries(root: Path) -> list[Path]:
    found = sorted((root / ".cache").rglob("*.json"))
    assert len(found) == 4
    return found


def test_a_cache_that_was_made_elsewhere(root: Path, reference: dict[str, bytes]) -> None:
    assert built(root, root.parent / "site") == (reference, 0)
    (root / "data" / "b.csv").write_text("5,6\n")
    found, ran = built(root, root.parent / "site")
    assert (ran, b"made of 5,6" in found["produced/index.html"]) == (1, True)


def test_another_folder_gives_the_same_bytes(root: Path, reference: dict[str, bytes]) -> None:
    shutil.rmtree(root / ".cache")
    assert built(root, root.parent / "site") == (reference, 3)


@pytest.mark.parametrize("kind", DAMAGE)
def test_a_damaged_entry_costs_a_run(root: Path, reference: dict[str, bytes], kind: str) -> None:
    changed = 0
    for path in entries(root):
        before = path.read_bytes()
        path.write_bytes(DAMAGE[kind](before))
        changed += path.parent.parent.name == "pages" and path.read_bytes() != before
    assert changed >= 2
    assert built(root, root.parent / "site") == (reference, changed)
    assert built(root, root.parent / "site") == (reference, 0)


def test_two_builds_at_once(root: Path, reference: dict[str, bytes]) -> None:
    shutil.rmtree(root / ".cache")
    targets = [root.parent / name for name in ("one", "two")]
    builds = [started(root, target) for target in targets]
    for build, target in zip(builds, targets, strict=True):
        assert ended(build, target)[0] == reference
    assert built(root, root.parent / "site") == (reference, 0)
    assert not list(root.rglob(".new-*"))


# Python as a user for whom permissions count, also where the tests run as root (Linux):
# CAP_DAC_OVERRIDE goes.
ORDINARY = """
import ctypes, os, sys
if os.geteuid() == 0:
    ctypes.CDLL(None).prctl(24, 1)
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""


def test_a_cache_that_may_only_be_read(root: Path, reference: dict[str, bytes]) -> None:
    folders = [root / ".cache", *filter(Path.is_dir, root.glob(".cache/**/*"))]
    for path in folders:
        path.chmod(0o555)
    target = root.parent / "site"
    command = [sys.executable, "-c", ORDINARY, "-m", "mkdocs", "build", "--strict", "-d"]
    try:
        assert ended(running(root, [*command, str(target)]), target) == (reference, 0)
        kept = tree(root / ".cache")
        (root / "data" / "b.csv").write_text("5,6\n")
        found, ran = ended(running(root, [*command, str(target)]), target)
        assert (ran, b"made of 5,6" in found["produced/index.html"]) == (1, True)
        assert tree(root / ".cache") == kept
    finally:
        for path in folders:
            path.chmod(0o755)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks into /proc")
def test_a_build_that_was_killed_costs_a_run(root: Path, reference: dict[str, bytes]) -> None:
    """Twenty times, at moments spread over a build, the builder alone or all of its group."""
    draw = random.Random(0)
    target = root.parent / "site"
    begin = time.monotonic()
    shutil.rmtree(root / ".cache")
    assert built(root, target) == (reference, 3)
    length = time.monotonic() - begin
    for number in range(20):
        if number % 2 == 0:
            shutil.rmtree(root / ".cache", ignore_errors=True)
        build = started(root, target)
        time.sleep(length * (number + draw.random()) / 20)
        (os.killpg if number % 4 < 2 else os.kill)(build.pid, signal.SIGKILL)
        build.communicate(timeout=10)
        assert nothing_left(root), left(root)
        if number % 7 == 6:
            assert built(root, target)[0] == reference
    assert built(root, target)[0] == reference
    assert built(root, target) == (reference, 0)
    lasting = {path for path in tree(root) if not path.startswith((".cache/", "__pycache__/"))}
    assert lasting == set(FILES)
