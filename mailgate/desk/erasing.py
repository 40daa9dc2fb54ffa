"""Personal data erased, by order or because it was kept long enough. What stays is a request's bare history.

Number, dates, statuses, types, clauses and the client stay; words, names, attachments and bytes go. An address becomes
a pseudonym, the same in every row of one erasure, and nothing tells whose it was. A message is still known when it
comes again, by its SHA-256, and the census still adds up.
"""

from __future__ import annotations

import re
import secrets
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlmodel import Session

from mailgate.desk import record
from mailgate.desk.holdings import REMEMBERED, Holdings
from mailgate.desk.record import Act
from mailgate.rules.vocabulary import Event, Role
from mailgate.store import personal, queries
from mailgate.store.queries import UNREGISTERED
from mailgate.store.settings import Setting
from mailgate.store.tables import Entry, Mail, Notice, Request

_ADDRESS, _NAME = r"(?<![\w.+-]){}(?![\w-]|\.\w)", r"(?<!\w){}(?!\w)"
"""One that stands there whole, and is not a part of another."""
_BARE = frozenset({"assignee", "changes", "channel", "due_at", "from", "into", "notice", "number", "numbers"})
"""What of an event's detail is nobody's words: codes, numbers and moments."""


@dataclass(frozen=True, slots=True)
class Erasure:
    """One act of erasing: on whose order, and what stands in the place of each address."""

    session: Session
    by: str
    now: datetime
    names: Mapping[str, str]
    called: frozenset[str] = frozenset()
    """What the person was called, wherever he wrote."""
    gone: Counter[str] = field(default_factory=Counter)
    """How much was erased, by kind."""

    def addr(self, addr: str) -> str:
        """The address as it stands from now on."""
        return self.names.get(addr, addr)

    def unnamed(self, text: str) -> str:
        """A text of somebody else in which his name and address stand no more; what they are but a part of stays."""
        pseudonym = next(iter(self.names.values()))
        words = [(_ADDRESS, addr) for addr in self.names]
        for whole, word in words + [(_NAME, name) for name in sorted(self.called, key=len, reverse=True)]:
            text = re.sub(whole.format(re.escape(word)), pseudonym, text, flags=re.IGNORECASE)
        return text


def erase_person(session: Session, found: Holdings, by: str, now: datetime, name: str = "") -> Counter[str]:
    """Erase all that the desk holds about one address, whose owner is called so; gives how much, by kind.

    None of his requests may be open: whoever works on it needs his words, and his address to answer.
    """
    assert not found.open
    erasure = Erasure(session, by, now, _pseudonyms([found.addr]), _called(session, found, name))
    for request in found.own:
        _empty(erasure, request)
    for request in found.joined:
        _leave(erasure, request)
    _forget_mails(erasure, [*found.mails, *personal.commands_naming(session, found.addr)])
    for notice in found.notices:
        _forget_notice(erasure, notice)
    remembered = (session.get(Setting, prefix + found.addr) for prefix in REMEMBERED)
    for row in filter(None, (found.dead, *remembered)):
        session.delete(row)
    return erasure.gone


def _called(session: Session, found: Holdings, name: str) -> frozenset[str]:
    entries = (entry for request in (*found.own, *found.joined) for entry in queries.entries(session, request.id))
    signed = (entry.from_name for entry in entries if entry.from_addr == found.addr)
    return frozenset(filter(None, (name, *(request.contact_name for request in found.own), *signed)))


def erase_request(session: Session, request: Request, by: str, now: datetime) -> None:
    """Erase the personal data of one request: everybody's but staff's."""
    wrote = [entry.from_addr for entry in queries.entries(session, request.id) if _is_clients(entry)]
    acted = [addr for event in queries.events(session, request.id) if (addr := _client_in(event.by))]
    told = [notice.reader for notice in personal.notices_of(session, request.id) if notice.role != Role.STAFF]
    everybody = {request.contact_addr, *wrote, *acted, *told, *queries.participants(session, request.id)}
    _empty(Erasure(session, by, now, _pseudonyms(everybody - _staff_of(session, request))), request)


def erase_unregistered(session: Session, mails: Iterable[Mail], notices: Iterable[Notice], now: datetime) -> None:
    """Erase messages and notices that belong to no request: from whom, what and the bytes."""
    outside = [notice.reader for notice in notices if notice.role != Role.STAFF]
    erasure = Erasure(session, "", now, _pseudonyms([*(mail.from_addr for mail in mails), *outside]))
    _forget_mails(erasure, mails)
    for notice in notices:
        _forget_notice(erasure, notice)


def _pseudonyms(addrs: Iterable[str]) -> dict[str, str]:
    """RFC 2606: `.invalid` is nobody's, so no mail can go there."""
    return {addr: f"erased-{secrets.token_hex(8)}@invalid" for addr in dict.fromkeys(filter(None, addrs))}


def _is_clients(entry: Entry) -> bool:
    return entry.direction == "in" and not entry.internal


def _staff_of(session: Session, request: Request) -> set[str]:
    """Who worked on a request, or was told of it to do so: the history must say who did what."""
    told = {notice.reader for notice in personal.notices_of(session, request.id) if notice.role == Role.STAFF}
    acted = (event.by.partition(":") for event in queries.events(session, request.id))
    return told | {addr for role, _, addr in acted if role == "staff"}


