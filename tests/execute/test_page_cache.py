"""What is kept between builds, and what makes a page run again."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import twotracks
from twotracks.execute import CellFailed, Engine, Settings, engine, jobs, scan
from twotracks.execute.store import KEPT, Entry, Store, clean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twotracks.execute import PageRecord

PATH = "docs/page.md"


class Project:
    """A project with a cache, and one engine for each build."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.cache = root / ".cache"
        self.told: list[str] = []

    def write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def build(self, text: str, path: str = PATH) -> tuple[PageRecord, str]:
        """The record of a page, and why it ran; nothing if it did not."""
        made = self.engine()
        return made.record(scan(text, path)), made.history[path]

    def why(self, text: str) -> str:
        return self.engine().why(scan(text, PATH))

    def engine(self, **settings: object) -> Engine:
        return Engine(
            Settings(self.root, **settings),  # type: ignore[arg-type]
            cache=self.cache,
            notify=self.told.append,
        )

    def files(self) -> list[Path]:
        return sorted(self.cache.rglob("*.json"))


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    # Python's own byte code tells two sources apart by their seconds and their size only.
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    root = tmp_path / "project"
    root.mkdir()
    return Project(root.resolve())


def cell(source: str, options: str = "") -> str:
    return f"```python exec {options}\n{source}\n```\n"


