from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.execute.test_pool import nothing_left
from tests.mkdocs_plugin.test_site_serve import served

if TYPE_CHECKING:
    from tests.mkdocs_plugin.conftest import Site

CONFIGURATION = "site_name: Site\ntheme: {{name: mkdocs}}\nplugins: [{{twotracks: {{{}}}}}]\n"
PAGE = "```python exec\nimport sys\n'fractions' in sys.modules\n```\n"

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks into /proc")


def test_the_end_of_a_build_says_what_ran(site: Site) -> None:
    site.write(index="# Nothing to run\n", one=PAGE, two=PAGE)
    first = site.build()
    assert re.search(
        r"INFO +-.* 2 pages ran and 0 came from the store, in [\d.]+ s\. "
        r"Slowest: docs/(one|two).md [\d.]+ s, docs/(one|two).md [\d.]+ s\n",
        first.log,
    ), first.log
    site.write(two=PAGE.replace("sys.modules", "list(sys.modules)"))
    assert "1 page ran and 1 came from the store" in site.build().log
    assert re.search(r"0 pages ran and 2 came from the store, in [\d.]+ s\n", site.build().log)
    assert nothing_left(site.root)
    quiet = [sys.executable, "-m", "mkdocs", "build", "--quiet"]
    done = subprocess.run(
        quiet, cwd=site.root, env=site.environment, capture_output=True, check=True
    )
    assert done.stdout + done.stderr == b""


def test_pages_start_with_what_is_preloaded(site: Site) -> None:
    site.write(index=PAGE)
    site.configure(CONFIGURATION.format("preload: [json]"))
    assert site.build().status == 0
    assert "False" in site.html()
    site.configure(CONFIGURATION.format("preload: [fractions]"))
    assert site.build().status == 0
    assert "True" in site.html()
    assert nothing_left(site.root)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("preload: [pandsa]", "mkdocs.yml: twotracks: preload: cannot import 'pandsa'"),
        ("preload: [mine]", "mkdocs.yml: twotracks: preload: 'mine' is part of the project"),
        ("memory: -1", "mkdocs.yml: twotracks: workers and memory cannot be negative"),
        ("workers: -1", "mkdocs.yml: twotracks: workers and memory cannot be negative"),
    ],
)
def test_options_that_cannot_be_meant_end_the_build(site: Site, options: str, message: str) -> None:
    (site.root / "mine.py").write_text("")
    site.write(index=PAGE, other=PAGE)
    site.configure(CONFIGURATION.format(options))
    built = site.build()
    assert built.status == 1
    assert built.log.count(message) == 1
    assert "Traceback" not in built.log
    assert nothing_left(site.root)


def test_a_page_that_uses_too_much_memory_fails(site: Site) -> None:
    site.configure(CONFIGURATION.format("memory: 300"))
    site.write(index="```python exec\nx = bytearray(2**29)\n```\n")
    assert "docs/index.md:2: MemoryError" in site.build().log


def test_the_server_stays_warm_while_the_site_is_served(site: Site) -> None:
    page = "```python exec\nimport os\nprint('server', os.getppid(), {})\n```\n"
    site.configure(CONFIGURATION.format("preload: [json]"))
    site.write(index=page.format(1))
    with served(site) as wait:
        (first,) = re.findall(r"server (\d+) 1\b", wait("/", "server "))
        site.write(index=page.format(2))
        (second,) = re.findall(r"server (\d+) 2\b", wait("/", f"server {first} 2"))
        assert first == second
        assert Path(f"/proc/{first}").exists()
    assert nothing_left(site.root)
