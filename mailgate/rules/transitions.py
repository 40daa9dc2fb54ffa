"""Sections 4 to 6 as tables: what each trigger does in each status, for requests and for complaints.

Why: a row that is not here is refused, so that the tables are the whole of what can happen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from mailgate.rules.vocabulary import OPEN, WORKED_ON, Purpose, Waiting
from mailgate.rules.vocabulary import Event as E
from mailgate.rules.vocabulary import Status as S
from mailgate.rules.vocabulary import Trigger as T


class Target(StrEnum):
    """Where a transition leads when that depends on the request."""

    SAME = "same"
    BEFORE = "before"
    """The status that the request had; `in_progress` where it cannot go on from that one."""


@dataclass(frozen=True, slots=True)
class Happened:
    """One event of an outcome and the clause that it carries out."""

    event: E
    clause: str


@dataclass(frozen=True, slots=True)
class Transition:
    """One row: in any of `sources`, any of `triggers` leads to `to`, and `events` have happened."""

    sources: frozenset[S]
    triggers: frozenset[T]
    to: S | Target
    events: tuple[Happened, ...]
    term: Waiting | None = None
    """The waiting term that starts."""
    ends_term: bool = False
    """Ends the running term although the status stays."""
    for_no_answer: bool = False
    """4.8: a rejection that the client's late answer may undo."""
    restarts_progress: bool = False
    """6.3: the complainant heard from us; the ten working days begin anew."""


def _row(
    sources: S | frozenset[S],
    triggers: T | frozenset[T],
    to: S | Target,
    *events: tuple[E, str],
    term: Waiting | None = None,
    ends_term: bool = False,
    for_no_answer: bool = False,
    restarts_progress: bool = False,
) -> Transition:
    return Transition(
        frozenset({sources}) if isinstance(sources, S) else sources,
        frozenset({triggers}) if isinstance(triggers, T) else triggers,
        to,
        tuple(Happened(event, clause) for event, clause in events),
        term,
        ends_term,
        for_no_answer,
        restarts_progress,
    )


_ALL = frozenset(S)
_ENDED = _ALL - OPEN
_NOT_ASKED = frozenset({S.REGISTERED, S.IN_PROGRESS, S.AWAITING_THIRD_PARTY})
_WAITING = frozenset({S.AWAITING_INFO, S.AWAITING_THIRD_PARTY, S.AWAITING_CONFIRMATION})
_CLOCK_BY_NOTICE = frozenset({S.AWAITING_INFO, S.AWAITING_CONFIRMATION})
_SAME, _BEFORE = Target.SAME, Target.BEFORE

_THANKS = T.THANKED
_WORDS = frozenset({T.CLIENT_WROTE, T.CONFIRMED, T.DISAGREED, T.BARE_NO})
_OBJECTIONS = _WORDS - {T.CONFIRMED}

_OF_BOTH: Final = (
    _row(_ALL, T.NOTED, _SAME, (E.NOTED, "4.4")),
    _row(_ALL, T.LINKED, _SAME, (E.LINKED, "3.6")),
    _row(_ALL, T.AUTO_REPLIED, _SAME, (E.AUTO_REPLY_KEPT, "4.8")),
    _row(_ENDED, _OBJECTIONS, _SAME, (E.NEW_REQUEST_NEEDED, "5.2")),
    _row(_ENDED, T.CONFIRMED, _SAME, (E.CLIENT_WROTE, "5.2")),
    _row(_ENDED, _THANKS, _SAME, (E.CLIENT_THANKED, "5.2")),
)

