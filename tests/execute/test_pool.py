from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

from twotracks.execute import Engine, PageRecord, Settings, scan
from twotracks.execute import pool as pool_module
from twotracks.execute.pool import Pool, PoolClosed, PreloadFailed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from twotracks.errors import TwoTracksError
    from twotracks.execute import Page

PROC = Path("/proc")
pytestmark = pytest.mark.skipif(
    not (PROC / "self/stat").exists() or not pool_module.available(),
    reason="forks, and looks for what is left of them in /proc",
)
GOOD = "import os\nprint(sorted({'b', 'a', 'c'}), hash('a'))"


def cell(source: str, path: str = "docs/page.md", options: str = "") -> Page:
    return scan(f"```python exec {options}\n{dedent(source).strip()}\n```\n", path)


def text(outcome: object) -> str:
    """What a page printed."""
    assert isinstance(outcome, PageRecord), outcome
    return "".join(getattr(output, "text", "") for output in outcome.cells[0].outputs)


def left(folder: Path) -> list[str]:
    """The processes that run in a folder, as pages do; zombies do not run."""
    found = []
    for process in PROC.iterdir():
        try:
            inside = process.name.isdigit() and (process / "cwd").readlink() == folder
            state = (process / "stat").read_text().rpartition(")")[2].split()[0] if inside else ""
        except OSError:  # it has just ended
            continue
        if inside and state != "Z":
            found.append((process / "cmdline").read_bytes().decode().replace("\0", " "))
    return found


def nothing_left(folder: Path, seconds: float = 5) -> bool:
    deadline = time.monotonic() + seconds
    while left(folder) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not left(folder)


@pytest.fixture
def forks(tmp_path: Path) -> Iterator[Pool]:
    root = tmp_path / "project"  # what pages tell the tests lies beside it
    root.mkdir()
    with Pool(root) as pool:
        yield pool
    assert nothing_left(root)


def outcomes(
    pool: Pool, pages: Sequence[Page], **settings: object
) -> list[PageRecord | TwoTracksError]:
    engine = Engine(Settings(pool.root, **settings), pool=pool)  # type: ignore[arg-type]
    return [outcome for _, outcome in engine.record_all(pages)]


FAULTS = {
    "crash": ("import ctypes\nctypes.string_at(0)", "ended by SIGSEGV"),
    "exit": ("import os\nos._exit(3)", "ended with exit status 3"),
    "loop": ("while True: pass", "still running after 2 s"),
    "sleep": ("import time\ntime.sleep(60)", "still running after 2 s"),
    "print": ("while True: print('x' * 1000)", "printed more than 1,000,000 characters"),
    "flood": ("import subprocess\nsubprocess.run(['yes'])", "printed more than 64 MB"),
    "memory": ("x = bytearray(3 * 2**30)", "MemoryError"),
    "array": ("import numpy\nx = numpy.ones(3 * 2**27)", "MemoryError"),
    "fork": ("import os\nif os.fork() == 0:\n    while True: pass\nos._exit(5)", "exit status 5"),
    "deaf": (
        (
            "import signal, time\nfor n in (1, 2, 15): signal.signal(n, signal.SIG_IGN)\n"
            "time.sleep(60)"
        ),
        "still running after 2 s",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_page_that_goes_wrong_fails_alone_and_leaves_nothing(forks: Pool, fault: str) -> None:
    source, message = FAULTS[fault]
    pages = [cell(GOOD, "docs/a.md"), cell(source, "docs/b.md"), cell(GOOD, "docs/c.md")]
    begin = time.monotonic()
    a, b, c = outcomes(forks, pages, timeout=2, memory=1024, workers=3)
    assert message in str(b)
    assert str(b).startswith("docs/b.md:")
    assert text(a) == text(c) == "['a', 'b', 'c'] " + text(c).split("] ")[1]
    assert time.monotonic() - begin < 20
    assert len(left(forks.root)) == 1, "only the server goes on"


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        (
            (
                "import subprocess\nsubprocess.Popen(['sleep', '60'])\n"
                "subprocess.Popen(['sleep', '60'], start_new_session=True)\nprint(1)"
            ),
            "1\n",
        ),
        (
            (
                "import os, time\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n"
                "        while True: time.sleep(1)\n    os._exit(0)\nprint(1)"
            ),
            "1\n",
        ),
        (
            (
                "import threading, time\nthreading.Thread(target=time.sleep, args=(60,)).start()\n"
                "print(1)"
            ),
            "1\n",
        ),
        ("import sys, os\nprint(1)\nsys.stdout.close()\nos.close(1)", "1\n"),
        (
            (
                "import multiprocessing\nwith multiprocessing.Pool(2) as pool:\n"
                "    print(pool.map(abs, [-1, 2]), multiprocessing.get_start_method(),\n"
                "        multiprocessing.current_process().name, multiprocessing.parent_process())"
            ),
            "[1, 2] fork MainProcess None\n",
        ),
        ("import atexit, os\natexit.register(os.abort)\nprint(1)", "1\n"),
    ],
    ids=["children", "daemon", "thread", "closed stdout", "multiprocessing", "atexit"],
)
def test_what_a_page_leaves_running_ends_with_it(forks: Pool, source: str, shown: str) -> None:
    begin = time.monotonic()
    (outcome,) = outcomes(forks, [cell(source)])
    assert text(outcome) == shown
    assert time.monotonic() - begin < 20
    assert len(left(forks.root)) == 1, "only the server goes on"


