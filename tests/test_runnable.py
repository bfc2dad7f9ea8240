"""What a reader can take from a project and run."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from twotracks import TwoTracksError
from twotracks.runnable import example_scripts, needs_of, page_programs

if TYPE_CHECKING:
    from pathlib import Path

COUNT = '# /// script\n# dependencies = []\n# ///\n"""Count to one."""\n\nprint(1)\n'
HEADED = '# /// script\n# dependencies = [\n#   "pandas>=2",\n# ]\n# ///\n"""Sum up."""\n'


@pytest.fixture
def project(tmp_path: Path) -> Path:
    files = {
        "examples/count.py": COUNT,
        "examples/sums.py": HEADED,
        "docs/index.md": "# Home\n\nNothing to run, `python examples/count.py`.\n",
        "docs/how/shows.md": '# Shows\n\n```python exec file="examples/count.py"\n```\n',
        "docs/names.md": "---\ntitle: Names\nproducers: [examples/sums.py]\n---\n\n# No\n\n"
        '```python exec\n1\n```\n\n```python exec session="b"\n2\n```\n',
        "docs/work.ipynb": json.dumps(
            {"cells": [{"cell_type": "markdown", "source": ["# Work\n", "more"]}]}
        ),
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def test_a_script_says_what_it_is_for_and_who_uses_it(project: Path) -> None:
    count, sums = example_scripts(project / "examples", project / "docs")
    assert (count.name, count.purpose, count.needs) == (
        "count.py",
        "Count to one.",
        "nothing but Python",
    )
    assert count.text == COUNT
    assert count.pages == ("how/shows.md",)
    assert (sums.purpose, sums.needs, sums.pages) == (
        "Sum up.",
        'pip install "pandas>=2"',
        ("names.md",),
    )


def test_a_script_that_does_not_say_so_is_named(project: Path) -> None:
    (project / "examples" / "mute.py").write_text('"""Do something."""\n')
    with pytest.raises(TwoTracksError, match=r"mute\.py: .*what it needs"):
        example_scripts(project / "examples", project / "docs")


def test_a_header_without_dependencies_needs_nothing() -> None:
    assert needs_of("# /// script\n# dependencies = []\n# ///\n") == "nothing but Python"


def test_pages_with_cells_are_programs(project: Path) -> None:
    found = page_programs(project / "docs", project)
    assert [(one.page, one.title, one.files) for one in found] == [
        ("how/shows.md", "Shows", ("shows.py", "shows.ipynb")),
        ("names.md", "Names", ("names.py", "names.ipynb", "names.b.py", "names.b.ipynb")),
        ("work.ipynb", "Work", ("work.ipynb",)),
    ]
