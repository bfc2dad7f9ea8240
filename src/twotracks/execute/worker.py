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
from typing import IO, TYPE_CHECKING, Any

from twotracks.execute import display
from twotracks.execute.capture import Recorder, TextStream
from twotracks.execute.guard import Guard
from twotracks.execute.notebook import Screen, adopt
from twotracks.execute.notes import Notes
from twotracks.execute.outputs import Raised, output_to_json
from twotracks.execute.process import LATE, end_with_parent
from twotracks.execute.published import Shelf

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import CodeType

    from twotracks.execute.guard import Attempt

_ENGINE = str(Path(__file__).parent)
_FUTURES = [getattr(__future__, name) for name in __future__.all_feature_names]


class PageSession:
    """The process of a page: its outputs, and the namespaces in which its steps run."""

    def __init__(self, job: dict[str, Any], guard: Guard) -> None:
        self.guard = guard
        self.path: str = job["path"]
        self.recorder = Recorder({"stdout": Path(job["stdout"]), "stderr": Path(job["stderr"])})
        self.screen = Screen(self.recorder, job["formatters"])
        self.shelf = Shelf()
        self.line = 0
        self._modules: dict[str, ModuleType] = {}
        self._flags: dict[str, int] = {}
        self._lines: dict[str, list[str]] = {}
        self.enter("")

    def enter(self, session: str) -> None:
        """Go on in a session's namespace; that of the page has no name."""
        if session not in self._modules:
            # A real `__main__`, so that classes of a cell can be pickled and their source be found.
            module = self._modules[session] = ModuleType("__main__")
            module.__file__ = self.path
        self.module = self._modules[session]
        self._session = session
        sys.modules["__main__"] = self.module

    def install(self) -> None:
        """Make this process look like the page's."""
        sys.argv = [self.path]
        sys.stdout = TextStream(self.recorder, "stdout")
        sys.stderr = TextStream(self.recorder, "stderr")
        adopt()
        self.screen.install()
        self.shelf.open()

    def cell(self, source: str, line: int, path: str = "") -> None:
        """Run a cell, and show its last expression and the figures that it left open.

        Args:
            source: The code.
            line: The number of its first line in its file.
            path: The file, if it is not the page.
        """
        path = path or self.path
        self._prime(source, line, path)
        tree = ast.parse("\n" * (line - 1) + source, path)
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        exec(self._compile(tree, "exec", path), vars(self.module))  # noqa: S102 - what this is for
        if isinstance(last, ast.Expr):
            self.line = last.lineno
            code = self._compile(ast.Expression(last.value), "eval", path)
            value = eval(code, vars(self.module))  # noqa: S307 - what this is for
            if value is not None and not _is_quiet(last, source, line):
                self.screen.result(value)
        self.screen.end_cell()

    def inline(self, text: str, line: int) -> str:
        """The text of an inline value: an f-string of one replacement field."""
        if "\\" in text and sys.version_info < (3, 12):
            what = "an inline value has no backslash before Python 3.12: name its value in a cell"
            raise SyntaxError(what, (self.path, line, 1, text))
        quotes = "'''" if '"' in text else '"""'
        tree = ast.parse("\n" * (line - 1) + f"f{quotes}{{ {text}}}{quotes}", self.path, "eval")
        parts = tree.body.values if isinstance(tree.body, ast.JoinedStr) else []
        if [type(part) for part in parts] != [ast.FormattedValue]:
            raise SyntaxError(
                "an inline value is one expression, with a format if you like",
                (self.path, line, 1, text),
            )
        code = self._compile(tree, "eval", self.path)
        value = eval(code, vars(self.module))  # noqa: S307 - what this is for
        return display.normalised(str(value))

    def _prime(self, source: str, line: int, path: str) -> None:
        """Let tracebacks and `inspect` find the cells' lines: the file, with all else blank."""
        known, code = self._lines.setdefault(path, []), source.split("\n")
        known += [""] * (line - 1 - len(known))
        known[line - 1 : line - 1 + len(code)] = code
        lines = [f"{text}\n" for text in known]
        linecache.cache[path] = (sum(map(len, lines)), None, lines, path)

    def _compile(self, tree: Any, mode: str, path: str) -> CodeType:
        flags = self._flags.setdefault(self._session, 0)
        code: CodeType = compile(tree, path, mode, flags, dont_inherit=True)
        for feature in _FUTURES:  # `from __future__ import …` holds for the cells that follow
            self._flags[self._session] |= code.co_flags & feature.compiler_flag
        return code


