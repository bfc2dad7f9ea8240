"""What readers take away runs with nothing but what it names, and prints what they saw."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import tomllib
import venv
from concurrent.futures import ThreadPoolExecutor
from functools import cache, cached_property
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
import pytest
import yaml
from nbclient import NotebookClient
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from twotracks.execute import scan
from twotracks.execute.display import normalised
from twotracks.execute.producers import KEPT
from twotracks.execute.project import cache_folder
from twotracks.execute.sessions import programs
from twotracks.execute.store import Store
from twotracks.execute.terminal import plain
from twotracks.execute.wheel import Wheel, wheel_of

if TYPE_CHECKING:
    from collections.abc import Iterable

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
# As the specification gives it.
BLOCK = re.compile(r"(?m)^# /// (?P<type>[a-zA-Z0-9-]+)$\s(?P<content>(^#(| .*)$\s)+)^# ///$")
# A program that runs a script as if only what it names were installed. In a terminal, pandas leaves
# out columns that do not fit; on a page and in a notebook it shows 20.
STARTER = """
import os, runpy, sys

refused = set(os.environ.pop("REFUSED").split())

class Refuses:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in refused:
            raise ModuleNotFoundError(f"{name} is not among what the script names", name=name)

sys.meta_path.insert(0, Refuses())
if "pandas" not in refused:
    import pandas
    pandas.set_option("display.max_columns", 20)
