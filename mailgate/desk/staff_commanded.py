"""Staff wrote: orders and text, by mail or from the command line. All of it is carried out, or none.

On any error nothing has changed and nothing goes to the client; `staff_error` gives the whole text back.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlmodel import Session

from mailgate.config import Mailbox, Staff
from mailgate.desk import asked, correspondence, deeds, facts, notify, quarantine
from mailgate.desk.context import Desk
from mailgate.desk.notify import Telling, Words
from mailgate.desk.orders import answer, carry_out
from mailgate.desk.registering import Told, enter_told
from mailgate.desk.work import CannotDo, Work
from mailgate.rules.commands import LineError, Order, Orders, TextFor, Verb, parse_orders
from mailgate.rules.commands import Submission as Named
from mailgate.rules.lifecycle import Refused
from mailgate.rules.obstacles import Obstacle
from mailgate.rules.vocabulary import Channel, Trigger
from mailgate.store.tables import Request

QUESTIONS = frozenset({Verb.QUEUE, Verb.SHOW, Verb.HELP})
ENTRIES = frozenset({Verb.PHONE, Verb.LETTER, Verb.RELEASE, Verb.DROP})


@dataclass(frozen=True, slots=True)
class StaffMail:
    """What a staff member wrote, and where."""

    member: Staff
    mailbox: Mailbox
    request: Request | None
    words: Words
    subject: str = ""
    message_id: str | None = None
    cites: tuple[str, ...] = ()
    """The Message-IDs that it answers."""


@dataclass(frozen=True, slots=True)
class Failure:
    """One line that cannot be carried out."""

    line: str
    why: LineError | Refused | Obstacle

    def said(self, language: str) -> str:
        """On one line; what concerns the whole mail has no line of its own."""
        words = self.why.words(language)
        return f"{self.line}: {words}" if self.line else words

    def facts(self, language: str) -> dict[str, Any]:
        """As `staff_error` tells it."""
        nearest = list(self.why.nearest) if isinstance(self.why, LineError) else []
        return {"line": self.line, "why": self.why.words(language), "nearest": nearest}


def staff_commanded(
    session: Session, desk: Desk, mail: StaffMail, now: datetime, *, by_mail: bool = True
) -> tuple[Failure, ...]:
    """Carry out what a staff member wrote. Gives the failures; `by_mail`, he is told of them by mail too.

    6.4: by mail nobody works on a complaint that others handle, nor hears more of it than who they are.
    """
    parsed = parse_orders(mail.words.text, now, desk.config.desk.zone, desk.calendar.closes)
    others = mail.request if by_mail and mail.request and not desk.handles(mail.member, mail.request) else None
    failures: tuple[Failure, ...]
    if others is not None:
        failures = (Failure("", asked.complaint_of_others(desk, others)),)
    elif isinstance(parsed, Orders):
        failures = _attempt(session, desk, mail, parsed, now)
    else:
        failures = tuple(Failure(error.line, error) for error in parsed)
    _keep_mail(session, mail, parsed if isinstance(parsed, Orders) else None, now, is_done=not failures)
    if failures and by_mail:
        _tell_error(session, desk, replace(mail, request=None) if others or _is_erased(mail) else mail, failures, now)
    return failures


def _attempt(session: Session, desk: Desk, mail: StaffMail, orders: Orders, now: datetime) -> tuple[Failure, ...]:
    """On a savepoint: what cannot be done whole leaves nothing behind."""
    savepoint = session.begin_nested()
    try:
        _do(session, desk, mail, orders, now)
    except CannotDo as obstacle:
        savepoint.rollback()
        session.expire_all()
        return (Failure(obstacle.line, obstacle.why),)
    savepoint.commit()
    return ()


def _do(session: Session, desk: Desk, mail: StaffMail, orders: Orders, now: datetime) -> None:
    answers = tuple(order for order in orders.orders if order.verb in QUESTIONS)
    entries = tuple(order for order in orders.orders if order.verb in ENTRIES)
    rest = tuple(order for order in orders.orders if order.verb not in QUESTIONS | ENTRIES)
    request = mail.request
    for order in entries:
        request = _enter(session, desk, mail, order, orders.text, now)
    work = None
    if rest or not orders.orders:
        work = _work_on(session, desk, mail, request, rest, orders, now)
    if rest or entries or not orders.orders:
        _tell_done(session, desk, mail, request, entries + rest, orders, work, now)
    for order in answers:
        asked.answer(session, desk, mail.member, mail.mailbox, mail.request, order, mail.message_id, now)


def _work_on(
    session: Session,
    desk: Desk,
    mail: StaffMail,
    request: Request | None,
    orders: tuple[Order, ...],
    parsed: Orders,
    now: datetime,
) -> Work:
    if request is None:
        raise CannotDo(orders[0].line if orders else "", Obstacle("no_request"))
    if request.erased_at is not None:
        raise CannotDo(orders[0].line if orders else "", Obstacle("erased", {"number": request.number}))
    if not orders and not parsed.text and not mail.words.attachments:
        raise CannotDo("", Obstacle("empty"))
    words = Words(mail.words.addr, mail.words.name, parsed.text, mail.words.attachments, mail.words.mail_id)
    to_client = desk.config.desk.plain_reply == "client"
    text_for = parsed.text_for if orders else TextFor.CLIENT if to_client else TextFor.STAFF
    required = any(order.command.text.required for order in orders)
    work = Work(session, desk, mail.member, request, words, text_for, required, mail.message_id, now)
    if orders:
        carry_out(work, orders)
    else:
        answer(work, Trigger.ANSWERED if to_client else Trigger.NOTED)
    return work


def _enter(session: Session, desk: Desk, mail: StaffMail, order: Order, text: str, now: datetime) -> Request | None:
    """3.1, 3.4: `!phone`, `!letter` in a new mail; the mail's subject is the request's. 3.10: `!release`, `!drop`."""
    if order.verb in {Verb.RELEASE, Verb.DROP}:
        return _free(session, desk, mail, order, now)
    assert isinstance(order.value, Named)
    told = Told(
        channel=Channel.PHONE if order.verb is Verb.PHONE else Channel.LETTER,
        contact=order.value.contact,
        subject=mail.subject,
        text=text,
        phone=order.value.phone,
        critical=order.value.critical,
        cannot_write=order.value.cannot_write,
    )
    words = Words(mail.words.addr, mail.words.name, text, mail.words.attachments, mail.words.mail_id)
    entered = enter_told(session, desk, told, words, f"staff:{mail.member.email}", now, preferred=mail.mailbox)
    if isinstance(entered, Obstacle):
        raise CannotDo(order.line, entered)
    return entered


def _free(session: Session, desk: Desk, mail: StaffMail, order: Order, now: datetime) -> Request | None:
    """3.10: the mail whose notice this answers is let in, or dropped. Gives its request."""
    held = quarantine.meant(session, mail.cites, mail.subject)
    if held is None:
        raise CannotDo(order.line, Obstacle("nothing_waits"))
    mailbox = quarantine.mailbox_of(session, desk, held)
    if not desk.serves(mail.member, mailbox):
        raise CannotDo(order.line, asked.complaint_held_by_others(desk, mailbox))
    if order.verb is Verb.DROP:
        quarantine.drop(held)
        return mail.request
    client = desk.people.client_named(str(order.value)) if order.value else None
    if order.value and client is None:
        raise CannotDo(order.line, Obstacle("unknown_client", {"found": str(order.value)}))
    released = quarantine.release(session, held, client, now, desk, by=f"staff:{mail.member.email}")
    if isinstance(released, Obstacle):
        raise CannotDo(order.line, released)
    return released


def _keep_mail(session: Session, mail: StaffMail, orders: Orders | None, now: datetime, *, is_done: bool) -> None:
    """4.4: what staff wrote stands in the request, for staff alone; the client's copy is the notice that he got."""
    if mail.request is None or _is_erased(mail):
        return
    is_note = orders is not None and orders.text_for is TextFor.STAFF
    correspondence.correspond(
        session,
        mail.request,
        "staff_refused" if not is_done else "note" if is_note else "staff_mail",
        (mail.member.email, mail.member.name),
        [mail.mailbox.address],
        mail.words.text,
        now,
        new_text=orders.text if orders else mail.words.text,
        message_id=mail.message_id,
        mail_id=mail.words.mail_id,
        attachments=mail.words.attachments,
        internal=True,
    )


