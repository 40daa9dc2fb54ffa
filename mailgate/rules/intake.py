"""Section 3 as one ordered table: the first test that answers yes decides what becomes of a message.

Why: a verdict before any act. `why` and `explain` show the same tests in the same order, and nothing
that a message may cause is decided anywhere else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from mailgate.rules.vocabulary import Purpose, Role


class Decision(StrEnum):
    """What becomes of a message. The census is the sum of these."""

    REGISTER = "register"
    APPEND = "append"
    COMMAND = "command"
    NOT_REGISTERED = "not_registered"
    IGNORE = "ignore"
    QUARANTINE = "quarantine"


@dataclass(frozen=True, slots=True)
class IntakeFacts:
    """What the Rules need to know of one message; found out by `message` and the address books."""

    role: Role
    """Of the From address; STRANGER where nobody knows it."""
    proven: bool
    """The sender is who From says, or the policy does not ask (3.10)."""
    purpose: Purpose = Purpose.REQUESTS
    over_limit: str | None = None
    """Which byte-level limit the message breaks; then nothing else of it was read."""
    sender_problem: str | None = None
    """Why From names no single sender."""
    own_notice: bool = False
    """The message is a notice of ours that came back."""
    bounce: bool = False
    auto_reply: bool = False
    automatic: str | None = None
    """Why the mail was not written by a person (RFC 3834), where it is no plain automatic reply."""
    gateway_names_contact: bool = False
    """3.1: the gateway said whose submission it hands over."""
    revoked: bool = False
    """A stranger to whom the desk once wrote as to a contact or to one of its staff."""
    cited: str | None = None
    """Number of the request that the message belongs to, where the sender may write into it."""


@dataclass(frozen=True, slots=True)
class Disposition:
    """The verdict, and every test that led to it as (name, answer); the last one decided."""

    decision: Decision
    reason: str
    clause: str
    tests: tuple[tuple[str, bool], ...]
    needs_a_look: bool
    """A person of the desk should see it: staff are told."""


@dataclass(frozen=True, slots=True)
class Test:
    """One row: its name, the question, and what follows from a yes."""

    name: str
    holds: Callable[[IntakeFacts], bool]
    decision: Decision
    reason: str
    clause: str = "3.5"
    needs_a_look: bool = False


_KNOWN = frozenset({Role.CONTACT, Role.STAFF, Role.GATEWAY})

TESTS: tuple[Test, ...] = (
    Test("over a limit", lambda f: f.over_limit is not None, Decision.QUARANTINE, "over_limit", needs_a_look=True),
    Test("a notice of our own", lambda f: f.own_notice, Decision.IGNORE, "own_notice"),
    Test("a delivery report", lambda f: f.bounce, Decision.IGNORE, "bounce", clause="3.7"),
    Test(
        "no single sender",
        lambda f: f.sender_problem is not None,
        Decision.QUARANTINE,
        "sender_unclear",
        "3.10",
        needs_a_look=True,
    ),
    Test("the desk's own address", lambda f: f.role is Role.OWN, Decision.QUARANTINE, "own_address", "3.10", True),
    Test(
        "an automatic reply, not of a gateway",
        lambda f: f.auto_reply and f.role is not Role.GATEWAY,
        Decision.IGNORE,
        "auto_reply",
        "4.8",
    ),
    Test(
        "a known sender, not proven",
        lambda f: f.role in _KNOWN and not f.proven,
        Decision.QUARANTINE,
        "not_authentic",
        "3.10",
        needs_a_look=True,
    ),
    Test(
        "a gateway that names nobody",
        lambda f: f.role is Role.GATEWAY and not f.gateway_names_contact,
        Decision.QUARANTINE,
        "gateway_unclear",
        "3.1",
        needs_a_look=True,
    ),
    Test(
        "a gateway's mail to a request",
        lambda f: f.role is Role.GATEWAY and f.cited is not None,
        Decision.APPEND,
        "gateway",
        "3.1",
    ),
    Test("a gateway", lambda f: f.role is Role.GATEWAY, Decision.REGISTER, "gateway", "3.1"),
    Test(
        "machine mail of a known sender",
        lambda f: f.role in _KNOWN and f.automatic is not None,
        Decision.QUARANTINE,
        "automatic",
        needs_a_look=True,
    ),
    Test(
        "a complaint of a stranger's machine",
        lambda f: f.automatic is not None and f.purpose is Purpose.COMPLAINTS,
        Decision.QUARANTINE,
        "automatic",
        "6.1",
        needs_a_look=True,
    ),
    Test("machine mail of a stranger", lambda f: f.automatic is not None, Decision.NOT_REGISTERED, "automatic"),
    Test("staff", lambda f: f.role is Role.STAFF, Decision.COMMAND, "staff", "4.4"),
    Test("a contact's mail to his request", lambda f: f.cited is not None, Decision.APPEND, "cited", "4.4"),
    Test("a contact", lambda f: f.role is Role.CONTACT, Decision.REGISTER, "contact", "3.3"),
    Test(
        "a stranger's complaint, not proven",
        lambda f: not f.proven and f.purpose is Purpose.COMPLAINTS,
        Decision.QUARANTINE,
        "not_authentic",
        "6.1",
        needs_a_look=True,
    ),
    Test("a stranger, not proven", lambda f: not f.proven, Decision.NOT_REGISTERED, "not_authentic", "3.10"),
    Test("a stranger's complaint", lambda f: f.purpose is Purpose.COMPLAINTS, Decision.REGISTER, "complaint", "6.1"),
    Test(
        "somebody who is no contact any more",
        lambda f: f.revoked,
        Decision.NOT_REGISTERED,
        "revoked",
        "3.10",
        needs_a_look=True,
    ),
    Test("a stranger", lambda _: True, Decision.NOT_REGISTERED, "stranger", "3.10"),
)
"""The order is the law: limits, our own mail and machines come before anybody's rights are asked for."""


def decide(facts: IntakeFacts) -> Disposition:
    """Ask the tests in order; the first yes decides. The last one always says yes."""
    asked: list[tuple[str, bool]] = []
    for test in TESTS:
        answer = test.holds(facts)
        asked.append((test.name, answer))
        if answer:
            return Disposition(test.decision, test.reason, test.clause, tuple(asked), test.needs_a_look)
    raise AssertionError("the last test always holds")
