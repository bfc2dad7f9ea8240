"""The software track's four steps: real git, real wheels, real processes."""

from __future__ import annotations

import os
import shutil
import socket
import stat
import sys
import zipfile
from dataclasses import replace
from textwrap import dedent
from typing import TYPE_CHECKING, Any

import pytest

from twotracks.errors import TwoTracksError
from twotracks.pipelines import service as services
from twotracks.pipelines.files import read_json
from twotracks.pipelines.software import (
    SERVICE_SOURCE,
    Wheel,
    build,
    code_commit,
    current_service,
    deploy,
    find_commit,
    find_wheel,
    test,
)
from twotracks.record import GateRefused, NotFound, record, verify
from twotracks.run import Run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# A service of a few lines that starts ten times faster than the real one.
PYPROJECT = """
[build-system]
requires = ["flit_core"]
build-backend = "flit_core.buildapi"
[project]
name = "flight-delay"
version = "{version}"
description = "A stand-in"
"""
MAIN = """
import http.server, json, os, sys, threading
VERSION, HEALTH = "{version}", {health}
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps({{"status": HEALTH, "service": VERSION, "model": None}}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_):
        pass
port = int(sys.argv[sys.argv.index("--port") + 1])
server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
threading.Thread(target=lambda: (os.read(0, 1), os._exit(0)), daemon=True).start()
print(json.dumps({{"port": server.server_port}}), flush=True)
server.serve_forever()
"""


def project(
    folder: Path, version: str = "2.0.0", *, health: str = "'ok'", main: str = MAIN, **files: str
) -> Path:
    """A small project; `tests__test_a` stands for `tests/test_a.py`."""
    texts = {
        "pyproject.toml": PYPROJECT.format(version=version),
        "src/flight_delay/__init__.py": '"""A stand-in."""\n',
        "src/flight_delay/__main__.py": main.format(version=version, health=health),
        "tests/test_it.py": "import flight_delay\n\ndef test_it():\n    pass\n",
    }
    texts |= {f"{name.replace('__', '/')}.py": dedent(text) for name, text in files.items()}
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def wheel_of(source: Path, workspace: Path) -> Wheel:
    return build(code_commit(source, workspace=workspace), workspace=workspace)


def current(workspace: Path) -> str:
    return str((workspace / "current").readlink())


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, Path, int]:
    """A run of the four steps on the real service, its workspace, and its service's process."""
    workspace = tmp_path_factory.mktemp("kept")
    with record(workspace=workspace) as run:
        code_commit()
        build()
        test()
        deploy()
        assert current_service(workspace).health().status == 200
        pid = read_json(workspace / "running.json")["pid"]
        assert is_alive(pid)
    return run, workspace, pid


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    folder = tmp_path / "workspace"
    folder.mkdir()
    return folder


@pytest.fixture
def deployed(workspace: Path, tmp_path: Path) -> Iterator[tuple[Path, services.Service]]:
    """A workspace in which release 1.0.0 of a small service runs."""
    service = deploy(wheel_of(project(tmp_path / "old", "1.0.0"), workspace), workspace=workspace)
    yield workspace, service
    current_service(workspace).stop()


# The four steps together


def test_the_run_gives_the_tables_of_the_seed_page(kept: tuple[Run, Path, int]) -> None:
    run, _, _ = kept
    assert [(s.process, s.action, s.focus, s.outcome) for s in run.steps] == [
        ("Software CI/CD", "code_commit()", "Code changes", "Trigger pipeline"),
        ("Software CI/CD", "build()", "Compile code", "Build artifact"),
        ("Software CI/CD", "test()", "Run tests", "Verify code correctness"),
        ("Software CI/CD", "deploy()", "Deploy app", "Release software"),
    ]
    assert [run.state("Code", after) for after in range(5)] == [
        "Initial code",
        "Committed",
        "Built",
        "Tested",
        "Deployed",
    ]


def test_every_piece_of_evidence_can_be_computed_again(kept: tuple[Run, Path, int]) -> None:
    run, workspace, _ = kept
    before = current(workspace)
    held = verify(run, workspace)
    assert {name.partition(".")[0] for name in held if "." in name and ":" not in name} == {
        "code_commit",
        "build",
        "test",
        "deploy",
    }
    assert current(workspace) == before
    assert not (workspace / "running.json").exists()


