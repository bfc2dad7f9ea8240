"""The parent's side: run one page in a process of its own, and make a record of it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from twotracks.execute.errors import CellFailed, excerpt
from twotracks.execute.outputs import (
    CellRecord,
    InlineRecord,
    PageRecord,
    PublishedFile,
    output_from_json,
)
from twotracks.execute.process import run_python, tail
from twotracks.execute.producers import KEPT
from twotracks.execute.progress import Progress
from twotracks.execute.scan import Cell, Inline

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from twotracks.execute.pool import Pool
    from twotracks.execute.process import Ended
    from twotracks.execute.scan import Page

_ENGINE = str(Path(__file__).parent)


@dataclass(frozen=True)
class Settings:
    """How pages are run.

    Attributes:
        root: The project's folder, in which cells run.
        formatters: Functions that give the HTML of a type: `{"pandas.DataFrame": "module:name"}`.
        timeout: Seconds that a page may take.
        preload: Modules that are imported once, and with which every page then starts.
        workers: How many pages run at the same time; 0 for as many as there are processors.
        memory: Megabytes that each process of a page may use.
    """

    root: Path
    formatters: Mapping[str, str] = field(default_factory=dict)
    timeout: float = 120.0
    preload: tuple[str, ...] = ()
    workers: int = 0
    memory: int = 4096


def run_page(
    page: Page,
    settings: Settings,
    produced: Mapping[str, str],
    *,
    notes: Path | None = None,
    pool: Pool | None = None,
    progress: Progress | None = None,
) -> PageRecord:
    """Run the cells and inline values of a page, in order.

    Args:
        page: What to run.
        settings: Where and how.
        produced: The texts of the producers that the page names.
        notes: The file in which the page's process notes what it uses.
        pool: Gives the page a process; without it a new Python is started.
        progress: Is told that the page runs.

    Raises:
        CellFailed: A step failed, ended the process, or did not end in time.
    """
    if not page.steps:
        return PageRecord(page.path)
    with TemporaryDirectory(prefix="twotracks-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        job = folder / "job.json"
        job.write_text(json.dumps(_job(page, settings, folder, notes)), encoding="utf-8")
        settings = replace(settings, timeout=settings.timeout + _own_time(page))
        kept = {KEPT: _keep(produced, folder)}
        with (progress or Progress()).page(page, folder / "results"):
            ended = _process(job, settings, kept, pool)
        results = _results(folder / "results")
        late = tail(folder / "late")
    return _record(page, results, _End(ended, settings.timeout, late))


def _own_time(page: Page) -> float:
    """The seconds that cells may take besides what the page may."""
    return sum(cell.options.timeout for cell in page.cells)


def _process(
    job: Path, settings: Settings, environment: Mapping[str, str], pool: Pool | None
) -> Ended:
    """Run a job in a process of its own: a fork where there is a pool that can, or a new Python."""
    folder = job.parent
    ended = None
    if pool is not None:
        ended = pool.run(
            job,
            folder=folder,
            timeout=settings.timeout,
            memory=settings.memory,
            environment=environment,
        )
    return ended or run_python(
        ["-m", "twotracks.execute.worker", "page", str(job)],
        root=settings.root,
        folder=folder,
        timeout=settings.timeout,
        memory=settings.memory,
        environment=environment,
    )


def _job(page: Page, settings: Settings, folder: Path, notes: Path | None) -> dict[str, Any]:
    return {
        "path": page.path,
        "steps": [_step(step) for step in page.steps],
        "formatters": dict(settings.formatters),
        "stdout": str(folder / "stdout"),
        "stderr": str(folder / "stderr"),
        "results": str(folder / "results"),
        "late": str(folder / "late"),
        "notes": str(notes) if notes else "",
    }


def _step(step: Cell | Inline) -> dict[str, Any]:
    if isinstance(step, Inline):
        return {"kind": "inline", "text": step.text, "line": step.line}
    return {
        "kind": "cell",
        "source": step.source,
        "path": step.example.name if step.example else "",
        "line": step.example.line if step.example else step.line,
        "session": step.options.session,
        "expect": step.options.expect,
        "timeout": step.options.timeout,
    }


def _keep(produced: Mapping[str, str], folder: Path) -> str:
    """Write the producers' texts where the page finds them."""
    names = {}
    for number, (name, text) in enumerate(produced.items()):
        file = folder / f"produced-{number}"
        file.write_text(text, encoding="utf-8", newline="")
        names[name] = str(file)
    index = folder / "produced.json"
    index.write_text(json.dumps(names), encoding="utf-8")
    return str(index)


