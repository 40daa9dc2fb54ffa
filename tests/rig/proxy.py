"""A TCP proxy on a free loopback port that delays, swallows or cuts what passes through it."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from functools import partial


class Proxy:
    """Stands before `port`; its own is `self.port`. The switches count for every connection, also for open ones."""

    def __init__(self, port: int) -> None:
        self.host = "127.0.0.1"
        self.silent = False
        """Swallow everything in both directions, with neither FIN nor RST: a dead link."""
        self.delay = 0.0
        """Seconds that every piece from the server waits."""
        self.cut_after: int | None = None
        """Cut the connection on which the server speaks next, as soon as so many more bytes came from there."""
        self.cuts: Iterator[int] = iter(())
        """The same for each new connection in turn, counted from its beginning; when they are used up, none is cut."""
        self.tries: list[float] = []
        """When somebody connected, on the clock `time.monotonic`, also while the server was down."""
        self.passed = 0
        """Bytes that came from the server and were passed on, over all connections."""
        self._passed_at = 0.0
        self._target = port
        self._open: list[socket.socket] = []
        self._dead: set[socket.socket] = set()
        self._listener = socket.create_server((self.host, 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, name="proxy", daemon=True).start()

    def close(self) -> None:
        """Close the port and every connection."""
        self._listener.close()
        self.cut()

    def cut(self) -> None:
        """End every connection at this moment."""
        for link in self._open:
            with contextlib.suppress(OSError):
                link.shutdown(socket.SHUT_RDWR)
            link.close()
        self._open.clear()

    def is_quiet(self, seconds: float = 0.5) -> bool:
        """Has something come from the server, and then nothing for so long?"""
        return 0 < self._passed_at < time.monotonic() - seconds

    def silence_open(self) -> None:
        """What is open at this moment is `silent` for good; a new connection passes."""
        self._dead.update(self._open)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
                self.tries.append(time.monotonic())
                server = socket.create_connection((self.host, self._target))
            except OSError:
                if self._listener.fileno() < 0:
                    return
                client.close()
                continue
            self._open += [client, server]
            for pump in (self._from_client, partial(self._from_server, left=next(self.cuts, None))):
                threading.Thread(target=pump, args=(client, server), name="proxy", daemon=True).start()

    def _from_client(self, client: socket.socket, server: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := client.recv(65536):
                if not self._swallows(client):
                    server.sendall(data)
        _end(server)

    def _from_server(self, client: socket.socket, server: socket.socket, left: int | None) -> None:
        """`left` bytes may pass, if there is a number."""
        with contextlib.suppress(OSError):
            while data := server.recv(65536):
                time.sleep(self.delay)
                if self._swallows(client):
                    continue
                if left is None:
                    left, self.cut_after = self.cut_after, None
                if left is not None:
                    data = data[:left]
                    left -= len(data)
                client.sendall(data)
                self.passed += len(data)
                self._passed_at = time.monotonic()
                if left == 0:
                    break
        if not self._swallows(client):
            _end(client)
            _end(server)

    def _swallows(self, link: socket.socket) -> bool:
        return self.silent or link in self._dead


def _end(link: socket.socket) -> None:
    with contextlib.suppress(OSError):
        link.shutdown(socket.SHUT_RDWR)