@pytest.mark.parametrize(
    ("step", "forged"),
    [
        ("code_commit", {"commit": "0" * 40}),
        ("code_commit", {"commit": "--version"}),
        ("code_commit", {"commit": ["x"]}),
        ("code_commit", {"files": ["pyproject.toml"]}),
        ("build", {"sha256": "0" * 64}),
        ("build", {"size": 1}),
        ("build", {"wheel": "other-1.0.0-py3-none-any.whl"}),
        ("test", {"passed": 99}),
        ("test", {"sha256": "0" * 64}),
        ("deploy", {"version": "1.0.1"}),
        ("deploy", {"status": 204}),
        ("deploy", {"path": "/predict"}),
        ("deploy", {"release": ".."}),
        ("deploy", {"release": {}}),
    ],
)
def test_forged_evidence_does_not_hold(
    kept: tuple[Run, Path, int], step: str, forged: dict[str, Any]
) -> None:
    run, workspace, _ = kept
    true = replace(run.step(step), number=1)
    false = replace(true, evidence={**true.evidence, **forged})
    with pytest.raises(TwoTracksError, match="evidence does not hold"):
        verify(Run(steps=(false,)), workspace)


def test_an_abbreviated_commit_is_not_the_commit(kept: tuple[Run, Path, int]) -> None:
    run, workspace, _ = kept
    true = run.step("code_commit")
    short = str(true.evidence["commit"])[:12]
    with pytest.raises(TwoTracksError, match=r"code_commit\.commit"):
        verify(Run(steps=(replace(true, evidence={**true.evidence, "commit": short}),)), workspace)


def test_no_process_is_left_after_the_run(kept: tuple[Run, Path, int]) -> None:
    _, workspace, pid = kept
    assert not is_alive(pid)
    assert not (workspace / "running.json").exists()


def test_two_runs_in_two_places_leave_the_same_evidence(tmp_path: Path) -> None:
    source = project(tmp_path / "source")
    runs = []
    for name in ("a", "b"):
        with record(workspace=tmp_path / name) as run:
            code_commit(source)
            build()
            test()
            deploy()
        runs.append(run)
    assert runs[0] == runs[1]
    assert str(tmp_path) not in runs[0].to_json()


def test_steps_of_a_later_run_find_what_an_earlier_one_left(tmp_path: Path) -> None:
    with record(workspace=tmp_path / "w"):
        code_commit(project(tmp_path / "source"))
    with record(workspace=tmp_path / "w"):
        build()
    with record(workspace=tmp_path / "w") as run:
        test()
        deploy()
    assert run.state("Code") == "Deployed"


def test_finders_say_what_is_not_there(workspace: Path, tmp_path: Path) -> None:
    for find in (find_commit, find_wheel, current_service):
        with pytest.raises(NotFound):
            find(workspace)
    code_commit(project(tmp_path / "source"), workspace=workspace)
    with pytest.raises(NotFound, match="was not built"):
        find_wheel(workspace)


# code_commit


def test_commit_of_the_service_holds_its_sources_only(kept: tuple[Run, Path, int]) -> None:
    files = kept[0].step("code_commit").evidence["files"]
    assert isinstance(files, tuple)
    assert {"pyproject.toml", "src/flight_delay/app.py", "tests/test_service.py"} < set(files)
    assert all(str(name).endswith((".py", ".toml")) for name in files)


def test_commit_does_not_depend_on_the_user_or_the_machine(
    workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = project(tmp_path / "source")
    expected = code_commit(source, workspace=tmp_path / "a").id

    home = tmp_path / "home"
    (home / ".config" / "git").mkdir(parents=True)
    hostile = "[commit]\ngpgsign = true\n[gpg]\nprogram = /bin/false\n[core]\nautocrlf = true\n"
    hostile += "[i18n]\ncommitEncoding = latin1\n"
    (home / ".gitconfig").write_text(hostile)
    (home / ".config" / "git" / "ignore").write_text("*.py\n")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / ".config"))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(home / ".gitconfig"))
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Somebody Else")
    monkeypatch.setenv("GIT_AUTHOR_DATE", "2001-01-01T00:00:00Z")
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    (source / "pyproject.toml").chmod(0o755)
    (source / "src" / "__pycache__").mkdir()
    (source / "src" / "__pycache__" / "x.pyc").write_bytes(b"x")
    before = os.umask(0o077)
    try:
        assert code_commit(source, workspace=workspace).id == expected
    finally:
        os.umask(before)


