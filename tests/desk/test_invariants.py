"""Whatever clients, staff, mail servers and time do to the desk, in whatever order: what must hold holds.

A short walk in the everyday run; `HYPOTHESIS_PROFILE=long` walks for many minutes, each time another way.
"""

from __future__ import annotations

import copy
import itertools
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import event
from sqlmodel import Session, select

from mailgate.desk.notice_settled import Settlement
from mailgate.rules.commands import COMMANDS, Arg
from mailgate.rules.notices import CLIENT_HEARS, COMPLAINANT_HEARS
from mailgate.rules.vocabulary import OPEN, Purpose, Status, Waiting
from mailgate.rules.vocabulary import Event as E
from mailgate.rules.vocabulary import Trigger as T
from mailgate.store import queries
from mailgate.store.database import Database
from mailgate.store.tables import Deadline, Event, Mail, Notice, Request
from tests.rig.hand import DeskInHand
from tests.rig.house import ANNA, COMPLAINTS, DESK, IVAN, JOHN, KATE, ROOT, SERGEY, VOLHA, Letter
from tests.rig.play import bounce

IS_LONG = os.environ.get("HYPOTHESIS_PROFILE") == "long"
UNHURRIED = settings(deadline=None, database=None, suppress_health_check=list(HealthCheck))
SHORT = settings(UNHURRIED, max_examples=14, stateful_step_count=25, derandomize=True)
LONG = settings(UNHURRIED, max_examples=1000, stateful_step_count=60, print_blob=True)

STRANGER, OUTSIDER = "jane@elsewhere.example", "outsider@elsewhere.example"
CANARY = "СЕКРЕТ-ОТДЕЛА"
CLIENT_SAYS = (
    "Вот сведения: договор 17.",
    "Подтверждаю",
    "Не согласен: портал так и не открывается.",
    "Нет.",
    "Спасибо!",
    "!подтверждаю",
    "!не согласен: ",
    "А можно ещё вопрос?",
)
NAMED = {
    Arg.TERM: ("3d", "4 часа", "до 25.12.2026", "вчера"),
    Arg.TERM_IF_ANY: ("", "2 рабочих дня", "не срок"),
    Arg.STAFF: (SERGEY, "Kate", "никто"),
    Arg.TYPE_IF_ANY: ("8 полное", "4", "", "11"),
    Arg.URGENCY: ("высокая", "низкая", "никакая"),
    Arg.IMPACT: ("полное", "никакое"),
    Arg.PRIORITY: ("критический", "никакой"),
    Arg.CHANNEL: ("телефон", "сорока"),
    Arg.CHANNEL_IF_ANY: ("", "телефон"),
    Arg.SUBJECT: ("Отдельный вопрос",),
    Arg.NUMBER: ("SD-2026-000001", "SD-2026-000002", "C-2026-000001", "SD-2026-999999"),
    Arg.CALL: (f"{IVAN} +375 29 123-45-67 критично не может писать", f"{IVAN} 112"),
    Arg.CONTACT: (JOHN, STRANGER),
}
ORDER_LINES = tuple(f"!{command.ru} {value}".strip() for command in COMMANDS for value in NAMED.get(command.arg, ("",)))

AFTER_CLOSING = frozenset(
    {
        E.CLIENT_THANKED, E.CLIENT_WROTE, E.NEW_REQUEST_NEEDED, E.LINKED, E.NOTED, E.NOTICE_BOUNCED, E.AUTO_REPLY_KEPT,
    }
)  # fmt: skip
"""What may still come into the history of a request that is closed."""
BY_CLOCK = frozenset(
    {
        E.INFO_REMINDED, E.INFO_OVERDUE, E.THIRD_PARTY_OVERDUE, E.CONFIRMATION_REMINDED, E.COMPLAINT_DUE_SOON,
        E.COMPLAINT_OVERDUE, E.PROGRESS_DUE_SOON, E.HOLDING_NOTICE_SENT,
    }
)  # fmt: skip
ENDS = {"closed": E.CLOSED, "rejected": E.REJECTED, "complaint_answered": E.COMPLAINT_ANSWERED}
RUNS_IN = {
    T.INFO_REMINDER_DUE: Status.AWAITING_INFO,
    T.INFO_TERM_ENDED: Status.AWAITING_INFO,
    T.CONFIRMATION_REMINDER_DUE: Status.AWAITING_CONFIRMATION,
    T.CONFIRMATION_TERM_ENDED: Status.AWAITING_CONFIRMATION,
}
OWED_IN = {Status.AWAITING_THIRD_PARTY, Status.AWAITING_INFO}
"""4.10: a third party's date is awaited on while the client is asked something."""
STARTS = {
    Status.AWAITING_INFO: (Waiting.INFO, {E.INFO_ASKED, E.EXTENDED}),
    Status.AWAITING_CONFIRMATION: (Waiting.CONFIRMATION, {E.COMPLETED, E.EXTENDED}),
}


