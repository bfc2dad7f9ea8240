"""`python -m flight_delay [--registry DIR]`: start the service and say where it listens."""

from __future__ import annotations

import argparse
import json
import socket
import sys
from pathlib import Path

from flight_delay import __version__
from flight_delay.app import create_app
from flight_delay.champion import Champion
from flight_delay.server import Server, stop_when_stdin_closes, warm_up

PACKAGED = Path(__file__).parent / "registry"
"""The registry that ships with the package, if one does."""


def main() -> None:
    """Serve until a signal comes. The port is printed as one line of JSON: `{"port": 8000}`."""
    parser = argparse.ArgumentParser(prog="flight_delay", description=main.__doc__)
    parser.add_argument("--version", action="version", version=__version__)
    parser.add_argument(
        "--registry",
        type=Path,
        default=PACKAGED,
        metavar="DIR",
        help="the model registry, which may still be empty; by default the one in the package",
    )
    parser.add_argument("--port", type=int, default=8000, help="0 takes a free port")
    parser.add_argument(
        "--stop-with-stdin", action="store_true", help="stop when standard input closes"
    )
    options = parser.parse_args()
    try:
        listener = socket.create_server(("127.0.0.1", options.port))
    except (OSError, OverflowError) as error:
        sys.exit(f"cannot listen on port {options.port} of 127.0.0.1: {error}")
    port = listener.getsockname()[1]

    def on_listening() -> None:
        sys.stdout.write(json.dumps({"port": port}) + "\n")
        sys.stdout.flush()
        warm_up()

    if options.stop_with_stdin:
        stop_when_stdin_closes()
    with listener:
        Server(create_app(Champion(options.registry)), on_listening).run(sockets=[listener])


if __name__ == "__main__":
    main()