REQUEST_ROWS: Final = (
    *_OF_BOTH,
    _row(S.REGISTERED, T.STARTED, S.IN_PROGRESS, (E.STARTED, "4.5")),
    _row(S.REGISTERED, T.TAKEN, S.IN_PROGRESS, (E.STARTED, "4.5"), (E.ASSIGNED, "4.5")),
    _row(OPEN - {S.REGISTERED}, T.TAKEN, _SAME, (E.ASSIGNED, "4.5")),
    _row(OPEN, T.ASSIGNED, _SAME, (E.ASSIGNED, "4.5")),
    _row(OPEN, T.CLASSIFIED, _SAME, (E.CHANGED, "4.3")),
    _row(S.REGISTERED, T.ANSWERED, S.IN_PROGRESS, (E.STARTED, "4.5"), (E.PROGRESSED, "4.7")),
    _row(OPEN - {S.REGISTERED}, T.ANSWERED, _SAME, (E.PROGRESSED, "4.7")),
    _row(OPEN, T.INFO_ASKED, S.AWAITING_INFO, (E.INFO_ASKED, "4.6"), term=Waiting.INFO),
    _row(OPEN, T.THIRD_PARTY, S.AWAITING_THIRD_PARTY, (E.THIRD_PARTY_AWAITED, "4.10"), term=Waiting.THIRD_PARTY),
    _row(OPEN, T.OUT_OF_SCOPE, _SAME, (E.OUT_OF_SCOPE_SAID, "4.9")),
    _row(_WAITING, T.RESUMED, S.IN_PROGRESS, (E.RESUMED, "4.5")),
    _row(S.REJECTED, T.RESUMED, S.IN_PROGRESS, (E.RESUMED, "4.8")),
    _row(
        OPEN - {S.AWAITING_CONFIRMATION},
        T.COMPLETED,
        S.AWAITING_CONFIRMATION,
        (E.COMPLETED, "5.1"),
        term=Waiting.CONFIRMATION,
    ),
    _row(OPEN, T.CLOSED_BY_STAFF, S.CLOSED, (E.CONFIRMED, "4.11"), (E.CLOSED, "5.2")),
    _row(OPEN, T.REJECTED, S.REJECTED, (E.REJECTED, "4.8")),
    _row(S.AWAITING_INFO, T.EXTENDED, _SAME, (E.EXTENDED, "4.6"), term=Waiting.INFO),
    _row(S.AWAITING_THIRD_PARTY, T.EXTENDED, _SAME, (E.EXTENDED, "4.10"), term=Waiting.THIRD_PARTY),
    _row(S.AWAITING_CONFIRMATION, T.EXTENDED, _SAME, (E.EXTENDED, "5.1"), term=Waiting.CONFIRMATION),
    _row(OPEN, T.SPLIT, _SAME, (E.SPLIT, "3.6")),
    _row(OPEN, T.MERGED, S.CLOSED, (E.MERGED, "3.6"), (E.CLOSED, "3.6")),
    _row(_NOT_ASKED, _WORDS, _SAME, (E.CLIENT_WROTE, "4.4")),
    _row(_NOT_ASKED, _THANKS, _SAME, (E.CLIENT_THANKED, "4.4")),
    _row(_CLOCK_BY_NOTICE, T.WROTE_BEFORE_ASKED, _SAME, (E.CLIENT_WROTE, "4.4")),
    _row(S.AWAITING_INFO, _WORDS | {_THANKS}, _BEFORE, (E.CLIENT_ANSWERED, "4.6")),
    _row(S.AWAITING_CONFIRMATION, T.CLIENT_WROTE, _SAME, (E.CLIENT_WROTE, "5.1")),
    _row(S.AWAITING_CONFIRMATION, T.CONFIRMED, S.CLOSED, (E.CONFIRMED, "5.2"), (E.CLOSED, "5.2")),
    _row(S.AWAITING_CONFIRMATION, T.DISAGREED, S.IN_PROGRESS, (E.DISAGREED, "5.1"), (E.RESUMED, "5.1")),
    _row(S.AWAITING_CONFIRMATION, T.BARE_NO, _SAME, (E.REASONS_ASKED, "5.1")),
    _row(S.AWAITING_CONFIRMATION, _THANKS, _SAME, (E.CLIENT_THANKED, "5.1")),
    _row(_CLOCK_BY_NOTICE, T.NOTICE_BOUNCED, _SAME, (E.NOTICE_BOUNCED, "3.7"), ends_term=True),
    _row(_ALL - _CLOCK_BY_NOTICE, T.NOTICE_BOUNCED, _SAME, (E.NOTICE_BOUNCED, "3.7")),
    _row(S.REJECTED, T.WAIT_NOT_SENT, S.AWAITING_INFO, (E.NOTICE_BOUNCED, "4.6")),
    _row(S.CLOSED, T.WAIT_NOT_SENT, S.AWAITING_CONFIRMATION, (E.NOTICE_BOUNCED, "5.1")),
    _row(S.AWAITING_INFO, T.INFO_REMINDER_DUE, _SAME, (E.INFO_REMINDED, "4.6")),
    _row(S.AWAITING_INFO, T.INFO_TERM_ENDED, S.REJECTED, (E.REJECTED, "4.8"), for_no_answer=True),
    _row(S.AWAITING_INFO, T.INFO_TERM_PASSED, _SAME, (E.INFO_OVERDUE, "4.8")),
    _row(
        frozenset({S.AWAITING_THIRD_PARTY, S.AWAITING_INFO}),
        T.THIRD_PARTY_TERM_ENDED,
        _SAME,
        (E.THIRD_PARTY_OVERDUE, "4.10"),
    ),
    _row(S.AWAITING_CONFIRMATION, T.CONFIRMATION_REMINDER_DUE, _SAME, (E.CONFIRMATION_REMINDED, "5.1")),
    _row(S.AWAITING_CONFIRMATION, T.CONFIRMATION_TERM_ENDED, S.CLOSED, (E.CLOSED, "5.1")),
    _row(WORKED_ON, T.ANSWER_TARGET_NEAR, _SAME, (E.ANSWER_DUE_SOON, "3.9")),
    _row(WORKED_ON, T.ANSWER_TARGET_MISSED, _SAME, (E.ANSWER_OVERDUE, "3.9")),
    _row(WORKED_ON, T.COMPLETION_TARGET_NEAR, _SAME, (E.COMPLETION_DUE_SOON, "3.9")),
    _row(WORKED_ON, T.COMPLETION_TARGET_MISSED, _SAME, (E.COMPLETION_OVERDUE, "3.9")),
)
"""Sections 3 to 5."""

