from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

from twotracks.execute import Engine, Settings, scan
from twotracks.execute.progress import Progress

if TYPE_CHECKING:
    from pathlib import Path

SLOW = """
```python exec
x = 1
```

```python exec
import time
time.sleep(1.5)
```
"""


def test_a_long_run_says_which_page_is_at_which_line(tmp_path: Path) -> None:
    lines: list[str] = []
    pages = [
        scan(SLOW, "docs/slow.md"),
        scan("`{python} 1`", "docs/quick.md"),
        scan("", "docs/no.md"),
    ]
    progress = Progress(lines.append, every=0.1, first=0.1)
    Engine(Settings(tmp_path, workers=2), progress=progress).record_all(pages)
    assert any(
        re.fullmatch(r"2 of 3 pages, \d s: docs/slow\.md:7 \(\d s\)", line) for line in lines
    )
    assert "speak" not in str(threading.enumerate())
    spoken = len(lines)
    Engine(Settings(tmp_path), progress=Progress(lines.append, first=9)).record_all(pages[1:])
    assert len(lines) == spoken


def test_a_terminal_sees_one_line_that_goes(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "slow.md").write_text(SLOW)
    (tmp_path / "mkdocs.yml").write_text("site_name: x\n")
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "twotracks", "run", "docs/slow.md"]
    done = subprocess.run(command, cwd=tmp_path, stderr=theirs, capture_output=False, check=False)
    os.close(theirs)
    said = b""
    try:
        while chunk := os.read(ours, 4096):
            said += chunk
    except OSError:  # the other end is closed
        pass
    os.close(ours)
    assert done.returncode == 0
    assert b"0 of 1 pages" in said
    assert b"docs/slow.md:7" in said
    assert said.endswith(b"\r\x1b[2K")
    assert b"\n" not in said
