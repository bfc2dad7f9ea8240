"""A page's cells show what a notebook's cells show: the same cells, run by nbclient and by us."""

from __future__ import annotations

import os
import re
import stat
import sys
from textwrap import dedent
from typing import TYPE_CHECKING, Any

import nbclient
import nbformat
import pytest

from twotracks.execute import Engine, Settings, scan
from twotracks.execute.outputs import Raised, Stream
from twotracks.execute.pool import Pool

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from twotracks.execute.outputs import Output

# Text that is flushed keeps its order in a notebook; text that is not may come later.
CELLS = {
    "a number": "6 * 7",
    "a float": "0.1 + 0.2",
    "text": "'it\\'s\\n\"quoted\"'",
    "bytes": "b'\\x00a'",
    "unicode": "print('naïve café, 東京, 🚆, \\u202e')\n'naïve café, 東京, 🚆, \\u202e'",
    "none": "None",
    "an assignment": "answer = 42",
    "a semicolon": "answer;  # not shown",
    "a semicolon in the text": "'a;'  # ;",
    "a long list": "list(range(100))",
    "a very long list": "list(range(2_000))",
    "nested containers": """
        {"names": ["a" * 30, "b" * 30, "c" * 30], "set": {3, 1, 2}, "empty": (), "one": (1,)}
        """,
    "a container of itself": "itself = [1]\nitself.append(itself)\nitself",
    "counters and orders": """
        from collections import Counter, OrderedDict, defaultdict, deque
        [Counter("abca"), OrderedDict(a=1), defaultdict(list, a=[1]), deque([1], maxlen=3)]
        """,
    "a function, a class and a module": """
        import math
        def double(x, *, twice=False): ...
        class Empty: ...
        [double, Empty, Empty(), math, len, int, Empty.__init__, ValueError("no"), range(3)]
        """,
    "a data class": """
        from dataclasses import dataclass
        @dataclass
        class Flight:
            number: int
            route: list[str]
        Flight(7, ["EWR" * 12, "LAX" * 12, "JFK" * 12])
        """,
    "a namespace, a path and a date": """
        from datetime import date
        from pathlib import PurePosixPath
        from types import SimpleNamespace
        SimpleNamespace(path=PurePosixPath("a/b"), date=date(2013, 1, 1), text="x" * 70)
        """,
    "a generator": "(number for number in range(3))",
    "an object without a repr": "object()",
    "its own layout": """
        class Pretty:
            def _repr_pretty_(self, p, cycle):
                with p.group(2, "Pretty(", ")"):
                    p.pretty(list(range(40)))
        Pretty()
        """,
    "a data frame": """
        import pandas as pd
        flights = pd.DataFrame({"carrier": ["UA", "B6"], "delay": [1.5, None]})
        flights
        """,
    "a wide data frame": "pd.DataFrame([range(30)], columns=[f'column {i}' for i in range(30)])",
    "a wide data frame, printed": "print(pd.DataFrame([range(30)]))",
    "a long data frame": "pd.DataFrame({'a': range(100)})",
    "a styler": "flights.style.format(precision=1).set_caption('Delays')",
    "a series": "flights['delay']",
    "an index": "flights.index",
    "an array": "import numpy as np\nnp.arange(12.0).reshape(3, 4)",
    "an estimator": """
        from sklearn.linear_model import LogisticRegression
        LogisticRegression(C=0.5)
        """,
    "a pipeline": """
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler
        make_pipeline(StandardScaler(), LogisticRegression())
        """,
    "a figure's axes": """
        from matplotlib.figure import Figure
        Figure().subplots()
        """,
    "a diagram": """
        import graphviz
        graphviz.Digraph("tracks", body=["a -> b"])
        """,
    "a diagram of ours": """
        from twotracks.views.flow import Flow
        flow = Flow("tracks")
        flow.edge("a", "b")
        flow
        """,
    "markdown": "from IPython.display import Markdown\nMarkdown('*one* $x$')",
    "latex": "from IPython.display import Latex, Math\ndisplay(Latex('$x$'))\nMath('x^2')",
    "html, svg and scripts": """
        from IPython.display import HTML, SVG, IFrame, Javascript
        display(HTML("<b id='x'>&amp;</b>"), SVG("<svg><g/></svg>"), Javascript("alert(1)"))
        IFrame("a.html", 10, 20)
        """,
    "json": "from IPython.display import JSON\nJSON({'a': [1, None]}, expanded=True)",
    "an image": """
        import base64
        from IPython.display import Image
        pixel = base64.b64decode(
            "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5E"
            "rkJggg=="
        )
        Image(pixel, width=20, alt="a pixel")
        """,
    "a picture of Pillow": "from PIL import Image as Pictures\nPictures.new('RGB', (2, 2), 'red')",
    "a pdf": """
        class Pdf:
            def _repr_pdf_(self): return b"%PDF-"
            def __repr__(self): return "pdf"
        Pdf()
        """,
    "all forms": """
        class Forms:
            def _repr_html_(self): return "<b>forms</b>"
            def _repr_latex_(self): return "$f$"
            def _repr_markdown_(self): return None
            def _repr_svg_(self): raise NotImplementedError
            def _repr_png_(self): return pixel, {"width": 3}
            def _repr_json_(self): return {"a": 1}, {"expanded": True}
            def _repr_javascript_(self): return "f()"
            def __repr__(self): return "forms"
        Forms()
        """,
    "a class": "Forms",
    "a mock": "from unittest.mock import MagicMock\nMagicMock(__repr__=lambda _: 'mock')",
    "a proxy": """
        class Proxy:
            def __getattr__(self, name): return getattr(Forms(), name)
            def __repr__(self): return "proxy"
        Proxy()
        """,
    "a bundle": """
        class Both:
            def _repr_mimebundle_(self, include=None, exclude=None):
                data = {"text/html": "<i>bundle</i>", "application/x+json": {"a": [1]}}
                return data, {"text/html": {"isolated": True}}
            def _repr_html_(self): return "<b>not asked</b>"
            def _repr_latex_(self): return "$both$"
            def __repr__(self): return "both"
        Both()
        """,
    "an object that displays itself": """
        class Itself:
            def _ipython_display_(self): print("here I am", flush=True)
        display(Itself())
        Itself()
        """,
    "display() several times": """
        print("before", flush=True)
        display(1, [2], flights)
        print("between", flush=True)
        display("last", include=["text/plain"])
        display(Forms(), exclude=["text/html"], metadata={"image/png": {"height": 2}})
        """,
    "display() of IPython": """
        from IPython.core.display import display_functions
        from IPython.display import display as show, publish_display_data
        show(flights, raw=False)
        publish_display_data({"text/plain": "published"}, {"a": 1})
        show({"text/plain": "raw"}, raw=True)
        """,
    "an update": """
        handle = display("first", display_id=True)
        display("second")
        handle.update("third")
        """,
    "cleared": """
        from IPython.display import clear_output
        print("gone", flush=True)
        display("gone too")
        clear_output()
        print("stays", flush=True)
        clear_output(wait=True)
        print("stays alone", flush=True)
        """,
    "stdout and stderr interleaved": """
        import sys
        for number in range(3):
            print("out", number, flush=True)
            print("err", number, file=sys.stderr, flush=True)
        "the result"
        """,
    "a warning": "import warnings\nwarnings.warn('careful', stacklevel=1)",
    "a deprecation": "warnings.warn('old', DeprecationWarning, stacklevel=1)",
    "a log": "import logging\nlogging.getLogger('page').warning('careful')",
    "colours": "print('\\x1b[31mred\\x1b[0m \\x1b[1;38;5;208morange\\x1b[0m', flush=True)",
    "a progress bar": """
        for percent in (0, 50, 100):
            print(f"\\r{percent:>3}%", end="", file=sys.stderr, flush=True)
        """,
    "text without a line break": "print('a', end='')",
}


