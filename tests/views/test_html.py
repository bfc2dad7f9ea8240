"""Tables that can be read out, and that nothing in them is taken for markup."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from twotracks.views.html import sentences, table
from twotracks.views.transcript import transcript

if TYPE_CHECKING:
    from twotracks import Run


def test_a_table_has_a_caption_and_scoped_headers(passed_run: Run) -> None:
    root = ET.fromstring(table(passed_run.status_tracker()))
    assert root.findtext("caption") == "Status tracker: each state variable after each step"
    assert all(th.get("scope") == "col" for th in root.findall("thead/tr/th"))
    assert [row[0].get("scope") for row in root.findall("tbody/tr")] == ["row"] * 3
    changed = [cell.text for cell in root.iter("td") if "tt-changed" in (cell.get("class") or "")]
    assert changed == [
        "Committed",
        "Built",
        "Tested",
        "Deployed",
        "Collected",
        "Trained",
        "Validated",
        "Deployed",
        "Monitored",
    ]


def test_any_frame_is_a_table() -> None:
    frame = pd.DataFrame({"a": [1, 2], "b": [0.12345, np.nan]}, index=["x", "y"])
    root = ET.fromstring(table(frame))
    assert [[cell.text for cell in row] for row in root.iter("tr")] == [
        ["Row", "a", "b"],
        ["x", "1", "0.123"],
        ["y", "2", None],
    ]
    assert root.findtext("caption") == "Table of 2 rows, 2 columns"


def test_a_long_frame_is_cut_with_a_notice() -> None:
    root = ET.fromstring(table(pd.DataFrame({"n": range(200)})))
    rows = [row[0].text for row in root.findall("tbody/tr")]
    assert len(rows) == 61
    assert rows[29:32] == ["29", "… 140 rows more …", "170"]


# What XML, with which the test reads, cannot hold.
@given(st.text(st.characters(exclude_categories=("Cc", "Cs"), exclude_characters="\ufffe\uffff")))
def test_everything_is_escaped(text: str) -> None:
    frame = pd.DataFrame({text: [text]}, index=pd.Index([text], name=text))
    frame.attrs = {"caption": text, "cell_classes": {(0, text): text}}
    root = ET.fromstring(table(frame))
    assert (root.findtext("caption") or "") == text
    assert (root.findtext("tbody/tr/td") or "") == text
    assert (ET.fromstring(sentences([text]).markup).findtext("li") or "") == text


def test_the_transcript_tells_every_step(passed_run: Run, refused_run: Run) -> None:
    lines = transcript(passed_run)
    assert len(lines) == 2 + 9 + 1
    assert lines[2].startswith(
        "Step 1, code_commit(), belongs to Software CI/CD. It passed: "
        "trigger pipeline. Code went from 'Initial code' to 'Committed'."
    )
    assert lines[-1].startswith("All steps are done. At the end Code is 'Deployed'")
    told = "\n".join(transcript(refused_run))
    assert "It failed: ValueError: broken & gone." in told
    assert "It refused: not good <enough>." in told
    assert "It was skipped, because build() failed." in told
    assert "Not all steps are done." in told
