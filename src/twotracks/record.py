"""Record what a pipeline really does. Standard library only.

    with record() as run:
        code_commit()
        build()

    print(run.process_table())

A step is a function with `@step(...)`. Inside a `record()` block each call of a step becomes one
row of the run, with the evidence it left; outside one, a step is the plain function it was.
"""

from __future__ import annotations

import shutil
import tempfile
import threading
import traceback
from contextlib import ExitStack, contextmanager
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any, Literal

from twotracks.errors import TwoTracksError, did_you_mean
from twotracks.outcomes import GateRefused, NotFound, NotRun, RunFailed, missing_record
from twotracks.run import STATE_VARIABLES, Run, StepRecord
from twotracks.steps import (
    Notes,
    Recorder,
    Step,
    artifact,
    current_notes,
    current_recorder,
    evidence,
    from_run,
    step,
)
from twotracks.verification import verify

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from twotracks.run import Status

__all__ = [
    "GateRefused",
    "NotFound",
    "NotRun",
    "Run",
    "RunFailed",
    "Step",
    "artifact",
    "at_end",
    "evidence",
    "from_run",
    "record",
    "step",
    "verify",
]


class _Skip(Exception):
    """A step cannot start because another one did not pass."""


class _Recorder:
    """The writing side of one run."""

    def __init__(
        self, run: Run, workspace: Path, callbacks: ExitStack, outer: Recorder | None
    ) -> None:
        self.run = run
        self.outer = outer
        self.workspace = workspace
        self.callbacks = callbacks
        self.results: dict[str, object] = {}
        self.blocked: dict[str, str] = {}
        self.first_error: Exception | None = None
        self.lock = threading.RLock()  # steps of one run that run in threads take turns

    def call(self, step: Step[Any, Any], args: Sequence[Any], kwargs: Mapping[str, Any]) -> object:
        with self.lock:
            return self._call(step, args, kwargs)

    def _call(self, step: Step[Any, Any], args: Sequence[Any], kwargs: Mapping[str, Any]) -> object:
        if self.run.finished:
            raise TwoTracksError(
                "the run is over",
                where=step.identity,
                fix="Call the step inside the record() block.",
            )
        if step.sets:
            self.run.check_variable(step.sets.variable, step.identity)
        notes = Notes(self.workspace, f"{step.name}()")
        started = perf_counter()
        token = current_notes.set(notes)
        try:
            result = step.function(*args, **kwargs, **self._fill(step, args, kwargs))
            kept = self._add(step, "passed", "", notes, started)
        except _Skip as skip:
            kept = self._add(step, "skipped", str(skip), notes, started)
        except GateRefused as refusal:
            status: Status = "refused" if step.drawing.gate else "failed"
            kept = self._add(step, status, self._reason(refusal), notes, started)
            self.first_error = self.first_error or refusal
        except Exception as error:  # noqa: BLE001 - a step may raise anything; it is kept, and raised
            kept = self._add(step, "failed", self._reason(error), notes, started)
            self.first_error = self.first_error or error
        except BaseException as interrupt:
            self._add(step, "failed", type(interrupt).__name__, notes, started)
            raise
        finally:
            current_notes.reset(token)
        if not kept.passed:
            self.blocked.setdefault(step.process, f"{kept.action} {_ended(kept)}")
            result = NotRun(kept)
        if step.gives:
            self.results[step.gives] = result
        return result

    def _fill(
        self, step: Step[Any, Any], args: Sequence[Any], kwargs: Mapping[str, Any]
    ) -> dict[str, object]:
        """The arguments that the caller left to the run."""
        if step.process in self.blocked:
            raise _Skip(self.blocked[step.process])
        bound = step.signature.bind_partial(*args, **kwargs)
        for value in bound.arguments.values():
            if isinstance(value, NotRun):
                raise _Skip(_needs(value))
        return {
            name: self._find(step, name, source.find)
            for name, source in step.left_out(bound).items()
        }

    def _find(
        self, step: Step[Any, Any], name: str, find: Callable[[Path], object] | None
    ) -> object:
        if name == "workspace":
            return self.workspace
        given = self.results.get(name)
        if name in self.results and not isinstance(given, NotRun):
            return given
        if find is not None:
            try:
                return find(self.workspace)
            except NotFound:
                if not isinstance(given, NotRun):
                    raise
        if isinstance(given, NotRun):
            raise _Skip(_needs(given))
        raise TwoTracksError(
            f"{step.name}() needs {name}, and no step of this run gave it",
            fix=f"Call the step that gives it first, or pass {name}=...",
        )

    def _add(
        self, step: Step[Any, Any], status: Status, reason: str, notes: Notes, started: float
    ) -> StepRecord:
        record = StepRecord(
            number=len(self.run.steps) + 1,
            name=step.name,
            process=step.process,
            focus=step.focus,
            intended=step.outcome,
            status=status,
            sets=step.sets,
            rests_on=step.rests_on,
            evidence=dict(notes.evidence),
            artifacts=tuple(notes.artifacts),
            reason=reason,
            function=step.identity,
            **vars(step.drawing),
            seconds=perf_counter() - started,
        )
        # The run is frozen to everybody but its recorder, and to that one too once it is finished.
        object.__setattr__(self.run, "steps", (*self.run.steps, record))
        return record

    def _reason(self, error: Exception) -> str:
        if isinstance(error, TwoTracksError):
            text = error.what
        else:
            text = traceback.format_exception_only(error)[-1]
            # Of an exception that cannot tell its message, the name is left.
            text = text.replace(": <exception str() failed>", "")
        where = error.where if isinstance(error, TwoTracksError) else ""
        text = f"{where}: {text}" if where else text
        lines = text.replace(f"{self.workspace}/", "").strip().splitlines()
        return lines[0] if lines else type(error).__name__


