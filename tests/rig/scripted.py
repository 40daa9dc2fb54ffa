"""An IMAP server that says what a test dictates: for hostile and odd servers that no real one can play."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable

Answer = Callable[[str, str], bytes | None]
"""(tag, command with its arguments) -> what the server says; None hangs up."""

GREETING = b"* OK ready\r\n"
CAPABILITIES = b"* CAPABILITY IMAP4rev1 IDLE MOVE UIDPLUS\r\n"
SELECTED = (
    b"* 1 EXISTS\r\n* FLAGS (\\Seen \\Deleted)\r\n* OK [PERMANENTFLAGS (\\Seen \\Deleted)] ok\r\n"
    b"* OK [UIDVALIDITY 7] ok\r\n* OK [UIDNEXT 12] ok\r\n"
)


def answers(**overrides: bytes | None) -> Answer:
    """A small IMAP server with one message of UID 11; `overrides` replace what it says to a command."""
    said = {
        "CAPABILITY": CAPABILITIES,
        "SELECT": SELECTED,
        "LIST": b'* LIST (\\Noselect) "/" ""\r\n',
        "LOGOUT": b"* BYE\r\n",
        "UID SEARCH": b"* SEARCH 11\r\n",
        "DONE": b"",
    } | overrides

    def answer(tag: str, command: str) -> bytes | None:
        words = command.upper().split()
        name = " ".join(words[:2]) if words[:1] == ["UID"] else (words or [tag.upper()])[0]
        reply = said.get(name, b"")
        if reply is None or b"@tag" in reply:
            return reply and reply.replace(b"@tag", tag.encode())
        return reply + f"{tag} OK done\r\n".encode()

    return answer


class ScriptedServer:
    """Greets every client and answers each line by `answer`; `lines` is everything that clients said."""

    def __init__(self, greeting: bytes, answer: Answer) -> None:
        self.lines: list[str] = []
        self.tries: list[float] = []
        """When somebody connected, on the clock `time.monotonic`."""
        self.at_once = 0
        """The most connections that were open together."""
        self._open: set[socket.socket] = set()
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
                self.tries.append(time.monotonic())
                self._open.add(link)
                self.at_once = max(self.at_once, len(self._open))
                threading.Thread(target=self._talk, args=(link,), name="scripted", daemon=True).start()

    def _talk(self, link: socket.socket) -> None:
        with contextlib.suppress(OSError), link:
            link.sendall(self._greeting)
            for raw in link.makefile("rb"):
                line = raw.decode("utf-8", "replace").rstrip("\r\n")
                self.lines.append(line)
                tag, _, command = line.partition(" ")
                said = self._answer(tag, command)
                if said is None:
                    break
                link.sendall(said)
        self._open.discard(link)
