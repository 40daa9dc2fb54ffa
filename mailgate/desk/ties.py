"""Orders that tie a request to others: split, linked, merged (3.6)."""

from __future__ import annotations

from mailgate.desk import notify, record, registering
from mailgate.desk.record import Act, Submission
from mailgate.desk.work import CannotDo, Work, apply, takes_text, until
from mailgate.rules.commands import Order
from mailgate.rules.obstacles import Obstacle
from mailgate.rules.vocabulary import OPEN, Channel, Event, Purpose, Trigger, Urgency
from mailgate.store import queries
from mailgate.store.tables import Request


def split(work: Work, order: Order) -> None:
    """3.6: a new request of the text, linked; the client is told its number."""
    old = work.request
    submission = Submission(
        kind=Purpose(old.kind),
        channel=Channel(old.channel),
        mailbox=work.desk.home(old),
        subject=str(order.value),
        contact_addr=old.contact_addr,
        contact_name=old.contact_name,
        language=old.language,
        client_id=old.client_id,
        service=old.service,
        urgency=Urgency(old.urgency),
        vouched=old.vouched,
    )
    new = registering.enter(work.session, work.desk, submission, work.words, work.by, work.now, part_of=old)
    record.link(work.session, old, new, "split_into", "split_from")
    numbers = {"numbers": [new.number]}
    apply(work, order.line, Trigger.SPLIT, told=numbers, detail=numbers)


def link(work: Work, order: Order) -> None:
    """3.6: two requests that have to do with each other, and each goes its own way."""
    other = _other(work, order)
    if record.link(work.session, work.request, other, "linked", "linked"):
        work.ties.linked.append((other.number, "linked"))
    apply(work, order.line, Trigger.LINKED, detail={"number": other.number})


def merge(work: Work, order: Order) -> None:
    """3.6: this request ends in another one, which answers to both numbers from now on."""
    other = _other(work, order)
    if other.kind != work.request.kind:
        raise CannotDo(order.line, Obstacle("other_kind", {"number": other.number}))
    if _whose(other) != _whose(work.request):
        raise CannotDo(order.line, Obstacle("other_client", {"number": other.number}))
    if other.status not in OPEN:
        raise CannotDo(order.line, Obstacle("merge_into_ended", {"number": other.number}))
    _keep_promised_end(work, order, other)
    if work.request.contact_addr != other.contact_addr and notify.reads_only_his_own(work.desk, work.request):
        values = {"number": other.number, "sender": work.request.contact_addr, "this": work.request.number}
        raise CannotDo(order.line, Obstacle("merge_loses_sender", values))
    record.link(work.session, work.request, other, "merged_into", "merged_from")
    work.ties.linked.append((other.number, "merged_into"))
    for addr in (work.request.contact_addr, *queries.participants(work.session, work.request.id)):
        is_new = addr != other.contact_addr and work.desk.people.contact(addr) is not None
        if is_new and queries.take_part(work.session, other.id, addr, work.now):
            work.ties.joined.append((other.number, addr))
    into = {"into": other.number}
    apply(work, order.line, Trigger.MERGED, carries=takes_text(work, order), told=into, detail=into)
    act = Act(by=work.by, detail={"from": work.request.number})
    record.note(work.session, other, Event.LINKED, "3.6", act, work.now)


def _keep_promised_end(work: Work, order: Order, other: Request) -> None:
    """6.2, 6.3: a complaint does not end in one that is due later, unless its complainant was told a later term."""
    ends, later = work.request.deadline_at, other.deadline_at
    if other.kind == Purpose.COMPLAINTS and ends is not None and later is not None and ends < later:
        values = {"number": other.number, "this": work.request.number, "until": until(work, ends)}
        raise CannotDo(order.line, Obstacle("merge_postpones", values))


def _whose(request: Request) -> str:
    """The client, or the one who complained and is nobody's contact."""
    return request.client_id or request.contact_addr


def _other(work: Work, order: Order) -> Request:
    number = str(order.value)
    other = queries.request_by_number(work.session, number)
    if other is None:
        raise CannotDo(order.line, Obstacle("unknown_request", {"number": number}))
    if other.erased_at is not None:  # a tie to it would tell whose it was
        raise CannotDo(order.line, Obstacle("erased", {"number": other.number}))
    if other.id == work.request.id:
        raise CannotDo(order.line, Obstacle("same_request", {"number": other.number}))
    return other
