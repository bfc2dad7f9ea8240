"""The pages of the benchmark, in the format of each tool.

A page has about 300 words and three cells: a table, a model that is fitted, a diagram. They share
a session. All pages differ, so that no tool can answer one from what it kept of another.
"""

from __future__ import annotations

import json
import random
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING

from twotracks.execute import Engine, Settings, scan
from twotracks.execute.pool import Pool
from twotracks.execute.render import render_outputs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# What pages start with, in ours.
PRELOAD = ("pandas", "sklearn.datasets", "sklearn.linear_model", "sklearn.pipeline", "pygraphviz")
WORDS = 70  # a section
SUBJECTS = ("the loader", "each record", "a pipeline", "the sampler", "the report")
VERBS = ("keeps", "normalises", "collects", "validates", "summarises", "groups", "compares")
OBJECTS = (
    "`batch_size` rows at a time",
    "the **first** failing value",
    "measurements taken under load",
    "the *observed* frequencies",
    "their units and labels",
    "the `random_state` it was given",
)
CLAUSES = (
    "so that later steps can rely on it",
    "before anything is written",
    "which makes a failure easy to trace",
    "unless the caller asks otherwise",
    "even when the data does not fit in memory",
)
TABLE = """\
import pandas as pd

seed = {seed}
frame = pd.DataFrame(
    {{
        "step": range(10),
        "value": [(7 * i + seed) % 23 for i in range(10)],
        "share": [round(((i + 1) * seed % 101) / 101, 3) for i in range(10)],
        "label": [f"item-{{(i * seed) % 17}}" for i in range(10)],
    }}
)"""
MODEL = """\
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import classification_report
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

seed = {seed}
X, y = load_breast_cancer(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=seed, stratify=y)
model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=5000))
model.fit(X_train, y_train)
print(f"accuracy: {{model.score(X_test, y_test):.3f}} (seed {{seed}})")
report = pd.DataFrame(
    classification_report(y_test, model.predict(X_test), output_dict=True)
).T"""
DIAGRAM = """\
import pygraphviz

graph = pygraphviz.AGraph(directed=True, rankdir="LR")
graph.node_attr["shape"] = "box"
for i in range(9):
    graph.add_node(f"n{{i}}", label=f"stage {{i}}: {{(i * {seed}) % 19}}")
for i in range(8):
    graph.add_edge(f"n{{i}}", f"n{{i + 1}}")
    graph.add_edge(f"n{{(i * {seed}) % 9}}", f"n{{(i * 5 + 2) % 9}}", label=f"e{{i}}")


class Drawing:
    def _repr_html_(self):
        svg = graph.draw(format="svg", prog="dot").decode()
        return svg[svg.index("<svg") :]


drawing = Drawing()"""


@dataclass(frozen=True)
class Cell:
    """Statements, then a value to show: as a notebook does, or printed as HTML."""

    title: str
    body: str
    value: str

    @property
    def shown(self) -> str:
        return f"{self.body}\n{self.value}"

    @property
    def printed(self) -> str:
        return f"{self.body}\nprint({self.value}._repr_html_())"


@dataclass(frozen=True)
class Page:
    """A page, and how often its prose and the code of its second cell were edited."""

    number: int
    prose: int = 0
    code: int = 0

    @property
    def slug(self) -> str:
        return f"page_{self.number:03}"

    @property
    def title(self) -> str:
        return f"Guide {self.number}"

    @property
    def seed(self) -> int:
        return 10_000 * self.code + 37 * self.number + 1

    @property
    def cells(self) -> tuple[Cell, Cell, Cell]:
        return (
            Cell("Table", TABLE.format(seed=37 * self.number), "frame"),
            Cell("Model", MODEL.format(seed=self.seed), "report"),
            Cell("Diagram", DIAGRAM.format(seed=37 * self.number + 2), "drawing"),
        )

    @property
    def edition(self) -> str:
        """What its text says of how often it was edited."""
        return f"This is edition {self.prose} of the page."

    @property
    def source(self) -> str:
        """The line of its code that is edited."""
        return f"seed = {self.seed}\n"

    @property
    def result(self) -> str:
        """What only a run of its code gives, and no other page."""
        return f"(seed {self.seed})"

    def sections(self) -> Iterator[tuple[str, str, Cell | None]]:
        """Title, text and cell of each section."""
        words = random.Random(self.number)
        yield "Overview", f"{_paragraph(words)} {self.edition}", None
        for cell in self.cells:
            yield cell.title, _paragraph(words), cell