def _ended(record: StepRecord) -> str:
    """How a step that did not pass ended, for a sentence: `failed`, `was refused`."""
    return record.status if record.status == "failed" else f"was {record.status}"


def _needs(missing: NotRun) -> str:
    record = missing_record(missing)
    return f"{record.action} {_ended(record)}"


def at_end(callback: Callable[[], object]) -> None:
    """Have `callback` called when the current run ends; outside a run, do nothing.

    A step that starts a process registers how to stop it here. Callbacks run last first.
    """
    recorder = current_recorder.get()
    if isinstance(recorder, _Recorder):
        recorder.callbacks.callback(callback)


@contextmanager
def record(
    *,
    workspace: str | Path | None = None,
    variables: Mapping[str, str] = STATE_VARIABLES,
    on_failure: Literal["raise", "keep"] = "raise",
) -> Iterator[Run]:
    """Record every step that is called in the `with` block.

    Runs do not mix: a nested block records its own steps, and a thread records nothing unless it
    runs in a copy of this context (`contextvars.copy_context().run(step)`).

    Args:
        workspace: a folder to work in and keep. Left out, a temporary one is removed at the end.
            Processes that steps started are stopped at the end either way.
        variables: the state variables and the states they start in.
        on_failure: `"keep"` leaves the block normally when a step did not pass.

    Raises:
        RunFailed: a step did not pass; the run is attached.
        TwoTracksError: the workspace cannot be made or written to, or `on_failure` is unknown.
    """
    if on_failure not in ("raise", "keep"):
        raise TwoTracksError(
            f"unknown on_failure {on_failure!r}",
            fix=did_you_mean(str(on_failure), ["raise", "keep"]),
        )
    with ExitStack() as removal:
        if workspace is None:
            folder = Path(tempfile.mkdtemp(prefix="twotracks-")).resolve()
            removal.callback(shutil.rmtree, folder)
        else:
            folder = _writable(workspace)
        run = Run(variables, (), finished=False)
        with ExitStack() as callbacks:
            recorder = _Recorder(run, folder, callbacks, current_recorder.get())
            current_recorder.set(recorder)
            try:
                yield run
            finally:
                object.__setattr__(run, "finished", True)
                _leave_finished()
    if on_failure == "raise" and any(not step.passed for step in run.steps):
        raise RunFailed(run, recorder.first_error) from recorder.first_error


def _leave_finished() -> None:
    """Go back to the innermost run that still goes on; blocks in generators end in any order."""
    current = current_recorder.get()
    while isinstance(current, _Recorder) and current.run.finished:
        current = current.outer
    current_recorder.set(current)


def _writable(name: str | Path) -> Path:
    if not isinstance(name, str | Path) or not str(name):
        raise TwoTracksError(
            f"{name!r} is no folder", where="record(workspace=...)", fix="Give a path."
        )
    folder = Path(name)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except (OSError, ValueError) as error:  # ValueError: a name that no folder can have
        why = error.strerror if isinstance(error, OSError) else error
        raise TwoTracksError(
            f"cannot write to the workspace: {why}",
            where=str(folder),
            fix="Give a folder that you may write to.",
        ) from error
    return folder.resolve()
