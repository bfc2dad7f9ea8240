"""What it costs to run a page in a new Python, and in a fork of one with its libraries imported.

    python benchmarks/pages.py [--pages 40] [--rounds 3]

Each page has three cells: a table, a model that is fitted, a diagram. All ways run on the same
pages in one go, in turn; the figures are medians, and the ratios are of those. Nothing is cached:
each measurement has an engine of its own.
"""

from __future__ import annotations

import argparse
import os
from dataclasses import replace
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import TYPE_CHECKING

from twotracks.execute import Engine, PageRecord, Settings, scan
from twotracks.execute.pool import Pool

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from twotracks.execute import Page

PRELOAD = ("pandas", "sklearn.linear_model", "sklearn.datasets", "pygraphviz")
PAGE = """# Page {number}

```python exec
import pandas as pd

days = range(12)
measured = pd.DataFrame({{"day": days, "seen": [(5 * day + {number}) % 17 for day in days]}})
measured.describe()
```

```python exec
from sklearn.datasets import load_wine
from sklearn.linear_model import LogisticRegression

wines, kinds = load_wine(return_X_y=True)
model = LogisticRegression(C=1 + {number}, solver="liblinear").fit(wines[:, :4], kinds > 0)
model.score(wines[:, :4], kinds > 0)
```

```python exec
from twotracks.views import svg

edges = "; ".join(f"s{{n}} -> s{{(n * 3 + {number}) % 8}}" for n in range(8))
print(len(svg.inline(svg.render(f"digraph {{{{ {{edges}} }}}}"), "Graph", "Eight states", "g")))
```
"""


def make(number: int) -> Page:
    return scan(PAGE.format(number=number), f"docs/page-{number:03}.md")


def timed(work: Callable[[], object]) -> float:
    begin = perf_counter()
    work()
    return perf_counter() - begin


def in_new_pythons(settings: Settings, pages: Sequence[Page]) -> float:
    """Seconds a page, one after the other, each in a Python that imports its libraries."""
    engine = Engine(settings)
    return timed(lambda: [engine.record(page) for page in pages]) / len(pages)


def in_forks(settings: Settings, pages: Sequence[Page], pool: Pool) -> float:
    """Seconds a page, one after the other, each forked from a server that is already warm."""
    engine = Engine(settings, pool=pool)
    return timed(lambda: [engine.record(page) for page in pages]) / len(pages)


def cold(settings: Settings, pages: Sequence[Page]) -> float:
    """Seconds for all pages, with the start of the server."""
    engine = Engine(settings)

    def build() -> None:
        for page, outcome in engine.record_all(pages):
            assert isinstance(outcome, PageRecord), f"{page.path}: {outcome}"

    return timed(build)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--pages", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    pages = [make(number) for number in range(given.pages)]
    few = pages[:5]
    new, forked, server, one, many = [], [], [], [], []
    with TemporaryDirectory() as folder:
        settings = Settings(Path(folder), preload=PRELOAD)
        for _ in range(given.rounds):
            new.append(in_new_pythons(settings, few))
            with Pool(settings.root, PRELOAD) as pool:
                server.append(timed(pool.start))
                in_forks(settings, few[:1], pool)
                forked.append(in_forks(settings, few, pool))
            one.append(cold(replace(settings, workers=1), pages))
            many.append(cold(settings, pages))
    print(f"{given.pages} pages of three cells, {os.cpu_count()} processors")
    print(f"a page in a new Python:     {median(new) * 1e3:7.0f} ms")
    print(f"a page in a fork:           {median(forked) * 1e3:7.0f} ms")
    print(f"  so a new Python costs {median(new) / median(forked):.1f} times as much")
    print(f"start of the server:        {median(server) * 1e3:7.0f} ms")
    print(f"{given.pages} pages cold, one worker:  {median(one):7.2f} s")
    print(f"{given.pages} pages cold, all workers: {median(many):7.2f} s")
    print(
        f"  of all pages in new Pythons, one after the other: "
        f"1/{median(new) * given.pages / median(many):.1f}"
    )
    print(f"  of one worker: 1/{median(one) / median(many):.2f}")


if __name__ == "__main__":
    main()
