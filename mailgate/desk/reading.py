"""One message read for the desk: what it is, who sent it, where it belongs, and what the Rules say of it.

Writes nothing: `explain` shows what intake will do because both come through here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session

from mailgate.config import Mailbox, Policy, comparable
from mailgate.desk import gateways, own_ids
from mailgate.desk.context import Desk
from mailgate.message import arc, authenticity, classify, guard, parse, signatures, thread
from mailgate.message.model import Address, Bounce, IncomingMessage, Kind, Verdict
from mailgate.rules.intake import Decision, Disposition, IntakeFacts, decide
from mailgate.rules.vocabulary import OPEN, Purpose, Role
from mailgate.store import queries
from mailgate.store.tables import Request

MERGES_MOST = 10
"""How many merges in a row are followed."""


@dataclass(frozen=True, slots=True)
class Reading:
    """All that is known of a message when the desk acts on it."""

    message: IncomingMessage
    kind: Kind
    bounce: Bounce | None
    verdict: Verdict
    role: Role
    request: Request | None
    """The request that the message belongs to and that its sender may write into."""
    facts: IntakeFacts
    disposition: Disposition

    @property
    def sender(self) -> Address:
        """The one sender; only where `facts.sender_problem` is None."""
        return self.message.from_[0]


@dataclass(frozen=True, slots=True)
class Opened:
    """A message as it reads by itself, whoever sent it."""

    message: IncomingMessage
    found: classify.Classified
    verdict: Verdict
    over_limit: str | None = None
    """What of it is over the limits; then it is its header alone that was read."""


def open_mail(raw: bytes, size: int, desk: Desk) -> Opened:
    """All that takes long of reading a message, and asks no database.

    `size` is the whole message's, in bytes; `raw` may be its header alone, where it is over the limit.
    """
    over = guard.inspect(raw, desk.config.limits.guard)
    if size > len(raw) or isinstance(over, guard.Oversized):
        what = over.what if isinstance(over, guard.Oversized) else "size"
        return Opened(parse.header_only(raw), classify.Classified(Kind.OTHER, None, None), Verdict.NONE, what)
    message = parse.parse(raw)
    return Opened(message, classify.read(message), _verdict(message, raw, desk))


def routes(message: IncomingMessage, mailbox: Mailbox, desk: Desk) -> tuple[Mailbox, Mailbox | None]:
    """The mailbox whose mail a message is, and the one for complaints, where it is addressed to one of each (6.1).

    Why not only where it came: its copies come in any order, and only the first of them is decided.
    """
    named = {addressee.addr for addressee in (*message.to, *message.cc)}
    boxes = [mailbox, *(box for box in desk.config.mailboxes if box.address in named)]
    requests = next((box for box in boxes if box.purpose is Purpose.REQUESTS), None)
    complaints = next((box for box in boxes if box.purpose is Purpose.COMPLAINTS), None)
    return (requests, complaints) if requests and complaints else (mailbox, None)


def readings(
    session: Session | None, opened: Opened, mailbox: Mailbox, desk: Desk
) -> tuple[tuple[Mailbox, Reading], ...]:
    """What a message that came to `mailbox` is, and whose: the complaint that it is as well (6.1), then itself.

    An answer in a complaint is no request beside it, a stranger is not turned away who may complain, and of what
    nobody vouches for those are told who handle complaints.
    """
    here, for_complaints = routes(opened.message, mailbox, desk)
    reading = read(session, opened, here, desk)
    if for_complaints is None:
        return ((here, reading),)
    complaint = read(session, opened, for_complaints, desk)
    as_complaint, as_request = complaint.disposition.decision, reading.disposition.decision
    if as_complaint in {Decision.APPEND, Decision.QUARANTINE} or as_request is Decision.NOT_REGISTERED:
        return ((for_complaints, complaint),)
    if as_complaint is Decision.REGISTER:
        return (for_complaints, complaint), (here, reading)
    return ((here, reading),)


def read(session: Session | None, opened: Opened, mailbox: Mailbox, desk: Desk, *, vouched: bool = False) -> Reading:
    """Read a message that came to `mailbox`. Without a session no request is looked up.

    `vouched`: staff know that its sender wrote it.
    """
    message, found, verdict = opened.message, opened.found, opened.verdict
    if opened.over_limit is not None:
        unread = IntakeFacts(role=Role.STRANGER, proven=False, over_limit=opened.over_limit)
        return Reading(message, found.kind, found.bounce, verdict, Role.STRANGER, None, unread, decide(unread))
    role = Role.STRANGER if message.from_problem else desk.role(message.from_[0].addr)
    proven = vouched or verdict is Verdict.PASS or (bool(message.from_) and _is_trusted(message, role, desk))
    request = _belongs_to(session, message, role, mailbox, desk) if session is not None and proven else None
    facts = IntakeFacts(
        role=role,
        proven=proven,
        purpose=mailbox.purpose,
        sender_problem=message.from_problem,
        own_notice=_is_own(message, role, desk),
        bounce=found.bounce is not None,
        auto_reply=found.kind is Kind.AUTO_REPLY,
        automatic=found.automatic,
        gateway_names_contact=role is Role.GATEWAY and _names_contact(message, desk),
        revoked=session is not None and proven and role is Role.STRANGER and _was_known(session, message),
        cited=request.number if request else None,
    )
    return Reading(message, found.kind, found.bounce, verdict, role, request, facts, decide(facts))


def _is_trusted(message: IncomingMessage, role: Role, desk: Desk) -> bool:
    """3.10: `off` takes a client's From as it is; that of staff, whose orders are carried out, only in an answer to a
    notice of ours that went to that very address, since nobody else can know its Message-ID."""
    addr = message.from_[0].addr
    if desk.policy(addr) is not Policy.OFF:
        return False
    return role is not Role.STAFF or any(_is_told(each, addr, desk) for each in thread.cited(message))


def _is_told(message_id: str, addr: str, desk: Desk) -> bool:
    domains = {box.address.rpartition("@")[2] for box in desk.config.mailboxes}
    return any(thread.own(desk.key, message_id, addr, domain) is not None for domain in domains)


def look_up_keys(raw: bytes, desk: Desk) -> None:
    """Ask for the keys that `read` will need, so that it finds them known while it holds a transaction."""
    message = parse.header_only(raw)
    stated, asks = _stated(message, desk), desk.config.authenticity
    names: list[str] = []
    if _may_check(stated, message, desk):
        names += signatures.key_names(raw, _domain(message))
    if stated is not Verdict.PASS and message.from_problem is None and asks.trusted_arc_sealers:
        names += arc.arc_key_names(raw, asks.trusted_arc_sealers)
    for name in dict.fromkeys(names):
        desk.txt(name)


def _verdict(message: IncomingMessage, raw: bytes, desk: Desk) -> Verdict:
    """What our own mail server states; where it is silent, what the signatures say, if they are to be checked.

    A trusted forwarder's word counts also where the mail failed at our server: the forwarder is why it did.
    """
    verdict, sealers = _stated(message, desk), desk.config.authenticity.trusted_arc_sealers
    if _may_check(verdict, message, desk):
        verdict = signatures.dkim_verdict(raw, _domain(message), desk.txt)
    if verdict is Verdict.PASS or message.from_problem is not None or not sealers or authenticity.smuggles(message):
        return verdict
    sealed = arc.arc_verdict(raw, _domain(message), sealers, desk.txt)
    return sealed if sealed is Verdict.PASS else verdict


def _stated(message: IncomingMessage, desk: Desk) -> Verdict:
    return authenticity.verdict(message, desk.config.authenticity.trusted_authserv_ids)


def _may_check(stated: Verdict, message: IncomingMessage, desk: Desk) -> bool:
    return desk.config.authenticity.dkim and stated is Verdict.NONE and message.from_problem is None


def _domain(message: IncomingMessage) -> str:
    """Of the one sender, as DNS writes it."""
    addr = message.from_[0].addr
    return (comparable(addr) or addr).rpartition("@")[2]


def may_write(request: Request, addr: str, role: Role, desk: Desk) -> bool:
    """Who may write into a request: staff, its own sender, and the contacts of its client (3.10).

    And the client's own mailboxes, because they get the notices that the sender's does not take (3.7).
    """
    if role is Role.STAFF:
        return True
    if request.erased_at is not None:  # what he writes now, linked to it, would tell whose it was
        return False
    contact, client = desk.people.contact(addr), desk.people.clients.get(request.client_id or "")
    same_client = contact is not None and contact.client_id == request.client_id
    is_client_s = client is not None and addr in (client.authorised_mailbox, client.official_mailbox)
    is_its_own = request.contact_addr == addr and (request.client_id is None or request.vouched)
    return same_client or is_client_s or is_its_own


def _names_contact(message: IncomingMessage, desk: Desk) -> bool:
    """3.1: whose submission it is; nothing is let in in the name of staff, of the desk or of a gateway of it."""
    addr = gateways.contact(message)
    return addr is not None and desk.role(addr) in (Role.CONTACT, Role.STRANGER)


def _was_known(session: Session, message: IncomingMessage) -> bool:
    return not message.from_problem and queries.was_told(session, message.from_[0].addr, (Role.CONTACT, Role.STAFF))


def _is_own(message: IncomingMessage, role: Role, desk: Desk) -> bool:
    """Is it a notice of ours that came back? Its id bears our HMAC for one of its readers, so nobody can forge it."""
    if role is not Role.OWN or message.message_id is None:
        return False
    readers = [*message.to, *message.cc]
    domain = message.from_[0].addr.rpartition("@")[2]
    return any(thread.own(desk.key, message.message_id, reader.addr, domain) for reader in readers)


def _belongs_to(session: Session, message: IncomingMessage, role: Role, mailbox: Mailbox, desk: Desk) -> Request | None:
    """The first request that the message cites and into which its sender may write."""
    if role is Role.OWN or message.from_problem:
        return None
    addr = (gateways.contact(message) or "") if role is Role.GATEWAY else message.from_[0].addr
    for request in _cited(session, message, addr, mailbox, desk):
        if (role is Role.STAFF or _answered_at(mailbox, request, desk)) and may_write(request, addr, role, desk):
            return request
    return None


def _answered_at(mailbox: Mailbox, request: Request, desk: Desk) -> bool:
    """6.1: whether mail to that mailbox can belong to a request: it is for its kind, or its notices come from there."""
    return request.kind == mailbox.purpose or desk.home(request).address == mailbox.address


def _cited(session: Session, message: IncomingMessage, addr: str, mailbox: Mailbox, desk: Desk) -> Sequence[Request]:
    """By the notice that told of it; by known Message-IDs; by ids of ours that a restored database has lost; by the
    number in the subject, in the formats in force, then in brackets as any format before them wrote it.

    A number does not count where the notice that is cited told of another request that bore it."""
    cited = thread.cited(message)
    told_of = queries.cited(session, cited)
    found = [*_begun_by(session, cited, told_of), *{each.request.id: each.request for each in told_of}.values()]
    domain = mailbox.address.rpartition("@")[2]
    numbers = [gateways.number(message)] if desk.gateway(message.from_[0].addr) else []
    numbers += [number for each in cited if (number := thread.own(desk.key, each, addr, domain))]
    formats = desk.config.desk.number_format, desk.config.desk.complaint_number_format
    numbers += thread.numbers(message.subject, *formats)  # the first is ours; a topic may name another behind it
    numbers += thread.bracketed(message.subject)
    for number in dict.fromkeys(each for each in numbers if each):
        if any(number == each.number for each in found):
            continue
        request = queries.request_by_number(session, number)
        if request is not None and request not in found and not own_ids.are_of_another(desk, request, cited, domain):
            found.append(request)
    return [_where_it_went(session, request) for request in found]


def _begun_by(session: Session, cited: Sequence[str], told_of: Sequence[queries.Cited]) -> list[Request]:
    """5.2: the request that began with a word to one that had ended, where the mail answers the notice that said so."""
    if not told_of or (told_of[0].message_id, told_of[0].notice) != (cited[0], "closed_is_final"):
        return []
    notice = queries.notice_by_message_id(session, cited[0])
    told = notice.facts.get("detail") or {} if notice else {}
    number = told.get("new_number")
    new = queries.request_by_number(session, number) if number else None
    return [new] if new else []


def _where_it_went(session: Session, request: Request) -> Request:
    """3.6: what was merged answers to both numbers."""
    for _ in range(MERGES_MOST):
        if request.status in OPEN:  # a merge ends what is merged
            break
        into = queries.merged_into(session, request.id)
        if into is None:
            break
        request = into
    return request
