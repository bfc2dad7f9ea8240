"""Running a project's tests against its wheel, with its source nowhere in reach."""

from __future__ import annotations

import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from twotracks.errors import TwoTracksError
from twotracks.pipelines.processes import clean_environment, last_lines, run_to_end
from twotracks.pipelines.wheels import install_wheel

if TYPE_CHECKING:
    from twotracks.pipelines.git import Repository

TEST_SECONDS = 300
ENDED_WITH_A_REPORT = (0, 1, 2, 5)
"""pytest's exit status: all passed, some failed, not all could be collected, there were none."""


@dataclass(frozen=True)
class SuiteResult:
    """How many tests passed, and which ones did not."""

    passed: int
    failing: tuple[str, ...]
    said: str
    """What pytest printed."""


def run_suite(wheel: Path, repository: Repository, commit: str) -> SuiteResult:
    """Install a wheel into an empty folder and run the tests of a commit against it.

    Args:
        wheel: the wheel under test.
        repository: where the tests are taken from.
        commit: the commit whose `tests` folder and pytest settings are used.

    Raises:
        TwoTracksError: the commit has no tests, or pytest cannot be run or does not end.
    """
    with tempfile.TemporaryDirectory(prefix="twotracks-test-") as name:
        folder = Path(name).resolve()
        installed, project, checkout = folder / "installed", folder / "project", folder / "checkout"
        repository.export(commit, checkout)
        if not (checkout / "tests").is_dir():
            raise TwoTracksError(
                "the commit has no folder tests",
                where=f"commit {commit[:12]}",
                fix="Commit tests: code that nobody tested is not deployed.",
            )
        project.mkdir()
        # The tests and their settings, and not the source, which they could import by chance.
        (checkout / "tests").rename(project / "tests")
        (checkout / "pyproject.toml").rename(project / "pyproject.toml")
        shutil.rmtree(checkout)
        install_wheel(wheel, installed)
        report = folder / "report.xml"
        status, said = run_to_end(
            [
                sys.executable,
                "-P",
                "-m",
                "pytest",
                "-q",
                "-p",
                "no:cacheprovider",
                "-c",
                str(project / "pyproject.toml"),
                "--rootdir",
                str(project),
                "--confcutdir",
                str(project),
                "--junitxml",
                str(report),
                "-o",
                "junit_family=xunit1",
                "--color=no",
                "--continue-on-collection-errors",
                str(project / "tests"),
            ],
            cwd=project / "tests",
            # Plugins of this environment are not the project's.
            env=clean_environment(installed) | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
            seconds=TEST_SECONDS,
        )
        said = said.replace(f"{folder}/", "")
        lines = last_lines(said)
        if status not in ENDED_WITH_A_REPORT or not report.exists():
            raise TwoTracksError(
                f"pytest could not run the tests: {lines[-1] if lines else f'exit {status}'}",
                where=wheel.name,
                fix="pytest said:\n  " + "\n  ".join(lines),
            )
        passed, failing = _read(report)
        return SuiteResult(passed, failing, said)


def _read(report: Path) -> tuple[int, tuple[str, ...]]:
    """The number of tests that passed, and the names of those that failed or raised."""
    passed: set[str] = set()
    failing: dict[str, None] = {}
    for case in ET.parse(report).iter("testcase"):  # noqa: S314 - pytest wrote it just now
        name = _name(case.get("file", ""), case.get("classname", ""), case.get("name", ""))
        results = {child.tag for child in case}
        if results & {"failure", "error"}:
            failing[name] = None
        elif "skipped" not in results:
            passed.add(name)
    # A test that passed and could not be taken down is there twice.
    return len(passed - failing.keys()), tuple(failing)


def _name(file: str, classname: str, name: str) -> str:
    """The name by which pytest is asked for a test: `tests/test_a.py::TestB::test_c`."""
    module = file.removesuffix(".py").replace("/", ".")
    if name == module:  # the file could not be imported
        return file
    classes = classname.removeprefix(module).strip(".").split(".")
    return "::".join(part for part in (file, *classes, name) if part)
