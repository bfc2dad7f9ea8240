from __future__ import annotations

import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.mkdocs_plugin.conftest import Site

CONFIGURATION = """
site_name: Site
theme: {name: mkdocs}
plugins:
  - twotracks: {watch: [examples]}
"""
GOOD = """
# Title `{python} 1 + 1`

```python exec
print("value:", open("examples/value.txt").read())
```

```python exec
print("second")
```
"""


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def served(site: Site) -> Iterator[Callable[[str, str], str]]:
    """Serve a site, and give a function that waits until a page holds a text."""
    port = free_port()
    log = (site.root / "serve.log").open("w")
    server = subprocess.Popen(
        [sys.executable, "-m", "mkdocs", "serve", "--livereload", "-a", f"127.0.0.1:{port}"],
        cwd=site.root,
        env=site.environment,
        stdout=log,
        stderr=log,
    )

    def wait(path: str, text: str) -> str:
        deadline = time.monotonic() + 20
        html = ""
        while time.monotonic() < deadline and server.poll() is None:
            try:
                with urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
                    html = answer.read().decode()
            except (HTTPError, URLError, ConnectionError):
                html = ""
            if text in html:
                return html
            time.sleep(0.1)
        said = (site.root / "serve.log").read_text()
        raise AssertionError(f"no {text!r} in:\n{html}\n{said}")

    try:
        yield wait
    finally:
        server.terminate()
        server.wait()
        log.close()


def test_errors_stand_in_the_page_until_the_next_good_save(site: Site) -> None:
    site.configure(CONFIGURATION)
    (site.root / "examples").mkdir()
    value = site.root / "examples" / "value.txt"
    value.write_text("one")
    site.write(index=GOOD)
    with served(site) as wait:
        wait("/", "value: one")

        value.write_text("two, later")
        wait("/", "value: two, later")

        site.write(index=GOOD.replace('print("second")', "1 / 0"))
        html = wait("/", "ZeroDivisionError")
        assert "docs/index.md:8: ZeroDivisionError: division by zero" in html
        assert html.count('class="tt-error"') == 1
        # What ran before stands; the error stands behind its cell's code.
        assert (
            html.index("value: two")
            < html.index('<span class="o">/</span>')
            < html.index('class="tt-error"')
        )

        site.write(index=GOOD.replace("exec\n", 'exec resutl="text"\n', 1))
        html = wait("/", "unknown option")
        assert html.count('class="tt-error"') == 1
        assert html.index('class="tt-error"') < html.index("<h1")

        site.write(index=GOOD.replace("1 + 1", "missing"))
        html = wait("/", "name &#x27;missing&#x27; is not defined")
        assert html.count('class="tt-error"') == 1

        site.write(index=f"{GOOD}\n<p>\n`{{python}} 5`\n</p>\n")
        html = wait("/", "is not shown on the page")
        assert "value: two" in html

        site.write(index=GOOD.replace("Title", "Healed"))
        html = wait("/", 'Healed <span class="tt-value">2</span>')
        assert "tt-error" not in html


def test_a_site_that_begins_broken_is_served(site: Site) -> None:
    site.configure(CONFIGURATION)
    (site.root / "examples").mkdir()
    site.write(
        index="```python exec\n1 / 0\n```\n", other="---\nproducers: [no.py]\n---\n`{python} 1`\n"
    )
    with served(site) as wait:
        assert "docs/index.md:2: ZeroDivisionError" in wait("/", "tt-error")
        assert "docs/other.md:2: no producer" in wait("/other/", "tt-error")
    assert "docs/other.md:2" in (site.root / "serve.log").read_text()


def test_the_files_of_a_page_are_served_and_follow_a_save(site: Site) -> None:
    site.configure("site_name: Site\ntheme: {name: mkdocs}\nplugins: [twotracks]\n")
    site.write(index="```python exec\n40 + 2\n```\n")
    with served(site) as wait:
        wait("/index.py", "print(40 + 2)")
        site.write(index="```python exec\n40 + 3\n```\n")
        wait("/index.py", "print(40 + 3)")
        wait("/index.ipynb", '"43"')
