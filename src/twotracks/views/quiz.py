"""Questions about a run, whose right answer the run picks."""

from __future__ import annotations

from dataclasses import dataclass
from string import ascii_uppercase
from typing import TYPE_CHECKING

from twotracks.errors import TwoTracksError
from twotracks.views.html import Html
from twotracks.views.text import for_html

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from twotracks.run import Run


@dataclass(frozen=True)
class Question:
    """One question. There is no place to write a letter: the run says which option is right."""

    prompt: str
    options: tuple[str, ...]
    answer: Callable[[Run], str]
    """From the run to the text of the right option."""
    hint: str
    row: Callable[[Run], int]
    """From the run to the row of the process table that the hint is about."""
    because: str
    """Why the right option is right."""


def key(run: Run, question: Question) -> str:
    """The letter of the right option.

    Raises:
        TwoTracksError: no option, or more than one, is the answer that the run gives; or the hint
            is about a row that the process table does not have.
    """
    right = question.answer(run)
    letters = [
        letter
        for letter, option in zip(ascii_uppercase, question.options, strict=False)
        if option == right
    ]
    if len(letters) != 1:
        raise TwoTracksError(
            f"the run answers {right!r}, and {len(letters) or 'none'} of the options say so",
            where=f"question {question.prompt!r}",
            fix=f"Its options are: {', '.join(question.options)}",
        )
    row = question.row(run)
    if not 1 <= row <= len(run.steps) + 1:
        raise TwoTracksError(
            f"its hint is about row {row}, and the process table has rows 1 to "
            f"{len(run.steps) + 1}",
            where=f"question {question.prompt!r}",
            fix="Let `row` compute the row from the run.",
        )
    return letters[0]


def quiz(run: Run, questions: Sequence[Question]) -> Html:
    """Questions with their hints and answers folded away, readable without JavaScript.

    Raises:
        TwoTracksError: as `key`.
    """
    return Html(
        "".join(
            _question(run, question, number) for number, question in enumerate(questions, start=1)
        )
    )


def _question(run: Run, question: Question, number: int) -> str:
    letter = key(run, question)
    options = "".join(f"<li>{for_html(option)}</li>" for option in question.options)
    answer = for_html(question.answer(run))
    return (
        f"<div class='tt-question'><p><strong>Question {number}.</strong> "
        f"{for_html(question.prompt)}</p><ol class='tt-options' type='A'>{options}</ol>"
        f"<details><summary>Hint</summary><p>{for_html(question.hint)} Look at row "
        f"{question.row(run)}.</p></details>"
        f"<details><summary>Answer</summary><p><strong>{letter}: {answer}.</strong> "
        f"{for_html(question.because)}</p></details></div>"
    )