def stand_in_for_dot(folder: Path) -> None:
    """A program `dot` that lays out with the Graphviz that pygraphviz brings."""
    program = folder / "dot"
    program.write_text(
        f"#!{sys.executable}\n"
        "import sys, pygraphviz\n"
        "graph = pygraphviz.AGraph(sys.stdin.read())\n"
        "sys.stdout.buffer.write(graph.draw(format='svg', prog='dot'))\n"
    )
    program.chmod(program.stat().st_mode | stat.S_IXUSR)


# What differs from run to run, and what stands for it.
def addresses(text: str) -> str:
    return re.sub(r"\bat 0x[0-9a-f]+", "at 0x...", text)


def random_ids(text: str) -> str:
    return re.sub(r"\bT_[0-9a-f]{5}(?=[_\"'\s{])", "T_style", text)


def code_files(text: str) -> str:
    """A notebook's cell is a file of its own in a temporary folder; a page's is in the page."""
    return re.sub(r"(?:\S*/ipykernel_\d+/\d+\.py|docs/page\.md):\d+: ", "CELL: ", text)


def base64_lines(text: str) -> str:
    """Some of IPython's base64 ends in a line break."""
    return text.rstrip("\n")


NORMALISERS = (addresses, random_ids, code_files, base64_lines)

