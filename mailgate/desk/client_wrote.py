"""A client wrote: a new request, or a word in one that he has (sections 3 to 5)."""

from __future__ import annotations

from dataclasses import replace

from mailgate.desk import clocks, correspondence, ending, facts, gateways, loops, notify, record
from mailgate.desk.arrived import SUBJECT_MOST, Arrived
from mailgate.desk.notify import Telling
from mailgate.desk.record import Act, Submission
from mailgate.desk.term_ended import close_before
from mailgate.message import fields, thread
from mailgate.message.answer import TRIGGERS, client_word, plainly
from mailgate.message.answer import Reading as Answer
from mailgate.message.model import Fields, IncomingMessage
from mailgate.rules.lifecycle import Outcome, step
from mailgate.rules.priority import find_type
from mailgate.rules.vocabulary import Channel, Event, RequestType, Status, Trigger, Urgency
from mailgate.store import queries
from mailgate.store.tables import Request

_ANSWERED = (Event.REASONS_ASKED, Event.NEW_REQUEST_NEEDED)
"""What gets an answer by itself."""
_FIELD_NAMES = ("client", "service", "type", "subject", "urgency")


def register(
    arrived: Arrived,
    *,
    vouched_for: str | None = None,
    is_vouched: bool = False,
    released_by: str | None = None,
    follows: Request | None = None,
) -> Request:
    """3.3: the message becomes a request; `vouched_for` is the client for whom staff released it.

    `follows` is the request that has ended, where it was written about that (5.2).
    """
    message, writer = arrived.reading.message, arrived.writer
    in_loop = loops.goes_round(arrived)
    understood = fields.fields(message, arrived.new_text)
    if arrived.desk.gateway(message.from_[0].addr):
        understood = gateways.submitted(message, understood)
    contact = arrived.desk.people.contact(writer.addr)
    name = contact.name if contact else writer.name
    submission = _submission(arrived, understood, name, vouched_for, is_vouched=is_vouched, follows=follows)
    request = record.open_request(arrived.session, arrived.desk, submission, arrived.now)
    arrived.keep(request, "submission")
    _note_participants(arrived, request)
    words = arrived.words(message.text)
    act = Act(
        by=arrived.by,
        words=words,
        detail=_let_in(released_by),
        told=_understood(understood, is_known=contact is not None)
        | _unread(message)
        | ({"follows": follows.number} if follows else {}),
        quoted=facts.quoted(words.text, arrived.now, name, writer.addr),
        answers=message.message_id,
        in_loop=in_loop,
    )
    record.registered(arrived.session, arrived.desk, request, act, arrived.now)
    return request


def append(arrived: Arrived, *, released_by: str | None = None) -> None:
    """4.4 and on: what the client's word does to his request, as the Rules read it."""
    request, desk = arrived.reading.request, arrived.desk
    assert request is not None, "the verdict says so"
    if arrived.came_surely_at is not None:
        close_before(arrived.session, desk, request, arrived.came_surely_at, arrived.now)
    said = plainly(arrived.new_text.strip())
    read_as = _word(arrived, request)
    trigger = TRIGGERS[read_as.word]
    cites = thread.cited(arrived.reading.message)
    if not clocks.is_asked(arrived.session, request, arrived.writer.addr, cites, arrived.came_at):
        trigger = Trigger.WROTE_BEFORE_ASKED
    until = ending.resume_until(arrived.session, desk, request)
    outcome = step(request.facts(), trigger, arrived.came_at, resume_until=until)
    assert isinstance(outcome, Outcome), "a client's word is never refused"
    act = Act(
        by=arrived.by,
        words=arrived.words(said or arrived.reading.message.text),
        detail={"word": read_as.word, "why": read_as.reason} | _let_in(released_by),
        told=ending.told(desk, outcome, "confirmed", arrived.now) | _unread(arrived.reading.message),
        quoted=facts.quoted(said, arrived.now, arrived.writer.name, arrived.writer.addr),
        answers=arrived.reading.message.message_id,
        in_loop=any(outcome.has(event) for event in _ANSWERED) and loops.goes_round(arrived, request),
    )
    if outcome.has(Event.NEW_REQUEST_NEEDED):
        record.apply(arrived.session, desk, request, outcome, act, arrived.now)
        _follow(arrived, request, act)
        return
    arrived.keep(request, "reply")
    _note_participants(arrived, request)
    record.apply(arrived.session, desk, request, outcome, act, arrived.now)


