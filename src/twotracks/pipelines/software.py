"""The software track: four steps that ship the service."""

from __future__ import annotations

import hashlib
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from installer.utils import parse_wheel_filename

from twotracks.errors import TwoTracksError
from twotracks.pipelines.files import write_atomically
from twotracks.pipelines.git import Repository
from twotracks.pipelines.releases import changed_files, check_release, make_current, unpack
from twotracks.pipelines.service import HEALTH, Service, current_service, running_service, start
from twotracks.pipelines.suite import run_suite
from twotracks.pipelines.wheels import build_wheel
from twotracks.pipelines.world import SERVICE_SOURCE, current_world
from twotracks.record import GateRefused, NotFound, artifact, at_end, evidence, from_run, step

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = [
    "SERVICE_SOURCE",
    "Commit",
    "TestReport",
    "Wheel",
    "build",
    "code_commit",
    "current_service",
    "deploy",
    "find_commit",
    "find_wheel",
    "test",
]

PROCESS = "Software CI/CD"
IN_THE_MIDDLE = "Build -> Test -> Deploy"
"""The box of the overview that three of the steps share."""
SHOWN = 3
"""How many failing tests a refusal names."""


@dataclass(frozen=True)
class Commit:
    """A commit of the service's project: its id, and the paths of its files."""

    id: str
    files: tuple[str, ...]


@dataclass(frozen=True)
class Wheel:
    """A built wheel: its file's name, size in bytes and SHA-256, and the commit it comes from."""

    name: str
    version: str
    size: int
    sha256: str
    commit: str
    path: Path = field(repr=False)

    @property
    def release(self) -> str:
        """The name of the release that this wheel becomes."""
        return f"{self.version}-{self.sha256[:8]}"


@dataclass(frozen=True)
class TestReport:
    """The tests that passed and failed, and the SHA-256 of the wheel they ran against."""

    __test__: ClassVar[bool] = False  # pytest takes a class of this name for tests

    passed: int
    failed: int
    sha256: str


def _repository(workspace: Path) -> Repository:
    return Repository(Path(workspace) / "source")


def find_commit(workspace: Path) -> Commit:
    """The last commit in a workspace.

    Raises:
        NotFound: nothing was committed there.
    """
    repository = _repository(workspace)
    head = repository.head()
    if head is None:
        raise NotFound(
            "nothing is committed here",
            where=str(workspace),
            fix="Commit first: call code_commit().",
        )
    return Commit(head, tuple(repository.files(head)))


def find_wheel(workspace: Path) -> Wheel:
    """The wheel of the last commit in a workspace.

    Raises:
        NotFound: nothing was committed there, or the last commit was not built.
    """
    commit = find_commit(workspace)
    for path in sorted(_dist(workspace, commit.id).glob("*.whl")):
        return _wheel(path, commit.id)
    raise NotFound(
        f"commit {commit.id[:12]} was not built",
        where=str(workspace),
        fix="Build it first: call build().",
    )


def _dist(workspace: Path, commit: str) -> Path:
    return Path(workspace) / "dist" / commit[:12]


def _wheel(path: Path, commit: str) -> Wheel:
    content = path.read_bytes()
    return Wheel(
        path.name,
        parse_wheel_filename(path.name).version,
        len(content),
        hashlib.sha256(content).hexdigest(),
        commit,
        path,
    )


def _unchanged(wheel: Wheel) -> None:
    """Refuse a file that is not the one that was built: what is tested is what is deployed."""
    try:
        found = _wheel(wheel.path, wheel.commit)
    except OSError as error:
        raise TwoTracksError(
            f"the wheel cannot be read: {error.strerror}",
            where=wheel.name,
            fix="Build it again: call build().",
        ) from error
    if found != wheel:
        raise TwoTracksError(
            f"the wheel was changed after it was built: its SHA-256 is "
            f"{found.sha256[:12]}..., not {wheel.sha256[:12]}...",
            where=wheel.name,
            fix="Build it again: call build().",
        )