# What differs on purpose: the cell, what a notebook shows, and what a page shows.
DIFFERENCES = {
    "a figure is a drawing, not a picture of one": (
        """
        import matplotlib.pyplot as plt
        print("before", flush=True)
        figure, axes = plt.subplots()
        plt.show()
        print("after", flush=True)
        """,
        ["stdout: before", "display: image/png, text/plain", "stdout: after"],
        ["stdout: before", "display: image/svg+xml, text/plain", "stdout: after"],
    ),
    "a figure that is the result is shown once": (
        "figure, axes = plt.subplots()\nfigure",
        ["result: image/png, text/plain", "display: image/png, text/plain"],
        ["result: image/svg+xml, text/plain"],
    ),
    "what a later cell updates stays as it was": (
        "late = display('in time', display_id=True)",
        ["display: text/markdown, text/plain"],
        ["display: text/plain"],
    ),
    "an update reaches its own cell only": (
        """
        try:
            late.update(Markdown("*too late*"))
        except Exception as error:
            print(type(error).__name__, flush=True)
        """,
        [],
        ["stdout: TwoTracksError"],
    ),
    "nothing claims to be IPython": (
        "print('get_ipython' in dir(__builtins__) or 'get_ipython' in globals(), flush=True)",
        ["stdout: True"],
        ["stdout: False"],
    ),
    "programs are not told to use colours": (
        "import os\nprint(os.environ.get('FORCE_COLOR'), flush=True)",
        ["stdout: 1"],
        ["stdout: None"],
    ),
}
# These end a page unless it says that it expects them; and then they are shown in short.
FAILURES = {
    "an exception": ("ZeroDivisionError", "1 / 0"),
    "an object that fails to show itself": (
        "RuntimeError",
        """
        class Broken:
            def _repr_html_(self): raise RuntimeError("no form")
        Broken()
        """,
    ),
    "a form that is no text": (
        "TwoTracksError",
        """
        class Wrong:
            def _repr_html_(self): return 1
        Wrong()
        """,
    ),
}


