"""What attackers need: mail as bytes, poured into a desk in hand, and what came of it."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from typing import Any

from sqlmodel import Session, col, select

from mailgate.desk import journal
from mailgate.store.tables import Mail, Notice
from tests.rig.hand import DeskInHand
from tests.rig.house import DESK, Letter

EVIL = "mallory@evil.example"
ACCEPTED = {"register", "append", "command"}
_ids = itertools.count(1)


def passed(domain: str) -> bytes:
    """What our own mail server says of a sender who proved that domain."""
    return f"Authentication-Results: mx.desk.example; dmarc=pass header.from={domain}\r\n".encode()


def mail(
    sender: bytes | str,
    *,
    proven: str | None = None,
    head: bytes = b"",
    subject: str | bytes = "Вопрос",
    text: str = "Помогите, пожалуйста.",
    message_id: str | None = None,
) -> bytes:
    """A message. `sender` is the value of From, or whole lines with their line ends; `proven` a domain."""
    lines = sender.encode() if isinstance(sender, str) else sender
    if not lines.endswith(b"\r\n"):
        lines = b"From: " + lines + b"\r\n"
    spelt = subject.encode() if isinstance(subject, str) else subject
    return b"".join(
        (
            passed(proven) if proven else b"",
            head,
            lines,
            b"To: " + DESK.encode() + b"\r\nSubject: " + spelt + b"\r\n",
            f"Message-ID: <{message_id or f'{next(_ids)}.kit@evil.example'}>\r\n".encode(),
            b"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + text.encode() + b"\r\n",
        )
    )


def pour(hand: DeskInHand, raws: Iterable[bytes], to: str = DESK) -> list[Mail]:
    """All of these arrive; what they cause is written and not yet sent."""
    box = next(box for box in hand.desk.config.mailboxes if box.address == to)
    with hand.database.write() as session:
        copies = [journal.Copy(box.name, 1, next(_ids), raw, len(raw)) for raw in raws]
        taken = [mail_id for mail_id, _ in journal.take(session, copies, hand.now)]
    for start in range(0, len(taken), 100):
        journal.decide(hand.database, hand.desk, taken[start : start + 100], hand.now)
    with hand.read() as session:
        return [session.get_one(Mail, mail_id) for mail_id in taken]


def accepted(mails: Sequence[Mail]) -> list[Mail]:
    """Those that had an effect on a request."""
    return [each for each in mails if each.decision in ACCEPTED]


def notices(hand: DeskInHand, **wanted: Any) -> list[Notice]:
    """Every notice with these values, sent or not, oldest first."""
    with hand.read() as session:
        return _notices(session, wanted)


def _notices(session: Session, wanted: dict[str, Any]) -> list[Notice]:
    query = select(Notice).order_by(col(Notice.id))
    for name, value in wanted.items():
        query = query.where(getattr(Notice, name) == value)
    return list(session.scalars(query))


def shown(letters: Iterable[Letter]) -> str:
    """Everything that can be read in these letters: their bytes, their headers and parts decoded."""
    found = []
    for letter in letters:
        found += [
            letter.raw.decode("utf-8", "replace"),
            *(f"{name}: {value}" for name, value in letter.message.items()),
        ]
        for part in letter.message.walk():
            if not part.is_multipart():
                content = part.get_payload(decode=True)
                found.append(content.decode("utf-8", "replace") if isinstance(content, bytes) else "")
    return "\n".join(found)
