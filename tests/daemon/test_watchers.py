"""What the watchers of all mailboxes say of them together."""

from __future__ import annotations

from datetime import UTC, datetime
from unittest.mock import Mock

from mailgate.config import load
from mailgate.daemon.watchers import Watchers
from mailgate.desk.context import read_desk
from tests.rig.house import ROOT

NOON = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


def test_a_mailbox_that_nobody_watches_yet_was_not_read() -> None:
    """As while its settings change: a client's term must not end then because nobody speaks of his mailbox."""
    desk = read_desk(None, load(ROOT / "config" / "mailgate.toml"))
    watchers = Watchers(lambda: desk, lambda mailbox: Mock(mailbox=mailbox, taken=0, read_until=NOON))
    names = [mailbox.name for mailbox in desk.config.mailboxes]

    assert watchers.read_until == dict.fromkeys(names)

    watchers.adjust()
    assert watchers.read_until == dict.fromkeys(names, NOON)
