"""The site as it is built: what the pages hold, and that a build is honest and repeatable."""

from __future__ import annotations

import csv
import filecmp
import json
import os
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.docs.test_what_breaks import dead_links
from twotracks.execute import Engine, Settings, scan
from twotracks.execute.errors import CellFailed
from twotracks.execute.notebooks import read_notebook

if TYPE_CHECKING:
    from twotracks.execute.outputs import PageRecord

ROOT = Path(__file__).parents[2]
SEED = ROOT / "tests" / "views" / "seed"
KEPT_BY_MAKE = ROOT / ".cache" / "twotracks"
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source"}


def build(
    target: Path, cache: Path | None = None, *, quiet: bool = True
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [
            *(sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(target)),
            *(["--quiet"] if quiet else []),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
        env={
            **os.environ,
            "NO_MKDOCS_2_WARNING": "1",
            "SOURCE_DATE_EPOCH": "1577836800",
            # Of its own, so that it runs every page.
            "TWOTRACKS_CACHE": str(cache or target.with_name(f"{target.name}.cache")),
        },
    )


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    target, cache = folder / "site", folder / "site.cache"
    if KEPT_BY_MAKE.is_dir():  # what `make site` kept is compared with runs of its own below
        shutil.copytree(KEPT_BY_MAKE, cache)
    done = build(target, cache)
    assert done.returncode == 0, done.stderr
    return target


class Article(HTMLParser):
    """The tables, headings, ids and text of a page."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.tables: list[list[list[str]]] = []
        self.captions: list[str] = []
        self.headings: list[str] = []
        self.ids: list[str] = []
        self.remote: list[str] = []
        self._into: list[str] | None = None
        self.text = ""
        self.feed(path.read_text())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.ids += [given["id"]] if given.get("id") else []  # type: ignore[list-item]
        if tag in ("script", "img", "iframe") or (
            tag == "link" and given.get("rel") == "stylesheet"
        ):
            address = given.get("src") or given.get("href") or ""
            self.remote += [address] if re.match(r"(https?:)?//", address) else []
        if tag == "table":
            self.tables.append([])
            self.captions.append("")
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("td", "th"):
            self._into = self.tables[-1][-1]
            self._into.append("")
        elif tag == "caption":
            self._into = self.captions
        elif tag in ("h1", "h2"):
            self.headings.append("")
            self._into = self.headings

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th", "caption", "h1", "h2"):
            self._into = None

    def handle_data(self, data: str) -> None:
        self.text += data
        if self._into is not None:
            self._into[-1] += data

    def table(self, caption: str) -> list[list[str]]:
        return self.tables[[c.split(":")[0] for c in self.captions].index(caption)]


def rows(name: str) -> list[list[str]]:
    with (SEED / name).open(newline="") as file:
        return list(csv.reader(file))


def test_the_page_has_the_seed_pages_eight_parts(site: Path) -> None:
    page = Article(site / "see/index.html")
    headings = [heading.rstrip("¶") for heading in page.headings]
    assert headings[1:9] == [
        "The run",
        "Process flow",
        "Process table",
        "Status tracker",
        "Key moments",
        "Quiz",
        "In short",
        "Full transcript",
    ]


def test_its_tables_are_the_seed_pages(site: Path) -> None:
    page = Article(site / "see/index.html")
    assert page.table("Process table") == rows("process_table.csv")
    assert page.table("Status tracker") == rows("status_tracker.csv")


def test_its_diagrams_and_its_key_come_from_the_run(site: Path) -> None:
    text = (site / "see/index.html").read_text()
    boxes = {box for row in rows("flow.csv")[1:] for box in row}
    drawing = text[text.index("<svg", text.index('id="process-flow"')) :]
    drawn = re.findall(r"<text[^>]*>([^<]*)</text>", drawing[: drawing.index("</svg>")])
    assert {box.replace("&amp;", "&").replace("&gt;", ">") for box in drawn} == boxes
    keys = []
    for form in re.findall(r'<form class="tt-question".*?</form>', text, re.DOTALL)[:3]:
        (letter,) = re.findall(r"<strong>([A-D])</strong> is right", form)
        options = re.findall(r"> <span>([^<]*)</span></label>", form)
        keys.append((letter, options["ABCD".index(letter)]))
    assert keys == [
        ("C", "Step 6"),
        ("B", "Validated"),
        ("A", "Step 9"),
    ]


def test_no_page_asks_another_host_and_ids_are_unique(site: Path) -> None:
    for path in site.rglob("*.html"):
        page = Article(path)
        assert page.remote == [], path
        assert len(page.ids) == len(set(page.ids)), path


def test_each_scenario_has_a_page_and_each_mark_leads_to_its_step(site: Path) -> None:
    folder = site / "what-breaks"
    pages = {path.parent.name for path in folder.glob("*/index.html")}
    rows = re.findall(r'<th scope="row"><a href="([\w-]+)/">', (folder / "index.html").read_text())
    assert sorted(rows) == sorted(pages)
    assert dead_links(folder / "index.html") == []


def test_no_machine_shows_through(site: Path) -> None:
    for path in [*site.rglob("*.html"), *site.rglob("*.json")]:
        text = path.read_text()
        assert str(ROOT) not in text, path
        # But for a pattern of the documentation, and the name of the wheel.
        left = re.sub(r"twotracks-(\*|[\d.]+-py3)", "", text)
        assert "twotracks-" not in left or "/tmp/" not in left, path


def test_outputs_stay_out_of_the_search(site: Path) -> None:
    entries = json.loads((site / "search/search_index.json").read_text())["docs"]
    text = " ".join(entry["text"] for entry in entries if entry["location"].startswith("see/"))
    assert "Because its product is made from data" in text
    assert "Verify code correctness" not in text


def test_the_schema_is_published(site: Path) -> None:
    published = (site / "schemas/run-1.json").read_bytes()
    assert published == (ROOT / "src/twotracks/run.schema.json").read_bytes()


def test_two_builds_give_the_same_bytes(site: Path, tmp_path: Path) -> None:
    again = tmp_path / "again"
    assert build(again).returncode == 0

    def differences(compared: filecmp.dircmp[str]) -> list[str]:
        here = [
            *compared.left_only,
            *compared.right_only,
            *compared.diff_files,
            *compared.funny_files,
        ]
        return [*here, *(name for sub in compared.subdirs.values() for name in differences(sub))]

    # MkDocs writes the time into the gzip header; what is inside is compared with the rest.
    ignored = ["sitemap.xml.gz"]
    assert differences(filecmp.dircmp(site, again, ignore=ignored)) == []

    kept = tmp_path / "kept"
    done = build(kept, cache=tmp_path / "again.cache", quiet=False)
    assert "0 pages ran" in done.stderr
    assert differences(filecmp.dircmp(site, kept, ignore=ignored)) == []


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project whose steps can be changed."""
    root = tmp_path_factory.mktemp("changed")
    shutil.copytree(ROOT / "src", root / "src", ignore=shutil.ignore_patterns("__pycache__"))
    return root


def see(root: Path, monkeypatch: pytest.MonkeyPatch) -> PageRecord:
    monkeypatch.setenv("PYTHONPATH", str(root / "src"))
    page = scan((ROOT / "docs/see.md").read_text(), "docs/see.md")
    formatters = {"pandas.DataFrame": "twotracks.views.html:table"}
    return Engine(Settings(root, formatters)).record(page)


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_another_outcome_in_the_code_is_another_page(
    changed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    software = changed / "src/twotracks/pipelines/software.py"
    replace(software, '"Build artifact"', '"Another outcome"')
    shown = str(see(changed, monkeypatch))
    replace(software, '"Another outcome"', '"Build artifact"')
    assert "Another outcome" in shown
    assert "Build artifact" not in shown


def test_another_state_that_prose_relies_on_fails_the_build(
    changed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ml = changed / "src/twotracks/pipelines/ml.py"
    replace(ml, '("Model", "Validated")', '("Model", "Checked")')
    with pytest.raises(CellFailed, match=r"docs/see\.md:\d+: AssertionError"):
        see(changed, monkeypatch)
    replace(ml, '("Model", "Checked")', '("Model", "Validated")')


def test_the_notebook_is_never_stale(
    changed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(changed / "src"))
    name = "docs/notebooks/nine-steps.ipynb"
    page = read_notebook(ROOT / name, name).page

    def engine() -> Engine:
        return Engine(Settings(changed), cache=tmp_path)

    engine().record(page)
    assert "would not run" in engine().why(page)
    software = changed / "src/twotracks/pipelines/software.py"
    replace(software, '"Build artifact"', '"Another outcome"')
    why = engine().why(page)
    replace(software, '"Another outcome"', '"Build artifact"')
    assert "would run" in why
    assert "software.py" in why


def test_the_notebook_is_rendered_only(site: Path) -> None:
    html = (site / "notebooks/nine-steps/index.html").read_text()
    assert len(html) < 80_000
    assert "Verify code correctness" in html
    assert html.count("notebook.css") == 1
    assert "<th></th>" not in html
