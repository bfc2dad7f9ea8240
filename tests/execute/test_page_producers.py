from __future__ import annotations

import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest
from tests.execute.test_pool import left, nothing_left

from twotracks.execute import (
    CellFailed,
    Engine,
    PageRecord,
    ProducerFailed,
    Settings,
    produced,
    scan,
)

if TYPE_CHECKING:
    from pathlib import Path

SCRIPT = """
from pathlib import Path
with Path("../count").open("a") as file:
    file.write("x")
print("<made>")
"""
MODULE = """
import sys
def text():
    print("not this")
    return "é\\r\\n".encode()
def number(): return 3
def fails(): raise ValueError("why")
"""
PAGE = """---
producers: [examples/run.py, "made:text"]
---
```python exec
from twotracks.execute import produced
print(produced("examples/run.py"), ascii(produced("made:text")))
```
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    (root / "examples").mkdir(parents=True)
    (root / "examples" / "run.py").write_text(SCRIPT, encoding="utf-8")
    (root / "made.py").write_text(MODULE, encoding="utf-8")
    return root


def test_a_producer_runs_once_for_all_pages(project: Path) -> None:
    engine = Engine(Settings(project))
    outputs = [engine.record(scan(PAGE, f"docs/{n}.md")).cells[0].outputs[0] for n in (1, 2)]
    assert [getattr(output, "text", "") for output in outputs] == ["<made>\n '\\xe9\\r\\n'\n"] * 2
    assert (project.parent / "count").read_text() == "x"


WAITS = """
import sys, time
from pathlib import Path
Path("../there-{me}").touch()
end = time.monotonic() + 20
while not Path("../there-{other}").exists():
    if time.monotonic() > end:
        sys.exit("alone")
    time.sleep(0.01)
"""


def test_producers_run_at_the_same_time_as_others_and_as_pages(tmp_path: Path) -> None:
    root = tmp_path / "project"
    root.mkdir()
    for me, other in (("a", "b"), ("b", "page")):
        (root / f"{me}.py").write_text(WAITS.format(me=me, other=other))
    needs = scan("---\nproducers: [a.py, b.py]\n---\n```python exec\n1\n```\n", "docs/needs.md")
    own = scan(f"```python exec\n{WAITS.format(me='page', other='b')}```\n", "docs/own.md")
    outcomes = Engine(Settings(root, workers=2)).record_all([needs, own])
    assert [page.path for page, _ in outcomes] == ["docs/needs.md", "docs/own.md"]
    assert [type(outcome) for _, outcome in outcomes] == [PageRecord, PageRecord], outcomes


def test_outside_the_engine_it_runs_now(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project)
    assert produced("examples/run.py") == "<made>\n"
    assert produced("made:text") == "é\r\n"
    with pytest.raises(ProducerFailed, match=r"did you mean 'examples/run.py'"):
        produced("examples/rum.py")


def test_a_page_must_name_what_it_reads(project: Path) -> None:
    text = PAGE.replace('produced("examples/run.py")', 'produced("examples/ran.py")')
    with pytest.raises(
        CellFailed, match=r"docs/page.md:6: .*does not name.*'examples/ran.py'"
    ) as e:
        Engine(Settings(project)).record(scan(text, "docs/page.md"))
    assert "did you mean 'examples/run.py'" in str(e.value)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("examples/rum.py", r"did you mean 'examples/run.py'"),
        ("made:fails", r"ValueError: why"),
        ("made:number", r"must give str or bytes, not int"),
        ("made:texts", r"did you mean 'text'"),
        ("nowhere:text", r"No module named 'nowhere'"),
    ],
)
def test_a_producer_that_fails_names_the_page_and_line(
    project: Path, name: str, message: str
) -> None:
    engine = Engine(Settings(project))
    for path in ("docs/a.md", "docs/b.md"):
        page = scan(f'---\nproducers:\n  - "{name}"\n---\n`{{python}} 1`\n', path)
        with pytest.raises(ProducerFailed, match=message) as error:
            engine.record(page)
        assert str(error.value).startswith(f"{path}:3: ")


BUILDER = """
import sys
from pathlib import Path
from twotracks.execute import Engine, Settings, scan
page = scan("---\\nproducers: [make.py]\\n---\\n`{python} 1`\\n", "docs/page.md")
Engine(Settings(Path(sys.argv[1]))).record_all([page])
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends it then")
def test_a_producer_ends_when_its_build_is_killed(tmp_path: Path) -> None:
    root = tmp_path / "project"
    root.mkdir()
    (root / "make.py").write_text("import time\nopen('../began', 'w')\ntime.sleep(600)\n")
    builder = subprocess.Popen([sys.executable, "-c", BUILDER, str(root)], cwd=tmp_path)
    deadline = time.monotonic() + 20
    while not (tmp_path / "began").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert left(root)
    builder.kill()
    builder.wait()
    assert nothing_left(root)


def test_a_producer_must_not_print_without_end(tmp_path: Path) -> None:
    (tmp_path / "make.py").write_text("while True: print('x' * 1000)\n")
    page = scan("---\nproducers: [make.py]\n---\n`{python} 1`\n", "docs/page.md")
    with pytest.raises(ProducerFailed, match=r"make.py: it printed more than 64 MB"):
        Engine(Settings(tmp_path)).record(page)