def _word(arrived: Arrived, request: Request) -> Answer:
    """5.1, 5.2: what he says, whoever he signs as or addresses, and however he names the request."""
    staff = (member.name for member in arrived.desk.people.everybody_on_staff())
    return client_word(
        arrived.new_text,
        has_files=any(not each.inline for each in arrived.reading.message.attachments),
        reasons_asked=request.status == Status.AWAITING_CONFIRMATION
        and queries.reasons_asked(arrived.session, request.id),
        writers=(arrived.writer.name, request.contact_name),
        known=(request.number, *staff),
    )


def keep_auto_reply(arrived: Arrived, request: Request) -> None:
    """4.8: an automatic reply is no answer; it is kept and changes nothing."""
    arrived.keep(request, "auto_reply")
    outcome = step(request.facts(), Trigger.AUTO_REPLIED, arrived.now)
    assert isinstance(outcome, Outcome), "an automatic reply is never refused"
    record.apply(arrived.session, arrived.desk, request, outcome, Act(by=arrived.by), arrived.now)


def _follow(arrived: Arrived, ended: Request, act: Act) -> None:
    """5.2: closed is final; what the client writes becomes a new request beside it, linked to it, and he is told so.

    He alone, wherever the new one's notices find him: who sent the closed one has no part in it.
    """
    is_vouched = ended.vouched and ended.contact_addr == arrived.writer.addr
    mailbox = arrived.desk.home(ended)
    beside = replace(arrived, mailbox=mailbox)
    request = register(beside, vouched_for=ended.client_id, is_vouched=is_vouched, follows=ended)
    record.link(arrived.session, request, ended, "follows", "followed_by")
    reader = notify.contact_reader(arrived.session, arrived.desk, request)
    if act.in_loop or reader is None:
        return
    told = Telling("closed_is_final", quoted=act.quoted, detail={"new_number": request.number}, answers=act.answers)
    said = notify.tell(arrived.session, arrived.desk, mailbox, ended, reader, told, arrived.now)
    correspondence.keep_sent(arrived.session, arrived.desk, mailbox, ended, [said], None, arrived.now)


def _submission(
    arrived: Arrived,
    understood: Fields,
    name: str,
    vouched_for: str | None,
    *,
    is_vouched: bool,
    follows: Request | None,
) -> Submission:
    message, desk, writer = arrived.reading.message, arrived.desk, arrived.writer
    contact = desk.people.contact(writer.addr)
    client_id = vouched_for or (contact.client_id if contact else None)
    is_contact = contact is not None and contact.client_id == client_id
    gateway = desk.gateway(message.from_[0].addr)
    found = find_type(understood.type) if understood.type else None
    type_set = gateways.type_set(message, gateway) if gateway else None
    topic = thread.topic(message.subject, follows.number if follows else "")
    if not topic and follows:  # 5.1: a ready answer that came too late has no subject but the number
        topic = follows.subject
    return Submission(
        kind=arrived.mailbox.purpose,
        channel=Channel(gateway.channel) if gateway else Channel.EMAIL,
        mailbox=arrived.mailbox,
        subject=(understood.subject or topic)[:SUBJECT_MOST],
        contact_addr=writer.addr,
        contact_name=name,
        language=notify.client_reader(desk, writer.addr, name).language,
        client_id=client_id,
        service=understood.service,
        type=type_set or RequestType.UNCLASSIFIED,
        type_suggested=found if isinstance(found, RequestType) and not type_set else None,
        urgency=Urgency(understood.urgency) if understood.urgency else Urgency.NORMAL,
        vouched=(is_vouched or gateway is not None) and not is_contact,
    )


def _note_participants(arrived: Arrived, request: Request) -> None:
    """Other contacts of the same client who write, or whom the writer put into To or Cc, take part; nobody else."""
    message = arrived.reading.message
    named = [arrived.writer.addr, *(each.addr for each in (*message.to, *message.cc))]
    for addr in named:
        contact = arrived.desk.people.contact(addr)
        if contact is not None and contact.client_id == request.client_id and addr != request.contact_addr:
            queries.take_part(arrived.session, request.id, contact.email, arrived.now)


def _let_in(by: str | None) -> dict[str, object]:
    """3.10: who let it in, where it had to be."""
    return {"released_by": by} if by else {}


def _unread(message: IncomingMessage) -> dict[str, object]:
    """What staff are told where the words of a mail could not be read."""
    return {"unread": str(message.unread)} if message.unread else {}


def _understood(understood: Fields, *, is_known: bool) -> dict[str, object]:
    """3.2: what was understood, and what is missing; said back to the client. A contact need not name his client."""
    found = {name: value for name in _FIELD_NAMES if (value := getattr(understood, name))}
    wanted = ("service", "type") if is_known else ("client", "service", "type")
    return {"understood": found, "missing": [name for name in wanted if name not in found]}
