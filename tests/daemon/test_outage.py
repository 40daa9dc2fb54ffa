"""An outage is said once, and once more when it is over."""

from __future__ import annotations

import pytest

from mailgate.daemon.outage import Outage


def test_it_is_said_once_and_once_more_when_it_is_over(caplog: pytest.LogCaptureFixture) -> None:
    outage = Outage("the database")

    for who in ("mailbox-support", "outbox", "mailbox-support", "the deadlines"):
        outage.met(who, "it cannot be used: connection refused", f"; asked by {who}")
    outage.met("outbox", "it cannot be used: the database system is starting up")
    for who in ("outbox", "the deadlines", "mailbox-complaints", "mailbox-support", "mailbox-support"):
        outage.over(who)

    assert [record.message for record in caplog.records] == [
        "the database: it cannot be used: connection refused; asked by mailbox-support",
        "the database: it cannot be used: the database system is starting up",
        "the database: all is well again after 0 s, 5 tries",
    ]


def test_the_next_one_is_said_anew(caplog: pytest.LogCaptureFixture) -> None:
    outage = Outage("the database")

    for _ in range(2):
        outage.met("outbox", "it cannot be used: disk full")
        outage.over("outbox")

    assert [record.message.rpartition(": ")[2] for record in caplog.records] == [
        "disk full",
        "all is well again after 0 s, 1 try",
    ] * 2