def test_commit_in_a_workspace_that_lies_in_another_repository(tmp_path: Path) -> None:
    code_commit(project(tmp_path / "one"), workspace=tmp_path / "outer")
    inner = tmp_path / "outer" / "source" / "inner"
    inner.mkdir()
    with pytest.raises(NotFound):
        find_commit(inner)
    code_commit(project(tmp_path / "two", "3.0.0"), workspace=inner)
    assert find_commit(inner).id != find_commit(tmp_path / "outer").id


def test_second_commit_drops_what_is_gone(workspace: Path, tmp_path: Path) -> None:
    source = project(tmp_path / "source", src__flight_delay__old="")
    first = code_commit(source, workspace=workspace)
    assert code_commit(source, workspace=workspace) == first
    (source / "src/flight_delay/old.py").unlink()
    second = code_commit(source, "Drop it", workspace=workspace)
    assert second.id != first.id
    assert set(first.files) - set(second.files) == {"src/flight_delay/old.py"}
    # Whether a file may be executed is a matter of the machine, and no change.
    (workspace / "source" / "pyproject.toml").chmod(0o755)
    assert code_commit(workspace / "source", workspace=workspace) == second
    # In place: what was edited in the repository's own folder is committed, not overwritten.
    (workspace / "source" / "README.md").write_text("New\n")
    third = code_commit(workspace / "source", workspace=workspace)
    assert "README.md" in third.files


def test_without_git_the_error_says_so(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(workspace))
    with pytest.raises(TwoTracksError, match="git cannot be started") as caught:
        code_commit(workspace=workspace)
    assert "Install git" in caught.value.fix


def test_sources_that_cannot_be_committed(workspace: Path, tmp_path: Path) -> None:
    with pytest.raises(TwoTracksError, match="not a folder"):
        code_commit(tmp_path / "nowhere", workspace=workspace)
    (tmp_path / "empty").mkdir()
    with pytest.raises(TwoTracksError, match="nothing to commit"):
        code_commit(tmp_path / "empty", workspace=workspace)
    with pytest.raises(TwoTracksError, match="git commit failed"):
        code_commit(project(tmp_path / "source"), "", workspace=workspace)


@pytest.mark.parametrize(("source", "work"), [("s", "s/w"), ("s", "s"), ("w/source/s", "w")])
def test_a_source_and_a_workspace_that_lie_in_one_another(
    tmp_path: Path, source: str, work: str
) -> None:
    project(tmp_path / source)
    with pytest.raises(TwoTracksError, match="the folder that it is copied to") as caught:
        code_commit(tmp_path / source, workspace=tmp_path / work)
    assert caught.value.fix
    assert (tmp_path / source / "pyproject.toml").is_file()


# build


def test_build_is_of_the_commit_and_gives_the_same_bytes(workspace: Path, tmp_path: Path) -> None:
    commit = code_commit(project(tmp_path / "source"), workspace=workspace)
    first = build(commit, workspace=workspace).path.read_bytes()
    (workspace / "source/src/flight_delay/__init__.py").write_text("uncommitted = 1\n")
    before = os.umask(0o077)
    try:
        again = build(commit, workspace=workspace)
    finally:
        os.umask(before)
    assert again.path.read_bytes() == first
    with zipfile.ZipFile(again.path) as wheel:
        assert {entry.date_time[:3] for entry in wheel.infolist()} == {(2013, 1, 1)}
    assert stat.S_IMODE(again.path.stat().st_mode) == 0o644
    assert again == find_wheel(workspace)


