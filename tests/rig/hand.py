"""A desk in hand: the real desk on a real database, with time as a parameter and the sockets left out.

What it sends is composed from the real templates and accepted at once, unless a test says otherwise.
"""

from __future__ import annotations

import email.policy
import itertools
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from email.message import EmailMessage
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment
from sqlmodel import Session

from mailgate import assets
from mailgate.cli.views import whole_request
from mailgate.config import load
from mailgate.daemon.letters import letter_of, templates
from mailgate.desk import journal
from mailgate.desk.context import Desk, open_desk
from mailgate.desk.entitled import still_to_send
from mailgate.desk.notice_settled import Settlement, notice_settled
from mailgate.desk.term_ended import end_one_term
from mailgate.outbox.compose import environment
from mailgate.store import queries
from mailgate.store.database import Database
from mailgate.store.tables import Mail, Notice
from tests.rig.house import DESK, Letter

MINSK = ZoneInfo("Europe/Minsk")
MONDAY = datetime(2026, 11, 23, 10, 5, tzinfo=MINSK)
_ids = itertools.count(1)


class DeskInHand:
    """Mail is received, notices are accepted, and the clock is set, all by the test."""

    def __init__(self, config: Path, database: Database) -> None:
        self.database, self.now = database, MONDAY
        database.upgrade()
        self.reconfigure(config)
        self.templates = _templates(self.desk)
        self.letters: list[Letter] = []
        self.refuses: dict[str, Settlement] = {}
        """Readers whose mailbox does not take mail now, and what SMTP says of it."""

    def reconfigure(self, config: Path) -> None:
        """The desk reads its configuration, anew if it has read one."""
        with self.database.write() as session:
            self.desk = open_desk(session, load(config))

    # --- what people do -----------------------------------------------------------------------------------------

    def write(
        self,
        sender: str,
        subject: str,
        text: str,
        *,
        to: str = DESK,
        answers: Letter | None = None,
        headers: Iterable[tuple[str, str]] = (),
        attachments: Sequence[tuple[str, bytes]] = (),
        proof: str = "pass",
    ) -> Mail:
        """Somebody's mail is taken and decided; what it causes is sent."""
        message = EmailMessage(policy=email.policy.SMTP)
        domain = sender.rpartition("@")[2]
        if proof:
            message["Authentication-Results"] = f"mx.desk.example; dmarc={proof} header.from={domain}"
        message["From"], message["To"], message["Subject"] = sender, to, subject
        message["Message-ID"] = f"<{next(_ids)}.hand@{domain}>"
        message["Date"] = self.now
        if answers is not None:
            message["In-Reply-To"] = answers["Message-ID"]
            message["References"] = f"{answers['References']} {answers['Message-ID']}".strip()
        for name, value in headers:
            message[name] = value
        message.set_content(text)
        for name, content in attachments:
            message.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
        return self.receive(message.as_bytes(), to)

    def answer(self, letter: Letter, text: str, sender: str | None = None, **more: Any) -> Mail:
        """The reader of a notice (or `sender`) answers it, quoting it."""
        quoted = "\n".join(f"> {line}" for line in letter.text.splitlines())
        subject = letter["Subject"] if letter["Subject"].startswith("Re:") else f"Re: {letter['Subject']}"
        body = f"{text}\n\nВт, 24 нояб. 2026 г. в 10:00, Служба поддержки <{DESK}>:\n{quoted}\n"
        return self.write(sender or letter.to, subject, body, answers=letter, **more)

    def receive(self, raw: bytes, to: str = DESK) -> Mail:
        """A message as bytes arrives at a mailbox of the desk."""
        box = next(box for box in self.desk.config.mailboxes if box.address == to)
        with self.database.write() as session:
            copy = journal.Copy(box.name, 1, next(_ids), raw, len(raw))
            ((mail_id, is_new),) = journal.take(session, [copy], self.now)
        if is_new:
            journal.decide(self.database, self.desk, [mail_id], self.now)
        self.send()
        with self.database.read() as session:
            return session.get_one(Mail, mail_id)

    # --- time and the outbox ------------------------------------------------------------------------------------

    def send(self, *, held: bool = True) -> None:
        """Everything that waits is tried once; with `held`, what is held back too."""
        until = self.now + (self.desk.hold if held else timedelta(0))
        with self.database.write() as session:
            claimed = queries.claim_notices(session, until, "test", self.now + timedelta(minutes=5), 1000)
            due = still_to_send(session, claimed, self.now, self.desk)
        for notice in due:
            self._try(notice)
        if len(due) < len(claimed):  # what was withdrawn may go to somebody else
            self.send(held=held)

    def _try(self, notice: Notice) -> None:
        letter = letter_of(self.database, self.desk, self.templates, notice, self.now)
        settled = self.refuses.get(notice.reader, Settlement(accepted=True, text=letter.text))
        if settled.accepted:
            self.letters.append(Letter(letter.content, notice.reader))
        with self.database.write() as session:
            notice_settled(session, notice.id, settled, self.now, self.desk)

    def travel(self, to: datetime) -> None:
        """Time passes: every deadline until then is carried out at its moment, and what it causes is sent."""
        while True:
            with self.database.read() as session:
                due = queries.next_deadline_at(session)
            if due is None or due > to:
                break
            self.now = max(self.now, due.astimezone(MINSK))
            with self.database.write() as session:
                end_one_term(session, self.now, self.desk)
            self.send()
        self.now = to

    # --- what there is ------------------------------------------------------------------------------------------

    def told(self, to: str | None = None, name: str | None = None) -> list[Letter]:
        """What was accepted, oldest first."""
        return [each for each in self.letters if to in (None, each.to) and name in (None, each.name)]

    def last(self, to: str, name: str) -> Letter:
        """The newest notice of that name to that reader."""
        found = self.told(to, name)
        assert found, f"no {name} to {to}; there are {[(each.name, each.to) for each in self.letters]}"
        return found[-1]

    def show(self, number: str = "SD-2026-000001") -> dict[str, Any]:
        """A request as `requests show --json` gives it."""
        with self.read() as session:
            request = queries.request_by_number(session, number)
            assert request is not None, f"there is no {number}"
            return whole_request(session, request, MINSK)

    def events(self, number: str = "SD-2026-000001") -> list[str]:
        """The history of a request, in short."""
        return [line["event"] for line in self.show(number)["history"]]

    def numbers(self) -> list[str]:
        """The numbers of all requests, in the order of registration."""
        with self.read() as session:
            return [request.number for request in queries.every_request(session)]

    def read(self) -> Any:
        """A session to look into the database."""
        return self.database.read()


def _templates(desk: Desk) -> Environment:
    return templates(desk) if desk.config.files.templates else _built_in(desk.config.desk.zone)


@cache
def _built_in(zone: ZoneInfo) -> Environment:
    """Read once: no test changes them."""
    return environment(assets.templates(), zone=zone)


def written(session: Session) -> list[Notice]:
    """Every notice that was ever written."""
    return list(reversed(queries.notices(session)))
