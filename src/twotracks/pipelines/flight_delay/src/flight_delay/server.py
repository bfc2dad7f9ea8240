"""Serving the app on a socket that is bound first, so that port 0 can mean any free port."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from typing import TYPE_CHECKING

import uvicorn

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from fastapi import FastAPI


class Server(uvicorn.Server):
    """A uvicorn server that tells when it listens."""

    def __init__(self, app: FastAPI, on_listening: Callable[[], object]) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                log_level="warning",
                access_log=False,
                ws="none",
                lifespan="off",
                proxy_headers=False,
                timeout_graceful_shutdown=2,
            )
        )
        self._on_listening = on_listening

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_listening()


def warm_up() -> None:
    """Import in the background what the first prediction needs, so that it need not wait."""
    threading.Thread(target=_import_the_libraries, daemon=True).start()


def _import_the_libraries() -> None:
    # A library that is missing is reported by the request that needs it.
    with contextlib.suppress(ImportError):
        import pandas as pd  # noqa: F401, PLC0415
        import skops.io  # noqa: F401, PLC0415
        from sklearn import compose, impute, linear_model, pipeline  # noqa: F401, PLC0415


def stop_when_stdin_closes() -> None:
    """End this process when its standard input closes.

    A program that starts the service with a pipe there cannot leave it behind, however it ends.
    """
    threading.Thread(target=_wait_for_the_end_of_stdin, daemon=True).start()


def _wait_for_the_end_of_stdin() -> None:
    # Not sys.stdin: a thread that waits in it holds a lock that the interpreter wants at its end.
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
