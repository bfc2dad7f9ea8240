"""Build the same pages with each tool, in one run, and compare the times.

    python benchmarks/peers/run.py --pages 40 --rounds 5 [--tools static ours …] [--results FILE]
    python benchmarks/peers/run.py serve      from saving a cell to the new page, in live servers
    python benchmarks/peers/run.py table      the tables of what was measured

The tools run in turn, round by round: cold, nothing changed, one line of prose changed, one cell
changed. Figures are medians and ratios of medians. What was measured is kept in FILE; a run that
was interrupted goes on where it was, and `--tools` adds to it. mystmd is not here: to make HTML, it
downloads a theme.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import time
from collections import defaultdict
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

from measure import Site, install, least
from tools import ENVIRONMENTS, LIBRARIES, TOOLS

STEPS = ("cold", "nothing", "prose", "code")
# Those in which a page's cost is looked at with ten times as many pages.
LARGE = ("static", "ours")


@dataclass(frozen=True)
class Results:
    """What was measured, in a file: one row for each build."""

    file: Path

    def rows(self) -> list[dict[str, Any]]:
        """All rows; none if nothing was measured."""
        if not self.file.exists():
            return []
        rows: list[dict[str, Any]] = json.loads(self.file.read_text(encoding="utf-8"))["rows"]
        return rows

    def has(self, **key: Any) -> bool:
        """Whether a row has all these values."""
        return any(key.items() <= row.items() for row in self.rows())

    def add(self, *rows: dict[str, Any]) -> None:
        """Keep rows, and show them."""
        for row in rows:
            print(json.dumps(row), flush=True)
        about = {
            "processors": os.cpu_count(),
            "python": platform.python_version(),
            "packages": {"libraries": LIBRARIES, **ENVIRONMENTS},
        }
        text = json.dumps({**about, "rows": [*self.rows(), *rows]}, indent=1)
        self.file.parent.mkdir(parents=True, exist_ok=True)
        self.file.write_text(text + "\n", encoding="utf-8")


def builds(given: argparse.Namespace, results: Results) -> None:
    """Measure the builds."""
    for number in range(given.rounds):
        for name in given.tools:
            if not TOOLS[name].slow or number < given.slow_rounds:
                measure_tool(name, given.pages, number, given.scratch, results)
        measure_least(given.pages, number, given.scratch, results)
    for name in LARGE:
        if given.large and name in given.tools:
            measure_tool(name, given.large, 0, given.scratch, results)


def measure_tool(name: str, pages: int, number: int, scratch: Path, results: Results) -> None:
    """One round of one tool: it is kept when it is whole."""
    key = {"tool": name, "pages": pages, "round": number}
    if results.has(**key):
        return
    site = Site.made(TOOLS[name], scratch, pages)
    rows = []
    for step in STEPS:
        if step == "cold":
            site.clean()
        site.edit(prose=int(step == "prose"), code=int(step == "code"))
        rows.append({**key, "step": step, **_rounded(asdict(site.build()))})
    results.add(*rows)


def measure_least(pages: int, number: int, scratch: Path, results: Results) -> None:
    """What no tool can do without: importing the libraries, and running the cells."""
    key = {"tool": "least", "pages": pages, "round": number}
    if not results.has(**key):
        imported, cells = least(Site.made(TOOLS["ours"], scratch, pages))
        results.add(
            {**key, "step": "imports", "seconds": round(imported, 3)},
            {**key, "step": "cells", "seconds": round(cells, 3)},
        )


def serve(given: argparse.Namespace, results: Results) -> None:
    """Measure the servers: the tools in turn, round by round."""
    for number in range(given.rounds):
        for name in given.tools:
            tool = TOOLS[name]
            key = {"tool": name, "pages": given.pages, "round": number, "step": "serve"}
            if not tool.serve or results.has(**key):
                continue
            site = Site.made(tool, given.scratch, given.pages)
            with site.served(given.port) as address:
                site.wait(address)
                for _ in range(given.saves):
                    # What the first build set off (watching, warming up) is over.
                    time.sleep(1)
                    site.edit(code=1)
                    results.add({**key, "seconds": round(site.wait(address), 3)})


def _rounded(row: dict[str, Any]) -> dict[str, Any]:
    return {name: round(v, 3) if isinstance(v, float) else v for name, v in row.items()}


def table(given: argparse.Namespace, results: Results) -> None:
    """Print what was measured, as Markdown."""
    found: dict[tuple[str, int, str], list[dict[str, Any]]] = defaultdict(list)
    for row in results.rows():
        found[row["tool"], row["pages"], row["step"]].append(row)
    for pages in sorted({pages for _, pages, _ in found}):
        of_size = {(tool, step): rows for (tool, n, step), rows in found.items() if n == pages}
        print(f"\n{pages} pages of three cells: seconds, medians\n")
        print("\n".join(_builds_table(of_size)))
    print("\n".join(_ratios({key: _median(rows) for key, rows in found.items()}, given.pages)))


def _median(rows: list[dict[str, Any]]) -> float:
    return float(median(row["seconds"] for row in rows))


def _builds_table(found: dict[tuple[str, str], list[dict[str, Any]]]) -> list[str]:
    steps = (*STEPS, "serve")
    lines = [
        f"| tool | {' | '.join(steps)} | largest process, MB | rounds |",
        "| --- |" + " --- |" * (len(steps) + 2),
    ]
    for name in TOOLS:
        mine = {step: found[name, step] for step in steps if (name, step) in found}
        if not mine:
            continue
        cells = [_cell(mine.get(step, [])) for step in steps]
        largest = max(row.get("megabytes", 0) for rows in mine.values() for row in rows)
        rounds = len(mine.get("cold", []))
        lines.append(f"| {' | '.join([name, *cells, str(largest), str(rounds)])} |")
    return lines


def _cell(rows: list[dict[str, Any]]) -> str:
    if not rows:
        return "-"
    ran = {row["ran"] for row in rows if row.get("ran") is not None}
    return f"{_median(rows):.2f}" + (f" ({max(ran)} ran)" if ran else "")


def _ratios(seconds: dict[tuple[str, int, str], float], pages: int) -> list[str]:
    """Ours against the others, and against what is asked for."""

    def of(tool: str, step: str, count: int = pages) -> float:
        return seconds.get((tool, count, step), float("nan"))

    cores = os.cpu_count() or 1
    limit = of("static", "cold") + of("least", "imports") + of("least", "cells") / cores
    serving = of("ours", "serve") - of("static", "serve")
    rows = [
        ("cold / markdown-exec", of("ours", "cold") / of("markdown-exec", "cold"), "1.0"),
        ("mkdocs-jupyter / cold", of("mkdocs-jupyter", "cold") / of("ours", "cold"), "at least 20"),
        ("nothing changed / static", of("ours", "nothing") / of("static", "nothing"), "1.15"),
        ("prose changed / static", of("ours", "prose") / of("static", "prose"), "1.15"),
        ("cell changed / static", of("ours", "code") / of("static", "code"), "2"),
        ("cold / (static + imports + cells / processors)", of("ours", "cold") / limit, "1.3"),
        ("mkdocs serve: seconds more than static", serving, "0.3"),
        ("zensical serve: seconds", of("zensical-ours", "serve"), "0.3"),
    ]
    for count in sorted({count for _, count, _ in seconds} - {pages}):
        for step in ("cold", "nothing"):
            per_page = [of("ours", step, n) / n for n in (count, pages)]
            rows.append(
                (f"{step}: a page of {count} / of {pages}", per_page[0] / per_page[1], "1.1")
            )
    lines = ["\n| ours | figure | at most |", "| --- | --- | --- |"]
    return [*lines, *(f"| {what} | {value:.2f} | {most} |" for what, value, most in rows)]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("what", nargs="?", choices=("all", "builds", "serve", "table"), default="all")
    add("--pages", type=int, default=40)
    add("--rounds", type=int, default=5)
    add("--slow-rounds", type=int, default=1, help="of tools that take minutes")
    add("--large", type=int, default=400, help="pages of a second size; 0 for none")
    add("--saves", type=int, default=3, help="in each round of serving")
    add("--tools", nargs="+", choices=TOOLS, default=list(TOOLS))
    add("--scratch", type=Path, default=Path(".cache/peers"), help="for environments and sites")
    add("--results", type=Path, default=Path(".cache/peers/results.json"))
    add("--port", type=int, default=8765)
    given = parser.parse_args()
    given.scratch = given.scratch.resolve()
    results = Results(given.results)
    if given.what != "table":
        # `ours` is always there: what no tool can do without is measured in its environment.
        for name in sorted({"ours", *(TOOLS[name].environment for name in given.tools)}):
            install(given.scratch / "environments", name)
    if given.what in ("all", "builds"):
        builds(given, results)
    if given.what in ("all", "serve"):
        serve(given, results)
    table(given, results)


if __name__ == "__main__":
    main()
