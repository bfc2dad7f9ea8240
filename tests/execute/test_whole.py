from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from twotracks.execute.whole import write_whole

if TYPE_CHECKING:
    from pathlib import Path


def test_a_file_is_replaced_and_keeps_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "new" / "file"
    write_whole(path, b"one")
    path.chmod(0o640)
    write_whole(path, b"two")
    assert path.read_bytes() == b"two"
    assert path.stat().st_mode & 0o777 == 0o640


def test_a_file_that_cannot_be_written_leaves_what_stood(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_whole(path, b"one")
    with pytest.raises(TypeError):
        write_whole(path, "no bytes")  # type: ignore[arg-type]
    assert path.read_bytes() == b"one"
    assert [file.name for file in tmp_path.iterdir()] == ["file"]
