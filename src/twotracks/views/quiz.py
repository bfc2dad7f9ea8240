"""Questions whose right answer is computed from what they are about: a run, a matrix, a year."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from string import ascii_uppercase
from typing import TYPE_CHECKING, Generic, TypeAlias, TypeVar

from twotracks.errors import TwoTracksError
from twotracks.views.html import Html
from twotracks.views.text import for_html

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twotracks.views.rows import Row

T = TypeVar("T")

FEWEST = 2
"""How many options a question must have."""

Text: TypeAlias = str | Callable[[T], object]
"""Words, or a function that computes them from what the question is about."""


@dataclass(frozen=True)
class Option(Generic[T]):
    """One answer that a reader may choose. Whether it is right is not written here."""

    text: Text[T]
    """The answer. That of a misreading is best computed, as the right one is."""
    because: Text[T]
    """Why it is right, or wrong."""
    misreading: str = ""
    """What leads to this answer, as it goes on after "This answer": `counts the last step, too`."""


@dataclass(frozen=True)
class Question(Generic[T]):
    """One question. There is no place to write a letter: what it is about says which is right.

    In all words, what stands between backquotes is set as code.
    """

    prompt: Text[T]
    options: tuple[Option[T], ...]
    answer: Callable[[T], object]
    """Computes the text of the right option."""
    hint: Text[T]
    """What to look at, without giving the answer away."""
    about: Row
    """Where on the page that is: the hint leads there."""


@dataclass(frozen=True)
class Choice:
    """An option in words: what it says, whether it is right, and why."""

    text: str
    right: bool
    because: str


@dataclass(frozen=True)
class Asked:
    """A question in words, with its key."""

    prompt: str
    choices: tuple[Choice, ...]
    hint: str
    about: Row

    @property
    def key(self) -> str:
        """The letter of the right option."""
        return next(
            letter
            for letter, choice in zip(ascii_uppercase, self.choices, strict=False)
            if choice.right
        )

    @property
    def digest(self) -> str:
        """Tells it from other questions, and from itself once its words have changed."""
        words = "\n".join((self.prompt, *(choice.text for choice in self.choices), self.key))
        return sha256(words.encode()).hexdigest()[:12]


def asked(subject: T, question: Question[T]) -> Asked:
    """Compute the words of a question and its key.

    Args:
        subject: What the question is about.
        question: The question.

    Raises:
        TwoTracksError: no option, or more than one, is the answer; two options read the same; an
            option has no explanation; the right one is called a misreading; or the prompt or the
            hint is empty.
    """
    prompt = _words(subject, question.prompt)
    where = f"question {prompt!r}"
    right = str(question.answer(subject)).strip()
    texts = [_words(subject, option.text) for option in question.options]
    _check(texts, right, where)
    choices = []
    for text, option in zip(texts, question.options, strict=True):
        because = _words(subject, option.because)
        if not because:
            raise TwoTracksError(
                f"its option {text!r} has no explanation",
                where=where,
                fix="Say in `because` why it is right, or wrong.",
            )
        if option.misreading and text == right:
            raise TwoTracksError(
                f"its right option {text!r} is called a misreading",
                where=where,
                fix="What it is about has changed. Think of another misreading, or leave it out.",
            )
        reads = f"This answer {option.misreading.rstrip('.')}. " if option.misreading else ""
        choices.append(Choice(text, text == right, reads + because))
    hint = _words(subject, question.hint)
    if not prompt or not hint:
        raise TwoTracksError(f"it has no {'hint' if prompt else 'prompt'}", where=where)
    return Asked(prompt, tuple(choices), hint, question.about)


def _check(texts: Sequence[str], right: str, where: str) -> None:
    """That one option is right, and that no two read the same."""
    listed = f"Its options are: {', '.join(texts)}"
    if not FEWEST <= len(texts) <= len(ascii_uppercase):
        fix = f"Give {FEWEST} to {len(ascii_uppercase)}."
        raise TwoTracksError(f"it has {len(texts)} options", where=where, fix=fix)
    found = texts.count(right)
    if found != 1:
        raise TwoTracksError(
            f"the answer is {right!r}, and {found or 'none'} of the options say so",
            where=where,
            fix=listed,
        )
    reads = [" ".join(text.replace("`", "").casefold().split()) for text in texts]
    for text, read in zip(texts, reads, strict=True):
        if reads.count(read) > 1:
            raise TwoTracksError(f"two options read {text!r}", where=where, fix=listed)


def quiz(subject: T, questions: Sequence[Question[T]]) -> Html:
    """Questions to be answered, readable without JavaScript: hints and answers are folded away.

    With it, a reader checks an answer, is told why, may try again, and keeps the result.

    Args:
        subject: What the questions are about.
        questions: One or more.

    Raises:
        TwoTracksError: as `asked`; or there is no question, or one stands there twice.
    """
    found = [asked(subject, question) for question in questions]
    if not found:
        raise TwoTracksError("a quiz without questions", where="quiz()")
    digests = [one.digest for one in found]
    for one in found:
        if digests.count(one.digest) > 1:
            raise TwoTracksError("the same question twice", where=f"question {one.prompt!r}")
    shown = "".join(_question(one, n, len(found)) for n, one in enumerate(found, start=1))
    return Html(
        f'<tt-quiz>{shown}<div class="tt-results"><p role="status">'
        f"0 of {len(found)} right at the first try, {len(found)} to go.</p>"
        '<p><button type="button" data-clear="page">Clear this page</button> '
        '<button type="button" data-clear="site">Clear all pages</button></p></div></tt-quiz>'
    )


def _question(one: Asked, number: int, count: int) -> str:
    options = "".join(
        f'<li><label><input type="radio" name="option" value="{place}"> '
        f"<span>{_inline(choice.text)}</span></label></li>"
        for place, choice in enumerate(one.choices)
    )
    answers = "".join(map(_explained, one.choices))
    # The form goes nowhere: `dialog` closes the dialog around it, and there is none.
    return (
        f'<form class="tt-question" method="dialog" data-question="{one.digest}"><fieldset>'
        f'<legend><span class="tt-which">Question {number} of {count}'
        f'<span class="tt-state"></span></span> {_inline(one.prompt)}</legend>'
        f'<ol class="tt-options" type="A">{options}</ol></fieldset>'
        '<div class="tt-bar"><button>Check</button>'
        f'<details class="tt-hint"><summary>Hint</summary><p>{_inline(one.hint)} '
        f'<a href="#{for_html(one.about.address)}">{for_html(one.about.label)}</a></p></details>'
        f'<details class="tt-answer"><summary>Answer</summary><p><strong>{one.key}</strong> is '
        f'right.</p><ol type="A">{answers}</ol></details></div>'
        '<div class="tt-feedback" aria-live="polite"></div></form>'
    )


def _explained(choice: Choice) -> str:
    css, verdict = (' class="tt-right"', "Right.") if choice.right else ("", "Not right.")
    return f"<li{css}><strong>{verdict}</strong> {_inline(choice.because)}</li>"


def _words(subject: T, text: Text[T]) -> str:
    return str(text(subject) if callable(text) else text).strip()


def _inline(text: str) -> str:
    """Text as HTML, with code between backquotes."""
    return re.sub("`([^`]+)`", r"<code>\1</code>", for_html(text))
