"""The child process: it runs the steps of one page, or one producer.

Started as `python -m twotracks.execute.worker page JOB`, `… producer NAME RESULT NOTES` or
`… script NAME NOTES`; NOTES, which may be empty, is the file for what it uses. A page's result goes
line by line to a file of its own, so that what ran before a crash is known.
"""

from __future__ import annotations
import __future__

import ast
import faulthandler
import json
import linecache
import os
import runpy
import sys
import traceback
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from twotracks.execute import display
from twotracks.execute.capture import Recorder, TextStream
from twotracks.execute.notebook import Screen, adopt
from twotracks.execute.notes import Notes
from twotracks.execute.outputs import Raised, output_to_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import CodeType

_ENGINE = str(Path(__file__).parent)
_FUTURES = [getattr(__future__, name) for name in __future__.all_feature_names]


class PageSession:
    """The one namespace in which the steps of a page run."""

    def __init__(self, job: dict[str, Any]) -> None:
        self.path: str = job["path"]
        self.recorder = Recorder({"stdout": Path(job["stdout"]), "stderr": Path(job["stderr"])})
        self.screen = Screen(self.recorder, job["formatters"])
        # A real `__main__`, so that classes of a cell can be pickled and their source be found.
        self.module = ModuleType("__main__")
        self.module.__file__ = self.path
        self.line = 0
        self._flags = 0
        self._lines: list[str] = []

    def install(self) -> None:
        """Make this process look like the page's."""
        sys.modules["__main__"] = self.module
        sys.argv = [self.path]
        sys.stdout = TextStream(self.recorder, "stdout")
        sys.stderr = TextStream(self.recorder, "stderr")
        adopt()
        self.screen.install()

    def cell(self, source: str, line: int) -> None:
        """Run a cell, and show its last expression and the figures that it left open."""
        self._prime(source, line)
        tree = ast.parse("\n" * (line - 1) + source, self.path)
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        exec(self._compile(tree, "exec"), vars(self.module))  # noqa: S102 - what this is for
        if isinstance(last, ast.Expr):
            self.line = last.lineno
            value = eval(self._compile(ast.Expression(last.value), "eval"), vars(self.module))  # noqa: S307
            if value is not None and not _is_quiet(last, source, line):
                self.screen.result(value)
        self.screen.end_cell()

    def inline(self, text: str, line: int) -> str:
        """The text of an inline value: an f-string of one replacement field."""
        quotes = "'''" if '"' in text else '"""'
        tree = ast.parse("\n" * (line - 1) + f"f{quotes}{{ {text}}}{quotes}", self.path, "eval")
        parts = tree.body.values if isinstance(tree.body, ast.JoinedStr) else []
        if [type(part) for part in parts] != [ast.FormattedValue]:
            raise SyntaxError(
                "an inline value is one expression, with a format if you like",
                (self.path, line, 1, text),
            )
        value = eval(self._compile(tree, "eval"), vars(self.module))  # noqa: S307 - what this is for
        return display.normalised(str(value))

    def _prime(self, source: str, line: int) -> None:
        """Let tracebacks and `inspect` find the cells' lines: the page, with its prose blank."""
        self._lines += [""] * (line - 1 - len(self._lines)) + source.split("\n")
        lines = [f"{text}\n" for text in self._lines]
        linecache.cache[self.path] = (sum(map(len, lines)), None, lines, self.path)

    def _compile(self, tree: Any, mode: str) -> CodeType:
        code: CodeType = compile(tree, self.path, mode, self._flags, dont_inherit=True)
        for feature in _FUTURES:  # `from __future__ import …` holds for the cells that follow
            self._flags |= code.co_flags & feature.compiler_flag
        return code


def _is_quiet(last: ast.Expr, source: str, line: int) -> bool:
    """Whether a semicolon follows the last expression: how a notebook is told not to show it."""
    text = source.split("\n")[(last.end_lineno or line) - line].encode()
    return text[last.end_col_offset :].decode().lstrip().startswith(";")


def run_page(job: dict[str, Any]) -> None:
    """Run all steps of a page, up to the first that fails."""
    session = PageSession(job)
    session.install()
    with Path(job["results"]).open("w", encoding="utf-8") as results:

        def report(line: dict[str, Any]) -> None:
            results.write(json.dumps(line) + "\n")
            results.flush()

        for number, step in enumerate(job["steps"]):
            report({"step": number})
            if not _run_step(session, number, step, report):
                break


