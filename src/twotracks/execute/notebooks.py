"""A notebook as a page: `.ipynb` files, and the text files that jupytext reads as notebooks."""

from __future__ import annotations

import ast
import json
import re
from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from twotracks.errors import require
from twotracks.execute.errors import ScanError
from twotracks.execute.examples import Example
from twotracks.execute.frontmatter import front_matter
from twotracks.execute.markdown import cell_blocks, document, fenced
from twotracks.execute.nbformat_outputs import to_nbformat
from twotracks.execute.options import Options
from twotracks.execute.scan import Cell, Page

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from twotracks.execute.outputs import CellRecord, PageRecord

# What a file of a notebook, and of nothing else that is run, ends with.
SUFFIXES = (".ipynb", ".py")

# The form in which cells have ids.
_FORMAT, _MINOR = 4, 5
# What IPython makes of a line that is no Python: `%magic`, `!command`, `name?`, `x = !command`.
_MAGIC = re.compile(r"\s*[%!?]|[^#]*=\s*[%!]\w|.*\?\s*$")


@dataclass(frozen=True)
class Notebook:
    """A notebook, and what there is to run in it.

    Attributes:
        page: Its code cells. The third that runs is cell 3, as in `In [3]`.
        node: The notebook as nbformat has it: each cell with an id, and no front matter.
        places: Where the page's cells are among those of the node.
    """

    page: Page
    node: Any
    places: tuple[int, ...]

    def executed(self, record: PageRecord) -> Any:
        """The notebook with what its cells showed, as far as they ran."""
        node = deepcopy(self.node)
        for count, place in enumerate(self.places, 1):
            cell = node.cells[place]
            ran = count <= len(record.cells)
            cell.execution_count = count if ran else None
            cell.outputs = _outputs(record.cells[count - 1], count) if ran else []
        return node

    def markdown(self, record: PageRecord) -> str:
        """The notebook as a Markdown file with what its cells showed."""
        ran = dict(zip(self.places, zip(self.page.cells, record.cells, strict=False), strict=False))
        blocks: list[str] = []
        for place, cell in enumerate(self.node.cells):
            blocks += cell_blocks(*ran[place]) if place in ran else [_as_markdown(cell)]
        return document(self.page, blocks)


