"""The sample notices with other facts, so that every branch of a template is reached."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from itertools import cycle
from types import MappingProxyType
from typing import Any, Final

from mailgate.outbox.compose import Draft
from mailgate.outbox.sample_orders import every
from mailgate.outbox.samples import COMPLAINT, INFO_DUE, NUMBER, OTHER, WROTE, sample
from mailgate.outbox.scenes import SCENES
from mailgate.rules.command_help import help_rows
from mailgate.rules.intake import TESTS
from mailgate.rules.notices import NOTICES, Audience
from mailgate.rules.vocabulary import OPEN, Channel, Event, Impact, Priority, RequestType, Status, Unit, Urgency

Facts = dict[str, Any]

_UNKNOWN: Final[Facts] = {
    "type_suggested": None,
    "impact": None,
    "service": None,
    "client_name": None,
    "deadline_at": None,
    "assignee_name": None,
    "subject": "",
    "contact_name": "",
    "history": [],
}
_CODES: Final[Mapping[str, type[StrEnum]]] = MappingProxyType(
    {"status": Status, "urgency": Urgency, "impact": Impact, "priority": Priority, "channel": Channel}
)
OTHER_CONTACT: Final = "volha.sidarenka@alfa.example"
_FILES: Final = [{"name": "a.png", "type": "image/png", "size": 512}, {"name": "b.zip", "type": "", "size": 34_500_000}]
_ABOUT_NONE: Final = ("lines", "text", "subject")
"""What staff are told of commands that were about no request: nothing of what an answer to it would do."""
_UNDELIVERABLE: Final = {"to": "ivan.petrov@alfa.example", "notice": "progress", "fallback": None}
_DONE: Final[Facts] = {"orders": [], "sent": None, "show": None, "help": None, "undo_until": None}
_DETAILS: Final[Mapping[str, Sequence[Facts]]] = MappingProxyType(
    {
        "registered": [
            {"understood": {}, "missing": []},
            {"understood": {}, "missing": [], "part_of": NUMBER},
            {"understood": {"client": "Alfa", "type": "error"}, "missing": ["service", "type", "client"]},
        ],
        "changed": [{"changes": [{"what": "impact", "from": "full", "to": None}]}],
        "info_needed": [
            *({"rejects": False, "resume_within": {"unit": unit, "amount": 3}} for unit in Unit),
            {"rejects": True, "resume_within": {"unit": Unit.CALENDAR_DAYS, "amount": 10}, "extended": True},
        ],
        "third_party": [{"extended": True}],
        "completion_reminder": [{"extended": True}],
        "closed": [{"how": "ten_days"}, {"how": "ten_days", "objected": True}, {"how": "by_staff"}, {}],
        "rejected": [{"no_answer": False}, {}, {"no_answer": True}],
        "split": [{"numbers": [NUMBER]}],
        "complaint_registered": [{"part_of": COMPLAINT}],
        "staff_new": [
            {"assigned_by": "A", "note": {"name": "A", "text": "B"}},
            {"assigned_by": "A", "note": None},
            {"plain_reply": "note"},
            {"follows": NUMBER},
        ],
        "staff_reply": [{"event": str(event)} for event in Event],
        "staff_done": [
            {**_DONE, "plain_reply": "note"},
            {**_DONE, "undo_until": INFO_DUE},
            {**_DONE, "sent": {"to": "a@b.example", "text": "B"}},
            {**_DONE, "sent": {"to": "a@b.example", "text": "", "attachments": _FILES, "left_out": _FILES}},
            _DONE,
        ],
        "staff_error": [{"lines": [{"line": line, "why": "Y.", "nearest": []}], "text": ""} for line in ("!x", "")],
        "staff_deadline": [
            {"what": what, "passed": passed}
            for what in ("info", "third_party", "complaint", "complaint_progress", "confirmation")
            for passed in (False, True)
        ],
        "staff_queue": [{"rows": [], "late": 0, "due_today": 0}],
        "staff_digest": [{"rows": [], "late": 0, "due_today": 0}],
        "staff_undeliverable": [
            *({**_UNDELIVERABLE, "reason": f"bounced ({how})"} for how in ("hard", "soft", "unknown")),
            {**_UNDELIVERABLE, "reason": "unavailable"},
            {**_UNDELIVERABLE, "reason": "revoked"},
            {**_UNDELIVERABLE, "wait": "over"},
            {**_UNDELIVERABLE, "wait": "over", "reason": "outdated"},
            {**_UNDELIVERABLE, "wait": "reopened"},
            {**_UNDELIVERABLE, "wait": "told", "fallback": "it@alfa.example"},
            {**_UNDELIVERABLE, "reason": "loop", "sent": 20, "in_all": False},
            {**_UNDELIVERABLE, "reason": "loop", "sent": 20_000, "in_all": True},
        ],
        "staff_quarantine": [
            *({"reason": test.reason, "from_addr": "", "subject": ""} for test in TESTS),
            *({"release_command": None, "reason": why} for why in ("revoked", "gateway_unclear", "sender_unclear")),
        ],
        "report": [
            {"client": "A", "complaints": None, "targets": []},
            {"busy": [], "answer": [], "completion": [], "opened": []},
        ],
    }
)
"""What else the facts of one notice may say."""


def variants(notice: str, language: str) -> Iterator[Draft]:
    """The sample of a notice, and then the same with other facts. KeyError for a name that is none."""
    first = sample(notice, language)
    yield first
    for detail in _DETAILS.get(notice, ()):
        kept = {} if notice in ("closed", "rejected", "registered") else first.facts["detail"]
        yield _with(first, detail={**kept, **detail})
    yield _with(first, author=None, text=None, quoted=None)
    yield _with(first, author={"name": "A", "addr": OTHER_CONTACT}, text="B")
    yield _with(first, attachments=_FILES, left_out=_FILES)
    if NOTICES[notice].audience is Audience.CLIENT:
        yield from _quoting(first)
    yield from _about_requests(first)
    if notice == "staff_done":
        yield from _asked(first)
    if notice == "staff_error":
        yield _with(first, request=None, detail={name: first.facts["detail"][name] for name in _ABOUT_NONE})
    elif notice in ("staff_done", "staff_undeliverable"):
        yield _with(first, request=None)


def _quoting(first: Draft) -> Iterator[Draft]:
    """Words of the reader's own, of another contact, of staff."""
    for addr in (first.facts["reader"]["addr"], OTHER_CONTACT, None):
        yield _with(first, quoted={"text": "A", "at": WROTE, "name": "", "addr": addr})


