"""The provider's cap: how many notices it takes in a minute and in a day, over all daemons and across restarts (R17).

Why nothing is counted in memory: what was accepted stands in the outbox, with its moment.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from mailgate.config import Smtp
from mailgate.store import queries


@dataclass(frozen=True, slots=True)
class Allowed:
    """What may be sent now."""

    notices: int
    setting: str = ""
    """Which setting says so."""
    again_at: datetime | None = None
    """Where it is none: when the next may go."""


def allowed(session: Session, smtp: Smtp, now: datetime) -> Allowed:
    """The narrower of `per_minute` and `per_day`. What is in hand counts as sent; nobody else claims meanwhile."""
    caps = (("per_minute", smtp.per_minute, timedelta(minutes=1)), ("per_day", smtp.per_day, timedelta(days=1)))
    found = [_within(session, f"{name} = {most}", most, span, now) for name, most, span in caps if most is not None]
    return min(found, key=lambda each: (each.notices, each.again_at or now), default=Allowed(sys.maxsize))


def _within(session: Session, setting: str, most: int, span: timedelta, now: datetime) -> Allowed:
    queries.one_claimer_at_a_time(session)
    in_hand = queries.count_claimed(session)
    left = most - in_hand - queries.accepted_since(session, now - span)
    if left > 0:
        return Allowed(left, setting)
    filled = queries.nth_last_accepted(session, max(1, most - in_hand))
    return Allowed(0, setting, filled + span if filled else None)