def causes(kind: str, name: str) -> set[E]:
    """The events of which a client hears by this notice."""
    hears = CLIENT_HEARS if kind == Purpose.REQUESTS else COMPLAINANT_HEARS
    found = {event for event, told in hears.items() if told == name}
    found |= {E.NEW_REQUEST_NEEDED} if name == "closed_is_final" else set()
    extends = {"info_needed", "third_party", "completion_reminder", "complaint_extended"}
    return found | ({E.EXTENDED} if name in extends else set())


@cache
def prototype() -> tuple[DeskInHand, Path]:
    """One desk to be copied: its templates are compiled, its database has the schema."""
    folder = Path(tempfile.mkdtemp(prefix="mailgate-invariants-"))
    shutil.copytree(ROOT / "config", folder / "config")
    hand = DeskInHand(folder / "config" / "mailgate.toml", Database(f"sqlite:///{folder / 'new.db'}"))
    hand.database.dispose()
    return hand, folder


class Walked(DeskInHand):
    """A desk in hand that can be cloned, keeps what it received, and can hold its outbox back."""

    received: dict[bytes, str]
    """Each different message, and the mailbox to which it came first."""
    holding: bool

    @classmethod
    def new(cls, folder: Path) -> Walked:
        """A desk with nothing in it yet."""
        hand, home = prototype()
        shutil.copyfile(home / "new.db", folder / "mailgate.db")
        new = copy.copy(hand)
        new.__class__ = cls
        assert isinstance(new, Walked)
        new.database = Database(f"sqlite:///{folder / 'mailgate.db'}")
        for engine in (new.database.writer, new.database.reader):
            event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF"))
        new.letters, new.refuses, new.received, new.holding = [], {}, {}, False
        return new

    def receive(self, raw: bytes, to: str = DESK) -> Mail:
        self.received.setdefault(raw, to)
        return super().receive(raw, to)

    def send(self, *, held: bool = True) -> None:
        super().send(held=held and not self.holding)


