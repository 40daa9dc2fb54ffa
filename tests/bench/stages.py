"""What each stage of a mail's way costs: a backlog goes through one thread, under clocks of that thread's CPU time.

The clocks cost a few microseconds a message, so that the figures can be read as they stand.
"""

from __future__ import annotations

import asyncio
import functools
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from mailgate.config import load
from mailgate.daemon import courier
from mailgate.daemon.courier import Courier
from mailgate.daemon.run import Running
from mailgate.daemon.watcher import Watcher
from mailgate.desk import journal, message_arrived
from mailgate.inbox import fetch
from mailgate.inbox.watch import Inbox
from mailgate.store.database import Database
from tests.bench.mail import generate
from tests.bench.measuring import desk
from tests.rig.house import DESK

REST = "send: SMTP, and everything else"
STAGES: tuple[tuple[str, tuple[tuple[Any, str], ...]], ...] = (
    (
        "IMAP: search, fetch, move",
        ((Inbox, "connect"), (Inbox, "_candidates"), (fetch, "listed"), (fetch, "read"), (Inbox, "settle")),
    ),
    ("journal: take", ((Watcher, "_known"), (journal, "take"))),
    ("read: guard, parse, classify, look up", ((message_arrived, "read"),)),
    ("decide: the Rules, rows, notices", ((journal, "decide"),)),
    ("compose: templates, MIME, attachments", ((courier, "letter_of"),)),
    ("send: claim", ((Courier, "_claim"),)),
    ("send: settle", ((Courier, "_settle"),)),
)
"""(name, places): the functions of each stage; one that stands inside another is taken off from that."""


class Clocks:
    """CPU seconds by stage, of the thread that made it."""

    def __init__(self) -> None:
        self.spent: Counter[str] = Counter()
        self._stages = [REST]
        self._since = time.thread_time()

    def stop(self) -> None:
        """What was spent since the last turn belongs to the stage in hand."""
        now = time.thread_time()
        self.spent[self._stages[-1]] += now - self._since
        self._since = now

    def clocked(self, stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The same function, its time counted to `stage`."""

        @functools.wraps(function)
        def timed(*arguments: Any, **more: Any) -> Any:
            self.stop()
            self._stages.append(stage)
            try:
                return function(*arguments, **more)
            finally:
                self.stop()
                self._stages.pop()

        return timed


def measure(mails: int, seed: int) -> dict[str, float]:
    """Take and answer a backlog in this process: milliseconds of CPU a message, by stage."""
    with desk() as house:
        for each in generate(mails, seed):
            house.dovecot.deliver(house.users[DESK], each.raw)
        config = load(house.config, secrets=True)
        database = Database(config.database.url)
        database.upgrade()
        try:
            running = Running(config, database, hold=False)
            with _clocks() as clocks:
                asyncio.run(_whole(running))
        finally:
            database.dispose()
    return {stage: clocks.spent[stage] * 1000 / mails for stage in (*(title for title, _ in STAGES), REST)}


async def _whole(running: Running) -> None:
    """The whole of `run --once`."""
    carrier = running.courier()
    for mailbox in running.desk().config.mailboxes:
        running.watcher(mailbox, lambda: None).once()
    await carrier.drain()
    await carrier.close()


@contextmanager
def _clocks() -> Iterator[Clocks]:
    """Clocks on every stage, and everything in this one thread, which is all that they see."""
    clocks = Clocks()
    places = [(owner, name, stage) for stage, some in STAGES for owner, name in some]
    before = [(owner, name, getattr(owner, name)) for owner, name, _ in places] + [
        (asyncio, "to_thread", asyncio.to_thread)
    ]
    try:
        for owner, name, stage in places:
            setattr(owner, name, clocks.clocked(stage, getattr(owner, name)))
        asyncio.to_thread = _here  # type: ignore[assignment]
        yield clocks
        clocks.stop()
    finally:
        for owner, name, function in before:
            setattr(owner, name, function)


async def _here(function: Callable[..., Any], *arguments: Any) -> Any:
    return function(*arguments)
