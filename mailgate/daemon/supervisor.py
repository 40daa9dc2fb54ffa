"""Telling systemd how the daemon is (sd_notify): one datagram to the socket that it named."""

from __future__ import annotations

import os
import socket


def tell(state: str) -> None:
    """Send `READY=1` and the like; nothing where no supervisor listens."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    if address.startswith("@"):  # Linux: a socket in the abstract namespace
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as link:
        link.connect(address)
        link.send(state.encode())