@pytest.mark.parametrize(
    ("pyproject", "message"),
    [
        (PYPROJECT.format(version="not a version"), "does not build: .*version"),
        (
            PYPROJECT.format(version="1").replace('["flit_core"]', '["no-such-backend>=1"]'),
            "needs no-such-backend>=1, which is not installed",
        ),
        (
            PYPROJECT.format(version="1").replace("flit_core.buildapi", "nowhere"),
            "Backend 'nowhere' is not available|does not build",
        ),
        ("[project", "does not build"),
        (None, "does not build"),
    ],
)
def test_source_that_does_not_build(
    workspace: Path, tmp_path: Path, pyproject: str | None, message: str
) -> None:
    source = project(tmp_path / "source")
    (source / "pyproject.toml").unlink()
    if pyproject is not None:
        (source / "pyproject.toml").write_text(pyproject)
    commit = code_commit(source, workspace=workspace)
    with pytest.raises(TwoTracksError, match=message) as caught:
        build(commit, workspace=workspace)
    assert caught.value.fix
    assert str(workspace) not in caught.value.what


# test


def test_failing_tests_refuse_and_leave_the_counts(workspace: Path, tmp_path: Path) -> None:
    source = project(
        tmp_path / "source",
        tests__test_more="""
        import pytest
        def test_right(): pass
        def test_wrong(): assert 1 == 2
        @pytest.mark.skip
        def test_skipped(): pass
        class TestGroup:
            def test_wrong(self): raise OSError
        """,
    )
    with record(workspace=workspace, on_failure="keep") as run:
        code_commit(source)
        build()
        test()
        deploy()
    refused, skipped = run.steps[2:]
    assert (refused.status, skipped.status) == ("refused", "skipped")
    assert refused.reason.startswith("2 of 4 tests failed: ")
    assert refused.reason.endswith(
        "tests/test_more.py::test_wrong, tests/test_more.py::TestGroup::test_wrong"
    )
    assert (refused.evidence["passed"], refused.evidence["failed"]) == (2, 2)
    assert run.state("Code") == "Built"
    assert not (workspace / "current").exists()
    assert verify(run, workspace)  # a refusal's evidence holds too


def test_tests_run_against_the_wheel_not_the_source(workspace: Path, tmp_path: Path) -> None:
    # helper.py lies beside the package: it is in the source, and in no wheel.
    source = project(
        tmp_path / "source",
        src__helper="",
        tests__test_more="""
        import helper
        def test_it(): pass
        """,
    )
    wheel = wheel_of(source, workspace)
    with pytest.raises(GateRefused, match=r"1 of 2 tests failed: tests/test_more\.py\n"):
        test(wheel, workspace=workspace)


@pytest.mark.parametrize("text", ["", "import pytest\n@pytest.mark.skip\ndef test_a(): pass\n"])
def test_no_test_that_ran_is_a_refusal(workspace: Path, tmp_path: Path, text: str) -> None:
    source = project(tmp_path / "source")
    (source / "tests" / "test_it.py").write_text(text)
    wheel = wheel_of(source, workspace)
    with pytest.raises(GateRefused, match="no test ran"):
        test(wheel, workspace=workspace)


def test_source_without_a_tests_folder(workspace: Path, tmp_path: Path) -> None:
    source = project(tmp_path / "source")
    shutil.rmtree(source / "tests")
    wheel = wheel_of(source, workspace)
    with pytest.raises(TwoTracksError, match="no folder tests"):
        test(wheel, workspace=workspace)


