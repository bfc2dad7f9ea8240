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


def missing_record(result: NotRun) -> StepRecord:
    """The step that gave no result."""
    record: StepRecord = object.__getattribute__(result, "_record")
    return record
