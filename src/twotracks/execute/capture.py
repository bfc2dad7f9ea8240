"""Collect what a cell prints and displays, in the order in which it came."""

from __future__ import annotations

import codecs
import io
import os
import sys
from typing import TYPE_CHECKING, Any, Literal

from twotracks.errors import TwoTracksError
from twotracks.execute.display import normalised
from twotracks.execute.outputs import Output, Stream

if TYPE_CHECKING:
    from pathlib import Path

Name = Literal["stdout", "stderr"]

# Beyond this, a page is not one that anybody reads; an endless print must end.
LONGEST = 1_000_000


class _Printed:
    """Text that is being printed, piece by piece."""

    def __init__(self, name: Name, text: str) -> None:
        self.name = name
        self._pieces = [text]

    def write(self, text: str) -> None:
        self._pieces.append(text)

    def stream(self) -> Stream:
        return Stream(self.name, normalised("".join(self._pieces)))


class Recorder:
    """The outputs of the cell that is running.

    Python's own streams write here directly. What children and C code write to the process's
    file descriptors lands in two files; it is read before each event, and so keeps its place.
    """

    def __init__(self, files: dict[Name, Path]) -> None:
        self._outputs: list[Output | _Printed] = []
        self._places: dict[str, list[int]] = {}
        self._length = 0
        self._stale = False
        self._tails: list[tuple[Name, _Tail]] = [(name, _Tail(p)) for name, p in files.items()]

    def write(self, name: Name, text: str) -> None:
        """Note printed text."""
        self._drain()
        self._add(name, text)

    def add(self, output: Output, name: str = "") -> None:
        """Note any other output. By its name, if it has one, it can be replaced."""
        self._drain()
        self._begin()
        if name:
            self._places.setdefault(name, []).append(len(self._outputs))
        self._outputs.append(output)

    def replace(self, name: str, output: Output) -> bool:
        """Put another output in the place of those of this name. Gives whether there are any."""
        for place in self._places.get(name, ()):
            self._outputs[place] = output
        return name in self._places

    def clear(self, *, wait: bool = False) -> None:
        """Forget the cell's outputs so far; or do so when the next one comes."""
        self._drain()
        self._stale = wait
        if not wait:
            self._forget()

    def take(self) -> list[Output]:
        """All outputs since the last call."""
        for stream in (sys.__stdout__, sys.__stderr__):
            if stream is not None and not stream.closed:
                stream.flush()
        self._drain()
        outputs = self._outputs
        self._forget()
        self._stale = False
        return [o.stream() if isinstance(o, _Printed) else o for o in outputs]

    def _drain(self) -> None:
        for name, tail in self._tails:
            text = tail.read()
            if text:
                self._add(name, text)

    def _begin(self) -> None:
        if self._stale:
            self._stale = False
            self._forget()

    def _forget(self) -> None:
        self._outputs, self._places, self._length = [], {}, 0

    def _add(self, name: Name, text: str) -> None:
        if text:
            self._begin()
        self._length += len(text)
        if self._length > LONGEST:
            self._length = 0  # so that what handles this error can still print
            raise TwoTracksError(f"the cell printed more than {LONGEST:,} characters")
        last = self._outputs[-1] if self._outputs else None
        if isinstance(last, _Printed) and last.name == name:
            last.write(text)
        elif text:
            self._outputs.append(_Printed(name, text))


class _Tail:
    """What has been written to a file since it was last read."""

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_RDONLY)
        self._position = 0
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def read(self) -> str:
        size = os.fstat(self._descriptor).st_size
        if size <= self._position:
            return ""
        data = os.pread(self._descriptor, size - self._position, self._position)
        self._position += len(data)
        return self._decoder.decode(data)


class TextStream(io.TextIOBase):
    """`sys.stdout` or `sys.stderr` of a page."""

    encoding = "utf-8"
    errors = "replace"

    def __init__(self, recorder: Recorder, name: Name) -> None:
        super().__init__()
        self._recorder = recorder
        self._name: Name = name
        self.buffer = _ByteStream(self)

    @property
    def name(self) -> str:
        return f"<{self._name}>"

    def writable(self) -> bool:
        return True

    def write(self, text: str, /) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        self._recorder.write(self._name, text)
        return len(text)

    def fileno(self) -> int:
        return 1 if self._name == "stdout" else 2


class _ByteStream(io.RawIOBase):
    """The binary side of a `TextStream`."""

    def __init__(self, text: TextStream) -> None:
        super().__init__()
        self._text = text

    def writable(self) -> bool:
        return True

    def write(self, data: Any, /) -> int:
        content = bytes(data)
        self._text.write(content.decode("utf-8", "replace"))
        return len(content)