def test_nothing_of_the_outer_environment_reaches_the_tests(
    workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTEST_ADDOPTS", "--no-such-option")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("SECRET", "1")
    source = project(
        tmp_path / "source",
        tests__test_more=f"""
        import os, sys
        def test_environment():
            assert "SECRET" not in os.environ
            assert {str(tmp_path)!r} not in "".join(sys.path)
        """,
    )
    wheel = wheel_of(source, workspace)
    assert test(wheel, workspace=workspace).passed == 2


def test_pytest_that_cannot_run_is_an_error_and_no_refusal(workspace: Path, tmp_path: Path) -> None:
    source = project(tmp_path / "source")
    with (source / "pyproject.toml").open("a") as file:
        file.write('[tool.pytest.ini_options]\naddopts = "--no-such-option"\n')
    wheel = wheel_of(source, workspace)
    with pytest.raises(TwoTracksError, match="pytest could not run") as caught:
        test(wheel, workspace=workspace)
    assert not isinstance(caught.value, GateRefused)
    assert "--no-such-option" in caught.value.fix


def test_wheel_that_was_changed_after_it_was_built(workspace: Path, tmp_path: Path) -> None:
    wheel = wheel_of(project(tmp_path / "source"), workspace)
    wheel.path.write_bytes(wheel.path.read_bytes() + b"x")
    for gate in (test, deploy):
        with pytest.raises(TwoTracksError, match="changed after it was built"):
            gate(wheel, workspace=workspace)
    assert not (workspace / "releases").exists()


# deploy


def test_new_release_takes_over_and_the_old_one_is_stopped(
    deployed: tuple[Path, services.Service], tmp_path: Path
) -> None:
    workspace, old = deployed
    new = deploy(wheel_of(project(tmp_path / "new", "2.0.0"), workspace), workspace=workspace)
    assert current(workspace) == f"releases/{new.release}"
    assert new.health().body["service"] == "2.0.0"
    assert current_service(workspace).port == new.port
    assert not old.answers()
    assert (workspace / "releases" / old.release).is_dir()  # there to go back to


EDIT = "VERSION = 0  # edited by hand\n"


def edit(release: Path, how: str) -> None:
    """Change a release that was unpacked."""
    module = release / "flight_delay" / "__init__.py"
    if how == "edited":
        module.write_text(EDIT)
    elif how == "added":
        (release / "sitecustomize.py").write_text(EDIT)
    elif how == "removed":
        module.unlink()
    elif how == "linked":
        shutil.copy(module, release.parent / "elsewhere")
        module.unlink()
        module.symlink_to(release.parent / "elsewhere")
    else:
        shutil.rmtree(release)
        release.write_text(EDIT)


@pytest.mark.parametrize("how", ["edited", "added", "removed", "linked", "a file"])
def test_what_was_tested_is_what_is_deployed(
    deployed: tuple[Path, services.Service], how: str
) -> None:
    workspace, old = deployed
    release = workspace / "releases" / old.release
    true = {path: path.read_bytes() for path in release.rglob("*") if path.is_file()}
    edit(release, how)
    new = deploy(find_wheel(workspace), workspace=workspace)
    assert new.answers()
    assert not old.answers()  # it ran from what was changed
    assert {path: path.read_bytes() for path in release.rglob("*") if path.is_file()} == true
    assert not any(path.is_symlink() for path in release.rglob("*"))
    assert {path.name for path in release.parent.iterdir()} <= {release.name, "elsewhere"}


def test_a_release_that_was_not_changed_is_not_unpacked_again(
    deployed: tuple[Path, services.Service],
) -> None:
    workspace, old = deployed
    before = (workspace / "releases" / old.release).stat().st_ino
    assert deploy(find_wheel(workspace), workspace=workspace).answers()
    assert (workspace / "releases" / old.release).stat().st_ino == before


def test_a_changed_release_does_not_hold(workspace: Path, tmp_path: Path) -> None:
    with record(workspace=workspace) as run:
        code_commit(project(tmp_path / "source"))
        build()
        deploy()
    assert verify(run, workspace)
    release = workspace / "releases" / str(run.step("deploy").evidence["release"])
    edit(release, "edited")
    edit(release, "added")
    files = r"flight_delay/__init__\.py, sitecustomize\.py"
    with pytest.raises(TwoTracksError, match=rf"deploy\.status: .*its wheel holds: {files}"):
        verify(run, workspace)
    find_wheel(workspace).path.unlink()
    with pytest.raises(
        TwoTracksError, match=r"deploy\.status: .*the wheel of release .* not there"
    ):
        verify(run, workspace)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("releases", "the wheel cannot be unpacked"),
        ("logs", "the log cannot be written"),
        ("current", "the link cannot be switched"),
    ],
)
def test_what_is_in_the_way_of_a_release_is_named(
    workspace: Path, tmp_path: Path, name: str, message: str
) -> None:
    wheel = wheel_of(project(tmp_path / "source"), workspace)
    if name == "current":
        (workspace / name).mkdir()
    else:
        (workspace / name).write_text("")
    children = set(services._children)
    with pytest.raises(TwoTracksError, match=rf"/{name}.*: {message}") as caught:
        deploy(wheel, workspace=workspace)
    assert caught.value.fix
    assert set(services._children) == children


