"""What each stage of a mail's way costs: a backlog goes through one thread, under clocks of that thread's CPU time.

The clocks cost a few microseconds a message, so that the figures can be read as they stand.
"""

from __future__ import annotations

import asyncio
import functools
import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from mailgate.config import load
from mailgate.daemon import composer
from mailgate.daemon.courier import Courier
from mailgate.daemon.run import Running
from mailgate.daemon.watcher import Watcher
from mailgate.desk import journal, message_arrived
from mailgate.inbox import fetch
from mailgate.inbox.watch import Inbox
from mailgate.store.database import Database
from tests.bench.backlog import FIRST
from tests.bench.mail import Made, generate
from tests.bench.measuring import Worker, desk
from tests.rig.house import DESK, House

REST = "send: SMTP, and everything else"
STAGES: tuple[tuple[str, tuple[tuple[Any, str], ...]], ...] = (
    (
        "IMAP: search, fetch, move",
        ((Inbox, "connect"), (Inbox, "_candidates"), (fetch, "listed"), (fetch, "read"), (Inbox, "settle")),
    ),
    ("journal: take", ((Watcher, "_known"), (journal, "take"))),
    ("read: guard, parse, classify, look up", ((journal, "open_mail"), (message_arrived, "readings"))),
    ("decide: the Rules, rows, notices", ((journal, "decide"),)),
    ("compose: templates, MIME, attachments", ((composer, "letter_of"),)),
    ("send: claim", ((Courier, "_claim"),)),
    ("send: settle", ((Courier, "_settle"),)),
)
"""(name, places): the functions of each stage; one that stands inside another is taken off from that."""


class Clocks:
    """CPU seconds by stage, of the thread that made it."""

    def __init__(self) -> None:
        self.spent: Counter[str] = Counter()
        self._stages = [REST]
        self._since = 0.0

    def begin(self) -> None:
        """Nothing was spent yet."""
        self.spent.clear()
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
    """Take and answer a backlog: milliseconds of CPU a message, by stage."""
    made = list(generate(mails + FIRST, seed))
    with desk() as house:
        spent = cost(house, made[:FIRST], made[FIRST:])
    return {stage: spent.get(stage, 0.0) for stage in (*(title for title, _ in STAGES), REST)}


def cost(house: House, first: list[Made], rest: list[Made]) -> dict[str, float]:
    """Take and answer the rest in a process of its own: milliseconds of CPU a message, by stage.

    A few mails go before it, so that templates are read and statements put together.
    """
    _deliver(house, first)
    with closing(Worker("tests.bench.stages", str(house.config))) as child:
        _deliver(house, rest)
        spent = child.work()
    return {stage: seconds * 1000 / len(rest) for stage, seconds in spent.items()}


def _deliver(house: House, some: list[Made]) -> None:
    for each in some:
        house.dovecot.deliver(house.users[DESK], each.raw)


def main() -> None:
    """The child: take what waits, say so, and take what waits then under clocks."""
    config = load(Path(sys.argv[1]), secrets=True)
    database = Database(config.database.url)
    database.upgrade()
    running = Running(config, database, hold=False)
    with _clocks() as clocks:
        asyncio.run(_twice(running, clocks))
    database.dispose()
    print(json.dumps(clocks.spent), flush=True)


async def _twice(running: Running, clocks: Clocks) -> None:
    """By one courier: another one would read the templates anew."""
    carrier = running.courier()
    await _whole(running, carrier)
    print("ready", flush=True)
    sys.stdin.readline()
    clocks.begin()
    await _whole(running, carrier)
    clocks.stop()
    await carrier.close()


async def _whole(running: Running, carrier: Courier) -> None:
    """The whole of `run --once`."""
    for mailbox in running.desk().config.mailboxes:
        running.watcher(mailbox, lambda: None).once()
    await carrier.drain()


@contextmanager
def _clocks() -> Iterator[Clocks]:
    """Clocks on every stage, and everything in this one thread, which is all that they see."""
    clocks = Clocks()
    places = [(owner, name, stage) for stage, some in STAGES for owner, name in some]
    before = [(owner, name, getattr(owner, name)) for owner, name, _ in places] + [
        (asyncio, "to_thread", asyncio.to_thread),
        (composer, "ThreadPoolExecutor", composer.ThreadPoolExecutor),
    ]
    try:
        for owner, name, stage in places:
            setattr(owner, name, clocks.clocked(stage, getattr(owner, name)))
        asyncio.to_thread = _here  # type: ignore[assignment]
        composer.ThreadPoolExecutor = AtOnce  # type: ignore[misc, assignment]
        yield clocks
    finally:
        for owner, name, function in before:
            setattr(owner, name, function)


class AtOnce(Executor):
    """No thread at all."""

    def __init__(self, *_: Any) -> None:
        """As many workers as one likes."""

    def submit(self, function: Callable[..., Any], /, *arguments: Any, **more: Any) -> Future[Any]:
        """Whoever asks does it himself."""
        done: Future[Any] = Future()
        try:
            done.set_result(function(*arguments, **more))
        except Exception as error:
            done.set_exception(error)
        return done


async def _here(function: Callable[..., Any], *arguments: Any) -> Any:
    return function(*arguments)


if __name__ == "__main__":
    main()
