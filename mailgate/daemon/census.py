"""The census: messages taken, what became of them, and what lies in the mailboxes and was never taken."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from mailgate.config import Config, Mailbox
from mailgate.desk.census_taken import Findings
from mailgate.inbox import InboxError, untaken
from mailgate.store import queries
from mailgate.store.database import Database

DECIDED_WITHIN = timedelta(minutes=10)
"""Longer than three tries take: what is undecided after it is forgotten, or the daemon that took it has died."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many messages one decision, for one reason, was taken on; no decision: they are not accounted for."""

    decision: str | None
    reason: str | None
    messages: int


@dataclass(frozen=True, slots=True)
class Count:
    """Everything counted at one moment."""

    taken: int
    """Different messages."""
    copies: int
    """The same with those that came again, or to several mailboxes."""
    decided: int
    outcomes: tuple[Outcome, ...]
    waiting: dict[str, int] = field(default_factory=dict)
    """By mailbox: messages on the server that were never taken."""
    unseen: dict[str, str] = field(default_factory=dict)
    """Mailboxes into which nobody could look, each with the reason."""

    @property
    def complete(self) -> bool:
        """Is every message accounted for?"""
        return self.taken == self.decided and not any(self.waiting.values()) and not self.unseen


def count(config: Config, opened: Database, since: datetime | None, *, offline: bool) -> Count:
    """Count what was taken since a moment; unless `offline`, ask every mailbox what waits in it."""
    waiting, unseen = ({}, {}) if offline else _look(config, opened)
    with opened.read() as session:
        taken, copies = queries.count_taken(session, since)
        outcomes = tuple(Outcome(*row) for row in queries.outcomes(session, since))
    decided = sum(outcome.messages for outcome in outcomes if outcome.decision is not None)
    return Count(taken, copies, decided, outcomes, waiting, unseen)


def _look(config: Config, opened: Database) -> tuple[dict[str, int], dict[str, str]]:
    waiting: dict[str, int] = {}
    unseen: dict[str, str] = {}
    for mailbox in config.mailboxes:
        try:
            waiting[mailbox.name] = len(untaken(mailbox, _journal(opened, mailbox)))
        except InboxError as error:
            unseen[mailbox.name] = str(error)
    return waiting, unseen


def _journal(opened: Database, mailbox: Mailbox) -> Callable[[int, Sequence[int]], Collection[int]]:
    """Which of these UIDs of a mailbox, under this UIDVALIDITY, were taken."""

    def known(uidvalidity: int, uids: Sequence[int]) -> Collection[int]:
        with opened.read() as session:
            return queries.known_uids(session, mailbox.name, mailbox.imap.place, uidvalidity, uids)

    return known


class Census:
    """The census of a running daemon: what lies in a mailbox at one look only has just arrived."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._suspected: dict[str, frozenset[int]] = {}

    def look(self, config: Config, besides: Collection[str], now: datetime) -> tuple[Findings, bool]:
        """What does not add up, without the mailboxes `besides`; and whether to look again soon, to be certain."""
        lying: dict[str, frozenset[int]] = {}
        unseen: dict[str, str] = {}
        for mailbox in config.mailboxes:
            if mailbox.name in besides:
                continue
            try:
                lying[mailbox.name] = untaken(mailbox, _journal(self._database, mailbox))
            except InboxError as error:
                unseen[mailbox.name] = str(error)
        before, self._suspected = self._suspected, lying
        stayed = {name: len(uids & before.get(name, frozenset())) for name, uids in lying.items()}
        with self._database.read() as session:
            undecided, since = queries.undecided_since(session, now - DECIDED_WITHIN)
        is_new = any(uids - before.get(name, frozenset()) for name, uids in lying.items())
        return Findings(undecided, since, stayed, unseen), is_new
