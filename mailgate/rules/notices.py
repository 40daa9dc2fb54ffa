"""Which notices there are, whom each is for, and who hears of what.

Why: a notice is a row here and its templates; nothing else in the code knows their names by heart.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from mailgate.rules.vocabulary import Event, Language, Purpose, Waiting


class Audience(StrEnum):
    """Whom a notice is written for."""

    CLIENT = "client"
    STAFF = "staff"


class AutoSubmitted(StrEnum):
    """RFC 3834, section 5: how a notice came about when no person wrote it."""

    REPLIED = "auto-replied"
    GENERATED = "auto-generated"


@dataclass(frozen=True, slots=True)
class NoticeKind:
    """One notice: its name, its reader, and the clause that asks for it."""

    name: str
    audience: Audience
    auto: AutoSubmitted
    clause: str


def _client(name: str, clause: str, auto: AutoSubmitted = AutoSubmitted.GENERATED) -> NoticeKind:
    return NoticeKind(name, Audience.CLIENT, auto, clause)


def _staff(name: str, clause: str, auto: AutoSubmitted = AutoSubmitted.GENERATED) -> NoticeKind:
    return NoticeKind(name, Audience.STAFF, auto, clause)


NOTICES: Mapping[str, NoticeKind] = MappingProxyType(
    {
        kind.name: kind
        for kind in (
            _client("registered", "3.3", AutoSubmitted.REPLIED),
            _client("not_registered", "3.10", AutoSubmitted.REPLIED),
            _client("started", "4.5"),
            _client("changed", "4.3"),
            _client("info_needed", "4.6"),
            _client("info_reminder", "4.6"),
            _client("progress", "4.7"),
            _client("out_of_scope", "4.9"),
            _client("third_party", "4.10"),
            _client("completed", "5.1"),
            _client("completion_reminder", "5.1"),
            _client("reasons_needed", "5.1", AutoSubmitted.REPLIED),
            _client("resumed", "5.1"),
            _client("closed", "5.2"),
            _client("rejected", "4.8"),
            _client("split", "3.6"),
            _client("merged", "3.6"),
            _client("closed_is_final", "5.2", AutoSubmitted.REPLIED),
            _client("complaint_registered", "6.2", AutoSubmitted.REPLIED),
            _client("complaint_extended", "6.3"),
            _client("complaint_progress", "6.3"),
            _client("complaint_answered", "6.2"),
            _staff("staff_new", "4.1"),
            _staff("staff_reply", "4.4"),
            _staff("staff_done", "4.4", AutoSubmitted.REPLIED),
            _staff("staff_error", "4.4", AutoSubmitted.REPLIED),
            _staff("staff_deadline", "4.8"),
            _staff("staff_queue", "4.1", AutoSubmitted.REPLIED),
            _staff("staff_digest", "4.1"),
            _staff("staff_undeliverable", "3.7"),
            _staff("staff_quarantine", "3.10"),
            _staff("staff_configuration", "4.4"),
            _staff("staff_census", "3.3"),
            _staff("report", "4.4"),
        )
    }
)

ANSWERS = tuple(
    kind.name for kind in NOTICES.values() if kind.audience is Audience.CLIENT and kind.auto is AutoSubmitted.REPLIED
)
"""What a client's mail gets by itself, at once: the notices of which a loop of two machines is made."""


def auto_submitted(name: str, written_by_person: bool) -> str | None:
    """RFC 3834: the header's value; None on what a person of the desk wrote to a client."""
    kind = NOTICES[name]
    return None if written_by_person and kind.audience is Audience.CLIENT else kind.auto.value


CLIENT_HEARS: Mapping[Event, str] = MappingProxyType(
    {
        Event.REGISTERED: "registered",
        Event.STARTED: "started",
        Event.CHANGED: "changed",
        Event.PROGRESSED: "progress",
        Event.INFO_ASKED: "info_needed",
        Event.INFO_REMINDED: "info_reminder",
        Event.OUT_OF_SCOPE_SAID: "out_of_scope",
        Event.THIRD_PARTY_AWAITED: "third_party",
        Event.COMPLETED: "completed",
        Event.CONFIRMATION_REMINDED: "completion_reminder",
        Event.REASONS_ASKED: "reasons_needed",
        Event.RESUMED: "resumed",
        Event.CLOSED: "closed",
        Event.REJECTED: "rejected",
        Event.SPLIT: "split",
        Event.MERGED: "merged",
    }
)
"""What the sender of a request hears of an event; nothing where it is not named."""

