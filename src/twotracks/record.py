"""Record what a pipeline really does. Standard library only.

    with record() as run:
        code_commit()
        build()

    print(run.process_table())

A step is a function with `@step(...)`. Inside a `record()` block each call of a step becomes one
row of the run, with the evidence it left; outside one, a step is the plain function it was.
"""

from __future__ import annotations

import functools
import hashlib
import inspect
import math
import shutil
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any, Generic, Literal, NoReturn, ParamSpec, TypeVar, cast

from twotracks.errors import TwoTracksError, did_you_mean
from twotracks.run import JSON, STATE_VARIABLES, Artifact, Run, StateChange, StepRecord, freeze

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TypeAlias

    from twotracks.run import Status

    Recompute: TypeAlias = Callable[[Path, Mapping[str, Any]], Mapping[str, JSON]]

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

P = ParamSpec("P")
R = TypeVar("R")


class GateRefused(TwoTracksError):
    """Raised by a step whose gate says no. The pipeline stops there; nothing went wrong."""


class NotFound(TwoTracksError):
    """Raised by a finder of `from_run` when the workspace does not hold what it looks for."""


class RunFailed(TwoTracksError):
    """Raised at the end of a `record()` block in which a step did not pass.

    Attributes:
        run: the whole run, the steps that did not pass included.
    """

    def __init__(self, run: Run) -> None:
        first = next(step for step in run.steps if not step.passed)
        super().__init__(
            f"{first.outcome}",
            where=f"step {first.number}, {first.action}",
            fix='The exception\'s .run has every step; record(on_failure="keep") does not raise.',
        )
        self.run = run


class NotRun:
    """What a step gives when it did not pass. Any use of it is an error that says why."""

    def __init__(self, record: StepRecord) -> None:
        object.__setattr__(self, "_record", record)

    def __repr__(self) -> str:
        record: StepRecord = object.__getattribute__(self, "_record")
        return f"NotRun({record.action}: {record.outcome})"

    def __getattr__(self, name: str) -> NoReturn:
        _refuse_use(self)


def _refuse_use(self: NotRun, *_args: object, **_kwargs: object) -> NoReturn:
    record: StepRecord = object.__getattribute__(self, "_record")
    raise TwoTracksError(
        f"{record.action} has no result. {record.outcome}",
        where=f"step {record.number}",
        fix="Look at the run: a step that did not pass gives nothing to use.",
    )


# Python looks these up on the class, so __getattr__ does not see them.
for _name in (
    "__bool__",
    "__len__",
    "__iter__",
    "__getitem__",
    "__setitem__",
    "__contains__",
    "__call__",
    "__eq__",
    "__ne__",
    "__lt__",
    "__le__",
    "__gt__",
    "__ge__",
    "__hash__",
    "__int__",
    "__float__",
    "__index__",
    "__str__",
    "__format__",
    "__fspath__",
    "__enter__",
    "__exit__",
    "__add__",
    "__radd__",
    "__sub__",
    "__mul__",
    "__truediv__",
    "__setattr__",
):
    setattr(NotRun, _name, _refuse_use)


@dataclass(frozen=True)
class _FromRun:
    find: Callable[[Path], object] | None = None


def from_run(find: Callable[[Path], object] | None = None) -> Any:
    """The default of a parameter that a step takes from the run when the caller leaves it out.

    A parameter called `workspace` is the run's folder. Any other is the result of the step that
    `gives` it. Where no step of this run gave it, `find(workspace)` may look it up in what
    earlier runs left in the folder; it raises `NotFound` if there is none.
    """
    return _FromRun(find)


@dataclass
class _Notes:
    """What one step says about itself while it runs."""

    workspace: Path | None
    where: str
    evidence: dict[str, JSON] = field(default_factory=dict)
    artifacts: list[Artifact] = field(default_factory=list)


_notes: ContextVar[_Notes | None] = ContextVar("notes", default=None)
_recorder: ContextVar[_Recorder | None] = ContextVar("recorder", default=None)


def evidence(**facts: object) -> None:
    """Leave facts that show what the running step did. Values are what JSON can hold.

    Raises:
        TwoTracksError: no step is running, the value is not JSON, or the fact was left before.
    """
    notes = _notes.get()
    if notes is None:
        raise TwoTracksError("evidence() belongs in a step", fix="Call it in a @step function.")
    for name, value in facts.items():
        where = f"{notes.where} evidence {name}"
        if name in notes.evidence:
            raise TwoTracksError("it was left before, and evidence does not change", where=where)
        notes.evidence[name] = freeze(value, where)


def artifact(path: str | Path) -> Artifact:
    """Keep a file that the running step produced, by its SHA-256 and size.

    Raises:
        TwoTracksError: no step is running, or the file cannot be read or is not in the workspace.
    """
    notes = _notes.get()
    if notes is None:
        raise TwoTracksError("artifact() belongs in a step", fix="Call it in a @step function.")
    made = _describe(Path(path), notes.workspace)
    notes.artifacts.append(made)
    return made


