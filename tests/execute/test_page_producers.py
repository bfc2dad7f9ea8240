from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from twotracks.execute import CellFailed, Engine, ProducerFailed, Settings, produced, scan

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
