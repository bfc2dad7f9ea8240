from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.mkdocs_plugin.conftest import Site

MATERIAL = """
site_name: Site
theme: {name: material}
plugins:
  - search
  - twotracks:
      formatters: {"pandas.DataFrame": "tables:table"}
      watch: [examples]
  - mkdocs-jupyter
markdown_extensions:
  - pymdownx.superfences:
      custom_fences:
        - name: mermaid
          class: mermaid
          format: !!python/name:pymdownx.superfences.fence_code_format
  - pymdownx.tabbed: {alternate_style: true}
  - admonition
  - pymdownx.details
  - pymdownx.highlight
  - pymdownx.inlinehilite
  - tables
  - attr_list
  - md_in_html
  - pymdownx.snippets
"""
PAGE = """
    ---
    producers: [examples/run.py]
    ---
    # Total `{python} 40 + 2`

    ```python exec title="First <cell>" id="first"
    import pandas as pd
    x = 41.5
    print("<script>alert(1)</script>")
    ```

    It is `{python} x:.2f`, and `{python} "<&>*a*"`. Write `` `{python} x` ``. `plain code`

    | a | b |
    | --- | --- |
    | `{python} x` | `{python} max(1|2, 3)` |

    - `{python} f"{x}!"`
    - <span markdown>`{python} x`</span>

    === "Tab"

        ```python exec
        pd.DataFrame({"a": [1]})
        ```

    !!! note

        ~~~~py exec="on" source="none"
        print("in a note")
        ~~~~

    - item

        ```{.python exec="on" source="below"}
        print("in a list")
        ```

    > ```python exec
    > print("quoted")
    > ```

    ??? note "Details"

        ````python exec
        text = '''
        ```
        '''
        print(len(text))
        ````

    <div markdown>

    ```python exec
    print("in a div")
    ```

    </div>

    ````markdown
    ```python exec
    1 / 0
    ```
    ````

    ```python
    plain = "`{python} no`"
    ```

    ```mermaid
    graph LR
    ```

    ```python exec expect="ZeroDivisionError"
    1 / 0
    ```

    ```python exec source="none"
    from twotracks.execute import produced
    class Drawing:
        def _repr_svg_(self): return '<svg><g id="node"/><use href="#node"/></svg>'
    print(produced("examples/run.py"))
    display(Drawing(), Drawing())
    ```
    """


def project(site: Site) -> None:
    site.configure(MATERIAL)
    (site.root / "examples").mkdir()
    (site.root / "examples" / "run.py").write_text("print('produced by a run')\n")
    table = "def table(df): return f'<table><caption>{len(df)} rows</caption></table>'\n"
    (site.root / "tables.py").write_text(table)
    site.write(index=PAGE, other="# Other\n\nText.\n")


def test_a_page_with_everything(site: Site) -> None:
    project(site)
    built = site.build()
    assert built.status == 0, built.log
    html = site.html()
    article = html[html.index("<article") : html.index("</article>")]

    def texts(kind: str) -> list[str]:
        return [text.strip() for text in re.findall(rf'{kind}"[^>]*>([^<]*)<', article)]

    assert texts("tt-value") == ["42", "41.50", "&lt;&amp;&gt;*a*", "41.5", "3", "41.5!", "41.5"]
    assert texts("tt-stdout") == [
        "&lt;script&gt;alert(1)&lt;/script&gt;",
        "in a note",
        "in a list",
        "quoted",
        "5",
        "in a div",
        "produced by a run",
    ]
    assert texts("tt-raised") == ["ZeroDivisionError: division by zero"]
    assert "<code>`{python} x`</code>" in article
    assert "<code>plain code</code>" in article
    assert "<caption>1 rows</caption>" in article
    assert (
        '<div class="tt-cell" id="first"><div class="highlight"><span class="filename">' in article
    )
    assert "First &lt;cell&gt;" in article
    assert '<pre class="mermaid"><code>graph LR' in article
    assert "data-tt" not in html
    ids = re.findall(r'id="([^"]*node)"', article)
    assert len(ids) == len(set(ids)) == 2
    assert all(f'href="#{name}"' in article for name in ids)
    # The name of the page, and its entry in the table of contents.
    assert "Total 42" in html
    # Source that was run, source that was not, and what was only shown look alike.
    assert article.count('<div class="highlight">') == 9


