"""An IMAP server that says what a test dictates: for hostile and odd servers that no real one can play."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable

Answer = Callable[[str, str], bytes | None]
"""(tag, command with its arguments) -> what the server says; None hangs up."""


class ScriptedServer:
    """Greets every client and answers each line by `answer`; `lines` is everything that clients said."""

    def __init__(self, greeting: bytes, answer: Answer) -> None:
        self.lines: list[str] = []
        self._greeting, self._answer = greeting, answer
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.host, self.port = self._listener.getsockname()
        threading.Thread(target=self._serve, name="scripted", daemon=True).start()

    def close(self) -> None:
        """Close the port."""
        self._listener.close()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                link, _ = self._listener.accept()
                with contextlib.suppress(OSError):
                    self._talk(link)
                link.close()

    def _talk(self, link: socket.socket) -> None:
        link.sendall(self._greeting)
        for raw in link.makefile("rb"):
            line = raw.decode("utf-8", "replace").rstrip("\r\n")
            self.lines.append(line)
            tag, _, command = line.partition(" ")
            said = self._answer(tag, command)
            if said is None:
                return
            link.sendall(said)
