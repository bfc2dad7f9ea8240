"""What a step left, in a block of few elements: what it is, and a line for each fact."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twotracks.views.flow import slug
from twotracks.views.noticing import alerts, notices
from twotracks.views.tables import facts, show
from twotracks.views.text import for_html, sentence

if TYPE_CHECKING:
    from twotracks.run import Run, StepRecord


def evidence_blocks(run: Run) -> str:
    """The evidence of every step, folded, each block with the step's number in `data-step`.

    What is said of the step in one breath stands in `data-told`.
    """
    blocks = "".join(map(_block, run.steps))
    return f'<div class="tt-evidence"><div><p>Evidence of each step</p>{blocks}</div></div>'


def told(step: StepRecord) -> str:
    """How a step ended and what it set, in one breath.

    Returns:
        For example `train_model(), passed. Model: Trained.`
    """
    ended = step.status if step.passed else f"{step.status}: {step.reason}"
    if step.taken_over:
        ended += " in the clean run"
    if step.passed and alerts(step):
        ended += f", with an alert: {'; '.join(alerts(step))}"
    text = sentence(f"{step.action}, {ended}")
    return f"{text} {step.change.variable}: {sentence(step.change.state)}" if step.change else text


def classes(step: StepRecord) -> str:
    """The classes of whatever stands for a step: its process, how it ended, if it noticed."""
    noticed = " tt-noticed" if notices(step) else ""
    return f"{slug(step.process)} tt-{step.status}{noticed}"


def lines(step: StepRecord) -> list[str]:
    """A line for each fact, `name: value`; first why the step did not pass, if it did not."""
    found = [fact for name, value in step.evidence.items() for fact in facts(name, value)]
    said = [] if step.passed else [(step.status, step.reason)]
    return [f"{name}: {show(value)}" for name, value in [*said, *found]] or ["no evidence"]


def _block(step: StepRecord) -> str:
    # A word and not only a colour for what did not go as it should.
    word = "alert" if step.passed and notices(step) else "" if step.passed else step.status
    marked = f" <em>{word}</em>" if word else ""
    # What has several lines of its own is set in under its name.
    facts_ = for_html("\n".join(line.replace("\n", "\n  ") for line in lines(step)))
    return (
        f'<details class="{classes(step)}" data-step="{step.number}" '
        f'data-told="{for_html(told(step))}"><summary><b>{step.number}</b> '
        f"{for_html(step.action)}{marked}</summary><pre>\n{facts_}</pre></details>"
    )
