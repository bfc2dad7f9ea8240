"""What a run is: values that cannot be wrong, and their JSON form. Standard library only."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, cast, get_args

from twotracks.errors import TwoTracksError, did_you_mean
from twotracks.json_reader import Reader

if TYPE_CHECKING:
    import pandas as pd

    from twotracks.views.flow import Flow

SCHEMA_VERSION = 1
"""The version of the JSON form, published as `run.schema.json`."""

JSON: TypeAlias = "bool | int | float | str | Sequence[JSON] | Mapping[str, JSON] | None"
"""A value that JSON can hold. Lists are tuples and objects read-only mappings once in a run."""

Status = Literal["passed", "failed", "refused", "skipped"]
"""How a step ended: it did its work, it raised, a gate stopped it, or it was not started."""

STATE_VARIABLES: Mapping[str, str] = MappingProxyType(
    {"Code": "Initial code", "Data": "Raw data", "Model": "None"}
)
"""What a run of the two tracks changes, and the state each starts in."""


MOST = 10**30
"""The largest whole number that evidence may hold: larger ones are strings, if anything."""


def freeze(value: object, where: str) -> JSON:
    """Copy a JSON value into one that cannot change.

    Raises:
        TwoTracksError: something in `value` is not a JSON value, or not a finite number.
    """
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, int):
        if abs(value) > MOST:
            raise TwoTracksError("the whole number is too large to keep", where=where)
        return int(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise TwoTracksError(f"{value} is not a finite number", where=where)
        return float(value)
    if isinstance(value, Mapping):
        for key in value:
            if not isinstance(key, str):
                raise TwoTracksError(f"the key {key!r} is not a string", where=where)
        return MappingProxyType({k: freeze(v, f"{where}.{k}") for k, v in value.items()})
    if isinstance(value, (list, tuple)):
        return tuple(freeze(item, f"{where}[{i}]") for i, item in enumerate(value))
    raise TwoTracksError(
        f"{type(value).__name__} is not a JSON value",
        where=where,
        fix="Give a string, a number, a list or a dict; int() and float() convert NumPy's numbers.",
    )


def thaw(value: JSON) -> Any:
    """Turn a frozen value into the lists and dicts that `json` writes."""
    if isinstance(value, Mapping):
        return {key: thaw(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [thaw(item) for item in value]
    return value


@dataclass(frozen=True, slots=True)
class Artifact:
    """A file a step produced: its path in the workspace, its SHA-256 and its size in bytes."""

    path: str
    sha256: str
    size: int

    def __post_init__(self) -> None:
        if self.size < 0 or not re.fullmatch("[0-9a-f]{64}", self.sha256):
            raise TwoTracksError(f"{self.path!r} needs a SHA-256 and a size of 0 bytes or more")


@dataclass(frozen=True, slots=True)
class StateChange:
    """The state that a step puts one state variable into."""

    variable: str
    state: str


@dataclass(frozen=True, slots=True)
class StepRecord:
    """One step of a run, as it went."""

    number: int
    """1 for the first step of the run."""
    name: str
    """The function's name, without brackets."""
    process: str
    """The pipeline it belongs to, such as `Software CI/CD`."""
    focus: str
    """What the step looks at."""
    intended: str
    """The outcome the step has when it passes."""
    status: Status
    sets: StateChange | None = None
    """The state it sets when it passes."""
    rests_on: tuple[str, ...] = ()
    """The evidence that the state rests on."""
    evidence: Mapping[str, JSON] = field(default_factory=dict)
    artifacts: tuple[Artifact, ...] = ()
    reason: str = ""
    """Why it did not pass; empty when it did."""
    stages: tuple[str, ...] = ()
    """The boxes of the overview that it passes through; its own action if it names none."""
    triggers: tuple[str, ...] = ()
    """What starts the pipeline at this step, such as `new data`."""
    back_to: str = ""
    """The name of the step that its findings lead back to."""
    gate: bool = False
    """Whether it can refuse."""
    function: str = ""
    """`module:name` of the step, by which `verify` finds how to compute evidence again."""
    seconds: float = field(default=0.0, compare=False)
    """How long it took. Two runs that differ in nothing else are equal."""
    taken_over: bool = False
    """Whether it did not run here: its inputs were those of the clean run, and so is its record."""

    def __post_init__(self) -> None:
        where = f"step {self.number} ({self.name})"
        texts = (self.name, self.process, self.focus, self.intended, self.reason, self.function)
        lists = (*self.rests_on, *self.stages, *self.triggers, self.back_to)
        if not all(isinstance(text, str) for text in (*texts, *lists)):
            raise TwoTracksError("names and words must be strings", where=where)
        if not 0 <= self.seconds < math.inf:
            raise TwoTracksError(f"{self.seconds} is no time in seconds", where=where)
        frozen = freeze(self.evidence, f"{where} evidence")
        object.__setattr__(self, "evidence", frozen)
        if self.status not in get_args(Status):
            raise TwoTracksError(f"{self.status!r} is not a status", where=where)
        if (self.status == "passed") == bool(self.reason):
            raise TwoTracksError(
                "a step has a reason when, and only when, it did not pass", where=where
            )
        if self.status == "refused" and not self.gate:
            raise TwoTracksError(
                "only a gate can refuse", where=where, fix="Declare it: @step(..., gate=True)."
            )
        if self.sets and not self.rests_on:
            raise TwoTracksError(
                "it sets a state and declares no evidence for it",
                where=where,
                fix='Name the evidence: @step(..., evidence=("digest",)).',
            )
        if self.taken_over and self.status != "passed":
            raise TwoTracksError("only a step that passed can be taken over", where=where)
        missing = [name for name in self.rests_on if name not in self.evidence]
        if self.status == "passed" and missing:
            raise TwoTracksError(
                f"it left no evidence of {', '.join(missing)}",
                where=where,
                fix=f"Call evidence({missing[0]}=...) in {self.name}().",
            )

    @property
    def action(self) -> str:
        """The call, as the process table shows it: `build()`."""
        return f"{self.name}()"

    @property
    def passed(self) -> bool:
        return self.status == "passed"

    @property
    def outcome(self) -> str:
        """The intended outcome, or why it was not reached."""
        return self.intended if self.passed else f"{self.status.capitalize()}: {self.reason}"

    @property
    def boxes(self) -> tuple[str, ...]:
        """The boxes of the overview that it passes through, at least one."""
        return self.stages or (self.action,)

    @property
    def change(self) -> StateChange | None:
        """The state this step did set: none unless it passed."""
        return self.sets if self.passed else None


