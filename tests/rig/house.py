"""A whole desk on real servers: mail goes in at Dovecot and comes out at an SMTP server."""

from __future__ import annotations

import email
import email.policy
import functools
import itertools
import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from tests.rig import clock, sqlite, warm
from tests.rig.dovecot import PASSWORD, Dovecot
from tests.rig.smtp import Received, Sink

ROOT = Path(__file__).resolve().parents[2]
DESK, COMPLAINTS = "support@desk.example", "complaints@desk.example"
IVAN, VOLHA, JOHN = "ivan.petrov@alfa.example", "volha.sidarenka@alfa.example", "john.smith@beta.example"
ANNA, SERGEY, KATE = "a.kovaleva@desk.example", "s.moroz@desk.example", "k.brown@desk.example"
_ids = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Letter:
    """A notice as its reader got it."""

    raw: bytes
    to: str

    @property
    def message(self) -> EmailMessage:
        """Parsed; not to be changed."""
        return _parsed(self.raw)

    def __getitem__(self, header: str) -> str:
        return str(_head(self.raw)[header] or "")

    @property
    def name(self) -> str:
        """Which notice it is."""
        return self["X-Mailgate-Notice"]

    @property
    def text(self) -> str:
        """The text part."""
        part = self.message.get_body(("plain",))
        assert part is not None
        return str(part.get_content())

    @property
    def attachments(self) -> list[EmailMessage]:
        """What is attached."""
        return [part for part in self.message.iter_attachments() if isinstance(part, EmailMessage)]


