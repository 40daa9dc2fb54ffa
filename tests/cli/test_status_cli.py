"""`status`: the desk at a glance, from the database alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mailgate import __version__
from mailgate.daemon.lease import mailbox_lease
from mailgate.store.heartbeats import Heartbeat
from mailgate.store.leases import Lease
from mailgate.store.schema import head
from mailgate.store.tables import Arrival, Deadline, Mail, Notice
from tests.cli.conftest import CommandLine
from tests.rig.hand import DeskInHand
from tests.rig.house import IVAN, VOLHA

PARTS = ("mailbox support", "mailbox complaints", "outbox", "terms", "loop")


def ago(minutes: float = 0) -> datetime:
    """So long before this moment: heartbeats grow old while tests run."""
    return datetime.now(UTC) - timedelta(minutes=minutes)


@pytest.fixture
def running(hand: DeskInHand) -> DeskInHand:
    """A desk whose daemon told a moment ago that all is well."""
    with hand.database.write() as session:
        session.add_all(Heartbeat(holder="mx:7", part=part, at=ago(), looked_at=ago()) for part in PARTS)
    return hand


def change(hand: DeskInHand, part: str, **values: Any) -> None:
    """One part tells something else; a moment is given as the minutes that have passed since."""
    told = {"holder": "mx:7", "part": part, "at": 0, "looked_at": 0} | values
    moments = {name: ago(told[name]) for name in ("at", "looked_at", "failed_at") if told.get(name) is not None}
    with hand.database.write() as session:
        session.merge(Heartbeat(**told | moments))


def wrong(cli: CommandLine) -> list[str]:
    """What is wrong; the exit code says that something is."""
    found: list[str] = cli.json("status", expect=1)["wrong"]
    return found


def test_all_is_well(cli: CommandLine, running: DeskInHand) -> None:
    found = cli.json("status")

    assert found["wrong"] == []
    assert (found["version"], found["schema"]) == (__version__, head())
    assert [each["holder"] for each in found["daemons"]] == ["mx:7"]
    assert [(box["name"], box["held_by"], box["undecided"], box["lag_seconds"]) for box in found["mailboxes"]] == [
        ("support", "mx:7", 0, 0),
        ("complaints", "mx:7", 0, 0),
    ]
    assert found["outbox"] == {"waiting": 0, "failed": 0, "bounced": 0, "oldest_at": None}
    assert found["terms"] == {"due": 0, "overdue": 0, "next": []}


def test_for_people(cli: CommandLine, running: DeskInHand) -> None:
    change(running, "mailbox support", looked_at=None, failed_at=0, error="the password was refused")

    lines = cli("status", expect=1).splitlines()

    assert lines[0].split() == ["mailgate", f"{__version__},", "schema", head()]
    assert [line for line in lines if line.startswith("support ") and "the password was refused" in line]
    assert lines[-1] == "WRONG  mailbox support: the password was refused"


def test_no_daemon(cli: CommandLine, hand: DeskInHand) -> None:
    assert [line[:20] for line in wrong(cli)] == ["no daemon is running"]


def test_a_daemon_that_fell_silent_runs_no_more(cli: CommandLine, running: DeskInHand) -> None:
    for part in PARTS:
        change(running, part, at=5)

    assert [line[:20] for line in wrong(cli)] == ["no daemon is running"]


@pytest.mark.parametrize(
    ("part", "values", "words"),
    [
        ("mailbox support", {"hangs": True}, "mailbox support shows no progress in the daemon mx:7"),
        ("mailbox support", {"looked_at": None}, "mailbox support: nobody has looked into it yet"),
        ("mailbox support", {"looked_at": 9}, "mailbox support: nobody has looked into it"),
        ("mailbox support", {"looked_at": None, "failed_at": 0, "error": "no route"}, "mailbox support: no route"),
        ("outbox", {"looked_at": None, "failed_at": 0, "error": "535 no"}, "outbox: 535 no"),
    ],
)
def test_a_part_in_trouble(cli: CommandLine, running: DeskInHand, part: str, values: Any, words: str) -> None:
    change(running, part, **values)

    (line,) = wrong(cli)
    assert line.startswith(words)


def test_an_error_that_is_over_is_shown_and_not_wrong(cli: CommandLine, running: DeskInHand) -> None:
    change(running, "outbox", failed_at=1, error="421 try later")

    found = cli.json("status")

    assert [(each["where"], each["error"]) for each in found["errors"]] == [("outbox", "421 try later")]


def test_of_two_daemons_the_one_counts_that_looks_into_the_mailbox(cli: CommandLine, running: DeskInHand) -> None:
    with running.database.write() as session:
        session.add(Heartbeat(holder="other:9", part="mailbox support", at=ago()))

    found = cli.json("status")

    assert [each["holder"] for each in found["daemons"]] == ["mx:7", "other:9"]
    assert found["mailboxes"][0]["held_by"] == "mx:7"


def test_of_several_daemons_the_one_is_named_that_holds_the_mailbox(cli: CommandLine, running: DeskInHand) -> None:
    """Also right after another has handed it over, which looked into it last; what hinders the others is not wrong."""
    change(running, "mailbox support", failed_at=0, error="no route", looked_at=1)
    with running.database.write() as session:
        session.add(Heartbeat(holder="other:9", part="mailbox support", at=ago(), looked_at=ago(2)))
        session.add(Lease(name=mailbox_lease("support"), holder="other:9", until=ago(-1)))

    found = cli.json("status")

    assert (found["mailboxes"][0]["held_by"], found["mailboxes"][0]["error"]) == ("other:9", None)
    assert found["wrong"] == []


def test_work_that_waits(cli: CommandLine, running: DeskInHand) -> None:
    running.write(IVAN, "Портал", "С утра.")
    running.write(VOLHA, "Портал", "С утра.", proof="fail")
    running.write("m.sidorova@gamma.example", "Вопрос", "Можно спросить?")
    with running.database.write() as session:
        mail = Mail(sha256="x", size=1, taken_at=ago(60))
        session.add(mail)
        session.flush()
        session.add(Arrival(mail_id=mail.id, mailbox="support", uidvalidity=1, uid=99, taken_at=ago()))
        session.add(Deadline(request_id=1, trigger="info_term_ended", due_at=ago(60)))
        session.add(Deadline(request_id=1, trigger="info_due_soon", due_at=ago(-60)))
        session.get_one(Notice, 1).state = "failed"
        session.get_one(Notice, 1).last_error = "550 no such user"
        late = session.get_one(Notice, 2)
        late.state, late.attempts, late.created_at = "waiting", 3, ago(120)

    found = cli.json("status", expect=1)

    assert (found["undecided"], found["quarantine"], found["not_registered"]) == (1, 1, 1)
    assert len(cli.json("quarantine", "list")) == found["quarantine"] + found["not_registered"]
    assert "1 to look at, 1 not registered" in cli("status", expect=1)
    assert found["mailboxes"][0]["undecided"] == 1
    assert found["outbox"]["failed"] == 1
    assert [each["what"] for each in found["terms"]["next"]] == ["info_term_ended", "info_due_soon"]
    assert found["errors"][0]["error"] == "550 no such user"
    mailbox, outbox, terms = found["wrong"]
    assert mailbox.startswith("mailbox support: a message waits for its decision")
    assert outbox.endswith("is not sent yet; see mailgate outbox list")
    assert terms == "deadlines that are due and not carried out: 1"