@dataclass(frozen=True)
class Run:
    """One execution of one or more pipelines.

    It grows while its `record()` block is open and never changes afterwards.
    """

    variables: Mapping[str, str] = field(default_factory=lambda: STATE_VARIABLES)
    """The state variables, in order, each with the state it started in."""
    steps: tuple[StepRecord, ...] = ()
    finished: bool = field(default=True, compare=False)

    def __post_init__(self) -> None:
        if not isinstance(self.variables, Mapping) or not all(
            isinstance(text, str) for pair in self.variables.items() for text in pair
        ):
            raise TwoTracksError(
                "state variables must be a mapping from names to the states they start in",
                fix='For example {"Code": "Initial code"}.',
            )
        object.__setattr__(self, "variables", MappingProxyType(dict(self.variables)))
        for expected, step in enumerate(self.steps, start=1):
            if step.number != expected:
                raise TwoTracksError(f"step {step.number} stands where step {expected} should")
            if step.sets:
                self.check_variable(step.sets.variable, f"step {step.number} ({step.name})")

    def check_variable(self, name: str, where: str = "") -> None:
        """Raise a TwoTracksError if this run has no state variable of that name."""
        if name not in self.variables:
            raise TwoTracksError(
                f"unknown state variable {name!r}",
                where=where,
                fix=did_you_mean(name, self.variables),
            )

    @property
    def passed(self) -> bool:
        """Whether there are steps and every one of them passed."""
        return bool(self.steps) and all(step.passed for step in self.steps)

    @property
    def processes(self) -> tuple[str, ...]:
        """The pipelines of this run, in the order in which they first appear."""
        return tuple(dict.fromkeys(step.process for step in self.steps))

    def step(self, name: str) -> StepRecord:
        """The last step of that name.

        Raises:
            TwoTracksError: no step has that name.
        """
        for step in reversed(self.steps):
            if step.name == name:
                return step
        names = dict.fromkeys(step.name for step in self.steps)
        raise TwoTracksError(f"this run has no step {name!r}", fix=did_you_mean(name, names))

    def state(self, variable: str, after: int | None = None) -> str:
        """The state of a variable after step number `after`; 0 is the start, None the end.

        Raises:
            TwoTracksError: the run has no such variable, or no such step.
        """
        self.check_variable(variable)
        last = len(self.steps) if after is None else after
        if not 0 <= last <= len(self.steps):
            raise TwoTracksError(f"this run has steps 1 to {len(self.steps)}, and no {last}")
        state = self.variables[variable]
        for step in self.steps[:last]:
            if step.change and step.change.variable == variable:
                state = step.change.state
        return state

    def process_table(self) -> pd.DataFrame:
        """One row a step, and a last row that says whether all were done."""
        from twotracks.views.tables import process_table  # noqa: PLC0415 - the one way up

        return process_table(self)

    def status_tracker(self) -> pd.DataFrame:
        """One row a state variable, one column a step."""
        from twotracks.views.tables import status_tracker  # noqa: PLC0415 - the one way up

        return status_tracker(self)

    def flow(self, *, grouped: bool = False) -> Flow:
        """The run as a diagram: a box for every step, or the seven boxes of the overview."""
        from twotracks.views.flow import flow  # noqa: PLC0415 - the one way up

        return flow(self, grouped=grouped)

    def to_json(self) -> str:
        """The run as JSON text, after `run.schema.json`.

        Raises:
            TwoTracksError: the run is still going on.
        """
        return json.dumps(self.to_document(), indent=2, allow_nan=False)

    def to_document(self) -> dict[str, Any]:
        """The run as the lists and dicts of its JSON form, for a larger document to hold it.

        Raises:
            TwoTracksError: the run is still going on.
        """
        if not self.finished:
            raise TwoTracksError(
                "the run is still going on", fix="Call to_json() after its record() block."
            )
        return {
            "schema": SCHEMA_VERSION,
            "variables": [{"name": k, "start": v} for k, v in self.variables.items()],
            "steps": [_step_to_json(step) for step in self.steps],
        }

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle as the JSON form, so that a run can go to another process."""
        return Run.from_document, (self.to_document(),)

    @classmethod
    def from_json(cls, text: str | bytes) -> Run:
        """Read what `to_json` wrote.

        Raises:
            TwoTracksError: the text is not JSON, is of a newer schema, or is not a run.
        """
        try:
            document = json.loads(text)
        except (ValueError, TypeError, RecursionError) as error:
            raise TwoTracksError(
                f"not JSON: {error}", where="run", fix="Give the text that Run.to_json() wrote."
            ) from error
        return cls.from_document(document)

    @classmethod
    def from_document(cls, document: object) -> Run:
        """Read what `to_document` gave, or what a larger JSON document holds in its place.

        Raises:
            TwoTracksError: it is of a newer schema, or is not a run.
        """
        top = Reader(document, "run")
        version = top.take("schema", int)
        if version > SCHEMA_VERSION:
            raise TwoTracksError(
                f"schema {version} is newer than the schema {SCHEMA_VERSION} known here",
                where="run.schema",
                fix="Update twotracks, or write the run with this version.",
            )
        if version < 1:
            raise TwoTracksError(f"there is no schema {version}", where="run.schema")
        variables: dict[str, str] = {}
        for reader in top.take_all("variables"):
            name, start = reader.take("name", str), reader.take("start", str)
            if name in variables:
                raise TwoTracksError(f"the variable {name!r} is there twice", where=reader.where)
            variables[name] = start
            reader.end()
        steps = tuple(_step_from_json(reader) for reader in top.take_all("steps"))
        top.end()
        return cls(variables, steps)


def _step_to_json(step: StepRecord) -> dict[str, Any]:
    sets = {"variable": step.sets.variable, "state": step.sets.state} if step.sets else None
    return {
        "number": step.number,
        "name": step.name,
        "process": step.process,
        "focus": step.focus,
        "intended": step.intended,
        "status": step.status,
        "reason": step.reason,
        "sets": sets,
        "rests_on": list(step.rests_on),
        "evidence": thaw(step.evidence),
        "artifacts": [{"path": a.path, "sha256": a.sha256, "size": a.size} for a in step.artifacts],
        "stages": list(step.stages),
        "triggers": list(step.triggers),
        "back_to": step.back_to,
        "gate": step.gate,
        "function": step.function,
        "seconds": step.seconds,
        **({"taken_over": True} if step.taken_over else {}),
    }


def _seconds(reader: Reader) -> float:
    try:
        return float(reader.take("seconds", (int, float)))
    except OverflowError:
        raise TwoTracksError("is too large", where=f"{reader.where}.seconds") from None


def _step_from_json(reader: Reader) -> StepRecord:
    sets = None
    if reader.peek("sets") is not None:
        change = reader.enter("sets")
        sets = StateChange(change.take("variable", str), change.take("state", str))
        change.end()
    else:
        reader.take("sets", type(None))
    artifacts = []
    for item in reader.take_all("artifacts"):
        artifacts.append(
            Artifact(item.take("path", str), item.take("sha256", str), item.take("size", int))
        )
        item.end()
    step = StepRecord(
        number=reader.take("number", int),
        name=reader.take("name", str),
        process=reader.take("process", str),
        focus=reader.take("focus", str),
        intended=reader.take("intended", str),
        status=cast("Status", reader.take("status", str)),
        reason=reader.take("reason", str),
        sets=sets,
        rests_on=reader.take_strings("rests_on"),
        evidence=reader.take("evidence", dict),
        artifacts=tuple(artifacts),
        stages=reader.take_strings("stages"),
        triggers=reader.take_strings("triggers"),
        back_to=reader.take("back_to", str),
        gate=reader.take("gate", bool),
        function=reader.take("function", str),
        seconds=_seconds(reader),
        taken_over=reader.take_or("taken_over", bool, default=False),
    )
    reader.end()
    return step
