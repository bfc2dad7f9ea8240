"""The registry remembers its champions, wherever a release or a rollback is cut short."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from twotracks import TwoTracksError
from twotracks.pipelines.registry import CHAMPION, Registry

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    """Three versions, of which none is the champion."""
    for version in ("1", "2", "3"):
        (tmp_path / "versions" / version).mkdir(parents=True)
    return Registry(tmp_path)


def test_a_rollback_goes_the_way_of_the_releases_back(registry: Registry) -> None:
    for version in ("1", "2", "3"):
        registry.release(version)
    assert registry.former() == ("1", "2")
    assert [registry.go_back(), registry.version_of(CHAMPION)] == ["2", "2"]
    assert registry.go_back() == "1"
    with pytest.raises(TwoTracksError, match="no champion to go back to"):
        registry.go_back()
    assert registry.version_of(CHAMPION) == "1"


def test_a_version_released_again_can_be_taken_back(registry: Registry) -> None:
    for version in ("1", "2", "1", "1"):
        registry.release(version)
    assert registry.former() == ("1", "2")
    assert registry.go_back() == "2"


def test_a_release_that_was_cut_short_is_no_champion_before(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry.release("1")
    registry.release("2")
    with monkeypatch.context() as patch:
        patch.setattr(Registry, "point", stop_here)
        with pytest.raises(KeyboardInterrupt):
            registry.release("3")
    assert (registry.version_of(CHAMPION), registry.former()) == ("2", ("1",))


def test_a_rollback_that_was_cut_short_is_done(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    for version in ("1", "2", "3"):
        registry.release(version)
    with monkeypatch.context() as patch:
        patch.setattr(Registry, "_remember", stop_here)
        with pytest.raises(KeyboardInterrupt):
            registry.go_back()
    assert (registry.version_of(CHAMPION), registry.former()) == ("2", ("1",))


def stop_here(*_: object) -> None:
    raise KeyboardInterrupt


def test_a_version_that_is_not_there_is_not_released(registry: Registry) -> None:
    registry.release("1")
    with pytest.raises(TwoTracksError, match="no model version '9'"):
        registry.release("9")
    assert (registry.version_of(CHAMPION), registry.former()) == ("1", ())


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"champions": "1"}', '{"champions": [1]}'])
def test_a_broken_memory_is_named_and_nothing_is_changed(registry: Registry, text: str) -> None:
    registry.release("1")
    (registry.folder / "former.json").write_text(text)
    for change in (registry.go_back, lambda: registry.release("2")):
        with pytest.raises(TwoTracksError, match=r"former\.json"):
            change()
    assert registry.version_of(CHAMPION) == "1"