def _empty(erasure: Erasure, request: Request) -> None:
    """Nothing but its bare history is left of a request; the copies that staff got of its words go too."""
    session, before = erasure.session, Counter(erasure.gone)
    for entry in queries.entries(session, request.id):
        _forget_entry(erasure, entry)
    _forget_mails(erasure, personal.mails_of(session, request.id))
    for notice in personal.notices_of(session, request.id):
        _forget_notice(erasure, notice)
    _forget_participants(erasure, request)
    for event in queries.events(session, request.id):
        event.by, event.detail = _by(erasure, event.by), _bare(event.detail)
    request.contact_addr, request.contact_name = erasure.addr(request.contact_addr), ""
    request.subject, request.service, request.vouched = "", None, False
    request.erased_at = erasure.now
    _note(erasure, request, before)


def _leave(erasure: Erasure, request: Request) -> None:
    """He wrote into somebody else's request: his words go, and what quoted them; what others newly wrote stays."""
    session, before = erasure.session, Counter(erasure.gone)
    entries = queries.entries(session, request.id)
    his = [entry for entry in entries if entry.from_addr in erasure.names]
    joined = [each.since for each in personal.taking_part(session, request.id) if each.addr in erasure.names]
    events = queries.events(session, request.id)
    acted = [event.at for event in events if _client_in(event.by) in erasure.names]
    since = min((*joined, *acted, *(entry.at for entry in his)), default=request.registered_at)
    for entry in entries:
        if entry in his:
            _forget_entry(erasure, entry)
        elif entry.at >= since:
            entry.text = entry.new_text = erasure.unnamed(entry.new_text)
            entry.to = [erasure.addr(addr) for addr in entry.to]
            entry.attachments = [each | {"name": erasure.unnamed(each["name"])} for each in entry.attachments]
    request.subject = erasure.unnamed(request.subject)
    mails = [mail for mail in personal.mails_of(session, request.id) if (mail.decided_at or mail.taken_at) >= since]
    erasure.gone["mails"] += personal.forget_raw(session, [mail.id for mail in mails])
    for mail in mails:
        mail.subject = erasure.unnamed(mail.subject)
    for notice in personal.notices_of(session, request.id):
        if notice.created_at >= since:
            _forget_notice(erasure, notice)
    _forget_participants(erasure, request)
    for event in events:
        if event.at >= since:
            event.by, event.detail = _by(erasure, event.by), _bare(event.detail)
    _note(erasure, request, before)


def _forget_entry(erasure: Erasure, entry: Entry) -> None:
    erasure.gone["messages"] += 1
    erasure.gone["attachments"] += len(entry.attachments)
    if _is_clients(entry):
        entry.from_name, entry.message_id = "", None
    entry.from_addr = erasure.addr(entry.from_addr)
    entry.to = [erasure.addr(addr) for addr in entry.to] if entry.direction == "out" else []
    entry.text, entry.new_text, entry.attachments = "", "", []


def _forget_mails(erasure: Erasure, mails: Iterable[Mail]) -> None:
    """What came in: its bytes, its names. Taken and decided it stays, so that the census adds up."""
    mails = list(mails)
    erasure.gone["mails"] += personal.forget_raw(erasure.session, [mail.id for mail in mails])
    for mail in mails:
        mail.from_addr = erasure.addr(mail.from_addr)
        mail.subject, mail.message_id, mail.error = "", None, None
        if mail.decision in UNREGISTERED and mail.freed is None:
            mail.freed = "erased"


def _forget_notice(erasure: Erasure, notice: Notice) -> None:
    """What went out: its facts. One that still waits, or could be tried again, is withdrawn: it has nothing to say."""
    number = (notice.facts.get("request") or {}).get("number")
    bare = {"request": {"number": number}} if number else {}
    if notice.facts == bare:
        return
    erasure.gone["notices"] += 1
    notice.reader = erasure.addr(notice.reader)
    notice.domain = notice.reader.rpartition("@")[2]
    notice.reader_name = notice.reader_name if notice.role == Role.STAFF else ""
    notice.facts, notice.attached_mail, notice.last_error = bare, None, None
    notice.in_reply_to, notice.references = None, []
    if notice.state != "accepted":
        notice.state, notice.claimed_by = "withdrawn", None


def _forget_participants(erasure: Erasure, request: Request) -> None:
    for each in personal.taking_part(erasure.session, request.id):
        if each.addr in erasure.names:
            erasure.session.delete(each)
    for row in personal.undos(erasure.session, request.id):  # they name whom a merge made take part
        erasure.session.delete(row)


def _client_in(by: str) -> str:
    """The address of somebody outside the desk in an author of the history; empty where it is another's."""
    role, _, addr = by.partition(":")
    return addr if role == "client" else ""


def _by(erasure: Erasure, by: str) -> str:
    addr = _client_in(by)
    return f"client:{erasure.addr(addr)}" if addr else by


def _bare(detail: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in detail.items() if name in _BARE}


def _note(erasure: Erasure, request: Request, before: Counter[str]) -> None:
    """The history says that, when, on whose order and how much; never what."""
    erasure.gone["requests"] += 1
    gone = {kind: count for kind, count in sorted((erasure.gone - before).items()) if kind != "requests"}
    record.note(erasure.session, request, Event.ERASED, "", Act(by=erasure.by, detail=gone), erasure.now)
