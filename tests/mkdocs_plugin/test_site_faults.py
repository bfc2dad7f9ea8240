"""One build with many pages that go wrong, each in its way: all are named, and the site stands."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.execute.test_pool import left, nothing_left
from tests.mkdocs_plugin.test_site_cache import tree

if TYPE_CHECKING:
    from tests.mkdocs_plugin.conftest import Site

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks into /proc")

CONFIGURATION = """
site_name: Site
theme: {name: mkdocs}
plugins: [{twotracks: {timeout: 4, memory: 300, workers: 4}}]
"""
# The same in a new Python for each page, as where there is no fork server.
WITHOUT_FORKS = "from twotracks.execute import pool\npool.available = lambda: False\n"

# What to blame is marked, where more is known than that it is this cell.
FAULTS = {
    "crash": ("import ctypes", "ctypes.string_at(0)  # here", "the process was ended by SIGSEGV"),
    "exit": ("import os", "os._exit(3)", "the process ended with exit status 3"),
    "quit": ("import sys", "sys.exit('enough')  # here", "the cell ends its process: SystemExit"),
    "loop": ("n = 0", "while True: n += 1  # here", "it was still running after 4 s"),
    "print": ("n = 0", "while True: print('x' * 1000)  # here", "TwoTracksError: the cell printed"),
    "flood": ("import subprocess", "subprocess.run(['yes'])", "it printed more than 64 MB"),
    "memory": ("n = 0", "x = bytearray(2**29)  # here", "MemoryError"),
    "deep": ("def f(n): return f(n + 1)", "f(0)", "RecursionError: maximum recursion"),
    "write": ("n = 0", "open('data.csv', 'w')  # here", "WroteBelowRoot: the page writes data.csv"),
    "value": ("n = 0", "1 / n  # here", "ZeroDivisionError"),
}
HARMLESS = {
    "child": "import subprocess\nsubprocess.Popen(['sleep', '600'])\nprint('shown')",
    "thread": "import threading, time\nthreading.Thread(target=time.sleep, args=(600,)).start()"
    "\nprint('shown')",
    "closed": "import os, sys\nprint('shown')\nsys.stdout.close()\nos.close(1)",
    "good": "print('shown')",
}


def page(*cells: str) -> str:
    return "# Title\n\n" + "\n".join(f"```python exec\n{cell}\n```\n" for cell in cells)


def expected(name: str) -> str:
    """How the message about a page begins."""
    _, last, message = FAULTS[name]
    return f"docs/{name}.md:{9 if '# here' in last else 8}: {message}"


@pytest.mark.parametrize("forks", [True, False], ids=["forked", "new"])
def test_all_that_goes_wrong_is_told_at_once_and_the_site_stands(
    site: Site,
    forks: bool,  # noqa: FBT001
) -> None:
    if not forks:
        folder = site.root.parent / "new"
        folder.mkdir()
        (folder / "sitecustomize.py").write_text(WITHOUT_FORKS)
        path = f"{folder}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"
        site.environment["PYTHONPATH"] = path
    site.configure(CONFIGURATION)
    site.write(index="# First\n", **{name: page(source) for name, source in HARMLESS.items()})
    begin = time.monotonic()
    assert site.build().status == 0
    for name in HARMLESS:
        assert "shown</pre>" in site.html(name)
    # A child in the group of its page ends in either way.
    assert nothing_left(site.root), left(site.root)
    before = tree(site.root / "site")

    site.write(
        index=page("print('new')"),
        **{name: page("x = 1", f"{first}\n{last}") for name, (first, last, _) in FAULTS.items()},
    )
    built = site.build()
    assert built.status == 1
    assert f"{len(FAULTS)} pages could not be executed" in built.log
    assert [name for name in FAULTS if expected(name) not in built.log] == [], built.log
    assert "twotracks/execute" not in built.log
    assert nothing_left(site.root), left(site.root)
    assert tree(site.root / "site") == before
    assert not (site.root / "data.csv").exists()

    for name in FAULTS:
        (site.root / "docs" / f"{name}.md").unlink()
    built = site.build()
    assert built.status == 0
    assert "0 pages ran and 5 came from the store" in built.log
    assert "new</pre>" in site.html()
    assert time.monotonic() - begin < 60
