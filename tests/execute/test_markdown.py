"""A page as Markdown."""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING

from twotracks.execute import Engine, Settings, scan
from twotracks.execute.markdown import markdown_of

if TYPE_CHECKING:
    from pathlib import Path

PAGE = """\
---
title: "What: a page?"
description: It has all there is.
deps: [data.csv]
---

# What is there?

```python exec source="none"
n = 3
print("printed")
```

There are `{python} n` of them.

??? note "More"

    ```python exec title="Code"
    class Shown:
        def __repr__(self):
            return "as text"

        def _repr_html_(self):
            return "<b>as markup</b>"


    Shown()
    ```

    In between.

```python exec result="none"
"not seen"
```

```python exec result="markdown" source="below"
print("**bold**")
```

```python exec expect="ValueError"
raise ValueError("`````")
```

```yaml
stays: as it is
```
"""
WANTED = """\
---
title: "What: a page?"
description: It has all there is.
---

# What is there?

```text
printed
```

There are 3 of them.

??? note "More"

    ```python
    class Shown:
        def __repr__(self):
            return "as text"

        def _repr_html_(self):
            return "<b>as markup</b>"


    Shown()
    ```

    ```text
    as text
    ```

    In between.

```python
"not seen"
```

**bold**

```python
print("**bold**")
```

```````python
raise ValueError("`````")
```````

```````text
ValueError: `````
```````

```yaml
stays: as it is
```
"""


def markdown(text: str, root: Path, formatters: dict[str, str] | None = None) -> str:
    page = scan(text, "docs/page.md")
    return markdown_of(text, page, Engine(Settings(root, formatters or {})).record(page))


def test_prose_values_code_and_outputs_stand_in_their_order(tmp_path: Path) -> None:
    wanted = WANTED.replace("```````", "``````")
    assert [line.rstrip() for line in markdown(PAGE, tmp_path).split("\n")] == wanted.split("\n")


def test_a_table_is_there_as_a_whole(tmp_path: Path) -> None:
    text = dedent("""\
    ```python exec
    import pandas as pd

    pd.DataFrame({"n": range(50), "text": ["long " * 30] * 50})
    ```
    """)
    shown = markdown(text, tmp_path, {"pandas.DataFrame": "twotracks.views.html:table"})
    assert "\n27 | long long long" in shown
    assert "..." not in shown


def test_prose_may_be_changed_and_code_not(tmp_path: Path) -> None:
    text = "one\n\n```python exec\n'one'\n```\n"
    page = scan(text, "page.md")
    record = Engine(Settings(tmp_path)).record(page)
    shown = markdown_of(text, page, record, prose=lambda part: part.replace("one", "two"))
    assert shown == "two\n\n```python\n'one'\n```\n\n```text\n'one'\n```\n"