def _results(path: Path) -> list[dict[str, Any]]:
    """What the worker wrote, without a line that it did not finish."""
    if not path.exists():
        return []
    text = path.read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]


@dataclass(frozen=True)
class _End:
    """How a page's process ended, the page's time, and where a cell was when its own was up."""

    ended: Ended
    timeout: float
    late: str

    def of(self, step: Cell | Inline, path: str) -> tuple[int, str, str]:
        """The line at which a step that has no result was, why it ended, and its last words."""
        example = step.example if isinstance(step, Cell) else None
        first, path = (example.line, example.name) if example else (step.line, path)
        last = first + (step.source.count("\n") if isinstance(step, Cell) else 0)
        # A process that ends itself because its time is up does so by the time of a cell.
        ended_itself = isinstance(step, Cell) and self.late and self.ended.status is not None
        if ended_itself and isinstance(step, Cell):
            why = f"it was still running after {step.options.timeout:g} s"
        else:
            why = self.ended.why(self.timeout)
        words = self.late or self.ended.last_words()
        if self.late:
            words = "\n".join(line for line in words.split("\n") if line.startswith("  File"))
        # The innermost frame comes first.
        found = map(int, re.findall(rf'File "{re.escape(path)}", line (\d+)', words))
        line = next((number for number in found if first <= number <= last), first)
        own = (f'  File "{_ENGINE}', '  File "<frozen runpy>"')
        return line, why, "\n".join(x for x in words.split("\n") if not x.startswith(own))


def _record(page: Page, results: Sequence[dict[str, Any]], end: _End) -> PageRecord:
    finished = [result for result in results if "outputs" in result]
    cells, inlines = [], []
    for step, result in zip(page.steps, finished, strict=False):
        if isinstance(step, Cell):
            outputs = tuple(output_from_json(output) for output in result["outputs"])
            cells.append(CellRecord(step.source, step.line, outputs))
        elif not result["error"]:
            inlines.append(InlineRecord(step.text, step.line, result["value"]))
    files = tuple(PublishedFile(**file) for result in finished for file in result["files"])
    record = PageRecord(page.path, tuple(cells), tuple(inlines), files)
    failed = finished[-1]["error"] if finished else None
    if failed:
        step = page.steps[len(finished) - 1]
        raise _failure(step, failed["line"], failed["what"], failed["traceback"], record)
    if len(finished) < len(page.steps):
        step = page.steps[len(finished)]
        line, what, details = end.of(step, page.path)
        raise _failure(step, line, what, details, record)
    _check_values(page, record)
    return record


def _failure(
    step: Cell | Inline, line: int, what: str, details: str, record: PageRecord
) -> CellFailed:
    lines = step.source.split("\n") if isinstance(step, Cell) else [f"`{{python}} {step.text}`"]
    example = step.example if isinstance(step, Cell) else None
    around = excerpt(lines, example.line if example else step.line, line)
    if example and example.path != record.path:
        around = f"{around}\n\nThe cell that takes it from there: {record.path}:{step.line - 1}"
    return CellFailed(
        what,
        where=example.at(line) if example else f"{record.path}:{line}",
        line=line,
        step=step.line,
        details=f"{around}\n\n{details}".rstrip(),
        partial=record,
    )


def _check_values(page: Page, record: PageRecord) -> None:
    """One expression has one value on a page, so that a value can be found by its expression."""
    first: dict[str, InlineRecord] = {}
    for step, inline in zip(page.inlines, record.inlines, strict=True):
        known = first.setdefault(inline.text, inline)
        if known.value != inline.value:
            what = f"{inline.text!r} is {inline.value} here and {known.value} at line {known.line}"
            raise _failure(step, step.line, what, "Give the two values two names.", record)
