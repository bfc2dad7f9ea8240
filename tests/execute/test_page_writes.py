"""A page that writes below the project's folder fails, and so does a producer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from twotracks.execute import CellFailed, Engine, ProducerFailed, Settings, scan
from twotracks.execute.pool import Pool

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project that must stay as it is."""
    root = tmp_path_factory.mktemp("writes") / "project"
    (root / "data").mkdir(parents=True)
    (root / ".cache" / "twotracks").mkdir(parents=True)
    (root / "data" / "in.csv").write_text("1")
    (root / "helper.py").write_text("def save(path): open(path, 'w').write('x')\n")
    (root.parent / "beside").mkdir()
    (root.parent / "beside" / "link").symlink_to(root / "data")
    return root.resolve()


@pytest.fixture(scope="module")
def warm(root: Path) -> Iterator[Pool]:
    with Pool(root) as pool:
        yield pool


@pytest.fixture
def tried(root: Path, warm: Pool) -> Iterator[Callable[..., str]]:
    """Run a cell; gives how it failed."""
    before = state(root)

    def tried(source: str, *, options: str = "", fork: bool = True) -> str:
        page = scan(f"Text.\n\n```python exec {options}\n{source}\n```\n", "docs/page.md")
        try:
            Engine(Settings(root), pool=warm if fork else None).record(page)
        except CellFailed as error:
            return str(error)
        return ""

    yield tried
    assert state(root) == before


def state(root: Path) -> dict[str, object]:
    return {
        str(path): path.read_bytes() if path.is_file() else "folder"
        for path in root.rglob("*")
        if "__pycache__" not in str(path)
    }


@pytest.mark.parametrize(
    ("source", "what"),
    [
        ("open('data/out.csv', 'w')", "writes data/out.csv"),
        ("open('data/in.csv', 'a')", "writes data/in.csv"),
        ("open('data/in.csv', 'r+b')", "writes data/in.csv"),
        ("open('new', 'x')", "writes new"),
        ("import os; os.open('new', os.O_CREAT)", "writes new"),
        ("from pathlib import Path; Path('new').write_text('x')", "writes new"),
        ("from pathlib import Path; Path('data/in.csv').touch()", "changes data/in.csv"),
        ("import os; os.makedirs('build/a')", "writes build"),
        ("import os; os.remove('data/in.csv')", "removes data/in.csv"),
        ("import shutil; shutil.rmtree('data')", "removes data/in.csv"),
        ("import os; os.rename('data/in.csv', '../other')", "moves data/in.csv"),
        ("import shutil; shutil.copy('data/in.csv', 'new')", "writes new"),
        ("import os; os.symlink('data', 'new')", "writes new"),
        ("import os; os.link('data/in.csv', 'new')", "writes new"),
        ("import os; os.truncate('data/in.csv', 0)", "writes data/in.csv"),
        ("import os; os.chmod('data/in.csv', 0)", "changes data/in.csv"),
        ("import os; os.chdir('data'); open('new', 'w')", "writes data/new"),
        ("open('../beside/link/in.csv', 'w')", "writes data/in.csv"),
        ("import pandas as pd; pd.DataFrame({'a': [1]}).to_csv('new')", "writes new"),
        ("import numpy as np; np.save('new.npy', [1])", "writes new.npy"),
        ("import tempfile; tempfile.mkdtemp(dir='.')", "writes tmp"),
        ("import helper; helper.save('new')", "writes new"),
    ],
)
def test_each_way_to_write_is_refused_at_its_line(
    tried: Callable[..., str], source: str, what: str
) -> None:
    said = tried(f"1\n{source}\n2")
    assert said.startswith(f"docs/page.md:5: WroteBelowRoot: the page {what}")
    assert ", which is below the project's folder. What it writes goes to a folder of its" in said
    assert "\n  -> 5 | " in said
    assert "guard.py" not in said