def _is_quiet(last: ast.Expr, source: str, line: int) -> bool:
    """Whether a semicolon follows the last expression: how a notebook is told not to show it."""
    text = source.split("\n")[(last.end_lineno or line) - line].encode()
    return text[last.end_col_offset :].decode().lstrip().startswith(";")


def run_page(job: dict[str, Any], guard: Guard) -> None:
    """Run all steps of a page, up to the first that fails."""
    session = PageSession(job, guard)
    session.install()
    with Path(job["results"]).open("w", encoding="utf-8") as results:

        def report(line: dict[str, Any]) -> None:
            results.write(json.dumps(line) + "\n")
            results.flush()

        with Path(job["late"]).open("w", encoding="utf-8") as late:
            if LATE is not None:
                faulthandler.register(LATE, late, all_threads=True)
            for number, step in enumerate(job["steps"]):
                report({"step": number})
                with _in_time(step.get("timeout", 0), late):
                    good = _run_step(session, number, step, report)
                if not good:
                    break


@contextmanager
def _in_time(seconds: float, late: IO[str]) -> Iterator[None]:
    """End this process, and write down where it was, if what is inside takes too long.

    It is a thread of C code that does so: it comes through when a library never gives Python its
    turn, and nothing that the cell does to signals can keep it away.
    """
    if not seconds:
        yield
        return
    faulthandler.dump_traceback_later(seconds, exit=True, file=late)
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()


def _run_step(
    session: PageSession, number: int, step: dict[str, Any], report: Callable[[Any], None]
) -> bool:
    """Run one step and report it. Gives whether the page goes on."""
    error: dict[str, Any] | None = None
    value = ""
    session.line = step["line"]
    session.enter(step.get("session", ""))
    try:
        if step["kind"] == "inline":
            value = session.inline(step["text"], step["line"])
        else:
            session.cell(step["source"], step["line"], step["path"])
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
    if session.guard.first:  # whatever the cell made of it
        error = _of_attempt(session.guard.first, session, step)
    outputs = [output_to_json(output) for output in session.recorder.take()]
    files = [vars(file) for file in session.shelf.take()]
    report({"step": number, "outputs": outputs, "value": value, "files": files, "error": error})
    return error is None


def _of_attempt(attempt: Attempt, session: PageSession, step: dict[str, Any]) -> dict[str, Any]:
    """What the parent tells of an attempt to write below the root, even if the cell caught it."""
    inside = range(step["line"], _last_line(step) + 1)
    session.line = next((line for line in attempt.lines if line in inside), session.line)
    return _described(attempt.error, session, step)


def _last_line(step: dict[str, Any]) -> int:
    """The number of a step's last line; an inline value has one."""
    return int(step["line"]) + str(step.get("source", "")).count("\n")


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
    path = step.get("path") or session.path
    last = _last_line(step)
    lines = [
        number
        for frame, number in traceback.walk_tb(exception.__traceback__)
        if frame.f_code.co_filename == path and step["line"] <= number <= last
    ]
    if isinstance(exception, SyntaxError) and exception.filename == path and exception.lineno:
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
def _watching(notes: str, label: str) -> Iterator[Guard]:
    """Note, in a file if there is one, what is used meanwhile, and refuse to write."""
    root = os.getcwd()  # noqa: PTH109
    noted = Notes(notes, root, label) if notes else None
    guard = Guard(root, label)
    guard.start()
    if noted:
        noted.start()
    try:
        yield guard
    finally:
        if noted:
            noted.finish()


def main(kind: str, *arguments: str) -> None:
    """Do what the parent asks for."""
    faulthandler.enable()
    if kind == "producer":
        with _watching(arguments[2], arguments[0]) as guard:
            try:
                run_producer(arguments[0], Path(arguments[1]))
            finally:
                guard.check()
    elif kind == "script":
        with _watching(arguments[1], arguments[0]) as guard:
            try:
                run_script(arguments[0])
            finally:
                guard.check()
    else:
        job = json.loads(Path(arguments[0]).read_text(encoding="utf-8"))
        with _watching(job["notes"], job["path"]) as guard:
            run_page(job, guard)
        # Threads that a cell left running must not keep the page from ending.
        os._exit(0)


if __name__ == "__main__":
    end_with_parent()
    main(*sys.argv[1:])
