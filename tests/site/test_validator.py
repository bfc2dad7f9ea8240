"""The W3C's own checker, which needs Java: asked by `make audit` only.

It is in the npm package `vnu-jar`; `VNU` says where: `VNU=.../vnu.jar make audit`.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.site import limits, statics

JAR = os.environ.get("VNU", "")


@pytest.mark.skipif(not (JAR and shutil.which("java")), reason="needs java, and VNU=.../vnu.jar")
def test_the_w3c_finds_no_error(site: Path) -> None:
    over = limits.INVALID.none_of(statics.invalid(Path(JAR).resolve(), site.resolve()))
    assert not over, "\n".join(over)