class Walk(RuleBasedStateMachine):
    """Everybody does what he likes; after each step everything is looked through."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory(prefix="mailgate-walk-")
        self.hand = Walked.new(Path(self.folder.name))
        self.closed: dict[str, tuple[dict[str, Any], int]] = {}
        self.decided: dict[int, tuple[Any, ...]] = {}
        self.secrets, self.looked = itertools.count(1), 0

    def teardown(self) -> None:
        self.hand.database.dispose()
        self.folder.cleanup()

    # --- what people do -----------------------------------------------------------------------------------------

    @initialize(complains=st.booleans())
    def there_is_something_to_do(self, complains: bool) -> None:
        self.somebody_writes(IVAN, DESK, VOLHA, "pass")
        if complains:
            self.somebody_writes(STRANGER, COMPLAINTS, None, "pass")

    @rule(
        sender=st.sampled_from([IVAN, VOLHA, JOHN, STRANGER]),
        to=st.sampled_from([DESK, DESK, COMPLAINTS]),
        cc=st.sampled_from([None, VOLHA, OUTSIDER, f"{VOLHA}, {OUTSIDER}"]),
        proof=st.sampled_from(["pass", "pass", "fail"]),
    )
    def somebody_writes(self, sender: str, to: str, cc: str | None, proof: str) -> None:
        self.tick()
        headers = [("Cc", cc)] if cc else []
        self.hand.write(sender, "Не открывается портал", "С утра.", to=to, headers=headers, proof=proof)

    @rule(says=st.sampled_from(CLIENT_SAYS), sender=st.sampled_from([None, VOLHA]))
    def the_client_gives_his_word(self, says: str, sender: str | None) -> None:
        self.a_notice_is_answered(0, sender, says)

    @precondition(lambda self: self.to_clients())
    @rule(
        which=st.integers(0, 9),
        sender=st.sampled_from([None, None, None, IVAN, VOLHA, JOHN, STRANGER]),
        says=st.sampled_from(CLIENT_SAYS),
        machine=st.sampled_from([False, False, False, True]),
    )
    def a_notice_is_answered(self, which: int, sender: str | None, says: str, machine: bool = False) -> None:
        self.tick()
        letter = self.pick(self.to_clients(), which)
        headers = [("Auto-Submitted", "auto-replied")] if machine else []
        self.hand.answer(letter, says, sender, to=box_of(letter), headers=headers)

    @precondition(lambda self: self.to_clients())
    @rule(which=st.integers(0, 9), status=st.sampled_from(["5.1.1", "4.4.1", "5.2.2"]))
    def a_notice_bounces(self, which: int, status: str) -> None:
        self.tick()
        letter = self.pick(self.to_clients(), which)
        self.hand.receive(bounce(letter, status), box_of(letter))

    @precondition(lambda self: self.hand.received)
    @rule(which=st.integers(0, 9), to=st.sampled_from([DESK, COMPLAINTS]))
    def a_mail_comes_again(self, which: int, to: str) -> None:
        self.tick()
        self.hand.receive(self.pick(list(self.hand.received), which), to)

    @rule(
        which=st.integers(0, 3),
        by=st.sampled_from([ANNA, ANNA, SERGEY, KATE]),
        lines=st.lists(st.sampled_from(ORDER_LINES), max_size=2, unique=True),
        text=st.sampled_from(["Смотрим.", "Смотрим.", ""]),
        holding=st.booleans(),
    )
    def staff_write(self, which: int, by: str, lines: list[str], text: str, holding: bool) -> None:
        self.tick()
        is_internal = any(line.startswith(("!заметка", "!назначить")) for line in lines)
        said = f"{CANARY}-{next(self.secrets)}" if is_internal else text
        before, errors = self.requests(), self.errors()
        self.hand.holding = holding
        number = self.pick(self.hand.numbers(), which)
        self.hand.write(by, f"Re: [{number}]", "\n".join(lines) + f"\n\n{said}\n")
        self.hand.holding = False
        if self.errors() > errors:
            assert self.requests() == before, "an order that failed changed something"

    @rule(
        which=st.integers(0, 1),
        order=st.sampled_from(["!готово", "!готово", "!инфо 2d", "!продлить 9d", "!закрыть тел"]),
    )
    def staff_conclude(self, which: int, order: str) -> None:
        self.tick()
        self.hand.write(ANNA, f"Re: [{self.pick(self.hand.numbers(), which)}]", f"{order}\n\nСделано.\n")

    @precondition(lambda self: self.waiting())
    @rule(by=st.sampled_from([ANNA, SERGEY, KATE]))
    def staff_take_back(self, by: str) -> None:
        self.tick()
        number = self.waiting()[-1].facts["request"]["number"]
        self.hand.holding = True
        self.hand.write(by, f"Re: [{number}]", "!отменить")
        self.hand.holding = False

    # --- what servers and time do -------------------------------------------------------------------------------

    @rule(
        reader=st.sampled_from([IVAN, VOLHA, "it@alfa.example", STRANGER]),
        how=st.sampled_from(["dead", "given up", "later", "heals"]),
    )
    def a_mailbox_changes(self, reader: str, how: str) -> None:
        self.hand.refuses.pop(reader, None)
        later = self.hand.now + timedelta(hours=1) if how == "later" else None
        if how != "heals":
            dead = how == "dead"
            self.hand.refuses[reader] = Settlement(False, later, address_is_dead=dead, error="550 no such user")

    @rule(time=st.sampled_from([timedelta(hours=2), timedelta(days=1), timedelta(days=4), timedelta(days=12)]))
    def time_passes(self, time: timedelta) -> None:
        self.hand.travel(self.hand.now + time)
        self.hand.send()

    # --- what must hold -----------------------------------------------------------------------------------------

    @invariant()
    def all_is_well(self) -> None:
        with self.hand.read() as session:
            requests = list(queries.every_request(session))
            notices = list(queries.every_notice(session))
            for request in requests:
                history = list(queries.events(session, request.id))
                own = [notice for notice in notices if notice.request_id == request.id]
                deadlines = queries.deadlines(session, request.id)
                self.closed_is_final(request, history)
                history_is_continuous(request, history)
                each_deadline_befell_once(history)
                every_notice_has_its_cause(request, history, own)
                an_ending_is_told_once(history, own)
                clocks_run_where_something_is_awaited(request, deadlines)
                the_clock_runs_since_the_notice_was_accepted(request, history, own)
                self.letters_go_to_the_entitled(request, own)
            numbers_have_no_gaps(requests)
            self.every_mail_is_accounted_for(session)
        self.no_secret_leaves_the_desk()

    def closed_is_final(self, request: Request, history: list[Event]) -> None:
        """5.2: until `!undo`, while the notice of the closing is still held; 5.1: unless its days never ran."""
        if request.status != Status.CLOSED:
            opens = history[-1].event in {E.UNDONE, E.NOTICE_BOUNCED}
            assert request.number not in self.closed or opens, "a closed request was opened"
            self.closed.pop(request.number, None)
            return
        now = request.model_dump(exclude={"version", "vouched"})
        then, length = self.closed.setdefault(request.number, (now, len(history)))
        if any(line.event == E.UNDONE for line in history[length:]):
            self.closed[request.number] = (now, len(history))
            return
        assert now == then
        assert {line.event for line in history[length:]} <= AFTER_CLOSING

    def letters_go_to_the_entitled(self, request: Request, notices: list[Notice]) -> None:
        people = self.hand.desk.people
        client = people.clients.get(request.client_id or "")
        may = {request.contact_addr} if client is None else {contact.email for contact in client.contacts}
        if client is not None:
            may |= {client.authorised_mailbox or "", client.official_mailbox or ""}
        for notice in notices:
            if notice.role == "staff":
                assert people.staff(notice.reader)
            else:
                assert notice.reader in may, f"{notice.name} of {request.number} to {notice.reader}"

    def every_mail_is_accounted_for(self, session: Session) -> None:
        mails = list(queries.every_mail(session))
        taken, _ = queries.count_taken(session, None)
        assert len(mails) == taken == len(self.hand.received)
        assert sum(count for _, _, count in queries.outcomes(session, None)) == taken
        for mail in mails:
            verdict = (mail.decision, mail.reason, mail.decided_at, mail.request_id)
            assert mail.decision is not None, mail.error
            assert self.decided.setdefault(mail.id, verdict) == verdict, "a mail was decided twice"

    def no_secret_leaves_the_desk(self) -> None:
        for letter in self.to_clients()[self.looked :]:
            message = letter.message
            said = [part.get_content() for part in message.walk() if part.get_content_maintype() == "text"]
            assert not any(CANARY in words for words in (*said, str(message["Subject"])))
        self.looked = len(self.to_clients())

    # --- helpers ------------------------------------------------------------------------------------------------

    def tick(self) -> None:
        """No two steps are at the same moment: an event can be told by it."""
        self.hand.now += timedelta(minutes=1)

    def to_clients(self) -> list[Letter]:
        staff = {member.email for member in self.hand.desk.people.everybody_on_staff()}
        return [letter for letter in self.hand.letters if letter.to not in staff]

    def waiting(self) -> list[Notice]:
        """Notices to clients that are still held."""
        with self.hand.read() as session:
            found = session.scalars(select(Notice).where(Notice.state == "waiting", Notice.role != "staff")).all()
        return [notice for notice in found if notice.facts["request"]]

    def errors(self) -> int:
        """How many orders failed."""
        with self.hand.read() as session:
            return len(session.scalars(select(Notice.id).where(Notice.name == "staff_error")).all())

    def requests(self) -> list[dict[str, Any]]:
        with self.hand.read() as session:
            return [request.model_dump(exclude={"version"}) for request in queries.every_request(session)]

    @staticmethod
    def pick(found: Sequence[Any], which: int) -> Any:
        """0 is the newest: so a failing walk becomes short."""
        return found[-1 - which % len(found)]


def box_of(letter: Letter) -> str:
    """The mailbox of the desk that an answer goes to."""
    return COMPLAINTS if COMPLAINTS in letter["From"] else DESK


def history_is_continuous(request: Request, history: list[Event]) -> None:
    """4.4: each change of status begins where the one before it ended."""
    status = None
    for line in history:
        if line.to is not None:
            assert line.from_ == status, f"{line.event}: from {line.from_}, but it was {status}"
            status = line.to
    assert status == request.status
    assert (request.ended_at is None) == (Status(request.status) in OPEN)
    assert [line.at for line in history] == sorted(line.at for line in history)


def each_deadline_befell_once(history: list[Event]) -> None:
    befell = Counter((line.event, line.detail["due_at"]) for line in history if line.event in BY_CLOCK)
    assert not befell or max(befell.values()) == 1, befell


def every_notice_has_its_cause(request: Request, history: list[Event], notices: list[Notice]) -> None:
    """No notice to a client without the event of which it tells; 3.7: or without the bounce of its first copy."""
    happened = {(line.at, line.event) for line in history}
    for notice in notices:
        if notice.role != "staff":
            wanted = causes(request.kind, notice.name) | {E.NOTICE_BOUNCED}
            assert any((notice.created_at, cause) in happened for cause in wanted), f"why {notice.name}?"


def an_ending_is_told_once(history: list[Event], notices: list[Notice]) -> None:
    """A reader never hears more often that a request ended than it did."""
    for name, ending in ENDS.items():
        endings = sum(line.event == ending for line in history)
        told = Counter(notice.reader for notice in notices if notice.name == name and notice.state == "accepted")
        assert not told or max(told.values()) <= endings, f"{name}: {told}, but it ended {endings} times"


def clocks_run_where_something_is_awaited(request: Request, deadlines: Sequence[Deadline]) -> None:
    if Status(request.status) not in OPEN:
        assert not deadlines
        assert request.deadline_at is None
    if request.kind == Purpose.REQUESTS:
        owed = [deadline for deadline in deadlines if deadline.trigger == T.THIRD_PARTY_TERM_ENDED]
        assert not owed or request.status in OWED_IN
        assert all(RUNS_IN[T(each.trigger)] == request.status for each in deadlines if each not in owed)
        assert request.deadline_at is None or request.status in {*RUNS_IN.values(), *OWED_IN}
    assert max(Counter(deadline.trigger for deadline in deadlines).values(), default=1) == 1


def the_clock_runs_since_the_notice_was_accepted(request: Request, history: list[Event], notices: list[Notice]) -> None:
    """4.6, 5.1: while the last notice that tells the term has not arrived, the term does not run."""
    if request.kind != Purpose.REQUESTS or Status(request.status) not in STARTS:
        return
    waiting, asking = STARTS[Status(request.status)]
    asked_at = max(line.at for line in history if line.event in asking)
    telling = [
        notice
        for notice in notices
        if notice.starts == waiting and notice.state != "withdrawn" and notice.created_at >= asked_at
    ]
    runs = bool(telling) and telling[-1].state == "accepted"
    assert (request.deadline_at is not None) == runs, [(each.name, each.state) for each in telling]


def numbers_have_no_gaps(requests: list[Request]) -> None:
    by_series: dict[str, list[int]] = {}
    for request in requests:
        series, _, last = request.number.rpartition("-")
        by_series.setdefault(series, []).append(int(last))
    for series, given in by_series.items():
        assert given == list(range(1, len(given) + 1)), series


@pytest.mark.timeout(24 * 3600 if IS_LONG else 300)
class TestWhateverHappens(Walk.TestCase):  # type: ignore[name-defined,misc]
    """The walks."""

    settings = LONG if IS_LONG else SHORT
