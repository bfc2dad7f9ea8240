"""A built site as a zip: `python -m twotracks.mkdocs_plugin.archive FOLDER ARCHIVE`.

The same site gives the same bytes: names are sorted, and all files have one date and one mode.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

OF_A_SERVER = frozenset({"404.html", "sitemap.xml", "sitemap.xml.gz"})
"""What is of use to a server only: addresses of another place, and the time of the build."""
EARLIEST = 315_532_800
"""1980-01-01, the earliest date that a zip can hold, in seconds since 1970."""
_MODE = 0o644 << 16
_UNIX = 3


def archive(folder: Path, target: Path, date: int = EARLIEST) -> None:
    """Write a built site as a zip with one folder in it, of the zip's name.

    Args:
        folder: The site.
        target: The zip.
        date: Of all its files, in seconds since 1970; at the least `EARLIEST`.
    """
    written = time.gmtime(max(date, EARLIEST))[:6]
    files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*")}
    with ZipFile(target, "w") as into:
        for name, path in sorted(files.items()):
            if not path.is_file() or name in OF_A_SERVER:
                continue
            info = ZipInfo(f"{target.stem}/{name}", written)
            info.create_system, info.external_attr = _UNIX, _MODE
            info.compress_type = ZIP_DEFLATED
            into.writestr(info, path.read_bytes())


if __name__ == "__main__":
    archive(Path(sys.argv[1]), Path(sys.argv[2]), int(os.environ.get("SOURCE_DATE_EPOCH", "0")))