runpy.run_path(sys.argv.pop(1), run_name="__main__")
"""


def named(script: Path) -> dict[str, Any]:
    """The inline metadata of a script, of which there is one block."""
    (block,) = BLOCK.finditer(script.read_text(encoding="utf-8"))
    assert block["type"] == "script"
    lines = block["content"].splitlines()
    return tomllib.loads("\n".join(line[2:] for line in lines))


@pytest.fixture(scope="module")
def wheel() -> Wheel:
    found = wheel_of(ROOT)
    assert found
    return found


@pytest.fixture(scope="module")
def scripts(site: Path) -> list[Path]:
    """Those that stand beside a page and its notebook."""
    return sorted(path for path in site.rglob("*.py") if path.with_suffix(".ipynb").is_file())


@pytest.fixture(scope="module")
def reader(
    site: Path, scripts: list[Path], wheel: Wheel, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The Python of somebody who installed what the pages name, in the versions that are locked."""
    folder = tmp_path_factory.mktemp("reader")
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    pins = [line.removesuffix("\\").strip() for line in lines if re.match(r"\w", line)]
    (folder / "constraints.txt").write_text("\n".join(pins))
    needs = {need for script in scripts for need in named(script)["dependencies"]}
    # From the file that the site publishes, at the address that the pages name.
    address, path = f"{wheel.site}{wheel.uri}", site / wheel.uri
    local = sorted(need.replace(address, path.resolve().as_uri()) for need in needs)
    venv.create(folder / "venv", with_pip=True)
    python = folder / "venv/bin/python"
    done = subprocess.run(
        [
            *(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"),
            "--no-compile",  # most of it is never imported
            *("--constraint", folder / "constraints.txt", *local),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return python


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The list of what producers gave: a reader's script makes it, each as long as it takes."""
    folder = tmp_path_factory.mktemp("kept")
    store = Store(cache_folder(ROOT))
    pages = [scan(path.read_text(), "", ROOT) for path in DOCS.rglob("*.md")]
    listed: dict[str, str] = {}
    for name in sorted({producer.name for page in pages for producer in page.producers}):
        (entry, *_) = store.entries("producers", name)
        listed[name] = str(folder / str(len(listed)))
        Path(listed[name]).write_text(entry.result, newline="")
    (folder / "kept.json").write_text(json.dumps(listed))
    return folder / "kept.json"


class Installed:
    """What is installed for a Python, and what of it a requirement brings."""

    def __init__(self, python: Path) -> None:
        (folder,) = python.parent.parent.glob("lib/python*/site-packages")
        self.found: dict[str, Distribution] = {
            canonicalize_name(each.name): each for each in distributions(path=[str(folder)])
        }

    def others(self, needs: Iterable[str]) -> set[str]:
        """The top-level modules of all that is not named, nor needed by what is."""
        reached: set[tuple[str, str]] = set()
        waiting = [Requirement(need) for need in needs]
        while waiting:
            need = waiting.pop()
            name = canonicalize_name(need.name)
            for extra in ("", *need.extras):
                if (name, extra) in reached or name not in self.found:
                    continue
                reached.add((name, extra))
                more = map(Requirement, self.found[name].requires or ())
                waiting += [
                    one for one in more if not one.marker or one.marker.evaluate({"extra": extra})
                ]
        kept = set().union(*(self.modules[name] for name, _ in reached))
        return set().union(*self.modules.values()) - kept

    @cached_property
    def modules(self) -> dict[str, set[str]]:
        """The top-level modules of each."""
        return {
            name: {
                first
                for file in each.files or ()
                if (first := file.parts[0].removesuffix(".py")).isidentifier()
            }
            for name, each in self.found.items()
        }


installed = cache(Installed)


def clean_environment(folder: Path) -> dict[str, str]:
    """That of a reader, whose temporary files are told from others."""
    mine = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    (folder / "tmp").mkdir()
    return {**mine, "TMPDIR": str(folder / "tmp")}


def run(python: Path, script: Path, folder: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """Run a script in an empty folder, with what it names and nothing else."""
    refused = installed(python).others(named(script)["dependencies"])
    more["REFUSED"] = " ".join(sorted(refused))
    work = folder / "work"
    work.mkdir(parents=True)
    done = subprocess.run(
        [python, "-c", STARTER, script.resolve()],
        cwd=work,
        env={**clean_environment(folder), **more},
        capture_output=True,
        check=False,
        timeout=300,
    )
    # Not as text: a carriage return is no end of a line here.
    return subprocess.CompletedProcess(
        done.args, done.returncode, done.stdout.decode(), done.stderr.decode()
    )


def as_printed(text: str) -> str:
    """A page shows the form of a value that code would be written with, `print` shows its text."""
    try:
        value = ast.literal_eval(text)
    except (SyntaxError, ValueError):
        return text
    return value if isinstance(value, str) else text


def as_published(text: str) -> str:
    """Only a page publishes a file, and a script says that it did not."""
    return text.replace("; only a page of a site publishes it: nothing was written", "")


def words(text: str) -> list[str]:
    """A page lays long values out over several lines, and its cells stand apart."""
    return in_order(" ".join(plain(text).split())).split()


def in_order(text: str) -> str:
    """A page sorts what is in a set, and `print` does not."""
    return re.sub(
        r"\{([^{}:]*)\}", lambda found: f"{{{', '.join(sorted(found[1].split(', ')))}}}", text
    )


def shown_by(script: Path, site: Path) -> list[str]:
    """The words of what a page shows as text, in the order of its cells."""
    text = page_of(script, site).read_text(encoding="utf-8")
    page = scan(text, "", ROOT)
    session = script.stem.partition(".")[2]
    notebook = nbformat.reads(script.with_suffix(".ipynb").read_text(), as_version=4)
    outputs = [
        cell.outputs for cell in notebook.cells if cell.cell_type == "code" and cell.execution_count
    ]
    found: list[str] = []
    for cell, shown in zip(programs(page)[session].cells, outputs, strict=True):
        for output in shown:
            if output.output_type == "stream":
                found += words(output.text if output.name == "stdout" else "")
            elif output.output_type == "error":
                found += words("\n".join(output.traceback))
            elif output.output_type == "display_data" or cell.options.result != "none":
                found += words(as_printed(output.data["text/plain"]))
    return found


def page_of(script: Path, site: Path) -> Path:
    """The source of the page beside which a script stands."""
    where = script.relative_to(site)
    name = f"{script.stem.partition('.')[0]}.md"
    return DOCS / (where.parent if name == "index.md" else where.parent.parent) / name


def test_every_page_with_cells_has_a_script(site: Path, scripts: list[Path]) -> None:
    scanned = {path: scan(path.read_text(), "", ROOT) for path in DOCS.rglob("*.md")}
    pages = {path for path, page in scanned.items() if page.cells and page.downloads}
    assert {page_of(script, site) for script in scripts} == pages
    assert len(scripts) > len(pages) > 5  # and a session of its own


def test_every_script_runs_with_what_it_names_and_prints_what_its_page_shows(
    site: Path, scripts: list[Path], reader: Path, kept: Path, tmp_path: Path
) -> None:
    def problem(number: int) -> str:
        script, folder = scripts[number], tmp_path / str(number)
        done = run(reader, script, folder, **{KEPT: str(kept)})
        if done.returncode:
            return f"{script}: {done.stderr}"
        printed = words(as_published(normalised(done.stdout, str(folder / "tmp"))))
        shown = shown_by(script, site)
        if printed == shown:
            return ""
        place = next(
            (n for n, pair in enumerate(zip(printed, shown, strict=False)) if pair[0] != pair[1]),
            min(len(printed), len(shown)),
        )
        near = slice(max(place - 8, 0), place + 8)
        return f"{script}: printed {' '.join(printed[near])!r}, shown {' '.join(shown[near])!r}"

    with ThreadPoolExecutor(2) as together:
        assert not [text for text in together.map(problem, range(len(scripts))) if text]


def test_a_script_brings_the_program_that_it_reads(
    site: Path, reader: Path, tmp_path: Path
) -> None:
    """Nobody hands the results of producers over: the page's script runs the short one itself."""
    done = run(reader, site / "reference/steps/steps.py", tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "work/examples/nine_steps.py").is_file()


def test_no_script_names_more_than_its_page_imports(site: Path, scripts: list[Path]) -> None:
    needs = {script.relative_to(site).as_posix(): named(script) for script in scripts}
    plain_need = needs["how-to/record/record.py"]["dependencies"]
    assert [need.partition(" @ ")[0] for need in plain_need] == ["twotracks"]
    see = needs["see/see.py"]["dependencies"]
    assert [need.partition(" @ ")[0] for need in see] == ["pandas", "twotracks[pipelines]"]
    assert all(need["requires-python"] == ">=3.11" for need in needs.values())


def test_the_wheel_is_at_the_address_that_is_named(site: Path, wheel: Wheel) -> None:
    configured = yaml.load((ROOT / "mkdocs.yml").read_text(), yaml.BaseLoader)["site_url"]
    assert wheel.site == configured
    assert (site / wheel.uri).is_file()
    for page in site.rglob("*.md"):
        for address in re.findall(r"https?://\S+/twotracks-\S+", page.read_text(encoding="utf-8")):
            assert address.strip('"`,)') == f"{wheel.site}{wheel.uri}", page


NOTEBOOKS = ["see/see", "how-to/record/record", "options/options.second", "nine-steps/nine-steps"]


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_opens_without_warnings_and_runs(
    site: Path, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (path,) = site.rglob(f"{name}.ipynb")
    notebook = nbformat.reads(path.read_text(encoding="utf-8"), as_version=4)
    nbformat.validate(notebook)  # a cell without an id is a warning, and that an error
    first = notebook.cells[0]
    assert first.cell_type == "markdown"
    assert "Install what it needs" in first.source or "nothing but Python" in first.source
    # Kernels do not take the warnings of these tests for errors.
    monkeypatch.delenv("PYTHONWARNINGS", raising=False)
    before = [cell.get("outputs", []) for cell in notebook.cells]
    NotebookClient(notebook, resources={"metadata": {"path": str(tmp_path)}}).execute()
    after = [cell.get("outputs", []) for cell in notebook.cells]
    assert [len(outputs) for outputs in after] == [len(outputs) for outputs in before]


def test_every_notebook_is_valid(site: Path) -> None:
    notebooks = [path for path in site.rglob("*.ipynb") if path.parts[-2] != "schemas"]
    assert len(notebooks) > 5
    for path in notebooks:
        nbformat.validate(nbformat.reads(path.read_text(encoding="utf-8"), as_version=4))
