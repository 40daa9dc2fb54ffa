"""The processor time that a piece of work takes, whoever else is on the machine."""

from __future__ import annotations

import time
from collections.abc import Callable

TURNS = 3


def cpu_seconds(work: Callable[[], object]) -> float:
    """The least of three turns, in seconds: a neighbour's caches and clock only ever add to it."""
    return min(once(work) for _ in range(TURNS))


def once(work: Callable[[], object]) -> float:
    """One turn: enough to tell what is dear from what is not."""
    started = time.process_time()
    work()
    return time.process_time() - started