def test_two_pages_share_nothing(forks: Pool) -> None:
    source = """
        import builtins, json, os, sys, tempfile
        print(len(sys.argv), hasattr(json, "mine"), hasattr(builtins, "mine"), "MINE" in os.environ)
        json.mine = builtins.mine = 1
        os.environ["MINE"] = "1"
        os.chdir("/")
        sys.argv.append("mine")
        open(tempfile.gettempdir() + "/mine", "x").close()
        print(sys.stdin.read() == "", os.getpid() == os.getsid(0), tempfile.gettempdir())
        """
    pages = [cell(source, f"docs/{n}.md") for n in range(3)]
    first, *others = [text(outcome) for outcome in outcomes(forks, pages)]
    assert first.startswith("1 False False False\nTrue True ")
    assert others == [first, first]


def test_pages_run_at_the_same_time(forks: Pool) -> None:
    pages = [
        cell(
            f"""
            import pathlib, time
            pathlib.Path("../{me}").touch()
            while not pathlib.Path("../{other}").exists(): time.sleep(0.01)
            """,
            f"docs/{me}.md",
        )
        for me, other in (("one", "two"), ("two", "one"))
    ]
    assert all(isinstance(o, PageRecord) for o in outcomes(forks, pages, workers=2, timeout=10))


def test_the_longest_page_of_the_last_run_begins_first(forks: Pool) -> None:
    pages = [cell("open('../log', 'a').write(__file__[5])", f"docs/{name}.md") for name in "abcd"]
    engine = Engine(Settings(forks.root, workers=1), pool=forks)
    found = engine.record_all(pages, {"docs/a.md": 0.1, "docs/b.md": 3, "docs/d.md": 1})
    assert [page.path for page, _ in found] == [f"docs/{name}.md" for name in "abcd"]
    assert (forks.root.parent / "log").read_text() == "cbda"
    assert set(engine.seconds) == {page.path for page in pages}


def test_how_long_pages_took_is_kept(forks: Pool, tmp_path: Path) -> None:
    times = {"a": 0.1, "b": 0.5, "c": 0.3}
    cache = tmp_path / "kept"

    def run(text: str) -> None:
        pages = [
            cell(f"import time\ntime.sleep({times[n]})\n{text}", f"docs/{n}.md") for n in times
        ]
        settings = Settings(forks.root, workers=1)
        assert len(Engine(settings, cache=cache, pool=forks).record_all(pages)) == 3

    run("1")
    run("open('../order', 'a').write(__file__[5])")
    assert (forks.root.parent / "order").read_text() == "bca"