@step(
    process=PROCESS,
    focus="Code changes",
    outcome="Trigger pipeline",
    sets=("Code", "Committed"),
    evidence=("commit", "files"),
    gives="commit",
    stages=("Start: Code Commit", PROCESS),
    triggers=("a commit",),
)
def code_commit(
    source: str | Path | None = None,
    message: str = "Update the service",
    workspace: Path = from_run(),
) -> Commit:
    """Commit a project to the workspace's git repository.

    The repository's folder, `source/` in the workspace, is made equal to `source` first. Author and
    dates are fixed, so the same files after the same commits make the same commit id everywhere.
    When nothing has changed, the last commit stands.

    Args:
        source: the folder of a project with a `pyproject.toml` and a folder `tests`. Give the
            repository's own folder to commit what was edited there; left out, the world's.
        message: the commit's message.
        workspace: the folder to work in.

    Raises:
        TwoTracksError: the source is no folder, is empty or holds the workspace, or git fails or
            is not there.
    """
    workspace = Path(workspace)
    source = Path(current_world().source if source is None else source).resolve()
    repository = _repository(workspace)
    if not source.is_dir():
        raise TwoTracksError(
            "the source is not a folder",
            where=str(source),
            fix="Give the folder of a project with a pyproject.toml.",
        )
    if source != repository.folder.resolve():
        repository.replace_files(source)
    commit = repository.commit_all(message)
    files = repository.files(commit)
    evidence(commit=commit, files=files)
    return Commit(commit, tuple(files))


@code_commit.recompute
def _(workspace: Path, left: Mapping[str, Any]) -> dict[str, Any]:
    repository = _repository(workspace)
    return {"commit": repository.resolve(left["commit"]), "files": repository.files(left["commit"])}


@step(
    process=PROCESS,
    focus="Compile code",
    outcome="Build artifact",
    sets=("Code", "Built"),
    evidence=("wheel", "size", "sha256"),
    gives="wheel",
    stages=(IN_THE_MIDDLE,),
)
def build(commit: Commit = from_run(find_commit), workspace: Path = from_run()) -> Wheel:
    """Build the wheel of a commit, with the project's own backend and without downloading anything.

    What is built is the commit, whatever lies in the repository's folder by now; building it again
    gives the same bytes.

    Args:
        commit: what to build.
        workspace: the folder to work in.

    Raises:
        TwoTracksError: the build backend is not installed, or the source does not build.
    """
    workspace = Path(workspace)
    with tempfile.TemporaryDirectory(prefix="twotracks-build-") as name:
        folder = Path(name).resolve()
        _repository(workspace).export(commit.id, folder / "checkout")
        built = build_wheel(folder / "checkout", folder / "dist")
        path = write_atomically(_dist(workspace, commit.id) / built.name, built.read_bytes())
    wheel = _wheel(path, commit.id)
    artifact(path)
    evidence(wheel=wheel.name, size=wheel.size, sha256=wheel.sha256)
    return wheel


@build.recompute
def _(workspace: Path, left: Mapping[str, Any]) -> dict[str, Any]:
    wheel = _stored(workspace, left["sha256"])
    return {"wheel": wheel.name, "size": wheel.size, "sha256": wheel.sha256}


def _stored(workspace: Path, digest: str) -> Wheel:
    """The wheel in the workspace that has this SHA-256."""
    for wheel in _wheels(workspace):
        if wheel.sha256 == digest:
            return wheel
    raise NotFound(f"no wheel with the SHA-256 {str(digest)[:12]}... is there", where="dist")


def _released(workspace: Path, release: str) -> Wheel:
    """The wheel in the workspace that became this release."""
    for wheel in _wheels(workspace):
        if wheel.release == release:
            return wheel
    raise NotFound(f"the wheel of release {release!r} is not there", where="dist")


def _wheels(workspace: Path) -> Iterator[Wheel]:
    for path in sorted((workspace / "dist").glob("*/*.whl")):
        yield _wheel(path, path.parent.name)


