"""Whether a page, taken out of the site as a script, runs and prints what the page shows."""

from __future__ import annotations

import json
import os
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from twotracks.check.problem import CheckFailed, unified
from twotracks.execute.display import normalised
from twotracks.execute.outputs import Stream
from twotracks.execute.process import run_python
from twotracks.execute.producers import KEPT
from twotracks.execute.script import script_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twotracks.execute import Page, PageRecord, Settings


def run_as_script(
    text: str,
    page: Page,
    record: PageRecord,
    settings: Settings,
    produced: Mapping[str, str],
) -> list[CheckFailed]:
    """What goes otherwise when a page's script is run in the project's folder, as a reader does.

    Args:
        text: The page's file.
        page: What `scan` found in it.
        record: What it showed.
        settings: Where, and how long it may take.
        produced: The texts of the page's producers, which have run for the page itself.
    """
    with TemporaryDirectory(prefix="twotracks-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        script = folder / f"{Path(page.path).stem}.py"
        script.write_text(script_of(text, page, record), encoding="utf-8")
        path = [str(settings.root), *filter(None, [os.environ.get("PYTHONPATH")])]
        ended = run_python(
            # Unbuffered, so that what it prints and what its children print keep their order.
            ["-u", str(script)],
            root=settings.root,
            folder=folder,
            timeout=settings.timeout,
            memory=settings.memory,
            # As if the script lay in the project's folder.
            environment={
                "PYTHONPATH": os.pathsep.join(path),
                KEPT: str(_keep(produced, folder)),
            },
        )
    if ended.status != 0:
        return [
            CheckFailed(
                f"as a script: {ended.why(settings.timeout)}",
                where=page.path,
                details=ended.last_words().replace(str(script), script.name),
            )
        ]
    shown = _printed(record)
    printed = normalised(ended.stdout, str(folder / "tmp")).splitlines()
    if is_in_order(shown, printed):
        return []
    return [
        CheckFailed(
            "as a script it does not print what the page shows",
            where=page.path,
            details=unified(shown, printed, ("what the page shows", "its script")),
        )
    ]


def _keep(produced: Mapping[str, str], folder: Path) -> Path:
    """Write the texts of producers, and the list of them that a script reads."""
    files = {name: folder / f"produced-{n}" for n, name in enumerate(produced)}
    for name, path in files.items():
        path.write_text(produced[name], encoding="utf-8", newline="")
    listed = folder / "produced.json"
    listed.write_text(json.dumps({name: str(path) for name, path in files.items()}))
    return listed


def is_in_order(few: list[str], many: list[str]) -> bool:
    """Whether all of the few stand among the many, in their order.

    >>> is_in_order(["a", "c"], ["a", "b", "c"]), is_in_order(["c", "a"], ["a", "b", "c"])
    (True, False)
    """
    rest = iter(many)
    return all(line in rest for line in few)


def _printed(record: PageRecord) -> list[str]:
    """The lines that the cells of a page printed."""
    texts = [
        "".join(
            output.text
            for output in cell.outputs
            if isinstance(output, Stream) and output.name == "stdout"
        )
        for cell in record.cells
    ]
    return [line for text in texts for line in text.splitlines()]
