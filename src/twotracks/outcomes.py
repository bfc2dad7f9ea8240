"""How a step or a run that did not pass tells of it. Standard library only."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from twotracks.errors import TwoTracksError

if TYPE_CHECKING:
    from twotracks.run import Run, StepRecord


class GateRefused(TwoTracksError):
    """Raised by a step whose gate says no. The pipeline stops there; nothing went wrong."""


class NotFound(TwoTracksError):
    """Raised by a finder of `from_run` when the workspace does not hold what it looks for."""


class RunFailed(TwoTracksError):
    """Raised at the end of a `record()` block in which a step did not pass.

    Attributes:
        run: the whole run, the steps that did not pass included.
    """

    def __init__(self, run: Run, cause: BaseException | None = None) -> None:
        first = next(step for step in run.steps if not step.passed)
        way_out = f"{cause.fix}\n  " if isinstance(cause, TwoTracksError) and cause.fix else ""
        super().__init__(
            f"{first.outcome}",
            where=f"step {first.number}, {first.action}",
            fix=f"{way_out}The exception's .run has every step; "
            'record(on_failure="keep") does not raise.',
        )
        self.run = run


class NotRun:
    """What a step gives when it did not pass. Any use of it is an error that says why."""

    def __init__(self, record: StepRecord) -> None:
        object.__setattr__(self, "_record", record)

    def __repr__(self) -> str:
        record = missing_record(self)
        return f"NotRun({record.action}: {record.outcome})"

    def __getattr__(self, name: str) -> NoReturn:
        _refuse_use(self)


def _refuse_use(self: NotRun, *_args: object, **_kwargs: object) -> NoReturn:
    record = missing_record(self)
    raise TwoTracksError(
        f"{record.action} has no result. {record.outcome}",
        where=f"step {record.number}",
        fix="Look at the run: a step that did not pass gives nothing to use.",
    )


# Python looks these up on the class, so __getattr__ does not see them.
_OPERATORS = [
    "add",
    "sub",
    "mul",
    "truediv",
    "floordiv",
    "mod",
    "divmod",
    "pow",
    "matmul",
    "and",
    "or",
    "xor",
    "lshift",
    "rshift",
]
_USES = [
    "bool",
    "len",
    "iter",
    "next",
    "reversed",
    "getitem",
    "setitem",
    "delitem",
    "contains",
    "call",
    "eq",
    "ne",
    "lt",
    "le",
    "gt",
    "ge",
    "hash",
    "int",
    "float",
    "complex",
    "index",
    "str",
    "bytes",
    "format",
    "fspath",
    "enter",
    "exit",
    "await",
    "aiter",
    "anext",
    "neg",
    "pos",
    "abs",
    "invert",
    "round",
    "trunc",
    "floor",
    "ceil",
    "setattr",
    "delattr",
    "copy",
    "deepcopy",
    "reduce_ex",
]
for _name in (*_USES, *_OPERATORS, *(f"r{n}" for n in _OPERATORS), *(f"i{n}" for n in _OPERATORS)):
    setattr(NotRun, f"__{_name}__", _refuse_use)


def missing_record(result: NotRun) -> StepRecord:
    """The step that gave no result."""
    record: StepRecord = object.__getattribute__(result, "_record")
    return record
