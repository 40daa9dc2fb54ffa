"""The census: messages taken, what became of them, and what lies in the mailboxes and was never taken."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import typer

from mailgate.cli.output import emit_table
from mailgate.config import Config
from mailgate.inbox import InboxError, untaken
from mailgate.store import queries
from mailgate.store.database import Database


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many messages one decision, for one reason, was taken on; no decision: they are not accounted for."""

    decision: str | None
    reason: str | None
    messages: int


@dataclass(frozen=True, slots=True)
class Census:
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


def count(config: Config, opened: Database, since: datetime | None, *, offline: bool) -> Census:
    """Count what was taken since a moment; unless `offline`, ask every mailbox what waits in it."""
    waiting, unseen = ({}, {}) if offline else _look(config, opened)
    with opened.read() as session:
        taken, copies = queries.count_taken(session, since)
        outcomes = tuple(Outcome(*row) for row in queries.outcomes(session, since))
    decided = sum(outcome.messages for outcome in outcomes if outcome.decision is not None)
    return Census(taken, copies, decided, outcomes, waiting, unseen)


def print_census(census: Census) -> None:
    """The same for people."""
    emit_table(
        "",
        ("decision", "reason", "messages"),
        ((each.decision, each.reason, each.messages) for each in census.outcomes),
    )
    difference = census.taken - census.decided
    typer.echo(f"taken {census.taken} ({census.copies} copies), decided {census.decided}, difference {difference}")
    for name, messages in census.waiting.items():
        typer.echo(f"mailbox {name}: {messages} never taken")
    for name, why in census.unseen.items():
        typer.echo(f"mailbox {name}: not counted: {why}")


def _look(config: Config, opened: Database) -> tuple[dict[str, int], dict[str, str]]:
    waiting: dict[str, int] = {}
    unseen: dict[str, str] = {}
    for mailbox in config.mailboxes:
        try:
            waiting[mailbox.name] = untaken(mailbox, _journal(opened, mailbox.name))
        except InboxError as error:
            unseen[mailbox.name] = str(error)
    return waiting, unseen


def _journal(opened: Database, name: str) -> Callable[[int, Sequence[int]], Collection[int]]:
    """Which of these UIDs of a mailbox, under this UIDVALIDITY, were taken."""

    def known(uidvalidity: int, uids: Sequence[int]) -> Collection[int]:
        with opened.read() as session:
            return queries.known_uids(session, name, uidvalidity, uids)

    return known
