"""Lives of requests played by mail: a house whose clock a test sets, and what clients and staff do in it."""

from __future__ import annotations

from datetime import datetime
from email.message import EmailMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.parser import BytesParser
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

from tests.rig.house import ANNA, DESK, IVAN, House, Letter

MINSK = ZoneInfo("Europe/Minsk")
NUMBER, NEXT = "SD-2026-000001", "SD-2026-000002"
SUBJECT, TROUBLE = "Не открывается портал", "С утра не открывается портал."


def minsk(day: int, month: int, hour: int = 0, minute: int = 0, year: int = 2026) -> datetime:
    """A moment as the operator's clock shows it."""
    return datetime(year, month, day, hour, minute, tzinfo=MINSK)


MONDAY = minsk(23, 11, 10, 5)


def words(letter: Letter) -> str:
    """The text part with its lines joined."""
    return " ".join(letter.text.split())


def bounce(letter: Letter, status: str = "5.1.1", said: str = "") -> bytes:
    """The delivery report that says this letter did not reach its reader (RFC 3464)."""
    report = MIMEMultipart("report", report_type="delivery-status")
    report["From"], report["To"] = "MAILER-DAEMON@mx.alfa.example", DESK
    report["Subject"], report["Auto-Submitted"] = "Undelivered Mail Returned to Sender", "auto-replied"
    report.attach(MIMEText("The mail could not be delivered."))
    told = f"Final-Recipient: rfc822; {letter.to}\nAction: failed\nStatus: {status}\n"
    told += f"Diagnostic-Code: smtp; {said}\n" if said else ""
    by = "Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.alfa.example\n\n"
    report.attach(BytesParser().parsebytes(f"{by}{told}\n".encode()))
    report.attach(MIMEText(f"Message-ID: {letter['Message-ID']}\nTo: {letter.to}\n", "rfc822-headers"))
    return report.as_bytes()


def answers_of(letter: Letter) -> list[EmailMessage]:
    """What a mail client opens for the mailto links of a notice, as (subject, body) in a message."""
    opened = []
    for link in (each.strip("<>") for each in letter.text.split() if each.startswith("<mailto:")):
        parts = urlsplit(link)
        query = parse_qs(parts.query, keep_blank_values=True)
        message = EmailMessage()
        message["To"], message["Subject"] = parts.path, query["subject"][0]
        message.set_content(query["body"][0])
        opened.append(message)
    return opened


class Play(House):
    """A house in which it is Monday, 23.11.2026 10:05 in Minsk."""

    _seen = 0

    def run_once(self) -> str:
        """What waits is done; `told` is about this run."""
        self._seen = len(self.sink.received)
        return super().run_once()

    def go(self, moment: datetime) -> None:
        """It is `moment`, and the desk does what is due."""
        self.at(moment)
        self.run_once()

    def given(self, *staff: str, sender: str = IVAN, subject: str = SUBJECT, text: str = TROUBLE, **more: Any) -> None:
        """A submission and then what Anna wrote about it, one mail each, are all done."""
        self.write(sender, subject, text, **more)
        for mail in staff:
            self.write(ANNA, f"Re: [{NUMBER}] {subject}", mail)
        self.run_once()

    def staff(self, text: str, by: str = ANNA, **more: Any) -> None:
        """A staff member answers the last mail that he got, and it is done."""
        self.answer(self.letters(by)[-1], text, **more)
        self.run_once()

    def client(self, text: str, by: str = IVAN, **more: Any) -> None:
        """A client answers the last mail that he got, and it is done."""
        self.answer(self.letters(by)[-1], text, **more)
        self.run_once()

    def told(self, to: str) -> list[str]:
        """The names of the notices that a reader got in the last run."""
        return sorted(letter.name for letter in self._new() if letter.to == to)

    def last(self, to: str, name: str) -> Letter:
        """The notice of that name that a reader got in the last run."""
        (found,) = (letter for letter in self._new() if (letter.to, letter.name) == (to, name))
        return found

    def status(self, number: str = NUMBER) -> str:
        """Where the request stands."""
        return str(self.show(number)["status"])

    def history(self, number: str = NUMBER) -> list[tuple[str, str]]:
        """Events and their clauses, oldest first."""
        return [(line["event"], line["clause"]) for line in self.show(number)["history"]]

    def numbers(self) -> list[str]:
        """Of everything that is registered, by number."""
        return sorted(request["number"] for request in self.requests())

    def _new(self) -> list[Letter]:
        return self.letters()[self._seen :]
