"""Waiting for news on a connection (RFC 2177), in the one thread that owns it.

Why not imapclient's own way: `idle_check` misses an EXISTS that came in one packet with the answer before it and spins
on a dead connection; `idle` takes an EXISTS that comes before the "+" for an error; and DONE sent by another thread
corrupts the stream. Here every line is read whole, by this thread, and only the socket and the bell are polled.
"""

from __future__ import annotations

import select
import socket
import ssl
import time
from collections.abc import Callable
from typing import Any

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError

ALIVE_EVERY = 3.0
"""Seconds."""

Alive = Callable[[], None] | None
"""What is called so often during a wait, if anything."""


def idle(client: IMAPClient, bell: socket.socket, seconds: float, alive: Alive) -> bool:
    """One IDLE, ended by any word of the server, by the bell, or after `seconds`; True where the bell rang."""
    imap = client._imap
    tag = imap._command("IDLE")
    while imap._get_response() is not None:  # news may come before the "+" that begins the wait
        if imap.tagged_commands[tag]:
            _check(imap, tag)
            return False
    rang = not (news(client) or _buffered(client)) and poll(bell, seconds, alive, client.socket())
    imap.send(b"DONE\r\n")
    while not imap.tagged_commands[tag]:
        imap._get_response()
    _check(imap, tag)
    return rang


def doze(client: IMAPClient, bell: socket.socket, seconds: float, alive: Alive) -> bool:
    """The same on a server without IDLE: sleep, then ask; True where the bell rang."""
    rang = poll(bell, seconds, alive)
    client.noop()
    return rang


def poll(bell: socket.socket, seconds: float, alive: Alive, *others: socket.socket) -> bool:
    """Sleep until the bell rings (then it is silenced, and True), another socket has data, or time is up."""
    poller = select.poll()
    for one in (bell, *others):
        poller.register(one, select.POLLIN)
    end, longest = time.monotonic() + seconds, seconds if alive is None else ALIVE_EVERY
    while not (ready := poller.poll(min(longest, max(0.0, end - time.monotonic())) * 1000)):
        if time.monotonic() >= end:
            return False
        if alive is not None:
            alive()
    if all(number != bell.fileno() for number, _ in ready):
        return False
    bell.recv(4096)
    return True


def news(client: IMAPClient) -> bool:
    """Whether the server has told of more messages since `forget_news`."""
    return "EXISTS" in client._imap.untagged_responses


def forget_news(client: IMAPClient) -> None:
    """Just before a search, which will see them; also keeps a connection of weeks from hoarding EXPUNGE lines."""
    client._imap.untagged_responses.clear()


def _check(imap: Any, tag: bytes) -> None:
    outcome, words = imap.tagged_commands.pop(tag)
    if outcome != "OK":
        raise IMAPClientError(f"IDLE failed: {words[0].decode(errors='replace')}")


def _buffered(client: IMAPClient) -> bool:
    """Whether the reader holds data that poll cannot see: its own buffer, and below it that of TLS."""
    link = client.socket()
    if isinstance(link, ssl.SSLSocket) and link.pending():
        return True
    if hasattr(client._imap, "_readbuf"):  # Python 3.14 has no file object to peek into
        return any(client._imap._readbuf)
    seconds = link.gettimeout()
    link.settimeout(0)
    try:
        return bool(client._imap.file.peek(1))
    except ssl.SSLWantReadError:
        return False
    finally:
        link.settimeout(seconds)
