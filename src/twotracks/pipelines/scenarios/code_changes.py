"""Troubles with the code: commits that somebody made to the service."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

from twotracks.errors import TwoTracksError
from twotracks.pipelines.git import LEFT_OUT
from twotracks.pipelines.scenarios.scenario import Scenario

if TYPE_CHECKING:
    from pathlib import Path

    from twotracks.pipelines.scenarios.scenario import Change
    from twotracks.pipelines.world import World

PACKAGE = "src/flight_delay"


def edit(*edits: tuple[str, str, str], recorded_anew: bool = False) -> Change:
    """A change of the source.

    Args:
        edits: each the path of a file from the project, a text in it, and the text instead.
        recorded_anew: whether the author recorded the golden replies anew as well.
    """

    def change(world: World, folder: Path) -> World:
        source = folder / "source"
        shutil.copytree(world.source, source, ignore=LEFT_OUT)
        for name, old, new in edits:
            path = source / name
            text = path.read_text(encoding="utf-8")
            if text.count(old) != 1:
                raise TwoTracksError(
                    f"the text {old!r} is there {text.count(old)} times, not once",
                    where=name,
                    fix="Adapt the scenario to the source of the service.",
                )
            path.write_text(text.replace(old, new), encoding="utf-8")
        return replace(world, source=source, recorded_anew=recorded_anew)

    return change


CODE = (
    Scenario(
        name="syntax-error",
        kind="code",
        title="A commit leaves out a colon.",
        symptom="Why is the build red?",
        change=edit((f"{PACKAGE}/app.py", "-> FastAPI:", "-> FastAPI")),
        changes=("source",),
        software="check_types",
        ml="check_types",
    ),
    Scenario(
        name="failing-test",
        kind="code",
        title="A commit fills in a zero for what was not measured, and a unit test says no.",
        symptom="It worked on my machine, and now a test fails.",
        change=edit(
            (f"{PACKAGE}/features.py", "math.nan if value is None", "0.0 if value is None")
        ),
        changes=("source",),
        software="test",
        ml="test",
    ),
    Scenario(
        name="wrong-reply",
        kind="code",
        title="A commit answers with the probability of being on time; all unit tests pass.",
        symptom="The tests are green, and every answer is the wrong way round.",
        change=edit((f"{PACKAGE}/champion.py", "[:, 1]", "[:, 0]")),
        changes=("source",),
        software="check_replies",
        ml="deploy_model",
    ),
    Scenario(
        name="unit-skew",
        kind="code",
        title=(
            "The service turns temperatures into degrees Celsius, the model was trained on "
            "Fahrenheit; the unit tests of both are green."
        ),
        symptom="Training and service agree on the name of the column, and on nothing else.",
        change=edit(
            (
                f"{PACKAGE}/features.py",
                "    for name in CATEGORIES:",
                (
                    '    row["temp"] = (float(row["temp"]) - 32) * 5 / 9  # SI units everywhere\n'
                    "    for name in CATEGORIES:"
                ),
            ),
            (
                "tests/test_features.py",
                "    assert row == {",
                '    row["temp"] = round(float(row["temp"]) * 9 / 5 + 32, 6)\n    assert row == {',
            ),
            (
                "tests/test_batch.py",
                '    assert seen == {"status": 200,',
                (
                    '    celsius = seen["features"]["temp"]\n'
                    '    seen["features"]["temp"] = round(celsius * 9 / 5 + 32, 6)\n'
                    '    assert seen == {"status": 200,'
                ),
            ),
            recorded_anew=True,
        ),
        changes=("source", "recorded_anew"),
        software="",
        ml="deploy_model",
        by_hand=(
            "The commit. Its author changed the unit test with the code, and recorded the golden "
            "replies anew, because they were meant to change."
        ),
    ),
    Scenario(
        name="does-not-start",
        kind="code",
        title="A commit reads a setting that production does not have; the release does not start.",
        symptom="All checks passed, and the new release is down.",
        change=edit(
            (f"{PACKAGE}/__main__.py", "import json\n", "import json\nimport os\n"),
            (
                f"{PACKAGE}/__main__.py",
                "    options = parser.parse_args()\n",
                (
                    "    options = parser.parse_args()\n"
                    '    print(os.environ["FLIGHT_DELAY_SETTINGS"])\n'
                ),
            ),
        ),
        changes=("source",),
        software="deploy",
        ml="deploy",
    ),
)