OPTIONS = """
    # Options

    ```python exec hide
    print("nobody sees this")
    secret = 1
    ```

    ```python exec source="tabbed"
    print("in a tab")
    ```

    ```python exec collapse title="Folded"
    print("below a fold")
    ```

    ```python exec result="markdown"
    print("| a |\\n| --- |\\n| *b* |")
    ```

    ```python exec session="other"
    print("secret" in globals())
    ```

    - item

        ```python exec file="examples/area.py" region="formula"
        ```

    ```python exec file="examples/area.py" collapse="output"
    ```
    """
AREA = """
# [start:formula]
print(3 * 2**2)
# [end:formula]
"""


def test_every_option_has_its_effect_on_a_page(site: Site) -> None:
    project(site)
    (site.root / "examples" / "area.py").write_text(AREA)
    site.write(index=OPTIONS)
    built = site.build()
    assert built.status == 0, built.log
    html = site.html()
    article = html[html.index("<article") : html.index("</article>")]
    assert "nobody sees this" not in article
    assert "secret = 1" not in article
    assert 'data-tabs="tt-tabs-2:2"' in article
    assert '<details class="tt-collapsed"><summary>Folded</summary><div class="high' in article
    assert "<td><em>b</em></td>" in article
    assert ">\nFalse</pre>" in article
    assert article.count(">\n12</pre>") == 2
    assert "[start:" not in article
    assert article.count('<span class="mi">3</span>') == 2
    (site.root / "examples" / "area.py").write_text(AREA.replace("3", "4"))
    assert site.build().status == 0
    assert site.html().count(">\n16</pre>") == 2
    (site.root / "examples" / "area.py").write_text(AREA.replace("3 * 2**2", "1 / 0"))
    built = site.build()
    assert built.status == 1
    assert "examples/area.py:3: ZeroDivisionError" in built.log
    assert "docs/index.md:26" in built.log


def test_outputs_are_not_searched(site: Site) -> None:
    project(site)
    assert site.build().status == 0
    found = json.loads((site.root / "site/search/search_index.json").read_text(encoding="utf-8"))
    text = json.dumps(found)
    assert "It is" in text
    assert "produced by a run" not in text


def test_two_builds_give_the_same_bytes(site: Site) -> None:
    site.write(
        index="""
        ```python exec
        import pandas as pd
        from sklearn.linear_model import LogisticRegression
        print(object(), {"b", "a", "c"})
        display(pd.DataFrame({"a": [1]}).style.highlight_max())
        LogisticRegression()
        ```
        """
    )
    pages = []
    for _ in range(2):
        assert site.build().status == 0
        pages.append(re.sub(r"Build Date UTC.*", "", site.html()))
    assert pages[0] == pages[1]


def test_a_site_without_cells_is_as_it_was(site: Site) -> None:
    site.write(index="# Title\n\n```python\nx = 1\n```\n\n`{python}` and `code`\n")
    assert site.build().status == 0
    with_plugin = site.html()
    site.configure(
        "site_name: Site\ntheme: {name: mkdocs}\nplugins: []\n"
        "markdown_extensions: [admonition, attr_list, md_in_html, pymdownx.superfences]\n"
    )
    assert site.build().status == 0
    date = r"Build Date UTC.*"
    assert re.sub(date, "", with_plugin) == re.sub(date, "", site.html())


def test_what_pages_share_runs_once(site: Site) -> None:
    script = "open('../count', 'a').write('x')\nprint('made')\n"
    (site.root / "make.py").write_text(script)
    page = """
        ---
        producers: [make.py]
        ---
        ```python exec
        from twotracks.execute import produced
        produced("make.py")
        ```
        """
    site.write(index=page, other=page)
    assert site.build().status == 0
    assert "&#x27;made\\n&#x27;" in site.html("other")
    assert (site.root.parent / "count").read_text() == "x"
