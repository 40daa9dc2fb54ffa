"""When to try again: one notice by its own ladder, the whole outbox by a pause. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from mailgate.outbox.send import Delivery, Result, Scope

_LADDER = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 5, 10, 30, 60, 120, 240))
_JITTER = 0.2
_LONGEST_PAUSE = 60.0
_LONGEST_PAUSE_REFUSED = 900.0
"""Seconds, after a login or a greeting refused for good: some providers prolong a block at every try."""


def next_try(
    attempts: int, created_at: datetime, now: datetime, delivery: Delivery, retry_for: timedelta, seed: str
) -> datetime | None:
    """When to try a notice again after `delivery`; None where no further try would help: it went out or has failed.

    `attempts` counts the tries so far that concerned the notice (not `delivery.concerns_all`), this one included. The
    wait grows from one minute to four hours, each up to a fifth longer, always the same for the same `seed` (the
    notice's id) and `attempts`. The last try falls on the end of `retry_for`. While no session can be opened the end
    does not come: a wrong password fails no notice.
    """
    if delivery.result in (Result.ACCEPTED, Result.REFUSED):
        return None
    wait = _LADDER[min(max(attempts, 1), len(_LADDER)) - 1]
    due = now + wait * (1 + Random(f"{seed}:{attempts}").uniform(0, _JITTER))
    if delivery.scope is Scope.SESSION:
        return due
    end = created_at + retry_for
    return min(due, end) if now < end else None


@dataclass(frozen=True, slots=True)
class Pause:
    """How long the outbox waits after troubles that concern every notice.

    1 s, 2, 4 ... 60 s; up to 15 minutes where the server refused us for good. Times are seconds of a monotonic clock,
    so that a changed wall clock neither shortens nor prolongs it.
    """

    until: float = 0.0
    seconds: float = 0.0

    def after(self, delivery: Delivery, clock: float) -> Pause:
        """The pause that follows; during one, what was still under way does not change it."""
        if clock < self.until:
            return self
        if not delivery.concerns_all:
            return Pause()
        longest = _LONGEST_PAUSE_REFUSED if (delivery.code or 0) >= 500 else _LONGEST_PAUSE
        seconds = min(max(1.0, self.seconds * 2), longest)
        return Pause(clock + seconds, seconds)

    def left(self, clock: float) -> float:
        """Seconds still to wait."""
        return max(0.0, self.until - clock)
