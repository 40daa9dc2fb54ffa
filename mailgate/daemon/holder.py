"""Who this process is among several daemons on one database, and whether another one of this machine has ended."""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from functools import cache
from pathlib import Path


def own_name() -> str:
    """`HOST:PROCESS:SYSTEM`: the last says in which running system the number of the process counts."""
    return f"{socket.gethostname()}:{os.getpid()}:{_system()}"


def has_ended(holder: str) -> bool:
    """Was it a process of this running system, and is it no more? What it held need not lapse first.

    Nobody can say so of another host, of a container beside this one, or from before a restart of the machine.
    """
    host, _, rest = holder.partition(":")
    process, _, system = rest.partition(":")
    return (host, system) == (socket.gethostname(), _system()) and not _lives(int(process))


def _lives(process: int) -> bool:
    """Why not a look into /proc: systemd hides there what other units run (ProtectProc=)."""
    with suppress(PermissionError):  # it is there, and somebody else's
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return False
    return True


@cache
def _system() -> str:
    boot = Path("/proc/sys/kernel/random/boot_id").read_text()[:8]
    return f"{boot}-{os.stat('/proc/self/ns/pid').st_ino}"
