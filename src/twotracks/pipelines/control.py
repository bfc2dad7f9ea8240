"""What good ordinary CI/CD has beside the four steps: types, golden replies, and monitoring.

With `product`, which puts the model into the wheel, and the four steps of `software`, this is the
control of the experiment: nothing here looks at data, nor at how good an answer is.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from twotracks.pipelines.files import read_json, write_atomically
from twotracks.pipelines.git import Repository
from twotracks.pipelines.golden import GOLDEN_FILE, GoldenReply, from_json, replies
from twotracks.pipelines.service import Service, current_service, start
from twotracks.pipelines.software import IN_THE_MIDDLE, PROCESS, SHOWN, Commit, find_commit
from twotracks.pipelines.traffic import Traffic, is_slow, traffic
from twotracks.pipelines.typecheck import SOURCE, type_errors
from twotracks.record import GateRefused, artifact, evidence, from_run, step

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["check_replies", "check_types", "monitor_service"]

IN_PRODUCTION = "Production Software"
"""The box of the overview that steps on the released service are in."""


class Answered(Protocol):
    """What is seen of an answer from outside."""

    @property
    def status(self) -> int:
        """The HTTP status; 0 where no answer came."""


@step(
    process=PROCESS,
    focus="Check types",
    outcome="Verify code consistency",
    sets=("Code", "Types checked"),
    evidence=("commit", "files", "errors"),
    gate=True,
    stages=(IN_THE_MIDDLE,),
)
def check_types(commit: Commit = from_run(find_commit), workspace: Path = from_run()) -> int:
    """Check the types of a commit's source with mypy, as strictly as the project says.

    Args:
        commit: what to check.
        workspace: the folder to work in.

    Returns:
        How many files were checked.

    Raises:
        GateRefused: there are errors; the message names the first ones with file and line.
        TwoTracksError: mypy cannot be run.
    """
    files, errors = _types(Path(workspace), commit.id)
    evidence(commit=commit.id, files=files, errors=len(errors))
    if errors:
        more = f" and {len(errors) - SHOWN} more" if len(errors) > SHOWN else ""
        raise GateRefused(
            f"{_count(len(errors), 'type error')}: {'; '.join(errors[:SHOWN])}{more}",
            fix="Correct the code and commit it.",
        )
    return files


@check_types.recompute
def _(workspace: Path, left: Mapping[str, Any]) -> dict[str, Any]:
    files, errors = _types(workspace, left["commit"])
    return {
        "commit": _source(workspace).resolve(left["commit"]),
        "files": files,
        "errors": len(errors),
    }


def _types(workspace: Path, commit: str) -> tuple[int, tuple[str, ...]]:
    """How many Python files the source of a commit has, and its type errors."""
    with tempfile.TemporaryDirectory(prefix="twotracks-types-") as name:
        checkout = Path(name).resolve() / "checkout"
        _source(workspace).export(commit, checkout)
        return len([*(checkout / SOURCE).rglob("*.py")]), type_errors(checkout)


def _source(workspace: Path) -> Repository:
    return Repository(workspace / "source")


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


@step(
    process=PROCESS,
    focus="Compare replies",
    outcome="Verify service behaviour",
    sets=("Code", "Replies checked"),
    evidence=("commit", "release", "replies", "differing"),
    gate=True,
    stages=(IN_PRODUCTION,),
)
def check_replies(
    service: Service = from_run(current_service),
    commit: Commit = from_run(find_commit),
    workspace: Path = from_run(),
) -> int:
    """Ask the released service what was asked before, and see it answer as it did.

    The requests and replies are the commit's golden file. Compared are the HTTP status, and the
    probability to six decimals.

    Args:
        service: the service to ask.
        commit: the commit whose golden replies are taken.
        workspace: the folder to work in.

    Returns:
        How many replies were compared.

    Raises:
        GateRefused: a reply differs, or the commit has no golden replies.
        TwoTracksError: the service does not answer, or the golden file cannot be read.
    """
    golden = _golden(Path(workspace), commit)
    differing = _differing(service, golden)
    evidence(
        commit=commit.id, release=service.release, replies=len(golden), differing=len(differing)
    )
    if differing:
        number, now = differing[0]
        raise GateRefused(
            f"{len(differing)} of {len(golden)} replies differ: request {number} gave "
            f"{golden[number - 1]}, and gives {now}",
            fix="Correct the code; or, if the change is meant, record the golden replies again.",
        )
    return len(golden)


@check_replies.recompute
def _(workspace: Path, left: Mapping[str, Any]) -> dict[str, Any]:
    repository = _source(workspace)
    commit = repository.resolve(left["commit"])
    golden = _golden(workspace, Commit(commit, tuple(repository.files(commit))))
    service = start(workspace, left["release"])  # beside the current one, which goes on
    try:
        differing = len(_differing(service, golden))
    finally:
        service.stop()
    return {
        "commit": commit,
        "release": service.release,
        "replies": len(golden),
        "differing": differing,
    }


def _golden(workspace: Path, commit: Commit) -> tuple[GoldenReply, ...]:
    """The golden replies of a commit, at least one."""
    known = GOLDEN_FILE in commit.files
    golden = from_json(_source(workspace).read(commit.id, GOLDEN_FILE)) if known else ()
    if not golden:
        raise GateRefused(
            "there are no golden replies to compare with",
            where=f"commit {commit.id[:12]}",
            fix=f"Record them and commit {GOLDEN_FILE}: product() does it.",
        )
    return golden


def _differing(
    service: Service, golden: Sequence[GoldenReply]
) -> tuple[tuple[int, GoldenReply], ...]:
    """The replies that differ now, each with the number of its request, from 1."""
    found = replies(service, [reply.request for reply in golden])
    return tuple(
        (number, now)
        for number, (before, now) in enumerate(zip(golden, found, strict=True), start=1)
        if not before.agrees(now)
    )


@step(
    process=PROCESS,
    focus="Monitor service",
    outcome="Detect errors and delays",
    sets=("Code", "Monitored"),
    evidence=("release", "log", "requests", "failed", "rejected", "slow", "alerts"),
    gives="traffic",
    stages=(IN_PRODUCTION,),
)
def monitor_service(
    answers: Sequence[Answered] = from_run(),
    service: Service = from_run(current_service),
    workspace: Path = from_run(),
) -> Traffic:
    """See what ordinary monitoring sees of the users' requests, and raise what alerts there are.

    It counts the requests that failed and those that were rejected, and probes whether the service
    is slow. What was answered is not looked at.

    Args:
        answers: what the users got, in the order in which they asked.
        service: the service that answered.
        workspace: the folder to keep the counts in.

    Raises:
        TwoTracksError: the workspace cannot be written to.
    """
    statuses = Counter(int(answer.status) for answer in answers)
    path = write_atomically(*_log(workspace, statuses))
    artifact(path)
    seen = traffic(statuses, slow=is_slow(service))
    evidence(release=service.release, log=path.name, **seen.to_json())
    return seen


@monitor_service.recompute
def _(workspace: Path, left: Mapping[str, Any]) -> dict[str, Any]:
    kept = read_json(_logs(workspace) / left["log"])
    statuses = Counter({int(status): int(count) for status, count in kept.items()})
    service = start(workspace, left["release"])  # beside the current one, which goes on
    try:
        seen = traffic(statuses, slow=is_slow(service))
    finally:
        service.stop()
    path, _ = _log(workspace, statuses)
    return {"release": service.release, "log": path.name, **seen.to_json()}


def _logs(workspace: Path) -> Path:
    return Path(workspace) / "traffic"


def _log(workspace: Path, statuses: Mapping[int, int]) -> tuple[Path, bytes]:
    """Where the counts by status are kept, and how: named after their content."""
    content = json.dumps({str(status): statuses[status] for status in sorted(statuses)}).encode()
    return _logs(workspace) / f"{hashlib.sha256(content).hexdigest()[:16]}.json", content