def _describe(path: Path, workspace: Path | None) -> Artifact:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise TwoTracksError(
            f"cannot read the artifact: {error.strerror}", where=str(path)
        ) from error
    name = path.as_posix()
    if workspace is not None:
        try:
            name = path.resolve().relative_to(workspace).as_posix()
        except ValueError:
            raise TwoTracksError(
                "the artifact is not in the run's workspace",
                where=name,
                fix=f"Write it below {workspace}.",
            ) from None
    return Artifact(name, hashlib.sha256(content).hexdigest(), len(content))


def at_end(callback: Callable[[], object]) -> None:
    """Have `callback` called when the current run ends; outside a run, do nothing.

    A step that starts a process registers how to stop it here. Callbacks run last first.
    """
    recorder = _recorder.get()
    if recorder is not None:
        recorder.callbacks.callback(callback)


@dataclass(frozen=True)
class _Drawing:
    """What a step says about its place in the flow; `StepRecord` says what each means."""

    stages: tuple[str, ...]
    triggers: tuple[str, ...]
    back_to: str
    gate: bool


class Step(Generic[P, R]):
    """A function that a run records. Made by `@step(...)`."""

    def __init__(
        self,
        function: Callable[P, R],
        *,
        process: str,
        focus: str,
        outcome: str,
        sets: StateChange | None,
        rests_on: tuple[str, ...],
        gives: str | None,
        drawing: _Drawing,
    ) -> None:
        functools.update_wrapper(self, function)
        self.function = function
        self.name = function.__name__
        self.process = process
        self.focus = focus
        self.outcome = outcome
        self.sets = sets
        self.rests_on = rests_on
        self.gives = gives
        self.drawing = drawing
        self.signature = inspect.signature(function)
        self.identity = f"{function.__module__}:{function.__qualname__}"
        self.recomputed: Recompute | None = None

    def recompute(self, function: Recompute) -> Recompute:
        """Register how `verify` computes this step's evidence again, from the workspace alone.

        The function gets the workspace and the evidence as it was left, and gives the same names
        with the values that it found.
        """
        self.recomputed = function
        return function

    def __repr__(self) -> str:
        return f"<step {self.identity}>"

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        if _notes.get() is not None:  # a step called by a step is part of it
            return self.function(*args, **kwargs)
        recorder = _recorder.get()
        if recorder is not None:
            return cast("R", recorder.call(self, args, kwargs))
        bound = self.signature.bind_partial(*args, **kwargs)
        missing = [*self.left_out(bound)]
        if missing:
            raise TwoTracksError(
                f"{self.name}() needs {', '.join(missing)}",
                where=self.identity,
                fix=f"Outside a run pass {missing[0]}=..., or call it in a `with record():` block.",
            )
        token = _notes.set(_Notes(None, f"{self.name}()"))
        try:
            return self.function(*args, **kwargs)
        finally:
            _notes.reset(token)

    def left_out(self, bound: inspect.BoundArguments) -> dict[str, _FromRun]:
        """The parameters that the caller left to the run."""
        return {
            name: parameter.default
            for name, parameter in self.signature.parameters.items()
            if isinstance(parameter.default, _FromRun) and name not in bound.arguments
        }


def step(
    *,
    process: str,
    focus: str,
    outcome: str,
    sets: tuple[str, str] | None = None,
    evidence: Sequence[str] = (),
    gives: str | None = None,
    gate: bool = False,
    stages: Sequence[str] = (),
    triggers: Sequence[str] = (),
    back_to: str = "",
) -> Callable[[Callable[P, R]], Step[P, R]]:
    """Make a function a step of a pipeline.

    Args:
        process: the pipeline, such as `Software CI/CD`.
        focus: what the step looks at.
        outcome: what is true when it passed.
        sets: the state variable it sets when it passed, and the state.
        evidence: the names of the evidence it must leave; a step that sets a state needs some.
        gives: the parameter name under which later steps of the run find its result.
        gate: whether it can stop its pipeline by raising `GateRefused`.
        stages: the boxes of the overview that it passes through, in order; steps that name the
            same box share it.
        triggers: what can start the pipeline at this step.
        back_to: the name of the step that its findings lead back to.

    Raises:
        TwoTracksError: it sets a state without declaring evidence, or is a coroutine.
    """
    change = StateChange(*sets) if sets else None

    def decorate(function: Callable[P, R]) -> Step[P, R]:
        where = f"{function.__module__}:{function.__qualname__}"
        if change and not evidence:
            raise TwoTracksError(
                "it sets a state and declares no evidence for it",
                where=where,
                fix='Name the evidence: @step(..., evidence=("digest",)).',
            )
        if inspect.iscoroutinefunction(function):
            raise TwoTracksError(
                "a step cannot be a coroutine",
                where=where,
                fix="Write a plain function that calls asyncio.run().",
            )
        return Step(
            function,
            process=process,
            focus=focus,
            outcome=outcome,
            sets=change,
            rests_on=tuple(evidence),
            gives=gives,
            drawing=_Drawing(tuple(stages), tuple(triggers), back_to, gate),
        )

    return decorate