def test_producers_run_once_and_first(forks: Pool) -> None:
    (forks.root / "make.py").write_text("open('../log', 'a').write('p')\nprint('made')\n")
    body = "```python exec\nopen('../log', 'a').write('x')\n```\n"
    pages = [scan(body.replace("'x'", "'o'"), "docs/a.md")]
    pages += [scan(f"---\nproducers: [make.py]\n---\n{body}", f"docs/{n}.md") for n in range(3)]
    outcomes(forks, pages)
    log = (forks.root.parent / "log").read_text()
    assert log.replace("o", "") == "pxxx"
    assert log.count("o") == 1


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder beside the project from which modules can be imported."""
    folder = tmp_path / "lib"
    folder.mkdir()
    monkeypatch.setenv(
        "PYTHONPATH", os.pathsep.join([os.environ.get("PYTHONPATH", ""), f"{folder}"])
    )
    (tmp_path / "project").mkdir()
    return folder


@pytest.mark.parametrize(
    ("name", "source", "message"),
    [
        ("pandsa", None, "cannot import 'pandsa': ModuleNotFoundError"),
        ("sklearn.linear", None, "cannot import 'sklearn.linear': ModuleNotFoundError"),
        ("bad", "1 / 0", "cannot import 'bad': ZeroDivisionError"),
        ("own", None, "'own' is part of the project"),
        ("user", "import own", "'user' imports 'own', a part of the project"),
        ("busy", "import _thread, time\n_thread.start_new_thread(time.sleep, (9,))", "a thread"),
        ("dies", "import os\nos._exit(1)", "has ended while it did"),
    ],
)
def test_what_cannot_be_preloaded_is_named(
    library: Path, name: str, source: str | None, message: str
) -> None:
    root = library.parent / "project"
    (root / "own.py").write_text("")
    if source:
        (library / f"{name}.py").write_text(source)
    with Pool(root, ["json", name]) as pool:
        engine = Engine(Settings(root), pool=pool)
        with pytest.raises(PreloadFailed) as error:
            engine.record_all([cell(GOOD, f"docs/{n}.md") for n in range(9)])
        assert message in str(error.value)
        assert "preload" in str(error.value)
    assert nothing_left(root)


def test_a_page_sees_libraries_as_they_are_now(library: Path) -> None:
    """What was imported before pages were forked must not outlive its file."""
    root = library.parent / "project"
    (library / "lib_a.py").write_text("value = 1")
    page = cell("import lib_a, os\nprint(lib_a.value, os.getppid())")
    with Pool(root, ["lib_a"]) as pool:

        def build() -> list[str]:
            pool.refresh()
            return text(outcomes(pool, [page])[0]).split()

        time.sleep(0.02)
        value, server = build()
        assert value == "1"
        assert build() == [value, server], "nothing has changed, so the server is warm"
        (library / "lib_a.py").write_text("value = 22")
        value, other = build()
        assert value == "22"
        assert other != server
        (root / "new.py").write_text("")
        assert text(outcomes(pool, [cell("import new\nprint(new.__name__)")])[0]) == "new\n"
    assert nothing_left(root)


def test_a_fork_is_like_a_new_process(tmp_path: Path) -> None:
    source = """
        import os, random, sys, tempfile, threading, warnings
        import numpy as np
        import pandas as pd
        random.seed(1); np.random.seed(1)
        print(hash("a"), hash(("b", 1.5)), list({"x", "y", "z", "w"}), sys.flags.hash_randomization)
        print(random.random(), np.random.rand(), np.random.default_rng(1).random())
        print(sorted(name for name in os.environ if name != "PWD"), os.getcwd(), os.umask(0))
        print(sys.path, sys.argv, sys.executable, sys.getrecursionlimit(), sys.flags.utf8_mode)
        print(tempfile.gettempdir(), threading.active_count(), sorted(os.listdir("/proc/self/fd")))
        print(sys.stdout.encoding, sys.__stdout__.encoding, sys.__stdout__.line_buffering)
        def depth(n=0):
            try: return depth(n + 1)
            except RecursionError: return n
        print(depth())
        import signal
        print([signal.getsignal(n) for n in (2, 15, 17)], signal.set_wakeup_fd(-1))
        display(pd.DataFrame({"a": [1]}).style.highlight_max())
        """
    page = cell(source)
    with Pool(tmp_path, ["pandas", "matplotlib.pyplot"]) as pool:
        (forked,) = outcomes(pool, [page])
    assert forked == Engine(Settings(tmp_path)).record(page)


def test_what_a_library_asked_for_at_import_is_not_the_pages(library: Path) -> None:
    (library / "asks.py").write_text("import tempfile\ntempfile.gettempdir()\nprint('hello')")
    root = library.parent / "project"
    page = cell("import asks, os, tempfile\nprint(tempfile.gettempdir() == os.environ['TMPDIR'])")
    with Pool(root, ["asks"]) as pool:
        assert text(outcomes(pool, [page])[0]) == "True\n"


def test_pages_do_not_draw_the_same_random_numbers(tmp_path: Path) -> None:
    source = "import random, numpy as np\nprint(random.random(), np.random.rand())"
    with Pool(tmp_path, ["numpy.random"]) as pool:
        one, two = (
            text(outcome).split()
            for outcome in outcomes(pool, [cell(source, "docs/1.md"), cell(source, "docs/2.md")])
        )
    assert one[0] != two[0]
    assert one[1] != two[1]


def test_the_pages_of_this_site_are_the_same_in_both_ways() -> None:
    root = Path(__file__).parents[2]
    pages = [
        scan(path.read_text(encoding="utf-8"), path.relative_to(root).as_posix())
        for path in sorted((root / "docs").rglob("*.md"))
        # Those that run the pipelines take seconds each, and nearly all of them in other processes.
        if not {"software", "nine_steps"} & set(re.split(r"\W+", path.read_text(encoding="utf-8")))
    ]
    formatters = {"pandas.DataFrame": "twotracks.views.html:table"}
    settings = Settings(root, formatters, preload=("pandas", "sklearn.linear_model", "pygraphviz"))
    engine = Engine(settings)
    forked = dict(engine.record_all(pages))
    # The producers' texts are kept: they hold times, and are made once.
    engine._records.clear()
    engine._store._kept = {
        key: entries for key, entries in engine._store._kept.items() if key[0] != "pages"
    }
    assert any(page.steps for page in pages)
    for page in pages:
        assert forked[page] == engine.record(page), page.path


def test_a_server_that_was_killed_costs_no_page(forks: Pool) -> None:
    assert text(outcomes(forks, [cell(GOOD)])[0])
    assert forks._server
    forks._server.process.kill()
    forks._server.process.wait()
    assert text(outcomes(forks, [cell(GOOD)])[0])
    # While a page runs: the page is run again, in a new Python.
    source = """
        import os, pathlib, signal
        if not pathlib.Path("../killed").exists():
            pathlib.Path("../killed").touch()
            os.kill(os.getppid(), signal.SIGKILL)
        print("ran")
        """
    assert text(outcomes(forks, [cell(source)])[0]) == "ran\n"


def test_a_closed_pool_runs_nothing_until_it_is_refreshed(forks: Pool) -> None:
    forks.close()
    with pytest.raises(PoolClosed):
        outcomes(forks, [cell(GOOD)])
    forks.refresh()
    assert text(outcomes(forks, [cell(GOOD)])[0])


def test_without_a_fork_server_pages_still_run(
    forks: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool_module, "available", lambda: False)
    pages = [cell(GOOD, "docs/a.md"), cell("x = bytearray(2**30)", "docs/b.md")]
    a, b = outcomes(forks, pages, memory=512)
    assert text(a)
    assert "MemoryError" in str(b)
    assert forks._server is None


BUILDER = """
import sys
from pathlib import Path
from twotracks.execute import Engine, Settings, pool, scan

