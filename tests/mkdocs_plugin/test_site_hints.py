"""A hint of a quiz that leads to nothing fails the build."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.mkdocs_plugin.conftest import Site

PAGE = """# Quiz

```python exec source="none"
from twotracks.views.quiz import Option, Question, quiz
from twotracks.views.rows import Row

quiz(
    2,
    [
        Question(
            "What is it?",
            (Option("1", "No."), Option("2", "Yes.")),
            str,
            "Look.",
            Row("ADDRESS", "There"),
        )
    ],
)
```

## There
"""


@pytest.mark.parametrize(("address", "status"), [("there", 0), ("nowhere", 1)])
def test_a_hint_leads_to_what_is_on_the_page(site: Site, address: str, status: int) -> None:
    site.write(index=PAGE.replace("ADDRESS", address))
    built = site.build()
    assert built.status == status, built.log
    assert ("a hint of its quiz leads to #nowhere" in built.log) == bool(status)