Shown = dict[str, list[dict[str, Any]]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """An empty project, with a `dot` on the path."""
    folder = tmp_path_factory.mktemp("project")
    programs = tmp_path_factory.mktemp("bin")
    stand_in_for_dot(programs)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
        yield folder


def sources() -> dict[str, tuple[str, str]]:
    """All cells that run, with the exception that each raises."""
    cells = {name: ("", source) for name, source in CELLS.items()}
    cells |= {name: ("", source) for name, (source, _, _) in DIFFERENCES.items()}
    cells |= FAILURES
    return {name: (raises, dedent(source).strip()) for name, (raises, source) in cells.items()}


@pytest.fixture(scope="module")
def notebook(folder: Path) -> Shown:
    """What a notebook of all the cells shows: one kernel for all of them."""
    new: Any = nbformat.v4
    content = new.new_notebook(cells=[new.new_code_cell(code) for _, code in sources().values()])
    client = nbclient.NotebookClient(
        content,
        timeout=60,
        allow_errors=True,
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
    )
    client.execute()
    shown = [[dict(output) for output in cell.outputs] for cell in content.cells]
    return dict(zip(sources(), map(normalised, shown), strict=True))


@pytest.fixture(scope="module", params=["forked", "new"])
def page(folder: Path, request: pytest.FixtureRequest) -> Shown:
    """What a page of all the cells shows, run in both ways."""
    text = "\n".join(
        f"```python exec{expected(raises)}\n{source}\n```\n"
        for raises, source in sources().values()
    )
    with Pool(folder) as pool:
        engine = Engine(Settings(folder), pool=pool if request.param == "forked" else None)
        record = engine.record(scan(text, "docs/page.md"))
    shown = [list(map(as_notebook, cell.outputs)) for cell in record.cells]
    return dict(zip(sources(), map(normalised, shown), strict=True))


def expected(raises: str) -> str:
    return f' expect="{raises}"' if raises else ""


def as_notebook(output: Output) -> dict[str, Any]:
    """An output of a page as a notebook holds it."""
    if isinstance(output, Stream):
        return {"output_type": "stream", "name": output.name, "text": output.text}
    if isinstance(output, Raised):
        return {"output_type": "error", "ename": output.name, "evalue": output.text}
    kind = "execute_result" if output.result else "display_data"
    return {"output_type": kind, "data": output.data, "metadata": output.metadata}


def normalised(outputs: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Outputs without what differs from run to run, or says nothing of what is seen."""
    left_out = {"execution_count", "traceback"}
    return [
        {key: in_text(value) for key, value in output.items() if key not in left_out}
        for output in joined_streams(outputs)
    ]


def in_text(value: Any) -> Any:
    """Normalise all text, however deep it lies."""
    if isinstance(value, str):
        for normalise in NORMALISERS:
            value = normalise(value)
    elif isinstance(value, dict):
        return {key: in_text(part) for key, part in value.items()}
    elif isinstance(value, list):
        return [in_text(part) for part in value]
    return value


def joined_streams(outputs: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """A notebook has an output for each flush; a page has one until another follows."""
    joined: list[dict[str, Any]] = []
    for output in outputs:
        last = joined[-1] if joined else {}
        if output["output_type"] == "stream" and last.get("name") == output["name"]:
            last["text"] += output["text"]
        else:
            joined.append(dict(output))
    return joined


@pytest.mark.parametrize("name", CELLS)
def test_a_page_shows_what_a_notebook_shows(name: str, page: Shown, notebook: Shown) -> None:
    assert page[name] == notebook[name]


def test_the_cells_are_many_and_show_something(notebook: Shown) -> None:
    silent = {"none", "an assignment", "a semicolon"}
    assert len(CELLS) >= 30
    assert {name for name in CELLS if not notebook[name]} == silent


@pytest.mark.parametrize("name", DIFFERENCES)
def test_what_differs_on_purpose_differs_so(name: str, page: Shown, notebook: Shown) -> None:
    _, in_a_notebook, on_a_page = DIFFERENCES[name]
    assert list(map(in_short, notebook[name])) == in_a_notebook
    assert list(map(in_short, page[name])) == on_a_page


def in_short(output: Mapping[str, Any]) -> str:
    if output["output_type"] == "stream":
        return f"{output['name']}: {output['text']}"
    kind = {"execute_result": "result", "display_data": "display"}[output["output_type"]]
    return f"{kind}: {', '.join(sorted(output['data']))}"


def test_an_exception_is_the_same_without_its_traceback(page: Shown, notebook: Shown) -> None:
    assert page["an exception"] == notebook["an exception"]


def test_a_form_that_fails_fails_the_cell(page: Shown, notebook: Shown) -> None:
    broken, wrong = list(FAILURES)[1:]
    assert [output["output_type"] for output in notebook[broken]] == ["error", "execute_result"]
    assert page[broken] == notebook[broken][:1]
    assert notebook[wrong][0]["name"] == "stderr"
    assert "FormatterWarning" in notebook[wrong][0]["text"]
    assert [output["output_type"] for output in page[wrong]] == ["error"]
