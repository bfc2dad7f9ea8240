"""mypy on a project: what it finds, and that it says where."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from twotracks.errors import TwoTracksError
from twotracks.pipelines.typecheck import type_errors
from twotracks.pipelines.world import SERVICE_SOURCE

if TYPE_CHECKING:
    from pathlib import Path


def project(folder: Path, text: str, settings: str = "") -> Path:
    (folder / "src").mkdir()
    (folder / "src" / "a.py").write_text(text)
    (folder / "pyproject.toml").write_text(settings)
    return folder


@pytest.mark.parametrize(
    ("text", "errors"),
    [
        ("def f() -> int:\n    return 1\n", []),
        (
            "def f() -> int:\n    return ''\n",
            ["src/a.py:2: Incompatible return value type", "[return-value]"],
        ),
        ("def f(:\n", ["src/a.py:1: ", "[syntax]"]),
    ],
    ids=["right", "type", "syntax"],
)
def test_errors_have_file_and_line(tmp_path: Path, text: str, errors: list[str]) -> None:
    folder = project(tmp_path, text)
    before = sorted(folder.rglob("*"))
    found = type_errors(folder)
    assert bool(found) == bool(errors)
    assert all(part in found[0] for part in errors)
    assert type_errors(folder) == found, "from the cache"
    assert sorted(folder.rglob("*")) == before


def test_the_project_says_how_strict(tmp_path: Path) -> None:
    untyped = "def f(x):\n    return x\n"
    (tmp_path / "loose").mkdir()
    (tmp_path / "strict").mkdir()
    assert not type_errors(project(tmp_path / "loose", untyped))
    found = type_errors(project(tmp_path / "strict", untyped, "[tool.mypy]\nstrict = true\n"))
    assert "[no-untyped-def]" in found[0]


def test_the_service_has_none_where_it_lies() -> None:
    assert type_errors(SERVICE_SOURCE) == ()


def test_a_project_that_mypy_cannot_read(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("")
    with pytest.raises(TwoTracksError, match=r"mypy could not check the source: src"):
        type_errors(tmp_path)
