"""The pages of the scenarios, built for real with troubles that nobody ran."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from html import unescape
from pathlib import Path

import pytest

from tests.views.troubles import as_json, troubles

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "docs" / "what-breaks"
PRODUCER = "twotracks.pipelines.scenarios.produce:everything"
NAMES = sorted(page.stem for page in PAGES.glob("*.md") if page.stem != "index")
CONFIGURATION = """
site_name: Site
theme: {name: mkdocs}
plugins:
  - twotracks:
      formatters: {pandas.DataFrame: "twotracks.views.html:table"}
      preload: [pandas, pygraphviz]
markdown_extensions: [attr_list, tables, toc]
"""


def dead_links(index: Path) -> list[str]:
    """The addresses in a page, of pages beside it, that nothing has."""
    found = re.findall(r'href="([\w-]+)/(?:#([\w-]+))?"', index.read_text())
    pages = {name: index.parent / name / "index.html" for name, _ in found}
    ids = {
        name: set(re.findall(r' id="([^"]+)"', page.read_text())) if page.is_file() else set()
        for name, page in pages.items()
    }
    return [
        f"{name}/#{anchor}"
        for name, anchor in found
        if (anchor not in ids[name] if anchor else not pages[name].is_file())
    ]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The index and the pages of the troubles, in a site of their own."""
    root = tmp_path_factory.mktemp("what-breaks")
    folder = root / "docs" / "what-breaks"
    folder.mkdir(parents=True)
    (root / "docs" / "index.md").write_text("# Home\n")
    (root / "everything.json").write_text(as_json(troubles()))
    (root / "fake.py").write_text("def everything():\n    return open('everything.json').read()\n")
    (root / "requirements.txt").write_text("")
    (root / "examples").mkdir()
    shutil.copy(PAGES.parents[1] / "examples" / "scenario.py", root / "examples")
    for name in ("index", *(one.name for one in troubles())):
        text = (PAGES / f"{name}.md").read_text()
        # The quiz is about troubles that only the real scenarios have.
        text = re.sub("## What have you seen.*?(?=\n## )", "", text, flags=re.DOTALL)
        assert text.count(PRODUCER) == 2, name
        (folder / f"{name}.md").write_text(text.replace(PRODUCER, "fake:everything"))
    (root / "mkdocs.yml").write_text(CONFIGURATION)
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet"],
        cwd=root,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return root / "site" / "what-breaks"


def test_every_mark_of_the_matrix_leads_to_its_step(built: Path) -> None:
    index = built / "index.html"
    (matrix,) = re.findall(
        '<table class="tt-table tt-matrix.*?</table>', index.read_text(), re.DOTALL
    )
    marks = re.findall(r'href="([\w-]+)/#(?:none|software|ml)-\w+"', matrix)
    assert len(marks) == len(troubles()) * (1 + 8 + 12)
    assert dead_links(index) == []


def test_a_dead_link_would_be_found(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "index.html").write_text('<p id="here">')
    index = tmp_path / "index.html"
    index.write_text(
        '<a href="a/"><a href="a/#here"><a href="a/#there"><a href="b/"><a href="b/#c">'
    )
    assert dead_links(index) == ["a/#there", "b/#", "b/#c"]


def test_ids_of_a_page_are_its_own(built: Path) -> None:
    for page in built.rglob("index.html"):
        ids = re.findall(r' id="([^"]+)"', page.read_text())
        assert len(ids) == len(set(ids)), page


def test_the_headline_is_the_first_sentence(built: Path) -> None:
    text = (built / "index.html").read_text()
    first = text[text.index("<p", text.index("<h1")) :]
    words = re.sub("<[^>]*>", "", first)
    assert words.startswith("Of 5 troubles that hurt the users of the service if nothing guards")
    assert first.startswith("<p><strong>")
    through = text[text.index('id="what-did-the-ml-track-let-through"') :]
    assert through.index('href="labels-biased/"') < through.index("<h2")


def test_each_page_publishes_its_runs(built: Path) -> None:
    for one in troubles():
        found = json.loads((built / one.name / "run.json").read_text())
        assert found["name"] == one.name
        assert 'href="run.json"' in (built / one.name / "index.html").read_text()


@pytest.mark.parametrize("name", NAMES)
def test_a_page_is_about_the_scenario_of_its_name(name: str) -> None:
    text = (PAGES / f"{name}.md").read_text()
    assert f'read_scenarios(everything)["{name}"]' in text
    assert f"what-breaks/{name}.md" in (ROOT / "mkdocs.yml").read_text()
    title = re.search("^title: (.*)$", text, re.MULTILINE)
    assert title
    assert f"\n# {title[1]}\n" in text
    assert not re.search(r"\d", text.split("---", 2)[2]), "a number typed by hand"


def test_each_symptom_leads_from_the_list_to_its_page() -> None:
    text = (ROOT / "docs" / "symptoms.md").read_text()
    linked = re.findall(
        r'^- \[`{python} say\["([\w-]+)"\]`\]\(what-breaks/([\w-]+)\.md\)$', text, re.MULTILINE
    )
    assert sorted(linked) == [(name, name) for name in NAMES]


def test_a_symptom_stands_in_prose_where_search_finds_it(built: Path) -> None:
    for one in troubles():
        text = (built / one.name / "index.html").read_text()
        quoted = re.search(r"<blockquote>\s*<p><span[^>]*>(.*?)</span></p>", text)
        assert quoted
        assert unescape(quoted[1]) == one.symptom
