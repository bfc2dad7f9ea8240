"""Producers: scripts and functions that are run once, and whose text many pages read."""

from __future__ import annotations

import json
import os
from pathlib import Path
from tempfile import TemporaryDirectory

from twotracks.errors import did_you_mean
from twotracks.execute.errors import ProducerFailed
from twotracks.execute.process import run_python

# Names the file that lists a page's producers and where their texts are. It is set while a page
# runs, and not for a reader who runs the code of one.
KEPT = "TWOTRACKS_PRODUCED"
TIMEOUT = 600.0


def produced(name: str) -> str:
    """The text that a producer gave.

    On a page it is the one that was made for the whole site; the page's front matter must name it.
    Anywhere else the script or function runs now.

    Args:
        name: `examples/run.py`, or `package.module:function`.

    Raises:
        ProducerFailed: The page does not name it; or, elsewhere, it is not there or failed.
    """
    kept = os.environ.get(KEPT)
    if not kept:
        return produce(name, Path.cwd())
    files = json.loads(Path(kept).read_text(encoding="utf-8"))
    if name not in files:
        raise ProducerFailed(
            f"the page's front matter does not name the producer {name!r}",
            fix=did_you_mean(name, files),
        )
    with Path(files[name]).open(encoding="utf-8", newline="") as file:
        return file.read()


def produce(name: str, root: Path, where: str = "", notes: Path | None = None) -> str:
    """Run a producer in a process of its own.

    Args:
        name: A script below `root`, or `package.module:function`.
        root: The working folder.
        where: What names it, for messages: `docs/page.md:3`.
        notes: The file in which its process notes what it uses.

    Raises:
        ProducerFailed: It is not there, failed, or took longer than ten minutes.
    """
    is_function = ":" in name
    if not is_function:
        _check_script(name, root, where)
    with TemporaryDirectory(prefix="twotracks-", ignore_cleanup_errors=True) as folder:
        result = Path(folder) / "result"
        ended = run_python(
            [
                *("-m", "twotracks.execute.worker"),
                *(("producer", name, str(result)) if is_function else ("script", name)),
                str(notes or ""),
            ],
            root=root,
            folder=Path(folder),
            timeout=TIMEOUT,
            environment={KEPT: ""},
        )
        if ended.status != 0:
            raise ProducerFailed(
                f"producer {name}: {ended.why(TIMEOUT)}", where=where, fix=ended.last_words()
            )
        return result.read_bytes().decode() if is_function else ended.stdout


def _check_script(name: str, root: Path, where: str) -> None:
    script = root / name
    if script.is_file():
        return
    near = script.parent.glob("*.py") if script.parent.is_dir() else []
    names = sorted(path.relative_to(root).as_posix() for path in near)
    raise ProducerFailed(f"no producer {name!r}", where=where, fix=did_you_mean(name, names))
