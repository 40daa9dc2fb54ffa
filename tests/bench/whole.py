"""The whole path: what `mailgate run --once` does, by a process that has started and is told again and again.

As a program: `python -m tests.bench.whole CONFIG`.
"""

from __future__ import annotations

import asyncio
import gc
import sys
from pathlib import Path

from mailgate.cli import GARBAGE
from mailgate.config import load
from mailgate.daemon.run import Running
from mailgate.store.database import Database
from tests.bench.measuring import work_when_told


def main() -> None:
    """Take what waits, answer it, move it: each time that standard input says so."""
    gc.set_threshold(*GARBAGE)
    config = load(Path(sys.argv[1]), secrets=True)
    database = Database(config.database.url)
    database.upgrade()
    asyncio.run(_serve(Running(config, database, hold=False)))


async def _serve(running: Running) -> None:
    carrier, mailbox = running.courier(), running.desk().config.mailboxes[0]
    gc.freeze()
    async for _ in work_when_told():
        await asyncio.to_thread(running.watcher(mailbox, lambda: None).once)
        await carrier.drain()
    await carrier.close()


if __name__ == "__main__":
    main()
