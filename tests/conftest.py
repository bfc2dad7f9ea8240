"""Runs that many tests look at."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from twotracks import Run, evidence, record, step
from twotracks.record import GateRefused

if TYPE_CHECKING:
    from pathlib import Path

SOFTWARE, ML = "Software CI/CD", "ML CI/CD"

# The nine steps as the pipelines declare them, without their work.
PLAN = [
    (
        SOFTWARE,
        "code_commit",
        "Code changes",
        "Trigger pipeline",
        ("Code", "Committed"),
        ("Start: Code Commit", SOFTWARE),
    ),
    (
        SOFTWARE,
        "build",
        "Compile code",
        "Build artifact",
        ("Code", "Built"),
        ("Build -> Test -> Deploy",),
    ),
    (
        SOFTWARE,
        "test",
        "Run tests",
        "Verify code correctness",
        ("Code", "Tested"),
        ("Build -> Test -> Deploy",),
    ),
    (
        SOFTWARE,
        "deploy",
        "Deploy app",
        "Release software",
        ("Code", "Deployed"),
        ("Build -> Test -> Deploy", "Production Software"),
    ),
    (
        ML,
        "collect_data",
        "Gather data",
        "Prepare dataset",
        ("Data", "Collected"),
        ("Start: Code Commit", ML, "Data Collection -> Model Training"),
    ),
    (
        ML,
        "train_model",
        "Train model",
        "Create model artifact",
        ("Model", "Trained"),
        ("Data Collection -> Model Training",),
    ),
    (
        ML,
        "validate_model",
        "Evaluate model",
        "Check model quality",
        ("Model", "Validated"),
        ("Model Validation -> Deployment",),
    ),
    (
        ML,
        "deploy_model",
        "Deploy model",
        "Release model to production",
        ("Model", "Deployed"),
        ("Model Validation -> Deployment",),
    ),
    (
        ML,
        "monitor_model",
        "Monitor performance",
        "Detect model drift",
        ("Model", "Monitored"),
        ("Production Model & Monitoring",),
    ),
]


def rehearse(refused: str = "", failed: str = "") -> Run:
    """Record the nine steps without their work; one of them may refuse or fail."""
    with record(on_failure="keep") as run:
        for process, name, focus, outcome, sets, stages in PLAN:

            def work(name: str = name) -> None:
                evidence(
                    digest="ab" * 32,
                    share=0.123456,
                    score={"value": 0.1, "low": -0.05, "high": 0.25},
                    names=["x", "y"],
                )
                if name == refused:
                    raise GateRefused("not good <enough>")
                if name == failed:
                    raise ValueError("broken & gone")

            work.__name__ = work.__qualname__ = name
            step(
                process=process,
                focus=focus,
                outcome=outcome,
                sets=sets,
                evidence=("digest",),
                stages=stages,
                gate=name in ("test", "validate_model"),
                triggers=("a commit",) if name == "code_commit" else (),
                back_to="collect_data" if name == "monitor_model" else "",
            )(work)()
    return run


@pytest.fixture(scope="session")
def passed_run() -> Run:
    return rehearse()


@pytest.fixture(scope="session")
def refused_run() -> Run:
    return rehearse(refused="validate_model", failed="build")


@pytest.fixture(scope="session")
def nine_steps(tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, Path]:
    """The nine steps run for real, in a workspace that is kept while tests look at it."""
    from twotracks.pipelines import ml, software

    workspace = tmp_path_factory.mktemp("nine-steps")
    with record(workspace=workspace) as run:
        software.code_commit()
        software.build()
        software.test()
        software.deploy()
        ml.collect_data()
        ml.train_model()
        ml.validate_model()
        ml.deploy_model()
        ml.monitor_model()
    return run, workspace
