"""What a step is, and what it may say about itself while it runs. Standard library only."""

from __future__ import annotations

import functools
import hashlib
import inspect
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, ParamSpec, Protocol, TypeVar, cast

from twotracks.errors import TwoTracksError
from twotracks.run import JSON, Artifact, StateChange, freeze

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import TypeAlias

    Recompute: TypeAlias = Callable[[Path, Mapping[str, Any]], Mapping[str, JSON]]

P = ParamSpec("P")
R = TypeVar("R")


class Recorder(Protocol):
    """What records the steps that are called in a `record()` block."""

    def call(self, step: Step[Any, Any], args: Sequence[Any], kwargs: Mapping[str, Any]) -> object:
        """Run a step, and keep what became of it."""


@dataclass(frozen=True)
class FromRun:
    """The mark of a parameter that is taken from the run."""

    find: Callable[[Path], object] | None = None


def from_run(find: Callable[[Path], object] | None = None) -> Any:
    """The default of a parameter that a step takes from the run when the caller leaves it out.

    A parameter called `workspace` is the run's folder. Any other is the result of the step that
    `gives` it. Where no step of this run gave it, `find(workspace)` may look it up in what
    earlier runs left in the folder; it raises `NotFound` if there is none.
    """
    return FromRun(find)


@dataclass
class Notes:
    """What one step says about itself while it runs."""

    workspace: Path | None
    where: str
    evidence: dict[str, JSON] = field(default_factory=dict)
    artifacts: list[Artifact] = field(default_factory=list)


current_notes: ContextVar[Notes | None] = ContextVar("notes", default=None)
current_recorder: ContextVar[Recorder | None] = ContextVar("recorder", default=None)


def evidence(**facts: object) -> None:
    """Leave facts that show what the running step did. Values are what JSON can hold.

    Raises:
        TwoTracksError: no step is running, the value is not JSON, or the fact was left before.
    """
    notes = current_notes.get()
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
    notes = current_notes.get()
    if notes is None:
        raise TwoTracksError("artifact() belongs in a step", fix="Call it in a @step function.")
    made = describe_file(Path(path), notes.workspace)
    notes.artifacts.append(made)
    return made


def describe_file(path: Path, workspace: Path | None) -> Artifact:
    """A file as an artifact, its path from the workspace.

    Raises:
        TwoTracksError: it cannot be read, or is not in the workspace.
    """
    try:
        content = path.read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a name that no file can have
        why = error.strerror if isinstance(error, OSError) else error
        raise TwoTracksError(f"cannot read the artifact: {why}", where=str(path)) from error
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


@dataclass(frozen=True)
class Drawing:
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
        drawing: Drawing,
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

    def __get__(self, instance: object, owner: type | None = None) -> Any:
        """Bind to an instance, so that a method can be a step."""
        return self if instance is None else functools.partial(self, instance)  # type: ignore[arg-type]

    def __repr__(self) -> str:
        return f"<step {self.identity}>"

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        if current_notes.get() is not None:  # a step called by a step is part of it
            return self.function(*args, **kwargs)
        recorder = current_recorder.get()
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
        token = current_notes.set(Notes(None, f"{self.name}()"))
        try:
            return self.function(*args, **kwargs)
        finally:
            current_notes.reset(token)

    def left_out(self, bound: inspect.BoundArguments) -> dict[str, FromRun]:
        """The parameters that the caller left to the run."""
        return {
            name: parameter.default
            for name, parameter in self.signature.parameters.items()
            if isinstance(parameter.default, FromRun) and name not in bound.arguments
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
        TwoTracksError: it sets a state without declaring evidence, an argument has the wrong form,
            or it is no plain function.
    """
    for name, value in (("evidence", evidence), ("stages", stages), ("triggers", triggers)):
        if isinstance(value, str):
            raise TwoTracksError(
                f"{name}={value!r} is one string and not a list of them",
                where="@step",
                fix=f"Write {name}=({value!r},).",
            )
    if sets is not None and (isinstance(sets, str) or len(sets) != 2):  # noqa: PLR2004 - a pair
        raise TwoTracksError(
            f"sets={sets!r} is not a state variable and a state",
            where="@step",
            fix='Write sets=("Code", "Built").',
        )
    change = StateChange(*sets) if sets else None

    def decorate(function: Callable[P, R]) -> Step[P, R]:
        if not inspect.isroutine(function):
            raise TwoTracksError(
                f"{function!r} is not a function", where="@step", fix="Decorate a def."
            )
        where = f"{function.__module__}:{function.__qualname__}"
        if change and not evidence:
            raise TwoTracksError(
                "it sets a state and declares no evidence for it",
                where=where,
                fix='Name the evidence: @step(..., evidence=("digest",)).',
            )
        if (
            inspect.iscoroutinefunction(function)
            or inspect.isgeneratorfunction(function)
            or inspect.isasyncgenfunction(function)
        ):
            raise TwoTracksError(
                "a step cannot be a coroutine or a generator: its body would run later, or never",
                where=where,
                fix="Write a plain function that does the work; asyncio.run() runs a coroutine.",
            )
        return Step(
            function,
            process=process,
            focus=focus,
            outcome=outcome,
            sets=change,
            rests_on=tuple(evidence),
            gives=gives,
            drawing=Drawing(tuple(stages), tuple(triggers), back_to, gate),
        )

    return decorate
