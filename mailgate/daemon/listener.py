"""`/metrics` and `/healthz` over HTTP, answered by threads of their own: they must answer while the rest hangs."""

from __future__ import annotations

import json
import logging
import socket
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from mailgate import __version__
from mailgate.daemon.signs import Part, Signs

log = logging.getLogger(__name__)
PATIENCE = 5.0
"""Seconds that who asks may take for his question."""


@dataclass(frozen=True, slots=True)
class Page:
    """What is answered."""

    status: int
    type: str
    body: bytes


def health(signs: Signs) -> Page:
    """200 while every part gets on, else 503; the body names what hangs."""
    hanging = signs.hanging()
    parts = {part.name: _state(part) for part in signs.parts()}
    told = {"ok": not hanging, "hangs": list(hanging), "version": __version__, "parts": parts}
    body = json.dumps(told, ensure_ascii=False, indent=2).encode()
    return Page(503 if hanging else 200, "application/json; charset=utf-8", body + b"\n")


def _state(part: Part) -> dict[str, object]:
    def stamp(moment: object) -> object:
        return moment.isoformat(timespec="seconds") if hasattr(moment, "isoformat") else None

    return {
        "hangs": part.hangs,
        "looked_at": stamp(part.looked_at),
        "error": part.error or None,
        "failed_at": stamp(part.failed_at),
    }


class Listener:
    """Listens where the configuration says; nowhere until `adjust` is told a place."""

    def __init__(self, pages: Mapping[str, Callable[[], Page]]) -> None:
        self._pages = pages
        self._server: _Server | None = None
        self._place: tuple[str, int] | None = None

    def adjust(self, place: tuple[str, int] | None) -> None:
        """Listen there from now on. Raises OSError where that cannot be; then nothing has changed."""
        if place == self._place:
            return
        opened = _Server(place, self._pages) if place else None
        self.close()
        self._server, self._place = opened, place
        if opened is not None:
            threading.Thread(target=opened.serve_forever, args=(1.0,), name="metrics", daemon=True).start()
            log.info("figures at http://%s:%d/metrics, health at /healthz", *opened.server_address[:2])

    def close(self) -> None:
        """Listen no more."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server, self._place = None, None


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, place: tuple[str, int], pages: Mapping[str, Callable[[], Page]]) -> None:
        self.address_family = socket.AF_INET6 if ":" in place[0] else socket.AF_INET
        self.pages = pages
        try:
            super().__init__(place, _Answer)
        except OSError as error:
            raise OSError(f"[metrics] listen: {place[0]}:{place[1]} cannot be used: {error.strerror}") from error

    def handle_error(self, request: object, client_address: object) -> None:
        """Who asked has gone, or sent nonsense: nothing that concerns the desk."""
        log.debug("a question for figures was not answered", exc_info=True)


class _Answer(BaseHTTPRequestHandler):
    timeout = PATIENCE
    server: _Server

    def do_GET(self) -> None:
        """One of the pages."""
        page = self.server.pages.get(self.path.partition("?")[0])
        if page is None:
            self.send_error(404, "there are /metrics and /healthz")
            return
        try:
            answer = page()
        except Exception:
            log.exception("%s could not be answered", self.path.partition("?")[0])
            self.send_error(500)
            return
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.type)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    def version_string(self) -> str:
        """Nothing of the machine."""
        return "mailgate"

    def log_message(self, format: str, *args: object) -> None:
        """Questions are no events."""