COMPLAINANT_HEARS: Mapping[Event, str] = MappingProxyType(
    {
        Event.REGISTERED: "complaint_registered",
        Event.STARTED: "started",
        Event.PROGRESSED: "complaint_progress",
        Event.HOLDING_NOTICE_SENT: "complaint_progress",
        Event.COMPLAINT_ANSWERED: "complaint_answered",
        Event.SPLIT: "split",
        Event.MERGED: "merged",
    }
)
"""The same for a complaint (section 6)."""

TELLS_STATUS = frozenset(
    CLIENT_HEARS[event]
    for event in (
        Event.STARTED,
        Event.INFO_ASKED,
        Event.THIRD_PARTY_AWAITED,
        Event.COMPLETED,
        Event.RESUMED,
        Event.CLOSED,
        Event.REJECTED,
        Event.MERGED,
    )
)
"""The notices that tell a client where his request stands now."""

ENDINGS = frozenset({CLIENT_HEARS[Event.CLOSED], CLIENT_HEARS[Event.REJECTED]})
"""The notices that tell a client how his request ended."""

_TOLD_BY_ANOTHER = {Event.PROGRESSED: Event.STARTED, Event.CLOSED: Event.MERGED}
"""One mail says both: a text that starts the work goes along with the notice of the start."""

STAFF_HEARS: Mapping[Event, str] = MappingProxyType(
    {
        Event.REGISTERED: "staff_new",
        Event.CLIENT_WROTE: "staff_reply",
        Event.CLIENT_ANSWERED: "staff_reply",
        Event.CLIENT_THANKED: "staff_reply",
        Event.CONFIRMED: "staff_reply",
        Event.DISAGREED: "staff_reply",
        Event.REASONS_ASKED: "staff_reply",
    }
)
"""What staff hear when the client has written, and of a request that staff entered."""


_NEW_TERM = {
    Waiting.INFO: "info_needed",
    Waiting.THIRD_PARTY: "third_party",
    Waiting.CONFIRMATION: "completion_reminder",
    Waiting.COMPLAINT: "complaint_extended",
}

TELLS_TERM: Mapping[str, Waiting] = MappingProxyType(
    {
        "info_needed": Waiting.INFO,
        "completed": Waiting.CONFIRMATION,
        "completion_reminder": Waiting.CONFIRMATION,
    }
)
"""4.6, 5.1: the notices by which the client learns what he is waited for, and until when."""

ASKS: Mapping[str, Waiting] = MappingProxyType(
    {**TELLS_TERM, "info_reminder": Waiting.INFO, "reasons_needed": Waiting.CONFIRMATION}
)
"""All that ask the client for something, and in which wait."""


def for_client(kind: Purpose, events: Sequence[Event], term: Waiting | None = None) -> tuple[str, ...]:
    """The notices to a sender, in the order of what happened; `term` is the one that starts anew."""
    hears = dict(CLIENT_HEARS if kind is Purpose.REQUESTS else COMPLAINANT_HEARS)
    if term is not None:
        hears[Event.EXTENDED] = _NEW_TERM[term]
    told = (event for event in events if _TOLD_BY_ANOTHER.get(event) not in events)
    return tuple(dict.fromkeys(hears[event] for event in told if event in hears))


def for_staff(events: Sequence[Event], *, by_staff: bool = False) -> tuple[str, ...]:
    """The notices to staff about what a client did; one for all the events of one mail.

    Of what they did themselves only a new request is news; a confirmation that they entered (4.11) is no client's mail.
    """
    news = (event for event in events if event in STAFF_HEARS and (not by_staff or event is Event.REGISTERED))
    return tuple(dict.fromkeys(STAFF_HEARS[event] for event in news))


READY_ANSWERS: Mapping[Language, tuple[str, str]] = MappingProxyType(
    {
        Language.RU: ("подтверждаю", "не согласен"),
        Language.BE: ("пацвярджаю", "не згодны"),
        Language.EN: ("confirm", "disagree"),
    }
)
"""5.1: what the two links of a completion notice write for the client: he confirms, or disagrees with reasons."""
