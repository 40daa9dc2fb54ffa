"""Telling systemd how the daemon is (sd_notify): one datagram to the socket that it named."""

from __future__ import annotations

import os
import socket
import time
from contextlib import suppress


def tell(state: str) -> None:
    """Send `READY=1` and the like; nothing where no supervisor listens, or none any more."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    if address.startswith("@"):  # Linux: a socket in the abstract namespace
        address = "\0" + address[1:]
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as link:
        link.connect(address)
        link.send(state.encode())


def reloading() -> str:
    """What is told when a reload begins; `READY=1` ends it. The moment lets systemd match it with its own signal."""
    return f"RELOADING=1\nMONOTONIC_USEC={time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000}"


def watchdog_seconds() -> float | None:
    """How long systemd waits for a sign before it restarts the daemon; None where it does not (WatchdogSec=)."""
    asked, of = os.environ.get("WATCHDOG_USEC", ""), os.environ.get("WATCHDOG_PID", str(os.getpid()))
    return int(asked) / 1e6 if asked.isdecimal() and int(asked) and of == str(os.getpid()) else None
