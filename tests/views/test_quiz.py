"""Questions whose key is computed, and all the ways in which one must fail."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from tests.views.troubles import troubles
from twotracks import Run, TwoTracksError
from twotracks.views.matrix import Matrix, matrix
from twotracks.views.player import player
from twotracks.views.quiz import Option, Question, asked, quiz
from twotracks.views.rows import Row, addressed

ANYWHERE = Row("validate_model", "Row 7")


def question(**changes: Any) -> Question[Run]:
    base: Question[Run] = Question(
        prompt="What is `Model` at the end?",
        options=(
            Option("Trained", "It was <watched> after that."),
            Option("Monitored", "The last step watched it.", ""),
        ),
        answer=lambda run: run.state("Model"),
        hint="Read the last column.",
        about=ANYWHERE,
    )
    return replace(base, **changes)


def test_what_it_is_about_picks_the_answer(passed_run: Run, refused_run: Run) -> None:
    assert asked(passed_run, question()).key == "B"
    assert asked(refused_run, question()).key == "A"


def test_all_of_it_can_be_read_without_a_script(passed_run: Run) -> None:
    markup = quiz(passed_run, [question()]).markup
    root = ET.fromstring(re.sub(r"(<input [^>]*)>", r"\1/>", markup))
    legend = root.find(".//legend")
    assert legend is not None
    assert "What is Model at the end?" in "".join(legend.itertext())
    assert legend.findtext("code") == "Model"
    labels = ["".join(label.itertext()).strip() for label in root.iter("label")]
    assert labels == ["Trained", "Monitored"]
    hint, answer = root.iter("details")
    assert "Read the last column. Row 7" in "".join(hint.itertext())
    told = ["".join(item.itertext()) for item in answer.iter("li")]
    assert told == ["Not right. It was <watched> after that.", "Right. The last step watched it."]
    assert "B is right." in "".join(answer.itertext())


def test_a_misreading_is_named(passed_run: Run) -> None:
    wrong: Option[Run] = Option(
        lambda run: run.state("Model", 6), "Training came before.", "stops at step 6"
    )
    one = question(options=(wrong, Option("Monitored", "So it is.")))
    assert asked(passed_run, one).choices[0].because == (
        "This answer stops at step 6. Training came before."
    )


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"options": (Option("None", "a"), Option("Trained", "b"))},
            "the answer is 'Monitored', and none of the options say so",
        ),
        (
            {"options": (Option("Monitored", "a"), Option("Monitored", "b"))},
            "and 2 of the options say so",
        ),
        (
            {"options": (Option("Monitored", "a"), Option("`monitored` ", "b"))},
            "two options read",
        ),
        ({"options": (Option("Monitored", "a"),)}, "it has 1 options"),
        (
            {"options": (Option("Monitored", "a"), Option("Trained", " "))},
            "its option 'Trained' has no explanation",
        ),
        (
            {"options": (Option("Monitored", "a", "is wrong"), Option("Trained", "b"))},
            "its right option 'Monitored' is called a misreading",
        ),
        ({"prompt": ""}, "it has no prompt"),
        ({"hint": ""}, "it has no hint"),
    ],
)
def test_a_question_that_cannot_be_asked_is_an_error(
    passed_run: Run, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(TwoTracksError, match=message):
        quiz(passed_run, [question(**changes)])


def test_a_quiz_has_questions_and_none_twice(passed_run: Run) -> None:
    with pytest.raises(TwoTracksError, match="without questions"):
        quiz(passed_run, [])
    with pytest.raises(TwoTracksError, match="the same question twice"):
        quiz(passed_run, [question(), question()])


def test_a_question_that_reads_otherwise_starts_anew(passed_run: Run, refused_run: Run) -> None:
    digests = {
        asked(passed_run, question()).digest,
        asked(passed_run, question(prompt="And now?")).digest,
        asked(refused_run, question()).digest,  # another key
    }
    assert len(digests) == 3


def test_a_row_is_looked_up(passed_run: Run) -> None:
    row = Row.of_step(passed_run, "validate_model", cell="ml")
    assert (row.address, row.label) == ("ml-validate_model", "Row 7: validate_model()")
    shown = player(passed_run).markup
    for one in (
        Row.of_step(passed_run, "validate_model"),
        Row.of_state(passed_run, "Model"),
    ):
        assert f' id="{one.address}"' in shown
    with pytest.raises(TwoTracksError, match="no step"):
        Row.of_step(passed_run, "guess_model")
    with pytest.raises(TwoTracksError):
        Row.of_state(passed_run, "Weather")
    with pytest.raises(TwoTracksError, match="is not the id"):
        Row("two words", "")


def test_a_row_of_a_table_has_an_id() -> None:
    frame = pd.DataFrame({"Policy": ["on alarm", "never"], "Brier": [0.1, 0.2]})
    frame.attrs = {"caption": "The year", "row_header": "Policy"}
    row = Row.of_table(addressed(frame), "on alarm", cell="year")
    assert (row.address, row.label) == ("year-on-alarm", "Row on alarm")
    with pytest.raises(TwoTracksError, match="no row 'always'"):
        Row.of_table(addressed(frame), "always")
    with pytest.raises(TwoTracksError, match="its rows have no ids"):
        Row.of_table(frame, "never")
    with pytest.raises(TwoTracksError, match="two rows have the id"):
        addressed(pd.concat([frame, frame]))


def test_a_question_may_be_about_a_matrix() -> None:
    known = matrix({one.name: one.runs for one in troubles()})
    row = Row.of_matrix(known, "july", cell="matrix")
    assert row.address == "matrix-july"
    assert '<tr id="july">' in known.html().markup
    ask: Question[Matrix] = Question(
        "How many troubles are there?",
        (Option(lambda m: len(m.rows), "All rows."), Option("none", "Look again.")),
        lambda m: len(m.rows),
        "Count.",
        row,
    )
    assert asked(known, ask).key == "A"
    with pytest.raises(TwoTracksError, match="no scenario"):
        Row.of_matrix(known, "jully")


def test_ids_are_unique(passed_run: Run) -> None:
    ids = re.findall(
        r' id="([^"]+)"', player(passed_run).markup + quiz(passed_run, [question()]).markup
    )
    assert len(ids) == len(set(ids))