root = Path(sys.argv[1])
if sys.argv[2] == "new":
    pool.available = lambda: False
source = '''
import os, pathlib, subprocess, time
pathlib.Path(f"../started-{os.getpid()}").touch()
subprocess.Popen(["sleep", "600"])
subprocess.Popen(["sleep", "600"], start_new_session=True)
while True: time.sleep(1)
'''
pages = [scan(f"```python exec\\n{source}```\\n", f"docs/{n}.md") for n in range(4)]
Engine(Settings(root, workers=2, preload=("json",))).record_all(pages)
"""


@pytest.mark.parametrize(
    ("number", "way"),
    [(signal.SIGKILL, "forked"), (signal.SIGINT, "forked"), (signal.SIGINT, "new")],
)
def test_a_build_that_is_ended_leaves_no_process(tmp_path: Path, number: int, way: str) -> None:
    root = tmp_path / "project"
    root.mkdir()
    builder = subprocess.Popen(
        [sys.executable, "-c", BUILDER, str(root), way],
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 20
    while len(list(tmp_path.glob("started-*"))) < 2 and time.monotonic() < deadline:
        time.sleep(0.02)
    time.sleep(0.2)
    assert len(left(root)) >= 6
    begin = time.monotonic()
    os.kill(builder.pid, number)
    errors = builder.communicate(timeout=20)[1]
    assert time.monotonic() - begin < 5
    assert builder.returncode in (-number, 130)
    assert errors.rstrip().endswith("KeyboardInterrupt") == (number == signal.SIGINT)
    assert len(list(tmp_path.glob("started-*"))) == 2
    if way == "forked":
        assert nothing_left(root), left(root)
    else:  # a child with a session of its own is out of reach there
        assert set(left(root)) <= {"sleep 600 "}
        for process in PROC.iterdir():
            if process.name.isdigit():
                try:
                    if (process / "cwd").readlink() == root:
                        os.kill(int(process.name), signal.SIGKILL)
                except OSError:
                    continue