def test_a_workspace_can_be_given_as_text(workspace: Path, tmp_path: Path) -> None:
    text: Any = str(workspace)
    commit = code_commit(project(tmp_path / "source"), workspace=text)
    wheel = build(commit, workspace=text)
    assert (find_commit(text), find_wheel(text)) == (commit, wheel)
    assert test(wheel, workspace=text).passed == 1
    service = deploy(wheel, workspace=text)
    assert current_service(text).port == service.port
    service.stop()


DIES = "import sys\nsys.exit('no database')  # {version}{health}\n"
HANGS = "import time\ntime.sleep(60)  # {version}{health}\n"
OTHER = MAIN.replace('"{version}"', '"9.9.9{version}"')


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"main": DIES}, "did not start: no database"),
        ({"main": HANGS}, "did not listen within"),
        ({"health": "'ill'"}, r'answers /health with 200 .*"ill"'),
        ({"main": OTHER}, "not 200, ok and version 2.0.0"),
    ],
)
def test_release_that_is_not_healthy_changes_nothing(
    deployed: tuple[Path, services.Service],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    change: dict[str, Any],
    message: str,
) -> None:
    workspace, old = deployed
    monkeypatch.setattr(services, "START_SECONDS", 1.0)
    before = current(workspace), (workspace / "running.json").read_bytes()
    children = set(services._children)
    wheel = wheel_of(project(tmp_path / "new", **change), workspace)
    with pytest.raises(TwoTracksError, match=message) as caught:
        deploy(wheel, workspace=workspace)
    assert "its log" in caught.value.fix
    assert (current(workspace), (workspace / "running.json").read_bytes()) == before
    assert old.health().body["service"] == "1.0.0"
    assert set(services._children) == children  # the new process is gone


def test_port_that_is_asked_for(deployed: tuple[Path, services.Service]) -> None:
    workspace, old = deployed
    wheel = find_wheel(workspace)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(TwoTracksError, match=r"did not start: .*in use"):
            deploy(wheel, port=port, workspace=workspace)
    assert old.answers()
    assert deploy(wheel, port=port, workspace=workspace).port == port


def test_a_relative_workspace_works(
    deployed: tuple[Path, services.Service], monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace, _ = deployed
    monkeypatch.chdir(workspace.parent)
    here = workspace.relative_to(workspace.parent)
    assert deploy(find_wheel(here), workspace=here).health().status == 200
    assert current_service(here).answers()


def test_a_state_file_that_cannot_be_read_is_no_running_service(
    deployed: tuple[Path, services.Service],
) -> None:
    workspace, old = deployed
    for text in ("{", "{}", '{"pid": "x", "port": 1, "release": "y"}'):
        (workspace / "running.json").write_text(text)
        assert services.running_service(workspace) is None
    old.stop()


def test_real_service_says_that_its_port_is_in_use(kept: tuple[Run, Path, int]) -> None:
    _, workspace, _ = kept
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        pytest.raises(TwoTracksError, match="cannot listen on port"),
    ):
        deploy(find_wheel(workspace), port=taken.getsockname()[1], workspace=workspace)


def test_service_is_stopped_when_the_block_is_interrupted(workspace: Path, tmp_path: Path) -> None:
    wheel = wheel_of(project(tmp_path / "source"), workspace)
    started = []

    def interrupted() -> None:
        with record(workspace=workspace):
            started.append(deploy(wheel))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert not started[0].answers()
    assert not (workspace / "running.json").exists()


def test_the_service_is_carried_by_the_package() -> None:
    assert (SERVICE_SOURCE / "pyproject.toml").is_file()
    assert sys.modules.get("flight_delay") is None  # it is deployed, never imported here
