"""Where the CPU time goes: the way of a backlog through one thread, under cProfile, by stage and by package."""

from __future__ import annotations

import asyncio
import cProfile
import pstats
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mailgate
from mailgate.config import load
from mailgate.daemon.run import Running
from mailgate.store.database import Database
from tests.bench.mail import generate
from tests.bench.measuring import desk
from tests.rig.house import DESK

STAGES = (
    ("IMAP: search, fetch, settle", ("inbox/watch.py", ("waiting", "settle", "connect"))),
    ("journal: take", ("desk/journal.py", ("take",))),
    ("read: guard, parse, classify, look up", ("desk/reading.py", ("read",))),
    ("decide and write, without reading", ("desk/journal.py", ("decide",))),
    ("compose", ("daemon/letters.py", ("letter_of",))),
    ("send: claim", ("daemon/courier.py", ("_claim",))),
    ("send: settle", ("daemon/courier.py", ("_settle",))),
)
"""(name, (file, functions)): the cumulative time of the functions. Deciding includes reading, which is taken off."""


@dataclass(frozen=True, slots=True)
class Stages:
    """Milliseconds of CPU a message; profiling costs more than what it measures, so only the shares count."""

    total: float
    stages: tuple[tuple[str, float], ...]
    packages: tuple[tuple[str, float], ...]
    functions: tuple[tuple[str, float], ...]


def measure(mails: int, seed: int) -> Stages:
    """Take and answer a backlog in this process."""
    with desk() as house:
        for each in generate(mails, seed):
            house.dovecot.deliver(house.users[DESK], each.raw)
        config = load(house.config, secrets=True)
        database = Database(config.database.url)
        database.upgrade()
        profile = cProfile.Profile(time.process_time)
        try:
            profile.runcall(asyncio.run, _whole(Running(config, database, hold=False)))
        finally:
            database.dispose()
    return _added_up(pstats.Stats(profile), mails)


async def _whole(running: Running) -> None:
    """The whole of `run --once` in this one thread: a profile sees no other."""
    threaded, asyncio.to_thread = asyncio.to_thread, _here  # type: ignore[assignment]
    try:
        courier = running.courier()
        for mailbox in running.desk().config.mailboxes:
            running.watcher(mailbox, lambda: None).once()
        await courier.drain()
        await courier.close()
    finally:
        asyncio.to_thread = threaded


async def _here(function: Callable[..., Any], *arguments: Any) -> Any:
    return function(*arguments)


def _added_up(stats: pstats.Stats, mails: int) -> Stages:
    house = Path(mailgate.__file__).parent
    own: Counter[str] = Counter()
    functions: Counter[str] = Counter()
    whole: Counter[tuple[str, str]] = Counter()
    for (file, _, name), (_, _, alone, cumulative, _) in stats.stats.items():  # type: ignore[attr-defined]
        path = Path(file)
        inside = path.relative_to(house).as_posix() if path.is_relative_to(house) else ""
        package = f"mailgate.{inside.split('/')[0]}" if inside else _package(path)
        own[package] += alone
        functions[f"{inside or path.name} {name}"] += alone
        whole[inside, name] += cumulative
    per_mail = 1000 / mails
    stages = {title: sum(whole[file, name] for name in names) for title, (file, names) in STAGES}
    stages[STAGES[3][0]] -= stages[STAGES[2][0]]
    total = sum(own.values())
    stages["send: SMTP, and everything else"] = total - sum(stages.values())
    return Stages(
        total * per_mail,
        tuple((name, seconds * per_mail) for name, seconds in stages.items()),
        tuple((name, seconds * per_mail) for name, seconds in own.most_common(14)),
        tuple((name, seconds * per_mail) for name, seconds in functions.most_common(25)),
    )


def _package(path: Path) -> str:
    """The library to which a file belongs; builtins and frozen modules have none."""
    parts = path.parts
    if "site-packages" in parts:
        return parts[parts.index("site-packages") + 1].removesuffix(".py")
    return "built in (C)" if path.name in ("~", "<string>") or not path.suffix else f"Python: {path.parent.name}"
