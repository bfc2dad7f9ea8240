"""A site that is opened with file://: the data in its pages, and the zip that it comes in."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import TYPE_CHECKING
from zipfile import ZipFile

import pytest

from twotracks.mkdocs_plugin.archive import archive

if TYPE_CHECKING:
    from pathlib import Path

    from tests.mkdocs_plugin.conftest import Site

CONFIGURATION = """
site_name: Site
theme: {name: material, font: false}
plugins: {twotracks: {}, offline: {enabled: %s}}
extra: {polyfills: [iframe-worker.js]}
"""
# A page that names what another one publishes, as the explorer does.
PAGES = {
    "index": """
        # Home

        ```python exec source="none"
        from IPython.display import HTML

        HTML('<ul><li data-tt-trouble="a&amp;b" data-tt-address="one/run.json">x</li></ul>')
        ```
        """,
    "one": """
        # One

        ```python exec source="none"
        from twotracks.execute import publish

        publish("run.json", '{"is": "</script><b>"}')
        ```
        """,
}
EMBEDDED = re.compile(r'<script type="application/json" data-tt-runs="a&amp;b">(.*?)</script>')


@pytest.mark.parametrize("enabled", ["true", "false"])
def test_data_of_another_page_is_embedded_offline_only(site: Site, enabled: str) -> None:
    site.configure(CONFIGURATION % enabled)
    site.write(**PAGES)
    built = site.build()
    assert built.status == 0, built.log
    found = EMBEDDED.findall(site.html())
    assert [json.loads(text) for text in found] == (
        [{"is": "</script><b>"}] if enabled == "true" else []
    )
    assert (site.root / "site" / "one" / "run.json").is_file()
    assert "data-search-exclude" in site.html()  # what cells show came later, in this build too


def test_data_that_nobody_published_fails_the_build(site: Site) -> None:
    site.configure(CONFIGURATION % "true")
    site.write(index=PAGES["index"])
    built = site.build()
    assert built.status == 1
    assert "index.html: it names one/run.json for 'a&b', and the site has no such" in built.log
    assert not (site.root / "site").exists()


def a_site(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"in {name} " * 100)
    return folder


def test_the_same_site_is_the_same_zip(tmp_path: Path) -> None:
    first = a_site(tmp_path / "first", "index.html", "b/index.html", "a.html", "sitemap.xml")
    second = a_site(tmp_path / "second", "404.html", "a.html", "b/index.html", "index.html")
    (second / "a.html").chmod(0o600)
    (second / "empty").mkdir()
    made = []
    for folder in (first, second):
        target = tmp_path / f"{folder.name}-zip" / "name.zip"
        target.parent.mkdir()
        archive(folder, target, 1_577_836_800)
        made.append(target)
    assert made[0].read_bytes() == made[1].read_bytes()
    with ZipFile(made[0]) as zipped:
        assert zipped.namelist() == ["name/a.html", "name/b/index.html", "name/index.html"]
        assert {info.date_time for info in zipped.infolist()} == {(2020, 1, 1, 0, 0, 0)}
        assert zipped.read("name/a.html") == (first / "a.html").read_bytes()


def test_the_command_takes_the_date_of_the_environment(tmp_path: Path) -> None:
    folder = a_site(tmp_path / "site", "index.html")
    module = "twotracks.mkdocs_plugin.archive"
    for date, year in (("1577836800", 2020), ("0", 1980)):
        subprocess.run(
            [sys.executable, "-m", module, str(folder), str(tmp_path / "a.zip")],
            env={"SOURCE_DATE_EPOCH": date, "PYTHONPATH": ":".join(sys.path)},
            check=True,
        )
        with ZipFile(tmp_path / "a.zip") as zipped:
            assert zipped.infolist()[0].date_time[0] == year
