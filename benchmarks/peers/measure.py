"""Build and serve the sites of the tools, and see that the pages show what they should."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from corpus import Page
from tools import ENVIRONMENTS, LIBRARIES, REPOSITORY, WITH_OURS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tools import Tool

PATIENCE = 300.0
# How our plugin says what it did.
RAN = re.compile(r"(\d+) pages? ran")
# The libraries once, then the cells of all pages one after the other: no tool can do with less.
CELLS = """
import sys, time
begin = time.perf_counter()
import pandas, sklearn.datasets, sklearn.linear_model, sklearn.metrics, sklearn.pipeline, pygraphviz
imported = time.perf_counter() - begin
begin = time.process_time()
for path in sys.argv[1:]:
    exec(compile(open(path).read(), path, "exec"), {"display": lambda value: value._repr_html_()})
print(imported, time.process_time() - begin)
"""


class Wrong(Exception):
    """A tool failed, or a page does not show what it should."""


@dataclass(frozen=True)
class Measured:
    """A build: its seconds, those of processors, its largest process, the pages that it ran."""

    seconds: float
    cpu: float
    megabytes: int
    ran: int | None


def environment(folder: Path, tool: str) -> dict[str, str]:
    """The variables with which a tool runs: those of its environment, and nothing of ours."""
    unwanted = ("PYTHONDONTWRITEBYTECODE", "PYTHONPATH", "PYTHONUNBUFFERED", "PYTHONHASHSEED")
    kept = {name: value for name, value in os.environ.items() if name not in unwanted}
    path = f"{folder / tool / 'bin'}{os.pathsep}{kept['PATH']}"
    return kept | {"PATH": path, "NO_MKDOCS_2_WARNING": "1"}


def install(folder: Path, name: str) -> None:
    """Make the environment of this name, if it is not there, and install this package afresh."""
    home = folder / name
    pip = [str(home / "bin" / "python"), "-m", "pip", "install", "-qq"]
    if not (home / "whole").exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(home)], check=True)
        subprocess.run([*pip, *LIBRARIES, *ENVIRONMENTS[name]], check=True)
        (home / "whole").touch()
    if name in WITH_OURS:
        ours = ["--no-deps", "--no-build-isolation", "--force-reinstall", str(REPOSITORY)]
        subprocess.run([*pip, *ours], check=True)


@dataclass
class Site:
    """A tool's copy of the pages, to be edited and built."""

    tool: Tool
    root: Path
    environments: Path
    pages: list[Page] = field(default_factory=list)
    server: subprocess.Popen[bytes] | None = None

    @classmethod
    def made(cls, tool: Tool, scratch: Path, count: int) -> Site:
        """A site as it is before anything was built."""
        root = scratch / "sites" / f"{tool.name}-{count}"
        shutil.rmtree(root, ignore_errors=True)
        site = cls(tool, root, scratch / "environments", [Page(n) for n in range(count)])
        site.write()
        return site

    @property
    def middle(self) -> Page:
        """The page that is edited."""
        return self.pages[len(self.pages) // 2]

    def edit(self, *, prose: int = 0, code: int = 0) -> None:
        """Change one page, in its text or in a cell."""
        page = self.middle
        self.pages[page.number] = replace(page, prose=page.prose + prose, code=page.code + code)
        self.write()

    def write(self) -> None:
        """Write the files that are not as they should be."""
        for name, text in self.tool.files(self.pages).items():
            path = self.root / name
            if not path.exists() or path.read_text(encoding="utf-8") != text:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")

    def clean(self) -> None:
        """Remove whatever a build leaves."""
        for name in self.tool.left:
            path = self.root / name
            if path.is_dir():
                shutil.rmtree(path)
            path.unlink(missing_ok=True)

    def build(self) -> Measured:
        """Build, and check every page.

        Raises:
            Wrong: The build failed, or a page is not as its source says.
        """
        log = self.root / "build.log"
        with log.open("wb") as out:
            begin = time.perf_counter()
            process = self._start(self.tool.build, out.fileno())
            _, status, usage = os.wait4(process.pid, 0)
            seconds = time.perf_counter() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
        text = log.read_text(errors="replace")
        if process.returncode:
            raise Wrong(f"{self.tool.name} failed:\n{text[-2000:]}")
        for page in self.pages:
            self.check(page, self._built(page))
        ran = RAN.search(text)
        cpu = usage.ru_utime + usage.ru_stime
        return Measured(seconds, cpu, usage.ru_maxrss // 2**10, int(ran[1]) if ran else None)

    def check(self, page: Page, html: str) -> None:
        """See that a page shows its own text and its own results.

        Raises:
            Wrong: It does not.
        """
        for wanted in (page.edition, page.result if self.tool.runs else page.source):
            if wanted not in text_of(html):
                raise Wrong(f"{self.tool.name}: {page.slug} does not show {wanted!r}")

    def _built(self, page: Page) -> str:
        return (self.root / self.tool.page.format(slug=page.slug)).read_text(encoding="utf-8")

    def _start(self, command: tuple[str, ...], out: int) -> subprocess.Popen[bytes]:
        variables = environment(self.environments, self.tool.environment)
        program = shutil.which(command[0], path=variables["PATH"]) or command[0]
        return subprocess.Popen(
            [program, *command[1:]],
            cwd=self.root,
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
        )

    @contextmanager
    def served(self, port: int) -> Iterator[str]:
        """The address of the page that is edited, while the tool's own server runs."""
        with (self.root / "serve.log").open("wb") as out:
            command = tuple(part.format(port=port) for part in self.tool.serve)
            process = self.server = self._start(command, out.fileno())
            try:
                yield f"http://127.0.0.1:{port}/{self.middle.slug}/"
            finally:
                process.terminate()
                process.wait()

    def wait(self, address: str) -> float:
        """Seconds until the page is served as its source is now.

        Raises:
            Wrong: It never is.
        """
        begin = time.perf_counter()
        while time.perf_counter() < begin + PATIENCE and self.server and self.server.poll() is None:
            try:
                with urllib.request.urlopen(address, timeout=PATIENCE) as response:
                    self.check(self.middle, response.read().decode())
            except (OSError, Wrong):
                time.sleep(0.01)
            else:
                return time.perf_counter() - begin
        raise Wrong(f"{self.tool.name}: the server never gave {self.middle.slug} as it is")


def text_of(html: str) -> str:
    """What of a page can be read."""
    return re.sub(r"<[^>]*>", "", html)


def least(site: Site) -> tuple[float, float]:
    """Seconds to import the libraries, and processor seconds of all cells in one warm process."""
    folder = site.root / "cells"
    folder.mkdir(exist_ok=True)
    for page in site.pages:
        code = "\n".join(f"{cell.body}\ndisplay({cell.value})" for cell in page.cells)
        (folder / f"{page.slug}.py").write_text(code, encoding="utf-8")
    variables = environment(site.environments, site.tool.environment)
    done = subprocess.run(
        [
            shutil.which("python", path=variables["PATH"]) or "python",
            *("-c", CELLS, *map(str, sorted(folder.glob("*.py")))),
        ],
        env=variables | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    imported, cells = map(float, done.stdout.split()[-2:])
    return imported, cells
