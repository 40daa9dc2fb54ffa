"""What a daemon counts of its own doings since its start, because the database does not know it, or not cheaply."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from itertools import accumulate
from threading import Lock

BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper bounds in seconds, by which times are counted; what took longer is counted beyond the last."""


class Tally:
    """Counts; any thread adds to them."""

    def __init__(self) -> None:
        self._lock = Lock()
        self.sent: Counter[str] = Counter()
        """Notices that were accepted, by name."""
        self.tries: Counter[tuple[str, str]] = Counter()
        """What SMTP said, by result and by what it said something about."""
        self.database_errors = 0
        """Times that the database could not be used."""
        self._times = [0] * (len(BOUNDS) + 1)
        self._seconds = 0.0

    def sending(self, notice: str, result: str, scope: str) -> None:
        """One try to send a notice: what came of it, and what that says something about."""
        with self._lock:
            self.tries[result, scope] += 1
            self.sent[notice] += result == "accepted"

    def database_failed(self) -> None:
        """It could not be used, once more."""
        with self._lock:
            self.database_errors += 1

    def took(self, seconds: float, messages: int) -> None:
        """So many messages of one batch were taken and decided in so many seconds."""
        with self._lock:
            self._times[bisect_left(BOUNDS, seconds / messages)] += messages
            self._seconds += seconds

    def times(self) -> tuple[list[int], float]:
        """How many messages took at most each of the bounds, and how many in all; then the sum of their seconds."""
        with self._lock:
            return list(accumulate(self._times)), self._seconds