class _Skip(Exception):
    """A step cannot start because another one did not pass."""


class _Recorder:
    """The writing side of one run."""

    def __init__(self, run: Run, workspace: Path, callbacks: ExitStack) -> None:
        self.run = run
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
        notes = _Notes(self.workspace, f"{step.name}()")
        started = perf_counter()
        token = _notes.set(notes)
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
            _notes.reset(token)
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
        self, step: Step[Any, Any], status: Status, reason: str, notes: _Notes, started: float
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
        text = (
            error.what
            if isinstance(error, TwoTracksError)
            else (f"{type(error).__name__}: {error}" if str(error) else type(error).__name__)
        )
        where = error.where if isinstance(error, TwoTracksError) else ""
        text = f"{where}: {text}" if where else text
        lines = text.replace(f"{self.workspace}/", "").strip().splitlines()
        return lines[0] if lines else type(error).__name__


def _ended(record: StepRecord) -> str:
    """How a step that did not pass ended, for a sentence: `failed`, `was refused`."""
    return record.status if record.status == "failed" else f"was {record.status}"


def _needs(missing: NotRun) -> str:
    record: StepRecord = object.__getattribute__(missing, "_record")
    return f"{record.action} {_ended(record)}"


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
            folder = _writable(Path(workspace))
        run = Run(variables, (), finished=False)
        with ExitStack() as callbacks:
            recorder = _Recorder(run, folder, callbacks)
            token = _recorder.set(recorder)
            try:
                yield run
            finally:
                _recorder.reset(token)
                object.__setattr__(run, "finished", True)
    if on_failure == "raise" and any(not step.passed for step in run.steps):
        raise RunFailed(run) from recorder.first_error


def _writable(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise TwoTracksError(
            f"cannot write to the workspace: {error.strerror}",
            where=str(folder),
            fix="Give a folder that you may write to.",
        ) from error
    return folder.resolve()


def verify(run: Run, workspace: str | Path) -> tuple[str, ...]:
    """Compute every piece of evidence of a run again from what lies in its workspace.

    Returns:
        The names of the facts that hold, as `step.evidence` and `step:path`, in order.

    Raises:
        TwoTracksError: a fact does not hold, is missing, or cannot be computed again; the message
            names all of them.
    """
    folder = Path(workspace).resolve()
    held: list[str] = []
    wrong: list[str] = []
    for record in run.steps:
        if record.status not in ("passed", "refused"):
            continue
        for kept in record.artifacts:
            name = f"{record.name}:{kept.path}"
            try:
                found = _describe(folder / kept.path, folder)
            except TwoTracksError as error:
                wrong.append(f"{name}: {error.what}")
                continue
            (held if found == kept else wrong).append(
                name
                if found == kept
                else f"{name}: the file's SHA-256 is {found.sha256[:12]}..., "
                f"recorded as {kept.sha256[:12]}..."
            )
        again, problem = _recompute(record, folder)
        for name, value in record.evidence.items():
            fact = f"{record.name}.{name}"
            if problem or name not in again:
                wrong.append(f"{fact}: {problem or 'it was not computed again'}")
            elif _same(again[name], value):
                held.append(fact)
            else:
                wrong.append(f"{fact}: recorded as {value!r}, found {again[name]!r}")
    if wrong:
        raise TwoTracksError(
            "evidence does not hold:\n  " + "\n  ".join(wrong),
            where=str(folder),
            fix="Run the pipeline again; do not trust this run.",
        )
    return tuple(held)


def _recompute(record: StepRecord, folder: Path) -> tuple[Mapping[str, JSON], str]:
    """The evidence of a step computed again, or why it cannot be."""
    if not record.evidence:
        return {}, ""
    module, _, name = record.function.partition(":")
    # Only modules that the caller imported are looked at: a run is data, and must not load code.
    found = getattr(sys.modules.get(module), name, None)
    if not isinstance(found, Step):
        return {}, f"the step {record.function} is not imported; import {module} first"
    if found.recomputed is None:
        return {}, f"{record.function} has no @{name}.recompute function"
    try:
        again = found.recomputed(folder, record.evidence)
    except (TwoTracksError, OSError, ValueError, LookupError) as error:
        return {}, f"cannot be computed again: {error}"
    return cast("Mapping[str, JSON]", freeze(again, record.name)), ""


def _same(a: JSON, b: JSON) -> bool:
    """Equal, floats up to the last bits that another processor may round otherwise."""
    if isinstance(a, float) and isinstance(b, (int, float)):
        return math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-12)
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        return a.keys() == b.keys() and all(_same(a[key], b[key]) for key in a)
    if isinstance(a, tuple) and isinstance(b, tuple):
        return len(a) == len(b) and all(map(_same, a, b))
    return type(a) is type(b) and a == b