def _is_erased(mail: StaffMail) -> bool:
    """Its request has no personal data left: what came into it now would stay there, for nothing erases it again."""
    return mail.request is not None and mail.request.erased_at is not None


def _tell_done(
    session: Session,
    desk: Desk,
    mail: StaffMail,
    request: Request | None,
    orders: tuple[Order, ...],
    parsed: Orders,
    work: Work | None,
    now: datetime,
) -> None:
    reader = notify.staff_reader(desk, mail.member)
    said = work.said if work else []
    last = said[-1] if said else None
    readers = ", ".join(notice.reader for notice in said if last and notice.name == last.name)
    his_own = any(order.verb in ENTRIES for order in orders)  # a call or a letter is what the client said
    clients = parsed.text if work and work.text_for in {TextFor.CLIENT, TextFor.NEW_REQUEST} and not his_own else ""
    sent = {"name": last.name, "to": readers, "text": clients} | _files(desk, work) if work and last else None
    detail = {
        "orders": deeds.done(session, desk, request, orders, f"staff:{mail.member.email}", reader.language, now),
        "sent": sent,
        "show": None,
        "help": None,
        "undo_until": (now + desk.hold).isoformat() if work and work.can_be_undone else None,
    } | facts.invitation_to(desk, mail.member, request, reader.language)
    what = Telling("staff_done", detail=detail, answers=mail.message_id)
    notify.tell(session, desk, mail.mailbox, request, reader, what, now)


def _files(desk: Desk, work: Work) -> dict[str, Any]:
    """Which of the files that staff attached go to the client, and which are too large for his letter."""
    found = facts.fitting(work.words.attachments if work.text_said else (), desk.config.smtp.size_limit)
    attached, left_out = ([{"name": each["name"], "size": each["size"]} for each in files] for files in found)
    return {"attachments": attached, "left_out": left_out}


def _tell_error(session: Session, desk: Desk, mail: StaffMail, failures: tuple[Failure, ...], now: datetime) -> None:
    reader = notify.staff_reader(desk, mail.member)
    lines = [failure.facts(reader.language) for failure in failures]
    detail = {"lines": lines, "text": mail.words.text, "subject": mail.subject}
    detail |= facts.invitation_to(desk, mail.member, mail.request, reader.language)
    what = Telling("staff_error", detail=detail, answers=mail.message_id)
    notify.tell(session, desk, mail.mailbox, mail.request, reader, what, now)
