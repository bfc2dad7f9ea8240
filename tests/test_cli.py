"""The command line, as a user meets it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from twotracks.cli import main
from twotracks.errors import TwoTracksError
from twotracks.execute.configuration import plugin_options

if TYPE_CHECKING:
    from pathlib import Path

CONFIGURATION = """
site_name: Site
plugins:
  - search
  - twotracks:
      formatters: {builtins.int: helper:shout}
      timeout: 20
      cache: kept
markdown_extensions:
  - pymdownx.superfences:
      custom_fences:
        - format: !!python/name:no.such.module
  - !ENV [MISSING, toc]
"""


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "docs").mkdir()
    (tmp_path / "mkdocs.yml").write_text(CONFIGURATION)
    (tmp_path / "helper.py").write_text("def shout(n): return f'<b>{n}!</b>'\n")
    (tmp_path / "docs" / "good.md").write_text("```python exec\nopen('data.txt').read()\n```\n")
    (tmp_path / "docs" / "bad.md").write_text("\n```python exec\n1 / 0\n```\n")
    (tmp_path / "docs" / "worse.md").write_text('```python exec resutl="text"\n1\n```\n')
    (tmp_path / "docs" / "prose.md").write_text("Only prose.\n")
    (tmp_path / "data.txt").write_text("one")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_plugins_options_are_read_whatever_else_the_file_holds(root: Path) -> None:
    assert plugin_options(root)["timeout"] == 20
    (root / "mkdocs.yml").write_text("plugins: {search: {}, twotracks: {timeout: 5}}\n")
    assert plugin_options(root) == {"timeout": 5}
    for text in ("", "plugins:\n", "plugins: [twotracks]\n", "- a list\n"):
        (root / "mkdocs.yml").write_text(text)
        assert plugin_options(root) == {}
    (root / "mkdocs.yml").unlink()
    (root / "zensical.toml").write_text("[project.plugins.twotracks]\npreload = ['json']\n")
    assert plugin_options(root) == {"preload": ["json"]}
    (root / "zensical.toml").write_text("[project")
    with pytest.raises(TwoTracksError, match=r"zensical\.toml: cannot read it"):
        plugin_options(root)


def test_pages_run_once_and_then_come_from_the_cache(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pages = ["docs/good.md", "docs/prose.md"]
    assert main(["run", *pages]) == 0
    assert capsys.readouterr().out == (
        "ran     docs/good.md: no run of it is kept\nnothing docs/prose.md\n"
    )
    assert (root / "kept" / "CACHEDIR.TAG").is_file()
    assert main(["run", *pages]) == 0
    assert capsys.readouterr().out == "cached  docs/good.md\nnothing docs/prose.md\n"
    assert main(["why", *pages]) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[0].startswith("docs/good.md would not run: its cells, ")
    assert told[1] == "docs/prose.md has nothing to run"
    (root / "data.txt").write_text("two")
    assert main(["why", "docs/good.md"]) == 0
    assert capsys.readouterr().out == "docs/good.md would run: data.txt changed\n"
    assert main(["clean"]) == 0
    assert main(["clean"]) == 0
    assert "removed" in capsys.readouterr().out
    assert not (root / "kept").exists()


def test_all_failures_are_told_at_once(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "docs/worse.md", "docs/bad.md", "docs/good.md"]) == 1
    shown = capsys.readouterr()
    assert "ran     docs/good.md" in shown.out
    assert "failed  docs/bad.md" in shown.out
    assert "docs/bad.md:3: ZeroDivisionError: division by zero" in shown.err
    assert "docs/worse.md:1: unknown option 'resutl'" in shown.err


def test_an_unknown_page_is_an_error_with_the_nearest_name(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for command in ("run", "why"):
        assert main([command, "docs/god.md"]) == 1
        assert "did you mean 'docs/good.md'?" in capsys.readouterr().err


def test_the_cache_of_the_environment_comes_first(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TWOTRACKS_CACHE", str(root / "elsewhere"))
    assert main(["run", "docs/good.md"]) == 0
    assert (root / "elsewhere" / "pages").is_dir()
    assert not (root / "kept").exists()
    assert main(["run", "--cache", "given", "docs/good.md"]) == 0
    assert capsys.readouterr().out.count("ran") == 1
