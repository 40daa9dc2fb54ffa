"""Sums for who watches the desk, and the heartbeats of daemons, on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mailgate.rules.vocabulary import Status
from mailgate.store import queries
from mailgate.store.database import Database
from mailgate.store.heartbeats import Heartbeat
from mailgate.store.tables import Arrival, Deadline, Mail, Notice, Request
from tests.store.conftest import NOW

EARLIER = NOW - timedelta(minutes=7)


def taken(database: Database, decision: str | None, *mailboxes: str) -> int:
    """A message that came to these mailboxes."""
    with database.write() as session:
        mail = Mail(sha256=str(len(mailboxes)) + str(queries.newest_mail(session)), size=1, taken_at=EARLIER)
        mail.decision = decision
        session.add(mail)
        session.flush()
        for name in mailboxes:
            session.add(Arrival(mail_id=mail.id, mailbox=name, uidvalidity=1, uid=mail.id, taken_at=EARLIER))
        return mail.id


def test_what_is_undecided_is_told_by_mailbox_with_its_age(database: Database) -> None:
    taken(database, None, "support")
    taken(database, None, "support", "complaints")
    taken(database, "register", "complaints")

    with database.read() as session:
        found = queries.undecided_by_mailbox(session)

    assert found == {"support": (2, EARLIER), "complaints": (1, EARLIER)}


def test_every_decided_message_is_counted_once_and_none_is_passed_over(database: Database) -> None:
    first = taken(database, "register", "support", "complaints")
    waiting = taken(database, None, "support")
    last = taken(database, "ignore", "support")

    with database.read() as session:
        assert queries.decided_since(session, 0) == (first, [("support", "register", 1)])
        assert queries.decided_since(session, first) == (first, [])
    with database.write() as session:
        session.get_one(Mail, waiting).decision = "quarantine"
    with database.read() as session:
        end, found = queries.decided_since(session, first)
        assert (end, sorted(found)) == (last, [("support", "ignore", 1), ("support", "quarantine", 1)])
        assert queries.decided_since(session, last) == (last, [])
        assert queries.newest_mail(session) == last


def test_the_outbox_by_state_and_the_oldest_that_should_have_gone(database: Database) -> None:
    rows = [("waiting", 0, 1), ("waiting", 2, 10), ("waiting", 0, -1), ("failed", 3, 0), ("accepted", 1, 0)]
    with database.write() as session:
        for number, (state, attempts, minutes) in enumerate(rows):
            session.add(
                Notice(
                    name="registered",
                    mailbox="support",
                    reader="x@y.example",
                    role="contact",
                    language="ru",
                    message_id=str(number),
                    state=state,
                    attempts=attempts,
                    next_at=NOW + timedelta(minutes=minutes),
                    created_at=EARLIER - timedelta(minutes=number),
                )
            )

    with database.read() as session:
        assert queries.outbox_by_state(session) == {"waiting": 3, "failed": 1, "bounced": 0}
        assert queries.oldest_overdue_notice_at(session, NOW) == EARLIER - timedelta(minutes=2)
        assert queries.oldest_overdue_notice_at(session, NOW - timedelta(hours=1)) == EARLIER - timedelta(minutes=1)


def test_deadlines_and_open_requests(database: Database, request_id: int) -> None:
    with database.write() as session:
        for minutes in (-1, 1, 2):
            due = NOW + timedelta(minutes=minutes)
            session.add(Deadline(request_id=request_id, trigger=f"in {minutes}", due_at=due))
        closed = Request(number="SD-2026-000002", mailbox="support", contact_addr="x", language="ru", registered_at=NOW)
        closed.status = Status.CLOSED
        session.add(closed)

    with database.read() as session:
        assert queries.deadlines_by_due(session, NOW) == (2, 1)
        assert [what for _, what, _ in queries.next_deadlines(session, 2)] == ["in -1", "in 1"]
        assert queries.open_requests(session) == {("registered", 2): 1}


@pytest.mark.parametrize(
    ("looked", "failed", "trouble"),
    [(None, None, None), (EARLIER, None, None), (EARLIER, NOW, "no"), (NOW, EARLIER, None), (None, NOW, "no")],
)
def test_a_trouble_lasts_until_something_went_well(looked: object, failed: object, trouble: str | None) -> None:
    row = Heartbeat(holder="a:1", part="outbox", at=NOW, looked_at=looked, failed_at=failed, error="no")

    assert row.trouble == trouble


def test_a_daemon_takes_its_heartbeats_away_and_those_of_the_long_dead(database: Database) -> None:
    with database.write() as session:
        for holder, at in (("a:1", NOW), ("b:2", NOW), ("c:3", NOW - timedelta(days=2))):
            session.add(Heartbeat(holder=holder, part="outbox", at=at))

    with database.write() as session:
        queries.forget_heartbeats(session, "a:1", NOW - timedelta(days=1))

    with database.read() as session:
        assert [row.holder for row in queries.heartbeats(session)] == ["b:2"]