def test_nothing_changed_and_nothing_runs(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = cell("import random\nrandom.random()")
    first, reason = project.build(text)
    assert reason == "no run of it is kept"
    monkeypatch.setattr(engine, "run_page", None)
    assert project.build(text) == (first, "")
    moved, reason = project.build(f"More prose.\n\n{text}")
    assert reason == ""
    assert moved.cells[0].outputs == first.cells[0].outputs
    assert moved.lines() == [4]


@pytest.mark.parametrize(
    "source",
    [
        "import warnings\nwarnings.warn('w')",
        "import traceback\ntry: 1 / 0\nexcept ZeroDivisionError: traceback.print_exc()",
        "import sys\nprint(sys._getframe().f_lineno)",
    ],
)
def test_a_page_that_shows_its_lines_runs_when_they_move(project: Project, source: str) -> None:
    project.build(cell(source))
    assert project.build(cell(source))[1] == ""
    moved, reason = project.build(f"\n\n{cell(source)}")
    assert reason == "it shows numbers of its lines, and they moved"
    assert moved == Engine(Settings(project.root)).record(scan(f"\n\n{cell(source)}", PATH))


READS = {
    "open": ("print(open('data.txt').read())", "data.txt changed"),
    "pathlib": (
        "from pathlib import Path\nprint(Path('data.txt').read_bytes())",
        "data.txt changed",
    ),
    "another folder": (
        "import os\nos.chdir('sub')\nprint(open('../data.txt').read())",
        "data.txt changed",
    ),
    "pandas": ("import pandas as pd\npd.read_csv('data.txt')", "data.txt changed"),
    "numpy": ("import numpy as np\nnp.loadtxt('data.txt')", "data.txt changed"),
    "a forked child": (
        "import os\nif os.fork() == 0:\n    open('data.txt').read()\n    os._exit(0)\nos.wait()",
        "data.txt changed",
    ),
    "a module": ("import helper\nhelper.VALUE", "helper.py changed"),
    "a module by name": (
        "import importlib\nimportlib.import_module('helper').VALUE",
        "helper.py changed",
    ),
    "missing": (
        "try: open('new.txt')\nexcept OSError: print('none')",
        "new.txt is there now",
    ),
    "missing module": (
        "try: import extra\nexcept ImportError: print('none')",
        "what can be imported from . changed: +extra.py",
    ),
    "missing part of a package": (
        "try: import package.extra\nexcept ImportError: print('none')",
        "what can be imported from package changed: +extra.py",
    ),
    "shadow": ("import colorsys\n1", "what can be imported from . changed: +colorsys.py"),
    "listdir": ("import os\nos.listdir('sub')", "the list of files in sub changed"),
    "glob": ("import glob\nglob.glob('sub/*.txt')", "the list of files in sub changed"),
    "iterdir": (
        "from pathlib import Path\nsorted(Path('sub').iterdir())",
        "the list of files in sub changed",
    ),
    "sqlite": ("import sqlite3\nsqlite3.connect('data.txt').close()", "data.txt changed"),
    "deps": ("1", "data.txt changed"),
    "a new match of deps": ("1", "the files of deps 'sub/*' changed: +sub/new.txt"),
    "a new file in a folder of deps": ("1", "the files of deps 'sub' changed: +sub/new.txt"),
}
OPTIONS = {
    "deps": 'deps="*.txt"',
    "a new match of deps": 'deps="sub/*"',
    "a new file in a folder of deps": 'deps="sub"',
}


@pytest.mark.parametrize("name", READS)
def test_every_change_is_seen(project: Project, name: str) -> None:
    source, reason = READS[name]
    project.write("data.txt", "1\n")
    project.write("sub/old.txt", "")
    project.write("helper.py", "VALUE = 1\n")
    project.write("package/__init__.py", "")
    text = cell(source, OPTIONS.get(name, ""))
    project.build(text)
    project.write("unrelated.dat", "")
    assert project.build(text)[1] == ""

    if reason == "data.txt changed":
        project.write("data.txt", "2\n")
    elif reason == "helper.py changed":
        project.write("helper.py", "VALUE = 2\n")
    elif reason.endswith("there now"):
        project.write("new.txt", "")
    elif "imported" in reason:
        file = reason.partition("+")[2]
        project.write(f"package/{file}" if "package" in reason else file, "")
    else:
        project.write("sub/new.txt", "")
    assert project.why(text) == f"{PATH} would run: {reason}"
    assert project.build(text)[1] == reason
    assert project.build(text)[1] == ""


def test_a_module_that_was_imported_before_the_page_began(project: Project) -> None:
    text = cell("import json\n1")
    project.build(text)
    project.write("json.py", "")
    assert project.why(text).endswith("what can be imported from . changed: +json.py")


def test_a_folder_counts_only_where_it_would_be_imported(project: Project) -> None:
    text = cell("import json\ntry: import extra\nexcept ImportError: print('no')")
    project.build(text)
    for name in ("json", "site", "docs"):  # Python's own come before mere folders
        (project.root / name).mkdir()
    assert project.build(text)[1] == ""
    (project.root / "extra").mkdir()
    assert project.build(text)[1] == "what can be imported from . changed: +extra/"
    project.write("extra/__init__.py", "")
    change = "what can be imported from . changed: +extra/__init__.py, -extra/"
    assert project.build(text)[1] == change
    assert project.build(text)[1] == ""
    project.write("json/__init__.py", "")
    change = "what can be imported from . changed: +json/__init__.py"
    assert project.why(text).endswith(change)


def test_a_module_that_is_read_from_its_byte_code(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE")
    project.write("helper.py", "VALUE = 1\n")
    os.utime(project.root / "helper.py", (1e9, 1e9))
    text = cell("import helper\nhelper.VALUE")
    project.build(text, "docs/first.md")
    assert (project.root / "__pycache__").is_dir()
    project.build(text)  # its source is not opened now
    assert project.build(text)[1] == ""

    project.write("helper.py", "VALUE = 222\n")
    record, reason = project.build(text)
    assert (record.cells[0].outputs[0].data["text/plain"], reason) == ("222", "helper.py changed")  # type: ignore[union-attr]

    project.build(cell("import helper"), "docs/first.md")
    before = len(project.files())
    change = "import subprocess\nsubprocess.run('echo VALUE = 3 > helper.py', shell=True)"
    project.build(cell(f"import helper\n{change}"), "docs/new.md")
    assert len(project.files()) == before  # which of the two it had read, nobody knows


def test_the_cells_their_expectation_and_the_formatters_count(project: Project) -> None:
    project.build(cell("1 / 1"))
    assert project.build(cell("2 / 1"))[1] == "its cells changed"
    assert project.build(cell("2 / 1", 'source="none" title="T"'))[1] == ""
    made = project.engine(formatters={"a.B": "c:d"})
    made.record(scan(cell("2 / 1"), PATH))
    assert made.history[PATH] == "the formatters changed"
    assert project.build(cell("2 / 1", 'deps="x"'))[1] == "what it declares changed"


def test_declared_variables_and_tools_count(
    project: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    tool = tmp_path / "bin" / "mytool"
    tool.parent.mkdir()
    tool.write_text("#!/bin/sh\necho mytool 1\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tool.parent}{os.pathsep}{os.environ['PATH']}")
    front = "---\nenv: [FLAVOUR]\n---\n" + cell("1", 'tools="mytool"')
    project.build(front)
    assert project.build(front)[1] == ""
    monkeypatch.setenv("FLAVOUR", "sweet, and a secret")
    assert project.build(front)[1] == "the environment variable FLAVOUR is there now"
    assert "secret" not in "".join(file.read_text() for file in project.files())
    tool.write_text("#!/bin/sh\necho mytool 2\n")
    assert project.build(front)[1] == "mytool --version says 'mytool 2', and said 'mytool 1'"
    tool.unlink()
    assert "says 'not there'" in project.build(front)[1]


def test_a_distribution_of_another_version(
    project: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    site = tmp_path / "site"

    def install(version: str) -> None:
        shutil.rmtree(site, ignore_errors=True)
        (site / "fakelib").mkdir(parents=True)
        (site / "fakelib" / "__init__.py").write_text("")
        info = site / f"fakelib-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: fakelib\nVersion: {version}\n"
        )
        (info / "top_level.txt").write_text("fakelib\n")

    install("1.0")
    monkeypatch.setenv("PYTHONPATH", f"{os.environ.get('PYTHONPATH', '')}{os.pathsep}{site}")
    monkeypatch.syspath_prepend(site)
    text = cell("import fakelib")
    project.build(text)
    assert project.build(text)[1] == ""
    install("1.1")
    assert project.build(text)[1] == "fakelib is 1.1, and was 1.0"


def test_another_engine_or_python_runs_everything(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.build(cell("1"))
    monkeypatch.setattr(jobs, "engine_digest", lambda: "other")
    assert project.build(cell("1"))[1] == "the engine changed"
    monkeypatch.setattr(jobs, "this_python", lambda: "cpython 4.0")
    assert project.build(cell("1"))[1] == "it ran with another Python"


def test_the_digest_of_the_engine_is_that_of_its_files(tmp_path: Path) -> None:
    source = Path(twotracks.__file__).parent
    copy = tmp_path / "twotracks"
    shutil.copytree(source, copy, ignore=shutil.ignore_patterns("__pycache__"))
    code = "from twotracks.execute.distributions import engine_digest as d; print(d())"

    def its_digest() -> str:
        done = subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONPATH": str(tmp_path)},
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout

    before = its_digest()
    (copy / "execute" / "render.py").write_text("changed = 1\n")
    assert its_digest() != before


def test_failures_are_not_kept(project: Project) -> None:
    text = cell("print(open('data.txt').read())")
    for _ in range(2):
        with pytest.raises(CellFailed):
            project.build(text)
    assert project.files() == []
    project.write("data.txt", "now")
    assert "now" in str(project.build(text))


def test_a_page_that_changes_what_it_uses_is_not_kept(project: Project) -> None:
    project.write("count", "")
    change = "import subprocess\nsubprocess.run('printf x >> count', shell=True)"
    text = cell(f"print(len(open('count').read()))\n{change}\nNone")
    assert [project.build(text)[0].cells[0].outputs[0].text for _ in "12"] == ["0\n", "1\n"]  # type: ignore[union-attr]
    assert project.files() == []


def test_what_a_page_makes_itself_is_no_input(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    sources = project.root.parent / "lib"  # not below the root, and yet looked after
    sources.mkdir()
    path = f"{os.environ.get('PYTHONPATH', '')}{os.pathsep}{sources}"
    monkeypatch.setenv("PYTHONPATH", path)
    text = cell("open('../lib/made', 'w').write('x')\nopen('../lib/made').read()")
    project.build(text)
    (sources / "made").unlink()
    assert project.build(text)[1] == ""


def test_a_page_that_ends_its_process_after_its_last_cell_is_not_kept(project: Project) -> None:
    # Its notes have no end.
    text = cell("import threading, time, os\nimport atexit\nos.closerange(3, 100)")
    with pytest.raises(CellFailed):
        project.build(text)
    assert project.files() == []


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: data[: len(data) // 2],
        lambda data: data.replace(b"kept text", b"false text"),
        lambda data: b"{}",
        lambda data: data[:70] + b"\xff" + data[71:],
    ],
)
def test_a_damaged_entry_costs_a_run(project: Project, damage: object) -> None:
    text = cell("print('kept text')")
    first, _ = project.build(text)
    (file,) = project.files()
    file.write_bytes(damage(file.read_bytes()))  # type: ignore[operator]
    assert project.build(text) == (first, "no run of it is kept")
    assert project.build(text) == (first, "")


def test_a_cache_that_cannot_be_written(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    text = cell("1")
    first, _ = project.build(text)

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError

    # Not by permissions: the tests may run as root.
    for name in ("mkdir", "replace", "unlink"):
        monkeypatch.setattr(Path, name, refuse)
    monkeypatch.setattr("twotracks.execute.store.os.utime", refuse)
    monkeypatch.setattr("twotracks.execute.whole.tempfile.mkstemp", refuse)
    assert project.engine().why(scan(text, PATH)).startswith(f"{PATH} would not run")
    store = Store(project.cache)
    (entry,) = store.entries("pages", PATH)
    store.used("pages", entry)
    store.put("pages", Entry("other", {}, entry.inputs, (), "x"))
    assert [e.result for e in store.entries("pages", "other")] == ["x"]  # in memory, at least
    assert first == project.engine().record(scan(text, PATH))


def test_a_cache_whose_folder_is_a_file(project: Project) -> None:
    project.write(".cache", "in the way")
    assert project.build(cell("1"))[0] == project.build(cell("1"))[0]


def test_two_processes_on_one_cache(project: Project) -> None:
    for number in range(4):
        project.write(f"docs/{number}.md", cell(f"print({number})"))
    project.write("mkdocs.yml", "plugins: [twotracks]\n")
    command = [sys.executable, "-m", "twotracks", "run", *(f"docs/{n}.md" for n in range(4))]
    running = [
        subprocess.Popen(command, cwd=project.root, stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    assert [process.communicate()[0].count("docs/") for process in running] == [4, 4, 4]
    done = subprocess.run(command, cwd=project.root, capture_output=True, text=True, check=True)
    assert done.stdout.count("cached") == 4
    assert not list((project.root / ".cache").rglob(".new-*"))


def test_a_project_in_another_folder(project: Project, tmp_path: Path) -> None:
    project.write("data.txt", "1")
    project.write("helper.py", "VALUE = 1")
    text = cell("import helper\nprint(open('data.txt').read())")
    first, _ = project.build(text)
    there = Project(tmp_path / "elsewhere")
    shutil.copytree(project.root, there.root)
    assert there.build(text) == (first, "")
    there.write("helper.py", "VALUE = 22")
    assert there.build(text)[1] == "helper.py changed"
    project.build(cell("import os\nos.getcwd()"))
    shutil.copytree(project.root, there.root, dirs_exist_ok=True)
    assert there.build(cell("import os\nos.getcwd()"))[1].startswith(
        "it shows the project's folder"
    )


def test_inputs_that_take_turns_and_how_many_are_kept(project: Project) -> None:
    text = cell("print(open('data.txt').read())")
    for value in "0123450":
        project.write("data.txt", value)
        project.build(text)
    assert len(project.files()) == KEPT
    for value in "0543":
        project.write("data.txt", value)
        record, reason = project.build(text)
        assert reason == ""
        assert record.cells[0].outputs[0].text == f"{value}\n"  # type: ignore[union-attr]
    project.write("data.txt", "1")
    assert project.build(text)[1] == "data.txt changed"


def test_an_undeclared_process_is_told_with_its_line(project: Project) -> None:
    project.write("helper.py", "import subprocess\ndef go(): subprocess.run(['true'])\n")
    text = "\n" + cell("import helper\n\nhelper.go()")
    project.build(text)
    assert [told.partition(", and")[0] for told in project.told] == [f"{PATH}:5: starts true"]
    project.build(text)
    assert len(project.told) == 2  # from the cache too
    project.build(text.replace("exec ", 'exec deps="helper.py"'))
    project.build(f"---\ntools: ['true']\n---\n{text}")
    assert len(project.told) == 2
    project.build(cell("import sqlite3\nsqlite3.connect('a.db').close()"), "docs/b.md")
    assert project.told[2].startswith("docs/b.md:3: opens a database, and")
    project.build(cell("import sqlite3\nsqlite3.connect(':memory:').close()"), "docs/c.md")
    assert len(project.told) == 3


@pytest.fixture
def producing(project: Project) -> Iterator[Project]:
    project.write("data.txt", "one")
    project.write("made.py", "import helper\nprint(helper.VALUE, open('data.txt').read())\n")
    project.write("helper.py", "VALUE = 1\n")
    yield project
    assert not (project.root / "site").exists()


PRODUCED = """---
producers: [made.py]
---
```python exec
from twotracks.execute import produced
```
`{python} produced("made.py").strip()`
"""


def test_producers_are_kept_by_the_same_rules(
    producing: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, _ = producing.build(PRODUCED)
    assert first.inlines[0].value == "1 one"
    with monkeypatch.context() as patched:
        patched.setattr(engine, "produce", None)
        assert producing.build(PRODUCED) == (first, "")
    producing.write("data.txt", "two")
    assert producing.why(PRODUCED).endswith("its producer made.py would run: data.txt changed")
    second, reason = producing.build(PRODUCED)
    assert (second.inlines[0].value, reason) == (
        "1 two",
        "the text of the producer made.py changed",
    )
    producing.write("helper.py", "VALUE = 22\n")
    assert producing.build(PRODUCED)[0].inlines[0].value == "22 two"
    producing.write("helper.py", "VALUE = int('22')\n")
    record, reason = producing.build(PRODUCED)
    assert (record.inlines[0].value, reason) == ("22 two", "")  # another producer, the same text


def test_pages_that_declare_other_inputs_share_one_run(producing: Project) -> None:
    producing.write("made.py", "open('../count', 'a').write('x')\nprint(1)\n")
    made = producing.engine()
    for path, front in (("a.md", ""), ("b.md", "deps: [data.txt]\n")):
        made.record(scan(PRODUCED.replace("producers", f"{front}producers"), path))
    assert (producing.root.parent / "count").read_text() == "x"


def test_what_a_killed_build_left_goes(project: Project) -> None:
    project.build(cell("1"))
    folder = project.files()[0].parent
    for name, age in ((".new-old", 7200), (".new-young", 0)):
        (folder / name).write_text("half")
        os.utime(folder / name, (time.time() - age, time.time() - age))
    project.build(cell("2"))
    assert [path.name for path in folder.glob(".new-*")] == [".new-young"]


def test_a_root_behind_a_link_is_the_same_project(project: Project, tmp_path: Path) -> None:
    project.write("data.txt", "1")
    text = cell("print(open('data.txt').read())")
    project.build(text)
    (tmp_path / "link").symlink_to(project.root)
    linked = Project(tmp_path / "link")
    assert linked.build(text)[1] == ""
    project.write("data.txt", "2")
    assert linked.build(text)[1] == "data.txt changed"
    assert project.build(text)[1] == ""


def test_clean_removes_a_cache_and_nothing_else(project: Project, tmp_path: Path) -> None:
    assert not clean(tmp_path)
    project.build(cell("1"))
    assert clean(project.cache)
    assert not project.cache.exists()
    assert project.root.exists()


def test_asking_for_a_version_is_no_look_at_the_projects_folder(project: Project) -> None:
    text = cell("from importlib.metadata import version\nversion('pandas')")
    assert project.build(text)[1]
    (project.root / "site").mkdir()
    assert project.build(text)[1] == ""
