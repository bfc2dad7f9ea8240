"""What a reader can take from a project and run: its example scripts, and its pages as programs."""

from __future__ import annotations

import ast
import json
import re
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from twotracks.errors import TwoTracksError
from twotracks.execute import scan
from twotracks.execute.needs import Needs
from twotracks.execute.sessions import programs

if TYPE_CHECKING:
    from pathlib import Path

    from twotracks.execute import Page

# As PEP 723 gives it.
_HEADER = re.compile(r"^# /// script$\s(?P<content>(?:^#(?:| .*)$\s)+)^# ///$", re.MULTILINE)
_TITLE = re.compile(r"^# +(.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Script:
    """An example.

    Attributes:
        name: The name of its file.
        text: What is in it.
        purpose: The first line of its docstring.
        needs: What has to be installed, in a reader's words.
        pages: The pages that show it, or that show what it gave; paths from the folder of pages.
    """

    name: str
    text: str
    purpose: str
    needs: str
    pages: tuple[str, ...] = ()


@dataclass(frozen=True)
class Program:
    """A page that can be had as files.

    Attributes:
        page: Its path from the folder of pages.
        title: How it is called.
        files: The names of its files, which lie in its folder of the site.
    """

    page: str
    title: str
    files: tuple[str, ...]


def example_scripts(folder: Path, docs: Path) -> tuple[Script, ...]:
    """The scripts of a folder, by name.

    Args:
        folder: Their folder; that in which it lies is the project's.
        docs: The folder of pages.

    Raises:
        TwoTracksError: A script does not say what it is for and what it needs; or a page cannot be
            scanned.
    """
    root = folder.resolve().parent
    uses = {path: _used(page) for path, page in _scanned(docs, root).items()}
    return tuple(
        _script(path, tuple(page for page, used in uses.items() if _from(root, path) in used))
        for path in sorted(folder.glob("*.py"))
    )


def page_programs(docs: Path, root: Path) -> tuple[Program, ...]:
    """The pages with cells, by path, notebooks among them.

    Args:
        docs: The folder of pages.
        root: The project's folder, from which cells name example files.

    Raises:
        TwoTracksError: A page cannot be scanned.
    """
    found = [
        Program(path, page.title or _heading((docs / path).read_text(encoding="utf-8")), files)
        for path, page in _scanned(docs, root.resolve()).items()
        if (files := _files(path, page))
    ]
    found += [
        Program(_from(docs, path), _notebook_title(path), (path.name,))
        for path in docs.rglob("*.ipynb")
        if not any(part.startswith(".") for part in path.relative_to(docs).parts)
    ]
    return tuple(sorted(found, key=lambda program: program.page))


def needs_of(text: str) -> str:
    r"""What a script says it needs in its header (PEP 723): the command that installs it.

    >>> needs_of('# /// script\n# dependencies = ["pandas", "scipy>=1"]\n# ///\n')
    'pip install pandas "scipy>=1"'
    >>> needs_of("# /// script\n# dependencies = []\n# ///\n")
    'nothing but Python'
    >>> needs_of("1 + 1")
    ''
    """
    header = _HEADER.search(text)
    if header is None:
        return ""
    lines = header["content"].splitlines()
    wanted = tomllib.loads("\n".join(line[2:] for line in lines)).get("dependencies", [])
    return Needs(tuple(wanted)).command or "nothing but Python"


def _heading(text: str) -> str:
    found = _TITLE.search(text)
    return found[1].strip() if found else ""


def _script(path: Path, pages: tuple[str, ...]) -> Script:
    text = path.read_text(encoding="utf-8")
    purpose, needs = _docstring(text).split("\n")[0], needs_of(text)
    if not (purpose and needs):
        raise TwoTracksError(
            "the example does not say what it is for, or what it needs",
            where=path.name,
            fix="Begin it with a header `# /// script`, and its docstring with a line that says "
            "what it does.",
        )
    return Script(path.name, text, purpose, needs, pages)


def _docstring(text: str) -> str:
    return ast.get_docstring(ast.parse(text)) or ""


def _scanned(docs: Path, root: Path) -> dict[str, Page]:
    """Each Markdown page, scanned, by its path."""
    return {
        _from(docs, path): scan(path.read_text(encoding="utf-8"), str(path), root)
        for path in sorted(docs.rglob("*.md"))
    }


def _used(page: Page) -> set[str]:
    """The files that a page shows, or names as producers."""
    shown = {cell.example.path for cell in page.cells if cell.example}
    return shown | {producer.name for producer in page.producers}


def _files(path: str, page: Page) -> tuple[str, ...]:
    """The downloads of a page: a script and a notebook for each session."""
    if not page.downloads:
        return ()
    name = path.rpartition("/")[2].removesuffix(".md")
    stems = [
        f"{name}.{session}" if session else name
        for session, program in programs(page).items()
        if program.cells
    ]
    return tuple(f"{stem}{end}" for stem in stems for end in (".py", ".ipynb"))


def _notebook_title(path: Path) -> str:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    prose = ("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    return _heading("\n".join(prose)) or path.stem


def _from(folder: Path, path: Path) -> str:
    return path.resolve().relative_to(folder.resolve()).as_posix()
