"""A run as a diagram: two lanes with a box for every step, or the boxes of the overview."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import graphviz

from twotracks.views.svg import FONT, inline, render
from twotracks.views.text import for_dot

if TYPE_CHECKING:
    from twotracks.run import Run, StepRecord


class Flow(graphviz.Digraph):  # type: ignore[misc]
    """A `graphviz.Digraph` that draws itself without a `dot` program, in a notebook too."""

    title: str = "A graph"
    """Its short name."""
    description: str = ""
    """What there is to see, in words."""

    def svg(self) -> str:
        """The diagram as SVG, for a page or for a file of its own."""
        return inline(render(self.source), self.title, self.description, self.name)

    def write(self, path: str | Path) -> Path:
        """Write the diagram as an SVG file, and give its path."""
        target = Path(path)
        target.write_text(self.svg() + "\n", encoding="utf-8")
        return target

    def pipe(
        self,
        format: str | None = None,  # noqa: A002 - graphviz named it
        *args: Any,
        encoding: str | None = None,
        **kwargs: Any,
    ) -> bytes | str:
        """As `graphviz.Digraph.pipe`; SVG comes from the renderer, other formats need `dot`."""
        if (format or self.format) not in ("svg", "pdf"):
            return super().pipe(format, *args, encoding=encoding, **kwargs)  # type: ignore[no-any-return]
        svg = self.svg()
        return svg if encoding else svg.encode()

    def _repr_mimebundle_(
        self, include: Any = None, exclude: Any = None, **kwargs: Any
    ) -> dict[str, str]:
        del include, exclude, kwargs
        return {"image/svg+xml": self.svg(), "text/plain": str(self)}

    def __str__(self) -> str:
        """What it shows, in words; its DOT is `source`."""
        return f"{self.title}\n{self.description}"


def slug(text: str) -> str:
    """A name as a CSS class: `Software CI/CD` gives `tt-software-ci-cd`."""
    return "tt-" + re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def flow(run: Run, *, grouped: bool = False) -> Flow:
    """Draw a run.

    Args:
        run: what `record()` gave.
        grouped: draw the boxes of the overview instead of a box for every step.

    Returns:
        With `grouped`, the boxes and arrows that the steps' `stages` name. Without, one lane for
        each process: what triggers it, its steps, where it can refuse, and the way back.
    """
    return _overview(run) if grouped else _lanes(run)


def chains(run: Run) -> dict[str, tuple[str, ...]]:
    """For each process the boxes of the overview, in the order in which its steps pass them."""
    found: dict[str, list[str]] = {process: [] for process in run.processes}
    for step in run.steps:
        for box in step.boxes:
            if box not in found[step.process]:
                found[step.process].append(box)
    return {process: tuple(boxes) for process, boxes in found.items()}


def _overview(run: Run) -> Flow:
    paths = chains(run)
    told = "; ".join(f"{process}: {', then '.join(boxes)}" for process, boxes in paths.items())
    drawing = _drawing("overview", "The two pipelines, an overview", told)
    owners: dict[str, list[str]] = {}
    for process, boxes in paths.items():
        for box in boxes:
            owners.setdefault(box, []).append(process)
    reached = {box for step in run.steps if step.passed for box in step.boxes}
    names = {box: f"box-{number}" for number, box in enumerate(owners, start=1)}
    for box, processes in owners.items():
        shared = len(processes) > 1
        classes = [] if shared else [slug(processes[0])]
        drawing.node(
            names[box],
            for_dot(box),
            **_class(*classes, *([] if box in reached else ["tt-skipped"])),
        )
    for process, boxes in paths.items():
        for before, after in pairwise(boxes):
            drawing.edge(names[before], names[after], **_class(slug(process)))
    return drawing


def _lanes(run: Run) -> Flow:
    drawing = _drawing("flow", "The run, step by step", describe(run))
    for number, process in enumerate(run.processes, start=1):
        steps = [step for step in run.steps if step.process == process]
        with drawing.subgraph(name=f"cluster_{number}") as lane:
            lane.attr(
                label=for_dot(process),
                labeljust="l",
                style="rounded",
                margin="14",
                **_class(slug(process)),
            )
            for step in steps:
                lane.node(
                    _id(step),
                    _label(step),
                    id=_id(step),
                    **_shape(step),
                    **_class(slug(process), f"tt-{step.status}"),
                )
            for before, after in pairwise(steps):
                lane.edge(_id(before), _id(after), **_class(slug(process)))
            _add_triggers(lane, steps)
            _add_ways_back(lane, steps)
    return drawing


def _add_triggers(lane: graphviz.Digraph, steps: list[StepRecord]) -> None:
    for step in steps:
        for number, trigger in enumerate(step.triggers, start=1):
            name = f"trigger-{step.number}-{number}"
            lane.node(name, for_dot(trigger), shape="plain", **_class("tt-trigger"))
            lane.edge(name, _id(step), **_class(slug(step.process)))


def _add_ways_back(lane: graphviz.Digraph, steps: list[StepRecord]) -> None:
    for step in steps:
        target = next((other for other in steps if other.name == step.back_to), None)
        if target:
            lane.edge(
                _id(step),
                _id(target),
                label=" back",
                constraint="false",
                **_class(slug(step.process), "tt-back"),
            )


def describe(run: Run) -> str:
    """A diagram of lanes in words: for each process its triggers, its steps, and the ways back."""
    parts = []
    for process in run.processes:
        steps = [step for step in run.steps if step.process == process]
        triggers = [trigger for step in steps for trigger in step.triggers]
        started = f", started by {', '.join(triggers)}" if triggers else ""
        told = ", then ".join(_told(step) for step in steps)
        parts.append(f"{process}{started}: {told}.")
        parts += [
            f"From {step.action} a way leads back to {step.back_to}()."
            for step in steps
            if step.back_to
        ]
    return " ".join(parts)


def _told(step: StepRecord) -> str:
    gate = " (a gate)" if step.gate else ""
    state = f" sets {step.change.variable} to {step.change.state}" if step.change else ""
    ended = "" if step.passed else f" {step.status}"
    return f"{step.number} {step.action}{gate}{state}{ended}"


def _label(step: StepRecord) -> str:
    """Short lines: number and call, what it set or how it ended, and whether it is a gate."""
    ended = f"{step.change.variable}: {step.change.state}" if step.change else step.status
    lines = [f"{step.number}  {step.action}", ended]
    if step.gate and step.passed:
        lines.append("may refuse")
    return "\\n".join(for_dot(line) for line in lines)


def _shape(step: StepRecord) -> dict[str, str]:
    """A gate has cut corners, so that it is told from other steps without its colour."""
    return {"shape": "octagon", "margin": "0.05,0.02"} if step.gate else {}


def _drawing(name: str, title: str, description: str) -> Flow:
    drawing = Flow(name)
    drawing.title, drawing.description = title, description
    drawing.attr(
        rankdir="TB",
        bgcolor="transparent",
        nodesep="0.35",
        ranksep="0.38",
        fontname=FONT,
        fontsize="13",
        pad="0.1",
    )
    drawing.attr(
        "node", shape="box", style="rounded", fontname=FONT, fontsize="13", margin="0.16,0.08"
    )
    drawing.attr("edge", fontname=FONT, fontsize="12", arrowsize="0.7")
    return drawing


def _class(*names: str) -> dict[str, str]:
    return {"class": " ".join(names)} if names else {}


def _id(step: StepRecord) -> str:
    return f"step-{step.number}"