@step(
    process=PROCESS,
    focus="Run tests",
    outcome="Verify code correctness",
    sets=("Code", "Tested"),
    evidence=("passed", "failed", "sha256"),
    gives="test_report",
    gate=True,
    stages=(IN_THE_MIDDLE,),
)
def test(wheel: Wheel = from_run(find_wheel), workspace: Path = from_run()) -> TestReport:
    """Install a wheel into an empty folder and run its commit's tests against it.

    Args:
        wheel: what to test.
        workspace: the folder to work in.

    Raises:
        GateRefused: a test failed, or there was none that passed.
        TwoTracksError: the wheel was changed after it was built, or pytest cannot be run.
    """
    workspace = Path(workspace)
    _unchanged(wheel)
    result = run_suite(wheel.path, _repository(workspace), wheel.commit)
    failed = len(result.failing)
    evidence(passed=result.passed, failed=failed, sha256=wheel.sha256)
    if failed:
        more = f" and {failed - SHOWN} more" if failed > SHOWN else ""
        raise GateRefused(
            f"{failed} of {failed + result.passed} tests failed: "
            f"{', '.join(result.failing[:SHOWN])}{more}",
            fix=f"Correct the code and commit it. pytest said:\n{result.said}",
        )
    if not result.passed:
        raise GateRefused(
            "no test ran",
            where=f"commit {wheel.commit[:12]}",
            fix="Commit tests: code that nobody tested is not deployed.",
        )
    return TestReport(result.passed, failed, wheel.sha256)


vars(test)["__test__"] = False  # a test module that imports this step would run it as a test


@test.recompute
def _(workspace: Path, left: Mapping[str, Any]) -> dict[str, Any]:
    wheel = _stored(workspace, left["sha256"])
    result = run_suite(wheel.path, _repository(workspace), wheel.commit)
    return {"passed": result.passed, "failed": len(result.failing), "sha256": wheel.sha256}


@step(
    process=PROCESS,
    focus="Deploy app",
    outcome="Release software",
    sets=("Code", "Deployed"),
    evidence=("version", "path", "status"),
    gives="service",
    stages=(IN_THE_MIDDLE, "Production Software"),
)
def deploy(
    wheel: Wheel = from_run(find_wheel), port: int = 0, workspace: Path = from_run()
) -> Service:
    """Release a wheel: start the service from it, see it healthy, and only then switch over.

    The release before this one serves until the new one has answered, and goes on serving if it
    does not. A release whose files are not the wheel's any more is stopped and unpacked again. The
    service is stopped at the end of the run.

    Args:
        wheel: what to release.
        port: the port on 127.0.0.1 to listen on; 0 takes a free one.
        workspace: the folder to work in.

    Raises:
        TwoTracksError: the wheel was changed after it was built, the port is in use, or the
            service does not start or is not healthy.
    """
    workspace = Path(workspace)
    _unchanged(wheel)
    before = running_service(workspace)
    _unpack(wheel, workspace, before)
    service = start(workspace, wheel.release, port)
    try:
        reply = service.check()
        make_current(workspace, wheel.release)
        service.save()
    except BaseException:
        service.stop()
        raise
    at_end(service.stop)
    if before is not None:
        before.stop()
    evidence(version=service.version, path=HEALTH, status=reply.status, release=service.release)
    return service


def _unpack(wheel: Wheel, workspace: Path, running: Service | None) -> None:
    """Make the release hold what the wheel holds: what was tested, and not what was edited since.

    A service that runs from files that were changed is nothing to go on with, nor to go back to.
    """
    if (
        running is not None
        and running.release == wheel.release
        and changed_files(wheel.path, workspace, wheel.release)
    ):
        running.stop()
    unpack(wheel.path, workspace, wheel.release)


@deploy.recompute
def _(workspace: Path, left: Mapping[str, Any]) -> dict[str, Any]:
    wheel = _released(workspace, left["release"])
    check_release(wheel.path, workspace, wheel.release)
    service = start(workspace, left["release"])  # beside the current one, which goes on
    try:
        return {
            "version": service.version,
            "path": HEALTH,
            "status": service.check().status,
            "release": service.release,
        }
    finally:
        service.stop()
