from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.mkdocs_plugin.conftest import Site


def test_all_failing_pages_are_named_and_the_old_site_still_stands(site: Site) -> None:
    site.write(
        index="# Good\n\n```python exec\nprint(1)\n```\n",
        one="# One\n\n```python exec\n1 / 0\n```\n",
        two='```python exec resutl="text"\nx = 1\n```\n',
        three="```python exec\nimport os\nos._exit(0)\n```\n",
        four="Text `{python} missing`.\n",
        five="---\nproducers: [nowhere.py]\n---\n`{python} 1`\n",
    )
    (site.root / "site").mkdir()
    (site.root / "site" / "marker").write_text("old")
    built = site.build()
    assert built.status == 1
    assert "5 pages could not be executed" in built.log
    for message in (
        "docs/one.md:4: ZeroDivisionError: division by zero",
        "docs/two.md:1: unknown option 'resutl'",
        "docs/three.md:2: the process ended with exit status 0",
        "docs/four.md:1: NameError: name 'missing' is not defined",
        "docs/five.md:2: no producer 'nowhere.py'",
    ):
        assert message in built.log
    assert "-> 4 | 1 / 0" in built.log
    assert "twotracks/execute" not in built.log
    assert (site.root / "site" / "marker").read_text() == "old"


@pytest.mark.parametrize(
    ("page", "message"),
    [
        ("# T\n\n<p>\n`{python} 1 + 1`\n</p>\n", "docs/index.md:4: the inline value '1 + 1'"),
        ("![`{python} 1 + 1`](x.png)\n", "docs/index.md:1: the inline value '1 + 1'"),
        ('<a title="`{python} 1 + 1`">x</a>\n', "docs/index.md:1: the inline value '1 + 1'"),
        ('A <a title="`{python} 1 + 1`">x</a>\n', "docs/index.md:1: the inline value '1 + 1'"),
        ("Text\n\n    `{python} 1 + 1`\n", "docs/index.md:3: the inline value '1 + 1'"),
        ("`{python} 1`\n\n<p>`{python} 1`</p>\n", "docs/index.md:3: the inline value '1'"),
        ("---\nx: '`{python} 1`'\n---\nText\n", "docs/index.md:2: an inline value cannot work"),
        (
            "Text\n\n<!--\n```python exec\n1\n```\n-->\n\nText\n",
            "docs/index.md:4: this cell is not shown on the page",
        ),
        (
            "Text\n\n    ```python exec\n    1\n    ```\n",
            "docs/index.md:3: this cell is not shown on the page",
        ),
    ],
)
def test_where_nothing_can_be_shown_is_an_error(site: Site, page: str, message: str) -> None:
    site.write(index=page)
    built = site.build()
    assert built.status == 1
    assert message in built.log
    assert "Traceback" not in built.log


def test_a_cell_that_is_not_in_the_file_is_an_error(site: Site) -> None:
    (site.root / "part.md").write_text("```python exec\nprint('cell of a snippet')\n```\n")
    site.configure(
        "site_name: Site\ntheme: {name: mkdocs}\nplugins: [twotracks]\n"
        "markdown_extensions: [pymdownx.snippets]\n"
    )
    site.write(index='# Title\n\n--8<-- "part.md"\n')
    built = site.build()
    assert built.status == 1
    assert "docs/index.md: the builder sees a cell that is not in the file" in built.log
    assert "Traceback" not in built.log


def test_a_folder_to_watch_must_be_there(site: Site) -> None:
    site.configure("site_name: Site\nplugins: [{twotracks: {watch: [exampels]}}]\n")
    site.write(index="Text\n")
    built = site.build()
    assert built.status == 1
    assert "there is no folder" in built.log


def test_the_fence_works_without_the_plugin(site: Site) -> None:
    site.configure_by_hand()
    (site.root / "make.py").write_text("print('made')\n")
    site.write(
        index="""
        ---
        producers: [make.py]
        ---
        # Title `{python} 1 + 1`

        !!! note
        ```python exec
        from twotracks.execute import produced
        print(produced("make.py"), 20 * 4)
        ```
        """,
        other="# Other\n\nNothing to run: `{python}`.\n",
    )
    built = site.build()
    assert built.status == 0, built.log
    assert "made\n 80</pre>" in site.html()
    assert '<span class="tt-value">2</span>' in site.html()
    assert "data-tt" not in site.html()


@pytest.mark.parametrize(
    ("page", "message"),
    [
        ("Text\n\n```python exec\n1 / 0\n```\n", "docs/index.md:4: ZeroDivisionError"),
        ('```python exec resutl="x"\n1\n```\n', "docs/index.md:1: unknown option 'resutl'"),
        ("Text `{python} missing`\n", "docs/index.md:1: NameError"),
        ("```python exec\n1\n```\n\n<p>\n`{python} 1`\n</p>\n", "docs/index.md:6: the inline"),
    ],
)
def test_without_the_plugin_a_failure_still_ends_the_build(
    site: Site, page: str, message: str
) -> None:
    site.configure_by_hand()
    site.write(index=page)
    built = site.build()
    assert built.status == 1
    assert message in built.log
    assert "SuperFencesException" in built.log
