"""A house to which faults happen, and the count of what they did to it."""

from __future__ import annotations

import random
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from sqlmodel import Session, col, func, select

from mailgate.store.database import Database
from mailgate.store.tables import Entry, Mail, Notice, RawMail, Request
from tests.rig import warm
from tests.rig.dovecot import Dovecot
from tests.rig.house import COMPLAINTS, DESK, IVAN, JOHN, VOLHA, House
from tests.rig.proxy import Proxy
from tests.rig.smtp import Sink

GREETINGS = frozenset({"registered", "complaint_registered"})
STRANGER = "olga@gamma.example"
AT_ONCE = '[outbox]\nhold = "0s"\n'
WITHOUT_CAPS = "[loops]\nper_sender = 1000000\nper_request = 1000000\nin_all = 1000000\n"


@dataclass(frozen=True, slots=True)
class Count:
    """What became of everything that was written to a house."""

    written: int
    lost: int
    """Messages of which the journal knows nothing, or nothing decided."""
    duplicates: int
    """Requests above one for each submission."""
    unregistered: int
    """Submissions of which nothing became a request."""
    unanswered: int
    """Requests whose registration notice is not at its reader's server."""
    answered_twice: int
    """Requests of which more than one registration notice came to a reader."""
    second_copies: int
    """Notices that came to a reader's server more than once."""
    most_copies: int
    """How often the notice came that came most often."""
    in_quarantine: int
    """Kept and shown to staff, because their handling failed three times."""

    @property
    def sound(self) -> bool:
        """Nothing lost, nothing twice, every submission a request, everybody answered, and once."""
        return not (self.lost or self.duplicates or self.unregistered or self.unanswered or self.answered_twice)

    @property
    def accounted_for(self) -> bool:
        """The same; but what seems to have killed the process three times may stand in quarantine, for staff."""
        return replace(self, unregistered=max(0, self.unregistered - self.in_quarantine)).sound


@dataclass(frozen=True, slots=True)
class Submission:
    """A mail that must become one request."""

    message_id: str
    sender: str


@dataclass
class Ledger:
    """What was written to a house, as the writers know it."""

    messages: list[str] = field(default_factory=list)
    submissions: list[Submission] = field(default_factory=list)