def _paragraph(words: random.Random) -> str:
    sentences: list[str] = []
    while sum(len(sentence.split()) for sentence in sentences) < WORDS:
        text = " ".join(words.choice(part) for part in (SUBJECTS, VERBS, OBJECTS, CLAUSES))
        sentences.append(f"{text[0].upper()}{text[1:]}.")
    return " ".join(sentences)


def markdown(page: Page, cell: Callable[[Page, Cell], str], before: str = "") -> str:
    """The page as Markdown, its cells in the tool's own words."""
    parts = [f"{before}# {page.title}"]
    for title, text, code in page.sections():
        parts += [f"## {title}", text]
        parts += [cell(page, code)] if code else []
    return "\n\n".join(parts) + "\n"


def plain(_page: Page, cell: Cell) -> str:
    """The code, and nothing of what it shows."""
    return f"```python\n{cell.shown}\n```"


def pasted(page: Page, cell: Cell) -> str:
    """The code, and what our engine shows of it, as text that nobody has to make."""
    return f"{plain(page, cell)}\n\n<div>\n{_outputs(page)[cell.title]}\n</div>"


@cache
def _outputs(page: Page) -> dict[str, str]:
    """The HTML of the cells' outputs, by their titles."""
    scanned = scan(markdown(page, ours), f"docs/{page.slug}.md")
    record = _engine().record(scanned)
    found = {}
    for number, (cell, shown) in enumerate(zip(page.cells, record.cells, strict=True)):
        html = render_outputs(shown, scanned.cells[number].options, number)
        # A blank line inside would end the HTML for Markdown.
        found[cell.title] = re.sub(r"\n\s*\n", "\n", html)
    return found


@cache
def _engine() -> Engine:
    root = Path(mkdtemp())
    return Engine(Settings(root), pool=Pool(root, PRELOAD))


def ours(_page: Page, cell: Cell) -> str:
    return f"```python exec\n{cell.shown}\n```"


def markdown_exec(page: Page, cell: Cell) -> str:
    options = f'exec="on" html="on" source="above" session="{page.slug}"'
    return f"```python {options}\n{cell.printed}\n```"


def myst(_page: Page, cell: Cell) -> str:
    return f"```{{code-cell}} python\n{cell.shown}\n```"


def notebook(page: Page) -> str:
    """The page as a notebook that has not run."""
    cells: list[dict[str, object]] = []

    def add(kind: str, source: str, **more: object) -> None:
        name = f"cell-{len(cells)}"
        cells.append({"cell_type": kind, "id": name, "metadata": {}, "source": source, **more})

    for title, text, code in page.sections():
        heading = "" if cells else f"# {page.title}\n\n"
        add("markdown", f"{heading}## {title}\n\n{text}")
        if code:
            add("code", code.shown, execution_count=None, outputs=[])
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return json.dumps(
        {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    )


def gallery(page: Page, *, rst: bool) -> str:
    """The page as a script with its text in comments, for the two galleries."""

    def headed(title: str, text: str) -> str:
        if rst:
            return f"{title}\n{'-' * len(title)}\n\n{text.replace('`', '``')}"
        return f"## {title}\n\n{text}"

    (title, text, _), *rest = page.sections()
    heading = f"{page.title}\n{'=' * len(page.title)}" if rst else f"# {page.title}"
    parts = [f'"""\n{heading}\n\n{headed(title, text)}\n"""']
    for title, text, code in rest:
        comment = "\n".join(f"# {line}".rstrip() for line in headed(title, text).split("\n"))
        parts.append(f"# %%\n{comment}\n\n{code.shown if code else ''}")
    return "\n\n".join(parts) + "\n"