@pytest.mark.parametrize("fork", [True, False])
def test_a_cell_cannot_hide_it(tried: Callable[..., str], fork: bool) -> None:  # noqa: FBT001
    attempt = "try:\n    open('new', 'w')\nexcept Exception:\n    pass"
    message = "docs/page.md:5: WroteBelowRoot: the page writes new"
    assert tried(attempt, fork=fork).startswith(message)
    assert tried("open('new', 'w')", options='expect="OSError"').startswith(message[:13] + "4")
    assert tried("def f():\n    try: open('new', 'w')\n    except OSError: pass\n\nf()").startswith(
        "docs/page.md:5: WroteBelowRoot"
    )
    thread = "import threading\nt = threading.Thread(target=open, args=('new', 'w'))\nt.start()"
    assert "WroteBelowRoot: the page writes new" in tried(f"{thread}\nt.join()", fork=fork)
    child = "import multiprocessing\nwith multiprocessing.Pool(1) as pool:\n    pool.apply(open, "
    assert "WroteBelowRoot: the page writes new" in tried(f"{child}('new', 'w'))", fork=fork)


@pytest.mark.parametrize(
    "source",
    [
        "import tempfile\nopen(tempfile.mkdtemp() + '/new', 'w').write('x')",
        "import tempfile\nwith tempfile.TemporaryDirectory() as name: open(name + '/a', 'w')",
        "open('../beside/new', 'w').close()\nimport os\nos.remove('../beside/new')",
        "import os\nopen(os.devnull, 'w').write('x')",
        "import helper\nimport py_compile\npy_compile.compile('helper.py')",
        "from pathlib import Path\nPath('data').mkdir(exist_ok=True)\nPath('no').unlink(True)",
        "open('data/in.csv').read()\nopen('data/in.csv', 'rb').read()",
        "import os\nos.mkdir('.cache/twotracks/a')\nos.rmdir('.cache/twotracks/a')",
    ],
)
@pytest.mark.parametrize("fork", [True, False])
def test_what_is_not_the_projects_may_be_written(
    tried: Callable[..., str],
    source: str,
    fork: bool,  # noqa: FBT001
) -> None:
    assert tried(source, fork=fork) == ""


@pytest.mark.parametrize("fork", [True, False])
def test_temporary_files_below_the_project_are_the_pages(
    tried: Callable[..., str],
    root: Path,
    monkeypatch: pytest.MonkeyPatch,
    fork: bool,  # noqa: FBT001
) -> None:
    (root / "tmp").mkdir()
    monkeypatch.setenv("TMPDIR", str(root / "tmp"))
    monkeypatch.setattr("tempfile.tempdir", None)
    source = "import tempfile, os\nopen(tempfile.mkdtemp() + '/new', 'w').write('x')"
    assert tried(source, fork=fork) == ""
    assert "writes tmp/mine" in tried("open('tmp/mine', 'w')", fork=fork)
    (root / "tmp").rmdir()


PRODUCERS = {
    "make.py": ("open('new', 'w').write('x')\nprint(1)", "make.py"),
    "hides.py": ("try: open('new', 'w')\nexcept OSError: pass\nprint(1)\nexit()", "hides.py"),
    "quiet.py": (
        "def text():\n    try: open('new', 'w')\n    except OSError: return ''",
        "quiet:text",
    ),
    "module.py": ("def text():\n    open('new', 'w')\n    return ''", "module:text"),
}


@pytest.mark.parametrize("file", PRODUCERS)
def test_a_producer_must_not_write_there_either(tmp_path: Path, file: str) -> None:
    source, name = PRODUCERS[file]
    (tmp_path / file).write_text(source)
    page = scan(f"---\nproducers: ['{name}']\n---\n`{{python}} 1`\n", "docs/page.md")
    with pytest.raises(ProducerFailed, match="WroteBelowRoot: the page writes new") as error:
        Engine(Settings(tmp_path)).record(page)
    assert str(error.value).startswith("docs/page.md:2: ")
    assert not (tmp_path / "new").exists()