def read_notebook(path: Path, label: str) -> Notebook:
    """Read a file.

    A first cell that is raw text between two lines of `---` is front matter, as in a page. The tag
    `raises-exception` says that a cell must raise, `skip-execution` that it is not to run.

    Args:
        path: The file: `.ipynb`, or text that jupytext reads.
        label: How messages name it, such as `docs/notebooks/one.ipynb`.

    Raises:
        ScanError: It is no notebook, not one in Python, or has a line that only IPython knows.
        MissingPackages: nbformat is not installed, or jupytext for a text file.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ScanError(f"cannot read it: {error}", where=label) from error
    is_json = path.suffix == ".ipynb"
    node = _from_json(text, label) if is_json else _from_text(text, path.suffix, label)
    language = node.metadata.get("kernelspec", {}).get("language", "python")
    if language != "python":
        raise ScanError(f"only Python can be executed, not {language!r}", where=label)
    # Of interactive elements; a built page has no kernel to answer them.
    node.metadata.pop("widgets", None)
    front = f"{node.cells[0].source}\n" if node.cells and node.cells[0].cell_type == "raw" else ""
    matter = front_matter(front, f"{label}, first cell" if is_json else label)
    if matter.lines:
        del node.cells[0]
    places = tuple(place for place, cell in enumerate(node.cells) if _runs(cell))
    ran = [node.cells[place] for place in places]
    cells = tuple(_numbered(ran, label) if is_json else _in_text(ran, text))
    for cell in cells:
        _refuse_magic(cell, label)
    return Notebook(Page.of(label, cells, matter), node, places)


def _numbered(cells: Sequence[Any], label: str) -> Iterator[Cell]:
    """Cells that are told apart by their numbers, because nobody sees the lines of the file."""
    for number, cell in enumerate(cells, 1):
        yield Cell(cell.source, number, _options(cell), Example(label, 1, number))


def _in_text(cells: Sequence[Any], text: str) -> Iterator[Cell]:
    """Cells with the lines at which they begin in a text file; jupytext does not tell."""
    lines = [line.rstrip() for line in text.splitlines()]
    begin = 0
    for cell in cells:
        wanted = [line.rstrip() for line in cell.source.split("\n")]
        for start in range(begin, len(lines) - len(wanted) + 1):
            there = lines[start : start + len(wanted)]
            # In the file, a magic is a comment.
            if all(line in (code, f"# {code}") for code, line in zip(wanted, there, strict=True)):
                begin = start
                break
        yield Cell(cell.source, begin + 1, _options(cell))
        begin += len(wanted)


def _options(cell: Any) -> Options:
    return Options(expect="Exception" if "raises-exception" in _tags(cell) else "")


def _tags(cell: Any) -> list[str]:
    return list(cell.metadata.get("tags", []))


def _as_markdown(cell: Any) -> str:
    """A cell that does not run."""
    if cell.cell_type == "markdown":
        return str(cell.source)
    return fenced(cell.source, "python" if cell.cell_type == "code" else "text")


def _runs(cell: Any) -> bool:
    is_code = cell.cell_type == "code" and bool(cell.source.strip())
    return is_code and "skip-execution" not in _tags(cell)


def _outputs(cell: CellRecord, count: int) -> list[Any]:
    return [_nbformat().from_dict(to_nbformat(output, count)) for output in cell.outputs]


def _from_json(text: str, label: str) -> Any:
    nbformat = _nbformat()
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        raise ScanError(f"it is no notebook: {error}", where=label) from error
    if not isinstance(data, dict) or data.get("nbformat") != _FORMAT:
        raise ScanError(
            f"it is no notebook in format {_FORMAT}", where=label, fix="Save it with a new Jupyter."
        )
    data["nbformat_minor"] = max(_MINOR, data.get("nbformat_minor", 0))
    try:
        _name_cells(data["cells"])
        nbformat.validate(nbformat.from_dict(data))
    except (nbformat.ValidationError, LookupError, TypeError, AttributeError) as error:
        what = str(error).strip().split("\n")[0]
        raise ScanError(f"it is no valid notebook: {what}", where=label) from error
    return nbformat.v4.reads(json.dumps(data))


def _from_text(text: str, suffix: str, label: str) -> Any:
    require("docs", "jupytext")
    import jupytext  # noqa: PLC0415 - only for such files
    from jupytext.formats import JupytextFormatError  # noqa: PLC0415

    try:
        node = jupytext.reads(text, fmt=suffix)
    except (JupytextFormatError, ValueError) as error:
        raise ScanError(f"jupytext cannot read it: {error}", where=label) from error
    node.nbformat_minor = max(_MINOR, node.nbformat_minor)
    for cell in node.cells:
        del cell["id"]  # at random
    _name_cells(node.cells)
    return node


def _name_cells(cells: Sequence[Any]) -> None:
    """Give each cell that has no id of its own one; nbformat would draw lots."""
    taken = set()
    for number, cell in enumerate(cells, 1):
        name = cell.get("id")
        if not name or name in taken:
            name = f"cell-{number}"
        while name in taken:
            name += "-"
        taken.add(name)
        cell["id"] = name


def _refuse_magic(cell: Cell, label: str) -> None:
    """Say of IPython's own syntax that it is that. What else is wrong, running the cell will say.

    Raises:
        ScanError: There is such a line.
    """
    try:
        ast.parse(cell.source)
    except SyntaxError as error:
        number = error.lineno or 1
        line = cell.source.split("\n")[number - 1] if number <= cell.source.count("\n") + 1 else ""
        if _MAGIC.match(line):
            place = cell.example
            raise ScanError(
                f"{line.strip()!r} is for IPython, and cannot run here",
                where=place.at(number) if place else f"{label}:{cell.line + number - 1}",
                fix="Write it in Python. Figures are shown without %matplotlib.",
            ) from None


def written(node: Any) -> str:
    """A notebook as the text of an `.ipynb` file."""
    nbformat = _nbformat()
    return str(nbformat.writes(nbformat.from_dict(node))) + "\n"


def new_notebook() -> Any:
    """A notebook without cells."""
    return _nbformat().v4.new_notebook()


def _nbformat() -> Any:
    require("engine", "nbformat")
    import nbformat  # noqa: PLC0415 - slow, and only who has notebooks needs it

    return nbformat
