"""Files that a page publishes: a part of what it shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from twotracks.check.fresh import differences
from twotracks.errors import TwoTracksError
from twotracks.execute import CellFailed, Engine, PageRecord, Settings, publish, scan
from twotracks.execute.outputs import Bundle, PublishedFile

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PAGE = """
```python exec
from twotracks.execute import publish
publish("run.json", '{"ä": 1}\\r\\n')
```

```python exec session="other"
from twotracks.execute import publish
publish("a-b_2.tar.txt", "")
None
```
"""


def test_files_are_kept_with_what_the_page_showed(run: Callable[..., PageRecord]) -> None:
    record = run(PAGE)
    assert record.files == (
        PublishedFile("run.json", '{"ä": 1}\r\n'),
        PublishedFile("a-b_2.tar.txt", ""),
    )
    (shown,) = record.cells[0].outputs
    assert isinstance(shown, Bundle)
    assert shown.data == {
        "text/plain": "run.json, 11 bytes",
        "text/html": '<p><a href="run.json" download>run.json</a>, 11 bytes</p>',
    }
    assert PageRecord.from_json(record.to_json()) == record
    assert record.moved_to([5, 9]).files == record.files


def test_they_come_out_of_the_cache_as_they_went_in(tmp_path: Path) -> None:
    page = scan(PAGE, "docs/page.md")
    first, second = (Engine(Settings(tmp_path), cache=tmp_path / ".cache") for _ in range(2))
    assert first.record(page).files == second.record(page).files != ()
    assert second.history == {"docs/page.md": ""}


@pytest.mark.parametrize(
    "name",
    [
        *("index.html", "INDEX.html", "", ".", "..", ".hidden", "a/b.json", "../a.json", "/a.json"),
        *("a\\b.json", "C:a.json", "noending", "a b.json", "a.json ", "ä.json", "a.json\n", "a."),
        *(None, b"a.json"),
    ],
)
def test_a_name_is_a_plain_file_name(name: Any) -> None:
    with pytest.raises(TwoTracksError, match="no name for a published file"):
        publish(name, "text")


def test_what_cannot_be_published_fails_at_its_line(run: Callable[..., PageRecord]) -> None:
    for source, message in {
        'publish("a.json", "1")\npublish("A.json", "2")': "page.md:4: .*published 'A.json' before",
        'publish("a.json", {"a": 1})': "page.md:3: .*holds text, not dict",
    }.items():
        imports = "from twotracks.execute import publish"
        with pytest.raises(CellFailed, match=message):
            run(f"```python exec\n{imports}\n{source}\n```\n")


def test_what_a_file_says_of_the_pages_lines_moves_with_them() -> None:
    record = PageRecord("docs/page.md", files=(PublishedFile("log.txt", "page.md:3: a warning"),))
    assert record.names_lines()
    assert not PageRecord("docs/other.md", files=record.files).names_lines()


def test_a_fresh_run_is_compared_with_what_was_published() -> None:
    before, after = (PageRecord("p.md", files=(PublishedFile("a.txt", t),)) for t in ("1", "2"))
    assert not differences(before, before)
    assert "published a.txt" in str(differences(before, after)[0])


def test_off_a_page_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    made = publish("run.json", "ä")
    assert str(made) == "run.json, 2 bytes; only a page of a site publishes it: nothing was written"
    assert made._repr_html_() is None
    assert list(tmp_path.iterdir()) == []
