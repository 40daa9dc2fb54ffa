"""Daemons on several hosts that share one PostgreSQL; faults happen to each of them alone."""

from __future__ import annotations

import random
import signal
import time
from collections import Counter
from datetime import timedelta
from typing import Any

from mailgate.daemon.lease import mailbox_holders
from mailgate.store import leases
from tests.faults.kit import FaultyHouse, wait
from tests.rig.postgres import Postgres
from tests.rig.proxy import Proxy

HOSTS = 3
AS_A_HOST = """
import socket
socket.gethostname = lambda: {name!r}
"""
"""Its processes are nobody's whom the others could look up: only what the database says of them counts."""
QUICKER = """
from datetime import timedelta
from mailgate.daemon import courier, lease, run, sharing, watcher
from mailgate.inbox import idle
from mailgate.store import leases, queries
leases.LEASE = queries.LEASE = timedelta(seconds={lease})
lease.RENEW_EVERY, lease.LOOK_EVERY, watcher.LOOK_EVERY, courier.RENEW_EVERY, idle.ALIVE_EVERY = 2, 1, 1, 1, 1
sharing.LOOK_EVERY = 1
watcher.DATABASE_RETRY = courier.DATABASE_RETRY = 1
run.PATIENCE = timedelta(seconds=5)
"""
QUICK_LEASE = 7


class Hosts:
    """Daemons that share one database, each through a cable of its own."""

    def __init__(self, house: FaultyHouse, postgres: Postgres, *, is_full: bool, count: int = HOSTS) -> None:
        self.house = house
        self.cables = [Proxy(postgres.port) for _ in range(HOSTS)]
        self.lease = leases.LEASE if is_full else timedelta(seconds=QUICK_LEASE)
        self._hurry = "" if is_full else QUICKER.format(lease=QUICK_LEASE)
        self._port = postgres.port
        self.running: list[Any] = [self.start(number) for number in range(count)]

    def start(self, number: int, wrapper: str = "", change: tuple[str, str] = ("", "")) -> Any:
        """A daemon on that host; `change` is what stands otherwise in its configuration."""
        common, own = self.house.config, self.house.folder / f"host{number}.toml"
        own.write_text(common.read_text().replace(f":{self._port}/", f":{self.cables[number].port}/").replace(*change))
        self.house.config = own
        daemon = self.house.start(AS_A_HOST.format(name=f"host{number}") + self._hurry + wrapper)
        self.house.config = common
        return daemon

    def holders(self) -> dict[str, int]:
        """By mailbox: the host that holds it."""
        with self.house.look() as session:
            return {name: _number(holder) for name, holder in mailbox_holders(session).items()}

    def holder(self) -> int | None:
        """The host that holds the mailbox `support`."""
        return self.holders().get("support")

    def shares(self, *numbers: int) -> list[int]:
        """How many mailboxes each of these hosts holds."""
        held = Counter(self.holders().values())
        return [held[number] for number in numbers]

    def handed_over(self) -> int:
        """How often a mailbox went from one to another that asked for it."""
        return self.house.log().count(": handed over to ")

    def strike(self, fault: str, number: int, dice: random.Random) -> float:
        """Take the mailbox from a host; gives the seconds until another one holds it. Then the host comes back."""
        daemon, cable = self.running[number], self.cables[number]
        start = time.monotonic()
        match fault:
            case "killed":
                daemon.send_signal(signal.SIGKILL)
            case "hangs":
                daemon.send_signal(signal.SIGSTOP)
            case "cut off":
                cable.silent = True
        self.house.submit_some(3, dice)
        wait(lambda: self.holder() not in (None, number), 60, self.house.log)
        seconds = time.monotonic() - start
        self.house.submit_some(3, dice)
        self.come_back(fault, number)
        return seconds

    def come_back(self, fault: str, number: int) -> None:
        """The host is as it was; what its cable swallowed is gone for good, and with it what waits for that."""
        match fault:
            case "killed":
                self.running[number].wait(10)
                self.running[number] = self.start(number)
            case "hangs":
                self.running[number].send_signal(signal.SIGCONT)
            case "cut off":
                self.cables[number].silent = False
                self.cables[number].cut()

    def close(self) -> None:
        """Let those go on that hang, so that they can be ended."""
        for daemon in self.running:
            daemon.send_signal(signal.SIGCONT)
        for cable in self.cables:
            cable.close()


def _number(holder: str) -> int:
    return int(holder.partition(":")[0].removeprefix("host"))
