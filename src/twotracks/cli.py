"""The command line: run pages without a builder, check them, ask why one would run, clean up."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twotracks.check import check_pages
from twotracks.errors import TwoTracksError, did_you_mean
from twotracks.execute import Engine, Page, PageRecord, scan
from twotracks.execute.configuration import docs_folder, project_of
from twotracks.execute.notebooks import SUFFIXES, read_notebook
from twotracks.execute.progress import progress_to
from twotracks.execute.project import find_root, label
from twotracks.execute.store import clean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twotracks.execute.configuration import Project


class UnknownPage(TwoTracksError):
    """A page was named, and there is no such file."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says. Gives the exit status."""
    parsed = _parser().parse_args(arguments)
    try:
        status: int = parsed.command(parsed)
    except TwoTracksError as error:
        _say(str(error), error=True)
        return 1
    except KeyboardInterrupt:
        _say("interrupted", error=True)
        return 130
    return status


def run(parsed: argparse.Namespace) -> int:
    """Run pages, and say of each whether it ran; or run a scenario, and show who noticed."""
    if bool(parsed.pages) == bool(parsed.scenario):
        raise TwoTracksError(
            "there is nothing to run"
            if not parsed.pages
            else "pages and a scenario are two things",
            fix="Name pages, or one scenario: twotracks run --scenario july.",
        )
    if parsed.scenario:
        return run_scenario(parsed.scenario)
    paths = [_checked(path) for path in parsed.pages]
    project = project_of(paths[0], parsed.cache)
    engine = Engine(
        project.settings,
        cache=project.cache,
        notify=_warn,
        progress=progress_to(sys.stderr, lambda line: _say(line, error=True)),
    )
    pages: list[Page] = []
    failed: list[TwoTracksError] = []
    for path in paths:
        try:
            pages.append(_page(path, project))
        except TwoTracksError as error:
            failed.append(error)
    for page, outcome in engine.record_all(pages):
        if isinstance(outcome, PageRecord):
            _say(_line(engine, page))
        else:
            _say(f"failed  {page.path}")
            failed.append(outcome)
    for failure in failed:
        _say(f"\n{failure}", error=True)
    return 1 if failed else 0


def scenarios(_: argparse.Namespace) -> int:
    """List the scenarios: the name of each, what it changes, and what happens in it."""
    from twotracks.pipelines.scenarios import SCENARIOS  # noqa: PLC0415 - needs the pipelines

    width = max(map(len, SCENARIOS))
    for each in SCENARIOS.values():
        _say(f"{each.name:{width}}  {each.kind:11}  {each.title}")
    return 0


def run_scenario(name: str) -> int:
    """Send a scenario down both sides, and print what each made of it."""
    from twotracks.pipelines.scenarios import find_scenario  # noqa: PLC0415 - needs the pipelines
    from twotracks.pipelines.scenarios.produce import only  # noqa: PLC0415
    from twotracks.views.scenario import told  # noqa: PLC0415
    from twotracks.views.scenarios import read_scenarios  # noqa: PLC0415

    find_scenario(name)
    _say("Both sides run clean, and then with the trouble: this takes a while.", error=True)
    _say(told(read_scenarios(only(name))[name]))
    return 0


def check(parsed: argparse.Namespace) -> int:
    """Check pages, or all of the project, and say what is wrong with each."""
    paths = [_checked(path) for path in parsed.pages] or pages_of(find_root(Path.cwd() / "page.md"))
    for path in paths:
        if path.suffix in SUFFIXES:
            raise TwoTracksError("only Markdown pages can be checked", where=str(path))
    project = project_of(paths[0], parsed.cache)
    found = check_pages(
        paths, project.settings, project.cache, update=parsed.update, linted=parsed.lint
    )
    for page in found:
        state = "failed " if page.problems else "updated" if page.corrected else "right  "
        _say(f"{state} {page.path}")
    problems = [problem for page in found for problem in page.problems]
    for problem in problems:
        _say(f"\n{problem}", error=True)
    return 1 if problems else 0


def why(parsed: argparse.Namespace) -> int:
    """Say of pages why they would run, or would not."""
    for path in [_checked(path) for path in parsed.pages]:
        project = project_of(path, parsed.cache)
        _say(Engine(project.settings, cache=project.cache).why(_page(path, project)))
    return 0


def clean_cache(parsed: argparse.Namespace) -> int:
    """Remove the cache of the project in this folder."""
    project = project_of(Path.cwd() / "page.md", parsed.cache)
    there = clean(project.cache)
    _say(f"removed {project.cache}" if there else f"there is no cache in {project.cache}")
    return 0


def pages_of(root: Path) -> list[Path]:
    """All pages of a project: the Markdown files below its `docs_dir`.

    Raises:
        UnknownPage: There are none.
    """
    folder = docs_folder(root)
    paths = sorted(folder.rglob("*.md"))
    if not paths:
        raise UnknownPage(f"there are no pages in {folder}", fix="Name them.")
    return paths


def _checked(name: str) -> Path:
    path = Path(name).absolute()
    if path.is_file():
        return path
    folder = path.parent if path.parent.is_dir() else Path.cwd()
    near = [label(str(page), Path.cwd()) for page in sorted(folder.rglob("*.md"))]
    raise UnknownPage(f"there is no page {name!r}", fix=did_you_mean(name, near))


def _page(path: Path, project: Project) -> Page:
    root = project.settings.root
    name = label(str(path), root)
    if path.suffix in SUFFIXES:
        return read_notebook(path, name).page
    return scan(path.read_text(encoding="utf-8-sig"), name, root)


def _line(engine: Engine, page: Page) -> str:
    if not page.steps:
        return f"nothing {page.path}"
    reason = engine.history.get(page.path)
    return f"ran     {page.path}: {reason}" if reason else f"cached  {page.path}"


def _warn(text: str) -> None:
    _say(f"warning: {text}", error=True)


def _say(text: str, *, error: bool = False) -> None:
    print(text, file=sys.stderr if error else sys.stdout)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="twotracks", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, command: Any, text: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=text, description=text)
        sub.add_argument("--cache", default="", help="the folder of the cache")
        sub.set_defaults(command=command)
        return sub

    runs = add("run", run, "Run pages that are not kept, or a scenario.")
    runs.add_argument("pages", nargs="*", metavar="PAGE")
    runs.add_argument("--scenario", default="", metavar="NAME", help="send it down both sides")
    add("scenarios", scenarios, "List the scenarios.")
    checks = add("check", check, "Run pages again, and as scripts, and compare.")
    checks.add_argument("pages", nargs="*", metavar="PAGE", help="all below docs, if none is named")
    checks.add_argument("--update", action="store_true", help="correct `#> value` comments")
    checks.add_argument("--lint", action="store_true", help="look at the cells with ruff")
    add("why", why, "Say why pages would run.").add_argument("pages", nargs="+", metavar="PAGE")
    add("clean", clean_cache, "Remove the cache.")
    return parser