def _run_step(
    session: PageSession, number: int, step: dict[str, Any], report: Callable[[Any], None]
) -> bool:
    """Run one step and report it. Gives whether the page goes on."""
    error: dict[str, Any] | None = None
    value = ""
    session.line = step["line"]
    try:
        if step["kind"] == "inline":
            value = session.inline(step["text"], step["line"])
        else:
            session.cell(step["source"], step["line"])
    except BaseException as exception:  # noqa: BLE001 - a cell may raise whatever it likes, SystemExit too
        if _is_expected(exception, step.get("expect", "")):
            name = type(exception).__name__
            session.recorder.add(Raised(name, display.normalised(str(exception))))
            session.screen.end_cell()
        else:
            error = _described(exception, session, step)
    else:
        if step.get("expect"):
            error = {
                "what": f"expected {step['expect']}, and nothing was raised",
                "line": step["line"],
                "traceback": "",
            }
    outputs = [output_to_json(output) for output in session.recorder.take()]
    report({"step": number, "outputs": outputs, "value": value, "error": error})
    return error is None


def _is_expected(exception: BaseException, name: str) -> bool:
    return bool(name) and any(
        name in (kind.__name__, f"{kind.__module__}.{kind.__qualname__}")
        for kind in type(exception).__mro__
    )


def _described(
    exception: BaseException, session: PageSession, step: dict[str, Any]
) -> dict[str, Any]:
    """What the parent tells the author: the message, the line of the step, the traceback."""
    message = exception.msg if isinstance(exception, SyntaxError) else str(exception)
    what = f"{type(exception).__qualname__}: {message}" if message else type(exception).__qualname__
    if isinstance(exception, SystemExit):
        what = f"the cell ends its process: {what}"
    # A step's last line; an inline value has one.
    last = step["line"] + step.get("source", "").count("\n")
    lines = [
        number
        for frame, number in traceback.walk_tb(exception.__traceback__)
        if frame.f_code.co_filename == session.path and step["line"] <= number <= last
    ]
    if (
        isinstance(exception, SyntaxError)
        and exception.filename == session.path
        and exception.lineno
    ):
        lines.append(exception.lineno)
        exception = exception.with_traceback(None)  # it says where; the rest is the compiler
    shown = traceback.TracebackException.from_exception(exception)
    _drop_engine(shown)
    line = min(lines[-1], last) if lines else session.line
    return {
        "what": display.normalised(what),
        "line": line,
        "traceback": display.normalised("".join(shown.format()).rstrip()),
    }


def _drop_engine(shown: traceback.TracebackException | None) -> None:
    """Take this package's frames out of a traceback and of those it came from."""
    if shown is None:
        return
    frames = [frame for frame in shown.stack if not frame.filename.startswith(_ENGINE)]
    shown.stack = traceback.StackSummary.from_list(frames)
    _drop_engine(shown.__cause__)
    _drop_engine(shown.__context__)


def run_script(name: str) -> None:
    """Run a producer script as `python NAME` would."""
    sys.argv = [name]
    sys.path[0] = os.path.dirname(os.path.abspath(name))  # noqa: PTH100, PTH120 - links stay
    runpy.run_path(name, run_name="__main__")


def run_producer(name: str, result: Path) -> None:
    """Call a producer function, and write the text that it gives."""
    text = display.load(name, "producer")()
    if not isinstance(text, str | bytes):
        raise TypeError(f"{name} must give str or bytes, not {type(text).__name__}")
    result.write_bytes(text if isinstance(text, bytes) else text.encode())


@contextmanager
def _noting(target: str, label: str) -> Iterator[None]:
    """Note, in a file, what is used meanwhile."""
    notes = Notes(target, os.getcwd(), label) if target else None  # noqa: PTH109
    if notes:
        notes.start()
    try:
        yield
    finally:
        if notes:
            notes.finish()


def main(kind: str, *arguments: str) -> None:
    """Do what the parent asks for."""
    faulthandler.enable()
    if kind == "producer":
        with _noting(arguments[2], arguments[0]):
            run_producer(arguments[0], Path(arguments[1]))
    elif kind == "script":
        with _noting(arguments[1], arguments[0]):
            run_script(arguments[0])
    else:
        job = json.loads(Path(arguments[0]).read_text(encoding="utf-8"))
        with _noting(job["notes"], job["path"]):
            run_page(job)
        # Threads that a cell left running must not keep the page from ending.
        os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