def _about_requests(first: Draft) -> Iterator[Draft]:
    if first.facts["request"] is None:
        return
    yield _about(first, **_UNKNOWN)
    yield from (_about(first, status=str(status)) for status in Status if status not in OPEN)
    yield replace(_about(first, kind="complaints", number=COMPLAINT), request_number=COMPLAINT)
    for type_, *others in zip(RequestType, *(cycle(_CODES[name]) for name in _CODES), strict=False):
        codes = dict(zip(_CODES, (str(code) for code in others), strict=True))
        yield _about(first, type=str(type_), **codes)
    if NOTICES[first.name].audience is Audience.STAFF:
        yield _about(first, history=[{"at": WROTE, "event": event.value, "by": "mailgate"} for event in Event])


def _asked(first: Draft) -> Iterator[Draft]:
    """What `!help` and `!show` are answered with."""
    scene = SCENES[first.language]
    yield _with(first, request=None, detail={**_DONE, "help": [list(row) for row in help_rows(first.language)]})
    said = {"at": WROTE, "direction": "in", "kind": "note", "from": scene.staff, "text": scene.news}
    named = [{"name": each["name"], "size": each["size"]} for each in _FILES]
    kinds = [("note", True), ("staff_refused", True), ("staff_mail", True), ("reply", False)]
    messages = [{**said, "kind": kind, "internal": internal} for kind, internal in kinds]
    messages.append({**said, "direction": "out", "kind": "started", "internal": False, "text": ""})
    messages.append({**said, "kind": "reply", "internal": False, "text": "", "attachments": named})
    show = {"request": first.facts["request"], "messages": messages, "history": first.facts["request"]["history"]}
    yield _with(first, detail={**_DONE, "show": show})
    deeds = list(every(first.language, scene.staff, OTHER, INFO_DUE))
    for kind in ("requests", "complaints"):
        yield _about(_with(first, detail={**_DONE, "orders": deeds}), kind=kind)


def _with(draft: Draft, **facts: Any) -> Draft:
    return replace(draft, facts={**draft.facts, **facts})


def _about(draft: Draft, **changed: Any) -> Draft:
    return _with(draft, request={**draft.facts["request"], **changed})
