"""A small project that is edited at random, and what its pages see of it.

`Project.steps` makes edits from a seed; `Project.used` says what a page uses, so that a test can
ask for both: that a page which must run does, and that one which need not does not.
"""

from __future__ import annotations

import os
import random
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest

PAGES = {
    "docs/files.md": """# Files

```python exec
def read(name):
    try:
        return open(name).read()
    except OSError as error:
        return type(error).__name__

print(CELL, read("data/a.csv"), read("maybe.txt"), read("swap"), read("data/link.csv"))
```

It is `{python} read("data/b.csv")`.
""",
    "docs/modules.md": """# Modules

```python exec
import importlib

def value(name):
    try:
        return getattr(importlib.import_module(name), "VALUE", "none")
    except ImportError:
        return "missing"

CELL, [value(name) for name in ("helper", "extra", "colorsys", "pack.sub")]
```
""",
    "docs/declared.md": """---
env: [TT_FLAVOUR]
PRODUCERS
---
# Declared

```python exec deps="maybe.txt"
import os, subprocess
from twotracks.execute import produced
print(CELL, sorted(os.listdir("data")), os.environ.get("TT_FLAVOUR"), PRODUCED)
print(subprocess.run(["cat", "maybe.txt"], capture_output=True, text=True).stdout)
```
""",
}
MAKE = """
import helper
try:
    print("made", MAKE, getattr(helper, "VALUE", ""), open("data/b.csv").read())
except OSError as error:
    print(type(error).__name__)
"""
MADE_FROM = ("make.py", "helper.py", "data/b.csv")
CONFIGURATION = """
site_name: Edits
theme: {name: null, custom_dir: theme}
plugins: [twotracks]
"""
FILES = ("data/a.csv", "data/b.csv", "data/c.csv", "maybe.txt", "extra.py", "colorsys.py")
NAMES = (*FILES, "helper.py", "make.py", "extra", "pack", "swap", "data/link.csv", "TT_FLAVOUR")
# What changes nothing that any page uses.
IDLE = ("prose", "unrelated.txt", "touch")
REVERT = "revert"

State = dict[str, int | None]


def prepare(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before a project is made: see that the variables which it changes come back."""
    # Python's own byte code tells two sources apart by their seconds and their size only.
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setenv("TT_FLAVOUR", "")
    monkeypatch.delenv("TT_FLAVOUR")


@dataclass
class Project:
    """The project, and its state: a small number for each thing that can be edited, or None.

    Attributes:
        root: Its folder, which is made.
        producer: Whether a page has one. Its process is the slowest thing here.
        state: As it is now.
    """

    root: Path
    producer: bool = True
    state: State = field(default_factory=dict)
    _states: list[State] = field(default_factory=list)

    def __post_init__(self) -> None:
        (self.root / "docs").mkdir(parents=True)
        (self.root / "mkdocs.yml").write_text(CONFIGURATION)
        (self.root / "theme").mkdir()
        (self.root / "theme" / "main.html").write_text("{{ page.content }}")
        self.become({"helper.py": 0, "make.py": 0, "data/c.csv": 0})

    def steps(self, seed: int, count: int) -> Iterator[str]:
        """Edit, and say what was edited, so many times."""
        draw = random.Random(seed)
        for _ in range(count):
            name = draw.choice([*NAMES, *PAGES, *IDLE, REVERT])
            value = draw.choice([None, 0, 1, 2])
            if name == REVERT:
                value = draw.randint(1, 4)
                self.become(self._states[-min(value, len(self._states))])
            elif name == "touch":
                for path in filter(Path.is_file, self.root.rglob("*.[cpt]*")):
                    os.utime(path)
            else:
                if value is None and name in ("helper.py", "make.py", *PAGES):
                    value = 0  # without these, a page fails
                self.become({**self.state, name: value})
            self._states.append(self.state)
            yield f"{name} {value}"

    def become(self, state: State) -> None:
        """Edit whatever is another way now."""
        before, self.state = self.state, dict(state)
        for name in sorted({*before, *state, *PAGES}):
            if name not in before or before[name] != state.get(name):
                self._write(name, state.get(name))
        if before.get("prose") != state.get("prose"):
            for name in PAGES:
                self._write(name, state.get(name))

    def _write(self, name: str, value: int | None) -> None:
        if name in PAGES:
            text = PAGES[name].replace("CELL", str(value or 0))
            text = text.replace("PRODUCERS", "producers: [make.py]" if self.producer else "")
            text = text.replace("PRODUCED", 'produced("make.py")' if self.producer else "None")
            title, _, rest = text.partition("```")
            prose = "More prose.\n\n" * (self.state.get("prose") or 0)
            (self.root / name).write_text(f"{title}{prose}```{rest}")
        elif name == "TT_FLAVOUR":
            os.environ.pop(name, None) if value is None else os.environ.update({name: str(value)})
        elif name != "prose":
            self._write_file(self.root / name, name, value)

    def _write_file(self, path: Path, name: str, value: int | None) -> None:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
        path.parent.mkdir(exist_ok=True)
        text = f"VALUE = {value}\n"
        if value is None:
            return
        if name == "data/link.csv":
            path.symlink_to("abc"[value] + ".csv")
        elif name == "swap" and value == 0:
            path.mkdir()
        elif name == "extra":
            path.mkdir()
            if value:  # or a namespace
                (path / "__init__.py").write_text(text)
        elif name == "pack":
            path.mkdir()
            (path / ("sub.py" if value else "other.py")).write_text(text)
            if value == 1:
                (path / "__init__.py").write_text("")
        else:
            path.write_text(MAKE.replace("MAKE", str(value)) if name == "make.py" else text)

    def everything(self) -> str:
        """Stands for the whole project."""
        return str(sorted(item for item in self.state.items() if item[1] is not None))

    def used(self, page: str) -> str:
        """What a page uses: if this is what it was, the page must not run."""
        state = {name: self.state.get(name) for name in [*NAMES, *PAGES]}
        names = sorted(name for name in FILES if name[:4] == "data" and state[name] is not None)
        link = state["data/link.csv"]
        parts: dict[str, list[object]] = {
            "docs/files.md": [
                *map(state.get, ("data/a.csv", "data/b.csv", "maybe.txt", "swap")),
                (link, None if link is None else state[f"data/{'abc'[link]}.csv"]),
            ],
            "docs/modules.md": [
                *map(state.get, ("helper.py", "extra.py", "extra", "colorsys.py", "pack")),
            ],
            "docs/declared.md": [
                (names, link is not None),
                *map(state.get, ("TT_FLAVOUR", "maybe.txt", *(MADE_FROM if self.producer else ()))),
            ],
        }
        return str([state[page] or 0, *parts[page]])
