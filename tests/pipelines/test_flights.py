"""The packaged sample: what is in it, what is done when it is damaged, and how it is made."""

from __future__ import annotations

import dataclasses
import gzip
import hashlib
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from twotracks import TwoTracksError
from twotracks.pipelines import flights
from twotracks.pipelines.flights import make

if TYPE_CHECKING:
    from pathlib import Path


def test_the_sample_is_what_its_card_says() -> None:
    card, rows = flights.load_card(), flights.load()
    assert len(rows) == card.rows == 24_000
    assert card.left_out == 9_430
    assert list(rows) == [column.name for column in card.columns]
    assert set(rows.groupby("month").size()) == {2_000}
    assert rows[list(flights.FEATURES)].notna().mean().min() > 0.85


def test_the_target_is_more_than_fifteen_minutes_late() -> None:
    rows = flights.load()
    assert rows.loc[flights.is_late(rows), "arr_delay"].min() == 16


def test_until_holds_the_day_itself() -> None:
    rows = flights.until(flights.load(), 3, 15)
    assert set(rows["month"]) == {1, 2, 3}
    assert rows.loc[rows["month"] == 3, "day"].max() == 15


def test_the_live_flights_are_others_of_the_fortnight_that_validates() -> None:
    sample, live = flights.load(), flights.load_live()
    assert len(live) == flights.load_card().live_rows == 3_000
    assert list(live) == list(sample)
    assert set(live["month"]) == {3}
    assert set(live["day"]) == set(range(16, 32))
    assert not pd.concat([sample, live]).duplicated().any()


def test_the_script_makes_the_same_rows_again() -> None:
    made, card = make.draw(), flights.load_card()
    assert hashlib.sha256(make.as_text(made.sample)).hexdigest() == card.sha256
    assert hashlib.sha256(make.as_text(made.live)).hexdigest() == card.live_sha256
    assert made.left_out == card.left_out


@pytest.mark.parametrize("damage", ["missing", "cut", "not gzip", "other rows"])
def test_a_damaged_sample_says_where_and_what_to_do(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "flights.csv.gz"
    whole = flights.ROWS_FILE.read_bytes()
    content = {
        "cut": whole[:1000],
        "not gzip": b"month,day\n",
        "other rows": gzip.compress(b"month,day\n1,1\n"),
    }.get(damage)
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(TwoTracksError, match=r"(?s)flights\.csv\.gz: .*Install the package again"):
        flights.load(path)


@pytest.mark.parametrize("text", [None, "{", "{}", '{"columns": [1]}'])
def test_a_damaged_card_says_where(tmp_path: Path, text: str | None) -> None:
    path = tmp_path / "card.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(TwoTracksError, match=r"card\.json: cannot read the data card"):
        flights.load_card(path)


def test_rows_that_are_not_the_cards_are_refused() -> None:
    other = dataclasses.replace(flights.load_card(), sha256="0" * 64)
    with pytest.raises(TwoTracksError, match="the data card says 000000000000"):
        flights.load(card=other)