class House:
    """The desk `mailgate.toml` in `folder`, its two mailboxes on Dovecot, its SMTP server."""

    def __init__(self, folder: Path, dovecot: Dovecot, sink: Sink, database: str | None = None) -> None:
        self.folder, self.dovecot, self.sink = folder, dovecot, sink
        self.users = {DESK: dovecot.new_user(), COMPLAINTS: dovecot.new_user()}
        self.database = database or f"sqlite:///{folder / 'mailgate.db'}"
        if database is None:
            sqlite.renew(folder / "mailgate.db")
        self.config = folder / "mailgate.toml"
        for name in ("clients.toml", "staff.toml"):
            shutil.copyfile(ROOT / "config" / name, folder / name)
        self.configure()
        self._daemon: warm.Forked | None = None
        self._offset: float | None = None

    def configure(
        self, extra: str = "", after: str = "move", policy: str = "require", desk: str = "digest = false"
    ) -> None:
        """Write the configuration; `extra` is TOML that goes to its end, `desk` to its first table.

        There is no digest unless a test asks for it: what staff got last is about their request.
        """
        boxes = "".join(
            f"""
[[mailbox]]
name = "{purpose}"
address = "{address}"
purpose = "{"complaints" if purpose == "complaints" else "requests"}"
[mailbox.imap]
host = "{self.dovecot.host}"
port = {self.dovecot.port}
security = "none"
username = "{self.users[address]}"
password = "{PASSWORD}"
after = "{after}"
"""
            for purpose, address in (("support", DESK), ("complaints", COMPLAINTS))
        )
        self.config.write_text(
            f"""
[desk]
organisation = "ООО «Пример»"
{desk}
[database]
url = "{self.database}"
{boxes}
[smtp]
host = "{self.sink.host}"
port = {self.sink.port}
security = "none"
[authenticity]
trusted_authserv_ids = ["mx.desk.example"]
policy = "{policy}"
{extra}
"""
        )

    def mailbox(self, name: str, address: str) -> str:
        """TOML of one more mailbox for requests, with a user of its own."""
        self.users[address] = self.dovecot.new_user()
        return f"""
[[mailbox]]
name = "{name}"
address = "{address}"
staff_group = "support"
[mailbox.imap]
host = "{self.dovecot.host}"
port = {self.dovecot.port}
security = "none"
username = "{self.users[address]}"
password = "{PASSWORD}"
"""

    # --- what people do -----------------------------------------------------------------------------------------

    def write(
        self,
        sender: str,
        subject: str,
        text: str,
        *,
        to: str = DESK,
        answers: Letter | None = None,
        attachments: Sequence[tuple[str, bytes]] = (),
        proof: str = "pass",
        headers: Sequence[tuple[str, str]] = (),
    ) -> str:
        """Somebody writes to the desk; gives the Message-ID."""
        message = EmailMessage(policy=email.policy.SMTP)
        message["From"], message["To"], message["Subject"] = sender, to, subject
        message["Message-ID"] = f"<{next(_ids)}.{os.getpid()}.{time.time_ns()}@{sender.rpartition('@')[2]}>"
        message["Date"] = self.now()
        if answers is not None:
            message["In-Reply-To"] = answers["Message-ID"]
            message["References"] = f"{answers['References']} {answers['Message-ID']}".strip()
        for name, value in headers:
            message[name] = value
        message.set_content(text)
        for name, content in attachments:
            message.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
        self.deliver(message.as_bytes(), to, sender, proof)
        return str(message["Message-ID"])

    def answer(self, letter: Letter, text: str, **more: Any) -> str:
        """The reader of a notice answers it in his mail client, quoting it."""
        quoted = "\n".join(f"> {line}" for line in letter.text.splitlines())
        subject = letter["Subject"] if letter["Subject"].startswith("Re:") else f"Re: {letter['Subject']}"
        body = f"{text}\n\nВт, 24 нояб. 2026 г. в 10:00, Служба поддержки <{DESK}>:\n{quoted}\n"
        return self.write(letter.to, subject, body, answers=letter, **more)

    def deliver(self, raw: bytes, to: str = DESK, sender: str = "", proof: str = "pass") -> None:
        """The mail server puts a message into a mailbox of the desk, with its verdict on the sender."""
        domain = sender.rpartition("@")[2]
        verdict = f"Authentication-Results: mx.desk.example; dmarc={proof} header.from={domain}\r\n".encode()
        self.dovecot.deliver(self.users[to], (verdict if proof else b"") + raw)

    # --- the desk -----------------------------------------------------------------------------------------------

    def at(self, moment: datetime) -> None:
        """From now on people write and the desk runs at `moment`; the clock ticks on from there."""
        self._offset = clock.offset_to(moment)

    def now(self) -> datetime:
        """What the clock shows."""
        return email.utils.localtime() + timedelta(seconds=self._offset or 0)

    def run_once(self) -> str:
        """`mailgate run --once`: everything that waits is done."""
        return self.cli("run", "--once")

    def start(self, wrapper: str = "") -> warm.Forked:
        """Start the daemon; `wrapper` is Python that is run before it, in its process."""
        log = self.folder / "daemon.log"
        log.touch()
        words = ["--config", str(self.config), "run", "--log-format", "text"]
        self._daemon = warm.fork(words, out=log, err=log, wrapper=wrapper, offset=self._offset)
        return self._daemon

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """End the daemon that `start` started; gives its exit code."""
        assert self._daemon is not None
        self._daemon.send_signal(number)
        return self._daemon.wait(20)

    def close(self) -> None:
        """End what a test left running."""
        if self._daemon is not None and self._daemon.poll() is None:
            self.stop(signal.SIGKILL)

    def log(self) -> str:
        """What the daemon said."""
        return (self.folder / "daemon.log").read_text()

    def cli(self, *arguments: str, expect: int = 0) -> str:
        """Call the command line in a process of its own; gives what it printed."""
        done = self._run(["--config", str(self.config), *arguments])
        assert done.returncode == expect, f"exit {done.returncode}\n{done.stdout}\n{done.stderr}"
        self.said = done.stderr
        return done.stdout if expect == 0 else done.stdout + done.stderr

    def _run(self, arguments: list[str]) -> subprocess.CompletedProcess[str]:
        number = next(_ids)
        out, err = self.folder / f"out{number}", self.folder / f"err{number}"
        code = warm.fork(arguments, out=out, err=err, offset=self._offset).wait(120)
        return subprocess.CompletedProcess(arguments, code, out.read_text(), err.read_text())

    def json(self, *arguments: str) -> Any:
        """The same, with --json."""
        return json.loads(self.cli(*arguments, "--json"))

    def requests(self) -> list[dict[str, Any]]:
        """All requests, in working order."""
        found: list[dict[str, Any]] = self.json("requests", "list", "--limit", "1000000")
        return found

    def show(self, number: str) -> dict[str, Any]:
        """One request, whole."""
        found: dict[str, Any] = self.json("requests", "show", number)
        return found

    # --- what people got ----------------------------------------------------------------------------------------

    def letters(self, to: str | None = None, name: str | None = None) -> list[Letter]:
        """What went out, oldest first."""
        found = [_letter(each) for each in self.sink.received]
        return [each for each in found if to in (None, each.to) and name in (None, each.name)]

    def letter(self, to: str, name: str) -> Letter:
        """The one notice of that name that this reader got."""
        found = self.letters(to, name)
        assert len(found) == 1, (
            f"{len(found)} {name} to {to}; there are {[(one.name, one.to) for one in self.letters()]}"
        )
        return found[0]

    def wait_letter(self, to: str, name: str, timeout: float = 15) -> Letter:
        """The same, as soon as the running daemon has sent it."""
        received = self.sink.wait_for(lambda each: (_letter(each).to, _letter(each).name) == (to, name), timeout)
        return _letter(received)


@functools.lru_cache(maxsize=500)
def _parsed(raw: bytes) -> EmailMessage:
    found = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(found, EmailMessage)
    return found


@functools.lru_cache(maxsize=500)
def _head(raw: bytes) -> EmailMessage:
    """Its headers alone: which letter it is, is asked of each over and over."""
    return _parsed(raw.partition(b"\r\n\r\n")[0])


def _letter(received: Received) -> Letter:
    return Letter(received.raw, received.recipients[0])
