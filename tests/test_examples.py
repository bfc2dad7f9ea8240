"""The examples as a reader runs them: the built wheel, an empty folder, no checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest
from scipy import stats

from twotracks import Run
from twotracks.execute.needs import needs_of_script
from twotracks.execute.wheel import wheel_of
from twotracks.pipelines.year import Year

ROOT = Path(__file__).parents[1]
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))


@pytest.fixture(scope="session")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the built wheel, which borrows the other packages from this one."""
    folder = tmp_path_factory.mktemp("reader")
    subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "wheel",
            "--quiet",
            "--no-deps",
            "--no-index",
            "--no-build-isolation",
            "--disable-pip-version-check",
            "--wheel-dir",
            str(folder),
            str(ROOT),
        ],
        check=True,
    )
    venv.create(folder / "venv", with_pip=False)
    interpreter = folder / "venv/bin/python"
    (wheel,) = folder.glob("twotracks-*.whl")
    site = subprocess.run(
        [interpreter, "-c", "import site; print(site.getsitepackages()[0])"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()
    subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "install",
            "--quiet",
            "--no-deps",
            "--no-index",
            "--disable-pip-version-check",
            "--target",
            site,
            str(wheel),
        ],
        check=True,
    )
    borrowed = next(path for path in map(Path, sys.path) if path.name == "site-packages")
    # The .pth of the checkout is not followed from a path that is itself in a .pth.
    (Path(site) / "borrowed.pth").write_text(f"{borrowed}\n")
    return interpreter


def run(python: Path, script: Path, folder: Path, *arguments: str) -> str:
    clean = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    copy = folder / script.name
    copy.write_bytes(script.read_bytes())
    done = subprocess.run(
        [python, copy.name, *arguments],
        cwd=folder,
        env=clean,
        text=True,
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_reader_has_the_wheel_and_not_the_checkout(python: Path) -> None:
    code = "import twotracks; print(twotracks.__file__)"
    found = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True)
    assert str(ROOT) not in found.stdout


def test_two_tracks_prints_the_tables_and_writes_the_flow(python: Path, tmp_path: Path) -> None:
    printed = run(python, ROOT / "examples/two_tracks.py", tmp_path)
    lines = printed.splitlines()
    assert lines[0].split() == ["Step", "Process", "Action", "Focus", "Outcome"]
    assert len(lines) == 11 + 1 + 4 + 2
    assert "All steps done" in lines[10]
    assert "monitor_model()" in lines[9]
    assert lines[15].split()[-1] == "Monitored"
    assert (tmp_path / "two_tracks.svg").read_text().startswith("<svg")
    assert {path.name for path in tmp_path.iterdir()} == {"two_tracks.py", "two_tracks.svg"}


def test_nine_steps_prints_a_run(python: Path, tmp_path: Path) -> None:
    read = Run.from_json(run(python, ROOT / "examples/nine_steps.py", tmp_path))
    assert read.passed
    assert len(read.steps) == 9


def test_year_prints_a_year(python: Path, tmp_path: Path) -> None:
    read = Year.from_json(run(python, ROOT / "examples/year.py", tmp_path))
    assert read.policies[0].policy == "never"
    assert all(len(policy.months) == 9 for policy in read.policies)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_an_example_names_what_it_needs(path: Path) -> None:
    """With the address of this version's wheel; a failure says what is to stand there."""
    block = needs_of_script(path.read_text(), wheel_of(ROOT)).block
    assert path.read_text().startswith(f"{block}\n\n"), f"{path} is to begin with:\n{block}"


def test_an_interval_is_the_one_that_scipy_gives(python: Path, tmp_path: Path) -> None:
    exact = stats.binomtest(87, 100).proportion_ci(method="wilson")
    printed = run(python, ROOT / "examples/interval.py", tmp_path)
    assert f"between {exact.low:.3f} and {exact.high:.3f}" in printed.splitlines()[0]


def test_scenario_says_which_step_noticed(python: Path, tmp_path: Path) -> None:
    collected, trained, validated = run(
        python, ROOT / "examples/scenario.py", tmp_path
    ).splitlines()
    assert collected == "collect_data(): Prepare dataset"
    assert trained == "train_model(): Create model artifact"
    assert validated.startswith("validate_model(): Refused: better than the base rate: refused")