class FaultyHouse(House):
    """A house whose daemons start at once and die often."""

    def __init__(self, folder: Path, dovecot: Dovecot, sink: Sink, database: str | None = None) -> None:
        super().__init__(folder, dovecot, sink, database)
        self.ledger = Ledger()
        self.daemons: list[warm.Forked] = []

    def configure(self, extra: str = "", after: str = "move", policy: str = "require") -> None:
        """One sender writes more here in an hour than any person does."""
        self._keeps = after == "seen"
        super().configure(WITHOUT_CAPS + extra, after, policy)

    def through(self, cable: Proxy) -> None:
        """The requests' mailbox is reached by this cable from the next start on."""
        config = self.config.read_text()
        self.config.write_text(config.replace(f"port = {self.dovecot.port}", f"port = {cable.port}", 1))

    @property
    def on_sqlite(self) -> bool:
        """Which of the two databases?"""
        return self.database.startswith("sqlite")

    @property
    def database_name(self) -> str:
        """For the table."""
        return "SQLite" if self.on_sqlite else "PostgreSQL"

    # --- daemons ------------------------------------------------------------------------------------------------

    def start(self, wrapper: str = "") -> warm.Forked:
        """One more daemon."""
        self.daemons.append(super().start(wrapper))
        return self.daemons[-1]

    def watching(self, timeout: float = 10) -> None:
        """Return when the daemon that was started last watches its mailboxes."""
        so_far = len(self.daemons)
        wait(
            lambda: self.log().count("INFO    MainThread: watching ") >= so_far,
            timeout,
            lambda: f"no start:\n{self.log()}",
        )

    def close(self) -> None:
        """End every daemon."""
        for daemon in self.daemons:
            if daemon.poll() is None:
                daemon.send_signal(warm.signal.SIGKILL)
                daemon.wait()

    # --- mail ---------------------------------------------------------------------------------------------------

    def submit(self, sender: str = IVAN, subject: str = "", text: str = "Не открывается.", **more: Any) -> str:
        """A mail that must become a request; gives its Message-ID."""
        subject = subject or f"Обращение {len(self.ledger.messages) + 1}"
        message_id = self.write(sender, subject, text, **more).strip("<>")
        self.ledger.messages.append(message_id)
        self.ledger.submissions.append(Submission(message_id, sender))
        return message_id

    def submit_some(self, count: int, dice: random.Random) -> None:
        """Mail as it comes: mostly requests, some with an attachment, some complaints, some from strangers."""
        for _ in range(count):
            match dice.choices(("plain", "large", "complaint", "stranger"), (7, 1, 1, 1))[0]:
                case "plain":
                    self.submit(dice.choice((IVAN, VOLHA, JOHN)))
                case "large":
                    self.submit(attachments=[("журнал.bin", dice.randbytes(60_000))])
                case "complaint":
                    self.submit(JOHN, to=COMPLAINTS)
                case "stranger":
                    sender = f"{dice.randrange(10**6)}.{STRANGER}"
                    self.ledger.messages.append(self.write(sender, "Вопрос", "Здравствуйте!").strip("<>"))

    # --- what there is ------------------------------------------------------------------------------------------

    @contextmanager
    def look(self) -> Iterator[Session]:
        """A session of an onlooker, who leaves no connection behind."""
        database = Database(self.database)
        try:
            with database.read() as session:
                yield session
        finally:
            database.dispose()

    def has_schema(self) -> bool:
        """Did any daemon live long enough to make the tables?"""
        return Database(self.database).revision() is not None

    def settled(self) -> bool:
        """Everything that was written is taken and decided, every notice has met its fate, no mail waits."""
        if any(self._waiting(address) for address in (DESK, COMPLAINTS)):
            return False
        return self.has_schema() and self.rests() and not self.undecided()

    def rests(self) -> bool:
        """Everything that was taken is decided, every notice has met its fate."""
        with self.look() as session:
            if session.scalars(select(Notice.id).where(col(Notice.state) == "waiting").limit(1)).first() is not None:
                return False
            return session.scalars(select(Mail.id).where(col(Mail.decision).is_(None)).limit(1)).first() is None

    def undecided(self) -> set[str]:
        """Message-IDs of what was written and not decided."""
        with self.look() as session:
            return set(self.ledger.messages) - _decided(session)

    def wait_settled(self, timeout: float = 30) -> float:
        """Wait for it; gives the seconds that it took."""
        return wait(self.settled, timeout, lambda: f"not settled: {self.count()}\n{self.log()[-5000:]}")

    def count(self) -> Count:
        """What became of everything so far."""
        with self.look() as session:
            decided = _decided(session)
            aside = session.scalars(select(func.count()).where(col(Mail.reason) == "fault")).one()
            requests = list(session.scalars(select(Request)))
            entries = session.execute(select(col(Entry.message_id), col(Entry.request_id))).all()
            notices = list(session.scalars(select(Notice)))
        came = Counter(one["Message-ID"].strip("<>") for one in self.letters())
        greetings = [one for one in notices if one.name in GREETINGS and one.message_id in came]
        answered = Counter((one.request_id, one.reader) for one in greetings)
        first = Counter(message_id for message_id, _ in set(entries))
        submitted = {each.message_id for each in self.ledger.submissions}
        return Count(
            written=len(self.ledger.messages),
            lost=len(set(self.ledger.messages) - decided),
            duplicates=sum(first[each] - 1 for each in submitted if first[each])
            + max(0, len(requests) - len(submitted)),
            unregistered=sum(not first[each] for each in submitted),
            unanswered=len({request.id for request in requests} - {request_id for request_id, _ in answered}),
            answered_twice=sum(times > 1 for times in answered.values()),
            second_copies=sum(came.values()) - len(came),
            most_copies=max(came.values(), default=0),
            in_quarantine=aside,
        )

    def census(self) -> Any:
        """`mailgate census`; fails unless every message is accounted for."""
        return self.json("census")

    def _waiting(self, address: str) -> bool:
        """Does anything lie in the folder that is not settled? With `after = "seen"` that has the flag S."""
        maildir = self.dovecot._maildir(self.users[address])
        return any(
            not (self._keeps and "S" in file.name.rpartition(":2,")[2])
            for part in ("new", "cur")
            for file in (maildir / part).iterdir()
        )


def _decided(session: Session) -> set[str]:
    """Message-IDs of what was decided; what could not be read at all is known by its bytes alone."""
    found = set(session.scalars(select(Mail.message_id).where(col(Mail.decision).is_not(None))))
    unread = select(RawMail.raw).join(Mail, col(Mail.id) == RawMail.mail_id).where(col(Mail.reason) == "fault")
    return found | {re.search(rb"(?mi)^Message-ID:\s*<(.*?)>", raw)[1].decode() for raw in session.scalars(unread)}


def wait(condition: Callable[[], bool], timeout: float, complaint: Callable[[], str]) -> float:
    """Wait until it holds; gives the seconds that it took. AssertionError after `timeout` seconds."""
    start = time.monotonic()
    while not condition():
        waited = time.monotonic() - start
        assert waited < timeout, complaint()
        time.sleep(min(0.5, 0.02 + waited / 10))  # whoever looks takes time from what he looks at
    return time.monotonic() - start


def percentile(values: list[float], share: float) -> float:
    """The value below which `share` of them lie, by nearest rank."""
    return sorted(values)[min(len(values) - 1, round(share * len(values)))]
