"""A built site, served as a host would: over HTTP, compressed, at the path of its address."""

from __future__ import annotations

import gzip
import mimetypes
import posixpath
import re
import sys
import threading
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from pathlib import Path

_PACKED = re.compile(r"text/|javascript|json|xml|svg")
_LOCATION = re.compile(r"<loc>([^<]*)</loc>")
_TYPES = {".js": "text/javascript", ".woff2": "font/woff2", ".map": "application/json"}


def base_of(root: Path) -> str:
    """The path under which a site is published, as its sitemap has it: `/two-tracks/`."""
    sitemap = root / "sitemap.xml"
    found = _LOCATION.findall(sitemap.read_text(encoding="utf-8")) if sitemap.is_file() else []
    return min((urlsplit(address).path for address in found), key=len, default="/")


def file_of(root: Path, path: str) -> Path | None:
    """The file that answers a path below the site's root, if there is one."""
    target = root / posixpath.normpath(f"/{unquote(path)}").lstrip("/")
    if target.is_dir():
        target /= "index.html"
    return target if target.is_file() else None


@cache
def _packed(content: bytes) -> bytes:
    return gzip.compress(content, 6, mtime=0)


class Server(ThreadingHTTPServer):
    """Serves a folder on a free port of this machine.

    Attributes:
        root: The folder.
        url: The address of the site's home page.
        sent: What was answered, in order: the path, the status, and the bytes with the headers.

    """

    daemon_threads = True

    def __init__(self, root: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.root = root
        self.base = base_of(root)
        self.origin = f"http://127.0.0.1:{self.server_port}"
        self.url = self.origin + self.base
        self.sent: list[tuple[str, int, int]] = []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def answer(self, path: str) -> tuple[int, str, bytes]:
        """The status, the type and the content for a path of the address."""
        inside = path.startswith(self.base)
        file = file_of(self.root, path[len(self.base) :]) if inside else None
        status = 200 if file else 404
        file = file or file_of(self.root, "404.html")
        if file is None:
            return status, "text/plain", b"There is no such page"
        content = file.read_bytes()
        if file.name == "sitemap.xml":
            # Instant navigation takes a link only if the sitemap has it, the port included.
            content = re.sub(rb"<loc>https?://[^/]*", b"<loc>" + self.origin.encode(), content)
        kind = _TYPES.get(file.suffix) or mimetypes.guess_type(file.name)[0]
        return status, kind or "application/octet-stream", content

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser may hang up."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        status, kind, content = self.server.answer(path)
        text = "; charset=utf-8" if kind.startswith("text/") else ""
        headers = {"Content-Type": kind + text, "Cache-Control": "max-age=600"}
        if _PACKED.search(kind) and "gzip" in self.headers.get("Accept-Encoding", ""):
            headers["Content-Encoding"] = "gzip"
            content = _packed(content)
        headers["Content-Length"] = str(len(content))
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)
        around = sum(len(name) + len(value) + 4 for name, value in headers.items())
        self.server.sent.append((path, status, len(content) + around))

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Say nothing."""