LATE_ANSWER: Final = _row(S.REJECTED, _WORDS, S.IN_PROGRESS, (E.CLIENT_ANSWERED, "4.8"), (E.RESUMED, "4.8"))
"""Comes before the table where a request was rejected for no answer, and the answer comes in time (4.8)."""

COMPLAINT_ROWS: Final = (
    *_OF_BOTH,
    _row(S.REGISTERED, T.STARTED, S.IN_PROGRESS, (E.STARTED, "6.3"), restarts_progress=True),
    _row(S.REGISTERED, T.TAKEN, S.IN_PROGRESS, (E.STARTED, "6.3"), (E.ASSIGNED, "6.2"), restarts_progress=True),
    _row(S.IN_PROGRESS, T.TAKEN, _SAME, (E.ASSIGNED, "6.2")),
    _row(WORKED_ON, T.ASSIGNED, _SAME, (E.ASSIGNED, "6.2")),
    _row(WORKED_ON, T.ANSWERED, S.IN_PROGRESS, (E.PROGRESSED, "6.3"), restarts_progress=True),
    _row(WORKED_ON, T.EXTENDED, S.IN_PROGRESS, (E.EXTENDED, "6.3"), term=Waiting.COMPLAINT, restarts_progress=True),
    _row(WORKED_ON, T.COMPLETED, S.CLOSED, (E.COMPLAINT_ANSWERED, "6.2"), (E.CLOSED, "6.2")),
    _row(WORKED_ON, T.SPLIT, _SAME, (E.SPLIT, "3.6")),
    _row(WORKED_ON, T.MERGED, S.CLOSED, (E.MERGED, "3.6"), (E.CLOSED, "3.6")),
    _row(WORKED_ON, _WORDS, _SAME, (E.CLIENT_WROTE, "6.3")),
    _row(WORKED_ON, _THANKS, _SAME, (E.CLIENT_THANKED, "6.3")),
    _row(WORKED_ON | _ENDED, T.NOTICE_BOUNCED, _SAME, (E.NOTICE_BOUNCED, "3.7")),
    _row(WORKED_ON, T.COMPLAINT_TERM_NEAR, _SAME, (E.COMPLAINT_DUE_SOON, "6.2")),
    _row(WORKED_ON, T.COMPLAINT_TERM_ENDED, _SAME, (E.COMPLAINT_OVERDUE, "6.2")),
    _row(WORKED_ON, T.PROGRESS_TERM_NEAR, _SAME, (E.PROGRESS_DUE_SOON, "6.3")),
    _row(WORKED_ON, T.PROGRESS_TERM_ENDED, _SAME, (E.HOLDING_NOTICE_SENT, "6.3"), restarts_progress=True),
)
"""Section 6: a complaint is answered, not confirmed; its answer closes it."""


def _index(rows: tuple[Transition, ...]) -> dict[tuple[S, T], Transition]:
    pairs = [((status, trigger), row) for row in rows for status in row.sources for trigger in row.triggers]
    index = dict(pairs)
    if len(index) != len(pairs):
        raise AssertionError("two rows say what one trigger does in one status")
    return index


TABLES: Final[Mapping[Purpose, Mapping[tuple[S, T], Transition]]] = {
    Purpose.REQUESTS: _index(REQUEST_ROWS),
    Purpose.COMPLAINTS: _index(COMPLAINT_ROWS),
}
